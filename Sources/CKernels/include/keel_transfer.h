/* Sweeps over a matrix of features: what a step of training a two-layer linear network does to memory.
 *
 * A sweep reads a row-major matrix C (rows x columns) once, a panel of rows at a time: the products of
 * a panel with a vector x come from memory, and what follows finds the panel in the nearest cache. Per
 * row i
 *
 *   along_i = C_i . x
 *   p_i = p.origin_i + (p.scale p.base_i + p.along along_i)      likewise q_i and s_i
 *   D_i = C_i + (p_i e + q_i f)
 *
 * and over all rows
 *
 *   sum = sum_i s_i D_i,    or    weight o (target - sum_i s_i D_i).
 *
 * A sum of no rows is zero, as ever. The sum is written before the last row is read, and must not be one
 * of the vectors x, e, f, target and weight.
 *
 * Without e it only reads (gradients half-way, products with a data matrix and its transpose in one
 * pass); with e it is a step of gradient descent or a Lorentz boost together with the next gradient;
 * with e and f it is two boosts.
 *
 * With errors, additions to C and to the origin of s are compensated (Kahan 1965): what rounding takes
 * from a sum is kept and added to what the next sweep adds, so that errors of many small steps do not
 * grow with their number.
 *
 * All instruction sets return the same bits: products have one partial sum a lane of 64 bytes, added
 * in a fixed tree; sums over rows are added row after row; additions and multiplications are never
 * fused.
 */
#ifndef KEEL_TRANSFER_H
#define KEEL_TRANSFER_H

#include <stddef.h>

#define KEEL_TRANSFER_TYPES(real, suffix)                                                         \
  /* A number a row: origin_i + (scale base_i + along along_i), without what is NULL. The origin    \
   * keeps what a small step adds from being rounded twice. */                                    \
  typedef struct {                                                                                \
    const real *origin, *base;                                                                    \
    real scale, along;                                                                            \
  } keel_row_term_##suffix;                                                                       \
                                                                                                  \
  typedef struct {                                                                                \
    size_t rows, columns;                                                                         \
    const real *matrix;                                                                           \
    real *updated;      /* D; NULL without e; may be the matrix itself */                         \
    const real *x;      /* NULL: along is zero */                                                 \
    const real *e, *f;  /* NULL: the term is absent; no f without e */                            \
    keel_row_term_##suffix p, q, s;                                                               \
    const real *error, *head_error;           /* of C and of the origin of s; NULL: none, or both */ \
    real *updated_error, *combination_error;  /* what is lost now; they may be the same */        \
    real *along;        /* one a row, or NULL */                                                  \
    real *combination;  /* s, or NULL; may be a base */                                           \
    real *sum;          /* no other vector; NULL without e: only along and s are wanted */        \
    const real *target; /* NULL: sum is the plain sum; else it is target - sum */                 \
    const real *weight; /* NULL: one; without a target it is not read */                          \
  } keel_sweep_##suffix;

KEEL_TRANSFER_TYPES(double, f64)
KEEL_TRANSFER_TYPES(float, f32)
#undef KEEL_TRANSFER_TYPES

/* One sweep. */
void keel_transfer_sweep_f64(const keel_sweep_f64 *sweep);
void keel_transfer_sweep_f32(const keel_sweep_f32 *sweep);

/* `steps` steps of gradient descent on the head v and the features C:
 *
 *   along = C g,   C += step v g',   v += step along,   g = weight o (target - C'v)
 *
 * `gradient` holds g at the start and at the end. `workspace` has room for `columns` numbers. */
void keel_transfer_descend_f64(
    size_t rows, size_t columns, size_t steps, double step, const double *weight,
    const double *target, double *head, double *features, double *gradient, double *workspace);
void keel_transfer_descend_f32(
    size_t rows, size_t columns, size_t steps, float step, const float *weight,
    const float *target, float *head, float *features, float *gradient, float *workspace);

#endif
