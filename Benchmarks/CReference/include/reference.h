/* What the benchmarks need from C. */
#ifndef KEEL_BENCHMARKS_REFERENCE_H
#define KEEL_BENCHMARKS_REFERENCE_H

/* Calls cblas_dgemm `calls` times for row-major n x n matrices, C = A B: nothing between C and BLAS. */
void reference_dgemm(int n, const double *a, const double *b, double *c, long calls);

/* Seconds of CPU time that this process has used, on all its threads. */
double reference_cpu_seconds(void);

#endif
