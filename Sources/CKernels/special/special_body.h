/* The kernels of keel_special.h for one instruction set. */

#include "vector_math.h"

#include "vector_gamma.h"
#include "vector_log.h"
#include "vector_normal.h"

/* A whole block at i, or the rest of the array, filled up with ones. */
KEEL_INLINE void V(load_part)(const double *x, size_t i, size_t count, V(d8) * block) {
  if (count - i >= 8) {
    *block = KEEL_LOAD_D8(x + i);
  } else {
    *block = (V(d8)){0} + 1.0;
    memcpy(block, x + i, (count - i) * sizeof(double));
  }
}

KEEL_INLINE void V(store_part)(double *x, size_t i, size_t count, const V(d8) * block) {
  if (count - i >= 8) {
    KEEL_STORE_D8(x + i, *block);
  } else {
    memcpy(x + i, block, (count - i) * sizeof(double));
  }
}

#define KEEL_ARRAY_FUNCTION(name)                                                     \
  static void V(name##_f64)(const double *x, double *result, size_t count) {          \
    for (size_t i = 0; i < count; i += 8) {                                           \
      V(d8) block;                                                                    \
      V(load_part)(x, i, count, &block);                                              \
      V(name)(&block);                                                                \
      V(store_part)(result, i, count, &block);                                        \
    }                                                                                 \
  }

KEEL_ARRAY_FUNCTION(normal_log_cumulative)
KEEL_ARRAY_FUNCTION(log_gamma)
KEEL_ARRAY_FUNCTION(digamma)
KEEL_ARRAY_FUNCTION(softplus)
KEEL_ARRAY_FUNCTION(log1mexp)

#undef KEEL_ARRAY_FUNCTION

static void V(normal_log_cumulative_and_ratio_f64)(
    const double *x, double *result, double *ratio, size_t count) {
  for (size_t i = 0; i < count; i += 8) {
    V(d8) block, slope;
    V(load_part)(x, i, count, &block);
    V(normal_log_cumulative_and_ratio)(&block, &slope);
    V(store_part)(result, i, count, &block);
    V(store_part)(ratio, i, count, &slope);
  }
}
