/* The kernels of keel_mixed_density.h for one instruction set. V(name) names the variant. */

#include "../simplex/entmax_math.h"
#include "../special/vector_normal.h"

/* The factors of a row: Phi(a_j + b_j x) for entries j off the face, under a normal law of x with mean 0. */
typedef struct {
  size_t count;                /* how many factors are not 1 to rounding where the integrand is not 0 */
  double *a, *b;               /* padded by factors 1 to a multiple of eight */
  size_t *index;               /* which entries they belong to */
  const double *inverse, *log; /* 1 / deviation and ln deviation of entries of the face at least */
  size_t face_count;           /* n */
  size_t reference;            /* the entry of the face with the smallest deviation */
  double center, spread;       /* mean (less that of the reference) and deviation of t given z = y + t on f */
  double constant;             /* logarithm of the density if all factors were 1 */
} V(row);

/* Phi(u) = exp(exponent) * factor, where the factor is in (0, 1] and at least 0.39 / (1 + |u|).
 *
 * With M(a) = Phi(-a) exp(a^2 / 2), Phi(-a) is M(a) exp(-a^2 / 2), where just the exponential can underflow, and
 * Phi(a) is 1 - M(a) exp(-a^2 / 2), of which at least half is left. Products of factors need one logarithm. */
KEEL_INLINE void V(normal_law)(const V(d8) * u, V(d8) * factor, V(d8) * exponent) {
  V(i8) negative = *u < 0;
  V(d8) half = -0.5 * (*u * *u), power = half;
  V(d8) tail = __builtin_elementwise_min(__builtin_elementwise_abs(*u), (V(d8)){0} + 0x1p30);
  V(normal_tail)(&tail);
  V(exp)(&power);
  *factor = KEEL_SELECT_D8(negative, tail, 1 - power * tail);
  *exponent = KEEL_MASK_D8(negative, half);
}

/* q(u) = phi(u) / Phi(u), the derivative of ln Phi, from the parts of Phi. */
KEEL_INLINE void V(normal_slope)(
    const V(d8) * u, const V(d8) * factor, const V(d8) * exponent, V(d8) * slope) {
  V(d8) power = -0.5 * (*u * *u) - *exponent;
  V(exp)(&power);
  *slope = 0x1.9884533d43651p-2 * power / *factor; /* 1 / sqrt(2 pi) */
}

/* The logarithm of the integrand at x, with its first derivative and the negative of its second. */
KEEL_OUTLINE void V(probe)(const V(row) * row, double x, double result[3]) {
  V(d8) none = {0}, sum = none, slope = none, curvature = none, product = none + 1;
  for (size_t j = 0; j < row->count; j += 8) {
    V(d8) b = KEEL_LOAD_D8(row->b + j), u = KEEL_LOAD_D8(row->a + j) + b * x, factor, exponent, q;
    V(normal_law)(&u, &factor, &exponent);
    V(normal_slope)(&u, &factor, &exponent, &q);
    sum += exponent;
    slope += b * q;
    /* q (u + q) is in (0, 1); for u below -1e5 rounding leaves nothing of it, and it is 1. */
    V(d8) share = KEEL_SELECT_D8(u < -1e5, none + 1, q * (u + q));
    curvature += b * (b * share);
    product *= factor;
    if (j % 64 == 56) {
      V(log)(&product);
      sum += product;
      product = none + 1;
    }
  }
  V(log)(&product);
  sum += product;
  double inverse = 1 / row->spread;
  result[0] = V(lane_sum)(&sum) - 0.5 * (x * inverse) * (x * inverse);
  result[1] = V(lane_sum)(&slope) - x * inverse * inverse;
  result[2] = V(lane_sum)(&curvature) + inverse * inverse;
}

/* Weights of the nodes at `position`: what `weight` holds there, times the integrand over exp(peak). Returns
 * the exponent of the last. */
KEEL_INLINE double V(weigh)(const V(row) * row, double peak, const double *position, double *weight) {
  V(d8) x = KEEL_LOAD_D8(position), scaled = x * (1 / row->spread), none = {0};
  V(d8) sum = -0.5 * (scaled * scaled) - peak, product = none + 1;
  for (size_t j = 0; j < row->count; ++j) {
    V(d8) u = row->a[j] + row->b[j] * x, factor, exponent;
    V(normal_law)(&u, &factor, &exponent);
    sum += exponent;
    product *= factor;
    if (j % 8 == 7) { /* eight factors are 1e-240 at least */
      V(log)(&product);
      sum += product;
      product = none + 1;
    }
  }
  V(log)(&product);
  sum += product;
  V(d8) power = sum;
  V(exp)(&power);
  KEEL_STORE_D8(weight, KEEL_LOAD_D8(weight) * power);
  return sum[7];
}

/* Where exp(-depth) times the peak is as small as rounding. */
#define KEEL_DEPTH 35.0

/* Equally spaced nodes from `left` on. Returns whether the integrand vanishes before there are too many. */
KEEL_OUTLINE int V(weigh_grid)(
    const V(row) * row, double peak, double mode, double left, double step, keel_nodes *nodes) {
  const V(d8) lane = {0, 1, 2, 3, 4, 5, 6, 7};
  for (nodes->count = 0; nodes->count < 64;) {
    double *position = nodes->position + nodes->count, *weight = nodes->weight + nodes->count;
    KEEL_STORE_D8(position, left + (lane + (double)nodes->count) * step);
    KEEL_STORE_D8(weight, lane * 0 + step);
    double last = V(weigh)(row, peak, position, weight);
    nodes->count += 8;
    if (position[7] > mode && last < -KEEL_DEPTH) return 1;
  }
  return 0;
}

/* Panels of 16 nodes from `left` on, each as long as the scale of the integrand at its beginning allows. */
KEEL_OUTLINE void V(weigh_panels)(
    const V(row) * row, double peak, double mode, double left, keel_nodes *nodes) {
  double longest = INFINITY;
  for (nodes->count = 0; nodes->count < KEEL_LARGEST_NODE_COUNT;) {
    double at_left[3];
    V(probe)(row, left, at_left);
    if (left > mode && at_left[0] < peak - KEEL_DEPTH) return;
    double half = fmin(2 / sqrt(at_left[2]), longest);
    longest = 2 * half;
    for (size_t i = 0; i < 16; i += 8) {
      double *position = nodes->position + nodes->count, *weight = nodes->weight + nodes->count;
      KEEL_STORE_D8(position, left + half * (1 + KEEL_LOAD_D8(keel_legendre_node + i)));
      KEEL_STORE_D8(weight, half * KEEL_LOAD_D8(keel_legendre_weight + i));
      V(weigh)(row, peak, position, weight);
      nodes->count += 8;
    }
    left += 2 * half;
  }
}

/* The largest step of equally spaced nodes.
 *
 * On a line shifted by i y(x) the integrand grows to exp(curvature(x) y^2 / 2) times itself at most, and
 * exp(2 pi i x / step) falls to exp(-2 pi y / step): with y = 2 pi / (step * curvature), the rule misses
 * exp(-2 pi^2 / (step^2 curvature(x))) of the integrand at x. Where the integrand is exp(-drop) of its peak, that
 * much less is needed. Between two points, the curvature is at most that of the left one, and the drop at least
 * that of the right one. */
KEEL_OUTLINE double V(grid_step)(
    const V(row) * row, double peak, double mode, double curvature, double left, double left_curvature) {
  const double needed = 36, two_pi_squared = 19.739208802178716;
  double squared = two_pi_squared / (needed * curvature), scale = 1 / sqrt(curvature), drop = 0, at[3];
  for (double distance = 0.5; distance < 8.5 && drop < needed; distance += fmin(distance, 1)) {
    double x = mode - distance * scale;
    if (x > left) V(probe)(row, x, at);
    squared = fmin(squared, two_pi_squared / ((needed - drop) * (x > left ? at[2] : left_curvature)));
    if (!(x > left)) break;
    drop = peak - at[0];
  }
  return sqrt(squared);
}

/* ln E prod_j Phi(a_j + b_j x), and nodes and weights of the law of x that this is the normaliser of.
 *
 * The integrand is log-concave, and its curvature falls with x: on the right of a point nothing is sharper than
 * a normal law of the scale there. So the mode is found by Newton's method from the left, where the derivative
 * is convex; then the point on the left of it where the integrand vanishes, where it is concave. From there, the
 * rule of equally spaced nodes converges like exp(-2 (pi scale / step)^2); if that takes too many nodes, because
 * the integrand has scales as different as the deviations are, panels that grow with the scale do better. */
KEEL_OUTLINE double V(integrate)(const V(row) * row, keel_nodes *nodes) {
  double mode = 0, at[3];
  for (int iteration = 0; iteration < 200; ++iteration) {
    V(probe)(row, mode, at);
    double step = at[1] / at[2];
    if (!(step * sqrt(at[2]) > 0.25)) break;
    mode += step;
  }
  double peak = at[0], curvature = at[2], left = mode - sqrt(2 * KEEL_DEPTH / curvature);
  for (int iteration = 0; iteration < 200; ++iteration) {
    V(probe)(row, left, at);
    double missing = peak - KEEL_DEPTH - at[0];
    if (!(missing > 3)) break;
    left += missing / at[1];
  }
  /* With few factors, nodes are cheaper than looking for a larger step: that of the sharpest scale will do. */
  double step = row->count < 24 ? 0.75 / sqrt(at[2]) : V(grid_step)(row, peak, mode, curvature, left, at[2]);
  if (!((mode - left) < 42 * step && V(weigh_grid)(row, peak, mode, left, step, nodes))) {
    V(weigh_panels)(row, peak, mode, left, nodes);
  }
  V(d8) sum = {0};
  for (size_t k = 0; k < nodes->count; k += 8) sum += KEEL_LOAD_D8(nodes->weight + k);
  double total = V(lane_sum)(&sum);
  for (size_t k = 0; k < nodes->count; ++k) nodes->weight[k] /= total;
  return peak + log(total / row->spread) - 0x1.d67f1c864beb5p-1; /* ln sqrt(2 pi) */
}

/* ln Phi(u). */
KEEL_OUTLINE double V(log_normal_law)(double u) {
  V(d8) all = (V(d8)){0} + u, factor, exponent;
  V(normal_law)(&all, &factor, &exponent);
  V(log)(&factor);
  return exponent[0] + factor[0];
}

/* The law of t for row r, and the factors that matter. Parameters of the row are `mean` and `deviation`. */
KEEL_OUTLINE void V(prepare)(
    const double *y, const double *mean, const double *deviation, size_t columns, V(row) * row) {
  size_t reference = columns, face_count = 0;
  for (size_t k = 0; k < columns; ++k) {
    if (y[k] == 0) continue;
    ++face_count;
    if (reference == columns || deviation[k] < deviation[reference]) reference = k;
  }
  row->face_count = face_count;
  row->reference = reference;
  row->count = 0;
  if (face_count == 0) {
    row->constant = -INFINITY;
    return;
  }
  /* Differences from the reference, so that large means cancel before anything is divided. */
  double precision = 0, moment = 0, logs = 0;
  for (size_t k = 0; k < columns; ++k) {
    if (y[k] == 0) continue;
    double ratio = deviation[reference] * row->inverse[k], weight = ratio * ratio;
    precision += weight;
    moment += weight * ((mean[k] - mean[reference]) - (y[k] - y[reference]));
    if (k != reference) logs += row->log[k];
  }
  double center = moment / precision, squares = 0;
  for (size_t k = 0; k < columns; ++k) {
    if (y[k] == 0) continue;
    double r = ((mean[k] - mean[reference]) - (y[k] - y[reference]) - center) * row->inverse[k];
    squares += r * r;
  }
  row->center = center;
  row->spread = deviation[reference] / sqrt(precision);
  row->constant = log((double)face_count / sqrt(precision)) - logs - 0.5 * squares -
                  (double)(face_count - 1) * 0x1.d67f1c864beb5p-1; /* ln sqrt(2 pi) */
  if (face_count == columns) return;
  /* The integrand vanishes at the latest 8.4 spreads on the left of the centre. */
  double lowest = -sqrt(2 * KEEL_DEPTH) * row->spread, base = center - y[reference];
  for (size_t k = 0; k < columns; ++k) {
    if (y[k] != 0) continue;
    double b = row->inverse[k], a = ((mean[reference] - mean[k]) + base) * b;
    if (a + b * lowest > 8.5) continue;
    row->a[row->count] = a;
    row->b[row->count] = b;
    row->index[row->count++] = k;
  }
  for (size_t j = row->count; j % 8 != 0; ++j) {
    row->a[j] = 40;
    row->b[j] = 0;
  }
}

/* ln E of the factors, for a number of them that has a closed form where nodes are not asked for. */
KEEL_INLINE double V(expectation)(const V(row) * row, keel_nodes *nodes) {
  if (row->count == 0) return 0;
  if (row->count == 1) {
    double slope = row->b[0] * row->spread;
    return V(log_normal_law)(row->a[0] / sqrt(1 + slope * slope));
  }
  return V(integrate)(row, nodes);
}

/* Lays out the workspace. */
KEEL_INLINE keel_nodes *V(layout)(void *workspace, size_t columns, V(row) * row, double **inverse, double **log) {
  keel_nodes *nodes = workspace;
  double *numbers = (double *)(nodes + 1);
  *inverse = numbers;
  *log = numbers + (columns + 8);
  row->inverse = *inverse;
  row->log = *log;
  row->a = numbers + 2 * (columns + 8);
  row->b = numbers + 3 * (columns + 8);
  row->index = (size_t *)(numbers + 4 * (columns + 8));
  return nodes;
}

/* Inverses and logarithms of deviations. */
KEEL_INLINE void V(invert)(const double *deviation, size_t columns, double *inverse, double *log) {
  V(d8) block;
  for (size_t k = 0; k < columns; k += 8) {
    size_t count = columns - k < 8 ? columns - k : 8;
    block = (V(d8)){0} + 1;
    for (size_t i = 0; i < count; ++i) block[i] = deviation[k + i];
    KEEL_STORE_D8(inverse + k, 1 / block);
    V(log)(&block);
    KEEL_STORE_D8(log + k, block);
  }
}

static void V(log_densities)(const keel_gaussian_outcomes *batch, void *workspace, double *densities) {
  V(row) row;
  double *inverse, *log;
  keel_nodes *nodes = V(layout)(workspace, batch->columns, &row, &inverse, &log);
  for (size_t r = 0; r < batch->rows; ++r) {
    const double *deviation = batch->deviations + r * batch->deviation_stride;
    if (r == 0 || batch->deviation_stride != 0) V(invert)(deviation, batch->columns, inverse, log);
    V(prepare)(
        batch->outcomes + r * batch->outcome_stride, batch->means + r * batch->mean_stride, deviation,
        batch->columns, &row);
    densities[r] = row.constant + V(expectation)(&row, nodes);
  }
}

/* Means of x and of its square under the weights of the nodes. */
KEEL_INLINE void V(moments)(const V(row) * row, const keel_nodes *nodes, double *first, double *second) {
  *first = 0;
  *second = row->spread * row->spread;
  if (row->count == 0) return;
  V(d8) sum = {0}, squares = {0};
  for (size_t k = 0; k < nodes->count; k += 8) {
    V(d8) x = KEEL_LOAD_D8(nodes->position + k), product = KEEL_LOAD_D8(nodes->weight + k) * x;
    sum += product;
    squares += product * x;
  }
  *first = V(lane_sum)(&sum);
  *second = V(lane_sum)(&squares);
}

static void V(scores)(
    const keel_gaussian_outcomes *batch, const double *weights, void *workspace, double *mean_gradient,
    double *deviation_gradient, double *outcome_gradient, size_t gradient_stride) {
  V(row) row;
  double *inverse, *log;
  keel_nodes *nodes = V(layout)(workspace, batch->columns, &row, &inverse, &log);
  for (size_t r = 0; r < batch->rows; ++r) {
    const double *y = batch->outcomes + r * batch->outcome_stride;
    const double *mean = batch->means + r * batch->mean_stride;
    const double *deviation = batch->deviations + r * batch->deviation_stride;
    size_t offset = r * gradient_stride;
    if (r == 0 || batch->deviation_stride != 0) V(invert)(deviation, batch->columns, inverse, log);
    V(prepare)(y, mean, deviation, batch->columns, &row);
    if (row.face_count == 0) continue;
    if (row.count > 0) V(integrate)(&row, nodes);
    double first, second, slopes = 0;
    V(moments)(&row, nodes, &first, &second);
    size_t reference = row.reference;
    for (size_t k = 0; k < batch->columns; ++k) {
      if (y[k] == 0) continue;
      double distance = row.center - ((mean[k] - mean[reference]) - (y[k] - y[reference]));
      double slope = weights[r] * (distance + first) * inverse[k] * inverse[k];
      double square = (distance * (distance + 2 * first) + second) * inverse[k] * inverse[k];
      slopes += slope;
      if (mean_gradient) mean_gradient[offset + k] += slope;
      if (deviation_gradient) deviation_gradient[offset + k] += weights[r] * (square - 1) * inverse[k];
      if (outcome_gradient) outcome_gradient[offset + k] -= slope;
    }
    if (outcome_gradient) {
      for (size_t k = 0; k < batch->columns; ++k) {
        if (y[k] != 0) outcome_gradient[offset + k] += slopes / (double)row.face_count;
      }
    }
    if (!mean_gradient && !deviation_gradient) continue;
    for (size_t j = 0; j < row.count; ++j) {
      V(d8) sum = {0}, moment = {0};
      for (size_t k = 0; k < nodes->count; k += 8) {
        V(d8) u = row.a[j] + row.b[j] * KEEL_LOAD_D8(nodes->position + k), factor, exponent, q;
        V(normal_law)(&u, &factor, &exponent);
        V(normal_slope)(&u, &factor, &exponent, &q);
        q *= KEEL_LOAD_D8(nodes->weight + k);
        sum += q;
        moment += q * u;
      }
      double scale = weights[r] * row.b[j];
      if (mean_gradient) mean_gradient[offset + row.index[j]] -= scale * V(lane_sum)(&sum);
      if (deviation_gradient) deviation_gradient[offset + row.index[j]] -= scale * V(lane_sum)(&moment);
    }
  }
}

#undef KEEL_DEPTH
