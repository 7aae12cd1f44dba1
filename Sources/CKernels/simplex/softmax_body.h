/* Softmax: exp(x - m) / sum exp(x - m). */

/* x <- exp(x - maximum); 0 for -infinity. */
#if KEEL_DOUBLE
typedef V(d8) V(exps);

KEEL_INLINE void V(exp_block)(V(exps) * x, KEEL_REAL maximum) {
  *x -= maximum;
  V(exp)(x);
}
#else
typedef float V(exps) __attribute__((vector_size(64)));

/* exp(x) = 2^k e^r; e^r = 1 + r + r^2 Q(r), Q interpolated at Chebyshev nodes, error 1e-8 relative, and
 * 1 ulp with rounding. exp(-104) is zero. */
KEEL_INLINE void V(exp_block)(V(exps) * x, KEEL_REAL maximum) {
  V(exps) y = *x - maximum;
#if KEEL_LEVEL == 2
  y = _mm512_max_ps(y, _mm512_set1_ps(-104));
  V(exps) k = _mm512_roundscale_ps(y * 0x1.715476p+0f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  typedef int32_t ints __attribute__((vector_size(64)));
  const float shifter = 0x1.8p23f;
  V(exps) lowest = (V(exps)){0} - 104.0f;
  ints low = y < -104.0f;
  y = (V(exps))(((ints)lowest & low) | ((ints)y & ~low));
  V(exps) shifted = y * 0x1.715476p+0f + shifter;
  V(exps) k = shifted - shifter;
#endif
  V(exps) r = (y - k * 0x1.62ep-1f) - k * 0x1.0bfbe8p-15f;
  V(exps) q = 0x1.6d110ap-10f * r + 0x1.120b6ep-7f;
  q = q * r + 0x1.55551ap-5f;
  q = q * r + 0x1.5554dcp-3f;
  q = q * r + 0.5f;
  V(exps) e = 1 + (r + r * r * q);
#if KEEL_LEVEL == 2
  *x = _mm512_scalef_ps(e, k);
#else
  ints whole = (ints)shifted - 0x4B400000; /* the bits of the shifter */
  ints half = whole >> 1, rest = whole - half;
  *x = (e * (V(exps))((half + 127) << 23)) * (V(exps))((rest + 127) << 23);
#endif
}
#endif

#define KEEL_EXPS (64 / (int)sizeof(KEEL_REAL))
/* Entries to a part of a sum: see V(add_part). */
#define KEEL_PART (16 * KEEL_EXPS)
typedef KEEL_REAL V(exps_stored) __attribute__((vector_size(64), aligned(sizeof(KEEL_REAL)), may_alias));
#define LOAD_EXPS(address) ((V(exps)) * (const V(exps_stored) *)(address))
#define STORE_EXPS(address, block) (*(V(exps_stored) *)(address) = (block))

/* part <- the lanes as eight sums in double. */
KEEL_INLINE void V(widen)(V(d8) * part, const V(exps) * x) {
#if KEEL_DOUBLE
  *part = *x;
#else
  typedef float f8 __attribute__((vector_size(32)));
  f8 low = __builtin_shufflevector(*x, *x, 0, 1, 2, 3, 4, 5, 6, 7);
  f8 high = __builtin_shufflevector(*x, *x, 8, 9, 10, 11, 12, 13, 14, 15);
  *part = __builtin_convertvector(low, V(d8)) + __builtin_convertvector(high, V(d8));
#endif
}

/* The largest entry, or NaN if one is NaN. */
KEEL_INLINE KEEL_REAL V(maximum)(const KEEL_REAL *x, size_t n) {
  V(vec) largest[4], a;
  KEEL_UNROLL for (int j = 0; j < 4; ++j) largest[j] = SPLAT(-INFINITY);
  unsigned unordered = 0;
  size_t i = 0;
  for (; i + 4 * KEEL_WIDTH <= n; i += 4 * KEEL_WIDTH) {
    KEEL_UNROLL for (int j = 0; j < 4; ++j) {
      a = LOAD(x + i + j * KEEL_WIDTH);
      unordered |= V(above)(a, a);
      largest[j] = V(larger)(a, largest[j]);
    }
  }
  for (; i < n; i += KEEL_WIDTH) {
    a = i + KEEL_WIDTH <= n ? LOAD(x + i) : V(load_tail)(x + i, n - i);
    unordered |= V(above)(a, a);
    largest[0] = V(larger)(a, largest[0]);
  }
  if (unordered) return NAN;
  a = V(larger)(V(larger)(largest[0], largest[1]), V(larger)(largest[2], largest[3]));
  return V(largest_lane)(a);
}

/* The last `count` < KEEL_EXPS entries of a row, with -infinity behind them. */
KEEL_INLINE void V(load_exps)(V(exps) * x, const KEEL_REAL *source, size_t count) {
#if KEEL_LEVEL == 2
  *x = V(load_tail)(source, count);
#else
  KEEL_REAL values[KEEL_EXPS];
  for (size_t i = 0; i < KEEL_EXPS; ++i) values[i] = i < count ? source[i] : -INFINITY;
  *x = LOAD_EXPS(values);
#endif
}

/* The same with zeros. */
KEEL_INLINE void V(load_zeros)(V(exps) * x, const KEEL_REAL *source, size_t count) {
#if KEEL_LEVEL == 2
  *x = V(load_part)(source, count, 0);
#else
  KEEL_REAL values[KEEL_EXPS] = {0};
  for (size_t i = 0; i < count; ++i) values[i] = source[i];
  *x = LOAD_EXPS(values);
#endif
}

KEEL_INLINE void V(store_exps)(KEEL_REAL *target, const V(exps) * x, size_t count) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  _mm512_mask_storeu_pd(target, (__mmask8)((1u << count) - 1), *x);
#elif KEEL_LEVEL == 2
  _mm512_mask_storeu_ps(target, (__mmask16)((1u << count) - 1), *x);
#else
  KEEL_REAL values[KEEL_EXPS];
  STORE_EXPS(values, *x);
  for (size_t i = 0; i < count; ++i) target[i] = values[i];
#endif
}

/* p <- exp(x - maximum); returns the sum. Parts of KEEL_PART entries are summed in the scalar, a number a
 * lane. */
KEEL_INLINE double V(exponentials)(const KEEL_REAL *x, KEEL_REAL *p, size_t n, KEEL_REAL maximum) {
  V(d8) sums = {0}, lost = {0}, part;
  size_t i = 0;
  while (i + KEEL_EXPS <= n) {
    size_t end = n - i < KEEL_PART ? i + (n - i) / KEEL_EXPS * KEEL_EXPS : i + KEEL_PART;
    V(exps) some = {0};
    for (; i < end; i += KEEL_EXPS) {
      V(exps) e = LOAD_EXPS(x + i);
      V(exp_block)(&e, maximum);
      STORE_EXPS(p + i, e);
      some += e;
    }
    V(widen)(&part, &some);
    V(add_part)(&sums, &lost, &part);
  }
  if (i < n) {
    V(exps) e;
    V(load_exps)(&e, x + i, n - i);
    V(exp_block)(&e, maximum);
    V(store_exps)(p + i, &e, n - i);
    V(widen)(&part, &e);
    V(add_part)(&sums, &lost, &part);
  }
  sums += lost;
  return V(lane_sum)(&sums);
}

/* p <- factor p; returns the number of entries that are not zero. */
KEEL_INLINE ptrdiff_t V(multiply)(KEEL_REAL *p, size_t n, KEEL_REAL factor) {
  V(exps) numbers = {0}, one = numbers + 1;
  typedef __typeof__(numbers > 0) masks;
  size_t i = 0;
  ptrdiff_t positive = 0;
  while (i + KEEL_EXPS <= n) {
    size_t end = n - i < 32 * KEEL_EXPS ? i + (n - i) / KEEL_EXPS * KEEL_EXPS : i + 32 * KEEL_EXPS;
    for (; i < end; i += KEEL_EXPS) {
      V(exps) e = LOAD_EXPS(p + i) * factor;
      numbers += (V(exps))((masks)one & (e > 0));
      STORE_EXPS(p + i, e);
    }
  }
  for (int lane = 0; lane < KEEL_EXPS; ++lane) positive += (ptrdiff_t)numbers[lane];
  for (; i < n; ++i) positive += (p[i] *= factor) > 0;
  return positive;
}

KEEL_INLINE void V(softmax_row)(const KEEL_REAL *x, KEEL_REAL *p, size_t n, keel_row_threshold *threshold) {
  KEEL_REAL maximum = V(maximum)(x, n);
  if (maximum - maximum == 0) {
    double total = V(exponentials)(x, p, n, maximum);
    *threshold = (keel_row_threshold){(double)maximum, log(total), V(multiply)(p, n, (KEEL_REAL)(1 / total))};
  } else {
    V(exceptional_row)(x, p, n, threshold);
  }
}

static void V(softmax)(const S(keel_row_batch) * batch) {
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_REAL *p = batch->output + r * batch->output_stride;
    size_t n = KEEL_ROW_LENGTH(batch, r);
    keel_row_threshold threshold;
    V(softmax_row)(batch->input + r * batch->input_stride, p, n, &threshold);
    memset(p + n, 0, (batch->columns - n) * sizeof *p);
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
}

/* x where p is not zero, else 0. */
KEEL_INLINE void V(where_not_zero)(V(exps) * x, const V(exps) * p) {
  typedef __typeof__(*x > 0) masks;
  *x = (V(exps))((masks)*x & (*p != 0));
}

/* p (g - <p, g> / sum p). Cotangents where p is zero are not used. */
KEEL_INLINE void V(softmax_pull_row)(const KEEL_REAL *p, const KEEL_REAL *g, KEEL_REAL *gradient, size_t n) {
  V(d8) sums = {0}, dots = {0}, part;
  V(exps) a, b;
  size_t i = 0;
  while (i < n) {
    V(exps) sum = {0}, dot = {0};
    size_t end = n - i < KEEL_PART ? n : i + KEEL_PART;
    for (; i < end; i += KEEL_EXPS) {
      if (end - i >= KEEL_EXPS) {
        a = LOAD_EXPS(p + i);
        b = LOAD_EXPS(g + i);
      } else {
        V(load_zeros)(&a, p + i, end - i);
        V(load_zeros)(&b, g + i, end - i);
      }
      V(where_not_zero)(&b, &a);
      sum += a;
      dot += a * b;
    }
    V(widen)(&part, &sum);
    sums += part;
    V(widen)(&part, &dot);
    dots += part;
  }
  double total = V(lane_sum)(&sums);
  KEEL_REAL mean = (KEEL_REAL)(total == 0 ? 0 : V(lane_sum)(&dots) / total);
  for (i = 0; i + KEEL_EXPS <= n; i += KEEL_EXPS) {
    a = LOAD_EXPS(p + i);
    b = (LOAD_EXPS(g + i) - mean) * a;
    V(where_not_zero)(&b, &a);
    STORE_EXPS(gradient + i, b);
  }
  if (i < n) {
    V(load_zeros)(&a, p + i, n - i);
    V(load_zeros)(&b, g + i, n - i);
    b = (b - mean) * a;
    V(where_not_zero)(&b, &a);
    V(store_exps)(gradient + i, &b, n - i);
  }
}
