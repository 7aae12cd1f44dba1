/* What does not depend on the instruction set, for one scalar: the form in which the kernels read layers. */

#define KEEL_PANEL (KEEL_PANEL_BYTES / sizeof(KEEL_REAL))

/* The scalars that a row of so many outputs takes. */
static size_t S(padded)(size_t width) {
  const size_t pad = KEEL_PAD_BYTES / sizeof(KEEL_REAL);
  return (width + pad - 1) / pad * pad;
}

/* The scalars of the widest row of outputs. */
static size_t S(widest)(const S(keel_network) *network) {
  size_t widest = 0;
  for (size_t l = 1; l <= network->layers; ++l) {
    const size_t width = S(padded)(network->widths[l]);
    if (width > widest) widest = width;
  }
  return widest;
}

/* The scalars that the bits of the active inputs of a block of rows take. */
static size_t S(marks)(size_t width) {
  return KEEL_BLOCK_ROWS * ((width + 63) / 64) * sizeof(uint64_t) / sizeof(KEEL_REAL);
}

size_t S(keel_network_packed_count)(size_t inputs, size_t outputs) {
  return S(padded)(outputs) * (inputs + 1);
}

void S(keel_network_pack)(
    size_t inputs, size_t outputs, const KEEL_REAL *weights, const KEEL_REAL *biases,
    KEEL_REAL *packed) {
  const size_t padded = S(padded)(outputs);
  for (size_t o = 0; o < padded; ++o) packed[o] = o < outputs ? biases[o] : 0;
  for (size_t first = 0; first < padded; first += KEEL_PANEL) {
    const size_t width = padded - first < KEEL_PANEL ? padded - first : KEEL_PANEL;
    KEEL_REAL *panel = packed + padded + first * inputs;
    for (size_t k = 0; k < inputs; ++k) {
      for (size_t j = 0; j < width; ++j) {
        panel[k * width + j] = first + j < outputs ? weights[(first + j) * inputs + k] : 0;
      }
    }
  }
}

size_t S(keel_network_workspace)(const S(keel_network) *network) {
  const size_t d = network->widths[0], widest = S(widest)(network);
  /* Two blocks of rows, the sums of a block, the bits of active inputs, two points and a matrix of axes, and what it
   * takes to begin at a multiple of 64 bytes. */
  return (2 * KEEL_BLOCK_ROWS + 1) * widest + S(marks)(widest) + 2 * S(padded)(d) + d * d
         + 64 / sizeof(KEEL_REAL);
}

void S(keel_network_means)(
    size_t clouds, size_t outputs, const size_t *first, const double *sums, const double *rows,
    KEEL_REAL *means) {
  for (size_t b = 0; b < clouds; ++b) {
    for (size_t k = 0; k < outputs; ++k) {
      double sum = 0;
      for (size_t piece = first[b]; piece < first[b + 1]; ++piece) sum += sums[piece * outputs + k];
      means[b * outputs + k] = (KEEL_REAL)(sum / rows[b]);
    }
  }
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

#undef KEEL_PANEL
