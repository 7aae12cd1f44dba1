/* Projections onto polytopes beyond the simplex: boxes cut by a hyperplane, chains of differences. */
#ifndef KEEL_POLYTOPES_H
#define KEEL_POLYTOPES_H

#include "keel_simplex.h"

/* Which derivative of a knapsack projection is asked for. */
enum {
  KEEL_KNAPSACK_INPUT = 0,  /* with respect to the scores: a row */
  KEEL_KNAPSACK_BOUNDS = 1, /* with respect to the bound of each entry: a row */
  KEEL_KNAPSACK_TOTAL = 2,  /* with respect to the total: a number */
  KEEL_KNAPSACK_BOUND = 3   /* with respect to a bound that all entries share: a number */
};

/* What is done to rows of differences: isotonic fits and total variation give runs of equal entries. */
enum {
  KEEL_RUNS_MEAN = 0,     /* the mean of the cotangents of each run */
  KEEL_RUNS_WEIGHTED = 1, /* weights times the sum of cotangents, over the sum of weights */
  KEEL_RUNS_ADJOINT = 2,  /* the adjoint of that */
  KEEL_RUNS_SIMPLEX = 3   /* the mean of each run, less the mean of all of them, on entries above 0 */
};

#define KEEL_POLYTOPES(scalar, suffix)                                                                  \
  /* The set {0 <= p <= u, sum w p = total}. Either weights or bounds, not both. */                     \
  typedef struct {                                                                                      \
    const scalar *weights; /* w > 0 of each column, or NULL: 1 */                                       \
    const scalar *bounds;  /* u >= 0 of each column, or NULL: `bound` */                                \
    scalar bound;          /* of every column, may be infinite; infinite with weights */                \
    scalar total;                                                                                       \
  } keel_knapsack_##suffix;                                                                             \
                                                                                                        \
  /* Projects rows: p = min(max(x - w tau, 0), u). Entries of +infinity take their bounds first; rows   \
   * that cannot hold the total get all they can hold. `scratch` has room for keel_knapsack_scratch()   \
   * doubles. */                                                                                        \
  void keel_knapsack_project_##suffix(                                                                     \
      const keel_row_batch_##suffix *batch, const keel_knapsack_##suffix *set, double *scratch);        \
                                                                                                        \
  /* Derivatives of the projection at its outputs. `numbers` takes one number a row, if the derivative  \
   * is a number; `batch->gradient` is used otherwise. */                                               \
  void keel_knapsack_pullback_##suffix(                                                                 \
      const keel_pullback_batch_##suffix *batch, const keel_knapsack_##suffix *set, int derivative,     \
      scalar *numbers);                                                                                 \
                                                                                                        \
  /* Writes x to `kept`, with -infinity for all but its `k` largest entries; of equal entries the first \
   * are kept. `scratch` has room for `count` numbers. */                                               \
  void keel_keep_largest_##suffix(                                                                      \
      size_t count, const scalar *x, size_t k, scalar *kept, scalar *scratch);                          \
                                                                                                        \
  /* Writes |x| to the batch's output, and to `sums` the sum of each row; entries of -infinity stay. */ \
  void keel_l1_magnitudes_##suffix(const keel_row_batch_##suffix *batch, double *sums);                 \
                                                                                                        \
  /* Writes the projection onto the L1 ball of a radius, from projections of the magnitudes onto the    \
   * simplex (rows adjacent): x itself inside of the ball. */                                           \
  void keel_l1_finish_##suffix(                                                                         \
      const keel_row_batch_##suffix *batch, const scalar *magnitudes, const double *sums,               \
      scalar radius);                                                                                   \
                                                                                                        \
  /* Derivative of that with respect to the scores; with `numbers`, to the radius instead. */           \
  void keel_l1_pullback_##suffix(                                                                       \
      const keel_pullback_batch_##suffix *batch, scalar radius, scalar *numbers);                       \
                                                                                                        \
  /* The fit q of total variation, in double precision and less `shift`: the least of                   \
   * sum (q - x)^2 / 2 + strength sum |q_i - q_(i+1)|. Infinite entries cut the sequence and stay.      \
   * `scratch` has room for 9 count doubles. */                                                         \
  void keel_total_variation_##suffix(                                                                   \
      size_t count, const scalar *x, double shift, double strength, double *q, double *scratch);        \
                                                                                                        \
  /* The monotone fit q: the least of sum w (q - x)^2 / 2 with q increasing, or decreasing. Entries of  \
   * -infinity take no part and stay. `weights` may be NULL. `scratch` has room for 3 count doubles. */ \
  void keel_isotonic_##suffix(                                                                          \
      size_t count, const scalar *x, const scalar *weights, int decreasing, double *q,                  \
      double *scratch);                                                                                 \
                                                                                                        \
  /* Writes values + shift, where the fit is not -infinity, and -0 there, which marks entries without     \
   * part. Returns how many are not zero. */                                                            \
  ptrdiff_t keel_store_fit_##suffix(                                                                    \
      size_t count, const double *fit, const double *values, double shift, scalar *output);             \
                                                                                                        \
  /* The largest entry: -infinity without entries, NaN if there is one. */                              \
  double keel_largest_##suffix(size_t count, const scalar *x);                                          \
                                                                                                        \
  /* Derivatives through runs of equal outputs; entries of -0 take no part. `across` says whether runs  \
   * go on behind such an entry. */                                                                     \
  void keel_runs_pullback_##suffix(                                                                     \
      const keel_pullback_batch_##suffix *batch, int operation, int across, const scalar *weights);     \
                                                                                                        \
  /* Derivatives with respect to the strength of total variation, one number a row. */                  \
  void keel_strength_pullback_##suffix(                                                                 \
      const keel_pullback_batch_##suffix *batch, int operation, scalar *numbers);

KEEL_POLYTOPES(double, f64)
KEEL_POLYTOPES(float, f32)

/* Doubles of scratch that keel_knapsack needs for rows of so many entries. */
static inline size_t keel_knapsack_scratch(size_t columns) { return 4 * columns + 64; }

#endif
