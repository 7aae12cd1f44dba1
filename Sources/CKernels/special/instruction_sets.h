/* Includes KEEL_BODY once for each instruction set: for kernels of double precision in blocks of eight.
 *
 * In the body V(name) names the variant of a function. Define KEEL_BODY before; variants are called by
 * KEEL_DISPATCH. */

#include "../runtime/dispatch.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline, unused))

#define KEEL_JOIN(name, suffix) name##_##suffix
#define KEEL_NAME(name, suffix) KEEL_JOIN(name, suffix)
#define V(name) KEEL_NAME(name, KEEL_SUFFIX)

#define KEEL_SUFFIX portable
#include KEEL_BODY
#undef KEEL_SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KEEL_SUFFIX avx2
#include KEEL_BODY
#undef KEEL_SUFFIX
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#define KEEL_SUFFIX avx512
#include KEEL_BODY
#undef KEEL_SUFFIX
#pragma clang attribute pop
#endif
