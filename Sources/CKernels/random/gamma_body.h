/* Gamma numbers for one instruction set: an attempt of Marsaglia and Tsang in each lane.
 *
 * With t = deviation * normal the number is d (1 + t)^3, accepted if ln u < 3 d R(t), where
 *   R(t) = ln(1 + t) - t + t^2 / 2 - t^3 / 3.
 * With ln(1 + t) = e ln 2 + f - log_excess(f) this is
 *   (e ln 2 + (f - t)) + ((t^2 / 2 - t^3 / 3) - log_excess(f)),
 * of which the first part is exactly 0 if t is small: no digits are lost for large shapes. */

/* A normal, and the uniforms of acceptance and boost as -2 ln u. */
typedef struct {
  V(f64) normal, acceptance, boost;
} V(attempt_f64);

typedef struct {
  V(f32) normal, acceptance, boost;
} V(attempt_f32);

KEEL_INLINE V(f64) V(attempt_f64_value)(
    const V(attempt_f64) *attempt, V(f64) d, V(f64) t, V(f64) log_d, V(f64) boost, int logarithms) {
  const uint64_t root_half = 0x3FE6A09E667F3BCD;
  V(f64) u = 1 + t;
  V(bits) shifted = (V(bits))u - root_half + ((uint64_t)1023 << 52);
  V(bits) biased = shifted >> 52;
  V(f64) e = (V(f64))(biased | (uint64_t)0x4330000000000000) - (0x1p52 + 1023);
  V(f64) m = (V(f64))((shifted & (uint64_t)0x000FFFFFFFFFFFFF) + root_half);
  V(f64) f = (V(f64))V(select)((V(bits))(biased == 1023), (V(bits))t, (V(bits))(m - 1));
  V(f64) bent = V(log_excess_f64)(f), coarse = e * 0x1.62e42fefa39efp-1;
  V(f64) remainder = (coarse + (f - t)) + (t * t * (0.5 - t * 0x1.5555555555555p-2) - bent);
  V(bits) accepted = (V(bits))(6 * d * remainder + attempt->acceptance > 0) & (V(bits))(t > -1);
  V(f64) value = d * (u * u * u);
  if (logarithms) {
    value = log_d + 3 * (coarse + (f - bent)) - boost * (0.5 * attempt->boost);
    value = (V(f64))V(select)((V(bits))(value < -DBL_MAX), (V(bits))((V(f64)){0} - DBL_MAX), (V(bits))value);
  }
  return (V(f64))V(select)(accepted, (V(bits))value, (V(bits))((V(f64)){0} + INFINITY));
}

KEEL_INLINE V(f32) V(attempt_f32_value)(
    const V(attempt_f32) *attempt, V(f32) d, V(f32) t, V(f32) log_d, V(f32) boost, int logarithms) {
  const uint32_t root_half = 0x3F3504F3;
  V(f32) u = 1 + t;
  V(words) shifted = (V(words))u - root_half + ((uint32_t)127 << 23);
  V(ints) biased = (V(ints))(shifted >> 23);
  V(f32) e = __builtin_convertvector(biased - 127, V(f32));
  V(f32) m = (V(f32))((shifted & (uint32_t)0x007FFFFF) + root_half);
  V(f32) f = (V(f32))V(select)((V(bits))(biased == 127), (V(bits))t, (V(bits))(m - 1));
  V(f32) bent = V(log_excess_f32)(f), coarse = e * 0x1.62e43p-1f;
  V(f32) remainder = (coarse + (f - t)) + (t * t * (0.5f - t * 0x1.555556p-2f) - bent);
  V(bits) accepted = (V(bits))(6 * d * remainder + attempt->acceptance > 0) & (V(bits))(t > -1);
  V(f32) value = d * (u * u * u);
  if (logarithms) {
    value = log_d + 3 * (coarse + (f - bent)) - boost * (0.5f * attempt->boost);
    value = (V(f32))V(select)((V(bits))(value < -FLT_MAX), (V(bits))((V(f32)){0} - FLT_MAX), (V(bits))value);
  }
  return (V(f32))V(select)(accepted, (V(bits))value, (V(bits))((V(f32)){0} + INFINITY));
}

/* One lane a block. The second block has the two uniforms. */
KEEL_INLINE void V(draw_f64)(const keel_gamma_draws *draws, size_t i, V(attempt_f64) * attempt) {
  V(bits) counter, x[4];
  V(f64) second;
  memcpy(&counter, draws->blocks + i, sizeof counter);
  V(philox)(draws->key, draws->nonce, counter, x);
  V(normals_f64)(x[0] | x[1] << 32, x[2] | x[3] << 32, &attempt->normal, &second);
  V(philox)(draws->key, draws->nonce, counter + ((uint64_t)1 << 63), x);
  attempt->acceptance = V(minus_twice_log_f64)(x[0] | x[1] << 32);
  attempt->boost = V(minus_twice_log_f64)(x[2] | x[3] << 32);
}

/* Even and odd lanes are drawn apart, because the words of a block come in lanes of 64 bits. */
KEEL_INLINE void V(draw_f32)(const keel_gamma_draws *draws, size_t i, V(attempt_f32) * attempt) {
  V(bits) low, high, even, odd, x[4], y[4];
  V(f32) second;
  memcpy(&low, draws->blocks + i, sizeof low);
  memcpy(&high, draws->blocks + i + KEEL_LANES, sizeof high);
#if KEEL_LANES == 2
  even = __builtin_shufflevector(low, high, 0, 2);
  odd = __builtin_shufflevector(low, high, 1, 3);
#elif KEEL_LANES == 4
  even = __builtin_shufflevector(low, high, 0, 2, 4, 6);
  odd = __builtin_shufflevector(low, high, 1, 3, 5, 7);
#else
  even = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
  odd = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
#endif
  V(philox)(draws->key, draws->nonce, even, x);
  V(philox)(draws->key, draws->nonce, odd, y);
  V(normals_f32)(
      (V(words))(x[0] | y[0] << 32), (V(words))(x[1] | y[1] << 32), &attempt->normal, &second);
  attempt->acceptance = V(minus_twice_log_f32)((V(words))(x[2] | y[2] << 32));
  attempt->boost = V(minus_twice_log_f32)((V(words))(x[3] | y[3] << 32));
}

#define KEEL_GAMMA_LOOP(suffix, scalar, logarithms)                                             \
  for (size_t i = 0; i < draws->count; i += sizeof(V(suffix)) / sizeof(scalar)) {               \
    V(attempt_##suffix) attempt;                                                                \
    V(suffix) d, c, log_d = {0}, boost = {0};                                                   \
    for (size_t lane = 0; lane < sizeof d / sizeof(scalar); ++lane) {                           \
      const uint32_t law = draws->laws[i + lane];                                               \
      d[lane] = laws->shape[law];                                                               \
      c[lane] = laws->deviation[law];                                                           \
      if (logarithms) {                                                                         \
        log_d[lane] = laws->log_shape[law];                                                     \
        boost[lane] = laws->boost[law];                                                         \
      }                                                                                         \
    }                                                                                           \
    V(draw_##suffix)(draws, i, &attempt);                                                       \
    V(suffix) value = V(attempt_##suffix##_value)(                                              \
        &attempt, d, c * attempt.normal, log_d, boost, logarithms);                             \
    memcpy(out + i, &value, sizeof value);                                                      \
  }

#define KEEL_GAMMA(suffix, scalar)                                                              \
  static void V(gamma_##suffix)(                                                                \
      const keel_gamma_laws_##suffix *laws, const keel_gamma_draws *draws, int logarithms,      \
      scalar *out) {                                                                            \
    if (logarithms) {                                                                           \
      KEEL_GAMMA_LOOP(suffix, scalar, 1)                                                        \
    } else {                                                                                    \
      KEEL_GAMMA_LOOP(suffix, scalar, 0)                                                        \
    }                                                                                           \
  }

KEEL_GAMMA(f64, double)
KEEL_GAMMA(f32, float)

#undef KEEL_GAMMA
#undef KEEL_GAMMA_LOOP
