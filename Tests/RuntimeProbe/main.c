/* A program that tells what Keel's constructor did before `main`, for tests that need a fresh process
 * with an environment of its own. Each argument is a command; the answers are lines `key=value`.
 */
#include "keel_blas.h"
#include "keel_cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* Plays a CPU that OpenBLAS does not know: it has just taken the kernels named in OPENBLAS_CORETYPE,
 * and nobody remembers why. This runs after the constructors of the libraries and, by its priority,
 * before Keel's. */
__attribute__((constructor(101))) static void forget_the_choice(void) {
  if (getenv("PROBE_FORGETS_CORETYPE")) unsetenv("OPENBLAS_CORETYPE");
}

static const char *text(const char *value) { return value ? value : ""; }

static void report(void) {
  keel_blas_status status = keel_blas_get_status();
  printf("outcome=%d\nbefore=%s\nnow=%s\ndeserved=%s\nfailed=%s\n", status.outcome,
         text(status.core_before), text(status.core_now), text(status.deserved), text(status.failed));
  printf("threads=%d\ncoretype-set=%d\n", keel_blas_threads(), getenv("OPENBLAS_CORETYPE") != NULL);
  printf("instruction-set=%d\nrequest=%d\n", keel_instruction_set(), keel_instruction_set_request());
}

static const char *wrong_gemm(void) { return "dgemm"; }

/* A number that changes with any entry of the environment. */
static unsigned long environment_hash(void) {
  unsigned long hash = 5381;
  for (char **entry = environ; *entry; ++entry) {
    for (const char *c = *entry; *c; ++c) hash = 33 * hash + (unsigned char)*c;
    hash = 33 * hash + '\n';
  }
  return hash;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    const char *command = argv[i];
    if (strcmp(command, "report") == 0) {
      report();
    } else if (strncmp(command, "select:", 7) == 0) {
      printf("selected=%d\n", keel_blas_select_core(command + 7));
    } else if (strcmp(command, "self-test") == 0) {
      printf("self-test=%s\n", text(keel_blas_self_test()));
    } else if (strcmp(command, "repair") == 0) {
      printf("repair=%d\n", keel_blas_repair());
    } else if (strcmp(command, "repair-with-wrong-kernels") == 0) {
      printf("repair=%d\n", keel_blas_repair_verified_by(wrong_gemm));
    } else if (strcmp(command, "environment") == 0) {
      printf("environment=%lu\n", environment_hash());
    } else if (strncmp(command, "threads:", 8) == 0) {
      keel_blas_set_threads(atoi(command + 8));
    } else {
      fprintf(stderr, "unknown command %s\n", command);
      return 2;
    }
  }
  return 0;
}
