/* Sums over rows, and gradients in place: what the Fenchel-Young losses need.
 *
 * Sums are kept in double in 16 partial sums that are added in a fixed order: they have the same bits on
 * every instruction set.
 */
#ifndef KEEL_LOSS_H
#define KEEL_LOSS_H

#include <stddef.h>

#define KEEL_LOSS_FUNCTIONS(scalar, suffix)                                                              \
  /* result = sum of p_i^2 */                                                                            \
  void keel_loss_sum_of_squares_##suffix(size_t n, const scalar *p, double *result);                     \
                                                                                                         \
  /* result = sum of p_i^(3/2), for p_i >= 0 */                                                          \
  void keel_loss_sum_of_root_cubes_##suffix(size_t n, const scalar *p, double *result);                  \
                                                                                                         \
  /* result = sum of p_i (x_i - shift) over p_i != 0: x_i may be infinite elsewhere */                   \
  void keel_loss_dot_##suffix(size_t n, const scalar *p, const scalar *x, double shift, double *result); \
                                                                                                         \
  /* p_i <- scale p_i */                                                                                 \
  void keel_loss_scale_##suffix(size_t n, scalar *p, scalar scale);                                      \
                                                                                                         \
  /* p_i <- scale (p_i - y_i) */                                                                         \
  void keel_loss_subtract_##suffix(size_t n, scalar *p, const scalar *y, scalar scale);

KEEL_LOSS_FUNCTIONS(double, f64)
KEEL_LOSS_FUNCTIONS(float, f32)

#endif
