/* The kernels of keel_sparse_product.h for one instruction set and scalar. V(name) names the variant,
 * KEEL_REAL is the scalar and KEEL_LANES their number in a block of 64 bytes. */

typedef KEEL_REAL V(block) __attribute__((vector_size(64)));
typedef KEEL_REAL V(stored) __attribute__((vector_size(64), aligned(sizeof(KEEL_REAL)), may_alias));

#define LOAD(address) ((V(block))*(const V(stored) *)(address))
#define STORE(address, block) (*(V(stored) *)(address) = (block))

/* `blocks` blocks of columns of one row of P dense: sums stay in registers while the entries go by. */
KEEL_INLINE void V(combine)(
    const int blocks, size_t count, const int32_t *indices, const KEEL_REAL *values,
    const KEEL_REAL *dense, size_t stride, KEEL_REAL *output) {
  V(block) sums[KEEL_BLOCKS];
  KEEL_UNROLL for (int b = 0; b < blocks; ++b) sums[b] = (V(block)){0};
  for (size_t e = 0; e < count; ++e) {
    const KEEL_REAL *row = dense + (size_t)indices[e] * stride;
    KEEL_UNROLL for (int b = 0; b < blocks; ++b) sums[b] += values[e] * LOAD(row + b * KEEL_LANES);
  }
  KEEL_UNROLL for (int b = 0; b < blocks; ++b) STORE(output + b * KEEL_LANES, sums[b]);
}

static void V(product)(
    const keel_sparse_rows *p, const void *dense, size_t stride, size_t columns, void *output,
    size_t output_stride) {
  for (size_t r = 0; r < p->rows; ++r) {
    const size_t start = (size_t)p->offsets[r], count = (size_t)p->offsets[r + 1] - start;
    const int32_t *indices = p->indices + start;
    const KEEL_REAL *values = (const KEEL_REAL *)p->values + start;
    const KEEL_REAL *rows = dense;
    KEEL_REAL *target = (KEEL_REAL *)output + r * output_stride;
    size_t j = 0;
    for (; j + KEEL_BLOCKS * KEEL_LANES <= columns; j += KEEL_BLOCKS * KEEL_LANES)
      V(combine)(KEEL_BLOCKS, count, indices, values, rows + j, stride, target + j);
    for (; j + KEEL_LANES <= columns; j += KEEL_LANES)
      V(combine)(1, count, indices, values, rows + j, stride, target + j);
    if (j < columns) {
      KEEL_REAL sums[KEEL_LANES] = {0};
      for (size_t e = 0; e < count; ++e) {
        const KEEL_REAL *row = rows + (size_t)indices[e] * stride + j;
        for (size_t i = 0; i < columns - j; ++i) sums[i] += values[e] * row[i];
      }
      for (size_t i = 0; i < columns - j; ++i) target[j + i] = sums[i];
    }
  }
}

static void V(transposed_product)(
    const keel_sparse_rows *p, const void *dense, size_t stride, size_t columns, void *output,
    size_t output_stride) {
  for (size_t r = 0; r < p->rows; ++r) {
    const KEEL_REAL *row = (const KEEL_REAL *)dense + r * stride;
    for (ptrdiff_t e = p->offsets[r]; e < p->offsets[r + 1]; ++e) {
      const KEEL_REAL value = ((const KEEL_REAL *)p->values)[e];
      KEEL_REAL *target = (KEEL_REAL *)output + (size_t)p->indices[e] * output_stride;
      size_t j = 0;
      for (; j + KEEL_LANES <= columns; j += KEEL_LANES)
        STORE(target + j, LOAD(target + j) + value * LOAD(row + j));
      for (; j < columns; ++j) target[j] += value * row[j];
    }
  }
}

/* The inner product of two vectors, in KEEL_BLOCKS blocks of partial sums. */
KEEL_INLINE KEEL_REAL V(dot)(const KEEL_REAL *x, const KEEL_REAL *y, size_t count) {
  V(block) sums[KEEL_BLOCKS];
  KEEL_UNROLL for (int b = 0; b < KEEL_BLOCKS; ++b) sums[b] = (V(block)){0};
  size_t j = 0;
  for (; j + KEEL_BLOCKS * KEEL_LANES <= count; j += KEEL_BLOCKS * KEEL_LANES)
    KEEL_UNROLL for (int b = 0; b < KEEL_BLOCKS; ++b)
      sums[b] += LOAD(x + j + b * KEEL_LANES) * LOAD(y + j + b * KEEL_LANES);
  for (; j + KEEL_LANES <= count; j += KEEL_LANES) sums[0] += LOAD(x + j) * LOAD(y + j);
  KEEL_UNROLL for (int half = KEEL_BLOCKS / 2; half > 0; half /= 2)
    KEEL_UNROLL for (int b = 0; b < half; ++b) sums[b] += sums[b + half];
  KEEL_REAL lanes[KEEL_LANES];
  STORE(lanes, sums[0]);
  KEEL_UNROLL for (int half = KEEL_LANES / 2; half > 0; half /= 2)
    KEEL_UNROLL for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  KEEL_REAL sum = lanes[0];
  for (; j < count; ++j) sum += x[j] * y[j];
  return sum;
}

static void V(inner_products)(
    const keel_sparse_rows *p, const void *left, size_t left_stride, const void *right,
    size_t right_stride, size_t columns, void *output) {
  for (size_t r = 0; r < p->rows; ++r) {
    const KEEL_REAL *x = (const KEEL_REAL *)left + r * left_stride;
    for (ptrdiff_t e = p->offsets[r]; e < p->offsets[r + 1]; ++e)
      ((KEEL_REAL *)output)[e] =
          V(dot)(x, (const KEEL_REAL *)right + (size_t)p->indices[e] * right_stride, columns);
  }
}

#undef LOAD
#undef STORE
