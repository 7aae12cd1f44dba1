#include "keel_blas.h"
#include "keel_cpu.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Kernel sets of OpenBLAS by the widest instructions they use. */
enum { UNKNOWN = 0, BELOW_AVX2 = 1, AVX2_FMA = 2, AVX512 = 3 };

static const struct {
  const char *name;
  int rank;
} cores[] = {
    {"Katmai", BELOW_AVX2},      {"Coppermine", BELOW_AVX2},  {"Northwood", BELOW_AVX2},
    {"Prescott", BELOW_AVX2},    {"Banias", BELOW_AVX2},      {"Atom", BELOW_AVX2},
    {"Core2", BELOW_AVX2},       {"Penryn", BELOW_AVX2},      {"Dunnington", BELOW_AVX2},
    {"Nehalem", BELOW_AVX2},     {"Athlon", BELOW_AVX2},      {"Opteron", BELOW_AVX2},
    {"Opteron_SSE3", BELOW_AVX2}, {"Barcelona", BELOW_AVX2},  {"Bobcat", BELOW_AVX2},
    {"Nano", BELOW_AVX2},        {"Sandybridge", BELOW_AVX2}, {"Bulldozer", BELOW_AVX2},
    {"Piledriver", BELOW_AVX2},  {"Steamroller", BELOW_AVX2},
    /* Excavator has AVX2, and OpenBLAS chooses these kernels for it knowingly. */
    {"Excavator", AVX2_FMA},     {"Haswell", AVX2_FMA},       {"Zen", AVX2_FMA},
    {"SkylakeX", AVX512},        {"Cooperlake", AVX512},      {"SapphireRapids", AVX512},
};

static int rank_of(const char *core) {
  for (size_t i = 0; i < sizeof cores / sizeof *cores; ++i) {
    if (strcasecmp(core, cores[i].name) == 0) return cores[i].rank;
  }
  return UNKNOWN;
}

int keel_blas_parse_version(const char *config) {
  static const char prefix[] = "OpenBLAS ";
  if (!config || strncmp(config, prefix, sizeof prefix - 1) != 0) return 0;
  const char *cursor = config + sizeof prefix - 1;
  int version = 0;
  for (int part = 0; part < 3; ++part) {
    char *end;
    long number = strtol(cursor, &end, 10);
    if (end == cursor || number < 0 || number > 99) return 0;
    version = 100 * version + (int)number;
    if (part < 2 && *end++ != '.') return 0;
    cursor = end;
  }
  return version;
}

int keel_blas_decide(const keel_blas_situation *situation, const char **deserved) {
  /* 0.3.20 has wrong AVX-512 products on some CPUs; what is older or unknown is not trusted either. */
  enum { first_trusted_with_avx512 = 321 };
  *deserved = NULL;
  if (!situation->core) return KEEL_BLAS_NOT_OPENBLAS;

  int active = rank_of(situation->core);
  const char *best = NULL;
  int best_rank = BELOW_AVX2;
  switch (keel_instruction_set_for(situation->cpu_features)) {
    case KEEL_AVX512:
      if (situation->version >= first_trusted_with_avx512) {
        best = "SkylakeX";
        best_rank = AVX512;
        break;
      }
      /* fall through */
    case KEEL_AVX2:
      best = "Haswell";
      best_rank = AVX2_FMA;
      break;
    default:
      break;
  }
  int weaker = active < best_rank;
  if (active != UNKNOWN) *deserved = weaker ? best : situation->core;

  if (!situation->can_switch) return KEEL_BLAS_FIXED_KERNELS;
  if (situation->coretype_is_set) return KEEL_BLAS_USER_CHOICE;
  if (active == UNKNOWN) return KEEL_BLAS_UNKNOWN_CORE;
  if (!weaker) return KEEL_BLAS_ADEQUATE;
  return situation->opted_out ? KEEL_BLAS_OPTED_OUT : KEEL_BLAS_DUE;
}
