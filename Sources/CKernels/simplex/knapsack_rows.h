/* The passes over rows of knapsack.c for one instruction set and scalar KEEL_REAL. */

typedef KEEL_REAL V(numbers) __attribute__((ext_vector_type(8)));

/* Scores of a row, with what its set says of each column. */
typedef struct {
  size_t count;
  const KEEL_REAL *x, *own; /* own: bounds or weights */
  double maximum;           /* m; 0 while it is not known */
} V(row);

/* Replaces the first lanes by the last entries of a row. */
static __attribute__((noinline)) void V(load_tail)(
    const KEEL_REAL *source, size_t i, size_t count, V(numbers) *values) {
  memcpy(values, source + i, (count - i) * sizeof *source);
}

static __attribute__((noinline)) void V(store_tail)(
    KEEL_REAL *target, size_t i, size_t count, const V(numbers) *values) {
  memcpy(target + i, values, (count - i) * sizeof *target);
}

/* y of eight entries and their bounds or weights; behind the end of the row, of entries that are zero. */
KEEL_INLINE void V(fetch)(const int kind, const V(row) *row, size_t i, block *y, block *own_wide) {
  V(numbers) x = -INFINITY, own = 1;
  if (i + lanes <= row->count) {
    memcpy(&x, row->x + i, sizeof x);
    if (kind != shared_bound) memcpy(&own, row->own + i, sizeof own);
  } else {
    V(load_tail)(row->x, i, row->count, &x);
    if (kind != shared_bound) V(load_tail)(row->own, i, row->count, &own);
  }
  *own_wide = __builtin_convertvector(own, block);
  *y = __builtin_convertvector(x, block);
  if (kind == weights_only) *y /= *own_wide;
  *y -= row->maximum;
}

/* y and h, or y and c. */
KEEL_INLINE void V(terms)(const int kind, const V(row) *row, size_t i, block *y, block *more) {
  V(fetch)(kind, row, i, y, more);
  if (kind == weights_only) *more *= *more;
}

/* The largest y, NaN if there is one, and what the finite entries can hold at most. */
KEEL_INLINE double V(scan)(const int kind, const V(row) *row, double bound, double *capacity) {
  block largest = -INFINITY, held = 0;
  block_mask bad = 0, masked = 0;
  size_t i = 0;
  for (; i < row->count; i += lanes) {
    block y, more;
    V(fetch)(kind, row, i, &y, &more);
    largest = y > largest ? y : largest;
    bad |= y != y;
    masked -= y == -INFINITY;
    if (kind == own_bounds) held += KEEL_ONLY(y > -INFINITY, more);
  }
  if (__builtin_reduce_or(bad)) return NAN;
  size_t open = i - (size_t)__builtin_reduce_add(masked);
  *capacity = kind == own_bounds ? total(&held) : open > 0 ? (double)open * bound : 0;
  double m = -INFINITY;
  for (int lane = 0; lane < lanes; ++lane) m = largest[lane] > m ? largest[lane] : m;
  return m;
}

/* Puts every `stride`th block of the row into the list. */
KEEL_INLINE void V(list)(const int kind, const V(row) *row, size_t stride, knapsack *k) {
  size_t kept = 0;
  for (size_t i = 0; i < row->count; i += stride, kept += lanes) {
    block y, more;
    V(terms)(kind, row, i, &y, &more);
    memcpy(k->y + kept, &y, sizeof y);
    if (kind != shared_bound) memcpy(k->more + kept, &more, sizeof more);
  }
  k->count = kept;
}

/* Puts the entries into the list that have a breakpoint between lo and hi. */
KEEL_INLINE void V(filter)(const int kind, const V(row) *row, double lo, double hi, double s, knapsack *k) {
  W(settled) sums = {0};
  size_t kept = 0;
  k->lo = lo;
  k->hi = hi;
  k->target = s;
  k->linear = k->rate = 0;
  k->origin = hi;
  for (size_t i = 0; i < row->count; i += lanes) {
    block y, more;
    V(terms)(kind, row, i, &y, &more);
    W(keep)(kind, k, W(settle)(kind, k, &y, &more, &sums), &y, &more, &kept);
  }
  W(add_settled)(k, &sums);
  k->count = kept;
}

/* The root for a sum s over the entries of a sample, which are listed anew. */
KEEL_INLINE double V(sample_root)(
    const int kind, const V(row) *row, size_t stride, double s, double start, knapsack *k) {
  V(list)(kind, row, stride, k);
  k->lo = -INFINITY;
  k->hi = 0;
  k->target = s;
  k->linear = k->rate = 0;
  return W(find_root)(kind, k, start);
}

/* The standard deviation over the entries listed of what each adds to f at tau. */
KEEL_INLINE double V(sample_spread)(const int kind, const knapsack *k, double tau) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < k->count; ++i) {
    double v = k->y[i] - tau, h = kind == own_bounds ? k->more[i] : kind == shared_bound ? k->h : INFINITY;
    v = v > 0 ? (v < h ? v : h) : 0;
    if (kind == weights_only) v *= k->more[i];
    sum += v;
    squares += v * v;
  }
  double n = (double)k->count;
  return __builtin_elementwise_sqrt(larger(squares / n - sum / n * (sum / n), 0));
}

/* What the entries listed can hold. */
KEEL_INLINE double V(sample_capacity)(const int kind, const knapsack *k) {
  double held = 0;
  for (size_t i = 0; i < k->count; ++i) {
    if (k->y[i] > -INFINITY) held += kind == own_bounds ? k->more[i] : kind == shared_bound ? k->h : INFINITY;
  }
  return held;
}

/* tau of a row that can hold more than s > 0.
 *
 * Of a long row a sample is solved first. With the sum s, its root is a lower bound: more entries hold more
 * at the same tau. With s in proportion to its size, its root is near tau, and roots for five standard
 * deviations more and less are a bracket, if they prove to be one. Few entries of the row have breakpoints
 * in the bracket; the others are summed, in one pass. */
KEEL_INLINE double V(threshold)(
    const int kind, const V(row) *row, double s, double start, knapsack *k) {
  size_t n = row->count;
  k->lo = -INFINITY;
  k->hi = 0;
  k->target = s;
  k->linear = k->rate = 0;
  /* The largest entry alone holds s there. */
  double lowest = kind == shared_bound && k->h >= s ? -s : -INFINITY;
  if (n <= short_row) {
    V(list)(kind, row, lanes, k);
    if (!(start < 0 && start > lowest && start > -INFINITY)) {
      /* What tau is at least if no bound holds. */
      double sum = 0, rate = 0;
      for (size_t i = 0; i < k->count; ++i) {
        double c = kind == weights_only ? k->more[i] : 1;
        int open = k->y[i] > -INFINITY;
        sum += open ? c * k->y[i] : 0;
        rate += open ? c : 0;
      }
      start = larger((sum - s) / rate, lowest);
      if (!(start > -INFINITY)) start = -1;
    }
    return W(find_root)(kind, k, start);
  }
  size_t stride = n / sample_size * lanes;
  V(list)(kind, row, stride, k);
  double share = (double)k->count / (double)n, held = V(sample_capacity)(kind, k);
  double lo = lowest, hi = 0, middle = NAN, passed = NAN;
  if (s < held) lo = larger((1 + 0x1p-50) * V(sample_root)(kind, row, stride, s, -1, k), lo);
  double part = s * share;
  if (part < held) {
    middle = V(sample_root)(kind, row, stride, part, lo > -INFINITY ? lo / 2 : -1, k);
    V(list)(kind, row, stride, k);
    double spread = 5 * V(sample_spread)(kind, k, middle) * __builtin_elementwise_sqrt((double)k->count);
    if (spread < part) {
      if (part + spread < held) lo = larger(lo, V(sample_root)(kind, row, stride, part + spread, middle, k));
      hi = V(sample_root)(kind, row, stride, part - spread, middle, k);
    }
  }
  for (int round = 0;; ++round) {
    double rate;
    V(filter)(kind, row, lo, hi, s, k);
    W(pad)(kind, k);
    if (round == 4) break; /* with sums that overflow; the whole line is a bracket for all */
    /* A side that was on the other one before is the root, up to rounding. */
    double above = lo > -INFINITY ? W(excess)(kind, k, lo, &rate) : INFINITY;
    if (above == 0 || (above < 0 && lo == passed)) return lo;
    double below = W(excess)(kind, k, hi, &rate);
    if (below == 0 || (below > 0 && hi == passed)) return hi;
    if (above > 0 && below < 0) break;
    passed = above < 0 ? lo : hi;
    hi = above < 0 ? lo : 0;
    lo = above < 0 || round == 3 ? -INFINITY : passed;
    if (round == 3) hi = 0;
  }
  if (!(middle > lo && middle < hi)) middle = lo > -INFINITY ? lo + (hi - lo) / 2 : hi - s;
  return W(find_root)(kind, k, middle);
}

static __attribute__((noinline)) double V(find_threshold)(
    int kind, const V(row) *row, double s, double start, knapsack *k) {
  switch (kind) {
    case shared_bound: return V(threshold)(shared_bound, row, s, start, k);
    case own_bounds: return V(threshold)(own_bounds, row, s, start, k);
    default: return V(threshold)(weights_only, row, s, start, k);
  }
}

/* Writes p = w min(max(y - offset, 0), h), and counts what is not zero. */
KEEL_INLINE ptrdiff_t V(write)(
    const int kind, const V(row) *row, double bound, double offset, KEEL_REAL *output) {
  ptrdiff_t support = 0;
  for (size_t i = 0; i < row->count; i += lanes) {
    block y, more;
    V(fetch)(kind, row, i, &y, &more);
    y -= offset;
    y = y > 0 ? y : 0;
    if (kind == shared_bound) more = bound;
    if (kind == weights_only) {
      y *= more;
    } else {
      y = y < more ? y : more;
    }
    V(numbers) p = __builtin_convertvector(y, V(numbers));
    block_bits bits = __builtin_convertvector(p > 0, block_bits);
    unsigned char set;
    memcpy(&set, &bits, 1);
    support += __builtin_popcount(set);
    if (i + lanes <= row->count) {
      memcpy(output + i, &p, sizeof p);
    } else {
      V(store_tail)(output, i, row->count, &p);
    }
  }
  return support;
}

KEEL_INLINE void V(fill)(KEEL_REAL *output, size_t count, KEEL_REAL value) {
  for (size_t i = 0; i < count; ++i) output[i] = value;
}

/* A row with a largest y that is finite. */
KEEL_INLINE keel_row_threshold V(finite_row)(
    const int kind, V(row) row, const S(keel_knapsack) *set, double s, double capacity, double start,
    KEEL_REAL *output, double *scratch) {
  double m = row.maximum, bound = (double)set->bound;
  if (!(s > 0)) {
    V(fill)(output, row.count, 0);
    return (keel_row_threshold){m, 0, 0};
  }
  knapsack k = {.y = scratch, .more = scratch + row.count + 24, .h = bound, .state = row.count};
  double offset;
  if (capacity > s) {
    offset = V(find_threshold)(kind, &row, s, start - m, &k);
  } else {
    offset = 0;
    for (size_t i = 0; i < row.count; ++i) {
      double low = (double)row.x[i] - m - (kind == own_bounds ? (double)row.own[i] : bound);
      if (row.x[i] > -INFINITY && low < offset) offset = low;
    }
    /* Rounding of `low` must not keep entries from their bounds. */
    offset -= 0x1p-50 * fabs(offset);
  }
  return (keel_row_threshold){m, offset, V(write)(kind, &row, bound, offset, output)};
}

/* A row with entries of +infinity: they take their bounds, or share what there is; the rest goes on. */
static __attribute__((noinline)) keel_row_threshold V(infinite_row)(
    int kind, V(row) row, const S(keel_knapsack) *set, double s, KEEL_REAL *output, double *scratch) {
  KEEL_REAL *top = (KEEL_REAL *)(scratch + 2 * row.count + 48);
  KEEL_REAL *rest = (KEEL_REAL *)(scratch + 3 * row.count + 48);
  double bound = (double)set->bound, held = 0, rate = 0;
  for (size_t i = 0; i < row.count; ++i) {
    KEEL_REAL w = kind == weights_only ? row.own[i] : 1;
    int infinite = (double)row.x[i] / (double)w == INFINITY;
    top[i] = infinite ? 0 : -INFINITY;
    rest[i] = infinite ? -INFINITY : row.x[i];
    if (!infinite) continue;
    held += kind == own_bounds ? (double)row.own[i] : bound;
    rate += (double)w;
  }
  ptrdiff_t support = 0;
  int full = held <= s;
  if (full || kind == own_bounds) {
    double capacity;
    V(row) others = {row.count, full ? rest : top, row.own, 0};
    others.maximum = V(scan)(kind, &others, bound, &capacity);
    if (others.maximum > -INFINITY) {
      V(finite_row)(kind, others, set, full ? s - held : s, capacity, NAN, output, scratch);
    } else {
      V(fill)(output, row.count, 0);
    }
  } else {
    for (size_t i = 0; i < row.count; ++i) output[i] = top[i] == 0 ? (KEEL_REAL)(s / rate) : 0;
  }
  for (size_t i = 0; i < row.count; ++i) {
    if (full && top[i] == 0) output[i] = kind == own_bounds ? row.own[i] : set->bound;
    support += output[i] > 0;
  }
  return (keel_row_threshold){INFINITY, 0, support};
}

KEEL_INLINE void V(rows)(
    const int kind, const S(keel_row_batch) *batch, const S(keel_knapsack) *set, double *scratch) {
  double s = (double)set->total;
  for (size_t r = 0; r < batch->rows; ++r) {
    size_t count = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    KEEL_REAL *output = batch->output + r * batch->output_stride;
    V(row) row = {count, batch->input + r * batch->input_stride,
                  kind == own_bounds ? set->bounds : set->weights, 0};
    double capacity, m = V(scan)(kind, &row, (double)set->bound, &capacity);
    keel_row_threshold threshold = {m, 0, 0};
    row.maximum = m;
    if (m != m) {
      V(fill)(output, count, NAN);
      threshold.support = (ptrdiff_t)count;
    } else if (m == -INFINITY) {
      V(fill)(output, count, 0);
    } else if (m == INFINITY) {
      row.maximum = 0;
      threshold = V(infinite_row)(kind, row, set, s, output, scratch);
    } else {
      double start = batch->starts ? (double)batch->starts[r] : NAN;
      threshold = V(finite_row)(kind, row, set, s, capacity, start, output, scratch);
    }
    V(fill)(output + count, batch->columns - count, 0);
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
}

static void V(knapsack_rows)(
    const S(keel_row_batch) *batch, const S(keel_knapsack) *set, double *scratch) {
  if (set->weights) {
    V(rows)(weights_only, batch, set, scratch);
  } else if (set->bounds) {
    V(rows)(own_bounds, batch, set, scratch);
  } else {
    V(rows)(shared_bound, batch, set, scratch);
  }
}

/* What there is at eight entries of outputs and cotangents: behind the end, nothing. */
typedef struct {
  size_t count;
  const KEEL_REAL *p, *g, *own;
} V(tangent);

KEEL_INLINE void V(fetch_tangent)(
    const int kind, const V(tangent) *t, size_t i, double bound, block *p, block *g, block *own) {
  V(numbers) a = 0, b = 0, c = 1;
  if (i + lanes <= t->count) {
    memcpy(&a, t->p + i, sizeof a);
    memcpy(&b, t->g + i, sizeof b);
    if (kind != shared_bound) memcpy(&c, t->own + i, sizeof c);
  } else {
    V(load_tail)(t->p, i, t->count, &a);
    V(load_tail)(t->g, i, t->count, &b);
    if (kind != shared_bound) V(load_tail)(t->own, i, t->count, &c);
  }
  *p = __builtin_convertvector(a, block);
  *g = __builtin_convertvector(b, block);
  *own = kind == shared_bound ? (block)bound : __builtin_convertvector(c, block);
}

KEEL_INLINE void V(pullback_rows)(
    const int kind, const S(keel_pullback_batch) *batch, const S(keel_knapsack) *set, int derivative,
    KEEL_REAL *numbers) {
  double bound = (double)set->bound;
  for (size_t r = 0; r < batch->rows; ++r) {
    size_t count = batch->lengths ? (size_t)batch->lengths[r] : batch->columns;
    V(tangent) t = {count, batch->output + r * batch->output_stride,
                    batch->cotangent + r * batch->cotangent_stride,
                    kind == own_bounds ? set->bounds : set->weights};
    /* Along w on the free entries, 0 < p < u: their <w, g> and <w, w>; and the same over those at u. */
    block along = 0, norm = 0, full_sum = 0, full_count = 0;
    block_mask bad = 0;
    for (size_t i = 0; i < count; i += lanes) {
      block p, g, own;
      V(fetch_tangent)(kind, &t, i, bound, &p, &g, &own);
      block_mask free = p > 0;
      bad |= p != p;
      if (kind == weights_only) {
        along += KEEL_ONLY(free, own * g);
        norm += KEEL_ONLY(free, own * own);
      } else {
        block_mask full = free & (p >= own);
        free &= p < own;
        along += KEEL_ONLY(free, g);
        norm += KEEL_ONLY(free, (block)(1.0));
        full_sum += KEEL_ONLY(full, g);
        full_count += KEEL_ONLY(full, (block)(1.0));
      }
    }
    double size = total(&norm), slope = size > 0 ? total(&along) / size : 0;
    if (__builtin_reduce_or(bad)) slope = NAN;
    if (derivative == KEEL_KNAPSACK_TOTAL) {
      numbers[r] = (KEEL_REAL)slope;
      continue;
    }
    if (derivative == KEEL_KNAPSACK_BOUND) {
      double at_bound = total(&full_sum) - total(&full_count) * slope;
      numbers[r] = (KEEL_REAL)(size > 0 || slope != slope ? at_bound : 0);
      continue;
    }
    KEEL_REAL *gradient = batch->gradient + r * batch->gradient_stride;
    for (size_t i = 0; i < count; i += lanes) {
      block p, g, own;
      V(fetch_tangent)(kind, &t, i, bound, &p, &g, &own);
      block_mask wanted = p > 0;
      block d = g;
      if (kind == weights_only) {
        d -= own * slope;
      } else {
        d -= slope;
        wanted &= derivative == KEEL_KNAPSACK_INPUT ? p < own : p >= own;
        if (size == 0) wanted = 0;
      }
      d = KEEL_ONLY(wanted, d);
      d = p != p ? p : d;
      V(numbers) rounded = __builtin_convertvector(d, V(numbers));
      if (i + lanes <= count) {
        memcpy(gradient + i, &rounded, sizeof rounded);
      } else {
        V(store_tail)(gradient, i, count, &rounded);
      }
    }
    V(fill)(gradient + count, batch->columns - count, 0);
  }
}

static void V(knapsack_pullback)(
    const S(keel_pullback_batch) *batch, const S(keel_knapsack) *set, int derivative,
    KEEL_REAL *numbers) {
  if (set->weights) {
    V(pullback_rows)(weights_only, batch, set, derivative, numbers);
  } else if (set->bounds) {
    V(pullback_rows)(own_bounds, batch, set, derivative, numbers);
  } else {
    V(pullback_rows)(shared_bound, batch, set, derivative, numbers);
  }
}
