/* The kernels of keel_transfer.h for one instruction set and scalar. V(name) names the variant, S(name)
 * the type of keel_transfer.h, KEEL_REAL is the scalar, KEEL_LANES their number in a block of 64 bytes
 * and KEEL_PANEL the number of rows that are treated together.
 *
 * Blocks are passed by address: by value, the way they are passed would depend on the instruction set. */

typedef KEEL_REAL V(block) __attribute__((vector_size(64)));
typedef KEEL_REAL V(stored) __attribute__((vector_size(64), aligned(sizeof(KEEL_REAL)), may_alias));

#define LOAD(address) ((V(block))*(const V(stored) *)(address))
#define STORE(address, block) (*(V(stored) *)(address) = (block))

/* The last `count` < KEEL_LANES numbers of a row, with zeros behind them. */
KEEL_INLINE void V(load_tail)(V(block) *block, const KEEL_REAL *source, size_t count) {
#if KEEL_MASKS && KEEL_LANES == 8
  *block = _mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), source);
#elif KEEL_MASKS
  *block = _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), source);
#else
  KEEL_REAL values[KEEL_LANES] = {0};
  for (size_t i = 0; i < count; ++i) values[i] = source[i];
  *block = LOAD(values);
#endif
}

KEEL_INLINE void V(store_tail)(KEEL_REAL *target, const V(block) *block, size_t count) {
#if KEEL_MASKS && KEEL_LANES == 8
  _mm512_mask_storeu_pd(target, (__mmask8)((1u << count) - 1), *block);
#elif KEEL_MASKS
  _mm512_mask_storeu_ps(target, (__mmask16)((1u << count) - 1), *block);
#else
  KEEL_REAL values[KEEL_LANES];
  STORE(values, *block);
  for (size_t i = 0; i < count; ++i) target[i] = values[i];
#endif
}

/* The sum of the lanes: halves are added to each other until one number is left. */
KEEL_INLINE KEEL_REAL V(total)(const V(block) *block) {
  V(block) a = *block;
#if KEEL_LANES == 16
  a += __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  a += __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3);
  a += __builtin_shufflevector(a, a, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1);
#else
  a += __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3);
  a += __builtin_shufflevector(a, a, 2, 3, 0, 1, 2, 3, 0, 1);
#endif
  return a[0] + a[1];
}

/* along_r = C_r . x for a panel of `rows` rows. */
KEEL_INLINE void V(dots)(
    const int rows, size_t columns, const KEEL_REAL *matrix, const KEEL_REAL *x, KEEL_REAL *along) {
  V(block) sums[KEEL_PANEL];
  KEEL_UNROLL for (int r = 0; r < rows; ++r) sums[r] = (V(block)){0};
  size_t j = 0;
  for (; j + KEEL_LANES <= columns; j += KEEL_LANES) {
    V(block) xj = LOAD(x + j);
    KEEL_UNROLL for (int r = 0; r < rows; ++r) sums[r] += LOAD(matrix + r * columns + j) * xj;
  }
  if (j < columns) {
    V(block) xj, c;
    V(load_tail)(&xj, x + j, columns - j);
    KEEL_UNROLL for (int r = 0; r < rows; ++r) {
      V(load_tail)(&c, matrix + r * columns + j, columns - j);
      sums[r] += c * xj;
    }
  }
  KEEL_UNROLL for (int r = 0; r < rows; ++r) along[r] = V(total)(&sums[r]);
}

KEEL_INLINE KEEL_REAL V(row_change)(
    const S(keel_row_term) *term, size_t row, KEEL_REAL along) {
  KEEL_REAL value = term->along * along;
  return term->base ? term->scale * term->base[row] + value : value;
}

KEEL_INLINE KEEL_REAL V(row_term)(const S(keel_row_term) *term, size_t row, KEEL_REAL along) {
  KEEL_REAL change = V(row_change)(term, row, along);
  return term->origin ? term->origin[row] + change : change;
}

/* What a sweep does to a block of a row: D = C + change, where the change makes up for what rounding took
 * before, and what it takes now is kept. `change` is exact to be kept if it is smaller than C. */
#define KEEL_ADD(c, change, store, load)                     \
  if (compensated) {                                         \
    V(block) kept, old = c;                                  \
    load(kept, error);                                       \
    change += kept;                                          \
    c += change;                                             \
    kept = change - (c - old);                               \
    store(updated_error, kept);                              \
  } else {                                                   \
    c += change;                                             \
  }                                                          \
  store(updated, c);

#define KEEL_WHOLE_LOAD(block, base) block = LOAD(base + r * columns + j)
#define KEEL_WHOLE_STORE(base, block) STORE(base + r * columns + j, block)
#define KEEL_TAIL_LOAD(block, base) V(load_tail)(&block, base + r * columns + j, count)
#define KEEL_TAIL_STORE(base, block) V(store_tail)(base + r * columns + j, &block, count)

/* The rows `first` to `first + rows` of a sweep that adds `terms` outer products. */
KEEL_INLINE void V(panel)(
    const int rows, const int terms, const int compensated, const S(keel_sweep) *sweep,
    size_t first) {
  const size_t columns = sweep->columns;
  const KEEL_REAL *matrix = sweep->matrix + first * columns;
  KEEL_REAL along[KEEL_PANEL];
  KEEL_REAL p[KEEL_PANEL], q[KEEL_PANEL], s[KEEL_PANEL];
  if (sweep->x) {
    V(dots)(rows, columns, matrix, sweep->x, along);
  } else {
    KEEL_UNROLL for (int r = 0; r < rows; ++r) along[r] = 0;
  }
  KEEL_UNROLL for (int r = 0; r < rows; ++r) {
    const size_t row = first + r;
    if (terms > 0) p[r] = V(row_term)(&sweep->p, row, along[r]);
    if (terms > 1) q[r] = V(row_term)(&sweep->q, row, along[r]);
    s[r] = V(row_change)(&sweep->s, row, along[r]);
    if (compensated) s[r] += sweep->head_error[row];
    const KEEL_REAL origin = sweep->s.origin ? sweep->s.origin[row] : 0;
    const KEEL_REAL change = s[r];
    s[r] = origin + change;
    if (compensated) sweep->combination_error[row] = change - (s[r] - origin);
    if (sweep->along) sweep->along[row] = along[r];
    if (sweep->combination) sweep->combination[row] = s[r];
  }
  if (terms == 0 && !sweep->sum) return;

  const size_t offset = first * columns;
  KEEL_REAL *updated = terms > 0 ? sweep->updated + offset : NULL;
  const KEEL_REAL *error = compensated ? sweep->error + offset : NULL;
  KEEL_REAL *updated_error = compensated ? sweep->updated_error + offset : NULL;
  KEEL_REAL *sum = sweep->sum;
  const KEEL_REAL *e = sweep->e, *f = sweep->f;
  const int begins = first == 0;
  const int ends = first + rows == sweep->rows;
  const KEEL_REAL *target = ends ? sweep->target : NULL, *weight = target ? sweep->weight : NULL;
  V(block) ej = {0}, fj = {0};
  size_t j = 0;
  for (; j + KEEL_LANES <= columns; j += KEEL_LANES) {
    if (terms > 0) ej = LOAD(e + j);
    if (terms > 1) fj = LOAD(f + j);
    V(block) total = {0};
    if (!begins) total = LOAD(sum + j);
    KEEL_UNROLL for (int r = 0; r < rows; ++r) {
      V(block) c;
      KEEL_WHOLE_LOAD(c, matrix);
      if (terms > 0) {
        V(block) change = p[r] * ej;
        if (terms > 1) change += q[r] * fj;
        KEEL_ADD(c, change, KEEL_WHOLE_STORE, KEEL_WHOLE_LOAD)
      }
      total += s[r] * c;
    }
    if (target) total = LOAD(target + j) - total;
    if (weight) total *= LOAD(weight + j);
    STORE(sum + j, total);
  }
  if (j < columns) {
    const size_t count = columns - j;
    if (terms > 0) V(load_tail)(&ej, e + j, count);
    if (terms > 1) V(load_tail)(&fj, f + j, count);
    V(block) total = {0}, c;
    if (!begins) V(load_tail)(&total, sum + j, count);
    KEEL_UNROLL for (int r = 0; r < rows; ++r) {
      KEEL_TAIL_LOAD(c, matrix);
      if (terms > 0) {
        V(block) change = p[r] * ej;
        if (terms > 1) change += q[r] * fj;
        KEEL_ADD(c, change, KEEL_TAIL_STORE, KEEL_TAIL_LOAD)
      }
      total += s[r] * c;
    }
    if (target) {
      V(load_tail)(&c, target + j, count);
      total = c - total;
    }
    if (weight) {
      V(load_tail)(&c, weight + j, count);
      total *= c;
    }
    V(store_tail)(sum + j, &total, count);
  }
}

/* `terms` and `compensated` are constants wherever this is inlined, and the inner loops free of choices. */
KEEL_INLINE void V(panels)(const int terms, const int compensated, const S(keel_sweep) *sweep) {
  const size_t rows = sweep->rows;
  size_t first = 0;
  for (; rows - first >= KEEL_PANEL; first += KEEL_PANEL) {
    V(panel)(KEEL_PANEL, terms, compensated, sweep, first);
  }
  switch (rows - first) {
#if KEEL_PANEL > 4
    case 7: V(panel)(7, terms, compensated, sweep, first); break;
    case 6: V(panel)(6, terms, compensated, sweep, first); break;
    case 5: V(panel)(5, terms, compensated, sweep, first); break;
    case 4: V(panel)(4, terms, compensated, sweep, first); break;
#endif
#if KEEL_PANEL > 2
    case 3: V(panel)(3, terms, compensated, sweep, first); break;
    case 2: V(panel)(2, terms, compensated, sweep, first); break;
#endif
    case 1: V(panel)(1, terms, compensated, sweep, first); break;
    default:
      /* The sum of no rows is zero, and has to be written. */
      if (rows == 0) V(panel)(0, terms, compensated, sweep, 0);
  }
}

static void V(read)(const S(keel_sweep) *sweep) { V(panels)(0, 0, sweep); }
static void V(update)(const S(keel_sweep) *sweep) { V(panels)(1, 0, sweep); }
static void V(update_twice)(const S(keel_sweep) *sweep) { V(panels)(2, 0, sweep); }
static void V(update_exactly)(const S(keel_sweep) *sweep) { V(panels)(1, 1, sweep); }
static void V(update_twice_exactly)(const S(keel_sweep) *sweep) { V(panels)(2, 1, sweep); }

static void V(sweep)(const S(keel_sweep) *sweep) {
  if (!sweep->e) V(read)(sweep);
  else if (!sweep->error) sweep->f ? V(update_twice)(sweep) : V(update)(sweep);
  else sweep->f ? V(update_twice_exactly)(sweep) : V(update_exactly)(sweep);
}

static void V(descend)(
    size_t rows, size_t columns, size_t steps, KEEL_REAL step, const KEEL_REAL *weight,
    const KEEL_REAL *target, KEEL_REAL *head, KEEL_REAL *features, KEEL_REAL *gradient,
    KEEL_REAL *workspace) {
  KEEL_REAL *now = gradient, *next = workspace;
  S(keel_sweep) sweep = {
      .rows = rows, .columns = columns, .matrix = features, .updated = features,
      .p = {.base = head, .scale = step}, .s = {.origin = head, .along = step},
      .combination = head, .target = target, .weight = weight};
  for (; steps > 0; --steps) {
    sweep.x = now;
    sweep.e = now;
    sweep.sum = next;
    V(update)(&sweep);
    KEEL_REAL *swapped = now;
    now = next;
    next = swapped;
  }
  if (now != gradient) memcpy(gradient, now, columns * sizeof(KEEL_REAL));
}

#undef LOAD
#undef STORE
#undef KEEL_ADD
#undef KEEL_WHOLE_LOAD
#undef KEEL_WHOLE_STORE
#undef KEEL_TAIL_LOAD
#undef KEEL_TAIL_STORE
