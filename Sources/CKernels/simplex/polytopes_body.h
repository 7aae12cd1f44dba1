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

void S(keel_l1_magnitudes)(const S(keel_row_batch) *batch, double *sums) {
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *x = batch->input + r * batch->input_stride;
    KEEL_REAL *y = batch->output + r * batch->output_stride;
    double sum[4] = {0};
    for (size_t i = 0; i < count; ++i) {
      KEEL_REAL a = x[i] < 0 ? -x[i] : x[i];
      sum[i % 4] += x[i] == -INFINITY ? 0 : (double)a;
      y[i] = x[i] == -INFINITY ? x[i] : a;
    }
    sums[r] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

void S(keel_l1_finish)(
    const S(keel_row_batch) *batch, const KEEL_REAL *magnitudes, const double *sums, KEEL_REAL radius) {
  for (size_t r = 0; r < batch->rows; ++r) {
    KEEL_ROW(batch, r);
    const KEEL_REAL *x = batch->input + r * batch->input_stride, *a = magnitudes + r * batch->columns;
    KEEL_REAL *p = batch->output + r * batch->output_stride;
    int inside = sums[r] <= (double)radius;
    ptrdiff_t support = 0;
    for (size_t i = 0; i < count; ++i) {
      KEEL_REAL value = inside ? x[i] + 0 : x[i] < 0 ? 0 - a[i] : a[i];
      if (x[i] == -INFINITY && a[i] == a[i]) value = (KEEL_REAL)-0.0;
      support += value != 0;
      p[i] = value;
    }
    for (size_t i = count; i < batch->columns; ++i) p[i] = 0;
    if (!batch->thresholds) continue;
    keel_row_threshold *threshold = batch->thresholds + r;
    threshold->support = support;
    if (inside && isfinite(threshold->maximum)) threshold->offset = -threshold->maximum;
  }
}

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
    for (; end < count && isfinite(x[end]); ++end) q[end] = (double)x[end] - shift;
    total_variation(end - start, q + start, strength, scratch);
  }
}

/* Pools adjacent blocks while they are out of order. A block is its mean, its weight and its end. */
void S(keel_isotonic)(
    size_t count, const KEEL_REAL *x, const KEEL_REAL *weights, int decreasing, double *q, double *scratch) {
  double *sum = scratch, *weight = scratch + count, *ends = scratch + 2 * count;
  size_t blocks = 0, origin = 0;
  while (origin < count && x[origin] == -INFINITY) ++origin;
  for (size_t i = origin; i < count; ++i) {
    if (x[i] == -INFINITY) continue;
    /* Sums are of differences from one of the entries: that keeps digits of large entries. */
    double w = weights ? (double)weights[i] : 1, value = (double)x[i];
    value = isfinite(x[origin]) ? value - (double)x[origin] : value;
    sum[blocks] = w * (decreasing ? -value : value);
    weight[blocks] = w;
    ends[blocks++] = (double)i;
    while (blocks > 1 && sum[blocks - 2] / weight[blocks - 2] >= sum[blocks - 1] / weight[blocks - 1]) {
      --blocks;
      sum[blocks - 1] += sum[blocks];
      weight[blocks - 1] += weight[blocks];
      ends[blocks - 1] = ends[blocks];
    }
  }
  size_t i = 0;
  for (size_t block = 0; block < blocks; ++block) {
    double mean = sum[block] / weight[block];
    if (decreasing) mean = -mean;
    if (isfinite(x[origin])) mean += (double)x[origin];
    for (; i <= (size_t)ends[block]; ++i) q[i] = x[i] == -INFINITY ? -INFINITY : mean;
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
