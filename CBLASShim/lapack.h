/* The LAPACK routines that Keel calls, column-major, with the caller's workspace: one name a routine
 * on every platform.
 */
#ifndef KEEL_CBLAS_SHIM_LAPACK_H
#define KEEL_CBLAS_SHIM_LAPACK_H
#endif
