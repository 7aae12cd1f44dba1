#include "keel_cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

unsigned keel_cpu_features(void) {
  unsigned features = 0;
#if defined(__x86_64__)
  /* Constructors may run before the compiler's own initialisation of the feature table. The table
   * takes XGETBV into account: a register file that the system does not save counts as absent. */
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) features |= KEEL_CPU_AVX2;
  if (__builtin_cpu_supports("fma")) features |= KEEL_CPU_FMA;
  if (__builtin_cpu_supports("avx512f")) features |= KEEL_CPU_AVX512F;
  if (__builtin_cpu_supports("avx512bw")) features |= KEEL_CPU_AVX512BW;
  if (__builtin_cpu_supports("avx512dq")) features |= KEEL_CPU_AVX512DQ;
  if (__builtin_cpu_supports("avx512vl")) features |= KEEL_CPU_AVX512VL;
  if (__builtin_cpu_supports("avx512cd")) features |= KEEL_CPU_AVX512CD;
  if (__builtin_cpu_supports("avx512vnni")) features |= KEEL_CPU_AVX512VNNI;
#endif
  return features;
}

int keel_instruction_set_for(unsigned features) {
  const unsigned avx2 = KEEL_CPU_AVX2 | KEEL_CPU_FMA;
  const unsigned avx512 = avx2 | KEEL_CPU_AVX512_COMPLETE;
  if ((features & avx512) == avx512) return KEEL_AVX512;
  if ((features & avx2) == avx2) return KEEL_AVX2;
  return KEEL_PORTABLE;
}

int keel_instruction_set_best(void) { return keel_instruction_set_for(keel_cpu_features()); }

int keel_instruction_set_parse(const char *value, int best, int *outcome) {
  static const char *const names[] = {"portable", "avx2", "avx512"};
  if (!value || !*value) {
    *outcome = KEEL_REQUEST_ABSENT;
    return best;
  }
  for (int level = KEEL_PORTABLE; level <= KEEL_AVX512; ++level) {
    if (strcmp(value, names[level]) != 0) continue;
    *outcome = level <= best ? KEEL_REQUEST_FOLLOWED : KEEL_REQUEST_UNSUPPORTED;
    return level <= best ? level : best;
  }
  *outcome = KEEL_REQUEST_UNKNOWN;
  return best;
}

/* -1: not asked yet. Two threads that ask at the same time find the same answer. */
static atomic_int current_level = -1;
static atomic_int request_outcome = KEEL_REQUEST_ABSENT;

static int resolve(void) {
  int outcome;
  int level = keel_instruction_set_parse(
      getenv("KEEL_INSTRUCTION_SET"), keel_instruction_set_best(), &outcome);
  atomic_store(&request_outcome, outcome);
  /* A selection made meanwhile by another thread stands. */
  int unresolved = -1;
  if (!atomic_compare_exchange_strong(&current_level, &unresolved, level)) return unresolved;
  return level;
}

int keel_instruction_set(void) {
  int level = atomic_load_explicit(&current_level, memory_order_relaxed);
  return level >= 0 ? level : resolve();
}

int keel_instruction_set_select(int level) {
  keel_instruction_set(); /* the environment is read first, so that its outcome is known */
  int best = keel_instruction_set_best();
  if (level > best) level = best;
  if (level < KEEL_PORTABLE) level = KEEL_PORTABLE;
  return atomic_exchange(&current_level, level);
}

int keel_instruction_set_request(void) {
  keel_instruction_set();
  return atomic_load(&request_outcome);
}
