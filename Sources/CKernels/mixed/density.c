#include "keel_mixed_density.h"

#include <math.h>
#include <stdint.h>

#include "../runtime/dispatch.h"

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline, unused))
#define KEEL_OUTLINE static __attribute__((noinline, unused))
#define KEEL_JOIN(name, suffix) name##_##suffix
#define KEEL_NAME(name, suffix) KEEL_JOIN(name, suffix)
#define V(name) KEEL_NAME(name, KEEL_SUFFIX)

#include "density_rule.h"

#define KEEL_SUFFIX portable
#include "density_body.h"
#undef KEEL_SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KEEL_SUFFIX avx2
#include "density_body.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#define KEEL_SUFFIX avx512
#include "density_body.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop
#endif

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
