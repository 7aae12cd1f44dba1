/* The sums of keel_frames_network.h for one instruction set and scalar. V(name) names the variant, S(name) what does
 * not depend on the instruction set. */

#include "network_lanes.h"

#include "network_activation_body.h"
#include "network_layers_body.h"
#include "network_signs_body.h"

/* Rows of outputs of the first layer, through the others, and into the sums. */
static void V(finish_block)(
    const S(keel_network) *network, size_t rows, KEEL_REAL *block, KEEL_REAL *other, KEEL_REAL *part,
    uint64_t *active, double *sums) {
  const size_t layers = network->layers, outputs = network->widths[layers];
  const size_t last = S(padded)(outputs);
  const KEEL_REAL *packed = network->packed;
  memset(part, 0, last * sizeof(KEEL_REAL));
  int summed = 0;
  for (size_t l = 0; l < layers; ++l) {
    const size_t inputs = network->widths[l], padded = S(padded)(network->widths[l + 1]);
    const int is_last = l + 1 == layers;
    const int activation = is_last ? network->last_activation : network->activation;
    const int relu = activation == KEEL_ACTIVATION_RELU;
    if (l > 0) {
      V(layer_call) call = {
          .rows = rows, .inputs = inputs, .padded = padded, .packed = packed, .row = block,
          .row_stride = S(padded)(inputs), .out = relu && is_last ? part : other,
          .end = !relu ? V(store_plain) : is_last ? V(sum_relu) : V(store_relu)};
      summed = V(layer)(&call, network->activation == KEEL_ACTIVATION_RELU, active, other);
      KEEL_REAL *swapped = block;
      block = other;
      other = swapped;
    }
    if (!relu) V(activate)(activation, rows * padded, block);
    packed += padded * (inputs + 1);
  }
  if (!summed) {
    for (size_t t = 0; t < rows; ++t) {
      for (size_t j = 0; j < last; j += KEEL_LANES) {
        STORE(part + j, LOAD(part + j) + LOAD(block + t * last + j));
      }
    }
  }
  for (size_t j = 0; j < outputs; ++j) sums[j] += part[j];
}

static void V(frames_network_sums)(
    const S(keel_network) *network, const S(keel_framed_cloud) *cloud, double *sums,
    KEEL_REAL *workspace) {
  const size_t d = network->widths[0], outputs = network->widths[network->layers];
  const size_t widest = S(widest)(network);
  KEEL_REAL *block = (KEEL_REAL *)(((uintptr_t)workspace + 63) & ~(uintptr_t)63);
  KEEL_REAL *other = block + KEEL_BLOCK_ROWS * widest, *part = other + KEEL_BLOCK_ROWS * widest;
  uint64_t *active = (uint64_t *)(part + widest);
  KEEL_REAL *point = part + widest + S(marks)(widest), *shown = point + S(padded)(d);

  const int first = network->layers > 1 ? network->activation : network->last_activation;
  const V(sign_walk) walk = V(walk)(
      d, cloud->proper, first == KEEL_ACTIVATION_RELU, S(padded)(network->widths[1]), network->packed);
  const int mirrored = walk.proper && S(is_mirrored)(d, cloud->axes, shown + S(padded)(d));

  for (size_t k = 0; k < outputs; ++k) sums[k] = 0;
  size_t rows = 0;
  for (size_t i = 0; i < cloud->points; ++i) {
    const KEEL_REAL *x = cloud->coordinates + i * d;
    for (size_t k = 0; k < d; ++k) {
      KEEL_REAL along = 0;
      for (size_t j = 0; j < d; ++j) along += (x[j] - cloud->center[j]) * cloud->axes[j * d + k];
      point[k] = along / cloud->scale;
    }
    if (mirrored) point[d - 1] = -point[d - 1];
    for (size_t g = 0; g < walk.groups; ++g) {
      V(group_rows)(&walk, g, point, shown, block + rows * walk.padded);
      rows += walk.group;
      if (rows == KEEL_BLOCK_ROWS) {
        V(finish_block)(network, rows, block, other, part, active, sums);
        rows = 0;
      }
    }
  }
  if (rows > 0) V(finish_block)(network, rows, block, other, part, active, sums);
}

#undef KEEL_LANES
#undef KEEL_PAD
#undef KEEL_PANEL
#undef LOAD
#undef STORE
#undef SPLAT
#undef FMA
#undef RELU
#undef NONZERO
