/* Eigenproblems of small symmetric matrices for one instruction set and scalar.
 *
 * Jacobi's method (Golub and Van Loan 2013, section 8.5), a matrix a lane: a rotation in the plane (p, q)
 * makes a_pq zero, and sweeps over all planes make what is off the diagonal go to zero with the square of
 * what is left. All lanes do the same work, so that the eigenvectors are as orthogonal as the product of a
 * few dozen rotations, for any spectrum, and there is no choice that a close or equal eigenvalue could make
 * wrong.
 *
 * A lane never sees another one: widths may differ between instruction sets, and the bits are the same. */

/* Two registers: the roots and quotients of one go on while those of the other are waited for. */
#define KEEL_GROUP (2 * KEEL_BYTES)
#define KEEL_COUNT (KEEL_GROUP / (int)sizeof(KEEL_REAL))
typedef KEEL_REAL V(lanes) __attribute__((vector_size(KEEL_GROUP), may_alias));
#if KEEL_DOUBLE
typedef int64_t V(bits) __attribute__((vector_size(KEEL_GROUP), may_alias));
#define KEEL_INTEGER int64_t
#define KEEL_MAGNITUDE INT64_MAX
#define KEEL_EXPONENT 0x7ff0000000000000
#define KEEL_EXPONENT_SHIFT 52
#define KEEL_LARGEST_SCALE 2045 /* of biased exponents */
#else
typedef int32_t V(bits) __attribute__((vector_size(KEEL_GROUP), may_alias));
#define KEEL_INTEGER int32_t
#define KEEL_MAGNITUDE INT32_MAX
#define KEEL_EXPONENT 0x7f800000
#define KEEL_EXPONENT_SHIFT 23
#define KEEL_LARGEST_SCALE 253
#endif

/* Matrices are scaled to a largest entry in [1/2, 1). An entry is left out that is below KEEL_TINY times the
 * diagonal it would be added to, or below KEEL_FLOOR: its square would be a subnormal number, with which some
 * processors take a hundred times as long. KEEL_NOTHING is lost next to KEEL_FLOOR. */
#define KEEL_TINY (KEEL_DOUBLE ? (KEEL_REAL)1e-20 : (KEEL_REAL)1e-10)
#define KEEL_FLOOR (KEEL_DOUBLE ? (KEEL_REAL)1e-140 : (KEEL_REAL)1e-18)
#define KEEL_NOTHING (KEEL_DOUBLE ? (KEEL_REAL)1e-160 : (KEEL_REAL)1e-30)
/* Nothing off the diagonal counts any more that is at most KEEL_DIAGONAL, 1/32 of a rounding of 1, or
 * KEEL_ROUNDING times the sum of the two entries on the diagonal that belong to it: less than half a rounding
 * of these. Rotations would only go on to shuffle the rounding errors of a cluster of eigenvalues. */
#define KEEL_DIAGONAL (KEEL_DOUBLE ? (KEEL_REAL)0x1p-57 : (KEEL_REAL)0x1p-28)
#define KEEL_ROUNDING (KEEL_DOUBLE ? (KEEL_REAL)0x1p-55 : (KEEL_REAL)0x1p-26)
/* Five to nine are usual for orders from 4 to 16. Clusters of a dozen eigenvalues may use up all of them;
 * what is left off the diagonal then are a few roundings. */
#define KEEL_MOST_SWEEPS 16

#define KEEL_ABS(x) ((V(lanes))((V(bits))(x) & KEEL_MAGNITUDE))
#define KEEL_WHERE(mask, a, b) ((V(lanes))(((V(bits))(a) & (mask)) | ((V(bits))(b) & ~(mask))))
#define KEEL_ONLY(mask, a) ((V(lanes))((V(bits))(a) & (mask)))
#define KEEL_MAX(a, b) __builtin_elementwise_max(a, b)

KEEL_INLINE int V(any)(const V(bits) * mask) {
  return __builtin_reduce_or(*mask) != 0;
}

/* A rotation (c, s), its tangent t, and t a_pq, by which the diagonal changes. */
typedef struct {
  V(lanes) c, s, change;
} V(rotation);

/* The rotation that makes a_pq zero, by the smaller angle: with d = a_qq - a_pp and g = 2 a_pq
 *   t = g / (d + sgn(d) sqrt(d^2 + g^2)),   c = 1 / sqrt(1 + t^2),   s = t c.
 * Lanes that are not `active` do not turn. */
KEEL_INLINE void V(rotate)(
    const V(lanes) * app, const V(lanes) * aqq, const V(lanes) * apq, const V(bits) * active,
    V(rotation) * rotation) {
  const V(lanes) none = {0};
  V(lanes) size = KEEL_ABS(*apq);
  V(lanes) least = KEEL_TINY * (KEEL_ABS(*app) + KEEL_ABS(*aqq));
  V(bits) turns = (V(bits))(size > KEEL_MAX(least, none + KEEL_FLOOR));
  if (active) turns &= *active;
  V(lanes) half = KEEL_ONLY(turns, *apq), g = half + half, d = *aqq - *app;
  V(lanes) length = __builtin_elementwise_sqrt(d * d + g * g);
  V(lanes) signed_g = (V(lanes))((V(bits))g ^ ((V(bits))d & ~KEEL_MAGNITUDE));
  V(lanes) t = signed_g / ((KEEL_ABS(d) + KEEL_NOTHING) + length);
  rotation->c = 1 / __builtin_elementwise_sqrt(t * t + 1);
  rotation->s = t * rotation->c;
  rotation->change = t * half;
}

/* Marks the lanes in which a_pq still counts. */
KEEL_INLINE void V(mark)(const V(lanes) * app, const V(lanes) * aqq, const V(lanes) * apq, V(bits) * active) {
  const V(lanes) none = {0};
  V(lanes) least = KEEL_MAX(KEEL_ROUNDING * (KEEL_ABS(*app) + KEEL_ABS(*aqq)), none + KEEL_DIAGONAL);
  *active |= (V(bits))(KEEL_ABS(*apq) > least);
}

/* (x, y) <- (c x - s y, s x + c y). */
KEEL_INLINE void V(turn)(V(lanes) * x, V(lanes) * y, const V(rotation) * by) {
  V(lanes) old = *x;
  *x = by->c * old - by->s * *y;
  *y = by->s * old + by->c * *y;
}

/* Powers of two, one a lane, by which a largest entry is brought into [1/2, 1), and back. `largest` are the
 * bits of magnitudes. */
KEEL_INLINE void V(scales)(const V(bits) * largest, V(lanes) * scale, V(lanes) * back) {
  V(bits) exponent = KEEL_LARGEST_SCALE - (*largest >> KEEL_EXPONENT_SHIFT);
  exponent = KEEL_MAX(exponent, (V(bits)){0} + 1);
  *scale = (V(lanes))(exponent << KEEL_EXPONENT_SHIFT);
  *back = (V(lanes))((KEEL_LARGEST_SCALE + 1 - exponent) << KEEL_EXPONENT_SHIFT);
}

/* Takes from a column what rounding has added to its length 1. */
KEEL_INLINE void V(normalize)(const size_t order, V(lanes) * column) {
  V(lanes) square = {0};
  KEEL_UNROLL for (size_t i = 0; i < order; ++i) square += column[i] * column[i];
  V(lanes) factor = (KEEL_REAL)1.5 - (KEEL_REAL)0.5 * square;
  KEEL_UNROLL for (size_t i = 0; i < order; ++i) column[i] *= factor;
}

/* Stores in `bad` which is the first matrix that is not finite, unless one is known. `largest` are the bits
 * of magnitudes, of which those of NaN and infinity are above all others. */
KEEL_INLINE void V(note_strange)(
    const V(bits) * largest, size_t first, size_t some, size_t count, size_t *bad) {
  V(bits) strange = (V(bits))(*largest >= KEEL_EXPONENT);
  if (KEEL_LIKELY(!V(any)(&strange) || *bad < count)) return;
  for (size_t lane = some; lane-- > 0;) {
    if (strange[lane]) *bad = first + lane;
  }
}

/* (a, b) in ascending order; the columns go along, one with the other sign, so that a determinant stays. */
KEEL_INLINE void V(exchange)(const int order, V(lanes) * a, V(lanes) * b, V(lanes) * x, V(lanes) * y) {
  V(bits) swap = (V(bits))(*a > *b);
  V(lanes) old = *a;
  *a = KEEL_WHERE(swap, *b, old);
  *b = KEEL_WHERE(swap, old, *b);
  KEEL_UNROLL for (int i = 0; x && i < order; ++i) {
    V(lanes) left = x[i];
    x[i] = KEEL_WHERE(swap, y[i], left);
    y[i] = KEEL_WHERE(swap, -left, y[i]);
  }
}

/* 2 x 2: one rotation. `a` holds a00, a01, a11, and then the eigenvalues in a[0] and a[2]. */
KEEL_INLINE void V(decompose_2)(V(lanes) * a, V(lanes) * columns) {
  V(rotation) by;
  V(rotate)(&a[0], &a[2], &a[1], NULL, &by);
  a[0] -= by.change;
  a[2] += by.change;
  if (columns) {
    columns[0] = by.c;
    columns[1] = -by.s;
    columns[2] = by.s;
    columns[3] = by.c;
  }
  V(exchange)(2, &a[0], &a[2], columns, columns ? columns + 2 : NULL);
}

/* One sweep over a 3 x 3 matrix a00, a01, a02, a11, a12, a22. */
KEEL_INLINE void V(sweep_3)(V(lanes) * a, V(lanes) * columns, const V(bits) * active) {
  const int diagonal[3] = {0, 3, 5}, off[3] = {1, 2, 4};
  KEEL_UNROLL for (int plane = 0; plane < 3; ++plane) {
    const int p = plane == 2 ? 1 : 0, q = plane == 0 ? 1 : 2;
    V(lanes) *pq = &a[off[plane]], none = {0};
    V(rotation) by;
    V(rotate)(&a[diagonal[p]], &a[diagonal[q]], pq, active, &by);
    a[diagonal[p]] -= by.change;
    a[diagonal[q]] += by.change;
    if (active) *pq = KEEL_WHERE(*active, none, *pq);
    else *pq = none;
    /* a_pr and a_qr for the third r. */
    V(turn)(&a[off[plane == 0 ? 1 : 0]], &a[off[plane == 2 ? 1 : 2]], &by);
    KEEL_UNROLL for (int i = 0; columns && i < 3; ++i) {
      V(turn)(&columns[3 * p + i], &columns[3 * q + i], &by);
    }
  }
}

/* 3 x 3. Four sweeps leave 1e-20 of the norm off the diagonal of any matrix that was ever tried; the test
 * after them costs next to nothing. */
KEEL_INLINE void V(decompose_3)(V(lanes) * a, V(lanes) * columns) {
  const V(lanes) none = {0}, one = none + 1;
  KEEL_UNROLL for (int i = 0; columns && i < 9; ++i) columns[i] = i % 4 == 0 ? one : none;
  for (int sweep = 0; sweep < 4; ++sweep) V(sweep_3)(a, columns, NULL);
  for (int sweep = 4; sweep < KEEL_MOST_SWEEPS; ++sweep) {
    V(bits) active = {0};
    V(mark)(&a[0], &a[3], &a[1], &active);
    V(mark)(&a[0], &a[5], &a[2], &active);
    if (KEEL_LIKELY(!V(any)(&active))) break;
    V(sweep_3)(a, columns, &active);
  }
  KEEL_UNROLL for (size_t j = 0; columns && j < 3; ++j) V(normalize)(3, columns + 3 * j);
  V(lanes) *x = columns, *y = columns ? columns + 3 : NULL, *z = columns ? columns + 6 : NULL;
  V(exchange)(3, &a[0], &a[3], x, y);
  V(exchange)(3, &a[3], &a[5], y, z);
  V(exchange)(3, &a[0], &a[3], x, y);
}

/* Matrices of the orders 2 and 3. */
KEEL_INLINE void V(few_planes)(
    const int order, size_t count, const KEEL_REAL *matrices, KEEL_REAL *values, KEEL_REAL *vectors,
    size_t *bad) {
  const size_t size = (size_t)order * (size_t)order;
  const int entries = order * (order + 1) / 2;
  KEEL_REAL packed[6][KEEL_COUNT] __attribute__((aligned(64)));
  KEEL_REAL result[12][KEEL_COUNT] __attribute__((aligned(64)));
  for (size_t first = 0; first < count; first += KEEL_COUNT) {
    const size_t some = count - first < KEEL_COUNT ? count - first : KEEL_COUNT;
    if (some < KEEL_COUNT) memset(packed, 0, sizeof packed);
    for (size_t lane = 0; lane < some; ++lane) {
      const KEEL_REAL *matrix = matrices + (first + lane) * size;
      KEEL_UNROLL for (int i = 0, k = 0; i < order; ++i) {
        KEEL_UNROLL for (int j = i; j < order; ++j) packed[k++][lane] = matrix[i * order + j];
      }
    }
    V(lanes) a[6], columns[9], scale, back;
    V(bits) largest = {0};
    KEEL_UNROLL for (int k = 0; k < entries; ++k) {
      a[k] = *(const V(lanes) *)packed[k];
      largest = KEEL_MAX(largest, (V(bits))a[k] & KEEL_MAGNITUDE);
    }
    V(note_strange)(&largest, first, some, count, bad);
    V(scales)(&largest, &scale, &back);
    KEEL_UNROLL for (int k = 0; k < entries; ++k) a[k] *= scale;
    if (order == 2) V(decompose_2)(a, vectors ? columns : NULL);
    else V(decompose_3)(a, vectors ? columns : NULL);
    KEEL_UNROLL for (int j = 0, k = 0; j < order; k += order - j, ++j) *(V(lanes) *)result[j] = a[k] * back;
    KEEL_UNROLL for (int k = 0; vectors && k < order * order; ++k) *(V(lanes) *)result[3 + k] = columns[k];
    for (size_t lane = 0; lane < some; ++lane) {
      KEEL_REAL *value = values + (first + lane) * (size_t)order;
      KEEL_UNROLL for (int j = 0; j < order; ++j) value[j] = result[j][lane];
      if (!vectors) continue;
      KEEL_REAL *vector = vectors + (first + lane) * size;
      KEEL_UNROLL for (int i = 0; i < order; ++i) {
        KEEL_UNROLL for (int j = 0; j < order; ++j) vector[i * order + j] = result[3 + order * j + i][lane];
      }
    }
  }
}

/* A sweep over a matrix of any order, by rounds of planes (p, q) with p + q = round modulo an odd number.
 * They have no index in common, so that the angles of a round do not wait for each other; and the order is as
 * good as that of rows, for which the method is known to converge (Luk and Park 1989). Others need not: on
 * circles as of a tournament, matrices of order 16 with clusters were not diagonal after 16 sweeps.
 *
 * `columns` holds eigenvectors one behind the other. */
KEEL_OUTLINE void V(sweep)(size_t order, V(lanes) * a, V(lanes) * columns, const V(bits) * active) {
  const size_t n = order, rounds = n | 1;
  for (size_t round = 0; round < rounds; ++round) {
    V(rotation) by[KEEL_FRAMES_LARGEST_DIMENSION / 2];
    size_t planes[KEEL_FRAMES_LARGEST_DIMENSION / 2][2], count = 0;
    for (size_t p = 0; p < n; ++p) {
      const size_t q = (round + rounds - p) % rounds;
      if (q <= p || q >= n) continue;
      planes[count][0] = p;
      planes[count++][1] = q;
    }
    for (size_t i = 0; i < count; ++i) {
      const size_t p = planes[i][0], q = planes[i][1];
      V(rotate)(&a[p * n + p], &a[q * n + q], &a[p * n + q], active, &by[i]);
    }
    for (size_t i = 0; i < count; ++i) {
      const size_t p = planes[i][0], q = planes[i][1];
      V(rotation) turn = by[i];
      a[p * n + p] -= turn.change;
      a[q * n + q] += turn.change;
      a[p * n + q] = (V(lanes))((V(bits))a[p * n + q] & ~*active);
      for (size_t k = 0; k < p; ++k) V(turn)(&a[k * n + p], &a[k * n + q], &turn);
      for (size_t k = p + 1; k < q; ++k) V(turn)(&a[p * n + k], &a[k * n + q], &turn);
      for (size_t k = q + 1; k < n; ++k) V(turn)(&a[p * n + k], &a[q * n + k], &turn);
      if (!columns) continue;
      for (size_t k = 0; k < n; ++k) V(turn)(&columns[p * n + k], &columns[q * n + k], &turn);
    }
  }
}

/* Sorts eigenvalues by transpositions of neighbours; place[j] becomes the column of value j, and `odd` the
 * sign bit where an odd number of columns changed places. */
KEEL_INLINE void V(sort)(size_t order, V(lanes) * values, V(bits) * place, V(bits) * odd) {
  *odd = (V(bits)){0};
  for (size_t j = 0; j < order; ++j) place[j] = (V(bits)){0} + (KEEL_INTEGER)j;
  for (size_t round = 0; round < order; ++round) {
    for (size_t j = round & 1; j + 1 < order; j += 2) {
      V(bits) swap = (V(bits))(values[j] > values[j + 1]), old = place[j];
      V(lanes) value = values[j];
      values[j] = KEEL_WHERE(swap, values[j + 1], value);
      values[j + 1] = KEEL_WHERE(swap, value, values[j + 1]);
      place[j] = (place[j + 1] & swap) | (old & ~swap);
      place[j + 1] = (old & swap) | (place[j + 1] & ~swap);
      *odd ^= swap & ~KEEL_MAGNITUDE;
    }
  }
}

/* Matrices of the order 1 and of orders from 4 on. */
static void V(many_planes)(
    size_t count, size_t order, const KEEL_REAL *matrices, KEEL_REAL *values, KEEL_REAL *vectors,
    size_t *bad) {
  enum { most = KEEL_FRAMES_LARGEST_DIMENSION };
  const size_t size = order * order;
  V(lanes) a[most * most], columns[most * most], diagonal[most], scale, back;
  V(bits) place[most], odd;
  for (size_t first = 0; first < count; first += KEEL_COUNT) {
    const size_t some = count - first < KEEL_COUNT ? count - first : KEEL_COUNT;
    const KEEL_REAL *matrix = matrices + first * size;
    V(bits) largest = {0};
    for (size_t i = 0; i < order; ++i) {
      for (size_t j = i; j < order; ++j) {
        KEEL_REAL *entry = (KEEL_REAL *)&a[i * order + j];
        for (size_t lane = 0; lane < some; ++lane) entry[lane] = matrix[lane * size + i * order + j];
        for (size_t lane = some; lane < KEEL_COUNT; ++lane) entry[lane] = 0;
        largest = KEEL_MAX(largest, (V(bits))a[i * order + j] & KEEL_MAGNITUDE);
      }
    }
    V(note_strange)(&largest, first, some, count, bad);
    V(scales)(&largest, &scale, &back);
    for (size_t i = 0; i < order; ++i) {
      for (size_t j = i; j < order; ++j) a[i * order + j] *= scale;
      for (size_t j = 0; j < order; ++j) columns[i * order + j] = (V(lanes)){0} + (KEEL_REAL)(i == j);
    }
    for (int sweep = 0; sweep < KEEL_MOST_SWEEPS; ++sweep) {
      V(bits) active = {0};
      for (size_t i = 0; i < order; ++i) {
        for (size_t j = i + 1; j < order; ++j) {
          V(mark)(&a[i * order + i], &a[j * order + j], &a[i * order + j], &active);
        }
      }
      if (!V(any)(&active)) break;
      V(sweep)(order, a, vectors ? columns : NULL, &active);
    }
    for (size_t j = 0; j < order; ++j) diagonal[j] = a[j * order + j] * back;
    V(sort)(order, diagonal, place, &odd);
    for (size_t j = 0; j < order; ++j) {
      for (size_t lane = 0; lane < some; ++lane) values[(first + lane) * order + j] = diagonal[j][lane];
    }
    if (!vectors) continue;
    for (size_t j = 0; j < order; ++j) V(normalize)(order, columns + j * order);
    for (size_t lane = 0; lane < some; ++lane) {
      KEEL_REAL *vector = vectors + (first + lane) * size;
      for (size_t j = 0; j < order; ++j) {
        const V(lanes) *column = columns + (size_t)place[j][lane] * order;
        /* The last column makes the determinant 1. */
        const KEEL_REAL sign = j + 1 == order && odd[lane] ? -1 : 1;
        for (size_t i = 0; i < order; ++i) vector[i * order + j] = sign * column[i][lane];
      }
    }
  }
}

static void V(symmetric_eigen)(
    size_t count, size_t order, const KEEL_REAL *matrices, KEEL_REAL *values, KEEL_REAL *vectors,
    size_t *bad) {
  *bad = count;
  if (order == 2) {
    if (vectors) V(few_planes)(2, count, matrices, values, vectors, bad);
    else V(few_planes)(2, count, matrices, values, NULL, bad);
  } else if (order == 3) {
    if (vectors) V(few_planes)(3, count, matrices, values, vectors, bad);
    else V(few_planes)(3, count, matrices, values, NULL, bad);
  } else {
    V(many_planes)(count, order, matrices, values, vectors, bad);
  }
}

#undef KEEL_GROUP
#undef KEEL_INTEGER
#undef KEEL_COUNT
#undef KEEL_MAGNITUDE
#undef KEEL_EXPONENT
#undef KEEL_EXPONENT_SHIFT
#undef KEEL_LARGEST_SCALE
#undef KEEL_TINY
#undef KEEL_FLOOR
#undef KEEL_NOTHING
#undef KEEL_DIAGONAL
#undef KEEL_ROUNDING
#undef KEEL_MOST_SWEEPS
#undef KEEL_ABS
#undef KEEL_WHERE
#undef KEEL_ONLY
#undef KEEL_MAX
