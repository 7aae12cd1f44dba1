/* Derivatives of rows of at most 16 entries, eight rows at a time: the cotangents of the support are put
 * across the lanes, one row a lane, with zeros for the other entries. Zeros leave sums as they are, so that
 * the means have the bits of those of V(sum) at the support. */

#define KEEL_PULL_SHORT 16

/* Sixteen entries in double. */
typedef struct {
  __m512d low, high;
} V(sixteen);

/* The entries whose bits are set, and zeros; if all bits are below 8, only `low`. */
KEEL_INLINE V(sixteen) V(load_chosen)(const KEEL_REAL *x, unsigned bits, int wide) {
  V(sixteen) all = {_mm512_setzero_pd(), _mm512_setzero_pd()};
#if KEEL_DOUBLE
  all.low = _mm512_maskz_loadu_pd((__mmask8)bits, x);
  if (wide) all.high = _mm512_maskz_loadu_pd((__mmask8)(bits >> 8), x + 8);
#else
  all.low = _mm512_cvtps_pd(_mm256_maskz_loadu_ps((__mmask8)bits, x));
  if (wide) all.high = _mm512_cvtps_pd(_mm256_maskz_loadu_ps((__mmask8)(bits >> 8), x + 8));
#endif
  return all;
}

/* Writes the entries whose bits are set in `inside`: those of x whose bits are set in `bits`, else zero. */
KEEL_INLINE void V(store_chosen)(KEEL_REAL *d, unsigned inside, unsigned bits, V(sixteen) x, int wide) {
#if KEEL_DOUBLE
  _mm512_mask_storeu_pd(d, (__mmask8)inside, _mm512_maskz_mov_pd((__mmask8)bits, x.low));
  if (wide)
    _mm512_mask_storeu_pd(d + 8, (__mmask8)(inside >> 8), _mm512_maskz_mov_pd((__mmask8)(bits >> 8), x.high));
#else
  _mm256_mask_storeu_ps(d, (__mmask8)inside, _mm512_maskz_cvtpd_ps((__mmask8)bits, x.low));
  if (wide)
    _mm256_mask_storeu_ps(
        d + 8, (__mmask8)(inside >> 8), _mm512_maskz_cvtpd_ps((__mmask8)(bits >> 8), x.high));
#endif
}

/* Which of the entries in `inside` are not zero, or NaN. Sets bits of `nan` if there is NaN. */
KEEL_INLINE __mmask16 V(support_bits)(const KEEL_REAL *p, unsigned inside, __mmask16 *nan, int wide) {
#if KEEL_DOUBLE
  const __m512d low = _mm512_maskz_loadu_pd((__mmask8)inside, p), zero = _mm512_setzero_pd();
  unsigned bits = _mm512_cmp_pd_mask(low, zero, _CMP_NEQ_UQ);
  *nan = _kor_mask16(*nan, _mm512_cmp_pd_mask(low, low, _CMP_UNORD_Q));
  if (wide) {
    const __m512d high = _mm512_maskz_loadu_pd((__mmask8)(inside >> 8), p + 8);
    bits |= (unsigned)_mm512_cmp_pd_mask(high, zero, _CMP_NEQ_UQ) << 8;
    *nan = _kor_mask16(*nan, _mm512_cmp_pd_mask(high, high, _CMP_UNORD_Q));
  }
  return (__mmask16)bits;
#else
  if (wide) {
    const __m512 values = _mm512_maskz_loadu_ps((__mmask16)inside, p);
    *nan = _kor_mask16(*nan, _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q));
    return _mm512_cmp_ps_mask(values, _mm512_setzero_ps(), _CMP_NEQ_UQ);
  }
  const __m256 values = _mm256_maskz_loadu_ps((__mmask8)inside, p);
  *nan = _kor_mask16(*nan, _mm256_cmp_ps_mask(values, values, _CMP_UNORD_Q));
  return _mm256_cmp_ps_mask(values, _mm256_setzero_ps(), _CMP_NEQ_UQ);
#endif
}

/* Adds the columns of eight rows to the sums of the rows, one after the other. */
KEEL_INLINE __m512d V(add_columns)(__m512d sums, const __m512d *rows) {
  /* Of each pair of rows the even and the odd columns, a pair of columns in 128 bits. */
  __m512d pairs[2][4], columns[8];
  KEEL_UNROLL for (int i = 0; i < 4; ++i) {
    pairs[0][i] = _mm512_unpacklo_pd(rows[2 * i], rows[2 * i + 1]);
    pairs[1][i] = _mm512_unpackhi_pd(rows[2 * i], rows[2 * i + 1]);
  }
  KEEL_UNROLL for (int odd = 0; odd < 2; ++odd) {
    const __m512d *q = pairs[odd];
    const __m512d a = _mm512_shuffle_f64x2(q[0], q[1], 0x44), b = _mm512_shuffle_f64x2(q[2], q[3], 0x44);
    const __m512d c = _mm512_shuffle_f64x2(q[0], q[1], 0xEE), d = _mm512_shuffle_f64x2(q[2], q[3], 0xEE);
    columns[odd] = _mm512_shuffle_f64x2(a, b, 0x88);
    columns[odd + 2] = _mm512_shuffle_f64x2(a, b, 0xDD);
    columns[odd + 4] = _mm512_shuffle_f64x2(c, d, 0x88);
    columns[odd + 6] = _mm512_shuffle_f64x2(c, d, 0xDD);
  }
  KEEL_UNROLL for (int j = 0; j < 8; ++j) sums = _mm512_add_pd(sums, columns[j]);
  return sums;
}

/* The numbers of bits of eight words, in double. */
KEEL_INLINE __m512d V(bit_counts)(__m128i words) {
  const __m128i nibble = _mm_set1_epi8(15);
  const __m128i table = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m128i low = _mm_shuffle_epi8(table, _mm_and_si128(words, nibble));
  const __m128i high = _mm_shuffle_epi8(table, _mm_and_si128(_mm_srli_epi16(words, 4), nibble));
  const __m128i counts = _mm_maddubs_epi16(_mm_add_epi8(low, high), _mm_set1_epi8(1));
  return _mm512_cvtepi32_pd(_mm256_cvtepu16_epi32(counts));
}

/* Rows that are taken through one step after the other together, so that none waits for its own mean. */
#define KEEL_PULL_ROWS 64

/* The supports of eight rows as bits, and the sums of the cotangents there. If fewer rows than eight are
 * left, the last is repeated. Returns whether there is NaN in the outputs. */
KEEL_INLINE __mmask16 V(pull_sums)(
    const S(keel_pullback_batch) *batch, size_t first, size_t left, uint16_t *supports, double *sums,
    int wide, int ragged) {
  const size_t p_stride = batch->output_stride, g_stride = batch->cotangent_stride;
  const KEEL_REAL *p = batch->output + first * p_stride, *g = batch->cotangent + first * g_stride;
  __m512d low[8], high[8];
  __mmask16 nan = 0;
  KEEL_UNROLL for (size_t i = 0; i < 8; ++i) {
    const size_t n = ragged ? (size_t)batch->lengths[first + (i < left ? i : left - 1)] : batch->columns;
    const __mmask16 bits = V(support_bits)(p, (1u << n) - 1, &nan, wide);
    const V(sixteen) all = V(load_chosen)(g, bits, wide);
    low[i] = all.low;
    high[i] = all.high;
    supports[i] = bits;
    p += i + 1 < left ? p_stride : 0;
    g += i + 1 < left ? g_stride : 0;
  }
  __m512d sum = V(add_columns)(_mm512_setzero_pd(), low);
  if (wide) sum = V(add_columns)(sum, high);
  _mm512_storeu_pd(sums, sum);
  return nan;
}

/* At most KEEL_PULL_ROWS rows. */
KEEL_INLINE void V(pull_some)(
    const S(keel_pullback_batch) *batch, size_t first, size_t rows, int wide, int ragged) {
  uint16_t supports[KEEL_PULL_ROWS];
  double means[KEEL_PULL_ROWS];
  __mmask16 nan = 0;
  size_t r = 0;
  for (; r + 8 <= rows; r += 8)
    nan = _kor_mask16(nan, V(pull_sums)(batch, first + r, 8, supports + r, means + r, wide, ragged));
  if (r < rows)
    nan = _kor_mask16(nan, V(pull_sums)(batch, first + r, rows - r, supports + r, means + r, wide, ragged));
  for (r = 0; r < rows; r += 8) {
    const __m512d counts = V(bit_counts)(_mm_loadu_si128((const __m128i *)(supports + r)));
    _mm512_storeu_pd(means + r, _mm512_div_pd(_mm512_loadu_pd(means + r), counts));
  }
  const unsigned all = (1u << batch->columns) - 1;
  const size_t g_stride = batch->cotangent_stride, d_stride = batch->gradient_stride;
  const KEEL_REAL *g = batch->cotangent + first * g_stride;
  KEEL_REAL *d = batch->gradient + first * d_stride;
  for (r = 0; r < rows; ++r, g += g_stride, d += d_stride) {
    const __m512d mean = _mm512_set1_pd(means[r]);
    V(sixteen) x = V(load_chosen)(g, supports[r], wide);
    x.low = _mm512_sub_pd(x.low, mean);
    x.high = _mm512_sub_pd(x.high, mean);
    V(store_chosen)(d, all, supports[r], x, wide);
  }
  if (KEEL_LIKELY(!nan)) return;
  for (r = first; r < first + rows; ++r) {
    const size_t n = ragged ? (size_t)batch->lengths[r] : batch->columns;
    const KEEL_REAL maximum = V(checked_maximum)(batch->output + r * batch->output_stride, n);
    if (maximum != maximum)
      for (size_t i = 0; i < n; ++i) batch->gradient[r * d_stride + i] = NAN;
  }
}

/* A batch of such rows. Returns whether it was one. */
static int V(pull_short_rows)(const S(keel_pullback_batch) *batch) {
  if (batch->columns == 0 || batch->columns > KEEL_PULL_SHORT) return 0;
  for (size_t r = 0; r < batch->rows; r += KEEL_PULL_ROWS) {
    const size_t rows = batch->rows - r < KEEL_PULL_ROWS ? batch->rows - r : KEEL_PULL_ROWS;
    if (batch->lengths)
      V(pull_some)(batch, r, rows, 1, 1);
    else if (batch->columns > 8)
      V(pull_some)(batch, r, rows, 1, 0);
    else
      V(pull_some)(batch, r, rows, 0, 0);
  }
  return 1;
}
