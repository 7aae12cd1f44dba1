/* Included for every scalar and instruction set, with
 *   SCALAR      float or double
 *   NAME(base)  the name of a function of this scalar and instruction set
 *   TARGET      its target attribute, or nothing
 *
 * 16 lanes at a time. Entries past the end are taken as p = 0, which adds +0 to a partial sum. */

typedef SCALAR NAME(row) __attribute__((vector_size(LANES * sizeof(SCALAR)), aligned(sizeof(SCALAR))));

/* The sum of LANES partial sums, by halves. */
TARGET static inline double NAME(total)(const wide *sums) {
  double lane[LANES];
  memcpy(lane, sums, sizeof lane);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lane[i] += lane[i + width];
  return lane[0];
}

TARGET static void NAME(keel_loss_sum_of_squares)(size_t n, const SCALAR *p, double *result) {
  wide sum = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    wide v = __builtin_convertvector(*(const NAME(row) *)(p + i), wide);
    sum += v * v;
  }
  if (i < n) {
    SCALAR rest[LANES] = {0};
    memcpy(rest, p + i, (n - i) * sizeof(SCALAR));
    wide v = __builtin_convertvector(*(const NAME(row) *)rest, wide);
    sum += v * v;
  }
  *result = NAME(total)(&sum);
}

TARGET static void NAME(keel_loss_sum_of_root_cubes)(size_t n, const SCALAR *p, double *result) {
  wide sum = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    wide v = __builtin_convertvector(*(const NAME(row) *)(p + i), wide);
    sum += v * __builtin_elementwise_sqrt(v);
  }
  if (i < n) {
    SCALAR rest[LANES] = {0};
    memcpy(rest, p + i, (n - i) * sizeof(SCALAR));
    wide v = __builtin_convertvector(*(const NAME(row) *)rest, wide);
    sum += v * __builtin_elementwise_sqrt(v);
  }
  *result = NAME(total)(&sum);
}

TARGET static void NAME(keel_loss_dot)(
    size_t n, const SCALAR *p, const SCALAR *x, double shift, double *result) {
  wide sum = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    wide v = __builtin_convertvector(*(const NAME(row) *)(p + i), wide);
    wide u = __builtin_convertvector(*(const NAME(row) *)(x + i), wide) - shift;
    sum += v * (wide)((v != 0) & (wide_bits)u);
  }
  if (i < n) {
    SCALAR rest[LANES] = {0}, scores[LANES] = {0};
    memcpy(rest, p + i, (n - i) * sizeof(SCALAR));
    memcpy(scores, x + i, (n - i) * sizeof(SCALAR));
    wide v = __builtin_convertvector(*(const NAME(row) *)rest, wide);
    wide u = __builtin_convertvector(*(const NAME(row) *)scores, wide) - shift;
    sum += v * (wide)((v != 0) & (wide_bits)u);
  }
  *result = NAME(total)(&sum);
}

TARGET static void NAME(keel_loss_scale)(size_t n, SCALAR *p, SCALAR scale) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) *(NAME(row) *)(p + i) *= scale;
  for (; i < n; i++) p[i] *= scale;
}

TARGET static void NAME(keel_loss_subtract)(size_t n, SCALAR *p, const SCALAR *y, SCALAR scale) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    NAME(row) difference = *(const NAME(row) *)(p + i) - *(const NAME(row) *)(y + i);
    *(NAME(row) *)(p + i) = difference * scale;
  }
  for (; i < n; i++) p[i] = (p[i] - y[i]) * scale;
}
