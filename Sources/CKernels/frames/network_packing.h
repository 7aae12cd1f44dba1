/* The form in which the kernels read layers, for one scalar. */

#define KEEL_PANEL (KEEL_PANEL_BYTES / sizeof(KEEL_REAL))

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
  size_t widest = 0;
  for (size_t l = 1; l <= network->layers; ++l) {
    const size_t width = S(padded)(network->widths[l]);
    if (width > widest) widest = width;
  }
  /* Two blocks of rows, the sums of a block, two points and a matrix of axes, and what it takes to begin at a
   * multiple of 64 bytes. */
  const size_t d = network->widths[0];
  return (2 * KEEL_BLOCK_ROWS + 1) * widest + 2 * S(padded)(d) + d * d + 64 / sizeof(KEEL_REAL);
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

#undef KEEL_PANEL
