#include "keel_transfer.h"

#include "../runtime/dispatch.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline))
#define KEEL_UNROLL _Pragma("clang loop unroll(full)")

/* One inclusion an instruction set and scalar. A block is 64 bytes whatever the registers, so that
 * all variants have the same partial sums; KEEL_PANEL rows have their partial sums in registers. */
#define KEEL_JOIN(name, scalar, suffix) name##_##scalar##_##suffix
#define KEEL_NAME(name, scalar, suffix) KEEL_JOIN(name, scalar, suffix)
#define V(name) KEEL_NAME(name, KEEL_SCALAR, KEEL_SUFFIX)
#define KEEL_TYPE_JOIN(name, scalar) name##_##scalar
#define KEEL_TYPE_NAME(name, scalar) KEEL_TYPE_JOIN(name, scalar)
#define S(name) KEEL_TYPE_NAME(name, KEEL_SCALAR)

#define KEEL_SUFFIX portable
#define KEEL_PANEL 2
#include "transfer_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_PANEL

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KEEL_SUFFIX avx2
#define KEEL_PANEL 4
#include "transfer_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_PANEL
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))), apply_to = function)
#define KEEL_SUFFIX avx512
#define KEEL_PANEL 8
#define KEEL_MASKS 1
#include "transfer_scalars.h"
#undef KEEL_MASKS
#undef KEEL_SUFFIX
#undef KEEL_PANEL
#pragma clang attribute pop
#endif

void keel_transfer_sweep_f64(const keel_sweep_f64 *sweep) { KEEL_DISPATCH(sweep_f64, sweep) }

void keel_transfer_sweep_f32(const keel_sweep_f32 *sweep) { KEEL_DISPATCH(sweep_f32, sweep) }

void keel_transfer_descend_f64(
    size_t rows, size_t columns, size_t steps, double step, const double *weight,
    const double *target, double *head, double *features, double *gradient, double *workspace) {
  KEEL_DISPATCH(
      descend_f64, rows, columns, steps, step, weight, target, head, features, gradient, workspace)
}

void keel_transfer_descend_f32(
    size_t rows, size_t columns, size_t steps, float step, const float *weight,
    const float *target, float *head, float *features, float *gradient, float *workspace) {
  KEEL_DISPATCH(
      descend_f32, rows, columns, steps, step, weight, target, head, features, gradient, workspace)
}
