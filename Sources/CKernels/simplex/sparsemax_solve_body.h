/* Newton's method for projections, on the candidates of a row or on the row itself. */

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

/* Newton's step from the entries above a bound: the next bound, which is below the threshold wherever the
 * bound was. */
KEEL_INLINE KEEL_REAL V(next_bound)(V(excess) kept, double m, double z) {
  /* What is subtracted is more than the rounding of a sum of numbers in (-z, 0]. */
  double t = (kept.sum - z) / (double)kept.count - z * (double)kept.count * 0x1p-52;
  return V(round_down)(m + t);
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
    KEEL_REAL bound = V(next_bound)(kept, m, z);
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

/* The sum of x - m over the entries with x - m > t, more than 128 of them, in the order of V(sum). */
KEEL_INLINE V(excess) V(sum_beyond)(
    const KEEL_REAL *x, size_t n, double m, double t, const V(candidates) *room) {
  V(excess) total = {0, 0};
  V(parts) parts = {{0}};
  size_t held = 0;
  for (size_t i = 0; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    held += V(compress_values)(room->values + held, xi, V(beyond)(xi, m, t));
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

/* A guess of the bound of a long row, from a sample: the threshold of part of a row, for the same part of
 * the mass. */
KEEL_INLINE KEEL_REAL V(sample_bound)(const KEEL_REAL *x, size_t n, double z, V(candidates) *list) {
  const size_t parts = 64;
  for (size_t k = 0; k < parts; ++k)
    memcpy(list->values + k * KEEL_BLOCK, x + k * (n / parts), KEEL_BLOCK * sizeof(KEEL_REAL));
  list->count = parts * KEEL_BLOCK;
  list->bound = -INFINITY;
  V(newton)(list, z * (double)list->count / (double)n);
  return list->bound;
}

/* The offset of a row with more candidates than the list has room for, by Newton's method on the row. The
 * list comes with the maximum and a bound, and goes with the support if it has room for it after all, else
 * empty. */
KEEL_OUTLINE double V(solve_row)(const KEEL_REAL *x, size_t n, double z, V(candidates) *list) {
  const double m = list->maximum;
  KEEL_REAL bound = list->bound;
  V(excess) kept = V(excess_above)(x, n, V(sample_bound)(x, n, z, list), m);
  if (kept.count > 0) {
    KEEL_REAL next = V(next_bound)(kept, m, z);
    if (next > bound) bound = next;
  }
  size_t before = n + 1;
  for (;;) {
    kept = V(excess_above)(x, n, bound, m);
    if (kept.count >= before || kept.count == 0) break;
    before = kept.count;
    KEEL_REAL next = V(next_bound)(kept, m, z);
    if (next > bound) bound = next;
  }
  list->count = 0;
  list->bound = bound;
  if (before <= list->capacity / 2 && V(collect)(list, x, n, 0, z, V(tighten), z))
    return V(solve)(list, z);
  list->count = 0;
  double t = (double)bound - m;
  for (kept = V(sum_beyond)(x, n, m, t, list);;) {
    t = (kept.sum - z) / (double)kept.count;
    size_t left = V(count_beyond)(x, n, m, t);
    if (left >= kept.count || left == 0) return t;
    kept = V(sum_beyond)(x, n, m, t, list);
  }
}
