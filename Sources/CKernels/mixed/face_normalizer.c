#include "keel_mixed.h"

#define KEEL_BODY "../mixed/face_normalizer_body.h"
#include "../simplex/variants.h"

void keel_face_normalizers_f64(
    size_t rows, size_t columns, const double *weights, double *normalizers,
    double *probabilities) {
  KEEL_DISPATCH(face_normalizers_f64, rows, columns, weights, normalizers, probabilities)
}

void keel_face_normalizers_f32(
    size_t rows, size_t columns, const float *weights, float *normalizers,
    float *probabilities) {
  KEEL_DISPATCH(face_normalizers_f32, rows, columns, weights, normalizers, probabilities)
}
