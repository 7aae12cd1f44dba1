#include "keel_blas.h"
#include "keel_cpu.h"
#include "openblas.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#if defined(__APPLE__)

/* Accelerate chooses its own kernels and threads. */
keel_blas_status keel_blas_get_status(void) {
  return (keel_blas_status){.outcome = KEEL_BLAS_NOT_OPENBLAS};
}
const char *keel_blas_config(void) { return NULL; }
int keel_blas_repair(void) { return KEEL_BLAS_NOT_OPENBLAS; }
int keel_blas_repair_verified_by(const char *(*self_test)(void)) {
  (void)self_test;
  return KEEL_BLAS_NOT_OPENBLAS;
}
const char *keel_blas_self_test(void) { return NULL; }
int keel_blas_select_core(const char *core) {
  (void)core;
  return 0;
}
int keel_blas_threads(void) { return 0; }
void keel_blas_set_threads(int threads) { (void)threads; }

#else

static const char coretype[] = "OPENBLAS_CORETYPE";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static keel_blas_status status; /* guarded by `lock`; `core_now` is filled in when asked */

int keel_blas_threads(void) { return openblas_get_num_threads ? openblas_get_num_threads() : 0; }

void keel_blas_set_threads(int threads) {
  if (openblas_set_num_threads && threads > 0) openblas_set_num_threads(threads);
}

const char *keel_blas_config(void) { return openblas_get_config ? openblas_get_config() : NULL; }

static const char *active_core(void) {
  return openblas_get_corename ? openblas_get_corename() : NULL;
}

static int can_switch(void) { return gotoblas_dynamic_init && gotoblas_dynamic_quit; }

/* OpenBLAS takes the name of a kernel set from the environment only, so the variable is set around
 * the call and then restored, lest child processes inherit it. */
static int switch_to(const char *core) {
  const char *present = getenv(coretype);
  char *saved = present ? strdup(present) : NULL;
  if (present && !saved) return 0;
  int threads = keel_blas_threads();

  if (setenv(coretype, core, 1) == 0) {
    gotoblas_dynamic_quit();
    if (openblas_read_env) openblas_read_env();
    gotoblas_dynamic_init();
  }
  if (saved) setenv(coretype, saved, 1);
  else unsetenv(coretype);
  free(saved);
  if (keel_blas_threads() != threads) keel_blas_set_threads(threads);

  const char *now = active_core();
  return now && strcasecmp(now, core) == 0;
}

/* The self-test on one thread: it is shorter than the start of the others. */
static const char *run(const char *(*self_test)(void)) {
  int threads = keel_blas_threads();
  keel_blas_set_threads(1);
  const char *failed = self_test();
  keel_blas_set_threads(threads);
  return failed;
}

static int opted_out(void) {
  const char *value = getenv("KEEL_BLAS_REPAIR");
  return value && strcasecmp(value, "off") == 0;
}

static keel_blas_status repair(const char *(*self_test)(void)) {
  const keel_blas_situation situation = {
      .core = active_core(),
      .can_switch = can_switch(),
      .version = keel_blas_parse_version(keel_blas_config()),
      .cpu_features = keel_cpu_features(),
      .coretype_is_set = getenv(coretype) != NULL,
      .opted_out = opted_out(),
  };
  keel_blas_status result = {.core_before = situation.core};
  result.outcome = keel_blas_decide(&situation, &result.deserved);
  if (result.outcome != KEEL_BLAS_DUE) return result;

  if (!switch_to(result.deserved)) {
    result.outcome = KEEL_BLAS_NO_EFFECT;
  } else {
    result.failed = run(self_test);
    result.outcome = result.failed ? KEEL_BLAS_WRONG_RESULTS : KEEL_BLAS_REPAIRED;
  }
  if (result.outcome != KEEL_BLAS_REPAIRED) switch_to(situation.core);
  return result;
}

int keel_blas_repair_verified_by(const char *(*self_test)(void)) {
  pthread_mutex_lock(&lock);
  status = repair(self_test);
  int outcome = status.outcome;
  pthread_mutex_unlock(&lock);
  return outcome;
}

int keel_blas_repair(void) { return keel_blas_repair_verified_by(keel_blas_self_test); }

keel_blas_status keel_blas_get_status(void) {
  pthread_mutex_lock(&lock);
  keel_blas_status result = status;
  pthread_mutex_unlock(&lock);
  result.core_now = active_core();
  return result;
}

int keel_blas_select_core(const char *core) {
  if (!can_switch() || !active_core()) return 0;
  pthread_mutex_lock(&lock);
  int selected = switch_to(core);
  pthread_mutex_unlock(&lock);
  return selected;
}

/* Constructors of a program run after those of the libraries that it is linked to, OpenBLAS among
 * them, and before `main`: the environment has one reader, and nobody has called BLAS yet. */
__attribute__((constructor)) static void repair_when_loaded(void) { keel_blas_repair(); }

#endif
