/* Derivatives at outputs p. They are computed on the support, which is compressed first. */

/* Cotangents and outputs on the support of a row, zeros behind them up to a whole block; p is in s.u. */
typedef struct {
  V(support) s;
  double *g;
} V(tangent);

/* Returns 0 if there is NaN in p. Without cotangents g is zero. */
KEEL_INLINE int V(gather)(
    V(room) * room, const KEEL_REAL *p, const KEEL_REAL *cotangent, size_t n, V(tangent) * t) {
  V(candidates) *list = &room->list;
  size_t count = 0;
  unsigned unordered = 0;
  V(vec) none = SPLAT(0);
  for (size_t i = 0; i < n; i += KEEL_BLOCK) {
    size_t end = n - i < KEEL_BLOCK ? n : i + KEEL_BLOCK;
    if (end == i + KEEL_BLOCK && !V(any_above)(p + i, none)) continue;
    V(numbers) numbers = V(numbers_from)((uint32_t)i);
    for (size_t j = i; j < end; j += KEEL_WIDTH) {
      V(vec) x = j + KEEL_WIDTH <= end ? LOAD(p + j) : V(load_tail)(p + j, end - j);
      unsigned bits = V(above)(x, none);
      unordered |= V(above)(x, x);
      count += V(compress)(list->values + count, list->indices + count, x, numbers, bits);
      numbers += KEEL_WIDTH;
    }
  }
  t->s = (V(support)){room->u, room->p, list->indices, count};
  t->g = room->p;
  for (size_t i = 0; i < count; ++i) t->s.u[i] = (double)list->values[i];
  if (!cotangent)
    for (size_t i = 0; i < count; ++i) t->g[i] = 0;
  else if (count == n)
    for (size_t i = 0; i < count; ++i) t->g[i] = (double)cotangent[i];
  else
    for (size_t i = 0; i < count; ++i) t->g[i] = (double)cotangent[list->indices[i]];
  for (size_t i = count; i & 7; ++i) t->s.u[i] = t->g[i] = 0;
  return !unordered;
}

/* Writes values on the support, and zeros elsewhere. */
KEEL_INLINE void V(spread)(const V(tangent) * t, const double *values, KEEL_REAL *gradient, size_t n) {
  size_t count = t->s.count;
  if (count == n) {
    for (size_t i = 0; i < count; ++i) gradient[i] = (KEEL_REAL)values[i];
    return;
  }
  memset(gradient, 0, n * sizeof *gradient);
  for (size_t i = 0; i < count; ++i) gradient[t->s.indices[i]] = (KEEL_REAL)values[i];
}

/* r <- p^(1 - a), at most 1e30; 0 where p is 0. */
KEEL_INLINE void V(weights)(V(d8) * r, double a) {
  V(d8) none = {0}, p = *r;
  V(i8) positive = p > 0.0;
  if (a == 1) {
    *r = KEEL_MASK_D8(positive, none + 1.0);
  } else if (a == 0.5) {
    *r = __builtin_elementwise_sqrt(p);
  } else if (a != 0) {
    p = KEEL_SELECT_D8(positive, p, none + 1.0);
    V(log)(&p);
    p *= 1 - a;
    p = KEEL_SELECT_D8(p > 700.0, none + 700.0, p);
    V(exp)(&p);
    p = KEEL_SELECT_D8(p > 1e30, none + 1e30, p);
    *r = KEEL_MASK_D8(positive, p);
  }
}

/* The cotangent of the smallest entry. For alpha > 2 its weight may be beyond all others: taken from all
 * cotangents, it leaves differences that do not cancel. */
KEEL_INLINE double V(reference)(const V(tangent) * t, double a) {
  if (a <= 1 || t->s.count == 0) return 0;
  size_t smallest = 0;
  for (size_t i = 1; i < t->s.count; ++i) smallest = t->s.u[i] < t->s.u[smallest] ? i : smallest;
  return t->g[smallest];
}

/* r (g - <r, g> / sum r) */
KEEL_INLINE void V(entmax_tangent)(const V(tangent) * t, double a) {
  V(d8) none = {0}, sum = none, dot = none;
  double reference = V(reference)(t, a);
  for (size_t i = 0; i < t->s.count; i += 8) {
    V(d8) r = KEEL_LOAD_D8(t->s.u + i);
    V(weights)(&r, a);
    V(d8) g = KEEL_LOAD_D8(t->g + i) - reference;
    KEEL_STORE_D8(t->s.u + i, r);
    KEEL_STORE_D8(t->g + i, g);
    sum += r;
    dot += r * g;
  }
  double mean = V(lane_sum)(&dot) / V(lane_sum)(&sum);
  for (size_t i = 0; i < t->s.count; i += 8)
    KEEL_STORE_D8(t->g + i, KEEL_LOAD_D8(t->s.u + i) * (KEEL_LOAD_D8(t->g + i) - mean));
}

/* h - p sum h with h = (g - <g, p>) / Q q^(1 - a) / a, Q = 1 / |p|_alpha, q = Q p. */
KEEL_INLINE void V(normmax_tangent)(const V(tangent) * t, double a) {
  V(d8) none = {0}, powers = none, dot = none, sum = none;
  double largest = 0;
  for (size_t i = 0; i < t->s.count; ++i) largest = t->s.u[i] > largest ? t->s.u[i] : largest;
  for (size_t i = 0; i < t->s.count; i += 8) {
    V(d8) p = KEEL_LOAD_D8(t->s.u + i);
    V(i8) positive = p > 0.0;
    V(d8) f = KEEL_SELECT_D8(positive, p / largest, none + 1.0);
    V(log)(&f);
    f *= a + 1;
    V(exp)(&f);
    powers += KEEL_MASK_D8(positive, f);
    dot += p * KEEL_LOAD_D8(t->g + i);
  }
  double norm = largest * exp(log(V(lane_sum)(&powers)) / (a + 1)), mean = V(lane_sum)(&dot);
  for (size_t i = 0; i < t->s.count; i += 8) {
    V(d8) q = KEEL_LOAD_D8(t->s.u + i) / norm;
    V(weights)(&q, a);
    V(d8) h = (KEEL_LOAD_D8(t->g + i) - mean) * q * (norm / a);
    KEEL_STORE_D8(t->g + i, h);
    sum += h;
  }
  double total = V(lane_sum)(&sum);
  for (size_t i = 0; i < t->s.count; i += 8)
    KEEL_STORE_D8(t->g + i, KEEL_LOAD_D8(t->g + i) - KEEL_LOAD_D8(t->s.u + i) * total);
}

/* x <- (e^x - 1 - x) / x^2 for |x| <= 1/2: Taylor's series, the first term left out is 2e-17 of it. */
KEEL_INLINE void V(exp_remainder)(V(d8) * x) {
  V(d8) s = (V(d8)){0} + 1.0 / 1307674368000.0, y = *x;
  s = s * y + 1.0 / 87178291200.0;
  s = s * y + 1.0 / 6227020800.0;
  s = s * y + 1.0 / 479001600.0;
  s = s * y + 1.0 / 39916800.0;
  s = s * y + 1.0 / 3628800.0;
  s = s * y + 1.0 / 362880.0;
  s = s * y + 1.0 / 40320.0;
  s = s * y + 1.0 / 5040.0;
  s = s * y + 1.0 / 720.0;
  s = s * y + 1.0 / 120.0;
  s = s * y + 1.0 / 24.0;
  s = s * y + 1.0 / 6.0;
  *x = s * y + 0.5;
}

/* values <- dp/dalpha: b_i - r_i sum b / sum r for any b that differs from
 *
 *   a_i = -p_i ln^2 p_i psi(-a ln p_i),   psi(E) = (e^E - 1 - E) / E^2,
 *
 * by a multiple of r. For a <= 1, b is a_i. For a > 1, where r may overflow, it is a_i + r_i / a^2 =
 * (p_i - a p_i ln p_i) / a^2, and r is divided by its largest value. */
KEEL_INLINE void V(alpha_tangent)(const V(tangent) * t, double a, double *values) {
  V(d8) none = {0}, sum = none, weight = none;
  double smallest = 1;
  for (size_t i = 0; i < t->s.count; ++i) smallest = t->s.u[i] < smallest ? t->s.u[i] : smallest;
  const double largest = a > 1 ? (1 - a) * log(smallest) : 0, inverse = a != 0 ? 1 / a : 0;
  for (size_t i = 0; i < t->s.count; i += 8) {
    V(d8) p = KEEL_LOAD_D8(t->s.u + i), log_p, b;
    V(i8) positive = p > 0.0;
    log_p = KEEL_SELECT_D8(positive, p, none + 1.0);
    V(log)(&log_p);
    V(d8) r = log_p * (1 - a) - largest;
    V(exp)(&r);
    r = KEEL_MASK_D8(positive, r);
    if (a > 1) {
      b = (p * inverse - p * log_p) * inverse;
    } else {
      V(d8) e = log_p * -a;
      V(i8) small = (e < 0.5) & (e > -0.5);
      V(d8) rest = KEEL_MASK_D8(small, e);
      V(exp_remainder)(&rest);
      V(d8) near = p * log_p * log_p * rest;
      V(d8) far = (r - p - p * e) * inverse * inverse;
      b = -KEEL_SELECT_D8(small, near, far);
    }
    KEEL_STORE_D8(values + i, b);
    KEEL_STORE_D8(t->s.u + i, r);
    sum += b;
    weight += r;
  }
  double ratio = V(lane_sum)(&sum) / V(lane_sum)(&weight);
  for (size_t i = 0; i < t->s.count; i += 8)
    KEEL_STORE_D8(values + i, KEEL_LOAD_D8(values + i) - KEEL_LOAD_D8(t->s.u + i) * ratio);
}

KEEL_INLINE void V(fill)(KEEL_REAL *target, size_t n, KEEL_REAL value) {
  for (size_t i = 0; i < n; ++i) target[i] = value;
}

KEEL_INLINE void V(pull_rows)(const S(keel_pullback_batch) * batch, double a, int norm, void *workspace) {
  V(room) room = V(room_in)(workspace, batch->columns);
  for (size_t r = 0; r < batch->rows; ++r) {
    const KEEL_REAL *g = batch->cotangent + r * batch->cotangent_stride;
    KEEL_REAL *gradient = batch->gradient + r * batch->gradient_stride;
    size_t n = KEEL_ROW_LENGTH(batch, r);
    const KEEL_REAL *p = batch->output + r * batch->output_stride;
    V(tangent) t;
    if (a == 0) {
      V(softmax_pull_row)(p, g, gradient, n);
    } else if (V(gather)(&room, p, g, n, &t)) {
      if (norm)
        V(normmax_tangent)(&t, a);
      else
        V(entmax_tangent)(&t, a);
      V(spread)(&t, t.g, gradient, n);
    } else {
      V(fill)(gradient, n, NAN);
    }
    V(fill)(gradient + n, batch->columns - n, 0);
  }
}

static void V(entmax_pullback)(const S(keel_pullback_batch) * batch, double alpha, void *workspace) {
  V(pull_rows)(batch, alpha - 1, 0, workspace);
}

static void V(normmax_pullback)(const S(keel_pullback_batch) * batch, double alpha, void *workspace) {
  V(pull_rows)(batch, alpha - 1, 1, workspace);
}

static void V(entmax_alpha)(
    const S(keel_pullback_batch) * batch, double alpha, double *products, void *workspace) {
  V(room) room = V(room_in)(workspace, batch->columns);
  for (size_t r = 0; r < batch->rows; ++r) {
    const KEEL_REAL *g = batch->cotangent ? batch->cotangent + r * batch->cotangent_stride : NULL;
    KEEL_REAL *gradient = batch->gradient ? batch->gradient + r * batch->gradient_stride : NULL;
    size_t n = KEEL_ROW_LENGTH(batch, r);
    V(tangent) t;
    if (V(gather)(&room, batch->output + r * batch->output_stride, g, n, &t)) {
      double *values = room.derivatives;
      V(alpha_tangent)(&t, alpha - 1, values);
      if (products) {
        V(d8) dot = {0};
        for (size_t i = 0; i < t.s.count; i += 8) dot += KEEL_LOAD_D8(values + i) * KEEL_LOAD_D8(t.g + i);
        products[r] = V(lane_sum)(&dot);
      }
      if (gradient) V(spread)(&t, values, gradient, n);
    } else {
      if (products) products[r] = NAN;
      if (gradient) V(fill)(gradient, n, NAN);
    }
    if (gradient) V(fill)(gradient + n, batch->columns - n, 0);
  }
}
