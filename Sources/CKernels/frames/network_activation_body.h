/* Activations of blocks of 64 bytes, for one instruction set and scalar. Nothing is fused, so that all
 * instruction sets return the same bits. Blocks are passed by address: by value, the way they are passed would
 * depend on the instruction set. */

#include "../special/exp_series.h"

typedef KEEL_REAL V(wide) __attribute__((vector_size(64)));
typedef KEEL_REAL V(wide_stored) __attribute__((vector_size(64), aligned(sizeof(KEEL_REAL)), may_alias));
typedef KEEL_BITS V(wide_bits) __attribute__((vector_size(64)));

#define KEEL_WIDE (64 / (int)sizeof(KEEL_REAL))
#define KEEL_SELECT(mask, a, b) \
  ((V(wide))(((V(wide_bits))(a) & (V(wide_bits))(mask)) | ((V(wide_bits))(b) & ~(V(wide_bits))(mask))))
#define KEEL_SPLAT(x) ((V(wide)){0} + (KEEL_REAL)(x))
#define KEEL_SIGN ((V(wide_bits))-(V(wide)){0}) /* the bit of the sign */

/* power = 2^k and less_one = e^r - 1 with e^x = 2^k e^r, |r| <= ln 2 / 2, for x between the smallest logarithm of a
 * normal number and 0. e^r = 1 + r + r^2 Q(r), Q interpolated at Chebyshev nodes: relative error 4e-19 and 1e-8. */
KEEL_INLINE void V(exp_parts)(const V(wide) * x, V(wide) * power, V(wide) * less_one) {
#if KEEL_DOUBLE
  const double shifter = 0x1.8p52; /* its last bit is that of 1 */
  V(wide) shifted = *x * 0x1.71547652b82fep+0 + shifter, k = shifted - shifter;
  V(wide) r = (*x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
  V(wide) q;
  KEEL_EXP_SERIES_F64(q, r);
  *power = (V(wide))(((V(wide_bits))shifted + 1023) << 52);
#else
  const float shifter = 0x1.8p23f;
  V(wide) shifted = *x * 0x1.715476p+0f + shifter, k = shifted - shifter;
  V(wide) r = (*x - k * 0x1.62ep-1f) - k * 0x1.0bfbe8p-15f;
  V(wide) q = 0x1.6d110ap-10f * r + 0x1.120b6ep-7f;
  q = q * r + 0x1.55551ap-5f;
  q = q * r + 0x1.5554dcp-3f;
  q = q * r + 0.5f;
  *power = (V(wide))(((V(wide_bits))shifted + 127) << 23);
#endif
  *less_one = r + r * r * q;
}

/* tanh x = -m / (2 + m) with m = e^(-2x) - 1 for x >= 0, odd. m is formed without 1 - 1, so that small results keep
 * their digits. */
KEEL_INLINE void V(tanh_block)(V(wide) * x) {
  const KEEL_REAL lowest = KEEL_DOUBLE ? -44 : -20; /* 1 to all digits */
  V(wide_bits) sign = (V(wide_bits))*x & KEEL_SIGN;
  V(wide) y = (V(wide))((V(wide_bits))*x ^ sign) * -2;
  y = KEEL_SELECT(y < lowest, KEEL_SPLAT(lowest), y);
  V(wide) power, less_one;
  V(exp_parts)(&y, &power, &less_one);
  V(wide) m = power * less_one + (power - 1);
  V(wide) t = (0 - m) / (2 + m);
  *x = (V(wide))(((V(wide_bits))t & ~KEEL_SIGN) | sign);
}

/* x / (1 + e^-x), with e^-|x| so that nothing overflows. */
KEEL_INLINE void V(silu_block)(V(wide) * x) {
  const KEEL_REAL lowest = KEEL_DOUBLE ? -708 : -87; /* about the smallest normal number's logarithm */
  V(wide) y = (V(wide))((V(wide_bits))*x | KEEL_SIGN);
  V(wide_bits) small = y < lowest;
  y = KEEL_SELECT(small, KEEL_SPLAT(lowest), y);
  V(wide) power, less_one;
  V(exp_parts)(&y, &power, &less_one);
  V(wide) e = power * less_one + power;
  e = (V(wide))((V(wide_bits))e & ~small);
  *x = KEEL_SELECT(*x < 0, y * e, *x) / (1 + e);
}

/* NaN stays NaN. */
KEEL_INLINE void V(relu_block)(V(wide) * x) { *x = (V(wide))((V(wide_bits))*x & ~(V(wide_bits))(*x < 0)); }

#define KEEL_ACTIVATE(block)                                            \
  for (; i + KEEL_WIDE <= count; i += KEEL_WIDE) {                      \
    V(wide) value = *(const V(wide_stored) *)(x + i);                   \
    block(&value);                                                      \
    *(V(wide_stored) *)(x + i) = value;                                 \
  }                                                                     \
  if (i < count) {                                                      \
    KEEL_REAL rest[KEEL_WIDE] = {0};                                    \
    memcpy(rest, x + i, (count - i) * sizeof(KEEL_REAL));               \
    V(wide) value = *(const V(wide_stored) *)rest;                      \
    block(&value);                                                      \
    *(V(wide_stored) *)rest = value;                                    \
    memcpy(x + i, rest, (count - i) * sizeof(KEEL_REAL));               \
  }

static void V(activate)(int activation, size_t count, KEEL_REAL *x) {
  size_t i = 0;
  switch (activation) {
    case KEEL_ACTIVATION_RELU: KEEL_ACTIVATE(V(relu_block)) break;
    case KEEL_ACTIVATION_TANH: KEEL_ACTIVATE(V(tanh_block)) break;
    case KEEL_ACTIVATION_SILU: KEEL_ACTIVATE(V(silu_block)) break;
    default: break;
  }
}

#undef KEEL_ACTIVATE
#undef KEEL_WIDE
#undef KEEL_SELECT
#undef KEEL_SPLAT
#undef KEEL_SIGN
