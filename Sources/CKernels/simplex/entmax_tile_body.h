/* Thresholds of entmax-1.5 of a tile, one row a lane: KEEL_GROUPS vectors V(KEEL_LANES) of KEEL_LANE_COUNT
 * lanes, with masks V(KEEL_LANE_MASK), of which V(KEEL_ANY) tells whether a lane is set; in float, one vector
 * V(KEEL_FLOATS) of all lanes, V(KEEL_FLOAT_MASK) and V(KEEL_ANY_FLOAT). Included once for sixteen rows and
 * once for a row alone, whose result has the same bits. */

#define KEEL_TILE(j, h) (*(V(KEEL_LANES) *)(tile + ((j) * KEEL_GROUPS + (h)) * KEEL_LANE_COUNT))
#define KEEL_EACH_GROUP KEEL_UNROLL for (int h = 0; h < KEEL_GROUPS; ++h)
#define KEEL_PICK(mask, a, b) \
  ((V(KEEL_LANES))(((V(KEEL_LANE_MASK))(a) & (mask)) | ((V(KEEL_LANE_MASK))(b) & ~(mask))))
#define KEEL_ONLY(mask, a) ((V(KEEL_LANES))((V(KEEL_LANE_MASK))(a) & (mask)))

/* Numbers at or left of the roots, as a rule near to them, in float: Newton's method at a third of its cost
 * in double. It ends where a step is small.
 *
 * What goes wrong in float: entries z in [-1, 0] are off by 2^-25, which moves a root by no more. The sums of
 * at most 128 terms are off by 2^-17 of themselves, and the norm by 2^-18; a step is
 * (norm^2 - norm) / first with norm^2 <= first, so that it is off by less than 2^-15. Left by 2^-13 is left
 * of the root. A lane with NaN stays where it is. */
KEEL_INLINE void V(KEEL_START_NAME)(const float *tile, size_t columns, double *starts) {
  const V(KEEL_FLOATS) none = {0};
  V(KEEL_FLOATS) tau = none - 1;
  V(KEEL_FLOAT_MASK) moving = ~(V(KEEL_FLOAT_MASK)){0};
  for (int round = 0; round < 20; ++round) {
    V(KEEL_FLOATS) first = none, second = none;
    for (size_t j = 0; j < columns; ++j) {
      V(KEEL_FLOATS) t = ((const V(KEEL_FLOATS) *)tile)[j] - tau;
      t = (V(KEEL_FLOATS))((V(KEEL_FLOAT_MASK))t & (t > 0.0f));
      first += t;
      second += t * t;
    }
    V(KEEL_FLOATS) norm = __builtin_elementwise_sqrt(second);
    V(KEEL_FLOATS) step = (norm - 1) * norm / first;
    tau += (V(KEEL_FLOATS))((V(KEEL_FLOAT_MASK))step & moving & (step > 0.0f));
    moving &= step > 0x1p-6f;
    if (!V(KEEL_ANY_FLOAT)(&moving)) break;
  }
  tau -= 0x1p-13f;
  for (int lane = 0; lane < KEEL_GROUPS * KEEL_LANE_COUNT; ++lane) starts[lane] = (double)tau[lane];
}

/* The roots tau of  sum (z - tau)+^2 = 1,  z = (x - maximum) / 2, of the rows in a tile, by the method of
 * V(quadratic): Newton's until the size of the support stays, then the quadratic formula about its mean. A
 * lane that is done waits for the others, so that its result does not depend on them. The tile becomes z. */
KEEL_INLINE void V(KEEL_QUADRATIC_NAME)(
    double *tile, size_t columns, double *maximum, double *root, int *exceptional) {
  const V(KEEL_LANES) none = {0}, one = none + 1;
  V(KEEL_LANES) m[KEEL_GROUPS], tau[KEEL_GROUPS], before[KEEL_GROUPS], result[KEEL_GROUPS];
  V(KEEL_LANE_MASK) unordered[KEEL_GROUPS];
  V(KEEL_FLOATS) narrow[KEEL_SHORT];
  KEEL_EACH_GROUP {
    m[h] = none - INFINITY;
    before[h] = none;
    unordered[h] = (V(KEEL_LANE_MASK)){0};
  }
  for (size_t j = 0; j < columns; ++j)
    KEEL_EACH_GROUP {
      V(KEEL_LANES) x = KEEL_TILE(j, h);
      m[h] = KEEL_PICK(x > m[h], x, m[h]);
      unordered[h] |= x != x;
    }
  KEEL_EACH_GROUP unordered[h] |= (m[h] - m[h]) != 0.0;
  for (size_t j = 0; j < columns; ++j)
    KEEL_EACH_GROUP {
      V(KEEL_LANES) z = (KEEL_TILE(j, h) - m[h]) * 0.5;
      KEEL_TILE(j, h) = z;
      ((V(KEEL_HALF) *)(narrow + j))[h] = __builtin_convertvector(z, V(KEEL_HALF));
    }
  /* The room of the result holds the starts before. */
  V(KEEL_START_NAME)((const float *)narrow, columns, root);
  KEEL_EACH_GROUP result[h] = tau[h] = *(V(KEEL_LANES) *)(root + KEEL_LANE_COUNT * h);
  for (int round = 0; round < 1000; ++round) {
    V(KEEL_LANES) count[KEEL_GROUPS], first[KEEL_GROUPS], second[KEEL_GROUPS];
    V(KEEL_LANE_MASK) moving[KEEL_GROUPS], any = {0};
    KEEL_EACH_GROUP count[h] = first[h] = second[h] = none;
    for (size_t j = 0; j < columns; ++j)
      KEEL_EACH_GROUP {
        V(KEEL_LANES) t = KEEL_TILE(j, h) - tau[h];
        V(KEEL_LANE_MASK) above = t > 0.0;
        t = KEEL_ONLY(above, t);
        count[h] += KEEL_ONLY(above, one);
        first[h] += t;
        second[h] += t * t;
      }
    KEEL_EACH_GROUP {
      moving[h] = (count[h] != before[h]) & ~unordered[h];
      any |= moving[h];
      before[h] = count[h];
    }
    if (!V(KEEL_ANY)(&any)) {
      V(KEEL_LANES) mean[KEEL_GROUPS], squares[KEEL_GROUPS];
      KEEL_EACH_GROUP {
        mean[h] = tau[h] + first[h] / count[h];
        squares[h] = none;
      }
      for (size_t j = 0; j < columns; ++j)
        KEEL_EACH_GROUP {
          V(KEEL_LANES) z = KEEL_TILE(j, h), t = z - mean[h];
          squares[h] += KEEL_ONLY(z > tau[h], t * t);
        }
      KEEL_EACH_GROUP {
        V(KEEL_LANES) rest = (1 - squares[h]) / count[h];
        result[h] = mean[h] - __builtin_elementwise_sqrt(KEEL_ONLY(rest > 0.0, rest));
      }
      for (size_t j = 0; j < columns; ++j)
        KEEL_EACH_GROUP {
          V(KEEL_LANES) z = KEEL_TILE(j, h);
          moving[h] |= (z > tau[h]) & (z < result[h] - 4e-16);
        }
      KEEL_EACH_GROUP {
        moving[h] &= ~unordered[h];
        any |= moving[h];
      }
      if (!V(KEEL_ANY)(&any)) break;
    }
    KEEL_EACH_GROUP {
      V(KEEL_LANES) norm = __builtin_elementwise_sqrt(second[h]);
      V(KEEL_LANES) next = tau[h] + (norm - 1) * norm / first[h];
      tau[h] = KEEL_PICK(moving[h] & (next > tau[h]), next, tau[h]);
    }
  }
  *exceptional = 0;
  KEEL_EACH_GROUP {
    *(V(KEEL_LANES) *)(maximum + KEEL_LANE_COUNT * h) = m[h];
    *(V(KEEL_LANES) *)(root + KEEL_LANE_COUNT * h) = result[h];
    if (V(KEEL_ANY)(&unordered[h]))
      for (int i = 0; i < KEEL_LANE_COUNT; ++i)
        *exceptional |= (int)(unordered[h][i] & 1) << (KEEL_LANE_COUNT * h + i);
  }
}

#undef KEEL_TILE
#undef KEEL_EACH_GROUP
#undef KEEL_PICK
#undef KEEL_ONLY
#undef KEEL_QUADRATIC_NAME
#undef KEEL_START_NAME
#undef KEEL_FLOATS
#undef KEEL_HALF
#undef KEEL_FLOAT_MASK
#undef KEEL_ANY_FLOAT
#undef KEEL_LANES
#undef KEEL_LANE_MASK
#undef KEEL_LANE_COUNT
#undef KEEL_GROUPS
#undef KEEL_ANY
