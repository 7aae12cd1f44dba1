/* Thresholds on the candidates of a row: u = x - maximum in double, with -infinity up to a whole block.
 *
 * p has the values of the map at the candidates when a solver returns. */

typedef struct {
  double *u, *p;
  uint32_t *indices;
  size_t count;
} V(support);

/* Puts -infinity behind the last candidate, up to a whole block. */
KEEL_INLINE void V(pad)(V(support) * s) {
  for (size_t i = s->count; i & 7; ++i) s->u[i] = -INFINITY;
}

/* Drops the candidates at or below a bound. */
KEEL_INLINE void V(retain)(V(support) * s, double bound) {
  size_t kept = 0;
  for (size_t i = 0; i < s->count; i += 8) {
#if KEEL_LEVEL == 2
    __m512d u = _mm512_loadu_pd(s->u + i);
    __mmask8 above = _mm512_cmp_pd_mask(u, _mm512_set1_pd(bound), _CMP_GT_OQ);
    __m256i indices = _mm256_loadu_si256((const __m256i_u *)(s->indices + i));
    _mm512_storeu_pd(s->u + kept, _mm512_maskz_compress_pd(above, u));
    _mm256_storeu_si256((__m256i_u *)(s->indices + kept), _mm256_maskz_compress_epi32(above, indices));
    kept += (size_t)__builtin_popcount(above);
#else
    KEEL_UNROLL for (int lane = 0; lane < 8; ++lane) {
      double u = s->u[i + lane];
      s->u[kept] = u;
      s->indices[kept] = s->indices[i + lane];
      kept += u > bound;
    }
#endif
  }
  s->count = kept;
  V(pad)(s);
}

/* Number, sum and sum of squares of what of scale u - tau is positive. */
KEEL_INLINE void V(moments)(
    const V(support) * s, double scale, double tau, double *number, double *first, double *second) {
  V(d8) none = {0}, k = none, s1 = none, s2 = none, lost1 = none, lost2 = none;
  for (size_t i = 0, end; i < s->count;) {
    V(d8) part1 = none, part2 = none;
    for (end = V(part_end)(i, s->count); i < end; i += 8) {
      V(d8) t = KEEL_LOAD_D8(s->u + i) * scale - tau;
      V(i8) above = t > 0.0;
      t = KEEL_MASK_D8(above, t);
      k += KEEL_MASK_D8(above, none + 1.0);
      part1 += t;
      part2 += t * t;
    }
    V(add_part)(&s1, &lost1, &part1);
    V(add_part)(&s2, &lost2, &part2);
  }
  s1 += lost1;
  s2 += lost2;
  *number = V(lane_sum)(&k);
  *first = V(lane_sum)(&s1);
  *second = V(lane_sum)(&s2);
}

/* The root tau of  sum (scale u - tau)+^2 = 1; p = (scale u - tau)+ at the candidates.
 *
 * Newton's method for the norm (sum (t - tau)+^2)^(1/2), which is convex and decreasing in tau: from the
 * left, iterates rise and the support shrinks. When its size stays, the threshold comes from the support by
 * the quadratic formula about the mean, and is right if it leaves that support as it is. */
KEEL_INLINE double V(quadratic)(V(support) * s, double scale, double start) {
  double tau = -1, before = 0;
  if (start > tau) tau = start < -1 / sqrt((double)s->count) ? start : -1 / sqrt((double)s->count);
  for (int round = 0;; ++round) {
    double number, first, second;
    V(moments)(s, scale, tau, &number, &first, &second);
    int left = second >= 1 || tau <= -1;
    if (left && number < 0.75 * (double)s->count) V(retain)(s, tau / scale);
    if ((left && number == before) || round == 100) {
      V(support) kept = *s;
      V(retain)(&kept, tau / scale);
      double mean = tau + first / number;
      V(d8) none = {0}, squares = none, lost = none;
      for (size_t i = 0, end; i < kept.count;) {
        V(d8) part = none;
        for (end = V(part_end)(i, kept.count); i < end; i += 8) {
          V(d8) u = KEEL_LOAD_D8(kept.u + i);
          V(d8) t = KEEL_MASK_D8(u > -INFINITY, u * scale - mean);
          part += t * t;
        }
        V(add_part)(&squares, &lost, &part);
      }
      squares += lost;
      double rest = (1 - V(lane_sum)(&squares)) / number;
      double root = mean - sqrt(rest > 0 ? rest : 0);
      V(d8) negative = none;
      for (size_t i = 0; i < kept.count; i += 8) {
        V(d8) t = KEEL_LOAD_D8(kept.u + i) * scale - root;
        KEEL_STORE_D8(s->p + i, KEEL_MASK_D8(t > 0.0, t));
        negative += KEEL_MASK_D8(t < 0.0, none + 1.0);
      }
      *s = kept;
      size_t padding = (8 - kept.count % 8) % 8;
      if (V(lane_sum)(&negative) == (double)padding || root - tau <= 4e-16 || round >= 99) return root;
    }
    before = left ? number : 0;
    double norm = sqrt(second);
    double next = first > 0 ? tau + (norm - 1) * norm / first : -1;
    tau = next > -1 ? next : -1;
  }
}

/* What the power method solves: sum f z^k = 1 with z = (1 + kappa (u - offset))+, f = z^exponent, k = 0 for
 * entmax and 1 for normmax. */
typedef struct {
  double kappa, exponent, root; /* root: 1 / (exponent + k) */
  int norm;
} V(power);

/* An offset as origin + place, with which z = rest + kappa (u - place): (0, 1), or for normmax, whose kappa is
 * 1, also (1, 0).
 *
 * z is rounded as the numbers are that it is made of. Where an entry may get nearly everything, z is near
 * one, and its distance from there is what counts. But of n entries that are all near the maximum z is about
 * n^-root, and made of one and an offset near one it would be rounded as one is: so the offset counts from
 * one where it is nearer to one than to zero. It moves from one origin to the other without rounding. */
typedef struct {
  double place, rest;
} V(offset);

KEEL_INLINE void V(settle_origin)(const V(power) * map, V(offset) * at) {
  if (!map->norm) return;
  if (at->rest == 1 && at->place > 0.5)
    *at = (V(offset)){at->place - 1, 0};
  else if (at->rest == 0 && at->place < -0.5)
    *at = (V(offset)){at->place + 1, 1};
}

/* p <- f. `total` is the sum that should be one, `slope` minus its derivative by the offset, over kappa
 * times its exponent; `number` of positive terms. */
KEEL_INLINE void V(powers)(
    const V(support) * s, const V(power) * map, V(offset) at, double *total, double *slope, double *number) {
  V(d8) none = {0}, g = none, h = none, k = none, lost_g = none, lost_h = none;
  const double kappa = map->kappa, exponent = map->exponent;
  const int norm = map->norm;
  for (size_t i = 0, end; i < s->count;) {
    V(d8) part_g = none, part_h = none;
    for (end = V(part_end)(i, s->count); i < end; i += 8) {
      V(d8) v = (KEEL_LOAD_D8(s->u + i) - at.place) * kappa;
      V(i8) valid = (v > -at.rest) & (v < 0x1p1000);
      v = KEEL_SELECT_D8(valid, v, none + 1.0);
      V(d8) z = at.rest + v;
      if (at.rest == 0)
        V(log)(&v);
      else
        V(log1p)(&v);
      V(d8) f = v * exponent;
      V(exp)(&f);
      f = KEEL_MASK_D8(valid, f);
      KEEL_STORE_D8(s->p + i, f);
      part_g += norm ? f * z : f;
      part_h += norm ? f : f / z;
      k += KEEL_MASK_D8(valid, none + 1.0);
    }
    V(add_part)(&g, &lost_g, &part_g);
    V(add_part)(&h, &lost_h, &part_h);
  }
  g += lost_g;
  h += lost_h;
  *total = V(lane_sum)(&g);
  *slope = V(lane_sum)(&h);
  *number = V(lane_sum)(&k);
}

/* p at an offset that is `step` more, of first order; returns the sum of p.
 *
 * A rounding of the offset changes the total of many small powers by many roundings. What is left of it is
 * not a factor of all entries, which would spoil the conditions for the large ones, but a step too small for
 * the offset. */
KEEL_OUTLINE double V(move)(const V(support) * s, const V(power) * map, V(offset) at, double step) {
  V(d8) none = {0}, sum = none, lost = none;
  const double kappa = map->kappa, relative = map->exponent * kappa * step;
  for (size_t i = 0, end; i < s->count;) {
    V(d8) part = none;
    for (end = V(part_end)(i, s->count); i < end; i += 8) {
      V(d8) z = at.rest + (KEEL_LOAD_D8(s->u + i) - at.place) * kappa, p = KEEL_LOAD_D8(s->p + i);
      V(d8) change = relative / z;
      /* Of entries that it would change much, rounding leaves nothing to mend. */
      V(i8) small = (p > 0.0) & (change < 0x1p-10) & (change > -0x1p-10);
      p -= p * KEEL_MASK_D8(small, change);
      KEEL_STORE_D8(s->p + i, p);
      part += p;
    }
    V(add_part)(&sum, &lost, &part);
  }
  sum += lost;
  return V(lane_sum)(&sum);
}

/* The offset at which the powers sum to one, for normmax less one, and p there.
 *
 * Newton's method for total^root, a p-norm of functions that are affine where they are positive, with p =
 * 1 / root: convex and decreasing for p >= 1, and for p < 0 the same after its sign is changed, so that
 * iterates rise from the left. Written with expm1, nothing is lost as root and kappa go to zero together
 * (entmax near alpha = 1), where a step becomes ln(total). */
KEEL_OUTLINE double V(solve_power)(V(support) * s, const V(power) * map, double start, double tolerance) {
  V(d8) none = {0}, sum = none;
  for (size_t i = 0; i < s->count; i += 8) {
    V(d8) u = KEEL_LOAD_D8(s->u + i);
    sum += KEEL_MASK_D8(u > -INFINITY, u);
  }
  /* By convexity the mean of the powers is at least the power of the mean. */
  double count = (double)s->count;
  double spread = -expm1(-map->root * log(count)) / map->kappa;
  double offset = V(lane_sum)(&sum) / count + spread, total, slope, number;
  if (start > offset) offset = start < spread ? start : spread;
  if (!(offset > 0)) offset = 0;
  V(offset) at = {offset, 1};
  for (int round = 0;; ++round) {
    V(settle_origin)(map, &at);
    V(powers)(s, map, at, &total, &slope, &number);
    if (fabs(total - 1) <= tolerance || round == 100) break;
    double lowest = at.rest - 1; /* an offset of 0 */
    double step = lowest - at.place;
    if (slope > 0) step = -expm1(-map->root * log(total)) * total / (map->kappa * slope);
    double next = at.place + step > lowest ? at.place + step : lowest;
    if (next == at.place || (round > 0 && step <= 0)) break; /* down again: within rounding of the root */
    if (map->kappa > 0 && step > 0 && number < 0.75 * (double)s->count)
      V(retain)(s, at.place - at.rest / map->kappa);
    at.place = next;
  }
  double whole = map->norm ? slope : total;
  if (fabs(total - 1) > tolerance && slope > 0)
    whole = V(move)(s, map, at, -expm1(-map->root * log(total)) * total / (map->kappa * slope));
  double scale = 1 / whole;
  for (size_t i = 0; i < s->count; i += 8) KEEL_STORE_D8(s->p + i, KEEL_LOAD_D8(s->p + i) * scale);
  return map->norm ? at.place - at.rest : at.place;
}

/* p <- (a (u - base) + shift)^(1/a), 0 where that is not positive; their sum, and the sum of p / z with z
 * what is taken to the power. */
KEEL_INLINE void V(roots)(
    const V(support) * s, double a, double base, double shift, double *total, double *quotients) {
  V(d8) none = {0}, g = none, h = none, lost = none;
  for (size_t i = 0, end; i < s->count;) {
    V(d8) part_g = none, part_h = none;
    for (end = V(part_end)(i, s->count); i < end; i += 8) {
      V(d8) z = (KEEL_LOAD_D8(s->u + i) - base) * a + shift;
      V(i8) valid = z > 0.0;
      z = KEEL_SELECT_D8(valid, z, none + 1.0);
      V(d8) f = z;
      V(log)(&f);
      f /= a;
      V(exp)(&f);
      f = KEEL_MASK_D8(valid, f);
      KEEL_STORE_D8(s->p + i, f);
      part_g += f;
      part_h += f / z;
    }
    V(add_part)(&g, &lost, &part_g);
    h += part_h;
  }
  g += lost;
  *total = V(lane_sum)(&g);
  *quotients = V(lane_sum)(&h);
}

/* For alpha > 2: the largest of the candidates x that are zero in the output, or -infinity. They are scores
 * here, not differences from the maximum.
 *
 * x_k is in the support if with the threshold at x_k the sum is below one. That holds down to some
 * candidate, which is found by choosing among those left, halving their number on average. */
KEEL_INLINE double V(steep_bound)(V(support) * s, double a, double maximum) {
  double low = -INFINITY, high = maximum;
  uint32_t choice = 0x9E3779B9;
  for (;;) {
    size_t between = 0;
    for (size_t i = 0; i < s->count; ++i) between += s->u[i] > low && s->u[i] < high;
    if (between == 0) return low;
    choice = choice * 1664525 + 1013904223;
    size_t skip = (size_t)((uint64_t)choice * between >> 32), i = 0;
    for (;; ++i)
      if (s->u[i] > low && s->u[i] < high && skip-- == 0) break;
    double base = s->u[i], total, unused;
    V(roots)(s, a, base, 0, &total, &unused);
    if (total < 1) {
      high = base;
    } else {
      low = base;
      V(retain)(s, low);
    }
  }
}

/* For alpha > 2: p. The candidates are scores.
 *
 * Powers below one have infinite slope at the threshold: rounding of a threshold would cost small entries all
 * digits. So the unknown is the smallest entry q of the support, of score x_k: p_i = (q^a + a (x_i -
 * x_k))^(1/a) is a norm of (q, a (x_i - x_k)^(1/a)), convex in q, and Newton's method falls to the root from
 * 1 / count. */
KEEL_OUTLINE void V(solve_steep)(V(support) * s, double a, double maximum) {
  V(retain)(s, V(steep_bound)(s, a, maximum));
  double count = (double)s->count, smallest = maximum, ties = 0, q = 1 / count, total = 1;
  for (size_t i = 0; i < s->count; ++i) smallest = s->u[i] < smallest ? s->u[i] : smallest;
  for (size_t i = 0; i < s->count; ++i) ties += s->u[i] == smallest;
  for (int round = 0; round < 100; ++round) {
    double power = exp(a * log(q)), quotients;
    V(roots)(s, a, smallest, power, &total, &quotients);
    /* Where the power is zero for lack of exponents, so are its quotients, and ties are not in the sum. */
    double tied = power > 0 ? 0 : ties * q;
    total += tied;
    double slope = power > 0 ? quotients * power / q : ties;
    double next = q - (total - 1) / slope;
    if (!(next > 0)) next = q * 0x1p-30; /* the root is so small that rounding passed over 0 */
    if (!(next < q)) break;
    q = next;
  }
  for (size_t i = 0; i < s->count; ++i)
    s->p[i] = (s->u[i] == smallest ? q : s->p[i]) / total;
}
