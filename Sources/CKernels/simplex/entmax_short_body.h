/* entmax-1.5 of short rows, sixteen at a time, one a lane: see tile_body.h. */

typedef float V(f16) __attribute__((vector_size(64), may_alias));
typedef float V(f8) __attribute__((vector_size(32), may_alias));
typedef int32_t V(i16) __attribute__((vector_size(64)));

KEEL_INLINE int V(any_of_sixteen)(const V(i16) * mask) {
  const V(masks) pairs = (V(masks))*mask;
  return V(any)(&pairs);
}

#define KEEL_QUADRATIC_NAME quadratic_tile
#define KEEL_START_NAME start_tile
#define KEEL_FLOATS f16
#define KEEL_HALF f8
#define KEEL_FLOAT_MASK i16
#define KEEL_ANY_FLOAT any_of_sixteen
#define KEEL_LANES d8
#define KEEL_LANE_MASK i8
#define KEEL_LANE_COUNT 8
#define KEEL_GROUPS 2
#define KEEL_ANY any
#include "entmax_tile_body.h"

typedef double V(d1) __attribute__((vector_size(8)));
typedef int64_t V(i1) __attribute__((vector_size(8)));

KEEL_INLINE int V(any_one)(const V(i1) * mask) { return (*mask)[0] != 0; }

typedef float V(f1) __attribute__((vector_size(4), may_alias));
typedef int32_t V(i1_float) __attribute__((vector_size(4)));

KEEL_INLINE int V(any_one_float)(const V(i1_float) * mask) { return (*mask)[0] != 0; }

#define KEEL_QUADRATIC_NAME quadratic_alone
#define KEEL_START_NAME start_alone
#define KEEL_FLOATS f1
#define KEEL_HALF f1
#define KEEL_FLOAT_MASK i1_float
#define KEEL_ANY_FLOAT any_one_float
#define KEEL_LANES d1
#define KEEL_LANE_MASK i1
#define KEEL_LANE_COUNT 1
#define KEEL_GROUPS 1
#define KEEL_ANY any_one
#include "entmax_tile_body.h"

/* p <- ((x - maximum) / 2 - root)+^2; returns the number of entries that are not zero. */
KEEL_INLINE ptrdiff_t V(write_squares)(
    const KEEL_REAL *x, KEEL_REAL *p, size_t n, double maximum, double root) {
  ptrdiff_t positive = 0;
  size_t i = 0;
#if KEEL_LEVEL == 2
  const __m512d shift = _mm512_set1_pd(maximum), half = _mm512_set1_pd(0.5), zero = _mm512_setzero_pd();
  const __m512d limit = _mm512_set1_pd(root);
  for (; i < n; i += 8) {
    const __mmask8 lanes = n - i < 8 ? (__mmask8)((1u << (n - i)) - 1) : 0xFF;
#if KEEL_DOUBLE
    __m512d t = _mm512_maskz_loadu_pd(lanes, x + i);
#else
    __m512d t = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(lanes, x + i));
#endif
    /* Halving is exact: fused or not, the bits are the same. */
    t = _mm512_max_pd(_mm512_fmsub_pd(_mm512_sub_pd(t, shift), half, limit), zero);
    t = _mm512_mul_pd(t, t);
#if KEEL_DOUBLE
    _mm512_mask_storeu_pd(p + i, lanes, t);
    positive += __builtin_popcount(_mm512_mask_cmp_pd_mask(lanes, t, zero, _CMP_GT_OQ));
#else
    __m256 value = _mm512_cvtpd_ps(t);
    _mm256_mask_storeu_ps(p + i, lanes, value);
    positive += __builtin_popcount(_mm256_mask_cmp_ps_mask(lanes, value, _mm256_setzero_ps(), _CMP_GT_OQ));
#endif
  }
#else
  if (n >= 8) {
    V(i8) counts = {0};
    for (; i + 8 <= n; i += 8) {
      V(d8) t;
      V(load8)(&t, x + i);
      t = (t - maximum) * 0.5 - root;
      t = KEEL_MASK_D8(t > 0.0, t);
      t *= t;
      V(store8)(p + i, &t, &counts);
    }
    for (int lane = 0; lane < 8; ++lane) positive += counts[lane];
  }
  for (; i < n; ++i) {
    double t = ((double)x[i] - maximum) * 0.5 - root;
    positive += (p[i] = (KEEL_REAL)(t > 0 ? t * t : 0)) > 0;
  }
#endif
  return positive;
}

/* One row of at most KEEL_SHORT entries. */
KEEL_OUTLINE keel_row_threshold V(entmax15_alone)(const KEEL_REAL *x, KEEL_REAL *p, size_t n) {
  double tile[KEEL_SHORT];
  KEEL_REAL copy[KEEL_SHORT + KEEL_BLOCK];
  double maximum, root;
  int exceptional;
  const size_t count = V(copy_candidates)(copy, x, n, V(largest)(x, n), 2);
  for (size_t j = 0; j < count; ++j) tile[j] = (double)copy[j];
  V(quadratic_alone)(tile, count, &maximum, &root, &exceptional);
  keel_row_threshold threshold = {maximum, 2 + 2 * root, 0};
  if (KEEL_UNLIKELY(exceptional))
    V(exceptional_row)(x, p, n, &threshold);
  else
    threshold.support = V(write_squares)(x, p, n, maximum, root);
  return threshold;
}

/* At most sixteen rows of at most KEEL_SHORT entries: as they are, if they have the same small number of
 * entries, or else what is above the maximum less 2. */
KEEL_OUTLINE void V(entmax15_short)(
    const KEEL_REAL *const *inputs, KEEL_REAL *const *outputs, const size_t *lengths, size_t rows,
    keel_row_threshold *thresholds) {
  double tile[KEEL_SHORT * KEEL_ROWS] __attribute__((aligned(64)));
  double maximum[KEEL_ROWS] __attribute__((aligned(64))), root[KEEL_ROWS] __attribute__((aligned(64)));
  KEEL_REAL copies[KEEL_ROWS][KEEL_SHORT + KEEL_BLOCK];
  const KEEL_REAL *sources[KEEL_ROWS];
  size_t columns = lengths[0], counts[KEEL_ROWS];
  int exceptional, uneven = columns < 4 || columns > KEEL_DIRECT;
  for (size_t i = 1; i < rows; ++i) uneven |= lengths[i] != columns;
  if (uneven) {
    columns = 4;
    for (size_t i = 0; i < rows; ++i) {
      counts[i] = V(copy_candidates)(copies[i], inputs[i], lengths[i], V(largest)(inputs[i], lengths[i]), 2);
      columns = counts[i] > columns ? counts[i] : columns;
    }
    for (size_t i = 0; i < rows; ++i)
      for (size_t j = counts[i]; j < columns; j += KEEL_WIDTH) STORE(copies[i] + j, SPLAT(-INFINITY));
  }
  for (size_t i = 0; i < KEEL_ROWS; ++i) {
    const size_t row = i < rows ? i : rows - 1;
    sources[i] = uneven ? copies[row] : inputs[row];
  }
  V(fill_tile)(tile, sources, columns);
  V(quadratic_tile)(tile, columns, maximum, root, &exceptional);
  for (size_t i = 0; i < rows; ++i) {
    thresholds[i] = (keel_row_threshold){maximum[i], 2 + 2 * root[i], 0};
    if (KEEL_UNLIKELY(exceptional >> i & 1))
      V(exceptional_row)(inputs[i], outputs[i], lengths[i], &thresholds[i]);
    else
      thresholds[i].support = V(write_squares)(inputs[i], outputs[i], lengths[i], maximum[i], root[i]);
  }
}

/* A batch of rows of at most KEEL_SHORT entries. */
KEEL_INLINE void V(entmax15_short_rows)(const S(keel_row_batch) * batch) {
  for (size_t r = 0; r < batch->rows; r += KEEL_ROWS) {
    const size_t rows = batch->rows - r < KEEL_ROWS ? batch->rows - r : KEEL_ROWS;
    const KEEL_REAL *inputs[KEEL_ROWS];
    KEEL_REAL *outputs[KEEL_ROWS];
    size_t lengths[KEEL_ROWS];
    keel_row_threshold thresholds[KEEL_ROWS];
    for (size_t i = 0; i < rows; ++i) {
      inputs[i] = batch->input + (r + i) * batch->input_stride;
      outputs[i] = batch->output + (r + i) * batch->output_stride;
      lengths[i] = KEEL_ROW_LENGTH(batch, r + i);
    }
    if (rows == 1)
      thresholds[0] = V(entmax15_alone)(inputs[0], outputs[0], lengths[0]);
    else
      V(entmax15_short)(inputs, outputs, lengths, rows, thresholds);
    for (size_t i = 0; i < rows; ++i) {
      memset(outputs[i] + lengths[i], 0, (batch->columns - lengths[i]) * sizeof(KEEL_REAL));
      if (batch->thresholds) batch->thresholds[r + i] = thresholds[i];
    }
  }
}
