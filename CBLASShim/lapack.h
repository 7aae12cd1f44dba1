/* The LAPACK routines that Keel calls: one name a routine on every platform.
 *
 * All are the Fortran routines themselves: column-major storage, the caller's workspace (`lwork = -1`
 * asks for its size), and LAPACK's own `info`, which is returned: 0 for success, -i when argument i
 * (counted from 1, as in LAPACK's manual) is illegal, positive as the routine defines it.
 *
 * LAPACKE's row-major calls are not used, because they transpose in and out of fresh allocations; its
 * header is, because it declares the Fortran symbols with their hidden string lengths.
 *
 * On macOS the same bodies call Accelerate's symbols. UNTESTED, as `shim.h` says.
 */
#ifndef KEEL_CBLAS_SHIM_LAPACK_H
#define KEEL_CBLAS_SHIM_LAPACK_H

#if defined(__APPLE__)
#define KEEL_LAPACK(routine) routine##_
#else
#define KEEL_LAPACK(routine) LAPACK_##routine
#endif

/* Every routine for one scalar type T with the prefix P. */
#define KEEL_LAPACK_ROUTINES(P, T)                                                                             \
  /* Cholesky: factor, inverse from the factor, reciprocal condition number. */                                \
  static inline keel_lapack_int keel_##P##potrf(char uplo, keel_lapack_int n, T *a, keel_lapack_int lda) {     \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##potrf)(&uplo, &n, a, &lda, &info);                                                          \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##potri(char uplo, keel_lapack_int n, T *a, keel_lapack_int lda) {     \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##potri)(&uplo, &n, a, &lda, &info);                                                          \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##pocon(char uplo, keel_lapack_int n, const T *a, keel_lapack_int lda, \
                                                T anorm, T *rcond, T *work, keel_lapack_int *iwork) {          \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##pocon)(&uplo, &n, a, &lda, &anorm, rcond, work, iwork, &info);                              \
    return info;                                                                                               \
  }                                                                                                            \
  /* LU: factor, inverse from the factors, reciprocal condition number. */                                     \
  static inline keel_lapack_int keel_##P##getrf(keel_lapack_int m, keel_lapack_int n, T *a,                    \
                                                keel_lapack_int lda, keel_lapack_int *ipiv) {                  \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##getrf)(&m, &n, a, &lda, ipiv, &info);                                                       \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##getri(keel_lapack_int n, T *a, keel_lapack_int lda,                  \
                                                const keel_lapack_int *ipiv, T *work, keel_lapack_int lwork) { \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##getri)(&n, a, &lda, ipiv, work, &lwork, &info);                                             \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##gecon(char norm, keel_lapack_int n, const T *a, keel_lapack_int lda, \
                                                T anorm, T *rcond, T *work, keel_lapack_int *iwork) {          \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##gecon)(&norm, &n, a, &lda, &anorm, rcond, work, iwork, &info);                              \
    return info;                                                                                               \
  }                                                                                                            \
  /* QR: factor, form Q, apply Q, factor with column pivoting. */                                              \
  static inline keel_lapack_int keel_##P##geqrf(keel_lapack_int m, keel_lapack_int n, T *a,                    \
                                                keel_lapack_int lda, T *tau, T *work, keel_lapack_int lwork) { \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##geqrf)(&m, &n, a, &lda, tau, work, &lwork, &info);                                          \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##orgqr(keel_lapack_int m, keel_lapack_int n, keel_lapack_int k, T *a, \
                                                keel_lapack_int lda, const T *tau, T *work,                    \
                                                keel_lapack_int lwork) {                                       \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##orgqr)(&m, &n, &k, a, &lda, tau, work, &lwork, &info);                                      \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##ormqr(char side, char trans, keel_lapack_int m, keel_lapack_int n,   \
                                                keel_lapack_int k, const T *a, keel_lapack_int lda,            \
                                                const T *tau, T *c, keel_lapack_int ldc, T *work,              \
                                                keel_lapack_int lwork) {                                       \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##ormqr)(&side, &trans, &m, &n, &k, a, &lda, tau, c, &ldc, work, &lwork, &info);              \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##geqp3(keel_lapack_int m, keel_lapack_int n, T *a,                    \
                                                keel_lapack_int lda, keel_lapack_int *jpvt, T *tau, T *work,   \
                                                keel_lapack_int lwork) {                                       \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##geqp3)(&m, &n, a, &lda, jpvt, tau, work, &lwork, &info);                                    \
    return info;                                                                                               \
  }                                                                                                            \
  /* SVD: divide and conquer, and the QR iteration. */                                                         \
  static inline keel_lapack_int keel_##P##gesdd(char job, keel_lapack_int m, keel_lapack_int n, T *a,          \
                                                keel_lapack_int lda, T *s, T *u, keel_lapack_int ldu, T *vt,   \
                                                keel_lapack_int ldvt, T *work, keel_lapack_int lwork,          \
                                                keel_lapack_int *iwork) {                                      \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##gesdd)(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, iwork, &info);           \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##gesvd(char jobu, char jobvt, keel_lapack_int m, keel_lapack_int n,   \
                                                T *a, keel_lapack_int lda, T *s, T *u, keel_lapack_int ldu,    \
                                                T *vt, keel_lapack_int ldvt, T *work, keel_lapack_int lwork) { \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##gesvd)(&jobu, &jobvt, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work, &lwork, &info);         \
    return info;                                                                                               \
  }                                                                                                            \
  /* Symmetric eigenvalues by divide and conquer; least squares by the SVD. */                                 \
  static inline keel_lapack_int keel_##P##syevd(char job, char uplo, keel_lapack_int n, T *a,                  \
                                                keel_lapack_int lda, T *w, T *work, keel_lapack_int lwork,     \
                                                keel_lapack_int *iwork, keel_lapack_int liwork) {              \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##syevd)(&job, &uplo, &n, a, &lda, w, work, &lwork, iwork, &liwork, &info);                   \
    return info;                                                                                               \
  }                                                                                                            \
  static inline keel_lapack_int keel_##P##gelsd(keel_lapack_int m, keel_lapack_int n, keel_lapack_int nrhs,    \
                                                T *a, keel_lapack_int lda, T *b, keel_lapack_int ldb, T *s,    \
                                                T rcond, keel_lapack_int *rank, T *work,                       \
                                                keel_lapack_int lwork, keel_lapack_int *iwork) {               \
    keel_lapack_int info = 0;                                                                                  \
    KEEL_LAPACK(P##gelsd)(&m, &n, &nrhs, a, &lda, b, &ldb, s, &rcond, rank, work, &lwork, iwork, &info);       \
    return info;                                                                                               \
  }

KEEL_LAPACK_ROUTINES(s, float)
KEEL_LAPACK_ROUTINES(d, double)

#undef KEEL_LAPACK_ROUTINES
#undef KEEL_LAPACK

#endif
