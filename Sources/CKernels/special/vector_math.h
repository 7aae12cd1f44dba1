/* exp, log and log1p of eight doubles, for one instruction set. V(name) names the variant, KEEL_INLINE makes
 * a function part of its caller.
 *
 * Blocks have 64 bytes whatever the registers, and additions and multiplications are not fused, so that
 * all variants return the same bits. Blocks are passed by address: by value, the way they are passed would
 * depend on the instruction set. */

#include "exp_series.h"

typedef double V(d8) __attribute__((vector_size(64)));
typedef double V(d8u) __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t V(i8) __attribute__((vector_size(64)));
typedef uint64_t V(u8) __attribute__((vector_size(64)));

#define KEEL_LOAD_D8(address) ((V(d8)) * (const V(d8u) *)(address))
#define KEEL_STORE_D8(address, block) (*(V(d8u) *)(address) = (block))
/* a where the comparison held, else b. */
#define KEEL_SELECT_D8(mask, a, b) ((V(d8))(((V(i8))(a) & (V(i8))(mask)) | ((V(i8))(b) & ~(V(i8))(mask))))
#define KEEL_MASK_D8(mask, a) ((V(d8))((V(i8))(a) & (V(i8))(mask)))

/* value <- Q(r), see KEEL_EXP_SERIES_F64. */
KEEL_INLINE void V(exp_series)(const V(d8) * argument, V(d8) * value) {
  V(d8) r = *argument;
  V(d8) q;
  KEEL_EXP_SERIES_F64(q, r);
  *value = q;
}

/* x <- exp(x + low) for x + low <= 709, within 0.95 ulp (of the smallest normal number below it). 0 below
 * -746. |low| is at most 2^-10: what a product or a square loses when it is rounded to x.
 *
 * exp(x) = 2^k e^r. 2^k is multiplied in two factors, for results that are not normal. */
KEEL_INLINE void V(exp_corrected)(V(d8) * x, const V(d8) * low) {
  const double shifter = 0x1.8p52; /* its last bit is that of 1 */
  V(d8) y = KEEL_SELECT_D8(*x < -1000.0, (V(d8)){0} - 1000.0, *x);
  V(d8) k = (y * 0x1.71547652b82fep+0 + shifter) - shifter;
  /* The first product is exact. */
  V(d8) r = ((y - k * 0x1.62e42fee00000p-1) + *low) - k * 0x1.a39ef35793c76p-33;
  V(d8) q;
  V(exp_series)(&r, &q);
  V(d8) half = k * 0.5 + shifter, rest = (k - (half - shifter)) + shifter;
  V(d8) first = (V(d8))(((V(u8))half + 1023) << 52), second = (V(d8))(((V(u8))rest + 1023) << 52);
  *x = ((1 + (r + r * r * q)) * first) * second;
}

/* x <- exp(x), as above. */
KEEL_INLINE void V(exp)(V(d8) * x) {
  V(d8) none = -(V(d8)){0}; /* -0: adding it changes nothing, not even the sign of a zero */
  V(exp_corrected)(x, &none);
}

/* ln of u + correction, for u > 0, within 0.95 ulp; the correction is far below an ulp of u, or u is near 1.
 *
 * u = m 2^e with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f): ln m = 2 atanh(s) = f - s (f - s^2
 * G), G = 2/3 + 2/5 s^2 + ... interpolated at Chebyshev nodes, error 2^-57 of ln m. */
KEEL_INLINE void V(log_corrected)(V(d8) * x, const V(d8) * correction) {
  const uint64_t root_half = 0x3FE6A09E667F3BCD; /* the bits of sqrt(1/2) */
  V(d8) u = *x;
  V(i8) tiny = u < 0x1p-1022;
  u = KEEL_SELECT_D8(tiny, u * 0x1p54, u);
  V(u8) shifted = (V(u8))u - root_half + ((uint64_t)1023 << 52);
  V(d8) e = (V(d8))((shifted >> 52) | (uint64_t)0x4330000000000000) - (0x1p52 + 1023);
  e -= KEEL_MASK_D8(tiny, (V(d8)){0} + 54);
  V(d8) f = (V(d8))((shifted & (uint64_t)0x000FFFFFFFFFFFFF) + root_half) - 1;
  V(d8) s = f / (2 + f), z = s * s;
  V(d8) g = 0x1.0c039c49989c6p-3 * z + 0x1.0fbe95d716020p-3;
  g = g * z + 0x1.3b1c355a8f7a2p-3;
  g = g * z + 0x1.745cf9048dd95p-3;
  g = g * z + 0x1.c71c720159177p-3;
  g = g * z + 0x1.2492492476cccp-2;
  g = g * z + 0x1.9999999999a38p-2;
  g = g * z + 0x1.5555555555555p-1;
  V(d8) low = (e * 0x1.a39ef35793c76p-33 + *correction) - s * (f - z * g);
  *x = e * 0x1.62e42fee00000p-1 + (f + low);
}

/* x <- ln x for finite x > 0. */
KEEL_INLINE void V(log)(V(d8) * x) {
  V(d8) none = {0};
  V(log_corrected)(x, &none);
}

/* x <- ln(1 + x) for finite x > -1, accurate also for small x: what rounding takes from 1 + x is a
 * correction of first order. */
KEEL_INLINE void V(log1p)(V(d8) * x) {
  V(d8) u = 1 + *x;
  V(d8) lost = KEEL_SELECT_D8(*x < 1.0, *x - (u - 1), 1 - (u - *x)) / u;
  V(log_corrected)(&u, &lost);
  *x = u;
}
