/* Calls the variant of a kernel for the instruction set in use: name_portable, name_avx2 or name_avx512. */
#ifndef KEEL_DISPATCH_H
#define KEEL_DISPATCH_H

#include "keel_cpu.h"

#if defined(__x86_64__)
#define KEEL_DISPATCH(name, ...)                          \
  switch (keel_instruction_set()) {                       \
    case KEEL_AVX512: name##_avx512(__VA_ARGS__); return; \
    case KEEL_AVX2: name##_avx2(__VA_ARGS__); return;     \
    default: name##_portable(__VA_ARGS__); return;        \
  }
#else
#define KEEL_DISPATCH(name, ...) name##_portable(__VA_ARGS__);
#endif

#endif
