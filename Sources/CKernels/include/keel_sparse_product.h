/* Sparse rows, and products of them with dense matrices.
 *
 * Row r of P has the entries offsets[r] ..< offsets[r + 1] of `indices` (their columns) and `values`.
 * Dense matrices are stored by rows; strides are those between rows. Scalars are float or double, as
 * `scalar_bytes` says: 4 or 8.
 *
 * Every sum has its terms in the order of the entries, or in fixed partial sums, and nothing is fused:
 * the results have the same bits on every instruction set.
 */
#ifndef KEEL_SPARSE_PRODUCT_H
#define KEEL_SPARSE_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  size_t scalar_bytes;
  size_t rows;
  const ptrdiff_t *offsets; /* rows + 1 of them */
  const int32_t *indices;
  const void *values;
} keel_sparse_rows;

/* output = P dense, with `columns` columns. */
void keel_sparse_product(
    const keel_sparse_rows *p, const void *dense, size_t dense_stride, size_t columns, void *output,
    size_t output_stride);

/* output += P^T dense, with `columns` columns. */
void keel_sparse_transposed_product(
    const keel_sparse_rows *p, const void *dense, size_t dense_stride, size_t columns, void *output,
    size_t output_stride);

/* output_e = <left_r, right_i> for each entry e = (r, i) of P, of vectors of `columns` numbers. */
void keel_sparse_inner_products(
    const keel_sparse_rows *p, const void *left, size_t left_stride, const void *right,
    size_t right_stride, size_t columns, void *output);

/* Writes the entries of a row that are not zero (NaN among them) and their places, and returns their
 * number. There must be room for all entries of the row. */
size_t keel_sparse_compress(
    size_t scalar_bytes, const void *row, size_t count, int32_t *indices, void *values);

#endif
