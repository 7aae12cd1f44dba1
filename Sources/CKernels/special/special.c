#include "keel_special.h"

#define KEEL_BODY "special_body.h"
#include "instruction_sets.h"

#define KEEL_ARRAY_FUNCTION(name)                                               \
  void keel_##name##_f64(const double *x, double *result, size_t count) {       \
    KEEL_DISPATCH(name##_f64, x, result, count)                                 \
  }

KEEL_ARRAY_FUNCTION(normal_log_cumulative)
KEEL_ARRAY_FUNCTION(log_gamma)
KEEL_ARRAY_FUNCTION(digamma)
KEEL_ARRAY_FUNCTION(softplus)
KEEL_ARRAY_FUNCTION(log1mexp)

void keel_normal_log_cumulative_and_ratio_f64(
    const double *x, double *result, double *ratio, size_t count) {
  KEEL_DISPATCH(normal_log_cumulative_and_ratio_f64, x, result, ratio, count)
}
