#include "keel_frames.h"

#define KEEL_BODY "../frames/eigen_body.h"
#include "../simplex/variants.h"

void keel_symmetric_eigen_f64(
    size_t count, size_t order, const double *matrices, double *values, double *vectors, size_t *bad) {
  KEEL_DISPATCH(symmetric_eigen_f64, count, order, matrices, values, vectors, bad)
}

void keel_symmetric_eigen_f32(
    size_t count, size_t order, const float *matrices, float *values, float *vectors, size_t *bad) {
  KEEL_DISPATCH(symmetric_eigen_f32, count, order, matrices, values, vectors, bad)
}
