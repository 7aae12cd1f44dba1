#include "keel_sparsemax.h"

#define KEEL_BODY "sparsemax_body.h"
#include "variants.h"

void keel_sparsemax_f64(const keel_row_batch_f64 *batch, double z) {
  KEEL_DISPATCH(sparsemax_f64, batch, z)
}

void keel_sparsemax_f32(const keel_row_batch_f32 *batch, float z) {
  KEEL_DISPATCH(sparsemax_f32, batch, z)
}

void keel_sparsemax_pullback_f64(const keel_pullback_batch_f64 *batch) {
  KEEL_DISPATCH(sparsemax_pullback_f64, batch)
}

void keel_sparsemax_pullback_f32(const keel_pullback_batch_f32 *batch) {
  KEEL_DISPATCH(sparsemax_pullback_f32, batch)
}
