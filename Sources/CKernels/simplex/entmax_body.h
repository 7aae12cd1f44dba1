/* The kernels of keel_entmax.h for one instruction set and scalar. */

#include "rows_body.h"

#include "entmax_math.h"

#include "entmax_solve.h"

/* Room for a row of `columns` entries. */
typedef struct {
  V(candidates) list;
  double *u, *p, *derivatives;
} V(room);

KEEL_INLINE size_t V(capacity)(size_t columns) { return columns + columns / 3 + 32; }

KEEL_INLINE size_t V(room_bytes)(size_t columns) {
  size_t places = V(capacity)(columns) + KEEL_BLOCK + 64;
  return places * (sizeof(KEEL_REAL) + sizeof(uint32_t) + 3 * sizeof(double)) + 256;
}

KEEL_INLINE V(room) V(room_in)(void *workspace, size_t columns) {
  size_t places = (V(capacity)(columns) + KEEL_BLOCK + 64) / 16 * 16;
  V(room) room;
  room.u = (double *)workspace;
  room.p = room.u + places;
  room.derivatives = room.p + places;
  room.list.values = (KEEL_REAL *)(room.derivatives + places);
  room.list.indices = (uint32_t *)(room.list.values + places);
  room.list.capacity = V(capacity)(columns);
  return room;
}

#define KEEL_QUADRATIC 0
#define KEEL_POWER 1
#define KEEL_STEEP 2

/* A map: how its threshold is found, and maximum - width below which entries are zero. */
typedef struct {
  int method;
  double width, scale, a, tolerance;
  V(power) power;
  V(tightening) *tighten;
  double parameter;
} V(map);

/* The mean of the candidates; about the maximum, for sums do not overflow. */
KEEL_INLINE double V(mean)(const V(candidates) * list) {
  double sum = 0;
  for (size_t i = 0; i < list->count; ++i) sum += (double)list->values[i] - (double)list->maximum;
  return (double)list->maximum + sum / (double)list->count;
}

/* Drops what fell below the bound meanwhile, and raises it to mean - scale count^-root, at which, by
 * convexity, the candidates alone have a sum of one at least. */
KEEL_INLINE void V(raise)(V(candidates) * list, double scale, double root) {
  V(keep_above)(list, list->bound);
  if (list->count == 0) return;
  double bound = V(mean)(list) - scale * exp(-root * log((double)list->count));
  V(keep_above)(list, V(round_down)(bound));
}

static void V(tighten_entmax)(V(candidates) * list, double a) { V(raise)(list, 1 / a, a); }

static void V(tighten_normmax)(V(candidates) * list, double root) { V(raise)(list, 1, root); }

/* For alpha > 2 means bound nothing; the threshold of some candidates does. */
static void V(tighten_steep)(V(candidates) * list, double a) {
  double x[256], p[256];
  uint32_t indices[256];
  V(keep_above)(list, list->bound);
  V(support) s = {x, p, indices, list->count < 256 ? list->count : 256};
  for (size_t i = 0; i < s.count; ++i) x[i] = (double)list->values[i];
  V(pad)(&s);
  V(keep_above)(list, V(round_down)(V(steep_bound)(&s, a, (double)list->maximum)));
}

static void V(tighten_nothing)(V(candidates) * list, double unused) {
  V(keep_above)(list, list->bound);
  (void)unused;
}

KEEL_INLINE V(map) V(entmax_map)(double alpha) {
  double a = alpha - 1;
  V(map) map = {.a = a, .parameter = a, .tolerance = KEEL_DOUBLE ? 4e-16 : 1e-10};
  map.width = a > 0 ? 1 / a : INFINITY;
  if (a == 0.5) {
    map.method = KEEL_QUADRATIC;
    map.scale = 0.5;
  } else {
    map.method = a <= 1 ? KEEL_POWER : KEEL_STEEP;
    map.power = (V(power)){.kappa = a, .exponent = 1 / a, .root = a};
  }
  map.tighten = a <= 0 ? V(tighten_nothing) : a <= 1 ? V(tighten_entmax) : V(tighten_steep);
  return map;
}

KEEL_INLINE V(map) V(normmax_map)(double alpha) {
  double a = alpha - 1;
  V(map) map = {.a = a, .parameter = a / alpha, .tolerance = KEEL_DOUBLE ? 4e-16 : 1e-10, .width = 1};
  map.method = a == 1 ? KEEL_QUADRATIC : KEEL_POWER;
  map.scale = 1;
  map.power = (V(power)){.kappa = 1, .exponent = 1 / a, .root = a / alpha, .norm = 1};
  map.tighten = V(tighten_normmax);
  return map;
}

/* Collects the candidates of a row, and finds its threshold and values. Returns 0 for a row whose maximum
 * is not finite. `start` is a guess of the offset, or NaN. */
KEEL_OUTLINE int V(solve_row)(
    const V(map) * map, V(room) * room, const KEEL_REAL *x, size_t n, double start, int norm, V(support) * s,
    keel_row_threshold *threshold) {
  V(candidates) *list = &room->list;
  list->count = 0;
  list->maximum = list->bound = -INFINITY;
  V(collect)(list, x, n, 0, map->width, map->tighten, map->parameter);
  double maximum = (double)list->maximum;
  threshold->maximum = maximum;
  if (!(maximum - maximum == 0)) return 0;
  *s = (V(support)){room->u, room->p, list->indices, list->count};
  start -= maximum;
  V(d8) lowest = (V(d8)){0} - 1e300; /* so that powers of it do not overflow */
  double origin = map->method == KEEL_STEEP ? 0 : maximum;
  for (size_t i = 0; i < s->count; ++i) s->u[i] = (double)list->values[i] - origin;
  V(pad)(s);
  V(retain)(s, (double)list->bound - origin);
  if (map->method == KEEL_POWER && map->a < 0)
    for (size_t i = 0; i < s->count; i += 8) {
      V(d8) u = KEEL_LOAD_D8(s->u + i);
      KEEL_STORE_D8(s->u + i, KEEL_SELECT_D8((u < lowest) & (u > -INFINITY), lowest, u));
    }
  if (map->method == KEEL_QUADRATIC) {
    double root = V(quadratic)(s, map->scale, norm ? start : start / 2 - 1);
    double total = 0;
    if (norm) {
      V(d8) sum = {0}, lost = {0};
      for (size_t i = 0, end; i < s->count;) {
        V(d8) part = {0};
        for (end = V(part_end)(i, s->count); i < end; i += 8) part += KEEL_LOAD_D8(s->p + i);
        V(add_part)(&sum, &lost, &part);
      }
      sum += lost;
      total = V(lane_sum)(&sum);
    }
    for (size_t i = 0; i < s->count; i += 8) {
      V(d8) t = KEEL_LOAD_D8(s->p + i);
      t = norm ? t / total : t * t;
      KEEL_STORE_D8(s->p + i, t);
    }
    threshold->offset = norm ? root : 2 + 2 * root;
  } else if (map->method == KEEL_POWER) {
    threshold->offset = V(solve_power)(s, &map->power, norm ? start + 1 : start, map->tolerance);
  } else {
    V(solve_steep)(s, map->a, maximum);
    double largest = 0;
    for (size_t i = 0; i < s->count; ++i) largest = s->p[i] > largest ? s->p[i] : largest;
    threshold->offset = (1 - exp(map->a * log(largest))) / map->a;
  }
  return 1;
}

/* A row whose maximum is not finite. */
KEEL_OUTLINE void V(exceptional_row)(
    const KEEL_REAL *x, KEEL_REAL *p, size_t n, keel_row_threshold *threshold) {
  size_t top = 0;
  int ordered = 1;
  for (size_t i = 0; i < n; ++i) {
    top += x[i] == INFINITY;
    ordered &= x[i] == x[i];
  }
  *threshold = (keel_row_threshold){NAN, 0, (ptrdiff_t)n};
  if (ordered) {
    threshold->maximum = top ? INFINITY : -INFINITY;
    threshold->support = (ptrdiff_t)top;
  }
  KEEL_REAL share = 1 / (KEEL_REAL)(top ? top : 1);
  for (size_t i = 0; i < n; ++i) p[i] = !ordered ? (KEEL_REAL)NAN : x[i] == INFINITY ? share : 0;
}

/* Eight scalars as doubles. */
KEEL_INLINE void V(load8)(V(d8) * value, const KEEL_REAL *source) {
#if KEEL_DOUBLE
  *value = KEEL_LOAD_D8(source);
#else
  typedef float f8u __attribute__((vector_size(32), aligned(4), may_alias));
  *value = __builtin_convertvector(*(const f8u *)source, V(d8));
#endif
}

/* Writes eight values, and adds how many are not zero. */
KEEL_INLINE void V(store8)(KEEL_REAL *target, const V(d8) * source, V(i8) * positive) {
#if KEEL_DOUBLE
  *positive -= *source > 0.0;
  KEEL_STORE_D8(target, *source);
#else
  typedef float f8 __attribute__((vector_size(32)));
  typedef float f8u __attribute__((vector_size(32), aligned(4), may_alias));
  f8 value = __builtin_convertvector(*source, f8);
  *positive -= __builtin_convertvector(value > 0.0f, V(i8));
  *(f8u *)target = value;
#endif
}

/* Writes the row; returns the number of entries that are not zero. */
KEEL_INLINE ptrdiff_t V(scatter)(const V(support) * s, KEEL_REAL *p, size_t n) {
  ptrdiff_t positive = 0;
  size_t i = 0;
  if (s->count == n) {
    V(i8) counts = {0};
    for (; i + 8 <= n; i += 8) {
      V(d8) values = KEEL_LOAD_D8(s->p + i);
      V(store8)(p + i, &values, &counts);
    }
    for (int lane = 0; lane < 8; ++lane) positive += counts[lane];
    for (; i < n; ++i) positive += (p[i] = (KEEL_REAL)s->p[i]) > 0;
    return positive;
  }
  memset(p, 0, n * sizeof *p);
  for (; i < s->count; ++i) {
    KEEL_REAL value = (KEEL_REAL)s->p[i];
    positive += value > 0;
    p[s->indices[i]] = value;
  }
  return positive;
}

#define KEEL_ROW_LENGTH(batch, r) ((batch)->lengths ? (size_t)(batch)->lengths[r] : (batch)->columns)

#include "tile_body.h"

#include "entmax_short_body.h"

KEEL_INLINE void V(map_rows)(
    const S(keel_row_batch) * batch, const V(map) * map, int norm, void *workspace) {
  V(room) room = V(room_in)(workspace, batch->columns);
  for (size_t r = 0; r < batch->rows; ++r) {
    const KEEL_REAL *x = batch->input + r * batch->input_stride;
    KEEL_REAL *p = batch->output + r * batch->output_stride;
    size_t n = KEEL_ROW_LENGTH(batch, r);
    double start = batch->starts ? (double)batch->starts[r] : NAN;
    keel_row_threshold threshold;
    V(support) s;
    if (map->method == KEEL_QUADRATIC && !norm && n <= KEEL_SHORT) /* the same bits as in the lanes */
      threshold = V(entmax15_alone)(x, p, n);
    else if (V(solve_row)(map, &room, x, n, start, norm, &s, &threshold))
      threshold.support = V(scatter)(&s, p, n);
    else
      V(exceptional_row)(x, p, n, &threshold);
    memset(p + n, 0, (batch->columns - n) * sizeof *p);
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
}

#include "softmax_body.h"

#include "entmax_gradient.h"

static void V(entmax)(const S(keel_row_batch) * batch, double alpha, void *workspace) {
  if (alpha == 1) {
    V(softmax)(batch);
    return;
  }
  V(map) map = V(entmax_map)(alpha);
  if (map.method == KEEL_QUADRATIC && batch->columns <= KEEL_SHORT)
    V(entmax15_short_rows)(batch);
  else
    V(map_rows)(batch, &map, 0, workspace);
}

static void V(normmax)(const S(keel_row_batch) * batch, double alpha, void *workspace) {
  V(map) map = V(normmax_map)(alpha);
  V(map_rows)(batch, &map, 1, workspace);
}

/* Makes a dense row at `end` sparse, in place; returns its end. */
KEEL_INLINE size_t V(pack)(KEEL_REAL *values, int32_t *indices, size_t end, size_t n) {
  const KEEL_REAL *row = values + end;
  for (size_t i = 0; i < n; ++i) {
    KEEL_REAL value = row[i];
    indices[end] = (int32_t)i;
    values[end] = value;
    end += value != 0;
  }
  return end;
}

static size_t V(entmax_sparse)(
    const S(keel_row_batch) * batch, double alpha, int32_t *indices, KEEL_REAL *values, size_t capacity,
    ptrdiff_t *ends, void *workspace) {
  V(room) room = V(room_in)(workspace, batch->columns);
  V(map) map = V(entmax_map)(alpha);
  size_t end = 0;
  for (size_t r = 0; r < batch->rows; ++r) {
    const KEEL_REAL *x = batch->input + r * batch->input_stride;
    size_t n = KEEL_ROW_LENGTH(batch, r), begin = end;
    keel_row_threshold threshold;
    V(support) s;
    double start = batch->starts ? (double)batch->starts[r] : NAN;
    if (capacity - end < n) return r;
    if (alpha == 1) {
      V(softmax_row)(x, values + end, n, &threshold);
      end = V(pack)(values, indices, end, n);
    } else if (map.method == KEEL_QUADRATIC && n <= KEEL_SHORT) {
      threshold = V(entmax15_alone)(x, values + end, n);
      end = V(pack)(values, indices, end, n);
    } else if (V(solve_row)(&map, &room, x, n, start, 0, &s, &threshold)) {
      for (size_t i = 0; i < s.count; ++i) {
        KEEL_REAL value = (KEEL_REAL)s.p[i];
        indices[end] = (int32_t)s.indices[i];
        values[end] = value;
        end += value > 0;
      }
      threshold.support = (ptrdiff_t)(end - begin);
    } else {
      V(exceptional_row)(x, values + end, n, &threshold);
      end = V(pack)(values, indices, end, n);
    }
    ends[r] = (ptrdiff_t)end;
    if (batch->thresholds) batch->thresholds[r] = threshold;
  }
  return batch->rows;
}
