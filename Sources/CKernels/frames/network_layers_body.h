/* Layers for the rows of a block, for one instruction set and scalar: products of the rows with a panel of weights,
 * all of them or those of the inputs that are not zero. */

/* What becomes of the rows of a layer: stored as they are, stored after ReLU, or added to the sums after it. */
enum { V(store_plain), V(store_relu), V(sum_relu) };

/* What a layer reads and writes. */
typedef struct {
  size_t rows, inputs, padded;         /* padded: the scalars of a row of outputs */
  const KEEL_REAL *packed;             /* the layer */
  const KEEL_REAL *row;                /* rows of inputs */
  size_t row_stride;
  const uint64_t *active;              /* the bits of inputs that are not zero, whole words a row */
  KEEL_REAL *out;                      /* rows of outputs, or one of sums */
  int end;
} V(layer_call);

/* `rows` rows from row `first` on times `columns` registers of outputs from `j` on: bias + row . weights. `rows` and
 * `columns` are constants where this is inlined. */
KEEL_INLINE void V(tile)(
    const int rows, const int columns, const V(layer_call) *call, size_t first, size_t j,
    const KEEL_REAL *weights, size_t panel) {
  const size_t inputs = call->inputs, stride = call->row_stride;
  const KEEL_REAL *row = call->row + first * stride;
  V(lanes) c[KEEL_TILE_ROWS][KEEL_TILE_COLUMNS], w[KEEL_TILE_COLUMNS];
  KEEL_UNROLL for (int i = 0; i < columns; ++i) {
    w[i] = LOAD(call->packed + j + i * KEEL_LANES);
    KEEL_UNROLL for (int t = 0; t < rows; ++t) c[t][i] = w[i];
  }
  for (size_t k = 0; k < inputs; ++k) {
    KEEL_UNROLL for (int i = 0; i < columns; ++i) w[i] = LOAD(weights + k * panel + i * KEEL_LANES);
    KEEL_UNROLL for (int t = 0; t < rows; ++t) {
      const V(lanes) factor = SPLAT(row[t * stride + k]);
      KEEL_UNROLL for (int i = 0; i < columns; ++i) c[t][i] = FMA(factor, w[i], c[t][i]);
    }
  }
  if (call->end == V(sum_relu)) {
    KEEL_UNROLL for (int i = 0; i < columns; ++i) {
      V(lanes) sum = LOAD(call->out + j + i * KEEL_LANES);
      KEEL_UNROLL for (int t = 0; t < rows; ++t) sum += RELU(c[t][i]);
      STORE(call->out + j + i * KEEL_LANES, sum);
    }
  } else {
    const int relu = call->end == V(store_relu);
    KEEL_UNROLL for (int t = 0; t < rows; ++t) {
      KEEL_UNROLL for (int i = 0; i < columns; ++i) {
        STORE(
            call->out + (first + t) * call->padded + j + i * KEEL_LANES, relu ? RELU(c[t][i]) : c[t][i]);
      }
    }
  }
}

/* All rows of a block times `columns` registers of outputs. */
KEEL_INLINE void V(strip)(
    const int columns, const V(layer_call) *call, size_t j, const KEEL_REAL *weights, size_t panel) {
#define KEEL_TILE(count) V(tile)(count, columns, call, t, j, weights, panel)
  size_t t = 0;
  for (; t + KEEL_TILE_ROWS <= call->rows; t += KEEL_TILE_ROWS) KEEL_TILE(KEEL_TILE_ROWS);
  switch (call->rows - t) {
#if KEEL_TILE_ROWS > 4
    case 5: KEEL_TILE(5); break;
    case 4: KEEL_TILE(4); break;
#endif
    case 3: KEEL_TILE(3); break;
    case 2: KEEL_TILE(2); break;
    case 1: KEEL_TILE(1); break;
    default: break;
  }
#undef KEEL_TILE
}

static void V(dense_layer)(const V(layer_call) *call) {
  for (size_t first = 0; first < call->padded; first += KEEL_PANEL) {
    const size_t rest = call->padded - first, panel = rest < KEEL_PANEL ? rest : KEEL_PANEL;
    const KEEL_REAL *weights = call->packed + call->padded + first * call->inputs;
    const size_t step = KEEL_TILE_COLUMNS * KEEL_LANES;
    size_t j = 0;
#define KEEL_STRIP(columns) V(strip)(columns, call, first + j, weights + j, panel)
    for (; j + step <= panel; j += step) KEEL_STRIP(KEEL_TILE_COLUMNS);
#if KEEL_LEVEL == 2
    /* Elsewhere panels are whole numbers of tiles. */
    switch ((panel - j) / KEEL_LANES) {
      case 3: KEEL_STRIP(3); break;
      case 2: KEEL_STRIP(2); break;
      case 1: KEEL_STRIP(1); break;
      default: break;
    }
#endif
#undef KEEL_STRIP
  }
}

#ifdef NONZERO
/* Marks the inputs that are not zero, 64 to a word, and returns their number. What pads a row is zero. */
static size_t V(mark_active)(
    size_t rows, size_t inputs, const KEEL_REAL *row, size_t row_stride, uint64_t *active) {
  const size_t words = (inputs + 63) / 64;
  size_t count = 0;
  for (size_t t = 0; t < rows; ++t) {
    for (size_t word = 0; word < words; ++word) {
      uint64_t bits = 0;
      for (size_t k = 64 * word; k < 64 * word + 64 && k < row_stride; k += KEEL_LANES) {
        bits |= (uint64_t)NONZERO(row + t * row_stride + k) << (k % 64);
      }
      active[t * words + word] = bits;
      count += (size_t)__builtin_popcountll(bits);
    }
  }
  return count;
}

/* What V(tile) computes, a row after the other, without the inputs that are zero: adding their products would change
 * nothing. ReLU leaves about half of them, which is worth more than the reuse of weights in registers, as long as
 * the weights come from the nearest cache: hence 64 inputs at a time. The number of rounds of the inner loop is
 * mispredicted at no cost, because the bits are known long before the products. */
KEEL_INLINE void V(active_strip)(
    const int columns, const V(layer_call) *call, size_t first, const KEEL_REAL *weights,
    const size_t panel) {
  const size_t words = (call->inputs + 63) / 64;
  for (size_t word = 0; word < words; ++word) {
    const KEEL_REAL *w = weights + 64 * word * panel;
    for (size_t t = 0; t < call->rows; ++t) {
      KEEL_REAL *out = call->out + first + (call->end == V(sum_relu) ? 0 : t * call->padded);
      const KEEL_REAL *row = call->row + t * call->row_stride + 64 * word;
      const KEEL_REAL *start = word == 0 ? call->packed + first : out;
      V(lanes) c[KEEL_PANEL_BYTES / KEEL_BYTES];
      KEEL_UNROLL for (int i = 0; i < columns; ++i) c[i] = LOAD(start + i * KEEL_LANES);
      for (uint64_t bits = call->active[t * words + word]; bits; bits &= bits - 1) {
        const size_t k = (size_t)__builtin_ctzll(bits);
        const V(lanes) factor = SPLAT(row[k]);
        KEEL_UNROLL for (int i = 0; i < columns; ++i) {
          c[i] = FMA(factor, LOAD(w + k * panel + i * KEEL_LANES), c[i]);
        }
      }
      const int end = word + 1 < words ? V(store_plain) : call->end;
      KEEL_UNROLL for (int i = 0; i < columns; ++i) {
        V(lanes) value = end == V(store_plain) ? c[i] : RELU(c[i]);
        if (end == V(sum_relu)) value += LOAD(out + i * KEEL_LANES);
        STORE(out + i * KEEL_LANES, value);
      }
    }
  }
}

static void V(active_layer)(const V(layer_call) *call) {
  for (size_t first = 0; first < call->padded; first += KEEL_PANEL) {
    const size_t rest = call->padded - first;
    const KEEL_REAL *weights = call->packed + call->padded + first * call->inputs;
#define KEEL_STRIP(pads) \
  V(active_strip)((pads) * (KEEL_PAD_BYTES / KEEL_BYTES), call, first, weights, (pads) * KEEL_PAD)
    switch (rest < KEEL_PANEL ? rest / KEEL_PAD : KEEL_PANEL / KEEL_PAD) {
      case 4: KEEL_STRIP(4); break;
      case 3: KEEL_STRIP(3); break;
      case 2: KEEL_STRIP(2); break;
      default: KEEL_STRIP(1); break;
    }
#undef KEEL_STRIP
  }
}
#endif

/* A layer for a block of rows: without the inputs that are zero, if these are so many that it pays. Returns whether
 * the rows were added to the sums where the call asks for that; if not, they are stored after ReLU in `other`. */
static int V(layer)(V(layer_call) * call, int may_be_zero, uint64_t *active, KEEL_REAL *other) {
#ifdef NONZERO
  if (may_be_zero) {
    const size_t count = V(mark_active)(call->rows, call->inputs, call->row, call->row_stride, active);
    /* Three quarters: measured. */
    if (4 * count < 3 * call->rows * call->inputs) {
      call->active = active;
      /* Sums over several words of inputs need a place of their own. */
      const int sums = call->end == V(sum_relu) && call->inputs <= 64;
      if (call->end == V(sum_relu) && !sums) {
        call->end = V(store_relu);
        call->out = other;
      }
      V(active_layer)(call);
      return sums;
    }
  }
#else
  (void)may_be_zero;
  (void)active;
  (void)other;
#endif
  V(dense_layer)(call);
  return call->end == V(sum_relu);
}
