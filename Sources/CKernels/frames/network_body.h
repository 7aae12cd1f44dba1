/* The sums of keel_frames_network.h for one instruction set and scalar. V(name) names the variant, S(name) what does
 * not depend on the instruction set. */

typedef KEEL_REAL V(lanes) __attribute__((vector_size(KEEL_BYTES)));
typedef KEEL_REAL V(stored) __attribute__((vector_size(KEEL_BYTES), aligned(sizeof(KEEL_REAL)), may_alias));

#define KEEL_LANES (KEEL_BYTES / sizeof(KEEL_REAL))
#define KEEL_PAD (KEEL_PAD_BYTES / sizeof(KEEL_REAL))
#define KEEL_PANEL (KEEL_PANEL_BYTES / sizeof(KEEL_REAL))
#define LOAD(address) (*(const V(stored) *)(address))
#define STORE(address, value) (*(V(stored) *)(address) = (value))
#define SPLAT(x) ((V(lanes)){0} + (x))

#if KEEL_LEVEL > 0 || defined(__aarch64__)
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

/* max(x, 0), and NaN for NaN: the instruction returns its second operand where one is NaN. */
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
#define RELU(x) ((V(lanes))_mm512_max_pd(_mm512_setzero_pd(), (__m512d)(x)))
#elif KEEL_LEVEL == 2
#define RELU(x) ((V(lanes))_mm512_max_ps(_mm512_setzero_ps(), (__m512)(x)))
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
#define RELU(x) ((V(lanes))_mm256_max_pd(_mm256_setzero_pd(), (__m256d)(x)))
#elif KEEL_LEVEL == 1
#define RELU(x) ((V(lanes))_mm256_max_ps(_mm256_setzero_ps(), (__m256)(x)))
#else
typedef KEEL_BITS V(bits) __attribute__((vector_size(KEEL_BYTES)));
#define RELU(x) ((V(lanes))((V(bits))(x) & ~(V(bits))((x) < 0)))
#endif

/* What becomes of the rows of a layer: stored as they are, stored after ReLU, or added to the sums after it. */
enum { V(store_plain), V(store_relu), V(sum_relu) };

/* `rows` rows times `columns` registers of outputs: bias + row . weights. All of `rows`, `columns` and `end` are
 * constants where this is inlined. */
KEEL_INLINE void V(tile)(
    const int rows, const int columns, const int end, size_t inputs, const KEEL_REAL *row,
    size_t row_stride, const KEEL_REAL *weights, size_t panel, const KEEL_REAL *biases, KEEL_REAL *out,
    size_t out_stride) {
  V(lanes) c[KEEL_TILE_ROWS][KEEL_TILE_COLUMNS], w[KEEL_TILE_COLUMNS];
  KEEL_UNROLL for (int j = 0; j < columns; ++j) {
    w[j] = LOAD(biases + j * KEEL_LANES);
    KEEL_UNROLL for (int t = 0; t < rows; ++t) c[t][j] = w[j];
  }
  for (size_t k = 0; k < inputs; ++k) {
    KEEL_UNROLL for (int j = 0; j < columns; ++j) w[j] = LOAD(weights + k * panel + j * KEEL_LANES);
    KEEL_UNROLL for (int t = 0; t < rows; ++t) {
      const V(lanes) factor = SPLAT(row[t * row_stride + k]);
      KEEL_UNROLL for (int j = 0; j < columns; ++j) c[t][j] = FMA(factor, w[j], c[t][j]);
    }
  }
  if (end == V(sum_relu)) {
    KEEL_UNROLL for (int j = 0; j < columns; ++j) {
      V(lanes) sum = LOAD(out + j * KEEL_LANES);
      KEEL_UNROLL for (int t = 0; t < rows; ++t) sum += RELU(c[t][j]);
      STORE(out + j * KEEL_LANES, sum);
    }
  } else {
    KEEL_UNROLL for (int t = 0; t < rows; ++t) {
      KEEL_UNROLL for (int j = 0; j < columns; ++j) {
        STORE(
            out + t * out_stride + j * KEEL_LANES, end == V(store_relu) ? RELU(c[t][j]) : c[t][j]);
      }
    }
  }
}

/* All rows of a block times `columns` registers of outputs. */
KEEL_INLINE void V(strip)(
    const int columns, const int end, size_t rows, size_t inputs, const KEEL_REAL *row,
    size_t row_stride, const KEEL_REAL *weights, size_t panel, const KEEL_REAL *biases, KEEL_REAL *out,
    size_t out_stride) {
#define KEEL_TILE(count)                                                                            \
  V(tile)                                                                                           \
  (count, columns, end, inputs, row + t * row_stride, row_stride, weights, panel, biases,           \
   end == V(sum_relu) ? out : out + t * out_stride, out_stride)
  size_t t = 0;
  for (; t + KEEL_TILE_ROWS <= rows; t += KEEL_TILE_ROWS) KEEL_TILE(KEEL_TILE_ROWS);
  switch (rows - t) {
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

/* A layer for the rows of a block. */
KEEL_INLINE void V(layer)(
    const int end, size_t rows, size_t inputs, size_t padded, const KEEL_REAL *packed,
    const KEEL_REAL *row, size_t row_stride, KEEL_REAL *out) {
  for (size_t first = 0; first < padded; first += KEEL_PANEL) {
    const size_t panel = padded - first < KEEL_PANEL ? padded - first : KEEL_PANEL;
    const KEEL_REAL *weights = packed + padded + first * inputs;
    const size_t step = KEEL_TILE_COLUMNS * KEEL_LANES;
    size_t j = 0;
#define KEEL_STRIP(columns)                                                                  \
  V(strip)                                                                                   \
  (columns, end, rows, inputs, row, row_stride, weights + j, panel, packed + first + j, out + first + j, \
   padded)
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

static void V(layer_plain)(
    size_t rows, size_t inputs, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *row,
    size_t row_stride, KEEL_REAL *out) {
  V(layer)(V(store_plain), rows, inputs, padded, packed, row, row_stride, out);
}

static void V(layer_relu)(
    size_t rows, size_t inputs, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *row,
    size_t row_stride, KEEL_REAL *out) {
  V(layer)(V(store_relu), rows, inputs, padded, packed, row, row_stride, out);
}

static void V(layer_sum)(
    size_t rows, size_t inputs, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *row,
    size_t row_stride, KEEL_REAL *sums) {
  V(layer)(V(sum_relu), rows, inputs, padded, packed, row, row_stride, sums);
}

/* The first layer of a point for the 2^free signs of its first coordinates: b + sum_j s_j u_j.
 *
 * The sums of u over these signs come in pairs, one the negative of the other. `proper` multiplies the last
 * coordinate by the product of all other signs: of those in `point`, which its caller has multiplied in, and of
 * those here. All of `free`, `proper` and `relu` are constants where this is inlined. */
KEEL_INLINE void V(signed_rows)(
    const int free, const int proper, const int relu, size_t dimension, size_t padded,
    const KEEL_REAL *packed, const KEEL_REAL *point, KEEL_REAL *out) {
  const size_t apart = dimension - (proper ? 1 : 0); /* one after the last coordinate with a sign of its own */
  for (size_t first = 0; first < padded; first += KEEL_PANEL) {
    const size_t panel = padded - first < KEEL_PANEL ? padded - first : KEEL_PANEL;
    for (size_t j = first; j < first + panel; j += KEEL_LANES) {
      const KEEL_REAL *weights = packed + padded + first * dimension + (j - first);
      V(lanes) even = LOAD(packed + j), odd;
      for (size_t k = free; k < apart; ++k) even = FMA(SPLAT(point[k]), LOAD(weights + k * panel), even);
      odd = even;
      if (proper) {
        const V(lanes) last = SPLAT(point[apart]) * LOAD(weights + apart * panel);
        even += last;
        odd -= last;
      }
      V(lanes) u[3], sum[4];
      KEEL_UNROLL for (int k = 0; k < free; ++k) u[k] = SPLAT(point[k]) * LOAD(weights + k * panel);
      if (free == 0) {
        STORE(out + j, relu ? RELU(even) : even);
        continue;
      }
      sum[0] = u[0];
      if (free > 1) {
        sum[1] = u[0] - u[1];
        sum[0] = u[0] + u[1];
      }
      if (free > 2) {
        sum[3] = sum[1] - u[2];
        sum[2] = sum[1] + u[2];
        sum[1] = sum[0] - u[2];
        sum[0] = sum[0] + u[2];
      }
      KEEL_UNROLL for (int k = 0; k < 1 << (free - 1); ++k) {
        /* Sums with an odd number of minus signs: 1, and 2 of three signs; the negative sum has `free` less. */
        const int minus = k == 1 || k == 2;
        const V(lanes) plus = (minus ? odd : even) + sum[k];
        const V(lanes) less = ((minus + free) % 2 ? odd : even) - sum[k];
        STORE(out + (2 * k) * padded + j, relu ? RELU(plus) : plus);
        STORE(out + (2 * k + 1) * padded + j, relu ? RELU(less) : less);
      }
    }
  }
}

typedef void V(signed_rows_function)(
    size_t dimension, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *point, KEEL_REAL *out);

#define KEEL_SIGNED_ROWS(name, free, proper, relu)                                                 \
  static void V(name)(                                                                             \
      size_t dimension, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *point,            \
      KEEL_REAL *out) {                                                                            \
    V(signed_rows)(free, proper, relu, dimension, padded, packed, point, out);                     \
  }
#define KEEL_SIGNED_ROWS_OF(free)                        \
  KEEL_SIGNED_ROWS(all_signs_##free, free, 0, 0)         \
  KEEL_SIGNED_ROWS(all_signs_relu_##free, free, 0, 1)    \
  KEEL_SIGNED_ROWS(proper_signs_##free, free, 1, 0)      \
  KEEL_SIGNED_ROWS(proper_signs_relu_##free, free, 1, 1)
KEEL_SIGNED_ROWS_OF(0)
KEEL_SIGNED_ROWS_OF(1)
KEEL_SIGNED_ROWS_OF(2)
KEEL_SIGNED_ROWS_OF(3)
#undef KEEL_SIGNED_ROWS
#undef KEEL_SIGNED_ROWS_OF

static V(signed_rows_function) *V(signed_rows_for)(size_t free, int proper, int relu) {
#define KEEL_CASE(count)                                                    \
  case count:                                                               \
    return proper ? (relu ? V(proper_signs_relu_##count) : V(proper_signs_##count)) \
                  : (relu ? V(all_signs_relu_##count) : V(all_signs_##count))
  switch (free) {
    KEEL_CASE(0);
    KEEL_CASE(1);
    KEEL_CASE(2);
    default: break;
  }
  return proper ? (relu ? V(proper_signs_relu_3) : V(proper_signs_3))
                : (relu ? V(all_signs_relu_3) : V(all_signs_3));
#undef KEEL_CASE
}

/* Rows of outputs of the first layer, through the others, and into the sums. */
static void V(finish_block)(
    const S(keel_network) *network, size_t rows, KEEL_REAL *block, KEEL_REAL *other, KEEL_REAL *part,
    double *sums) {
  const size_t layers = network->layers, outputs = network->widths[layers];
  const size_t last = S(padded)(outputs);
  const KEEL_REAL *packed = network->packed;
  memset(part, 0, last * sizeof(KEEL_REAL));
  int summed = 0;
  for (size_t l = 0; l < layers; ++l) {
    const size_t inputs = network->widths[l], padded = S(padded)(network->widths[l + 1]);
    const int activation = l + 1 < layers ? network->activation : network->last_activation;
    if (l > 0) {
      const size_t stride = S(padded)(inputs);
      if (activation == KEEL_ACTIVATION_RELU && l + 1 == layers) {
        V(layer_sum)(rows, inputs, padded, packed, block, stride, part);
        summed = 1;
      } else if (activation == KEEL_ACTIVATION_RELU) {
        V(layer_relu)(rows, inputs, padded, packed, block, stride, other);
      } else {
        V(layer_plain)(rows, inputs, padded, packed, block, stride, other);
      }
      KEEL_REAL *swapped = block;
      block = other;
      other = swapped;
    }
    if (activation != KEEL_ACTIVATION_RELU) V(activate)(activation, rows * padded, block);
    packed += padded * (inputs + 1);
  }
  if (!summed) {
    for (size_t t = 0; t < rows; ++t) {
      for (size_t j = 0; j < last; j += KEEL_LANES) {
        STORE(part + j, LOAD(part + j) + LOAD(block + t * last + j));
      }
    }
  }
  for (size_t j = 0; j < outputs; ++j) sums[j] += part[j];
}

static void V(frames_network_sums)(
    const S(keel_network) *network, const S(keel_framed_cloud) *cloud, double *sums,
    KEEL_REAL *workspace) {
  const size_t d = network->widths[0], outputs = network->widths[network->layers];
  size_t widest = 0;
  for (size_t l = 1; l <= network->layers; ++l) {
    const size_t width = S(padded)(network->widths[l]);
    if (width > widest) widest = width;
  }
  KEEL_REAL *block = (KEEL_REAL *)(((uintptr_t)workspace + 63) & ~(uintptr_t)63);
  KEEL_REAL *other = block + KEEL_BLOCK_ROWS * widest, *part = other + KEEL_BLOCK_ROWS * widest;
  KEEL_REAL *point = part + widest, *shown = point + S(padded)(d);

  const int proper = cloud->proper && d > 0;
  const int mirrored = proper && S(is_mirrored)(d, cloud->axes, shown + S(padded)(d));
  const size_t signs = proper ? d - 1 : d;         /* that are free */
  const size_t free = signs < 3 ? signs : 3;       /* of which so many are gone through at a time */
  const size_t group = (size_t)1 << free, groups = (size_t)1 << (signs - free);
  const size_t padded = S(padded)(network->widths[1]);
  const int first = network->layers > 1 ? network->activation : network->last_activation;
  V(signed_rows_function) *signed_rows =
      V(signed_rows_for)(free, proper, first == KEEL_ACTIVATION_RELU);

  for (size_t k = 0; k < outputs; ++k) sums[k] = 0;
  size_t rows = 0;
  for (size_t i = 0; i < cloud->points; ++i) {
    const KEEL_REAL *x = cloud->coordinates + i * d;
    for (size_t k = 0; k < d; ++k) {
      KEEL_REAL along = 0;
      for (size_t j = 0; j < d; ++j) along += (x[j] - cloud->center[j]) * cloud->axes[j * d + k];
      point[k] = along / cloud->scale;
    }
    if (mirrored) point[d - 1] = -point[d - 1];
    for (size_t g = 0; g < groups; ++g) {
      for (size_t k = 0; k < d; ++k) shown[k] = point[k];
      for (size_t k = free; k < signs; ++k) {
        if (g >> (k - free) & 1) {
          shown[k] = -shown[k];
          if (proper) shown[d - 1] = -shown[d - 1];
        }
      }
      signed_rows(d, padded, network->packed, shown, block + rows * padded);
      rows += group;
      if (rows == KEEL_BLOCK_ROWS) {
        V(finish_block)(network, rows, block, other, part, sums);
        rows = 0;
      }
    }
  }
  if (rows > 0) V(finish_block)(network, rows, block, other, part, sums);
}

#undef KEEL_LANES
#undef KEEL_PAD
#undef KEEL_PANEL
#undef LOAD
#undef STORE
#undef SPLAT
#undef FMA
#undef RELU
