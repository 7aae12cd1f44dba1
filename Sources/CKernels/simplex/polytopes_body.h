/* The kernels of keel_polytopes.h that need no vectors, for the scalar KEEL_REAL. */

/* Moves the `rank`th largest of the values to its place, in expected linear time (Hoare). */
static KEEL_REAL S(select_largest)(KEEL_REAL *values, size_t count, size_t rank) {
  size_t low = 0, high = count - 1;
  uint64_t state = count;
  while (low < high) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    KEEL_REAL pivot = values[low + (size_t)(state >> 33) % (high - low + 1)];
    size_t i = low, j = high;
    for (;;) {
      while (values[i] > pivot) ++i;
      while (values[j] < pivot) --j;
      if (i >= j) break;
      KEEL_REAL held = values[i];
      values[i++] = values[j];
      values[j--] = held;
    }
    /* Everything before i is at least the pivot, everything behind j at most. */
    if (i == j) {
      if (rank == i) return values[i];
      if (rank < i) high = i - 1; else low = i + 1;
    } else {
      if (rank <= j) high = j; else low = i;
    }
  }
  return values[rank];
}

void S(keel_keep_largest)(size_t count, const KEEL_REAL *x, size_t k, KEEL_REAL *kept, KEEL_REAL *scratch) {
  if (k >= count) {
    memmove(kept, x, count * sizeof *x);
    return;
  }
  memcpy(scratch, x, count * sizeof *x);
  KEEL_REAL least = S(select_largest)(scratch, count, k - 1);
  size_t above = 0;
  for (size_t i = 0; i < count; ++i) above += x[i] > least;
  size_t ties = k - above;
  for (size_t i = 0; i < count; ++i) {
    int keep = x[i] > least;
    if (x[i] == least && ties > 0) {
      keep = 1;
      --ties;
    }
    kept[i] = keep ? x[i] : (KEEL_REAL)-INFINITY;
  }
}

#define KEEL_ROW(batch, r) size_t count = batch->lengths ? (size_t)batch->lengths[r] : batch->columns

/* Eight entries, their comparisons, and eight numbers in double. */
typedef KEEL_REAL S(eight)
    __attribute__((vector_size(8 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));
typedef __typeof__((S(eight)){0} > (S(eight)){0}) S(eight_masks);
typedef double S(eight_doubles) __attribute__((vector_size(64)));

#define KEEL_CHOOSE(mask, a, b) \
  ((S(eight))(((S(eight_masks))(a) & (mask)) | ((S(eight_masks))(b) & ~(mask))))

/* The last entries of a row, with zeros behind them. */
static inline void S(copy_rest)(KEEL_REAL *target, const KEEL_REAL *x, size_t count) {
  for (size_t lane = 0; lane < 8; ++lane) target[lane] = lane < count ? x[lane] : 0;
}

/* Writes eight magnitudes, and adds them to the sums. */
static inline void S(magnitudes)(const KEEL_REAL *x, KEEL_REAL *y, S(eight_doubles) *sums) {
  S(eight) v = *(const S(eight) *)x, zero = {0};
  S(eight_masks) masked = v == zero - (KEEL_REAL)INFINITY;
  S(eight) a = KEEL_CHOOSE((v < zero) & ~masked, -v, v);
  *sums += __builtin_convertvector(KEEL_CHOOSE(masked, zero, a), S(eight_doubles));
  *(S(eight) *)y = a;
}

void S(keel_l1_magnitudes)(const S(keel_row_batch) *batch, double *sums) {
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *x = batch->input + r * batch->input_stride;
    KEEL_REAL *y = batch->output + r * batch->output_stride, rest[8];
    S(eight_doubles) sum = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) S(magnitudes)(x + i, y + i, &sum);
    S(copy_rest)(rest, x + i, count - i);
    S(magnitudes)(rest, rest, &sum);
    memcpy(y + i, rest, (count - i) * sizeof *y);
    sums[r] = ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
  }
}

/* Writes eight entries from the projections a of their magnitudes; the entries themselves inside of the
 * ball. Adds to the number of entries that are not zero. */
static inline void S(signed_entries)(
    const KEEL_REAL *x, const KEEL_REAL *a, KEEL_REAL *p, int inside, S(eight_masks) *support) {
  S(eight) v = *(const S(eight) *)x, size = *(const S(eight) *)a, zero = {0};
  S(eight) value = inside ? v + zero : KEEL_CHOOSE(v < zero, zero - size, size);
  value = KEEL_CHOOSE((v == zero - (KEEL_REAL)INFINITY) & (size == size), -zero, value);
  *support -= value != zero;
  *(S(eight) *)p = value;
}

void S(keel_l1_finish)(
    const S(keel_row_batch) *batch, const KEEL_REAL *magnitudes, const double *sums, KEEL_REAL radius) {
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *x = batch->input + r * batch->input_stride, *a = magnitudes + r * batch->columns;
    KEEL_REAL *p = batch->output + r * batch->output_stride, rest[8], sizes[8];
    int inside = sums[r] <= (double)radius;
    S(eight_masks) counts = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) S(signed_entries)(x + i, a + i, p + i, inside, &counts);
    S(copy_rest)(rest, x + i, count - i);
    S(copy_rest)(sizes, a + i, count - i);
    S(signed_entries)(rest, sizes, rest, inside, &counts);
    memcpy(p + i, rest, (count - i) * sizeof *p);
    memset(p + count, 0, (batch->columns - count) * sizeof *p);
    if (!batch->thresholds) continue;
    keel_row_threshold *threshold = batch->thresholds + r;
    threshold->support = 0;
    for (int lane = 0; lane < 8; ++lane) threshold->support += (ptrdiff_t)counts[lane];
    if (inside && isfinite(threshold->maximum)) threshold->offset = -threshold->maximum;
  }
}

#undef KEEL_CHOOSE

void S(keel_l1_pullback)(const S(keel_pullback_batch) *batch, KEEL_REAL radius, KEEL_REAL *numbers) {
  const double rounding = sizeof(KEEL_REAL) == 8 ? 0x1p-52 : 0x1p-23;
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *p = batch->output + r * batch->output_stride;
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    double along = 0, norm = 0;
    size_t support = 0;
    for (size_t i = 0; i < count; ++i) {
      if (p[i] == 0) continue;
      norm += fabs((double)p[i]);
      along += p[i] > 0 ? (double)g[i] : -(double)g[i];
      ++support;
    }
    /* Outside of the ball the entries have the radius as their norm, up to rounding of each. */
    double slack = smaller((double)(support + 8) * rounding, 4e-6);
    int outside = !(norm < (double)radius * (1 - slack));
    double slope = outside && support > 0 ? along / (double)support : 0;
    if (norm != norm) slope = NAN;
    if (numbers) {
      numbers[r] = (KEEL_REAL)slope;
      continue;
    }
    KEEL_REAL *d = batch->gradient + r * batch->gradient_stride;
    for (size_t i = 0; i < count; ++i) {
      double value = (double)g[i];
      if (p[i] == 0) {
        if (outside || signbit(p[i])) value = 0;
      } else {
        value -= p[i] > 0 ? slope : -slope;
      }
      d[i] = (KEEL_REAL)value;
    }
    for (size_t i = count; i < batch->columns; ++i) d[i] = 0;
  }
}

void S(keel_total_variation)(
    size_t count, const KEEL_REAL *x, double shift, double strength, double *q, double *scratch) {
  for (size_t start = 0, end; start < count; start = end) {
    end = start;
    if (!isfinite(x[start])) {
      q[end++] = (double)x[start];
      continue;
    }
    double size = fabs(shift);
    for (; end < count && isfinite(x[end]); ++end) size = larger(size, fabs((double)x[end]));
    /* Differences and sums of the largest doubles would overflow. */
    const double scale = size > 0x1p900 ? 0x1p-200 : 1, most = 0x1.fffffffffffffp823;
    for (size_t i = start; i < end; ++i) q[i] = (double)x[i] * scale - shift * scale;
    total_variation(end - start, q + start, strength * scale, scratch);
    if (scale == 1) continue;
    for (size_t i = start; i < end; ++i) q[i] = smaller(larger(q[i], -most), most) / scale;
  }
}

/* The blocks of runs of entries that do not rise. Returns their number. */
static inline size_t S(first_blocks)(
    size_t count, const KEEL_REAL *x, const KEEL_REAL *weights, double sign, double origin,
    const pools *blocks) {
  int64_t last = -1;
  pool_sums sums = {0, 0};
  double before = -INFINITY;
  for (size_t i = 0; i < count; ++i) {
    if (x[i] == -INFINITY) continue;
    const double w = weights ? (double)weights[i] : 1, value = sign * ((double)x[i] - origin);
    pool_masks rises = (pool_sums){before, before} < (pool_sums){value, value};
    if (last < 0) rises = (pool_masks){-1, -1};
    last -= rises[0];
    blocks->sums[last] = sums = joined((pool_sums){w * value, w}, sums, rises);
    blocks->ends[last] = (double)(ptrdiff_t)i;
    before = value;
  }
  return (size_t)(last + 1);
}

void S(keel_isotonic)(
    size_t count, const KEEL_REAL *x, const KEEL_REAL *weights, int decreasing, double *q, double *scratch) {
  const pools blocks = {(pool_sums *)scratch, scratch + 2 * count};
  const double sign = decreasing ? -1 : 1;
  size_t first = 0, i = 0;
  while (first < count && x[first] == -INFINITY) ++first;
  /* Sums are of differences from one of the entries: that keeps digits of large entries. */
  const double origin = first < count && isfinite(x[first]) ? (double)x[first] : 0;
  size_t left = weights ? S(first_blocks)(count, x, weights, sign, origin, &blocks)
                        : S(first_blocks)(count, x, NULL, sign, origin, &blocks);
  left = pool(&blocks, left, q);
  for (size_t block = 0; block < left; ++block) {
    const double mean = sign * (blocks.sums[block][0] / blocks.sums[block][1]) + origin;
    const size_t end = (size_t)blocks.ends[block];
    for (; i <= end; ++i) q[i] = x[i] == -INFINITY ? -INFINITY : mean;
  }
  for (; i < count; ++i) q[i] = -INFINITY;
}

ptrdiff_t S(keel_store_fit)(
    size_t count, const double *fit, const double *values, double shift, KEEL_REAL *output) {
  ptrdiff_t support = 0;
  for (size_t i = 0; i < count; ++i) {
    /* Adding 0 makes -0 of the values 0. */
    output[i] = fit[i] == -INFINITY ? (KEEL_REAL)-0.0 : (KEEL_REAL)(values[i] + shift) + (KEEL_REAL)0;
    support += output[i] != 0;
  }
  return support;
}

double S(keel_largest)(size_t count, const KEEL_REAL *x) {
  KEEL_REAL largest = -INFINITY;
  int bad = 0;
  for (size_t i = 0; i < count; ++i) {
    largest = x[i] > largest ? x[i] : largest;
    bad |= x[i] != x[i];
  }
  return bad ? NAN : (double)largest;
}

/* Whether an entry has no part in the fit. */
static int S(is_masked)(KEEL_REAL p) { return p == 0 && signbit(p); }

/* The mean of the cotangents over the entries above 0. */
static double S(support_mean)(size_t count, const KEEL_REAL *p, const KEEL_REAL *g) {
  double sum = 0, size = 0;
  for (size_t i = 0; i < count; ++i) {
    if (p[i] == 0) continue;
    if (p[i] != p[i]) return NAN;
    sum += (double)g[i];
    size += 1;
  }
  return size > 0 ? sum / size : 0;
}

void S(keel_runs_pullback)(
    const S(keel_pullback_batch) *batch, int operation, int across, const KEEL_REAL *weights) {
  int simplex = operation == KEEL_RUNS_SIMPLEX;
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *p = batch->output + r * batch->output_stride;
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    KEEL_REAL *d = batch->gradient + r * batch->gradient_stride;
    double common = simplex ? S(support_mean)(count, p, g) : 0;
    for (size_t start = 0, end; start < count; start = end) {
      double sum = 0, size = 0;
      if (S(is_masked)(p[start]) || (simplex && p[start] == 0)) {
        d[start] = 0;
        end = start + 1;
        continue;
      }
      for (end = start; end < count; ++end) {
        int masked = S(is_masked)(p[end]);
        if (masked ? !across : p[end] != p[start]) break;
        if (masked) continue;
        double w = weights ? (double)weights[end] : 1;
        sum += operation == KEEL_RUNS_ADJOINT ? w * (double)g[end] : (double)g[end];
        size += w;
      }
      if (end == start) end = start + 1; /* NaN is not equal to itself */
      double mean = p[start] == p[start] ? sum / size - common : NAN;
      for (size_t i = start; i < end; ++i) {
        double value = operation == KEEL_RUNS_WEIGHTED && weights ? mean * (double)weights[i] : mean;
        d[i] = S(is_masked)(p[i]) ? 0 : (KEEL_REAL)value;
      }
    }
    for (size_t i = count; i < batch->columns; ++i) d[i] = 0;
  }
}

void S(keel_strength_pullback)(const S(keel_pullback_batch) *batch, int operation, KEEL_REAL *numbers) {
  int simplex = operation == KEEL_RUNS_SIMPLEX;
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *p = batch->output + r * batch->output_stride;
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    double common = simplex ? S(support_mean)(count, p, g) : 0, result = 0;
    for (size_t start = 0, end; start < count; start = end) {
      double sum = 0, pull = 0;
      if (p[start] != p[start]) {
        result = NAN;
        break;
      }
      for (end = start; end < count && p[end] == p[start] && !S(is_masked)(p[end]); ++end) {
        sum += (double)g[end] - common;
      }
      if (end == start) {
        ++end;
        continue;
      }
      if (simplex && p[start] == 0) continue;
      if (start > 0 && !S(is_masked)(p[start - 1])) pull += p[start - 1] > p[start] ? 1 : -1;
      if (end < count && !S(is_masked)(p[end])) pull += p[end] > p[start] ? 1 : -1;
      result += sum * pull / (double)(end - start);
    }
    numbers[r] = (KEEL_REAL)result;
  }
}

#undef KEEL_ROW
