#include "keel_loss.h"

#include <stdint.h>
#include <string.h>

#include "../runtime/dispatch.h"

/* The same bits on every instruction set: no fused multiply-add that only some have. */
#pragma clang fp contract(off)

#define LANES 16
typedef double wide __attribute__((vector_size(LANES * sizeof(double)), aligned(8)));
typedef int64_t wide_bits __attribute__((vector_size(LANES * sizeof(int64_t)), aligned(8)));

#define JOIN(base, scalar, set) base##_##scalar##_##set
#define EXPAND(base, scalar, set) JOIN(base, scalar, set)
#define NAME(base) EXPAND(base, SUFFIX, SET)

#define SET portable
#define TARGET
#include "loss_scalars.h"
#undef SET
#undef TARGET

#if defined(__x86_64__)
#define SET avx2
#define TARGET __attribute__((target("avx2,fma")))
#include "loss_scalars.h"
#undef SET
#undef TARGET

#define SET avx512
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#include "loss_scalars.h"
#undef SET
#undef TARGET
#endif

#define DEFINE(scalar, suffix)                                                                            \
  void keel_loss_sum_of_squares_##suffix(size_t n, const scalar *p, double *result) {                     \
    KEEL_DISPATCH(keel_loss_sum_of_squares_##suffix, n, p, result)                                        \
  }                                                                                                       \
  void keel_loss_sum_of_root_cubes_##suffix(size_t n, const scalar *p, double *result) {                  \
    KEEL_DISPATCH(keel_loss_sum_of_root_cubes_##suffix, n, p, result)                                     \
  }                                                                                                       \
  void keel_loss_dot_##suffix(size_t n, const scalar *p, const scalar *x, double shift, double *result) { \
    KEEL_DISPATCH(keel_loss_dot_##suffix, n, p, x, shift, result)                                         \
  }                                                                                                       \
  void keel_loss_scale_##suffix(size_t n, scalar *p, scalar scale) {                                      \
    KEEL_DISPATCH(keel_loss_scale_##suffix, n, p, scale)                                                  \
  }                                                                                                       \
  void keel_loss_subtract_##suffix(size_t n, scalar *p, const scalar *y, scalar scale) {                  \
    KEEL_DISPATCH(keel_loss_subtract_##suffix, n, p, y, scale)                                            \
  }

DEFINE(double, f64)
DEFINE(float, f32)
