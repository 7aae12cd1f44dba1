#include "keel_entmax.h"

#define KEEL_BODY "entmax_body.h"
#include "variants.h"

#define KEEL_ENTMAX_DEFINITIONS(scalar, suffix)                                                            \
  size_t keel_entmax_workspace_##suffix(size_t columns) { return room_bytes_##suffix##_portable(columns); } \
                                                                                                           \
  void keel_entmax_##suffix(const keel_row_batch_##suffix *batch, double alpha, void *workspace) {         \
    KEEL_DISPATCH(entmax_##suffix, batch, alpha, workspace)                                                \
  }                                                                                                        \
                                                                                                           \
  void keel_normmax_##suffix(const keel_row_batch_##suffix *batch, double alpha, void *workspace) {        \
    KEEL_DISPATCH(normmax_##suffix, batch, alpha, workspace)                                               \
  }                                                                                                        \
                                                                                                           \
  void keel_entmax_pullback_##suffix(                                                                      \
      const keel_pullback_batch_##suffix *batch, double alpha, void *workspace) {                          \
    KEEL_DISPATCH(entmax_pullback_##suffix, batch, alpha, workspace)                                       \
  }                                                                                                        \
                                                                                                           \
  void keel_normmax_pullback_##suffix(                                                                     \
      const keel_pullback_batch_##suffix *batch, double alpha, void *workspace) {                          \
    KEEL_DISPATCH(normmax_pullback_##suffix, batch, alpha, workspace)                                      \
  }                                                                                                        \
                                                                                                           \
  void keel_entmax_alpha_##suffix(                                                                         \
      const keel_pullback_batch_##suffix *batch, double alpha, double *products, void *workspace) {        \
    KEEL_DISPATCH(entmax_alpha_##suffix, batch, alpha, products, workspace)                                \
  }                                                                                                        \
                                                                                                           \
  size_t keel_entmax_sparse_##suffix(                                                                      \
      const keel_row_batch_##suffix *batch, double alpha, int32_t *indices, scalar *values,                \
      size_t capacity, ptrdiff_t *ends, void *workspace) {                                                 \
    size_t done = 0;                                                                                       \
    KEEL_SPARSE_ROWS(suffix)                                                                               \
    return done;                                                                                           \
  }

/* KEEL_DISPATCH returns without a value. */
#if defined(__x86_64__)
#define KEEL_SPARSE_ROWS(suffix)                                                                           \
  switch (keel_instruction_set()) {                                                                        \
    case KEEL_AVX512:                                                                                      \
      done = entmax_sparse_##suffix##_avx512(batch, alpha, indices, values, capacity, ends, workspace);    \
      break;                                                                                               \
    case KEEL_AVX2:                                                                                        \
      done = entmax_sparse_##suffix##_avx2(batch, alpha, indices, values, capacity, ends, workspace);      \
      break;                                                                                               \
    default:                                                                                               \
      done = entmax_sparse_##suffix##_portable(batch, alpha, indices, values, capacity, ends, workspace);  \
  }
#else
#define KEEL_SPARSE_ROWS(suffix)                                                                           \
  done = entmax_sparse_##suffix##_portable(batch, alpha, indices, values, capacity, ends, workspace);
#endif

KEEL_ENTMAX_DEFINITIONS(double, f64)
KEEL_ENTMAX_DEFINITIONS(float, f32)
