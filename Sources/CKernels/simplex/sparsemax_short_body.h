/* Rows of at most 128 entries, sixteen at a time: what is above maximum - z is put across the lanes, one row
 * a lane, and Newton's method goes on in all lanes until the numbers of entries left stop falling. */

#include "tile_body.h"

/* The maxima and offsets of sixteen rows in a tile. */
typedef struct {
  double maximum[KEEL_ROWS] __attribute__((aligned(64)));
  double offset[KEEL_ROWS] __attribute__((aligned(64)));
  int exceptional; /* bits of rows with NaN or an infinite maximum */
} V(lanes);

#define KEEL_TILE(j, half) (*(const V(doubles) *)(tile + (j) * KEEL_ROWS + 8 * (half)))
#define KEEL_SELECT(mask, x) ((V(doubles))((V(masks))(x) & (mask)))

/* Newton's method in all lanes. Sums are those of V(sum): added in the order of the columns. */
KEEL_INLINE void V(solve_tile)(const double *tile, size_t columns, double z, V(lanes) *lanes) {
  V(doubles) m[2], t[2], before[2];
  const V(doubles) one = (V(doubles)){0} + 1;
  V(masks) unordered[2] = {{0}, {0}};
  KEEL_UNROLL for (int h = 0; h < 2; ++h) m[h] = (V(doubles)){0} - INFINITY;
  for (size_t j = 0; j < columns; ++j) {
    KEEL_UNROLL for (int h = 0; h < 2; ++h) {
      V(doubles) x = KEEL_TILE(j, h);
      V(masks) greater = x > m[h];
      m[h] = (V(doubles))(((V(masks))x & greater) | ((V(masks))m[h] & ~greater));
      unordered[h] |= x != x;
    }
  }
  KEEL_UNROLL for (int h = 0; h < 2; ++h) {
    t[h] = (V(doubles)){0} - z;
    before[h] = (V(doubles)){0} + (double)(columns + 1);
    unordered[h] |= (m[h] - m[h]) != 0;
  }
  for (;;) {
    V(doubles) sum[2] = {{0}, {0}}, count[2] = {{0}, {0}};
    for (size_t j = 0; j < columns; ++j) {
      KEEL_UNROLL for (int h = 0; h < 2; ++h) {
        V(doubles) v = KEEL_TILE(j, h) - m[h];
        V(masks) above = v > t[h];
        sum[h] += KEEL_SELECT(above, v);
        count[h] += KEEL_SELECT(above, one);
      }
    }
    V(masks) any_fell = {0};
    KEEL_UNROLL for (int h = 0; h < 2; ++h) {
      /* A lane rests as soon as nothing drops out: rounding could let an entry that is on the threshold come
       * back, and drop out again for ever. */
      V(masks) fell = (count[h] > 0) & (count[h] < before[h]);
      V(doubles) next = (sum[h] - z) / count[h];
      t[h] = (V(doubles))(((V(masks))next & fell) | ((V(masks))t[h] & ~fell));
      before[h] = (V(doubles))(((V(masks))count[h] & fell) | ((V(masks))before[h] & ~fell));
      any_fell |= fell;
    }
    if (!V(any)(&any_fell)) break;
  }
  lanes->exceptional = 0;
  KEEL_UNROLL for (int h = 0; h < 2; ++h) {
    *(V(doubles) *)(lanes->maximum + 8 * h) = m[h];
    *(V(doubles) *)(lanes->offset + 8 * h) = t[h];
    if (V(any)(&unordered[h]))
      for (int i = 0; i < 8; ++i) lanes->exceptional |= (int)(unordered[h][i] & 1) << (8 * h + i);
  }
}

#undef KEEL_TILE
#undef KEEL_SELECT

/* Rows that fit, as long as they are enough for the lanes. Returns their number. */
static size_t V(project_short_rows)(const S(keel_row_batch) *batch, KEEL_REAL z) {
  if (batch->columns > KEEL_SHORT || batch->columns == 0 || !(z > 0)) return 0;
  double tile[KEEL_SHORT * KEEL_ROWS] __attribute__((aligned(64)));
  KEEL_REAL copies[KEEL_ROWS][KEEL_SHORT + KEEL_BLOCK];
  const size_t columns = batch->columns;
  size_t r = 0;
  for (; r + KEEL_ROWS / 4 <= batch->rows; r += KEEL_ROWS) {
    const size_t rows = batch->rows - r < KEEL_ROWS ? batch->rows - r : KEEL_ROWS;
    const KEEL_REAL *sources[KEEL_ROWS];
    size_t lengths[KEEL_ROWS], tall = 4;
    for (size_t i = 0; i < KEEL_ROWS; ++i) {
      const size_t row = r + (i < rows ? i : rows - 1);
      sources[i] = batch->input + row * batch->input_stride;
      lengths[i] = batch->lengths ? (size_t)batch->lengths[row] : columns;
    }
    if (columns >= 4 && columns <= KEEL_DIRECT && !batch->lengths) {
      V(fill_tile)(tile, sources, tall = columns);
    } else {
      const KEEL_REAL *starts[KEEL_ROWS];
      size_t counts[KEEL_ROWS];
      for (size_t i = 0; i < KEEL_ROWS; ++i) {
        KEEL_REAL *copy = copies[i];
        const KEEL_REAL m = V(largest)(sources[i], lengths[i]);
        counts[i] = V(copy_candidates)(copy, sources[i], lengths[i], m, z);
        STORE(copy + counts[i], SPLAT(-INFINITY));
        if (counts[i] > tall) tall = counts[i];
        starts[i] = copy;
      }
      for (size_t i = 0; i < KEEL_ROWS; ++i)
        for (size_t j = counts[i] + KEEL_WIDTH; j < tall; j += KEEL_WIDTH)
          STORE(copies[i] + j, SPLAT(-INFINITY));
      V(fill_tile)(tile, starts, tall);
    }
    V(lanes) lanes;
    V(solve_tile)(tile, tall, z, &lanes);
    for (size_t i = 0; i < rows; ++i) {
      keel_row_threshold threshold = {lanes.maximum[i], lanes.offset[i], 0};
      KEEL_REAL *p = batch->output + (r + i) * batch->output_stride;
      if (KEEL_UNLIKELY(lanes.exceptional >> i & 1)) {
        const KEEL_REAL m = V(checked_maximum)(sources[i], lengths[i]);
        const size_t support = V(write_exceptional)(sources[i], p, lengths[i], m, z);
        threshold = (keel_row_threshold){m, 0, (ptrdiff_t)support};
      } else {
        threshold.support =
            (ptrdiff_t)V(write_row)(sources[i], p, lengths[i], lanes.maximum[i], lanes.offset[i]);
      }
      if (lengths[i] < columns) memset(p + lengths[i], 0, (columns - lengths[i]) * sizeof(KEEL_REAL));
      if (batch->thresholds) batch->thresholds[r + i] = threshold;
    }
  }
  return r < batch->rows ? r : batch->rows;
}
