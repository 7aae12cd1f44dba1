/* The kernels of keel_random.h for one instruction set. Included by random.c once for each, with
 * V(name) naming the variant and KEEL_LANES the number of 64-bit lanes of a vector. */

#define KEEL_INLINE static inline __attribute__((always_inline))

typedef uint64_t V(bits) __attribute__((vector_size(8 * KEEL_LANES)));
typedef double V(f64) __attribute__((vector_size(8 * KEEL_LANES)));
typedef uint32_t V(words) __attribute__((vector_size(8 * KEEL_LANES)));
typedef int32_t V(ints) __attribute__((vector_size(8 * KEEL_LANES)));
typedef float V(f32) __attribute__((vector_size(8 * KEEL_LANES)));

/* The output of KEEL_LANES blocks: 16 bytes each. */
typedef struct {
  V(bits) low, high;
} V(blocks);

/* Ten rounds of Philox 4x32. Lane j holds the 32-bit words of block j in the low halves of four
 * vectors. High halves are left undefined: the widening multiplication ignores them and they are
 * masked once at the end, which saves four instructions a round. */
KEEL_INLINE void V(philox)(uint64_t key, uint64_t nonce, V(bits) counter, V(bits) x[4]) {
  const uint64_t low = 0xffffffff;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  V(bits) zero = {0};
  V(bits) x0 = counter, x1 = counter >> 32, x2 = zero + nonce, x3 = zero + (nonce >> 32);
  for (int round = 0; round < 10; ++round) {
    V(bits) product0 = (x0 & low) * (uint64_t)0xD2511F53;
    V(bits) product1 = (x2 & low) * (uint64_t)0xCD9E8D57;
    x0 = (product1 >> 32) ^ x1 ^ (uint64_t)k0;
    x1 = product1;
    x2 = (product0 >> 32) ^ x3 ^ (uint64_t)k1;
    x3 = product0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  x[0] = x0 & low;
  x[1] = x1 & low;
  x[2] = x2 & low;
  x[3] = x3 & low;
}

/* The words of a where `mask` has ones, those of b where it has zeros. */
KEEL_INLINE V(bits) V(select)(V(bits) mask, V(bits) a, V(bits) b) { return (a & mask) | (b & ~mask); }

/* From (a0, a1, ...) and (b0, b1, ...) the sequence a0, b0, a1, b1, ... */
KEEL_INLINE V(blocks) V(interleave)(V(bits) a, V(bits) b) {
  V(blocks) result;
#if KEEL_LANES == 2
  result.low = __builtin_shufflevector(a, b, 0, 2);
  result.high = __builtin_shufflevector(a, b, 1, 3);
#elif KEEL_LANES == 4
  result.low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  result.high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
#else
  result.low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  result.high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#endif
  return result;
}

/* The words as signed integers, rounded to double. AVX2 has no such instruction: the halves become
 * the mantissas of 2^84 + 2^32 (high + 2^31) and 2^52 + low; the subtraction is exact and the addition
 * rounds once, so that the result is the one of AVX-512's conversion. */
KEEL_INLINE V(f64) V(signed_f64)(V(bits) w) {
  V(f64) high = (V(f64))((w >> 32) ^ (uint64_t)0x4530000080000000);
  V(f64) low = (V(f64))((w & (uint64_t)0xffffffff) | (uint64_t)0x4330000000000000);
  return (high - (0x1p84 + 0x1p63 + 0x1p52)) + low;
}

/* f - ln(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)): with s = f / (2 + f),
 *   ln(1 + f) = 2 atanh(s) = f - s (f - s^2 G(s^2)),   G(z) = 2/3 + 2/5 z + ...
 * G is interpolated at Chebyshev nodes on [0, 0.02944]; the error is 2^-57 of the logarithm. */
KEEL_INLINE V(f64) V(log_excess_f64)(V(f64) f) {
  V(f64) s = f / (2 + f);
  V(f64) z = s * s;
  V(f64) g = 0x1.2b584c80de001p-3 * z + 0x1.39fe603f8739ep-3;
  g = g * z + 0x1.7462b4ac51915p-3;
  g = g * z + 0x1.c71c62e57c0cfp-3;
  g = g * z + 0x1.2492492df14bfp-2;
  g = g * z + 0x1.99999999952e2p-2;
  g = g * z + 0x1.5555555555558p-1;
  return s * (f - z * g);
}

/* As log_excess_f64, to the digits of a float. */
KEEL_INLINE V(f32) V(log_excess_f32)(V(f32) f) {
  V(f32) s = f / (2 + f);
  V(f32) z = s * s;
  V(f32) g = 0x1.2ee61p-2f * z + 0x1.997c3p-2f;
  g = g * z + 0x1.55555cp-1f;
  return s * (f - z * g);
}

/* -2 ln u for u = (w | 1) 2^-64, to about 3 ulp; positive.
 *
 * y is u or u - 1, whichever keeps its leading digits, so that neither end of (0, 1) is coarse. With
 * u = m 2^e, m in [sqrt(1/2), sqrt(2)): ln u = e ln 2 + ln m. */
KEEL_INLINE V(f64) V(minus_twice_log_f64)(V(bits) w) {
  const uint64_t root_half = 0x3FE6A09E667F3BCD; /* the bits of sqrt(1/2) */
  V(f64) y = V(signed_f64)(w | 1) * 0x1p-64;
  V(f64) u = (V(f64))V(select)((V(bits))(y < 0), (V(bits))(y + 1), (V(bits))y);
  V(bits) shifted = (V(bits))u - root_half + ((uint64_t)1023 << 52);
  V(bits) biased = shifted >> 52;
  V(f64) e = (V(f64))(biased | (uint64_t)0x4330000000000000) - (0x1p52 + 1023);
  V(f64) m = (V(f64))((shifted & (uint64_t)0x000FFFFFFFFFFFFF) + root_half);
  V(f64) f = (V(f64))V(select)((V(bits))(biased == 1023), (V(bits))y, (V(bits))(m - 1));
  V(f64) log_m = f - V(log_excess_f64)(f);
  return e * -0x1.62e42fefa39efp+0 - 2 * log_m; /* 2 ln 2 */
}

/* Two normals from the words a and b (Box and Muller 1958): radius sqrt(-2 ln u), u from a; angle
 * from b. The top bits of b are an angle of (-1/8, 1/8) turns, where sine and cosine are polynomials;
 * its two lowest bits exchange sine and cosine and negate the cosine, which makes a full turn. */
KEEL_INLINE void V(normals_f64)(V(bits) a, V(bits) b, V(f64) * first, V(f64) * second) {
  V(f64) radius = __builtin_elementwise_sqrt(V(minus_twice_log_f64)(a));
  V(f64) x = V(signed_f64)((b & ~(uint64_t)3) | 2) * 0x1p-64;
  V(f64) z = x * x;
  V(f64) sine = 0x1.e3f38399551bfp-25 * z + -0x1.e30071afc3e59p-19; /* sin(pi x / 2) / x */
  sine = sine * z + 0x1.50782fda12d96p-13;
  sine = sine * z + -0x1.32d2cce2e5b19p-8;
  sine = sine * z + 0x1.466bc677587f8p-4;
  sine = sine * z + -0x1.4abbce625be41p-1;
  sine = sine * z + 0x1.921fb54442d18p+0;
  sine = sine * x;
  V(f64) cosine = -0x1.b2f3eb054afcdp-28 * z + 0x1.f9ce245cada0bp-22; /* (cos(pi x / 2) - 1) / x^2 */
  cosine = cosine * z + -0x1.a6d1eef479be1p-16;
  cosine = cosine * z + 0x1.e1f5068688d5bp-11;
  cosine = cosine * z + -0x1.55d3c7e3cb241p-6;
  cosine = cosine * z + 0x1.03c1f081b5ac0p-2;
  cosine = cosine * z + -0x1.3bd3cc9be45dep+0;
  cosine = cosine * z + 1;
  V(bits) sine_bits = (V(bits))sine;
  V(bits) cosine_bits = (V(bits))cosine ^ ((b & 2) << 62);
  V(bits) exchange = -(b & 1);
  *first = radius * (V(f64))V(select)(exchange, sine_bits, cosine_bits);
  *second = radius * (V(f64))V(select)(exchange, cosine_bits, sine_bits);
}

/* As minus_twice_log_f64, for u = (w | 1) 2^-32. */
KEEL_INLINE V(f32) V(minus_twice_log_f32)(V(words) w) {
  const uint32_t root_half = 0x3F3504F3;
  V(f32) y = __builtin_convertvector((V(ints))(w | 1), V(f32)) * 0x1p-32f;
  V(f32) u = (V(f32))V(select)((V(bits))(y < 0), (V(bits))(y + 1), (V(bits))y);
  V(words) shifted = (V(words))u - root_half + ((uint32_t)127 << 23);
  V(ints) biased = (V(ints))(shifted >> 23);
  V(f32) e = __builtin_convertvector(biased - 127, V(f32));
  V(f32) m = (V(f32))((shifted & (uint32_t)0x007FFFFF) + root_half);
  V(f32) f = (V(f32))V(select)((V(bits))(biased == 127), (V(bits))y, (V(bits))(m - 1));
  V(f32) log_m = f - V(log_excess_f32)(f);
  return e * -0x1.62e43p+0f - 2 * log_m;
}

/* As normals_f64. */
KEEL_INLINE void V(normals_f32)(V(words) a, V(words) b, V(f32) * first, V(f32) * second) {
  V(f32) radius = __builtin_elementwise_sqrt(V(minus_twice_log_f32)(a));
  V(f32) x = __builtin_convertvector((V(ints))((b & ~(uint32_t)3) | 2), V(f32)) * 0x1p-32f;
  V(f32) z = x * x;
  V(f32) sine = -0x1.2d9b4p-8f * z + 0x1.465ec4p-4f;
  sine = sine * z + -0x1.4abbbap-1f;
  sine = sine * z + 0x1.921fb6p+0f;
  sine = sine * x;
  V(f32) cosine = 0x1.db6492p-11f * z + -0x1.55cb98p-6f;
  cosine = cosine * z + 0x1.03c1eap-2f;
  cosine = cosine * z + -0x1.3bd3ccp+0f;
  cosine = cosine * z + 1;
  V(bits) sine_bits = (V(bits))sine;
  V(bits) cosine_bits = (V(bits))((V(words))cosine ^ ((b & 2) << 30));
  V(bits) exchange = (V(bits))(-(b & 1));
  *first = radius * (V(f32))V(select)(exchange, sine_bits, cosine_bits);
  *second = radius * (V(f32))V(select)(exchange, cosine_bits, sine_bits);
}

/* Of the words of KEEL_LANES blocks make their 16 bytes of output each. */

KEEL_INLINE V(blocks) V(uniform_f64_step)(const V(bits) x[4]) {
  V(f64) result[2];
  for (int half = 0; half < 2; ++half) {
    /* k = 2^21 high + (low >> 11), exact in double. */
    V(f64) high = (V(f64))(x[2 * half + 1] | (uint64_t)0x4330000000000000) - 0x1p52;
    V(f64) low = (V(f64))((x[2 * half] >> 11) | (uint64_t)0x4330000000000000) - 0x1p52;
    result[half] = high * 0x1p-32 + low * 0x1p-53;
  }
  return V(interleave)((V(bits))result[0], (V(bits))result[1]);
}

KEEL_INLINE V(blocks) V(uniform_f32_step)(const V(bits) x[4]) {
  V(words) low = (V(words))(x[0] | x[1] << 32), high = (V(words))(x[2] | x[3] << 32);
  V(f32) a = __builtin_convertvector((V(ints))(low >> 8), V(f32)) * 0x1p-24f;
  V(f32) b = __builtin_convertvector((V(ints))(high >> 8), V(f32)) * 0x1p-24f;
  return V(interleave)((V(bits))a, (V(bits))b);
}

KEEL_INLINE V(blocks) V(normal_f64_step)(const V(bits) x[4]) {
  V(f64) first, second;
  V(normals_f64)(x[0] | x[1] << 32, x[2] | x[3] << 32, &first, &second);
  return V(interleave)((V(bits))first, (V(bits))second);
}

/* Block j has the pairs of words 2j and 2j + 1, and gives the two first normals of the pairs, then the two
 * second ones. */
KEEL_INLINE V(blocks) V(normal_f32_step)(const V(bits) x[4]) {
  V(f32) first, second;
  V(normals_f32)((V(words))(x[0] | x[2] << 32), (V(words))(x[1] | x[3] << 32), &first, &second);
  return V(interleave)((V(bits))first, (V(bits))second);
}

KEEL_INLINE V(blocks) V(raw_words_step)(const V(bits) x[4]) {
  return V(interleave)(x[0] | x[1] << 32, x[2] | x[3] << 32);
}

KEEL_INLINE V(blocks) V(exponential_f64_step)(const V(bits) x[4]) {
  V(f64) first = 0.5 * V(minus_twice_log_f64)(x[0] | x[1] << 32);
  V(f64) second = 0.5 * V(minus_twice_log_f64)(x[2] | x[3] << 32);
  return V(interleave)((V(bits))first, (V(bits))second);
}

KEEL_INLINE V(blocks) V(exponential_f32_step)(const V(bits) x[4]) {
  V(f32) low = 0.5f * V(minus_twice_log_f32)((V(words))(x[0] | x[1] << 32));
  V(f32) high = 0.5f * V(minus_twice_log_f32)((V(words))(x[2] | x[3] << 32));
  return V(interleave)((V(bits))low, (V(bits))high);
}

#define KEEL_BLOCK_LOOP(name, scalar)                                                            \
  static void V(name)(                                                                           \
      uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, scalar *out) {                \
    const size_t lanes = KEEL_LANES, in_lane = 16 / sizeof(scalar);                              \
    V(bits) counter, x[4];                                                                       \
    for (uint64_t lane = 0; lane < lanes; ++lane) counter[lane] = first + lane;                  \
    for (; blocks >= lanes; blocks -= lanes) {                                                   \
      V(philox)(key, nonce, counter, x);                                                         \
      V(blocks) result = V(name##_step)(x);                                                      \
      memcpy(out, &result, sizeof result);                                                       \
      out += lanes * in_lane;                                                                    \
      counter += (uint64_t)KEEL_LANES;                                                           \
    }                                                                                            \
    if (blocks) {                                                                                \
      V(philox)(key, nonce, counter, x);                                                         \
      V(blocks) result = V(name##_step)(x);                                                      \
      memcpy(out, &result, 16 * blocks);                                                         \
    }                                                                                            \
  }

KEEL_BLOCK_LOOP(uniform_f64, double)
KEEL_BLOCK_LOOP(uniform_f32, float)
KEEL_BLOCK_LOOP(normal_f64, double)
KEEL_BLOCK_LOOP(normal_f32, float)
KEEL_BLOCK_LOOP(raw_words, uint32_t)
KEEL_BLOCK_LOOP(exponential_f64, double)
KEEL_BLOCK_LOOP(exponential_f32, float)

#undef KEEL_BLOCK_LOOP

#include "gamma_body.h"

#undef KEEL_INLINE
