/* Projections onto the simplex {p >= 0, sum p = z}: p = max((x - m) - offset, 0). For z = 1, sparsemax.
 *
 * The offset is the mean of x - m over the support, less z over its size, with sums in double whatever the
 * scalar. Entries of a long row are read once: those above a bound that rises on the way are kept, and
 * Newton's method goes on with these. Started left of the threshold it is monotone, and every step divides
 * the product of the excess mass and of the number of entries left by four at least, so that the cost of the
 * steps is linear whatever the row holds. Rows of at most 128 entries go across the lanes of registers.
 *
 * Every way to the threshold ends with the exact support, summed in the order of its indices. All of them,
 * on every instruction set, give the same bits, unless an entry of a row of doubles is within rounding of the
 * threshold: then it may count as support or not, and the results differ by that rounding.
 *
 * Rows have fewer than 2^32 entries, 2^31 where indices are written. */
#ifndef KEEL_SPARSEMAX_H
#define KEEL_SPARSEMAX_H

#include "keel_simplex.h"

/* Candidates that a chunk of a row has room for, and what `values` and `indices` hold beyond. */
enum { KEEL_CHUNK_CANDIDATES = 16384, KEEL_CHUNK_ROOM = KEEL_CHUNK_CANDIDATES + 128 };

#define KEEL_SPARSEMAX_TYPES(scalar, suffix)                                                             \
  /* A part of a row, `begin` and `end` given, and what is found there. */                               \
  typedef struct {                                                                                       \
    size_t begin, end;                                                                                   \
    scalar *values;    /* room for KEEL_CHUNK_ROOM, behind that of the chunk before */                   \
    uint32_t *indices; /* likewise */                                                                    \
    size_t count;      /* candidates; after writing, entries that are not zero */                        \
    scalar maximum, bound;                                                                               \
    int fits;                                                                                            \
  } keel_row_chunk_##suffix;                                                                             \
                                                                                                         \
  /* Derivatives at outputs of which only the entries that are not zero are stored, those of row r at    \
   * offsets[r] ..< offsets[r + 1]. The gradient is dense and must not overlap the cotangent. */         \
  typedef struct {                                                                                       \
    size_t rows, columns;                                                                                \
    const ptrdiff_t *offsets;                                                                            \
    const int32_t *indices;                                                                              \
    const scalar *values;                                                                                \
    const scalar *cotangent;                                                                             \
    size_t cotangent_stride;                                                                             \
    scalar *gradient;                                                                                    \
    size_t gradient_stride;                                                                              \
  } keel_sparse_pullback_##suffix;                                                                       \
                                                                                                         \
  /* Projects rows onto the simplex of radius z >= 0. */                                                 \
  void keel_sparsemax_##suffix(const keel_row_batch_##suffix *batch, scalar z);                          \
                                                                                                         \
  /* Projects rows and appends what is not zero; the output of the batch is not used. Stores the number  \
   * of entries after each row in `ends`. Returns the number of rows done: fewer than there are if the   \
   * capacity does not hold the next one. */                                                             \
  size_t keel_sparsemax_sparse_##suffix(                                                                 \
      const keel_row_batch_##suffix *batch, scalar z, int32_t *indices, scalar *values, size_t capacity, \
      ptrdiff_t *ends);                                                                                  \
                                                                                                         \
  /* One row in chunks. First each is filtered, on any thread; then they are merged, which returns       \
   * whether the row can be done this way: its maximum and z are finite and positive, and the            \
   * candidates fit; then each is written, on any thread. */                                             \
  void keel_sparsemax_filter_##suffix(keel_row_chunk_##suffix *chunk, const scalar *x, scalar z);        \
  int keel_sparsemax_merge_##suffix(                                                                     \
      keel_row_chunk_##suffix *chunks, size_t count, scalar z, keel_row_threshold *threshold);           \
  void keel_sparsemax_write_##suffix(                                                                    \
      keel_row_chunk_##suffix *chunk, const scalar *x, scalar *p, const keel_row_threshold *threshold);  \
                                                                                                         \
  /* Derivatives: g minus its mean over the support, on the support; 0 elsewhere. */                     \
  void keel_sparsemax_pullback_##suffix(const keel_pullback_batch_##suffix *batch);                      \
  void keel_sparsemax_sparse_pullback_##suffix(const keel_sparse_pullback_##suffix *batch);

KEEL_SPARSEMAX_TYPES(double, f64)
KEEL_SPARSEMAX_TYPES(float, f32)
#undef KEEL_SPARSEMAX_TYPES

#endif
