#include "keel_mixed_density.h"

#include <math.h>
#include <stdint.h>

#include "density_rule.h"

#define KEEL_OUTLINE static __attribute__((noinline, unused))
#define KEEL_BODY "../mixed/density_body.h"
#include "../special/instruction_sets.h"

size_t keel_gaussian_sparsemax_workspace(size_t columns) {
  /* Four arrays of numbers and one of indices, each up to a block longer than a row; and the nodes. */
  return (columns + 8) * (4 * sizeof(double) + sizeof(size_t)) + sizeof(keel_nodes);
}

void keel_gaussian_sparsemax_log_densities(
    const keel_gaussian_outcomes *outcomes, void *workspace, double *densities) {
  KEEL_DISPATCH(log_densities, outcomes, workspace, densities)
}

void keel_gaussian_sparsemax_scores(
    const keel_gaussian_outcomes *outcomes, const double *weights, void *workspace, double *mean_gradient,
    double *deviation_gradient, double *outcome_gradient, size_t gradient_stride) {
  KEEL_DISPATCH(
      scores, outcomes, weights, workspace, mean_gradient, deviation_gradient, outcome_gradient,
      gradient_stride)
}
