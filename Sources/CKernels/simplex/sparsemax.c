#include "keel_sparsemax.h"

#define KEEL_BODY "sparsemax_body.h"
#include "variants.h"

/* The functions of the header for one scalar. KEEL_DISPATCH returns, hence a function for what is stored. */
#define KEEL_SPARSEMAX(scalar, suffix)                                                                       \
  void keel_sparsemax_##suffix(const keel_row_batch_##suffix *batch, scalar z) {                             \
    KEEL_DISPATCH(sparsemax_##suffix, batch, z)                                                              \
  }                                                                                                          \
                                                                                                             \
  static void sparse_##suffix(                                                                               \
      const keel_row_batch_##suffix *batch, scalar z, int32_t *indices, scalar *values, size_t capacity,     \
      ptrdiff_t *ends, size_t *done) {                                                                       \
    KEEL_DISPATCH(sparsemax_sparse_##suffix, batch, z, indices, values, capacity, ends, done)                \
  }                                                                                                          \
                                                                                                             \
  size_t keel_sparsemax_sparse_##suffix(                                                                     \
      const keel_row_batch_##suffix *batch, scalar z, int32_t *indices, scalar *values, size_t capacity,     \
      ptrdiff_t *ends) {                                                                                     \
    size_t done = 0;                                                                                         \
    sparse_##suffix(batch, z, indices, values, capacity, ends, &done);                                       \
    return done;                                                                                             \
  }                                                                                                          \
                                                                                                             \
  void keel_sparsemax_filter_##suffix(keel_row_chunk_##suffix *chunk, const scalar *x, scalar z) {           \
    KEEL_DISPATCH(sparsemax_filter_##suffix, chunk, x, z)                                                    \
  }                                                                                                          \
                                                                                                             \
  static void merge_##suffix(                                                                                \
      keel_row_chunk_##suffix *chunks, size_t count, scalar z, keel_row_threshold *threshold, int *fits) {   \
    KEEL_DISPATCH(sparsemax_merge_##suffix, chunks, count, z, threshold, fits)                               \
  }                                                                                                          \
                                                                                                             \
  int keel_sparsemax_merge_##suffix(                                                                         \
      keel_row_chunk_##suffix *chunks, size_t count, scalar z, keel_row_threshold *threshold) {              \
    int fits = 0;                                                                                            \
    merge_##suffix(chunks, count, z, threshold, &fits);                                                      \
    return fits;                                                                                             \
  }                                                                                                          \
                                                                                                             \
  void keel_sparsemax_write_##suffix(                                                                        \
      keel_row_chunk_##suffix *chunk, const scalar *x, scalar *p, const keel_row_threshold *threshold) {     \
    KEEL_DISPATCH(sparsemax_write_##suffix, chunk, x, p, threshold)                                          \
  }                                                                                                          \
                                                                                                             \
  void keel_sparsemax_pullback_##suffix(const keel_pullback_batch_##suffix *batch) {                         \
    KEEL_DISPATCH(sparsemax_pullback_##suffix, batch)                                                        \
  }                                                                                                          \
                                                                                                             \
  void keel_sparsemax_sparse_pullback_##suffix(const keel_sparse_pullback_##suffix *batch) {                 \
    KEEL_DISPATCH(sparsemax_sparse_pullback_##suffix, batch)                                                 \
  }

KEEL_SPARSEMAX(double, f64)
KEEL_SPARSEMAX(float, f32)
