/* The solver of knapsack.c for one instruction set, then the passes over rows of both scalars. */

#define W(name) KEEL_TYPE_NAME(name, KEEL_SUFFIX)

/* f at tau, less the target, and minus its slope. */
KEEL_INLINE double W(excess)(const int kind, const knapsack *k, double tau, double *rate) {
  block f[2] = {0}, n[2] = {0}, whole = {0}, lost = {0};
  block_mask free[2] = {0};
  for (size_t i = 0; i < k->count; i += 2 * lanes) {
    if (i % (64 * lanes) == 0) {
      /* Equal terms are rounded all to one side: parts of 32 terms a lane, and their sum with what it loses. */
      f[0] += f[1];
      add_part(&whole, &lost, &f[0]);
      f[0] = f[1] = (block){0};
    }
    for (int half = 0; half < 2; ++half) {
      block v, more;
      memcpy(&v, k->y + i + half * lanes, sizeof v);
      v -= tau;
      v = v > 0 ? v : 0;
      if (kind == shared_bound) {
        free[half] -= (v > 0) & (v < k->h);
        f[half] += v < k->h ? v : k->h;
      } else {
        memcpy(&more, k->more + i + half * lanes, sizeof more);
        if (kind == own_bounds) {
          free[half] -= (v > 0) & (v < more);
          f[half] += v < more ? v : more;
        } else {
          n[half] += KEEL_ONLY(v > 0, more);
          f[half] += more * v;
        }
      }
    }
  }
  f[0] += f[1];
  add_part(&whole, &lost, &f[0]);
  n[0] += n[1];
  if (kind != weights_only) n[0] = __builtin_convertvector(free[0] + free[1], block);
  *rate = k->rate + total(&n[0]);
  double linear = k->rate > 0 ? k->linear - k->rate * (tau - k->origin) : 0;
  return ((linear + total(&whole)) - k->target) + total(&lost);
}

/* Adds padding that is zero everywhere. */
KEEL_INLINE void W(pad)(const int kind, knapsack *k) {
  size_t count = k->count;
  for (; count % (2 * lanes) != 0; ++count) {
    k->y[count] = -INFINITY;
    if (kind != shared_bound) k->more[count] = 0;
  }
  k->count = count;
}

/* The sums that an entry without a breakpoint inside of the bracket goes to, and those that stay. */
typedef struct {
  block linear, rate, bounds;
  block linear_lost, bounds_lost;
} W(settled);

KEEL_INLINE unsigned W(settle)(
    const int kind, const knapsack *k, const block *y, const block *more, W(settled) *sums) {
  block_mask above = *y >= k->hi, rest = *y > k->lo, linear = above, full = {0};
  if (kind != weights_only) {
    block h = kind == own_bounds ? *more : (block)(k->h);
    block low = *y - h;
    full = low >= k->hi;
    linear &= low <= k->lo;
    block at_bound = KEEL_ONLY(full, h);
    add_part(&sums->bounds, &sums->bounds_lost, &at_bound);
    linear &= ~full;
  }
  block c = kind == weights_only ? *more : (block)(1.0);
  block along = KEEL_ONLY(linear, c * (*y - k->origin));
  add_part(&sums->linear, &sums->linear_lost, &along);
  sums->rate += KEEL_ONLY(linear, c);
  rest &= ~(linear | full);
  block_bits bits = __builtin_convertvector(rest, block_bits);
  unsigned char set;
  memcpy(&set, &bits, 1);
  return set;
}

KEEL_INLINE void W(keep)(
    const int kind, knapsack *k, unsigned set, const block *y, const block *more, size_t *kept) {
  if (set == 0) return;
  double ys[lanes], others[lanes];
  memcpy(ys, y, sizeof ys);
  if (kind != shared_bound) memcpy(others, more, sizeof others);
  for (; set != 0; set &= set - 1) {
    int lane = __builtin_ctz(set);
    k->y[*kept] = ys[lane];
    if (kind != shared_bound) k->more[*kept] = others[lane];
    ++*kept;
  }
}

KEEL_INLINE void W(add_settled)(knapsack *k, const W(settled) *sums) {
  k->linear += total(&sums->linear) + total(&sums->linear_lost);
  k->rate += total(&sums->rate);
  k->target -= total(&sums->bounds) + total(&sums->bounds_lost);
}

/* Takes entries out of the list that have no breakpoint inside of the bracket. */
KEEL_INLINE void W(shorten)(const int kind, knapsack *k) {
  W(settled) sums = {0};
  size_t kept = 0, count = k->count;
  /* From the right end of the bracket all that is summed is positive: nothing cancels, however far away the
   * left end is. */
  if (k->rate > 0) k->linear += k->rate * (k->origin - k->hi);
  k->origin = k->hi;
  for (size_t i = 0; i < count; i += lanes) {
    block y, more = {0};
    memcpy(&y, k->y + i, sizeof y);
    if (kind != shared_bound) memcpy(&more, k->more + i, sizeof more);
    W(keep)(kind, k, W(settle)(kind, k, &y, &more, &sums), &y, &more, &kept);
  }
  W(add_settled)(k, &sums);
  k->count = kept;
}

/* A breakpoint inside of the bracket, by chance. There is one: the list has just been shortened. */
KEEL_INLINE double W(pivot)(const int kind, knapsack *k, size_t entries) {
  k->state = k->state * 6364136223846793005u + 1442695040888963407u;
  uint64_t draw = k->state >> 33;
  size_t i = (size_t)(draw % entries);
  double high = k->y[i], low = high - (kind == own_bounds ? k->more[i] : k->h);
  int high_inside = high > k->lo && high < k->hi, low_inside = low > k->lo && low < k->hi;
  if (high_inside && low_inside) return (draw >> 20 & 1) ? high : low;
  return high_inside ? high : low;
}

/* Newton steps from tau. They end with the linear piece of the root after finitely many steps, and
 * usually a few; when they leave the bracket, or take long, the bracket is halved at a pivot: that keeps
 * the expected time linear. */
KEEL_INLINE double W(root)(const int kind, knapsack *k, double tau) {
  double wanted = k->target;
  W(pad)(kind, k);
  for (int round = 1;; ++round) {
    double rate, excess = W(excess)(kind, k, tau, &rate);
    if (excess == 0) return tau;
    double next = tau + excess / rate;
    int inside = next > k->lo && next < k->hi;
    if (fabs(excess) <= 0x1p-50 * wanted) return inside ? next : tau;
    if (excess > 0) k->lo = tau; else k->hi = tau;
    inside = next > k->lo && next < k->hi;
    if (inside && round % 8 != 0) {
      tau = next;
      continue;
    }
    W(shorten)(kind, k);
    size_t entries = k->count;
    if (entries == 0) {
      /* No breakpoint is left: the root of a line, or any point of a constant. */
      if (k->rate == 0) return k->lo > -INFINITY ? k->lo + (k->hi - k->lo) / 2 : k->hi;
      next = k->origin + (k->linear - k->target) / k->rate;
      return next > k->lo ? (next < k->hi ? next : k->hi) : k->lo;
    }
    tau = W(pivot)(kind, k, entries);
    W(pad)(kind, k);
  }
}

static __attribute__((noinline)) double W(find_root)(int kind, knapsack *k, double tau) {
  switch (kind) {
    case shared_bound: return W(root)(shared_bound, k, tau);
    case own_bounds: return W(root)(own_bounds, k, tau);
    default: return W(root)(weights_only, k, tau);
  }
}

#define KEEL_REAL double
#define KEEL_SCALAR f64
#include "knapsack_rows.h"
#undef KEEL_REAL
#undef KEEL_SCALAR

#define KEEL_REAL float
#define KEEL_SCALAR f32
#include "knapsack_rows.h"
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef W
