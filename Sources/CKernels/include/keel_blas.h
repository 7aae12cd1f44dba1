/* The BLAS library of this process: its kernel set, the repair of a wrong one, its threads.
 *
 * OpenBLAS chooses its kernels when it is loaded. Version 0.3.21 does not know some recent CPUs and
 * falls back to SSE3 kernels there, at a quarter of the speed (OpenBLAS issue 4267, fixed in 0.3.25).
 * A constructor in this target asks it to choose again before `main`. Every OpenBLAS symbol is weak:
 * any other BLAS links and runs, and is left alone.
 */
#ifndef KEEL_BLAS_H
#define KEEL_BLAS_H

/* What was found, and what was done. */
enum {
  KEEL_BLAS_NOT_EXAMINED = 0,  /* the constructor has not run */
  KEEL_BLAS_NOT_OPENBLAS = 1,  /* another library, or one that hides its kernel set */
  KEEL_BLAS_FIXED_KERNELS = 2, /* an OpenBLAS built for one CPU: nothing to choose */
  KEEL_BLAS_USER_CHOICE = 3,   /* OPENBLAS_CORETYPE is set, possibly to nothing: respected */
  KEEL_BLAS_UNKNOWN_CORE = 4,  /* a kernel set that this code cannot rank: left alone */
  KEEL_BLAS_ADEQUATE = 5,      /* as good as the CPU */
  KEEL_BLAS_OPTED_OUT = 6,     /* weaker than the CPU, but KEEL_BLAS_REPAIR=off */
  KEEL_BLAS_DUE = 7,           /* weaker than the CPU: only ever the answer of keel_blas_decide */
  KEEL_BLAS_REPAIRED = 8,      /* was weaker than the CPU; now as deserved, and the self-test passed */
  KEEL_BLAS_NO_EFFECT = 9,     /* the library did not take the better set; as before */
  KEEL_BLAS_WRONG_RESULTS = 10 /* the better set failed the self-test; as before */
};

/* All that the decision depends on. */
typedef struct {
  const char *core;      /* active kernel set; NULL if the library does not tell */
  int can_switch;        /* the library can choose its kernels again */
  int version;           /* 10000 major + 100 minor + patch; 0 if unknown */
  unsigned cpu_features; /* KEEL_CPU_... */
  int coretype_is_set;   /* OPENBLAS_CORETYPE is in the environment, even if empty */
  int opted_out;         /* KEEL_BLAS_REPAIR is "off" */
} keel_blas_situation;

/* Decides. A pure function. Stores in `deserved` the kernel set that the CPU deserves: the active one
 * where that is as good, NULL where the active one is unknown. Returns KEEL_BLAS_NOT_OPENBLAS,
 * _FIXED_KERNELS, _USER_CHOICE, _UNKNOWN_CORE, _ADEQUATE, _OPTED_OUT or _DUE. */
int keel_blas_decide(const keel_blas_situation *situation, const char **deserved);

/* The version in the configuration line of an OpenBLAS ("OpenBLAS 0.3.21 ..."), as
 * 10000 major + 100 minor + patch; 0 if there is none. */
int keel_blas_parse_version(const char *config);

/* The outcome of the last repair. The names live as long as the process; NULL where unknown. */
typedef struct {
  int outcome;             /* KEEL_BLAS_... */
  const char *core_before; /* as OpenBLAS chose */
  const char *core_now;    /* in use at the time of the call */
  const char *deserved;    /* see keel_blas_decide */
  const char *failed;      /* the first routine that failed the self-test */
} keel_blas_status;

keel_blas_status keel_blas_get_status(void);

/* The configuration line of an OpenBLAS; NULL for any other library. */
const char *keel_blas_config(void);

/* Repairs the kernel set if that is due, and returns the outcome. It runs before `main`, when no
 * other thread calls BLAS or reads the environment; a later call has to see to that itself.
 * Afterwards the environment and the number of BLAS threads are as they were. */
int keel_blas_repair(void);

/* The same with another self-test: it returns NULL, or the name of a routine that is wrong. */
int keel_blas_repair_verified_by(const char *(*self_test)(void));

/* Compares gemm, gemv, ger, dot, syrk and trsm in both precisions with plain loops, at odd sizes and
 * at a size that takes the blocked path of gemm. Returns NULL if every entry is within its
 * componentwise rounding bound, otherwise the name of the first routine that is not. */
const char *keel_blas_self_test(void);

/* Makes OpenBLAS use the kernel set `core`, whatever the CPU deserves; for tests and benchmarks,
 * under the conditions of keel_blas_repair. Returns 1 if that set is in use now. */
int keel_blas_select_core(const char *core);

/* The number of threads of BLAS; 0 if the library does not tell. */
int keel_blas_threads(void);

/* Sets the number of threads of BLAS, where the library allows it. */
void keel_blas_set_threads(int threads);

#endif
