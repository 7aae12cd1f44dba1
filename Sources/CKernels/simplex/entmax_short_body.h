/* entmax-1.5 of short rows, sixteen at a time, one a lane: see tile_body.h. */

#define KEEL_TILE(j, half) (*(V(d8) *)(tile + (j) * KEEL_ROWS + 8 * (half)))

/* The roots tau of  sum (z - tau)+^2 = 1,  z = (x - maximum) / 2, of the rows in a tile, by the method of
 * V(quadratic): Newton's until the size of the support stays, then the quadratic formula about its mean. A
 * lane that is done waits for the others, so that its result does not depend on them. The tile becomes z. */
KEEL_INLINE void V(quadratic_tile)(
    double *tile, size_t columns, double *maximum, double *root, int *exceptional) {
  const V(d8) none = {0}, one = none + 1;
  V(d8) m[2], tau[2], before[2], result[2];
  V(i8) unordered[2];
  KEEL_UNROLL for (int h = 0; h < 2; ++h) {
    m[h] = none - INFINITY;
    tau[h] = none - 1;
    before[h] = none;
    unordered[h] = (V(i8)){0};
  }
  for (size_t j = 0; j < columns; ++j)
    KEEL_UNROLL for (int h = 0; h < 2; ++h) {
      V(d8) x = KEEL_TILE(j, h);
      m[h] = KEEL_SELECT_D8(x > m[h], x, m[h]);
      unordered[h] |= x != x;
    }
  KEEL_UNROLL for (int h = 0; h < 2; ++h) unordered[h] |= (m[h] - m[h]) != 0.0;
  for (size_t j = 0; j < columns; ++j)
    KEEL_UNROLL for (int h = 0; h < 2; ++h) KEEL_TILE(j, h) = (KEEL_TILE(j, h) - m[h]) * 0.5;
  KEEL_UNROLL for (int h = 0; h < 2; ++h) result[h] = tau[h];
  for (int round = 0; round < 1000; ++round) {
    V(d8) count[2], first[2], second[2];
    V(i8) moving[2], any = {0};
    KEEL_UNROLL for (int h = 0; h < 2; ++h) count[h] = first[h] = second[h] = none;
    for (size_t j = 0; j < columns; ++j)
      KEEL_UNROLL for (int h = 0; h < 2; ++h) {
        V(d8) t = KEEL_TILE(j, h) - tau[h];
        V(i8) above = t > 0.0;
        t = KEEL_MASK_D8(above, t);
        count[h] += KEEL_MASK_D8(above, one);
        first[h] += t;
        second[h] += t * t;
      }
    KEEL_UNROLL for (int h = 0; h < 2; ++h) {
      moving[h] = (count[h] != before[h]) & ~unordered[h];
      any |= moving[h];
      before[h] = count[h];
    }
    if (!V(any)(&any)) {
      V(d8) mean[2], squares[2];
      KEEL_UNROLL for (int h = 0; h < 2; ++h) {
        mean[h] = tau[h] + first[h] / count[h];
        squares[h] = none;
      }
      for (size_t j = 0; j < columns; ++j)
        KEEL_UNROLL for (int h = 0; h < 2; ++h) {
          V(d8) z = KEEL_TILE(j, h), t = z - mean[h];
          squares[h] += KEEL_MASK_D8(z > tau[h], t * t);
        }
      KEEL_UNROLL for (int h = 0; h < 2; ++h) {
        V(d8) rest = (1 - squares[h]) / count[h];
        result[h] = mean[h] - __builtin_elementwise_sqrt(KEEL_MASK_D8(rest > 0.0, rest));
      }
      for (size_t j = 0; j < columns; ++j)
        KEEL_UNROLL for (int h = 0; h < 2; ++h) {
          V(d8) z = KEEL_TILE(j, h);
          moving[h] |= (z > tau[h]) & (z < result[h] - 4e-16);
        }
      KEEL_UNROLL for (int h = 0; h < 2; ++h) {
        moving[h] &= ~unordered[h];
        any |= moving[h];
      }
      if (!V(any)(&any)) break;
    }
    KEEL_UNROLL for (int h = 0; h < 2; ++h) {
      V(d8) norm = __builtin_elementwise_sqrt(second[h]);
      V(d8) next = tau[h] + (norm - 1) * norm / first[h];
      tau[h] = KEEL_SELECT_D8(moving[h] & (next > tau[h]), next, tau[h]);
    }
  }
  *exceptional = 0;
  KEEL_UNROLL for (int h = 0; h < 2; ++h) {
    KEEL_STORE_D8(maximum + 8 * h, m[h]);
    KEEL_STORE_D8(root + 8 * h, result[h]);
    if (V(any)(&unordered[h]))
      for (int i = 0; i < 8; ++i) *exceptional |= (int)(unordered[h][i] & 1) << (8 * h + i);
  }
}

#undef KEEL_TILE

/* p <- ((x - maximum) / 2 - root)+^2; returns the number of entries that are not zero. */
KEEL_INLINE ptrdiff_t V(write_squares)(
    const KEEL_REAL *x, KEEL_REAL *p, size_t n, double maximum, double root) {
  ptrdiff_t positive = 0;
  size_t i = 0;
  if (n >= 8) {
    V(i8) counts = {0};
    for (; i + 8 <= n; i += 8) {
      V(d8) t;
      V(load8)(&t, x + i);
      t = (t - maximum) * 0.5 - root;
      t = KEEL_MASK_D8(t > 0.0, t);
      t *= t;
      V(store8)(p + i, &t, &counts);
    }
    for (int lane = 0; lane < 8; ++lane) positive += counts[lane];
  }
  for (; i < n; ++i) {
    double t = ((double)x[i] - maximum) * 0.5 - root;
    positive += (p[i] = (KEEL_REAL)(t > 0 ? t * t : 0)) > 0;
  }
  return positive;
}

/* At most sixteen rows of at most KEEL_DIRECT entries. */
KEEL_OUTLINE void V(entmax15_short)(
    const KEEL_REAL *const *inputs, KEEL_REAL *const *outputs, const size_t *lengths, size_t rows,
    keel_row_threshold *thresholds) {
  double tile[KEEL_DIRECT * KEEL_ROWS] __attribute__((aligned(64)));
  double maximum[KEEL_ROWS], root[KEEL_ROWS];
  KEEL_REAL copies[KEEL_ROWS][KEEL_DIRECT];
  const KEEL_REAL *sources[KEEL_ROWS];
  size_t columns = 4;
  int exceptional, uneven = 0;
  for (size_t i = 0; i < rows; ++i) columns = lengths[i] > columns ? lengths[i] : columns;
  for (size_t i = 0; i < rows; ++i) uneven |= lengths[i] != columns;
  for (size_t i = 0; i < KEEL_ROWS; ++i) {
    const size_t row = i < rows ? i : rows - 1;
    sources[i] = inputs[row];
    if (uneven) {
      for (size_t j = 0; j < columns; ++j) copies[i][j] = j < lengths[row] ? inputs[row][j] : -INFINITY;
      sources[i] = copies[i];
    }
  }
  V(fill_tile)(tile, sources, columns);
  V(quadratic_tile)(tile, columns, maximum, root, &exceptional);
  for (size_t i = 0; i < rows; ++i) {
    thresholds[i] = (keel_row_threshold){maximum[i], 2 + 2 * root[i], 0};
    if (KEEL_UNLIKELY(exceptional >> i & 1))
      V(exceptional_row)(inputs[i], outputs[i], lengths[i], &thresholds[i]);
    else
      thresholds[i].support = V(write_squares)(inputs[i], outputs[i], lengths[i], maximum[i], root[i]);
  }
}

/* A batch of rows of at most KEEL_DIRECT entries. */
KEEL_INLINE void V(entmax15_short_rows)(const S(keel_row_batch) * batch) {
  for (size_t r = 0; r < batch->rows; r += KEEL_ROWS) {
    const size_t rows = batch->rows - r < KEEL_ROWS ? batch->rows - r : KEEL_ROWS;
    const KEEL_REAL *inputs[KEEL_ROWS];
    KEEL_REAL *outputs[KEEL_ROWS];
    size_t lengths[KEEL_ROWS];
    keel_row_threshold thresholds[KEEL_ROWS];
    for (size_t i = 0; i < rows; ++i) {
      inputs[i] = batch->input + (r + i) * batch->input_stride;
      outputs[i] = batch->output + (r + i) * batch->output_stride;
      lengths[i] = KEEL_ROW_LENGTH(batch, r + i);
    }
    V(entmax15_short)(inputs, outputs, lengths, rows, thresholds);
    for (size_t i = 0; i < rows; ++i) {
      memset(outputs[i] + lengths[i], 0, (batch->columns - lengths[i]) * sizeof(KEEL_REAL));
      if (batch->thresholds) batch->thresholds[r + i] = thresholds[i];
    }
  }
}
