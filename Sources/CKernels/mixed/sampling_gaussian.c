#include "keel_mixed.h"
#include "keel_random.h"
#include "keel_sparsemax.h"

#define KEEL_BODY "../mixed/sampling_gaussian_body.h"
#include "../simplex/variants.h"

void keel_gaussian_sparsemax_f64(
    const keel_gaussian_rows_f64 *law, const keel_normals *normals, double *output) {
  KEEL_DISPATCH(gaussian_sparsemax_f64, law, normals, output)
}

void keel_gaussian_sparsemax_f32(
    const keel_gaussian_rows_f32 *law, const keel_normals *normals, float *output) {
  KEEL_DISPATCH(gaussian_sparsemax_f32, law, normals, output)
}
