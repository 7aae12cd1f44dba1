/* Sparsemax of rows of two or three entries in place, eight rows across the lanes of registers, which are
 * transposed on the way in and out. The steps and the order of the sums are those of keel_sparsemax, and so
 * are the bits. */

typedef KEEL_REAL V(eight)
    __attribute__((vector_size(8 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));
typedef double V(doubles) __attribute__((vector_size(64)));
typedef int64_t V(masks) __attribute__((vector_size(64)));

/* Rows of any kind, in place. */
KEEL_INLINE void V(project)(KEEL_REAL *rows, size_t count, size_t columns) {
  const S(keel_row_batch) batch = {
      .rows = count, .columns = columns, .input = rows, .input_stride = columns, .output = rows,
      .output_stride = columns};
  if (count > 0) S(keel_sparsemax)(&batch, 1);
}

/* x <- sparsemax of eight rows, column j in x[j]. Returns whether all entries are finite; if not, x is not
 * defined.
 *
 * Newton's method from maximum - 1. In every step but the last an entry drops out, hence as many steps as
 * there are columns. */
KEEL_INLINE int V(solve_tiny)(V(doubles) *x, int columns) {
  V(doubles) m = x[0], t = (V(doubles)){0} - 1, before = (V(doubles)){0} + (double)(columns + 1);
  V(masks) strange = {0};
  KEEL_UNROLL for (int j = 0; j < columns; ++j) {
    V(masks) greater = x[j] > m;
    m = (V(doubles))(((V(masks))x[j] & greater) | ((V(masks))m & ~greater));
    strange |= (x[j] - x[j]) != 0;
  }
  if (KEEL_UNLIKELY(__builtin_reduce_or(strange))) return 0;
  KEEL_UNROLL for (int j = 0; j < columns; ++j) x[j] -= m;
  const V(masks) one = (V(masks))((V(doubles)){0} + 1);
  KEEL_UNROLL for (int step = 0; step < columns; ++step) {
    V(doubles) sum = {0}, count = {0};
    KEEL_UNROLL for (int j = 0; j < columns; ++j) {
      V(masks) above = x[j] > t;
      sum += (V(doubles))((V(masks))x[j] & above);
      count += (V(doubles))(one & above);
    }
    V(masks) fell = (count > 0) & (count < before);
    V(doubles) next = (sum - 1) / count;
    t = (V(doubles))(((V(masks))next & fell) | ((V(masks))t & ~fell));
    before = count;
  }
  KEEL_UNROLL for (int j = 0; j < columns; ++j) {
    x[j] -= t;
    x[j] = (V(doubles))((V(masks))x[j] & (x[j] > 0));
  }
  return 1;
}

/* As many rows as fill the lanes. Returns their number. */
static size_t V(project_rows_2)(KEEL_REAL *rows, size_t count) {
  size_t r = 0;
  for (; r + 8 <= count; r += 8) {
    V(eight) *part = (V(eight) *)(rows + 2 * r), a = part[0], b = part[1];
    V(doubles) x[2] = {
        __builtin_convertvector(__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14), V(doubles)),
        __builtin_convertvector(__builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15), V(doubles))};
    if (!V(solve_tiny)(x, 2)) {
      V(project)(rows + 2 * r, 8, 2);
      continue;
    }
    V(eight) p = __builtin_convertvector(x[0], V(eight)), q = __builtin_convertvector(x[1], V(eight));
    part[0] = __builtin_shufflevector(p, q, 0, 8, 1, 9, 2, 10, 3, 11);
    part[1] = __builtin_shufflevector(p, q, 4, 12, 5, 13, 6, 14, 7, 15);
  }
  return r;
}

static size_t V(project_rows_3)(KEEL_REAL *rows, size_t count) {
  size_t r = 0;
  for (; r + 8 <= count; r += 8) {
    V(eight) *part = (V(eight) *)(rows + 3 * r), a = part[0], b = part[1], c = part[2];
    V(doubles) x[3];
#define KEEL_COLUMN(j, x, y, ...) \
  x[j] = __builtin_convertvector(__builtin_shufflevector(y, c, __VA_ARGS__), V(doubles))
    V(eight) first = __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, -1, -1);
    V(eight) second = __builtin_shufflevector(a, b, 1, 4, 7, 10, 13, -1, -1, -1);
    V(eight) third = __builtin_shufflevector(a, b, 2, 5, 8, 11, 14, -1, -1, -1);
    KEEL_COLUMN(0, x, first, 0, 1, 2, 3, 4, 5, 10, 13);
    KEEL_COLUMN(1, x, second, 0, 1, 2, 3, 4, 8, 11, 14);
    KEEL_COLUMN(2, x, third, 0, 1, 2, 3, 4, 9, 12, 15);
#undef KEEL_COLUMN
    if (!V(solve_tiny)(x, 3)) {
      V(project)(rows + 3 * r, 8, 3);
      continue;
    }
    V(eight) p = __builtin_convertvector(x[0], V(eight)), q = __builtin_convertvector(x[1], V(eight));
    V(eight) s = __builtin_convertvector(x[2], V(eight));
    V(eight) low = __builtin_shufflevector(p, q, 0, 8, -1, 1, 9, -1, 2, 10);
    V(eight) middle = __builtin_shufflevector(p, q, -1, 3, 11, -1, 4, 12, -1, 5);
    V(eight) high = __builtin_shufflevector(p, q, 13, -1, 6, 14, -1, 7, 15, -1);
    part[0] = __builtin_shufflevector(low, s, 0, 1, 8, 3, 4, 9, 6, 7);
    part[1] = __builtin_shufflevector(middle, s, 10, 1, 2, 11, 4, 5, 12, 7);
    part[2] = __builtin_shufflevector(high, s, 0, 13, 2, 3, 14, 5, 6, 15);
  }
  return r;
}
