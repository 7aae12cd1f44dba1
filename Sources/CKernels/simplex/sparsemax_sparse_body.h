/* Images as indices and values, and derivatives at them. */

/* Appends the entries of a row that are not zero. Returns their number, or -1 if there is no room. */
KEEL_INLINE ptrdiff_t V(append_row)(
    const KEEL_REAL *x, size_t n, KEEL_REAL z, const KEEL_REAL *start, V(candidates) *list, int32_t *indices,
    KEEL_REAL *values, size_t room, keel_row_threshold *threshold) {
  enum V(kinds) kind = V(find)(x, n, z, start, list, threshold);
  const double m = threshold->maximum, t = threshold->offset;
  const KEEL_REAL special = m != m ? (KEEL_REAL)NAN : 0;
  size_t count = 0;
  if (kind == V(exceptional_row)) {
    size_t top = 0;
    for (size_t i = 0; i < n; ++i) top += special != 0 || x[i] == INFINITY;
    if (!(z > 0) && special == 0) top = 0;
    if (top > room) return -1;
    for (size_t i = 0; i < n && count < top; ++i) {
      if (special == 0 && x[i] != INFINITY) continue;
      indices[count] = (int32_t)i;
      values[count++] = special != 0 ? special : z / (KEEL_REAL)top;
    }
  } else if (kind == V(listed_row)) {
    for (size_t i = 0; i < list->count; ++i) {
      KEEL_REAL value = (KEEL_REAL)(((double)list->values[i] - m) - t);
      if (!(value > 0)) continue;
      if (count == room) return -1;
      indices[count] = (int32_t)list->indices[i];
      values[count++] = value;
    }
  } else {
    for (size_t i = 0; i < n; ++i) {
      KEEL_REAL value = (KEEL_REAL)(((double)x[i] - m) - t);
      if (!(value > 0)) continue;
      if (count == room) return -1;
      indices[count] = (int32_t)i;
      values[count++] = value;
    }
  }
  threshold->support = (ptrdiff_t)count;
  return (ptrdiff_t)count;
}

static void V(sparsemax_sparse)(
    const S(keel_row_batch) *batch, KEEL_REAL z, int32_t *indices, KEEL_REAL *values, size_t capacity,
    ptrdiff_t *ends, size_t *done) {
  KEEL_LIST(list);
  size_t end = 0, r = 0;
  for (; r < batch->rows; ++r) {
    const size_t n = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    keel_row_threshold threshold;
    ptrdiff_t count = V(append_row)(
        batch->input + r * batch->input_stride, n, z, batch->starts ? batch->starts + r : NULL, &list,
        indices + end, values + end, capacity - end, &threshold);
    if (count < 0) break;
    end += (size_t)count;
    ends[r] = (ptrdiff_t)end;
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
  *done = r;
}

/* The mean of the cotangents of a support, in the order of V(sum). */
KEEL_INLINE double V(mean_at)(const KEEL_REAL *g, const int32_t *indices, size_t count) {
  KEEL_REAL held[256];
  V(parts) parts = {{0}};
  size_t i = 0, whole = count > 128 ? count & ~(size_t)15 : 0;
  while (i < whole) {
    size_t some = whole - i < 256 ? whole - i : 256;
    for (size_t k = 0; k < some; ++k) held[k] = g[indices[i + k]];
    V(add_parts)(&parts, held, some, 0);
    i += some;
  }
  size_t rest = count - whole;
  for (size_t k = 0; k < rest; ++k) held[k] = g[indices[whole + k]];
  return V(join_parts)(&parts, held, rest, 0) / (double)count;
}

static void V(sparsemax_sparse_pullback)(const S(keel_sparse_pullback) *batch) {
  for (size_t r = 0; r < batch->rows; ++r) {
    const size_t begin = (size_t)batch->offsets[r], count = (size_t)batch->offsets[r + 1] - begin;
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    KEEL_REAL *d = batch->gradient + r * batch->gradient_stride;
    const int32_t *indices = batch->indices + begin;
    /* A row with NaN is NaN as a whole. */
    double mean = count > 0 && batch->values[begin] != batch->values[begin] ? (double)NAN
                  : count > 0 ? V(mean_at)(g, indices, count) : 0;
    memset(d, 0, batch->columns * sizeof(KEEL_REAL));
    for (size_t i = 0; i < count; ++i) d[indices[i]] = (KEEL_REAL)((double)g[indices[i]] - mean);
  }
}
