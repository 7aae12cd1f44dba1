#include "keel_polytopes.h"

#include <math.h>
#include <string.h>

/* The same rounding on every machine. */
#pragma clang fp contract(off)

#define KEEL_TYPE_JOIN(name, scalar) name##_##scalar
#define KEEL_TYPE_NAME(name, scalar) KEEL_TYPE_JOIN(name, scalar)
#define S(name) KEEL_TYPE_NAME(name, KEEL_SCALAR)

/* Without libm, which not everybody links. */
static inline double larger(double a, double b) { return a > b ? a : b; }
static inline double smaller(double a, double b) { return a < b ? a : b; }

/* The least of sum (q - x)^2 / 2 + strength sum |q_i - q_(i+1)| over a sequence, by dynamic programming.
 *
 * Let f_i(b) be the least over q_1 ... q_(i-1) of the terms up to i, with q_i = b. Its derivative grows
 * and is piecewise linear: f_(i+1)'(b) = min(max(f_i'(b), -strength), strength) + b - x_(i+1). It is kept
 * as its knots, where slope and intercept change, in a deque: cutting takes knots off at both ends and adds
 * one each, so that the whole takes linear time. Where f_i' is cut, lower_i and upper_i, is where q_i stops
 * following q_(i+1): q_i = min(max(q_(i+1), lower_i), upper_i).
 *
 * Entries of a group that moves as one get the same bits that way. Their value is then formed anew from its
 * definition, the mean of x plus strength times (sign of what follows - sign of what precedes) / size: the
 * intercepts are long sums.
 *
 * Source: Johnson (2013), A dynamic programming algorithm for the fused lasso. */
static void total_variation(size_t n, double *q, double strength, double *scratch) {
  if (n < 2 || !(strength > 0)) return;
  double mean = 0, running = 0, needed = 0;
  for (size_t i = 0; i < n; ++i) mean += (q[i] - mean) / (double)(i + 1);
  for (size_t i = 0; i < n; ++i) {
    running += q[i] - mean;
    needed = larger(needed, fabs(running));
  }
  mean += running / (double)n; /* what rounding took */
  /* All entries are one group: the dual solution is the running sum. */
  if (strength >= needed) {
    for (size_t i = 0; i < n; ++i) q[i] = mean;
    return;
  }
  double *x = scratch, *lower = x + n, *upper = lower + n - 1;
  double *knot = upper + n - 1, *slope = knot + 2 * n, *intercept = slope + 2 * n;
  for (size_t i = 0; i < n; ++i) x[i] = q[i] - mean;
  size_t first = n, last = n - 1; /* the knots are first...last */
  for (size_t i = 0; i + 1 < n; ++i) {
    double a = 1, b = -x[i] - (i > 0 ? strength : 0);
    while (first <= last && a * knot[first] + b < -strength) {
      a += slope[first];
      b += intercept[first++];
    }
    lower[i] = (-strength - b) / a;
    double c = 1, d = -x[i] + (i > 0 ? strength : 0);
    while (first <= last && c * knot[last] + d > strength) {
      c -= slope[last];
      d -= intercept[last--];
    }
    upper[i] = (strength - d) / c;
    if (upper[i] < lower[i]) upper[i] = lower[i];
    knot[--first] = lower[i];
    slope[first] = a;
    intercept[first] = b + strength;
    knot[++last] = upper[i];
    slope[last] = -c;
    intercept[last] = strength - d;
  }
  double a = 1, b = -x[n - 1] - strength;
  while (first <= last && a * knot[first] + b < 0) {
    a += slope[first];
    b += intercept[first++];
  }
  double *fit = knot; /* the knots are not needed any more */
  fit[n - 1] = -b / a;
  for (size_t i = n - 1; i-- > 0;) fit[i] = smaller(larger(fit[i + 1], lower[i]), upper[i]);
  for (size_t start = 0, end; start < n; start = end) {
    double sum = 0;
    for (end = start; end < n && (end == start || fit[end] == fit[start]); ++end) sum += x[end];
    double pull = 0;
    if (start > 0) pull += fit[start - 1] > fit[start] ? strength : -strength;
    if (end < n) pull += fit[end] > fit[start] ? strength : -strength;
    double value = mean + (sum + pull) / (double)(end - start);
    /* A step that rounding has turned around is none. */
    if (start > 0 && (q[start - 1] > value) != (fit[start - 1] > fit[start])) value = q[start - 1];
    for (size_t i = start; i < end; ++i) q[i] = value;
  }
}

/* Sum and weight of a block of neighbours. */
typedef double pool_sums __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t pool_masks __attribute__((vector_size(16)));

/* Blocks of neighbours: their sums, and their last entries. */
typedef struct {
  pool_sums *sums;
  double *ends;
} pools;

/* next, and `sums` as well unless the mask is set: as vectors, for a branch could not be predicted. */
static inline pool_sums joined(pool_sums next, pool_sums sums, pool_masks apart) {
  return next + (pool_sums)((pool_masks)sums & ~apart);
}

/* Joins every run of blocks whose means do not rise. Returns the number of blocks left. */
static size_t join_runs(const pools *blocks, size_t count) {
  pool_sums *const all = blocks->sums, sums = all[0];
  double *const ends = blocks->ends;
  int64_t last = 0;
  double before = sums[0] / sums[1];
  for (size_t i = 1; i < count; ++i) {
    const pool_sums next = all[i];
    const double mean = next[0] / next[1];
    const pool_masks rises = (pool_sums){before, before} < (pool_sums){mean, mean};
    last -= rises[0];
    all[last] = sums = joined(next, sums, rises);
    ends[last] = ends[i];
    before = mean;
  }
  return (size_t)last + 1;
}

/* Joins neighbours until means rise. Returns the number of blocks left; `means` has room for one a block.
 *
 * In whatever order violators are joined, the result is the same: borders of blocks are the corners of the
 * convex minorant of the partial sums, and where means do not rise there is none. So passes without
 * unpredictable branches join runs as long as they help, and a stack of blocks does the rest. */
static size_t pool(const pools *blocks, size_t count, double *means) {
  for (size_t before = count + count; count > 1 && count < before - before / 8;) {
    before = count;
    count = join_runs(blocks, count);
  }
  size_t left = 0;
  for (size_t i = 0; i < count; ++i) {
    pool_sums sums = blocks->sums[i];
    double mean = sums[0] / sums[1];
    while (left > 0 && means[left - 1] >= mean) {
      sums += blocks->sums[--left];
      mean = sums[0] / sums[1];
    }
    blocks->sums[left] = sums;
    blocks->ends[left] = blocks->ends[i];
    means[left++] = mean;
  }
  return left;
}

#define KEEL_REAL double
#define KEEL_SCALAR f64
#include "polytopes_body.h"
#undef KEEL_REAL
#undef KEEL_SCALAR

#define KEEL_REAL float
#define KEEL_SCALAR f32
#include "polytopes_body.h"
#undef KEEL_REAL
#undef KEEL_SCALAR
