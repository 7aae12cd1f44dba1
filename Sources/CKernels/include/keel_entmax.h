/* alpha-entmax, softmax and normmax of rows, and derivatives. Batches and edge rows as in keel_simplex.h.
 *
 * entmax:  p = [1 + a (x - lambda)]+ ^ (1/a),  a = alpha - 1,  sum p = 1;  exp(x - lambda) for a = 0.
 * normmax: p = t^(1/a) / sum t^(1/a),  t = (x - tau)+,  sum t^(alpha/a) = 1.
 *
 * All instruction sets return the same bits. Rows of any length below 2^31. */
#ifndef KEEL_ENTMAX_H
#define KEEL_ENTMAX_H

#include "keel_simplex.h"

#define KEEL_ENTMAX_FUNCTIONS(scalar, suffix)                                                              \
  /* Bytes of workspace, at a multiple of 64, that the functions below need for rows of so many entries.   \
   * No memory is touched beyond what a row needs, which is little for rows with small support. */         \
  size_t keel_entmax_workspace_##suffix(size_t columns);                                                   \
                                                                                                           \
  /* alpha > 0 and finite; 2 is not special, the kernels of keel_sparsemax.h are faster. The offset of     \
   * thresholds is lambda - m. */                                                                          \
  void keel_entmax_##suffix(const keel_row_batch_##suffix *batch, double alpha, void *workspace);          \
                                                                                                           \
  /* alpha > 1 and finite. The offset of thresholds is tau - m. */                                         \
  void keel_normmax_##suffix(const keel_row_batch_##suffix *batch, double alpha, void *workspace);         \
                                                                                                           \
  /* r (g - <r, g> / sum r), r = p^(2 - alpha) on the support; r above 1e30 counts as 1e30. */             \
  void keel_entmax_pullback_##suffix(                                                                      \
      const keel_pullback_batch_##suffix *batch, double alpha, void *workspace);                           \
                                                                                                           \
  /* h - p sum h with h = (g - <g, p>) / Q q^(2 - alpha) / (alpha - 1), Q = 1 / |p|_alpha, q = Q p. */     \
  void keel_normmax_pullback_##suffix(                                                                     \
      const keel_pullback_batch_##suffix *batch, double alpha, void *workspace);                           \
                                                                                                           \
  /* dp/dalpha of entmax at outputs p, written to the gradient; and, if `products` is not NULL, its inner  \
   * product with the cotangent of each row. The cotangent may be NULL without products, and the gradient  \
   * with them. */                                                                                         \
  void keel_entmax_alpha_##suffix(                                                                         \
      const keel_pullback_batch_##suffix *batch, double alpha, double *products, void *workspace);         \
                                                                                                           \
  /* The entries that are not zero of each row, one after the other: indices and values. Stops before a    \
   * row with more entries than there are places left; returns the number of rows done. ends[r] is the     \
   * number of entries after row r. The output of the batch is not used. */                                \
  size_t keel_entmax_sparse_##suffix(                                                                      \
      const keel_row_batch_##suffix *batch, double alpha, int32_t *indices, scalar *values,                \
      size_t capacity, ptrdiff_t *ends, void *workspace);

KEEL_ENTMAX_FUNCTIONS(double, f64)
KEEL_ENTMAX_FUNCTIONS(float, f32)

#endif
