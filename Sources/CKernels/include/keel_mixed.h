/* Samples of mixed distributions, many rows at a time.
 *
 * All instruction sets return the same bits: see keel_random.h for the numbers, and keel_sparsemax.h for the
 * projection. */
#ifndef KEEL_MIXED_H
#define KEEL_MIXED_H

#include "keel_random.h"

#include <stddef.h>
#include <stdint.h>

/* Normals of a stream: those that keel_random_normal makes of block `first`, without the first `skip` of it,
 * and of the blocks that follow. */
typedef struct {
  uint64_t key, nonce, first;
  size_t skip; /* fewer than a block has */
} keel_normals;

/* A law of faces: that of independent bits, given that not all of them are zero. It is drawn without
 * rejection: first the lowest bit that is one, then those above it. All arrays have keel_padded(columns)
 * entries. A probability p is the number words + rest of 2^-32, 0 <= rest <= 1: a word of the stream decides,
 * unless it is equal; then another block does, with 53 bits. */
typedef struct {
  const uint32_t *lowest_words; /* P(lowest one <= k); words 2^32 - 1 and rest 1 from the last on */
  const double *lowest_rests;
  const uint32_t *words;        /* P(bit k is one); 0 in the padding */
  const double *rests;
} keel_face_law;

/* The next multiple of 16. */
static inline size_t keel_padded(size_t columns) { return (columns + 15) & ~(size_t)15; }

/* Blocks of a stream for rows of mixed Dirichlet samples, ceil(columns / 4) each, from block `first` on; and
 * a stream for the coordinates. Coordinate k of the row whose blocks begin at b has number n = 4 b + k, below
 * 2^57: its attempts at a gamma number use block n + a 2^57 of the second stream, a = 0...61, and that 2^63
 * further; exponentials use the blocks of the row, twice as many for doubles. */
typedef struct {
  uint64_t key, nonce, first;
  uint64_t inner_key, inner_nonce;
} keel_dirichlet_place;

/* How the entries of a face are drawn. */
enum {
  KEEL_DIRICHLET_UNIFORM = 0,   /* all concentrations are 1: shares of exponentials */
  KEEL_DIRICHLET_SHARES = 1,    /* shares of gamma numbers: concentrations from 1 up to 1e6 */
  KEEL_DIRICHLET_LOGARITHMS = 2 /* shares of the exponentials of their logarithms */
};

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
      const keel_gaussian_rows_##suffix *law, const keel_normals *normals, scalar *output);              \
                                                                                                         \
  /* Rows of which a face is drawn, and then a point inside by Dirichlet's law: entries are positive on  \
   * the face, an entry that underflows being the smallest normal number, and zero elsewhere. Laws of    \
   * gamma numbers are one a column; not used by KEEL_DIRICHLET_UNIFORM. */                              \
  void keel_mixed_dirichlet_##suffix(                                                                    \
      size_t rows, size_t columns, const keel_face_law *faces, const keel_gamma_laws_##suffix *laws,     \
      int method, const keel_dirichlet_place *place, scalar *output);                                    \
                                                                                                         \
  /* Rows w of weights of bits, and for each                                                             \
   *   ln Z = ln(prod 2 cosh w - exp(-sum w)),                                                           \
   * the logarithm of the sum of exp(sum of +-w) over all faces that are not empty; and, unless NULL,    \
   * the probability of each bit. Rows are one behind the other. */                                      \
  void keel_face_normalizers_##suffix(                                                                   \
      size_t rows, size_t columns, const scalar *weights, scalar *normalizers, scalar *probabilities);

KEEL_MIXED_TYPES(double, f64)
KEEL_MIXED_TYPES(float, f32)
#undef KEEL_MIXED_TYPES

#endif
