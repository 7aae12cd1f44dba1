#include "keel_sparse_product.h"

/* A block is 64 bytes whatever the registers, so that all variants have the same partial sums; four of
 * them hide the latency of an addition. */
#define KEEL_LANES (64 / (int)sizeof(KEEL_REAL))
#define KEEL_GROUP 4

#define KEEL_BODY "sparse_product_body.h"
#include "variants.h"

/* Chooses the scalar, then the instruction set. */
#define KEEL_DISPATCH_SCALAR(bytes, name, ...) \
  if ((bytes) == sizeof(float)) {              \
    KEEL_DISPATCH(name##_f32, __VA_ARGS__)     \
  } else {                                     \
    KEEL_DISPATCH(name##_f64, __VA_ARGS__)     \
  }

void keel_sparse_product(
    const keel_sparse_rows *p, const void *dense, size_t dense_stride, size_t columns, void *output,
    size_t output_stride) {
  KEEL_DISPATCH_SCALAR(p->scalar_bytes, product, p, dense, dense_stride, columns, output, output_stride)
}

void keel_sparse_transposed_product(
    const keel_sparse_rows *p, const void *dense, size_t dense_stride, size_t columns, void *output,
    size_t output_stride) {
  KEEL_DISPATCH_SCALAR(
      p->scalar_bytes, transposed_product, p, dense, dense_stride, columns, output, output_stride)
}

void keel_sparse_inner_products(
    const keel_sparse_rows *p, const void *left, size_t left_stride, const void *right,
    size_t right_stride, size_t columns, void *output) {
  KEEL_DISPATCH_SCALAR(
      p->scalar_bytes, inner_products, p, left, left_stride, right, right_stride, columns, output)
}

static void compress(
    size_t scalar_bytes, const void *row, size_t count, int32_t *indices, void *values, size_t *found) {
  KEEL_DISPATCH_SCALAR(scalar_bytes, compress, row, count, indices, values, found)
}

size_t keel_sparse_compress(
    size_t scalar_bytes, const void *row, size_t count, int32_t *indices, void *values) {
  size_t found = 0;
  compress(scalar_bytes, row, count, indices, values, &found);
  return found;
}
