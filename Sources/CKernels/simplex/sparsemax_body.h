/* The kernels of keel_sparsemax.h for one instruction set and scalar. */
#include "rows_body.h"
#include "sparsemax_solve_body.h"
#include "sparsemax_write_body.h"

/* Room for candidates on the stack. */
#define KEEL_LIST(name)                                     \
  KEEL_REAL name##_values[KEEL_CANDIDATES + KEEL_SLACK];    \
  uint32_t name##_indices[KEEL_CANDIDATES + KEEL_SLACK];    \
  V(candidates) name = {name##_values, name##_indices, 0, KEEL_CANDIDATES, -INFINITY, -INFINITY}

/* What becomes of a row. */
enum V(kinds) {
  V(exceptional_row), /* the maximum is not finite, or the radius is zero */
  V(listed_row),      /* the list holds the support */
  V(dense_row)        /* the support is longer than the list */
};

/* Collects from the entries above a guess of the threshold. Returns whether it was one that helps. If not,
 * the bound of the list is that of the entries above the guess, which is below the threshold. */
KEEL_INLINE int V(collect_warm)(V(candidates) *list, const KEEL_REAL *x, size_t n, double z, double guess) {
  const double slack = z * 0x1p-10 + (KEEL_DOUBLE ? 0x1p-48 : 0x1p-20) * fabs(guess);
  const KEEL_REAL start = V(round_down)(guess - slack);
  KEEL_REAL proven = -INFINITY;
  list->bound = start;
  if (start - start == 0 && V(collect)(list, x, n, 0, z, V(tighten), z)) {
    const double m = list->maximum;
    /* A bound that has risen comes from a subset of the row, and is below the threshold. */
    if (m != m || list->bound > start) return 1;
    V(excess) kept = V(excess_above)(list->values, list->count, -INFINITY, m);
    if (kept.count > 0 && m - m == 0) proven = V(next_bound)(kept, m, z);
    if (proven >= start) return 1;
  }
  list->count = 0;
  list->maximum = -INFINITY;
  list->bound = proven;
  return 0;
}

/* Finds the threshold of a row, and its support if the list has room for it. */
KEEL_INLINE enum V(kinds) V(find)(
    const KEEL_REAL *x, size_t n, KEEL_REAL z, const KEEL_REAL *start, V(candidates) *list,
    keel_row_threshold *threshold) {
  list->count = 0;
  list->maximum = list->bound = -INFINITY;
  int fits = 1;
  if (!start || !V(collect_warm)(list, x, n, z, *start))
    fits = V(collect)(list, x, n, 0, z, V(tighten), z);
  if (!fits) list->maximum = V(checked_maximum)(x, n);
  const KEEL_REAL m = list->maximum;
  *threshold = (keel_row_threshold){m, 0, 0};
  if (!(m - m == 0) || !(z > 0)) return V(exceptional_row);
  threshold->offset = fits ? V(solve)(list, z) : V(solve_row)(x, n, z, list);
  return list->count > 0 ? V(listed_row) : V(dense_row);
}

/* One row. */
KEEL_OUTLINE keel_row_threshold V(project_row)(
    const KEEL_REAL *x, KEEL_REAL *p, size_t n, KEEL_REAL z, const KEEL_REAL *start) {
  KEEL_LIST(list);
  keel_row_threshold threshold;
  enum V(kinds) kind = V(find)(x, n, z, start, &list, &threshold);
  if (kind == V(exceptional_row)) {
    threshold.support = (ptrdiff_t)V(write_exceptional)(x, p, n, list.maximum, z);
  } else if (kind == V(listed_row) && list.count < n / 16) {
    threshold.support = (ptrdiff_t)V(write_support)(&list, p, n, threshold.offset);
  } else {
    /* Many entries are written faster in order, which reads the row again. */
    threshold.support = (ptrdiff_t)V(write_row)(x, p, n, threshold.maximum, threshold.offset);
  }
  return threshold;
}

#include "sparsemax_short_body.h"

static void V(sparsemax)(const S(keel_row_batch) *batch, KEEL_REAL z) {
  size_t r = V(project_short_rows)(batch, z);
  for (; r < batch->rows; ++r) {
    const size_t n = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    KEEL_REAL *p = batch->output + r * batch->output_stride;
    keel_row_threshold threshold = V(project_row)(
        batch->input + r * batch->input_stride, p, n, z, batch->starts ? batch->starts + r : NULL);
    if (n < batch->columns) memset(p + n, 0, (batch->columns - n) * sizeof(KEEL_REAL));
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
}

#include "sparsemax_chunks_body.h"
#include "sparsemax_pullback_body.h"
#include "sparsemax_sparse_body.h"
