/* The kernels of keel_sparse_product.h for one instruction set and scalar; see variants.h. A block has
 * KEEL_LANES scalars, a group KEEL_GROUP blocks. */

typedef KEEL_REAL V(block) __attribute__((vector_size(64)));
typedef KEEL_REAL V(stored) __attribute__((vector_size(64), aligned(sizeof(KEEL_REAL)), may_alias));

/* A block as integers. */
#if KEEL_DOUBLE
typedef uint64_t V(bits) __attribute__((vector_size(64)));
typedef uint64_t V(stored_bits) __attribute__((vector_size(64), aligned(8), may_alias));
#else
typedef uint32_t V(bits) __attribute__((vector_size(64)));
typedef uint32_t V(stored_bits) __attribute__((vector_size(64), aligned(4), may_alias));
#endif

#define LOAD(address) ((V(block))*(const V(stored) *)(address))
#define STORE(address, block) (*(V(stored) *)(address) = (block))

/* `blocks` blocks of columns of one row of P dense: sums stay in registers while the entries go by. */
KEEL_INLINE void V(combine)(
    const int blocks, size_t count, const int32_t *indices, const KEEL_REAL *values,
    const KEEL_REAL *dense, size_t stride, KEEL_REAL *output) {
  V(block) sums[KEEL_GROUP];
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
    for (; j + KEEL_GROUP * KEEL_LANES <= columns; j += KEEL_GROUP * KEEL_LANES)
      V(combine)(KEEL_GROUP, count, indices, values, rows + j, stride, target + j);
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

/* The inner product of two vectors, in KEEL_GROUP blocks of partial sums. */
KEEL_INLINE KEEL_REAL V(dot)(const KEEL_REAL *x, const KEEL_REAL *y, size_t count) {
  V(block) sums[KEEL_GROUP];
  KEEL_UNROLL for (int b = 0; b < KEEL_GROUP; ++b) sums[b] = (V(block)){0};
  size_t j = 0;
  for (; j + KEEL_GROUP * KEEL_LANES <= count; j += KEEL_GROUP * KEEL_LANES)
    KEEL_UNROLL for (int b = 0; b < KEEL_GROUP; ++b)
      sums[b] += LOAD(x + j + b * KEEL_LANES) * LOAD(y + j + b * KEEL_LANES);
  for (; j + KEEL_LANES <= count; j += KEEL_LANES) sums[0] += LOAD(x + j) * LOAD(y + j);
  KEEL_UNROLL for (int half = KEEL_GROUP / 2; half > 0; half /= 2)
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

/* Whether all entries of some blocks are zero: their bits are, but for the signs. */
KEEL_INLINE int V(is_zero)(const int blocks, const KEEL_REAL *source) {
  V(bits) any = *(const V(stored_bits) *)source;
  KEEL_UNROLL for (int b = 1; b < blocks; ++b) any |= *(const V(stored_bits) *)(source + b * KEEL_LANES);
  return __builtin_reduce_or(any + any) == 0;
}

static void V(compress)(
    const void *row, size_t count, int32_t *indices, void *values, size_t *found) {
  const KEEL_REAL *x = row;
  KEEL_REAL *kept = values;
  size_t n = 0, i = 0;
  while (i < count) {
    /* Most blocks of a sparse row are zero. */
    const size_t left = count - i;
    if (left >= KEEL_GROUP * KEEL_LANES && V(is_zero)(KEEL_GROUP, x + i)) {
      i += KEEL_GROUP * KEEL_LANES;
      continue;
    }
    const size_t end = left < KEEL_GROUP * KEEL_LANES ? count : i + KEEL_GROUP * KEEL_LANES;
    while (i < end) {
      const size_t stop = end - i < KEEL_LANES ? end : i + KEEL_LANES;
      if (stop - i == KEEL_LANES && V(is_zero)(1, x + i)) {
        i = stop;
        continue;
      }
      /* Every entry is written, and those that are zero are written over. */
      for (; i < stop; ++i) {
        indices[n] = (int32_t)i;
        kept[n] = x[i];
        n += x[i] != 0;
      }
    }
  }
  *found = n;
}

#undef LOAD
#undef STORE
