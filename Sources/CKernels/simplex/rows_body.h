/* What the kernels of long rows share: one pass over a row that finds its maximum and keeps the entries
 * above a bound that rises on the way.
 *
 * A map supplies `width`, such that entries at or below maximum - width are zero, and may supply a function
 * that tightens: it raises the bound from the candidates found so far. Every subset of a row has a threshold
 * at or below that of the row, so that the bound may come from any of them. */

typedef KEEL_REAL V(vec) __attribute__((vector_size(KEEL_BYTES)));
typedef KEEL_REAL V(stored) __attribute__((vector_size(KEEL_BYTES), aligned(sizeof(KEEL_REAL)), may_alias));

/* Indices beside a register of entries. */
typedef uint32_t V(numbers) __attribute__((vector_size(4 * KEEL_WIDTH)));
typedef uint32_t V(stored_numbers) __attribute__((vector_size(4 * KEEL_WIDTH), aligned(4), may_alias));

/* Eight entries, and eight numbers in double. */
typedef KEEL_REAL V(eight)
    __attribute__((vector_size(8 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));
typedef double V(doubles) __attribute__((vector_size(64)));
typedef int64_t V(masks) __attribute__((vector_size(64)));
typedef int64_t V(stored_masks) __attribute__((vector_size(64), aligned(4), may_alias));

#define LOAD(address) ((V(vec))*(const V(stored) *)(address))
#define STORE(address, vector) (*(V(stored) *)(address) = (vector))
#define SPLAT(value) ((V(vec)){0} + (KEEL_REAL)(value))

/* Entries of a row, in the order of their indices. There is room for `capacity` of them, and for
 * KEEL_SLACK more, which are written but do not count. */
typedef struct {
  KEEL_REAL *values;
  uint32_t *indices;
  size_t count, capacity;
  KEEL_REAL maximum; /* of all entries seen: NaN if there was one */
  KEEL_REAL bound;   /* entries at or below it are zero in the output */
} V(candidates);

/* The room behind the capacity of a list. */
#define KEEL_SLACK (KEEL_BLOCK + 16)

/* Raises the bound and drops what is at or below it. */
typedef void V(tightening)(V(candidates) *list, double parameter);

/* A number at or a few roundings below `value`; infinities stay. */
KEEL_INLINE KEEL_REAL V(round_down)(double value) {
  KEEL_REAL rounded = (KEEL_REAL)value, size = rounded < 0 ? -rounded : rounded;
  KEEL_REAL lower = KEEL_DOUBLE ? rounded - (0x1p-52 * size + 0x1p-1074)
                                : rounded - (0x1p-23f * size + 0x1p-149f);
  return lower == lower ? lower : rounded;
}

/* Which lanes are above the bound, or NaN, as bits. */
KEEL_INLINE unsigned V(above)(V(vec) x, V(vec) bound) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return _mm512_cmp_pd_mask(x, bound, _CMP_NLE_UQ);
#elif KEEL_LEVEL == 2
  return _mm512_cmp_ps_mask(x, bound, _CMP_NLE_UQ);
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
  return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(x, bound, _CMP_NLE_UQ));
#elif KEEL_LEVEL == 1
  return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(x, bound, _CMP_NLE_UQ));
#elif defined(__x86_64__) && KEEL_DOUBLE
  return (unsigned)_mm_movemask_pd(_mm_cmpnle_pd(x, bound));
#elif defined(__x86_64__)
  return (unsigned)_mm_movemask_ps(_mm_cmpnle_ps(x, bound));
#else
  unsigned bits = 0;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) bits |= (unsigned)!(x[i] <= bound[i]) << i;
  return bits;
#endif
}

/* Whether a block has an entry above the bound, or NaN. */
KEEL_INLINE int V(any_above)(const KEEL_REAL *x, V(vec) bound) {
#if KEEL_LEVEL == 2
  unsigned bits = 0;
  KEEL_UNROLL for (int i = 0; i < KEEL_BLOCK; i += KEEL_WIDTH) bits |= V(above)(LOAD(x + i), bound);
  return bits != 0;
#elif KEEL_LEVEL == 1 || defined(__x86_64__)
  /* Negations of the comparison, joined as vectors; one move of bits a block. */
#if KEEL_LEVEL == 1 && KEEL_DOUBLE
#define KEEL_NOT_LE(a, b) (__m256i)_mm256_cmp_pd(a, b, _CMP_NLE_UQ)
#define KEEL_BITS(joined) _mm256_movemask_pd((__m256d)(joined))
  __m256i joined = _mm256_setzero_si256();
#elif KEEL_LEVEL == 1
#define KEEL_NOT_LE(a, b) (__m256i)_mm256_cmp_ps(a, b, _CMP_NLE_UQ)
#define KEEL_BITS(joined) _mm256_movemask_ps((__m256)(joined))
  __m256i joined = _mm256_setzero_si256();
#elif KEEL_DOUBLE
#define KEEL_NOT_LE(a, b) (__m128i)_mm_cmpnle_pd(a, b)
#define KEEL_BITS(joined) _mm_movemask_pd((__m128d)(joined))
  __m128i joined = _mm_setzero_si128();
#else
#define KEEL_NOT_LE(a, b) (__m128i)_mm_cmpnle_ps(a, b)
#define KEEL_BITS(joined) _mm_movemask_ps((__m128)(joined))
  __m128i joined = _mm_setzero_si128();
#endif
  KEEL_UNROLL for (int i = 0; i < KEEL_BLOCK; i += KEEL_WIDTH) joined |= KEEL_NOT_LE(LOAD(x + i), bound);
  return KEEL_BITS(joined) != 0;
#undef KEEL_NOT_LE
#undef KEEL_BITS
#else
  __typeof__(bound <= bound) joined = {0};
  KEEL_UNROLL for (int i = 0; i < KEEL_BLOCK; i += KEEL_WIDTH) joined |= ~(LOAD(x + i) <= bound);
  return __builtin_reduce_or(joined) != 0;
#endif
}

/* Which lanes are not zero, or NaN, as bits. */
KEEL_INLINE unsigned V(nonzero)(V(vec) p) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return _mm512_cmp_pd_mask(p, _mm512_setzero_pd(), _CMP_NEQ_UQ);
#elif KEEL_LEVEL == 2
  return _mm512_cmp_ps_mask(p, _mm512_setzero_ps(), _CMP_NEQ_UQ);
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
  return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(p, _mm256_setzero_pd(), _CMP_NEQ_UQ));
#elif KEEL_LEVEL == 1
  return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(p, _mm256_setzero_ps(), _CMP_NEQ_UQ));
#elif defined(__x86_64__) && KEEL_DOUBLE
  return (unsigned)_mm_movemask_pd(_mm_cmpneq_pd(p, _mm_setzero_pd()));
#elif defined(__x86_64__)
  return (unsigned)_mm_movemask_ps(_mm_cmpneq_ps(p, _mm_setzero_ps()));
#else
  unsigned bits = 0;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) bits |= (unsigned)(p[i] != 0) << i;
  return bits;
#endif
}

/* Whether a mask of eight lanes has one that is set. */
KEEL_INLINE int V(any)(const V(masks) *mask) {
#if KEEL_LEVEL == 2
  return _mm512_test_epi64_mask((__m512i)*mask, (__m512i)*mask) != 0;
#else
  return __builtin_reduce_or(*mask) != 0;
#endif
}

/* Whether a block has a bit that is set. */
KEEL_INLINE int V(any_bits)(const KEEL_REAL *p) {
  V(masks) joined = {0};
  KEEL_UNROLL for (int i = 0; i < KEEL_BLOCK; i += 64 / (int)sizeof(KEEL_REAL))
    joined |= *(const V(stored_masks) *)(p + i);
  return V(any)(&joined);
}

/* The larger of each pair of lanes; that of the accumulator if x is NaN. */
KEEL_INLINE V(vec) V(larger)(V(vec) x, V(vec) accumulator) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return _mm512_max_pd(x, accumulator);
#elif KEEL_LEVEL == 2
  return _mm512_max_ps(x, accumulator);
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
  return _mm256_max_pd(x, accumulator);
#elif KEEL_LEVEL == 1
  return _mm256_max_ps(x, accumulator);
#elif defined(__x86_64__) && KEEL_DOUBLE
  return _mm_max_pd(x, accumulator);
#elif defined(__x86_64__)
  return _mm_max_ps(x, accumulator);
#else
  __typeof__(x <= x) greater = x > accumulator;
  return (V(vec))((greater & (__typeof__(greater))x) | (~greater & (__typeof__(greater))accumulator));
#endif
}

/* The largest lane; lanes are not NaN. */
KEEL_INLINE KEEL_REAL V(largest_lane)(V(vec) x) {
  KEEL_REAL lanes[KEEL_WIDTH];
  STORE(lanes, x);
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return _mm512_reduce_max_pd(x);
#elif KEEL_LEVEL == 2
  return _mm512_reduce_max_ps(x);
#else
  KEEL_REAL largest = lanes[0];
  KEEL_UNROLL for (int i = 1; i < KEEL_WIDTH; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
  return largest;
#endif
}

/* The last `count` < KEEL_WIDTH entries of a row, with `fill` behind them. */
KEEL_INLINE V(vec) V(load_part)(const KEEL_REAL *x, size_t count, KEEL_REAL fill) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return _mm512_mask_loadu_pd(SPLAT(fill), (__mmask8)((1u << count) - 1), x);
#elif KEEL_LEVEL == 2
  return _mm512_mask_loadu_ps(SPLAT(fill), (__mmask16)((1u << count) - 1), x);
#else
  KEEL_REAL values[KEEL_WIDTH];
  STORE(values, SPLAT(fill));
  for (size_t i = 0; i < count; ++i) values[i] = x[i];
  return LOAD(values);
#endif
}

/* Likewise with -infinity, which is never a candidate. */
KEEL_INLINE V(vec) V(load_tail)(const KEEL_REAL *x, size_t count) {
  return V(load_part)(x, count, -INFINITY);
}

/* Writes the first `count` < KEEL_WIDTH lanes. */
KEEL_INLINE void V(store_part)(KEEL_REAL *p, V(vec) x, size_t count) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << count) - 1), x);
#elif KEEL_LEVEL == 2
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), x);
#else
  KEEL_REAL values[KEEL_WIDTH];
  STORE(values, x);
  for (size_t i = 0; i < count; ++i) p[i] = values[i];
#endif
}

/* The largest entry that is not NaN; -infinity if there is none. */
KEEL_INLINE KEEL_REAL V(largest)(const KEEL_REAL *x, size_t n) {
  V(vec) a = SPLAT(-INFINITY), b = a, c = a, d = a;
  size_t i = 0;
  for (; i + 4 * KEEL_WIDTH <= n; i += 4 * KEEL_WIDTH) {
    a = V(larger)(LOAD(x + i), a);
    b = V(larger)(LOAD(x + i + KEEL_WIDTH), b);
    c = V(larger)(LOAD(x + i + 2 * KEEL_WIDTH), c);
    d = V(larger)(LOAD(x + i + 3 * KEEL_WIDTH), d);
  }
  for (; i + KEEL_WIDTH <= n; i += KEEL_WIDTH) a = V(larger)(LOAD(x + i), a);
  if (i < n) b = V(larger)(V(load_tail)(x + i, n - i), b);
  return V(largest_lane)(V(larger)(V(larger)(a, b), V(larger)(c, d)));
}

/* The largest entry, or NaN if there is one. */
KEEL_OUTLINE KEEL_REAL V(checked_maximum)(const KEEL_REAL *x, size_t n) {
  V(vec) a = SPLAT(-INFINITY), b = a;
  unsigned unordered = 0;
  size_t i = 0;
  for (; i + 2 * KEEL_WIDTH <= n; i += 2 * KEEL_WIDTH) {
    V(vec) xa = LOAD(x + i), xb = LOAD(x + i + KEEL_WIDTH);
    unordered |= V(above)(xa, xa) | V(above)(xb, xb);
    a = V(larger)(xa, a);
    b = V(larger)(xb, b);
  }
  for (; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    unordered |= V(above)(xi, xi);
    a = V(larger)(xi, a);
  }
  return unordered ? (KEEL_REAL)NAN : V(largest_lane)(V(larger)(a, b));
}

/* A sum in double, in an order that depends on the number of entries alone: one after the other up to 128,
 * else in sixteen parts. The parts: */
typedef struct {
  V(doubles) a, b, lost_a, lost_b;
  V(doubles) run_a, run_b; /* of the last groups of 16 entries, fewer than 8 */
  size_t groups;
} V(parts);

/* Adds terms to a sum, and what that loses to `lost` (Knuth's two-sum): the mean of a million entries of a
 * support is then as good as that of ten. */
KEEL_INLINE void V(add_terms)(V(doubles) *sum, V(doubles) *lost, const V(doubles) *terms) {
  V(doubles) next = *sum + *terms, added = next - *sum;
  *lost += (*sum - (next - added)) + (*terms - added);
  *sum = next;
}

/* Adds the sums of up to 8 groups. */
KEEL_INLINE void V(add_runs)(V(parts) *parts) {
  V(add_terms)(&parts->a, &parts->lost_a, &parts->run_a);
  V(add_terms)(&parts->b, &parts->lost_b, &parts->run_b);
  parts->run_a = parts->run_b = (V(doubles)){0};
}

/* Adds x - shift for a multiple of 16 entries. However these come in pieces, the sums are the same. */
KEEL_INLINE void V(add_parts)(V(parts) *parts, const KEEL_REAL *x, size_t count, double shift) {
  for (size_t i = 0; i < count; i += 16) {
    parts->run_a += __builtin_convertvector(*(const V(eight) *)(x + i), V(doubles)) - shift;
    parts->run_b += __builtin_convertvector(*(const V(eight) *)(x + i + 8), V(doubles)) - shift;
    if (++parts->groups % 8 == 0) V(add_runs)(parts);
  }
}

/* The sum of the parts and of the last entries. */
KEEL_INLINE double V(join_parts)(V(parts) *parts, const KEEL_REAL *x, size_t count, double shift) {
  V(add_runs)(parts);
  V(doubles) c = parts->a, lost = parts->lost_a + parts->lost_b;
  V(add_terms)(&c, &lost, &parts->b);
  /* Of sums that are infinite, what was lost is undefined. */
  V(masks) defined = lost == lost;
  c += (V(doubles))((V(masks))lost & defined);
  double sum = ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]));
  for (size_t i = 0; i < count; ++i) sum += (double)x[i] - shift;
  return sum;
}

/* The sum of x - shift. */
KEEL_INLINE double V(sum)(const KEEL_REAL *x, size_t count, double shift) {
  V(parts) parts = {{0}};
  size_t whole = count > 128 ? count & ~(size_t)15 : 0;
  V(add_parts)(&parts, x, whole, shift);
  return V(join_parts)(&parts, x + whole, count - whole, shift);
}

/* The indices first, first + 1, ... */
KEEL_INLINE V(numbers) V(numbers_from)(uint32_t first) {
  V(numbers) numbers = (V(numbers)){0} + first;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) numbers[i] += (uint32_t)i;
  return numbers;
}

/* Writes the lanes of x and of their indices whose bits are set to the front of `values` and `indices`,
 * which have room for whole registers. Returns their number. */
KEEL_INLINE size_t V(compress)(
    KEEL_REAL *values, uint32_t *indices, V(vec) x, V(numbers) numbers, unsigned bits) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  _mm512_storeu_pd(values, _mm512_maskz_compress_pd((__mmask8)bits, x));
  numbers = (V(numbers))_mm256_maskz_compress_epi32((__mmask8)bits, (__m256i)numbers);
#elif KEEL_LEVEL == 2
  _mm512_storeu_ps(values, _mm512_maskz_compress_ps((__mmask16)bits, x));
  numbers = (V(numbers))_mm512_maskz_compress_epi32((__mmask16)bits, (__m512i)numbers);
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
  __m128i front = _mm_cvtsi64_si128((long long)keel_front_lanes[bits]);
  __m256i pairs = _mm256_cvtepu8_epi64(front);
  pairs = _mm256_or_si256(_mm256_slli_epi64(pairs, 1), _mm256_slli_epi64(pairs, 33));
  pairs = _mm256_or_si256(pairs, _mm256_set1_epi64x(0x100000000));
  _mm256_storeu_ps((float *)values, _mm256_permutevar8x32_ps((__m256)x, pairs));
  numbers = (V(numbers))_mm_permutevar_ps((__m128)numbers, _mm_cvtepu8_epi32(front));
#elif KEEL_LEVEL == 1
  __m256i front = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)keel_front_lanes[bits]));
  _mm256_storeu_ps(values, _mm256_permutevar8x32_ps(x, front));
  numbers = (V(numbers))_mm256_permutevar8x32_epi32((__m256i)numbers, front);
#else
  size_t count = 0;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) {
    values[count] = x[i];
    indices[count] = numbers[i];
    count += bits >> i & 1;
  }
  return count;
#endif
#if KEEL_LEVEL > 0
  *(V(stored_numbers) *)indices = numbers;
  return (size_t)__builtin_popcount(bits);
#endif
}

/* Likewise without indices. */
KEEL_INLINE size_t V(compress_values)(KEEL_REAL *values, V(vec) x, unsigned bits) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  _mm512_storeu_pd(values, _mm512_maskz_compress_pd((__mmask8)bits, x));
  return (size_t)__builtin_popcount(bits);
#elif KEEL_LEVEL == 2
  _mm512_storeu_ps(values, _mm512_maskz_compress_ps((__mmask16)bits, x));
  return (size_t)__builtin_popcount(bits);
#elif KEEL_LEVEL == 1
  uint32_t unused[KEEL_WIDTH];
  return V(compress)(values, unused, x, (V(numbers)){0}, bits);
#else
  size_t count = 0;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) {
    values[count] = x[i];
    count += bits >> i & 1;
  }
  return count;
#endif
}

/* The bits of the lanes of a register at `i` that are among the first `count`. */
KEEL_INLINE unsigned V(lanes_below)(size_t i, size_t count) {
  return count - i < KEEL_WIDTH ? (1u << (count - i)) - 1 : (unsigned)((1ull << KEEL_WIDTH) - 1);
}

/* Which lanes have x - m > t, in double, as bits. */
KEEL_INLINE unsigned V(beyond)(V(vec) x, double m, double t) {
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
  return _mm512_cmp_pd_mask(_mm512_sub_pd(x, _mm512_set1_pd(m)), _mm512_set1_pd(t), _CMP_GT_OQ);
#elif KEEL_LEVEL == 2
  const __m512d shift = _mm512_set1_pd(m), limit = _mm512_set1_pd(t);
  __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
  __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
  return _mm512_cmp_pd_mask(_mm512_sub_pd(low, shift), limit, _CMP_GT_OQ)
         | (unsigned)_mm512_cmp_pd_mask(_mm512_sub_pd(high, shift), limit, _CMP_GT_OQ) << 8;
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
  __m256d v = _mm256_sub_pd(x, _mm256_set1_pd(m));
  return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_set1_pd(t), _CMP_GT_OQ));
#elif KEEL_LEVEL == 1
  const __m256d shift = _mm256_set1_pd(m), limit = _mm256_set1_pd(t);
  __m256d low = _mm256_sub_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(x)), shift);
  __m256d high = _mm256_sub_pd(_mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)), shift);
  return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(low, limit, _CMP_GT_OQ))
         | (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(high, limit, _CMP_GT_OQ)) << 4;
#else
  unsigned bits = 0;
  KEEL_UNROLL for (int i = 0; i < KEEL_WIDTH; ++i) bits |= (unsigned)((double)x[i] - m > t) << i;
  return bits;
#endif
}

/* Raises the bound of a list and drops what is at or below it. */
KEEL_INLINE void V(keep_above)(V(candidates) *list, KEEL_REAL bound) {
  if (bound > list->bound) list->bound = bound;
  V(vec) limit = SPLAT(list->bound);
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i += KEEL_WIDTH) {
    V(vec) x = LOAD(list->values + i);
    V(numbers) numbers = *(const V(stored_numbers) *)(list->indices + i);
    unsigned bits = V(above)(x, limit) & V(lanes_below)(i, list->count);
    kept += V(compress)(list->values + kept, list->indices + kept, x, numbers, bits);
  }
  list->count = kept;
}

/* Appends a block of KEEL_BLOCK entries, or fewer with -infinity behind them. Returns 0 after NaN. */
KEEL_INLINE int V(append)(
    V(candidates) *list, const KEEL_REAL *x, size_t count, uint32_t first, double width) {
  V(vec) bound = SPLAT(list->bound), largest = SPLAT(list->maximum), all = largest;
  int ordered = 1;
  size_t kept = list->count;
  V(numbers) numbers = V(numbers_from)(first);
  for (size_t i = 0; i < count; i += KEEL_WIDTH) {
    V(vec) xi = i + KEEL_WIDTH <= count ? LOAD(x + i) : V(load_tail)(x + i, count - i);
    unsigned bits = V(above)(xi, bound);
    ordered &= V(above)(xi, xi) == 0;
    all = V(larger)(xi, all);
    kept += V(compress)(list->values + kept, list->indices + kept, xi, numbers, bits);
    numbers += KEEL_WIDTH;
  }
  list->count = kept;
  if (KEEL_UNLIKELY(!ordered)) {
    list->maximum = NAN;
    return 0;
  }
  if (V(above)(all, largest)) {
    list->maximum = V(largest_lane)(all);
    KEEL_REAL below = V(round_down)((double)list->maximum - width);
    if (below > list->bound) list->bound = below;
  }
  return 1;
}

/* Appends the candidates among the n entries of x, the first of which has the index `first`. Returns 0 if
 * there is no room for them, even after tightening; otherwise the maximum says whether there was NaN.
 *
 * The list goes on from what it holds. It is empty at first, with maximum and bound -infinity, or the bound
 * any number that is known to be below the threshold. */
KEEL_INLINE int V(collect)(
    V(candidates) *list, const KEEL_REAL *x, size_t n, uint32_t first, double width, V(tightening) *tighten,
    double parameter) {
  /* The maximum of a part at the front spares most of what the first blocks would append. */
  size_t front = n < 1024 ? n : 1024;
  KEEL_REAL seen = V(largest)(x, front);
  if (seen > list->maximum) {
    KEEL_REAL below = V(round_down)((double)seen - width);
    list->maximum = seen;
    if (below > list->bound) list->bound = below;
  }
  size_t limit = list->count < 128 ? 256 : 2 * list->count;
  if (limit > list->capacity) limit = list->capacity;
  V(vec) bound = SPLAT(list->bound);
  for (size_t i = 0; i < n; i += KEEL_BLOCK) {
    size_t count = n - i < KEEL_BLOCK ? n - i : KEEL_BLOCK;
    if (count == KEEL_BLOCK && KEEL_LIKELY(!V(any_above)(x + i, bound))) continue;
    if (!V(append)(list, x + i, count, first + (uint32_t)i, width)) return 1;
    if (list->count > limit) {
      tighten(list, parameter);
      if (list->count > list->capacity - list->capacity / 4) return 0;
      limit = list->count < 128 ? 256 : 2 * list->count;
      if (limit > list->capacity) limit = list->capacity;
    }
    bound = SPLAT(list->bound);
  }
  return 1;
}
