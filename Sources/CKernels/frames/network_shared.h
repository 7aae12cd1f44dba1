/* What the variants for all instruction sets share, for one scalar. */

/* The scalars that a row of so many outputs takes. */
static size_t S(padded)(size_t width) {
  const size_t pad = KEEL_PAD_BYTES / sizeof(KEEL_REAL);
  return (width + pad - 1) / pad * pad;
}

/* Whether det V < 0, for an orthogonal V: the sign that elimination with pivots by columns gives. */
static int S(is_mirrored)(size_t d, const KEEL_REAL *axes, KEEL_REAL *copy) {
  memcpy(copy, axes, d * d * sizeof(KEEL_REAL));
  int mirrored = 0;
  for (size_t k = 0; k < d; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < d; ++i) {
      const KEEL_REAL a = copy[i * d + k], b = copy[pivot * d + k];
      if ((a < 0 ? -a : a) > (b < 0 ? -b : b)) pivot = i;
    }
    if (pivot != k) {
      mirrored = !mirrored;
      for (size_t j = k; j < d; ++j) {
        const KEEL_REAL swapped = copy[k * d + j];
        copy[k * d + j] = copy[pivot * d + j];
        copy[pivot * d + j] = swapped;
      }
    }
    if (copy[k * d + k] < 0) mirrored = !mirrored;
    for (size_t i = k + 1; i < d; ++i) {
      const KEEL_REAL factor = copy[i * d + k] / copy[k * d + k];
      for (size_t j = k + 1; j < d; ++j) copy[i * d + j] -= factor * copy[k * d + j];
    }
  }
  return mirrored;
}
