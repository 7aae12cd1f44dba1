/* The kernels of keel_sparsemax.h for one instruction set and scalar. */
#include "rows_body.h"

/* Candidates that the stack has room for: more than rows of 10^8 normal or uniform entries have. */
#define KEEL_CANDIDATES 16384

/* The entries above a bound, in double: their sum less m each, and their number. */
typedef struct {
  double sum;
  size_t count;
} V(excess);

KEEL_INLINE V(excess) V(excess_above)(const KEEL_REAL *x, size_t n, KEEL_REAL bound, double m) {
  V(excess) total = {0, 0};
#if KEEL_LEVEL == 2
  const V(vec) limit = SPLAT(bound);
  const __m512d shift = _mm512_set1_pd(m);
  __m512d a = _mm512_setzero_pd(), b = a;
  for (size_t i = 0; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    unsigned bits = V(above)(xi, limit);
    total.count += (size_t)__builtin_popcount(bits);
#if KEEL_DOUBLE
    a = _mm512_mask_add_pd(a, (__mmask8)bits, a, _mm512_sub_pd(xi, shift));
#else
    __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(xi));
    __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(xi, 1));
    a = _mm512_mask_add_pd(a, (__mmask8)bits, a, _mm512_sub_pd(low, shift));
    b = _mm512_mask_add_pd(b, (__mmask8)(bits >> 8), b, _mm512_sub_pd(high, shift));
#endif
  }
  total.sum = _mm512_reduce_add_pd(_mm512_add_pd(a, b));
#else
  V(doubles) a = {0};
  V(masks) count = {0};
  const double limit = (double)bound;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    V(doubles) xi = __builtin_convertvector(*(const V(eight) *)(x + i), V(doubles));
    V(masks) above = xi > limit;
    a += (V(doubles))((V(masks))(xi - m) & above);
    count -= above;
  }
  KEEL_UNROLL for (int lane = 0; lane < 8; ++lane) {
    total.sum += a[lane];
    total.count += (size_t)count[lane];
  }
  for (; i < n; ++i)
    if (x[i] > bound) {
      total.sum += (double)x[i] - m;
      ++total.count;
    }
#endif
  return total;
}

/* Newton's method on a list: t = (the sum of x - m above the bound, less z) / their number is at or below
 * the threshold, and m + t the next bound, until it drops nothing. */
KEEL_INLINE void V(newton)(V(candidates) *list, double z) {
  const double m = list->maximum;
  size_t before = list->count + 1;
  for (;;) {
    V(excess) kept = V(excess_above)(list->values, list->count, list->bound, m);
    if (kept.count >= before || kept.count == 0) break;
    if (kept.count < list->count / 2) V(keep_above)(list, list->bound);
    before = kept.count;
    /* What is subtracted is more than the rounding of a sum of numbers in (-z, 0]. */
    double t = (kept.sum - z) / (double)kept.count - z * (double)kept.count * 0x1p-52;
    KEEL_REAL bound = V(round_down)(m + t);
    if (bound > list->bound) list->bound = bound;
  }
  V(keep_above)(list, list->bound);
}

KEEL_OUTLINE void V(tighten)(V(candidates) *list, double z) { V(newton)(list, z); }

/* The number of entries with x - m > t. */
KEEL_INLINE size_t V(count_beyond)(const KEEL_REAL *x, size_t n, double m, double t) {
  size_t count = 0;
  for (size_t i = 0; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    count += (size_t)__builtin_popcount(V(beyond)(xi, m, t));
  }
  return count;
}

/* Finds the support and the offset from candidates, which become the support. The offset is that of the
 * support alone, summed in the order of its indices: how it was found makes no difference. */
KEEL_INLINE double V(solve)(V(candidates) *list, double z) {
  V(newton)(list, z);
  const double m = list->maximum;
  for (;;) {
    double t = (V(sum)(list->values, list->count, m) - z) / (double)list->count;
    size_t left = V(count_beyond)(list->values, list->count, m, t);
    if (left == list->count || left == 0) return t;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i += KEEL_WIDTH) {
      V(vec) x = LOAD(list->values + i);
      V(numbers) numbers = *(const V(stored_numbers) *)(list->indices + i);
      unsigned bits = V(beyond)(x, m, t) & V(lanes_below)(i, list->count);
      kept += V(compress)(list->values + kept, list->indices + kept, x, numbers, bits);
    }
    list->count = kept;
  }
}

/* The largest entry, or NaN if there is one. */
KEEL_OUTLINE KEEL_REAL V(maximum)(const KEEL_REAL *x, size_t n) {
  unsigned unordered = 0;
  for (size_t i = 0; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    unordered |= V(above)(xi, xi);
  }
  return unordered ? (KEEL_REAL)NAN : V(largest)(x, n);
}

/* A row whose maximum m is not finite, or whose radius is zero. */
KEEL_OUTLINE keel_row_threshold V(exceptional)(
    const KEEL_REAL *x, KEEL_REAL *p, size_t n, KEEL_REAL m, KEEL_REAL z) {
  keel_row_threshold threshold = {m, 0, 0};
  size_t top = 0;
  for (size_t i = 0; i < n; ++i) top += x[i] == INFINITY;
  const KEEL_REAL share = z / (KEEL_REAL)top;
  for (size_t i = 0; i < n; ++i) {
    p[i] = m != m ? (KEEL_REAL)NAN : x[i] == INFINITY ? share : 0;
    threshold.support += p[i] != 0;
  }
  return threshold;
}

/* The sum of x - m over the entries with x - m > t, more than 128 of them, in the order of V(sum). */
KEEL_INLINE V(excess) V(sum_beyond)(
    const KEEL_REAL *x, size_t n, double m, double t, const V(candidates) *room) {
  V(excess) total = {0, 0};
  V(parts) parts = {{0}, {0}};
  V(numbers) numbers = {0};
  size_t held = 0;
  for (size_t i = 0; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    held += V(compress)(room->values + held, room->indices + held, xi, numbers, V(beyond)(xi, m, t));
    if (held < 256) continue;
    size_t whole = held & ~(size_t)15;
    V(add_parts)(&parts, room->values, whole, m);
    total.count += whole;
    held -= whole;
    memcpy(room->values, room->values + whole, 16 * sizeof(KEEL_REAL));
  }
  size_t whole = held & ~(size_t)15;
  V(add_parts)(&parts, room->values, whole, m);
  total.count += held;
  total.sum = V(join_parts)(&parts, room->values + whole, held - whole, m);
  return total;
}

/* The offset of a row with more candidates than the list has room for, by Newton's method on the row. The
 * list comes with the maximum and a bound, and goes with the support if it has room for it after all, else
 * empty. */
KEEL_OUTLINE double V(solve_row)(const KEEL_REAL *x, size_t n, double z, V(candidates) *list) {
  const double m = list->maximum;
  KEEL_REAL bound = list->bound;
  size_t before = n + 1;
  double t = -z;
  for (;;) {
    V(excess) kept = V(excess_above)(x, n, bound, m);
    if (kept.count >= before || kept.count == 0) break;
    before = kept.count;
    t = (kept.sum - z) / (double)kept.count - z * (double)kept.count * 0x1p-52;
    KEEL_REAL next = V(round_down)(m + t);
    if (next > bound) bound = next;
  }
  list->count = 0;
  list->bound = bound;
  if (before <= list->capacity && V(collect)(list, x, n, 0, z, V(tighten), z)) return V(solve)(list, z);
  list->count = 0;
  V(excess) kept = V(sum_beyond)(x, n, m, t, list);
  for (;;) {
    t = (kept.sum - z) / (double)kept.count;
    V(excess) next = V(sum_beyond)(x, n, m, t, list);
    if (next.count >= kept.count || next.count == 0) return t;
    kept = next;
  }
}

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

/* One row. */
KEEL_OUTLINE keel_row_threshold V(project_row)(const KEEL_REAL *x, KEEL_REAL *p, size_t n, KEEL_REAL z) {
  KEEL_REAL values[KEEL_CANDIDATES + KEEL_BLOCK + 16];
  uint32_t indices[KEEL_CANDIDATES + KEEL_BLOCK + 16];
  V(candidates) list = {values, indices, 0, KEEL_CANDIDATES, -INFINITY, -INFINITY};
  int fits = V(collect)(&list, x, n, 0, z, V(tighten), z);
  if (!fits) list.maximum = V(maximum)(x, n);
  const KEEL_REAL m = list.maximum;
  if (!(m - m == 0) || !(z > 0)) return V(exceptional)(x, p, n, m, z);
  keel_row_threshold threshold = {m, 0, 0};
  threshold.offset = fits ? V(solve)(&list, z) : V(solve_row)(x, n, z, &list);
  /* Many entries are written faster in order, which reads the row again. */
  int scattered = list.count > 0 && list.count < n / 16;
  threshold.support = (ptrdiff_t)(scattered ? V(write_support)(&list, p, n, threshold.offset)
                                            : V(write_row)(x, p, n, m, threshold.offset));
  return threshold;
}

#include "sparsemax_short_body.h"

static void V(sparsemax)(const S(keel_row_batch) *batch, KEEL_REAL z) {
  size_t r = V(project_short_rows)(batch, z);
  for (; r < batch->rows; ++r) {
    const size_t n = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    KEEL_REAL *p = batch->output + r * batch->output_stride;
    keel_row_threshold threshold = V(project_row)(batch->input + r * batch->input_stride, p, n, z);
    if (n < batch->columns) memset(p + n, 0, (batch->columns - n) * sizeof(KEEL_REAL));
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
}

#include "sparsemax_pullback_body.h"
