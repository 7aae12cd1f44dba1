/* The functions of OpenBLAS beyond CBLAS. All weak: with any other BLAS they are null. */
#ifndef KEEL_OPENBLAS_H
#define KEEL_OPENBLAS_H

#if !defined(__APPLE__)
#include <cblas.h>

extern char *openblas_get_config(void) __attribute__((weak));
extern char *openblas_get_corename(void) __attribute__((weak));
extern int openblas_get_num_threads(void) __attribute__((weak));
extern void openblas_set_num_threads(int) __attribute__((weak));

/* Internal to OpenBLAS, but exported by every build that holds several kernel sets. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));
extern void openblas_read_env(void) __attribute__((weak));
#endif

#endif
