#include "reference.h"

#include <stdlib.h>
#include <time.h>

/* Declared here so that no BLAS header is needed: 101 is row-major, 111 not transposed. */
extern void cblas_dgemm(int layout, int transpose_a, int transpose_b, int m, int n, int k, double alpha,
                        const double *a, int lda, const double *b, int ldb, double beta, double *c,
                        int ldc);

void reference_dgemm(int n, const double *a, const double *b, double *c, long calls) {
  for (long call = 0; call < calls; ++call) {
    cblas_dgemm(101, 111, 111, n, n, n, 1, a, n, b, n, 0, c, n);
  }
}

double reference_cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Plays a CPU that OpenBLAS does not know: OpenBLAS has just taken the kernels that OPENBLAS_CORETYPE
 * names; this forgets the variable, after the libraries' constructors and before Keel's. */
__attribute__((constructor(101))) static void forget_the_choice(void) {
  if (getenv("KEEL_PEER_FORGETS_CORETYPE")) unsetenv("OPENBLAS_CORETYPE");
}
