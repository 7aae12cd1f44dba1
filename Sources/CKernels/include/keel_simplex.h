/* What the kernels of maps onto simplex-like polytopes share: batches of rows, and thresholds.
 *
 * A batch has `rows` rows of `columns` entries. Row r of the input begins at input + r * input_stride,
 * likewise the output, which may be the input itself (same address and stride) and must not overlap it
 * otherwise. With `lengths`, row r has lengths[r] <= columns entries; those beyond are not read, and
 * written as zero.
 *
 * Every row is defined. m is the largest entry:
 *   - entries of -infinity get 0 and take no part;
 *   - a row without finite entries, or of length 0, is all zero: support 0, m = -infinity;
 *   - a row with NaN is all NaN;
 *   - a row with +infinity shares the whole mass equally among these entries.
 */
#ifndef KEEL_SIMPLEX_H
#define KEEL_SIMPLEX_H

#include <stddef.h>
#include <stdint.h>

/* The threshold of a row in two parts, tau = maximum + offset: entries are formed as
 * (x - maximum) - offset, which keeps their digits when x is large. */
typedef struct {
  double maximum;    /* m, the largest entry of the row */
  double offset;     /* tau - m for projections, lambda - m for entmax */
  ptrdiff_t support; /* entries of the output that are not zero */
} keel_row_threshold;

#define KEEL_SIMPLEX_BATCHES(scalar, suffix)                                                            \
  typedef struct {                                                                                      \
    size_t rows, columns;                                                                               \
    const scalar *input;                                                                                \
    size_t input_stride;                                                                                \
    scalar *output;                                                                                     \
    size_t output_stride;                                                                               \
    const ptrdiff_t *lengths;       /* of each row, or NULL: all columns */                             \
    const scalar *starts;           /* a guess of each row's tau (lambda for entmax), or NULL */        \
    keel_row_threshold *thresholds; /* of each row, written, or NULL */                                 \
  } keel_row_batch_##suffix;                                                                            \
                                                                                                        \
  /* Derivatives at outputs p: gradient = J^T cotangent. The gradient may be the cotangent. */          \
  typedef struct {                                                                                      \
    size_t rows, columns;                                                                               \
    const scalar *output;                                                                               \
    size_t output_stride;                                                                               \
    const scalar *cotangent;                                                                            \
    size_t cotangent_stride;                                                                            \
    scalar *gradient;                                                                                   \
    size_t gradient_stride;                                                                             \
    const ptrdiff_t *lengths;                                                                           \
  } keel_pullback_batch_##suffix;

KEEL_SIMPLEX_BATCHES(double, f64)
KEEL_SIMPLEX_BATCHES(float, f32)

#endif
