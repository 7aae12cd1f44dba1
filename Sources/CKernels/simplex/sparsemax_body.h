/* The kernels of keel_sparsemax.h for one instruction set and scalar. */
#include "rows_body.h"

/* Candidates that the stack has room for. */
#define KEEL_CANDIDATES 16384

typedef double V(doubles) __attribute__((vector_size(64)));

/* Newton's method on a list: t = (sum over the list of x - m, less z) / count, what is at or below m + t is
 * dropped, until nothing is. t is at or below the threshold, whatever the list lacks. */
KEEL_INLINE void V(newton)(V(candidates) *list, double z) {
  const double m = list->maximum;
  V(keep_above)(list, list->bound);
  for (;;) {
    double sum = 0;
    size_t count = list->count;
    if (count == 0) return;
    size_t i = 0;
    V(doubles) sums = {0};
    for (; i + 8 <= count; i += 8)
      KEEL_UNROLL for (int lane = 0; lane < 8; ++lane) sums[lane] += (double)list->values[i + lane] - m;
    for (; i < count; ++i) sum += (double)list->values[i] - m;
    KEEL_UNROLL for (int lane = 0; lane < 8; ++lane) sum += sums[lane];
    /* Less than the rounding of the sum, of values in (-z, 0]. */
    double t = (sum - z) / (double)count - z * (double)count * 0x1p-52;
    V(keep_above)(list, V(round_down)(m + t));
    if (list->count >= count) return;
  }
}

KEEL_OUTLINE void V(tighten)(V(candidates) *list, double z) { V(newton)(list, z); }

/* The offset of a support, summed in the order of its indices, so that it does not depend on how the support
 * was found: one after the other up to 128, then by eight lanes. */
KEEL_INLINE double V(offset)(const KEEL_REAL *support, size_t count, double m, double z) {
  double sum = 0;
  size_t i = 0;
  if (count > 128) {
    V(doubles) sums = {0};
    for (; i + 8 <= count; i += 8)
      KEEL_UNROLL for (int lane = 0; lane < 8; ++lane) sums[lane] += (double)support[i + lane] - m;
    KEEL_UNROLL for (int lane = 0; lane < 8; ++lane) sum += sums[lane];
  }
  for (; i < count; ++i) sum += (double)support[i] - m;
  return (sum - z) / (double)count;
}

/* Finds the support and the offset from candidates, which become the support. */
KEEL_INLINE double V(solve)(V(candidates) *list, double z) {
  V(newton)(list, z);
  const double m = list->maximum;
  for (;;) {
    double t = V(offset)(list->values, list->count, m, z);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; ++i) {
      KEEL_REAL x = list->values[i];
      list->values[kept] = x;
      list->indices[kept] = list->indices[i];
      kept += (double)x - m > t;
    }
    if (kept == list->count || kept == 0) return t;
    list->count = kept;
  }
}

KEEL_INLINE void V(fill)(KEEL_REAL *p, size_t count, KEEL_REAL value) {
  if (value == 0)
    memset(p, 0, count * sizeof(KEEL_REAL));
  else
    for (size_t i = 0; i < count; ++i) p[i] = value;
}

/* A row whose maximum is not finite. Returns the size of the support. */
KEEL_OUTLINE size_t V(exceptional)(const KEEL_REAL *x, KEEL_REAL *p, size_t n, KEEL_REAL m, KEEL_REAL z) {
  if (m != m) {
    V(fill)(p, n, NAN);
    return n;
  }
  size_t top = 0;
  if (m > 0)
    for (size_t i = 0; i < n; ++i) top += x[i] == m;
  for (size_t i = 0; i < n; ++i) p[i] = m > 0 && x[i] == m ? z / (KEEL_REAL)top : 0;
  return z > 0 ? top : 0;
}

/* A row whose support is too long for the list: Newton's method on the row itself. */
KEEL_OUTLINE double V(solve_dense)(const KEEL_REAL *x, size_t n, double m, double z) {
  double t = -z;
  size_t count = n + 1;
  for (;;) {
    double sums[8] = {0}, sum = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; ++i) {
      double v = (double)x[i] - m;
      if (v > t) sums[kept++ % 8] += v;
    }
    for (int lane = 0; lane < 8; ++lane) sum += sums[lane];
    if (kept >= count || kept == 0) return t;
    count = kept;
    t = (sum - z) / (double)count;
  }
}

/* Writes the whole row. Returns the size of the support. */
KEEL_OUTLINE size_t V(write_dense)(const KEEL_REAL *x, KEEL_REAL *p, size_t n, double m, double t) {
  size_t support = 0;
  for (size_t i = 0; i < n; ++i) {
    double value = ((double)x[i] - m) - t;
    KEEL_REAL rounded = value > 0 ? (KEEL_REAL)value : 0;
    support += rounded > 0;
    p[i] = rounded;
  }
  return support;
}

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

static void V(sparsemax)(const S(keel_row_batch) *batch, KEEL_REAL z) {
  KEEL_REAL values[KEEL_CANDIDATES + KEEL_BLOCK + 16];
  uint32_t indices[KEEL_CANDIDATES + KEEL_BLOCK + 16];
  for (size_t r = 0; r < batch->rows; ++r) {
    const size_t n = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    const KEEL_REAL *x = batch->input + r * batch->input_stride;
    KEEL_REAL *p = batch->output + r * batch->output_stride;
    V(candidates) list = {values, indices, 0, KEEL_CANDIDATES, -INFINITY, -INFINITY};
    keel_row_threshold threshold = {0, 0, 0};
    int fits = V(collect)(&list, x, n, 0, z, V(tighten), z);
    if (!fits) list.maximum = V(largest)(x, n);
    threshold.maximum = list.maximum;
    if (!(list.maximum - list.maximum == 0)) {
      threshold.support = (ptrdiff_t)V(exceptional)(x, p, n, list.maximum, z);
    } else if (!(z > 0)) {
      memset(p, 0, n * sizeof(KEEL_REAL));
    } else if (fits) {
      threshold.offset = V(solve)(&list, z);
      threshold.support = (ptrdiff_t)V(write_support)(&list, p, n, threshold.offset);
    } else {
      threshold.offset = V(solve_dense)(x, n, list.maximum, z);
      threshold.support = (ptrdiff_t)V(write_dense)(x, p, n, list.maximum, threshold.offset);
    }
    if (n < batch->columns) memset(p + n, 0, (batch->columns - n) * sizeof(KEEL_REAL));
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
}

static void V(sparsemax_pullback)(const S(keel_pullback_batch) *batch) {
  for (size_t r = 0; r < batch->rows; ++r) {
    const size_t n = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    const KEEL_REAL *p = batch->output + r * batch->output_stride;
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    KEEL_REAL *d = batch->gradient + r * batch->gradient_stride;
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; ++i)
      if (p[i] != 0) {
        sum += (double)g[i];
        ++count;
      }
    double mean = sum / (double)count;
    for (size_t i = 0; i < batch->columns; ++i)
      d[i] = i < n && p[i] != 0 ? (p[i] == p[i] ? (KEEL_REAL)((double)g[i] - mean) : NAN) : 0;
  }
}
