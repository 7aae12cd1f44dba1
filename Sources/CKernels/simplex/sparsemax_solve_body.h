/* Newton's method for projections, on the candidates of a row or on the row itself. */

/* Candidates that the stack has room for: more than rows of 10^8 normal or uniform entries have. */
#define KEEL_CANDIDATES 16384

/* The entries above a bound: the sum of their x - m, and their number. */
typedef struct {
  double sum;
  size_t count;
} V(excess);

/* What a comparison gives, and a number in double for each lane. */
typedef __typeof__((V(vec)){0} > (V(vec)){0}) V(truths);
typedef double V(wide) __attribute__((vector_size(8 * KEEL_WIDTH)));

/* How many lanes were above a bound: in all, or lane by lane. */
#if KEEL_LEVEL == 2
typedef size_t V(counts);
#else
typedef V(truths) V(counts);
#endif

/* Adds x - shift to the sums of the lanes that are above a limit, and 1 to their counts. */
KEEL_INLINE void V(add_above)(V(vec) *sums, V(counts) *counts, V(vec) x, V(vec) limit, V(vec) shift) {
#if KEEL_LEVEL == 2
  const unsigned above = V(above)(x, limit);
  *counts += (size_t)__builtin_popcount(above);
#if KEEL_DOUBLE
  *sums = _mm512_mask_add_pd(*sums, (__mmask8)above, *sums, x - shift);
#else
  *sums = _mm512_mask_add_ps(*sums, (__mmask16)above, *sums, x - shift);
#endif
#else
  const V(truths) above = x > limit;
  *sums += (V(vec))((V(truths))(x - shift) & above);
  *counts -= above;
#endif
}

/* The total of sums and counts of lanes. */
KEEL_INLINE V(excess) V(total_excess)(const V(wide) *sums, V(counts) counts) {
  double sum[KEEL_WIDTH];
  memcpy(sum, sums, sizeof(sum));
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return (V(excess)){_mm512_reduce_add_pd(_mm512_loadu_pd(sum)), counts};
#elif KEEL_LEVEL == 2
  __m512d halves = _mm512_add_pd(_mm512_loadu_pd(sum), _mm512_loadu_pd(sum + 8));
  return (V(excess)){_mm512_reduce_add_pd(halves), counts};
#else
  KEEL_UNROLL for (int half = KEEL_WIDTH / 2; half > 0; half /= 2)
    KEEL_UNROLL for (int lane = 0; lane < half; ++lane) {
      sum[lane] += sum[lane + half];
      counts[lane] += counts[lane + half];
    }
  return (V(excess)){sum[0], KEEL_DOUBLE ? (size_t)counts[0] : (uint32_t)counts[0]};
#endif
}

/* Lanes add up few terms before these go on in double: of a sum of numbers that have one sign, rounding in
 * Float takes less than 2^-19. */
KEEL_INLINE V(excess) V(excess_above)(const KEEL_REAL *x, size_t n, KEEL_REAL bound, double m) {
  const V(vec) limit = SPLAT(bound), shift = SPLAT(m);
  const size_t whole = n - n % (4 * KEEL_WIDTH);
  V(wide) sums = {0};
  V(counts) counts = {0};
  size_t i = 0;
  while (i < whole) {
    const size_t end = whole - i < 64 * KEEL_WIDTH ? whole : i + 64 * KEEL_WIDTH;
    V(vec) a = {0}, b = {0}, c = {0}, d = {0};
    for (; i < end; i += 4 * KEEL_WIDTH) {
      V(add_above)(&a, &counts, LOAD(x + i), limit, shift);
      V(add_above)(&b, &counts, LOAD(x + i + KEEL_WIDTH), limit, shift);
      V(add_above)(&c, &counts, LOAD(x + i + 2 * KEEL_WIDTH), limit, shift);
      V(add_above)(&d, &counts, LOAD(x + i + 3 * KEEL_WIDTH), limit, shift);
    }
    sums += __builtin_convertvector((a + b) + (c + d), V(wide));
  }
  V(vec) rest = {0};
  for (; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    V(add_above)(&rest, &counts, xi, limit, shift);
  }
  sums += __builtin_convertvector(rest, V(wide));
  return V(total_excess)(&sums, counts);
}

/* Newton's step from the entries above a bound, of which m is at least the largest: the next bound, which is
 * below the threshold wherever the bound was. */
KEEL_INLINE KEEL_REAL V(next_bound)(V(excess) kept, double m, double z) {
  /* What is subtracted is more than what rounding takes. */
  const double count = (double)kept.count, part = KEEL_DOUBLE ? count * 0x1p-51 : 0x1p-19;
  const double t = (kept.sum + part * kept.sum - z * (1 + 0x1p-50)) / count;
  return V(round_down)(m + t);
}

/* Whether the next step of Newton's method drops less than one entry, if entries are dense alike where the
 * last one dropped some: its length is that of the last, times the part of the entries that was dropped. */
KEEL_INLINE int V(settled)(size_t before, size_t count) {
  const size_t dropped = before - count;
  return dropped * dropped <= count;
}

/* Newton's method on a list: t = (the sum of x - m above the bound, less z) / their number is at or below
 * the threshold, and m + t the next bound, until it drops next to nothing. */
KEEL_INLINE void V(newton)(V(candidates) *list, double z) {
  const double m = list->maximum;
  for (size_t before = SIZE_MAX;;) {
    V(excess) kept = V(excess_above)(list->values, list->count, list->bound, m);
    if (kept.count == 0) break;
    if (kept.count < list->count / 2) V(keep_above)(list, list->bound);
    KEEL_REAL bound = V(next_bound)(kept, m, z);
    if (bound > list->bound) list->bound = bound;
    if (V(settled)(before, kept.count)) break;
    before = kept.count;
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

/* The entries of a row that are kept: the sum of their x - m, their number, and the least of them. */
typedef struct {
  double sum;
  size_t count;
  KEEL_REAL least;
} V(support);

/* Adds a multiple of 16 entries to the parts of a sum. Returns the larger of -x, lane by lane. */
KEEL_INLINE V(vec) V(add_kept)(V(parts) *parts, const KEEL_REAL *x, size_t count, double m, V(vec) least) {
  V(add_parts)(parts, x, count, m);
  for (size_t i = 0; i < count; i += KEEL_WIDTH) least = V(larger)(-LOAD(x + i), least);
  return least;
}

/* What is kept of a row, more than 128 entries, summed in the order of V(sum): the entries above a bound, or
 * those with x - m > t if `exact`. The room is that of a list. */
KEEL_INLINE V(support) V(sum_kept)(
    const KEEL_REAL *x, size_t n, int exact, KEEL_REAL bound, double m, double t, KEEL_REAL *room) {
  const V(vec) limit = SPLAT(bound);
  V(support) total = {0, 0, INFINITY};
  V(parts) parts = {{0}};
  V(vec) least = SPLAT(-INFINITY);
  size_t held = 0;
  for (size_t i = 0; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    held += V(compress_values)(room + held, xi, exact ? V(beyond)(xi, m, t) : V(above)(xi, limit));
    if (held < 1024) continue;
    least = V(add_kept)(&parts, room, 1024, m, least);
    total.count += 1024;
    held -= 1024;
    memcpy(room, room + 1024, KEEL_WIDTH * sizeof(KEEL_REAL));
  }
  const size_t whole = held & ~(size_t)15;
  least = V(add_kept)(&parts, room, whole, m, least);
  total.least = -V(largest_lane)(least);
  for (size_t i = whole; i < held; ++i) total.least = room[i] < total.least ? room[i] : total.least;
  total.count += held;
  total.sum = V(join_parts)(&parts, room + whole, held - whole, m);
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

/* Collects the entries above a bound that is below the threshold, and solves the list. */
KEEL_INLINE int V(solve_above)(
    V(candidates) *list, const KEEL_REAL *x, size_t n, KEEL_REAL bound, double z, double *t) {
  list->count = 0;
  list->bound = bound;
  if (V(collect)(list, x, n, 0, z, V(tighten), z)) {
    *t = V(solve)(list, z);
    return 1;
  }
  list->count = 0;
  return 0;
}

/* The offset of a row with more candidates than the list has room for, by Newton's method on the row. The
 * list comes with the maximum and a bound, and goes with the support if it has room for it after all, else
 * empty.
 *
 * From a good guess there are two fast passes and one that adds up the support exactly. The least entry of
 * that sum tells whether the threshold it gives drops any. */
KEEL_OUTLINE double V(solve_row)(const KEEL_REAL *x, size_t n, double z, V(candidates) *list) {
  const double m = list->maximum;
  const size_t few = list->capacity / 2;
  KEEL_REAL bound = list->bound;
  V(excess) kept = V(excess_above)(x, n, V(sample_bound)(x, n, z, list), m);
  for (size_t before = SIZE_MAX;;) {
    KEEL_REAL next = kept.count > 0 ? V(next_bound)(kept, m, z) : bound;
    if (next > bound) bound = next;
    if (V(settled)(before, kept.count)) break;
    before = kept.count;
    kept = V(excess_above)(x, n, bound, m);
  }
  double t;
  if (kept.count <= few && V(solve_above)(list, x, n, bound, z, &t)) return t;
  list->count = 0;
  V(support) support = V(sum_kept)(x, n, 0, bound, m, 0, list->values);
  for (;;) {
    t = (support.sum - z) / (double)support.count;
    if ((double)support.least - m > t) return t;
    V(support) left = V(sum_kept)(x, n, 1, 0, m, t, list->values);
    if (left.count == 0 || left.count >= support.count) return t;
    if (left.count <= few && V(solve_above)(list, x, n, V(round_down)(m + t), z, &t)) return t;
    support = left;
  }
}
