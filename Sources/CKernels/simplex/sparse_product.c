#include "keel_sparse_product.h"

#include "../runtime/dispatch.h"

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline))
#define KEEL_UNROLL _Pragma("clang loop unroll(full)")

/* One inclusion an instruction set and scalar. A block is 64 bytes whatever the registers, so that all
 * variants have the same partial sums; four of them hide the latency of an addition. */
#define KEEL_BLOCKS 4
#define KEEL_JOIN(name, scalar, suffix) name##_##scalar##_##suffix
#define KEEL_NAME(name, scalar, suffix) KEEL_JOIN(name, scalar, suffix)
#define V(name) KEEL_NAME(name, KEEL_SCALAR, KEEL_SUFFIX)

#define KEEL_SUFFIX portable
#include "sparse_product_scalars.h"
#undef KEEL_SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KEEL_SUFFIX avx2
#include "sparse_product_scalars.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))), apply_to = function)
#define KEEL_SUFFIX avx512
#include "sparse_product_scalars.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop
#endif

/* Chooses the scalar, then the instruction set. */
#define KEEL_DISPATCH_SCALAR(name, ...)                                     \
  if (p->scalar_bytes == sizeof(float)) { KEEL_DISPATCH(name##_f32, __VA_ARGS__) } \
  else { KEEL_DISPATCH(name##_f64, __VA_ARGS__) }

void keel_sparse_product(
    const keel_sparse_rows *p, const void *dense, size_t dense_stride, size_t columns, void *output,
    size_t output_stride) {
  KEEL_DISPATCH_SCALAR(product, p, dense, dense_stride, columns, output, output_stride)
}

void keel_sparse_transposed_product(
    const keel_sparse_rows *p, const void *dense, size_t dense_stride, size_t columns, void *output,
    size_t output_stride) {
  KEEL_DISPATCH_SCALAR(transposed_product, p, dense, dense_stride, columns, output, output_stride)
}

void keel_sparse_inner_products(
    const keel_sparse_rows *p, const void *left, size_t left_stride, const void *right,
    size_t right_stride, size_t columns, void *output) {
  KEEL_DISPATCH_SCALAR(inner_products, p, left, left_stride, right, right_stride, columns, output)
}
