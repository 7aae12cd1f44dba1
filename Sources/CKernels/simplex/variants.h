/* Includes KEEL_BODY once for each instruction set and scalar.
 *
 * In the body V(name) names the variant of a function, S(name) a type of keel_simplex.h; KEEL_REAL is the
 * scalar, KEEL_DOUBLE whether it is double, KEEL_LEVEL the instruction set, and KEEL_WIDTH how many scalars
 * a register has. Define KEEL_BODY before; variants are called by KEEL_DISPATCH. */

#include "keel_simplex.h"

#include "../runtime/dispatch.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "compress_tables.h"

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline, unused))
#define KEEL_OUTLINE static __attribute__((noinline, unused))
#define KEEL_UNROLL _Pragma("clang loop unroll(full)")
#define KEEL_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define KEEL_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define KEEL_JOIN(name, scalar, suffix) name##_##scalar##_##suffix
#define KEEL_NAME(name, scalar, suffix) KEEL_JOIN(name, scalar, suffix)
#define V(name) KEEL_NAME(name, KEEL_SCALAR, KEEL_SUFFIX)
#define KEEL_TYPE_JOIN(name, scalar) name##_##scalar
#define KEEL_TYPE_NAME(name, scalar) KEEL_TYPE_JOIN(name, scalar)
#define S(name) KEEL_TYPE_NAME(name, KEEL_SCALAR)

/* Entries that are looked at together: 256 bytes. */
#define KEEL_BLOCK (256 / (int)sizeof(KEEL_REAL))

#define KEEL_SUFFIX portable
#define KEEL_LEVEL 0
#define KEEL_BYTES 16
#include "variant_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_LEVEL
#undef KEEL_BYTES

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KEEL_SUFFIX avx2
#define KEEL_LEVEL 1
#define KEEL_BYTES 32
#include "variant_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_LEVEL
#undef KEEL_BYTES
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#define KEEL_SUFFIX avx512
#define KEEL_LEVEL 2
#define KEEL_BYTES 64
#include "variant_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_LEVEL
#undef KEEL_BYTES
#pragma clang attribute pop
#endif
