#include "keel_frames.h"

#define KEEL_BODY "../frames/moments_body.h"
#include "../simplex/variants.h"

void keel_cloud_moments_f64(
    const keel_clouds_f64 *clouds, int centered, double *centers, double *scatters, size_t *bad) {
  KEEL_DISPATCH(cloud_moments_f64, clouds, centered, centers, scatters, bad)
}

void keel_cloud_moments_f32(
    const keel_clouds_f32 *clouds, int centered, float *centers, float *scatters, size_t *bad) {
  KEEL_DISPATCH(cloud_moments_f32, clouds, centered, centers, scatters, bad)
}
