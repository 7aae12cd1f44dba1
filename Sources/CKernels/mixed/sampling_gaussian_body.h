/* Gaussian-Sparsemax samples for one instruction set and scalar: normals, scaled and projected where they
 * are written, as many rows at a time as stay in the first-level cache. */

#define KEEL_TILE 4096 / (int)(sizeof(KEEL_REAL) / 4) /* entries of some rows: 16 KiB */
#define KEEL_ROWS 16
#define KEEL_REPEATED 64 /* entries of rows whose parameters are repeated, to be read in whole registers */

/* Normals number index, index + 1, ... of a source. */
static void V(fill_normals)(KEEL_REAL *out, size_t count, const keel_normals *source, size_t index) {
  const size_t in_block = 16 / sizeof(KEEL_REAL);
  uint64_t block = source->first + (source->skip + index) / in_block;
  const size_t begun = (source->skip + index) % in_block;
  KEEL_REAL part[16 / sizeof(KEEL_REAL)];
  if (begun) {
    const size_t rest = in_block - begun < count ? in_block - begun : count;
    S(keel_random_normal)(source->key, source->nonce, block++, 1, part);
    memcpy(out, part + begun, rest * sizeof(KEEL_REAL));
    out += rest;
    count -= rest;
  }
  const size_t blocks = count / in_block;
  S(keel_random_normal)(source->key, source->nonce, block, blocks, out);
  if (count % in_block) {
    S(keel_random_normal)(source->key, source->nonce, block + blocks, 1, part);
    memcpy(out + blocks * in_block, part, count % in_block * sizeof(KEEL_REAL));
  }
}

KEEL_INLINE void V(scale)(
    KEEL_REAL *restrict x, const KEEL_REAL *restrict mean, const KEEL_REAL *restrict deviation, size_t n) {
  for (size_t i = 0; i < n; ++i) x[i] = mean[i] + deviation[i] * x[i];
}

/* The parameters of sixteen rows, one behind the other, or NULL if they are not. */
KEEL_INLINE const KEEL_REAL *V(sixteen_rows)(
    const KEEL_REAL *parameters, size_t stride, size_t columns, size_t row, KEEL_REAL *copies) {
  if (stride == columns) return parameters + row * stride;
  if (stride != 0 || columns > KEEL_REPEATED) return NULL;
  if (row == 0)
    for (size_t i = 0; i < KEEL_ROWS; ++i) memcpy(copies + i * columns, parameters, columns * sizeof *copies);
  return copies;
}

#include "sampling_tiny_rows_body.h"

static void V(gaussian_sparsemax)(
    const S(keel_gaussian_rows) *law, const keel_normals *normals, KEEL_REAL *output) {
  const size_t columns = law->columns;
  if (columns == 0) return;
  KEEL_REAL mean_copies[KEEL_ROWS * KEEL_REPEATED], deviation_copies[KEEL_ROWS * KEEL_REPEATED];
  size_t tall = KEEL_TILE / columns;
  tall = tall < KEEL_ROWS ? KEEL_ROWS : tall - tall % KEEL_ROWS;
  if (columns > KEEL_TILE) tall = 1;
  for (size_t first = 0; first < law->rows; first += tall) {
    const size_t rows = law->rows - first < tall ? law->rows - first : tall;
    KEEL_REAL *tile = output + first * columns;
    V(fill_normals)(tile, rows * columns, normals, first * columns);
    for (size_t r = 0; r < rows; r += KEEL_ROWS) {
      const size_t some = rows - r < KEEL_ROWS ? rows - r : KEEL_ROWS, row = first + r;
      const KEEL_REAL *means =
          V(sixteen_rows)(law->means, law->mean_stride, columns, row, mean_copies);
      const KEEL_REAL *deviations =
          V(sixteen_rows)(law->deviations, law->deviation_stride, columns, row, deviation_copies);
      if (means && deviations) {
        V(scale)(tile + r * columns, means, deviations, some * columns);
      } else {
        for (size_t i = 0; i < some; ++i)
          V(scale)(
              tile + (r + i) * columns, law->means + (row + i) * law->mean_stride,
              law->deviations + (row + i) * law->deviation_stride, columns);
      }
    }
    size_t done = 0;
    if (columns == 2) done = V(project_rows_2)(tile, rows);
    if (columns == 3) done = V(project_rows_3)(tile, rows);
    V(project)(tile + done * columns, rows - done, columns);
  }
}

#undef KEEL_TILE
#undef KEEL_ROWS
#undef KEEL_REPEATED
