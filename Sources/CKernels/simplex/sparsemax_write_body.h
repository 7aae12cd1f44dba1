/* How images of rows are written. */

/* One register of the output: (x - m) - t where that is positive, in double. Adds to the number of entries
 * that are not zero. */
KEEL_INLINE V(vec) V(entries)(V(vec) x, double m, double t, size_t *support) {
#if KEEL_LEVEL == 2
  const __m512d shift = _mm512_set1_pd(m), offset = _mm512_set1_pd(t), zero = _mm512_setzero_pd();
#if KEEL_DOUBLE
  __m512d p = _mm512_max_pd(_mm512_sub_pd(_mm512_sub_pd(x, shift), offset), zero);
  *support += (size_t)__builtin_popcount(_mm512_cmp_pd_mask(p, zero, _CMP_GT_OQ));
  return p;
#else
  __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
  __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
  low = _mm512_max_pd(_mm512_sub_pd(_mm512_sub_pd(low, shift), offset), zero);
  high = _mm512_max_pd(_mm512_sub_pd(_mm512_sub_pd(high, shift), offset), zero);
  __m512 p = _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
  *support += (size_t)__builtin_popcount(_mm512_cmp_ps_mask(p, _mm512_setzero_ps(), _CMP_GT_OQ));
  return p;
#endif
#elif KEEL_LEVEL == 1
  const __m256d shift = _mm256_set1_pd(m), offset = _mm256_set1_pd(t), zero = _mm256_setzero_pd();
#if KEEL_DOUBLE
  __m256d p = _mm256_max_pd(_mm256_sub_pd(_mm256_sub_pd(x, shift), offset), zero);
  *support += (size_t)__builtin_popcount((unsigned)_mm256_movemask_pd(_mm256_cmp_pd(p, zero, _CMP_GT_OQ)));
  return p;
#else
  __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
  __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
  low = _mm256_max_pd(_mm256_sub_pd(_mm256_sub_pd(low, shift), offset), zero);
  high = _mm256_max_pd(_mm256_sub_pd(_mm256_sub_pd(high, shift), offset), zero);
  __m256 p = _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
  __m256 positive = _mm256_cmp_ps(p, _mm256_setzero_ps(), _CMP_GT_OQ);
  *support += (size_t)__builtin_popcount((unsigned)_mm256_movemask_ps(positive));
  return p;
#endif
#else
  V(vec) p;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) {
    double value = ((double)x[i] - m) - t;
    p[i] = (KEEL_REAL)(value > 0 ? value : 0);
    *support += p[i] > 0;
  }
  return p;
#endif
}

/* Writes a whole row. Returns the number of entries that are not zero. */
KEEL_INLINE size_t V(write_row)(const KEEL_REAL *x, KEEL_REAL *p, size_t n, double m, double t) {
  size_t support = 0, i = 0;
  for (; i + KEEL_WIDTH <= n; i += KEEL_WIDTH) STORE(p + i, V(entries)(LOAD(x + i), m, t, &support));
  if (i < n) V(store_part)(p + i, V(entries)(V(load_tail)(x + i, n - i), m, t, &support), n - i);
  return support;
}

/* Writes zeros and the support. Returns the number of entries that are not zero. */
KEEL_INLINE size_t V(write_support)(const V(candidates) *list, KEEL_REAL *p, size_t n, double t) {
  const double m = list->maximum;
  size_t support = 0;
  memset(p, 0, n * sizeof(KEEL_REAL));
  for (size_t i = 0; i < list->count; ++i) {
    KEEL_REAL value = (KEEL_REAL)(((double)list->values[i] - m) - t);
    p[list->indices[i]] = value;
    support += value > 0;
  }
  return support;
}

/* Writes a row whose maximum m is not finite, or whose radius is zero. Returns the number of entries that are
 * not zero. */
KEEL_OUTLINE size_t V(write_exceptional)(
    const KEEL_REAL *x, KEEL_REAL *p, size_t n, KEEL_REAL m, KEEL_REAL z) {
  size_t top = 0, support = 0;
  for (size_t i = 0; i < n; ++i) top += x[i] == INFINITY;
  const KEEL_REAL share = z / (KEEL_REAL)top;
  for (size_t i = 0; i < n; ++i) {
    p[i] = m != m ? (KEEL_REAL)NAN : x[i] == INFINITY ? share : 0;
    support += p[i] != 0;
  }
  return support;
}
