#include "keel_mixed.h"

#include <float.h>

#define KEEL_BODY "../mixed/sampling_dirichlet_body.h"
#include "../simplex/variants.h"

void keel_mixed_dirichlet_f64(
    size_t rows, size_t columns, const keel_face_law *faces, const keel_gamma_laws_f64 *laws, int method,
    const keel_dirichlet_place *place, double *output) {
  KEEL_DISPATCH(mixed_dirichlet_f64, rows, columns, faces, laws, method, place, output)
}

void keel_mixed_dirichlet_f32(
    size_t rows, size_t columns, const keel_face_law *faces, const keel_gamma_laws_f32 *laws, int method,
    const keel_dirichlet_place *place, float *output) {
  KEEL_DISPATCH(mixed_dirichlet_f32, rows, columns, faces, laws, method, place, output)
}
