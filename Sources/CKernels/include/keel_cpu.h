/* What the CPU can do, and which variant of a C kernel runs.
 *
 * Every kernel family exists once an instruction set and asks `keel_instruction_set()` which of them
 * to call. The answer is found once a process and can be changed, so that tests and benchmarks run
 * all the variants that the machine has.
 */
#ifndef KEEL_CPU_H
#define KEEL_CPU_H

/* Instruction sets of C kernels. Each includes the ones below it. */
enum {
  KEEL_PORTABLE = 0, /* no attribute: SSE2 on x86-64, NEON on arm64 */
  KEEL_AVX2 = 1,     /* AVX2 and FMA */
  KEEL_AVX512 = 2    /* AVX-512 F, BW, DQ, VL and CD */
};

/* CPU features as bits: those that decide between kernels. */
enum {
  KEEL_CPU_AVX2 = 1 << 0,
  KEEL_CPU_FMA = 1 << 1,
  KEEL_CPU_AVX512F = 1 << 2,
  KEEL_CPU_AVX512BW = 1 << 3,
  KEEL_CPU_AVX512DQ = 1 << 4,
  KEEL_CPU_AVX512VL = 1 << 5,
  KEEL_CPU_AVX512CD = 1 << 6,
  KEEL_CPU_AVX512VNNI = 1 << 7,
  KEEL_CPU_AVX512_COMPLETE = KEEL_CPU_AVX512F | KEEL_CPU_AVX512BW | KEEL_CPU_AVX512DQ
                             | KEEL_CPU_AVX512VL | KEEL_CPU_AVX512CD
};

/* What became of the environment variable KEEL_INSTRUCTION_SET. */
enum {
  KEEL_REQUEST_ABSENT = 0,      /* not set, or empty */
  KEEL_REQUEST_FOLLOWED = 1,
  KEEL_REQUEST_UNSUPPORTED = 2, /* the CPU lacks it: the best lower one is used */
  KEEL_REQUEST_UNKNOWN = 3      /* no such name: the best of the CPU is used */
};

/* The features of this CPU (and operating system), as bits `KEEL_CPU_...`. */
unsigned keel_cpu_features(void);

/* The best instruction set among `features`. */
int keel_instruction_set_for(unsigned features);

/* The best instruction set of this machine. */
int keel_instruction_set_best(void);

/* The instruction set that kernels use now. Cheap: one relaxed atomic load. */
int keel_instruction_set(void);

/* Makes kernels use `level`, or the best that the machine has if that is lower. For the whole
 * process. Returns the level that was in use. */
int keel_instruction_set_select(int level);

/* What a value of KEEL_INSTRUCTION_SET means on a CPU whose best set is `best`: stores one of
 * `KEEL_REQUEST_...` in `outcome` and returns the instruction set to use. A pure function. */
int keel_instruction_set_parse(const char *value, int best, int *outcome);

/* What became of KEEL_INSTRUCTION_SET in this process: one of `KEEL_REQUEST_...`. */
int keel_instruction_set_request(void);

#endif
