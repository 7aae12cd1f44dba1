/* Rows across the lanes: sixteen at a time, one a lane. */

#define KEEL_SHORT 128
#define KEEL_DIRECT 16 /* rows that go across the lanes as they are */
#define KEEL_ROWS 16

typedef KEEL_REAL V(four)
    __attribute__((vector_size(4 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));
typedef double V(four_doubles) __attribute__((vector_size(32), aligned(8), may_alias));

/* Columns of sixteen rows: column j begins at 16 j. */
typedef double V(tile)[KEEL_SHORT * KEEL_ROWS];

/* Puts columns j ... j + 3 of four rows into lanes lane ... lane + 3 of a tile. */
KEEL_INLINE void V(transpose)(double *tile, const KEEL_REAL *const *rows, size_t j, size_t lane) {
  V(four) a = *(const V(four) *)(rows[lane] + j), b = *(const V(four) *)(rows[lane + 1] + j);
  V(four) c = *(const V(four) *)(rows[lane + 2] + j), d = *(const V(four) *)(rows[lane + 3] + j);
  V(four) ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  V(four) AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  double *target = tile + j * KEEL_ROWS + lane;
#define KEEL_PUT(k, x, y, ...)                          \
  *(V(four_doubles) *)(target + (k) * KEEL_ROWS) = \
      __builtin_convertvector(__builtin_shufflevector(x, y, __VA_ARGS__), V(four_doubles))
  KEEL_PUT(0, ab, cd, 0, 1, 4, 5);
  KEEL_PUT(1, ab, cd, 2, 3, 6, 7);
  KEEL_PUT(2, AB, CD, 0, 1, 4, 5);
  KEEL_PUT(3, AB, CD, 2, 3, 6, 7);
#undef KEEL_PUT
}

/* Columns of sixteen rows, at least four; the last four may be read twice. */
KEEL_INLINE void V(fill_tile)(double *tile, const KEEL_REAL *const *rows, size_t columns) {
  for (size_t lane = 0; lane < KEEL_ROWS; lane += 4) {
    for (size_t j = 0; j + 4 <= columns; j += 4) V(transpose)(tile, rows, j, lane);
    if (columns % 4) V(transpose)(tile, rows, columns - 4, lane);
  }
}

/* Copies the entries that are above the maximum less z, or NaN. Returns their number. */
KEEL_INLINE size_t V(copy_candidates)(
    KEEL_REAL *target, const KEEL_REAL *x, size_t n, KEEL_REAL m, double z) {
  const V(vec) bound = SPLAT(V(round_down)((double)m - z));
  size_t kept = 0, i = 0;
  for (; i < n; i += KEEL_WIDTH) {
    V(vec) xi = n - i < KEEL_WIDTH ? V(load_tail)(x + i, n - i) : LOAD(x + i);
    kept += V(compress_values)(target + kept, xi, V(above)(xi, bound));
  }
  return kept;
}
