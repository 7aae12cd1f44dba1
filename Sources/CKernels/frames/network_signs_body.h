/* The first layer of a point for many signs of its coordinates, for one instruction set and scalar. */

/* b + sum_j s_j u_j for the 2^free signs of the first coordinates, u_j = p_j W_j; row r has s_j = -1 where bit j of r is
 * set.
 *
 * The sums of u over these signs come in pairs, one the negative of the other. `proper` multiplies the last
 * coordinate by the product of all other signs: of those that `point` already has, and of those here. All of `free`,
 * `proper` and `relu` are constants where this is inlined. */
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
      if (free == 0) {
        STORE(out + j, relu ? RELU(even) : even);
        continue;
      }
      V(lanes) u[3], sum[4];
      KEEL_UNROLL for (int k = 0; k < free; ++k) u[k] = SPLAT(point[k]) * LOAD(weights + k * panel);
      /* Bit 0 of k says whether the last of these signs is -1, bit 1 whether the one before it is; the first is 1. */
      sum[0] = u[0];
      if (free == 2) {
        sum[1] = u[0] - u[1];
        sum[0] = u[0] + u[1];
      }
      if (free == 3) {
        const V(lanes) apart_two = u[0] - u[1], both = u[0] + u[1];
        sum[3] = apart_two - u[2];
        sum[2] = apart_two + u[2];
        sum[1] = both - u[2];
        sum[0] = both + u[2];
      }
      KEEL_UNROLL for (int k = 0; k < 1 << (free - 1); ++k) {
        const int row = (k & 1) << (free - 1) | (k & 2), other = row ^ ((1 << free) - 1);
        const int minus = (k & 1) ^ (k >> 1);
        const V(lanes) plus = (minus ? odd : even) + sum[k];
        const V(lanes) less = ((minus + free) % 2 ? odd : even) - sum[k];
        STORE(out + row * padded + j, relu ? RELU(plus) : plus);
        STORE(out + other * padded + j, relu ? RELU(less) : less);
      }
    }
  }
}

typedef void V(signed_rows_function)(
    size_t dimension, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *point, KEEL_REAL *out);

#define KEEL_SIGNED_ROWS(name, free, proper, relu)                                      \
  static void V(name)(                                                                  \
      size_t dimension, size_t padded, const KEEL_REAL *packed, const KEEL_REAL *point, \
      KEEL_REAL *out) {                                                                 \
    V(signed_rows)(free, proper, relu, dimension, padded, packed, point, out);          \
  }
#define KEEL_SIGNED_ROWS_OF(free)                       \
  KEEL_SIGNED_ROWS(all_signs_##free, free, 0, 0)        \
  KEEL_SIGNED_ROWS(all_signs_relu_##free, free, 0, 1)   \
  KEEL_SIGNED_ROWS(proper_signs_##free, free, 1, 0)     \
  KEEL_SIGNED_ROWS(proper_signs_relu_##free, free, 1, 1)
KEEL_SIGNED_ROWS_OF(0)
KEEL_SIGNED_ROWS_OF(1)
KEEL_SIGNED_ROWS_OF(2)
KEEL_SIGNED_ROWS_OF(3)
#undef KEEL_SIGNED_ROWS
#undef KEEL_SIGNED_ROWS_OF

/* How the signs of a point are gone through: those of the first coordinates together, those of the others one after the
 * other. */
typedef struct {
  size_t dimension, free, group, groups; /* group: 2^free signs together; groups: how many such groups */
  size_t padded;
  const KEEL_REAL *packed;
  int proper;
  V(signed_rows_function) *rows;
} V(sign_walk);

static V(sign_walk) V(walk)(
    size_t dimension, int proper, int relu, size_t padded, const KEEL_REAL *packed) {
#define KEEL_ROWS(count)                                                        \
  {{V(all_signs_##count), V(all_signs_relu_##count)},                           \
   {V(proper_signs_##count), V(proper_signs_relu_##count)}}
  static V(signed_rows_function) *const functions[4][2][2] = {
      KEEL_ROWS(0), KEEL_ROWS(1), KEEL_ROWS(2), KEEL_ROWS(3)};
#undef KEEL_ROWS
  proper = proper && dimension > 0;
  const size_t signs = dimension - (proper ? 1 : 0), free = signs < 3 ? signs : 3;
  const V(sign_walk) walk = {
      .dimension = dimension, .free = free, .group = (size_t)1 << free, .groups = (size_t)1 << (signs - free),
      .padded = padded, .packed = packed, .proper = proper, .rows = functions[free][proper][relu != 0]};
  return walk;
}

/* The rows of group g: signs g 2^free to (g + 1) 2^free - 1, into `out`; `shown` has room for a point. */
KEEL_INLINE void V(group_rows)(
    const V(sign_walk) * walk, size_t g, const KEEL_REAL *point, KEEL_REAL *shown, KEEL_REAL *out) {
  const size_t d = walk->dimension;
  for (size_t k = 0; k < d; ++k) shown[k] = point[k];
  for (size_t bits = g, k = walk->free; bits; bits >>= 1, ++k) {
    if (bits & 1) {
      shown[k] = -shown[k];
      if (walk->proper) shown[d - 1] = -shown[d - 1];
    }
  }
  walk->rows(d, walk->padded, walk->packed, shown, out);
}

static void V(signed_rows_of)(
    size_t dimension, int proper, size_t outputs, const KEEL_REAL *biases, const KEEL_REAL *products,
    KEEL_REAL *rows, KEEL_REAL *workspace) {
  const size_t padded = S(padded)(outputs);
  KEEL_REAL *packed = workspace, *group = packed + (dimension + 1) * padded;
  KEEL_REAL *ones = group + 8 * padded, *shown = ones + dimension;
  memset(packed, 0, (dimension + 1) * padded * sizeof(KEEL_REAL));
  memcpy(packed, biases, outputs * sizeof(KEEL_REAL));
  for (size_t first = 0; first < padded; first += KEEL_PANEL) {
    const size_t panel = padded - first < KEEL_PANEL ? padded - first : KEEL_PANEL;
    const size_t count = outputs - first < panel ? outputs - first : panel;
    for (size_t k = 0; k < dimension; ++k) {
      memcpy(
          packed + padded + first * dimension + k * panel, products + k * outputs + first,
          count * sizeof(KEEL_REAL));
    }
  }
  for (size_t k = 0; k < dimension; ++k) ones[k] = 1;
  const V(sign_walk) walk = V(walk)(dimension, proper, 0, padded, packed);
  for (size_t g = 0; g < walk.groups; ++g) {
    V(group_rows)(&walk, g, ones, shown, group);
    for (size_t r = 0; r < walk.group; ++r) {
      memcpy(rows + (g * walk.group + r) * outputs, group + r * padded, outputs * sizeof(KEEL_REAL));
    }
  }
}
