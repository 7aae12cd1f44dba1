/* Samples of mixed distributions, many rows at a time.
 *
 * All instruction sets return the same bits: see keel_random.h for the numbers, and keel_sparsemax.h for the
 * projection. */
#ifndef KEEL_MIXED_H
#define KEEL_MIXED_H

#include <stddef.h>
#include <stdint.h>

/* Normals of a stream: those that keel_random_normal makes of block `first`, without the first `skip` of it,
 * and of the blocks that follow. */
typedef struct {
  uint64_t key, nonce, first;
  size_t skip; /* fewer than a block has */
} keel_normals;

#define KEEL_MIXED_TYPES(scalar, suffix)                                                                 \
  /* Rows of independent normals. Row r of the means begins at means + r * mean_stride, likewise the     \
   * deviations: a stride of 0 is one row for all. */                                                    \
  typedef struct {                                                                                       \
    size_t rows, columns;                                                                                \
    const scalar *means;                                                                                 \
    size_t mean_stride;                                                                                  \
    const scalar *deviations;                                                                            \
    size_t deviation_stride;                                                                             \
  } keel_gaussian_rows_##suffix;                                                                         \
                                                                                                         \
  /* Rows y = sparsemax(mean + deviation * e), one behind the other, e being the next normals in the     \
   * order of the entries. The product and the sum are rounded each. */                                  \
  void keel_gaussian_sparsemax_##suffix(                                                                 \
      const keel_gaussian_rows_##suffix *law, const keel_normals *normals, scalar *output);

KEEL_MIXED_TYPES(double, f64)
KEEL_MIXED_TYPES(float, f32)
#undef KEEL_MIXED_TYPES

#endif
