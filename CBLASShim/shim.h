/* CBLAS and LAPACK for Swift.
 *
 * On Linux: OpenBLAS (CBLAS and the Fortran LAPACK behind it) and LAPACKE.
 * On macOS: Accelerate, which has CBLAS and the Fortran LAPACK, but no LAPACKE. UNTESTED: no machine
 * with macOS was at hand; `lapack.h` keeps the difference in one place.
 *
 * The libraries are named in Package.swift, not in the module map, so that a dependent package may
 * bring its own BLAS.
 */
#ifndef KEEL_CBLAS_SHIM_H
#define KEEL_CBLAS_SHIM_H

#if defined(__APPLE__)

#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>
typedef __LAPACK_int keel_lapack_int;
typedef __LAPACK_int keel_blas_int;
typedef struct { float re, im; } keel_complex_float;
typedef struct { double re, im; } keel_complex_double;

#else

/* C99 complex types do not reach Swift: both headers are told to use plain structures instead. */
#define OPENBLAS_COMPLEX_STRUCT
#define FORCE_OPENBLAS_COMPLEX_STRUCT
#include <cblas.h>

typedef openblas_complex_float keel_complex_float;
typedef openblas_complex_double keel_complex_double;
#define LAPACK_COMPLEX_CUSTOM
#define lapack_complex_float keel_complex_float
#define lapack_complex_double keel_complex_double
#include <lapacke.h>

/* `lapack_int` and `blasint` are macros or change with the build: one name each for Swift. */
typedef lapack_int keel_lapack_int;
typedef blasint keel_blas_int;

#endif

#include "lapack.h"

#endif
