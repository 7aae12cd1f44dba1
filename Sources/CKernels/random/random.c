#include "keel_random.h"

#include "../runtime/dispatch.h"

#include <math.h>
#include <float.h>
#include <string.h>

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

/* One inclusion an instruction set: KEEL_LANES blocks at a time, one in each 64-bit lane. */
#define KEEL_JOIN(name, suffix) name##_##suffix
#define KEEL_NAME(name, suffix) KEEL_JOIN(name, suffix)
#define V(name) KEEL_NAME(name, KEEL_SUFFIX)

#define KEEL_SUFFIX portable
#define KEEL_LANES 2
#include "random_body.h"
#undef KEEL_SUFFIX
#undef KEEL_LANES

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KEEL_SUFFIX avx2
#define KEEL_LANES 4
#include "random_body.h"
#undef KEEL_SUFFIX
#undef KEEL_LANES
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))), apply_to = function)
#define KEEL_SUFFIX avx512
#define KEEL_LANES 8
#include "random_body.h"
#undef KEEL_SUFFIX
#undef KEEL_LANES
#pragma clang attribute pop
#endif

void keel_random_uniform_f64(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, double *out) {
  KEEL_DISPATCH(uniform_f64, key, nonce, first, blocks, out)
}

void keel_random_uniform_f32(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, float *out) {
  KEEL_DISPATCH(uniform_f32, key, nonce, first, blocks, out)
}

void keel_random_normal_f64(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, double *out) {
  KEEL_DISPATCH(normal_f64, key, nonce, first, blocks, out)
}

void keel_random_normal_f32(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, float *out) {
  KEEL_DISPATCH(normal_f32, key, nonce, first, blocks, out)
}

void keel_random_words(uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, uint32_t *out) {
  KEEL_DISPATCH(raw_words, key, nonce, first, blocks, out)
}

void keel_random_exponential_f64(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, double *out) {
  KEEL_DISPATCH(exponential_f64, key, nonce, first, blocks, out)
}

void keel_random_exponential_f32(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, float *out) {
  KEEL_DISPATCH(exponential_f32, key, nonce, first, blocks, out)
}

void keel_random_gamma_f64(
    const keel_gamma_laws_f64 *laws, const keel_gamma_draws *draws, int logarithms, double *out) {
  KEEL_DISPATCH(gamma_f64, laws, draws, logarithms, out)
}

void keel_random_gamma_f32(
    const keel_gamma_laws_f32 *laws, const keel_gamma_draws *draws, int logarithms, float *out) {
  KEEL_DISPATCH(gamma_f32, laws, draws, logarithms, out)
}

double keel_random_exponential(uint64_t word) {
  bits_portable words = {word, word};
  return 0.5 * minus_twice_log_f64_portable(words)[0];
}
