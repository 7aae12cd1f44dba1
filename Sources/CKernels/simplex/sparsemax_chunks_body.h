/* One row in chunks: each is filtered by itself, the candidates are merged in order, and each chunk is
 * written by itself. */

static void V(sparsemax_filter)(S(keel_row_chunk) *chunk, const KEEL_REAL *x, KEEL_REAL z) {
  V(candidates) list = {
      chunk->values, chunk->indices, 0, KEEL_CHUNK_CANDIDATES, -INFINITY, -INFINITY};
  chunk->fits = V(collect)(
      &list, x + chunk->begin, chunk->end - chunk->begin, (uint32_t)chunk->begin, z, V(tighten), z);
  if (!chunk->fits) list.maximum = V(checked_maximum)(x + chunk->begin, chunk->end - chunk->begin);
  chunk->maximum = list.maximum;
  chunk->bound = list.bound;
  chunk->count = list.count;
}

/* The list becomes the candidates of all chunks that are above the largest of their bounds, then the
 * support. */
static void V(sparsemax_merge)(
    S(keel_row_chunk) *chunks, size_t count, KEEL_REAL z, keel_row_threshold *threshold, int *fits) {
  V(candidates) list = {chunks->values, chunks->indices, 0, 0, -INFINITY, -INFINITY};
  *fits = 1;
  for (size_t c = 0; c < count; ++c) {
    *fits &= chunks[c].fits;
    if (chunks[c].maximum != chunks[c].maximum) list.maximum = NAN;
    if (chunks[c].maximum > list.maximum) list.maximum = chunks[c].maximum;
    if (chunks[c].bound > list.bound) list.bound = chunks[c].bound;
  }
  const KEEL_REAL m = list.maximum, below = V(round_down)((double)m - z);
  if (below > list.bound) list.bound = below;
  *threshold = (keel_row_threshold){m, 0, 0};
  *fits &= m - m == 0 && z > 0;
  if (!*fits) return;
  for (size_t c = 0; c < count; ++c) {
    /* The room of the first chunk goes on into that of the next: what is kept moves to the front. */
    memmove(list.values + list.count, chunks[c].values, chunks[c].count * sizeof(KEEL_REAL));
    memmove(list.indices + list.count, chunks[c].indices, chunks[c].count * sizeof(uint32_t));
    list.count += chunks[c].count;
  }
  threshold->offset = V(solve)(&list, z);
  for (size_t c = 0, i = 0; c < count; ++c) {
    size_t first = i;
    while (i < list.count && list.indices[i] < chunks[c].end) ++i;
    chunks[c].values = list.values + first;
    chunks[c].indices = list.indices + first;
    chunks[c].count = i - first;
  }
}

static void V(sparsemax_write)(
    S(keel_row_chunk) *chunk, const KEEL_REAL *x, KEEL_REAL *p, const keel_row_threshold *threshold) {
  const size_t n = chunk->end - chunk->begin;
  size_t support = 0;
  if (chunk->count >= n / 16) {
    support = V(write_row)(x + chunk->begin, p + chunk->begin, n, threshold->maximum, threshold->offset);
  } else {
    memset(p + chunk->begin, 0, n * sizeof(KEEL_REAL));
    for (size_t i = 0; i < chunk->count; ++i) {
      KEEL_REAL value = (KEEL_REAL)(((double)chunk->values[i] - threshold->maximum) - threshold->offset);
      p[chunk->indices[i]] = value;
      support += value > 0;
    }
  }
  chunk->count = support;
}
