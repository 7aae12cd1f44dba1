/* Moments of clouds of points for one instruction set and scalar.
 *
 * One pass over the points, with moments about a point s nearby instead of the centroid t that is not known
 * yet:
 *   m = sum (x - s),   Q = sum (x - s)(x - s)',   t = s + m / n,   C = Q - m m' / n.
 * The differences x - s are exact where the cloud is far away from the origin, and s, the first point, is
 * about as far from t as any: then the difference of Q and m m' / n costs no digits to speak of. If s lies
 * outside, so that most of Q cancels in some direction, a second pass starts from t.
 *
 * Everything is summed up in double precision, also for floats, whose products are then exact: the processor
 * waits for memory all the same. Sums are kept eight points apart, whatever the registers are, so that all
 * instruction sets return the same bits. */

typedef double V(eight) __attribute__((vector_size(64), may_alias));
typedef int64_t V(eight_bits) __attribute__((vector_size(64)));
typedef KEEL_REAL V(eight_stored)
    __attribute__((vector_size(8 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));

#define KEEL_LOAD_EIGHT(address) (*(const V(eight_stored) *)(address))
#define KEEL_JOINED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
/* Q is given up if it loses more than three bits. */
#define KEEL_LARGEST_LOSS 8

enum { V(most) = KEEL_FRAMES_LARGEST_DIMENSION, V(products) = V(most) * (V(most) + 1) / 2, V(panel) = 64 };

/* ((a0 + a4) + (a2 + a6)) + ((a1 + a5) + (a3 + a7)). */
KEEL_INLINE double V(total)(const V(eight) * sum) {
  V(eight) a = *sum;
  a += KEEL_JOINED(a, a, 4, 5, 6, 7, -1, -1, -1, -1);
  a += KEEL_JOINED(a, a, 2, 3, -1, -1, -1, -1, -1, -1);
  return a[0] + a[1];
}

/* The totals of `count` sums, in the same order, eight at a time. */
KEEL_INLINE void V(totals)(const int count, const V(eight) * sums, double *totals) {
  int first = 0;
  for (; first + 8 <= count; first += 8) {
    V(eight) a[8];
    KEEL_UNROLL for (int k = 0; k < 8; ++k) a[k] = sums[first + k];
    KEEL_UNROLL for (int k = 0; k < 4; ++k) {
      a[k] = KEEL_JOINED(a[2 * k], a[2 * k + 1], 0, 1, 2, 3, 8, 9, 10, 11)
             + KEEL_JOINED(a[2 * k], a[2 * k + 1], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    KEEL_UNROLL for (int k = 0; k < 2; ++k) {
      a[k] = KEEL_JOINED(a[2 * k], a[2 * k + 1], 0, 1, 4, 5, 8, 9, 12, 13)
             + KEEL_JOINED(a[2 * k], a[2 * k + 1], 2, 3, 6, 7, 10, 11, 14, 15);
    }
    a[0] = KEEL_JOINED(a[0], a[1], 0, 2, 4, 6, 8, 10, 12, 14)
           + KEEL_JOINED(a[0], a[1], 1, 3, 5, 7, 9, 11, 13, 15);
    KEEL_UNROLL for (int k = 0; k < 8; ++k) totals[first + k] = a[0][k];
  }
  for (; first < count; ++first) totals[first] = V(total)(&sums[first]);
}

/* Coordinates of eight points: y[j] has coordinate j of x - s. */
KEEL_INLINE void V(load_eight)(const int d, const KEEL_REAL *points, const double *shift, V(eight) * y) {
  V(eight_stored) a = KEEL_LOAD_EIGHT(points), b = KEEL_LOAD_EIGHT(points + 8), x[3];
  if (d == 2) {
    x[0] = KEEL_JOINED(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    x[1] = KEEL_JOINED(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  } else {
    V(eight_stored) c = KEEL_LOAD_EIGHT(points + 16);
    x[0] = KEEL_JOINED(a, b, 0, 3, 6, 9, 12, 15, -1, -1);
    x[1] = KEEL_JOINED(a, b, 1, 4, 7, 10, 13, -1, -1, -1);
    x[2] = KEEL_JOINED(a, b, 2, 5, 8, 11, 14, -1, -1, -1);
    x[0] = KEEL_JOINED(x[0], c, 0, 1, 2, 3, 4, 5, 10, 13);
    x[1] = KEEL_JOINED(x[1], c, 0, 1, 2, 3, 4, 8, 11, 14);
    x[2] = KEEL_JOINED(x[2], c, 0, 1, 2, 3, 4, 9, 12, 15);
  }
  KEEL_UNROLL for (int j = 0; j < d; ++j) y[j] = __builtin_convertvector(x[j], V(eight)) - shift[j];
}

/* m and the upper triangle of Q by rows, one behind the other, of n points in the plane or in space. */
KEEL_INLINE void V(sums_of_few)(
    const int d, const KEEL_REAL *points, size_t n, const double *shift, double *totals) {
  const int width = d + d * (d + 1) / 2;
  V(eight) sums[9], y[3];
  KEEL_UNROLL for (int k = 0; k < width; ++k) sums[k] = (V(eight)){0};
#define KEEL_ADD_EIGHT                                                                             \
  KEEL_UNROLL for (int i = 0, k = d; i < d; ++i) {                                                 \
    sums[i] += y[i];                                                                               \
    KEEL_UNROLL for (int j = i; j < d; ++j, ++k) sums[k] += y[i] * y[j];                           \
  }
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    V(load_eight)(d, points + i * (size_t)d, shift, y);
    KEEL_ADD_EIGHT
  }
  if (i < n) {
    const V(eight_bits) lane = {0, 1, 2, 3, 4, 5, 6, 7};
    V(eight_bits) counts;
    if (n >= 8) { /* the last eight points, without those that have been counted */
      V(load_eight)(d, points + (n - 8) * (size_t)d, shift, y);
      counts = (V(eight_bits))(lane >= (int64_t)(8 - (n - i)));
    } else {
      KEEL_REAL some[24];
      for (size_t k = 0; k < 8 * (size_t)d; ++k) some[k] = k < n * (size_t)d ? points[k] : 0;
      V(load_eight)(d, some, shift, y);
      counts = (V(eight_bits))(lane < (int64_t)n);
    }
    KEEL_UNROLL for (int j = 0; j < d; ++j) y[j] = (V(eight))((V(eight_bits))y[j] & counts);
    KEEL_ADD_EIGHT
  }
#undef KEEL_ADD_EIGHT
  V(totals)(width, sums, totals);
}

/* The same for any dimension: some points at a time, transposed, so that products are of whole registers. */
static void V(sums_of_many)(
    size_t d, const KEEL_REAL *points, size_t n, const double *shift, double *totals) {
  V(eight) sums[V(most) + V(products)], y[V(most)][V(panel) / 8];
  const size_t width = d + d * (d + 1) / 2;
  for (size_t k = 0; k < width; ++k) sums[k] = (V(eight)){0};
  for (size_t first = 0; first < n; first += V(panel)) {
    const size_t some = n - first < V(panel) ? n - first : V(panel), blocks = (some + 7) / 8;
    for (size_t j = 0; j < d; ++j) {
      double *row = (double *)y[j];
      for (size_t i = 0; i < some; ++i) row[i] = (double)points[(first + i) * d + j] - shift[j];
      for (size_t i = some; i < 8 * blocks; ++i) row[i] = 0;
    }
    for (size_t i = 0, k = d; i < d; ++i) {
      for (size_t b = 0; b < blocks; ++b) sums[i] += y[i][b];
      for (size_t j = i; j < d; ++j, ++k) {
        V(eight) sum = sums[k];
        for (size_t b = 0; b < blocks; ++b) sum += y[i][b] * y[j][b];
        sums[k] = sum;
      }
    }
  }
  V(totals)((int)width, sums, totals);
}

/* The moments of a cloud with points. */
KEEL_INLINE void V(moments_of)(
    const int few, const size_t d, const KEEL_REAL *points, size_t n, int centered, KEEL_REAL *center,
    KEEL_REAL *scatter) {
  double totals[V(most) + V(products)], shift[V(most)], mean[V(most)];
  for (size_t j = 0; j < d; ++j) shift[j] = centered ? (double)points[j] : 0;
  for (int pass = 0; pass < 2; ++pass) {
    if (few) V(sums_of_few)(few, points, n, shift, totals);
    else V(sums_of_many)(d, points, n, shift, totals);
    if (!centered) break;
    int lost = 0;
    for (size_t i = 0, k = d; i < d; ++i) {
      mean[i] = totals[i] / (double)n;
      const double correction = totals[i] * mean[i];
      lost |= correction > KEEL_LARGEST_LOSS * (totals[k] - correction);
      k += d - i;
    }
    if (KEEL_LIKELY(!lost || pass)) break;
    for (size_t j = 0; j < d; ++j) shift[j] += mean[j];
  }
  for (size_t i = 0, k = d; i < d; ++i) {
    const KEEL_REAL t = (KEEL_REAL)(centered ? shift[i] + mean[i] : 0);
    center[i] = t;
    for (size_t j = i; j < d; ++j, ++k) {
      const KEEL_REAL c = (KEEL_REAL)(centered ? totals[k] - totals[i] * mean[j] : totals[k]);
      scatter[i * d + j] = c;
      scatter[j * d + i] = c;
    }
  }
}

/* Whether no number is a NaN or an infinity, whose exponents are the largest there is. */
KEEL_INLINE int V(are_finite)(const KEEL_REAL *numbers, size_t count) {
#if KEEL_DOUBLE
  const uint64_t largest = UINT64_C(0x7ff0000000000000);
  uint64_t strange = 0, bits;
#else
  const uint32_t largest = UINT32_C(0x7f800000);
  uint32_t strange = 0, bits;
#endif
  for (size_t i = 0; i < count; ++i) {
    memcpy(&bits, &numbers[i], sizeof bits);
    strange |= (bits & largest) == largest;
  }
  return !strange;
}

/* `few` is the dimension if it is 2 or 3 and the compiler is to know it, or 0. */
KEEL_INLINE void V(all_moments)(
    const int few, const S(keel_clouds) * clouds, int centered, KEEL_REAL *centers, KEEL_REAL *scatters,
    size_t *bad) {
  const size_t d = few ? (size_t)few : clouds->dimension;
  for (size_t b = 0; b < clouds->count; ++b) {
    const size_t first = (size_t)clouds->starts[b], n = (size_t)clouds->starts[b + 1] - first;
    KEEL_REAL *center = centers + b * d, *scatter = scatters + b * d * d;
    if (n == 0) {
      memset(center, 0, d * sizeof(KEEL_REAL));
      memset(scatter, 0, d * d * sizeof(KEEL_REAL));
    } else {
      V(moments_of)(few, d, clouds->points + first * d, n, centered, center, scatter);
    }
  }
  *bad = clouds->count;
  if (KEEL_LIKELY(
          V(are_finite)(centers, clouds->count * d) && V(are_finite)(scatters, clouds->count * d * d))) {
    return;
  }
  for (size_t b = clouds->count; b-- > 0;) {
    if (!V(are_finite)(centers + b * d, d) || !V(are_finite)(scatters + b * d * d, d * d)) *bad = b;
  }
}

static void V(cloud_moments)(
    const S(keel_clouds) * clouds, int centered, KEEL_REAL *centers, KEEL_REAL *scatters, size_t *bad) {
  switch (clouds->dimension) {
    case 2: V(all_moments)(2, clouds, centered, centers, scatters, bad); return;
    case 3: V(all_moments)(3, clouds, centered, centers, scatters, bad); return;
    default: V(all_moments)(0, clouds, centered, centers, scatters, bad);
  }
}

#undef KEEL_LOAD_EIGHT
#undef KEEL_JOINED
#undef KEEL_LARGEST_LOSS
