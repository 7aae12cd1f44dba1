#include "keel_frames.h"

#define KEEL_BODY "../frames/images_body.h"
#include "../simplex/variants.h"

void keel_cloud_images_f64(const keel_clouds_f64 *clouds, const keel_cloud_maps_f64 *maps, double *images) {
  KEEL_DISPATCH(cloud_images_f64, clouds, maps, images)
}

void keel_cloud_images_f32(const keel_clouds_f32 *clouds, const keel_cloud_maps_f32 *maps, float *images) {
  KEEL_DISPATCH(cloud_images_f32, clouds, maps, images)
}
