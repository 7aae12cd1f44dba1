/* Derivatives of projections: g minus its mean over the support, on the support. */

/* Zeroes the gradient and keeps the cotangents of the support in a list, until the list is full. Returns how
 * far it came: the end of the row, or else the entries from there on are left. `nan` becomes nonzero if there
 * is NaN. The gradient may be written over the cotangent. */
KEEL_INLINE size_t V(pull_sparse)(
    const KEEL_REAL *p, const KEEL_REAL *g, KEEL_REAL *d, size_t n, V(candidates) *list, unsigned *nan) {
  const V(vec) zero = SPLAT(0);
  size_t i = 0;
  while (n - i >= KEEL_BLOCK) {
    if (!V(any_bits)(p + i)) {
      KEEL_UNROLL for (size_t k = 0; k < KEEL_BLOCK; k += KEEL_WIDTH) STORE(d + i + k, zero);
      i += KEEL_BLOCK;
      continue;
    }
    if (list->count > list->capacity) return i;
    V(numbers) numbers = V(numbers_from)((uint32_t)i);
    for (size_t end = i + KEEL_BLOCK; i < end; i += KEEL_WIDTH) {
      V(vec) pi = LOAD(p + i);
      *nan |= V(above)(pi, pi);
      list->count += V(compress)(
          list->values + list->count, list->indices + list->count, LOAD(g + i), numbers, V(nonzero)(pi));
      STORE(d + i, zero);
      numbers += KEEL_WIDTH;
    }
  }
  if (list->count > list->capacity) return i;
  while (i < n) {
    const size_t count = n - i < KEEL_WIDTH ? n - i : KEEL_WIDTH;
    const int whole = count == KEEL_WIDTH;
    V(vec) pi = whole ? LOAD(p + i) : V(load_part)(p + i, count, 0);
    V(vec) gi = whole ? LOAD(g + i) : V(load_part)(g + i, count, 0);
    *nan |= V(above)(pi, pi);
    list->count += V(compress)(
        list->values + list->count, list->indices + list->count, gi, V(numbers_from)((uint32_t)i),
        V(nonzero)(pi));
    if (whole)
      STORE(d + i, zero);
    else
      V(store_part)(d + i, zero, count);
    i += count;
  }
  return n;
}

/* Scatters the cotangents of a list, less their mean. */
KEEL_INLINE void V(pull_list)(const V(candidates) *list, KEEL_REAL *d, double mean) {
  for (size_t i = 0; i < list->count; ++i)
    d[list->indices[i]] = (KEEL_REAL)((double)list->values[i] - mean);
}

/* The rest of a row whose support is too long for the list: entries from `begin` on. */
KEEL_OUTLINE void V(pull_rest)(
    const KEEL_REAL *p, const KEEL_REAL *g, KEEL_REAL *d, size_t begin, size_t n, const V(candidates) *list,
    unsigned *nan) {
  KEEL_REAL held[256 + KEEL_WIDTH];
  V(parts) parts = {{0}};
  size_t whole = list->count & ~(size_t)15, count = list->count, fill = count - whole;
  V(add_parts)(&parts, list->values, whole, 0);
  memcpy(held, list->values + whole, fill * sizeof(KEEL_REAL));
  for (size_t i = begin; i < n; i += KEEL_WIDTH) {
    const int part = n - i < KEEL_WIDTH;
    V(vec) pi = part ? V(load_part)(p + i, n - i, 0) : LOAD(p + i);
    V(vec) gi = part ? V(load_part)(g + i, n - i, 0) : LOAD(g + i);
    *nan |= V(above)(pi, pi);
    size_t more = V(compress_values)(held + fill, gi, V(nonzero)(pi));
    fill += more;
    count += more;
    if (fill < 240) continue;
    whole = fill & ~(size_t)15;
    V(add_parts)(&parts, held, whole, 0);
    fill -= whole;
    memcpy(held, held + whole, fill * sizeof(KEEL_REAL));
  }
  whole = fill & ~(size_t)15;
  V(add_parts)(&parts, held, whole, 0);
  const double mean = V(join_parts)(&parts, held + whole, fill - whole, 0) / (double)count;
  V(pull_list)(list, d, mean);
  for (size_t i = begin; i < n; ++i) d[i] = p[i] != 0 ? (KEEL_REAL)((double)g[i] - mean) : 0;
}

KEEL_INLINE void V(pull_row)(
    const KEEL_REAL *p, const KEEL_REAL *g, KEEL_REAL *d, size_t n, V(candidates) *list) {
  unsigned nan = 0;
  list->count = 0;
  size_t done = V(pull_sparse)(p, g, d, n, list, &nan);
  if (KEEL_LIKELY(done == n))
    V(pull_list)(list, d, V(sum)(list->values, list->count, 0) / (double)list->count);
  else
    V(pull_rest)(p, g, d, done, n, list, &nan);
  if (KEEL_UNLIKELY(nan))
    for (size_t i = 0; i < n; ++i) d[i] = NAN;
}

/* With other registers than those of 64 bytes, short rows are done like all others. */
#if KEEL_LEVEL == 2
#include "sparsemax_pullback_short_body.h"
#endif

static void V(sparsemax_pullback)(const S(keel_pullback_batch) *batch) {
  KEEL_LIST(list);
#if KEEL_LEVEL == 2
  if (V(pull_short_rows)(batch)) return;
#endif
  for (size_t r = 0; r < batch->rows; ++r) {
    const size_t n = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    KEEL_REAL *d = batch->gradient + r * batch->gradient_stride;
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    V(pull_row)(batch->output + r * batch->output_stride, g, d, n, &list);
    if (n < batch->columns) memset(d + n, 0, (batch->columns - n) * sizeof(KEEL_REAL));
  }
}
