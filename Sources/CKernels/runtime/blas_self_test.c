#include "keel_blas.h"
#include "openblas.h"

#if !defined(__APPLE__)

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Sizes are odd, so that every kernel runs its full tiles and its remainders. */
enum {
  small_m = 29,
  small_n = 11,
  small_k = 17,
  /* OpenBLAS multiplies without packing up to m n k = 100^3: this is just above. */
  blocked_m = 101,
  blocked_n = 103,
  blocked_k = 105,
  vector_length = 131,
  largest = blocked_n * blocked_k
};

#define REAL float
#define EPSILON FLT_EPSILON
#define NAME(name) s##name
#define BLAS(name) cblas_s##name
#include "blas_self_test_body.h"
#undef REAL
#undef EPSILON
#undef NAME
#undef BLAS

#define REAL double
#define EPSILON DBL_EPSILON
#define NAME(name) d##name
#define BLAS(name) cblas_d##name
#include "blas_self_test_body.h"

const char *keel_blas_self_test(void) {
  const char *failed = s_self_test();
  return failed ? failed : d_self_test();
}

#endif
