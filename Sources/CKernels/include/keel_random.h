/* Bulk random numbers from Philox 4x32-10.
 *
 * Philox is a bijection of 128-bit counters under a 64-bit key (Salmon, Moraes, Dror and Shaw 2011,
 * Parallel random numbers: as easy as 1, 2, 3). Block number i of a stream is the image of the counter
 * (i, nonce); every function below turns each block into 16 bytes of output, so that the result for
 * one block depends on (key, nonce, i) only.
 *
 * All instruction sets return the same bits: the same operations in the same order, additions and
 * multiplications never fused, correctly rounded division and square root, no library functions.
 * The rounding mode must be the default one, to nearest.
 */
#ifndef KEEL_RANDOM_H
#define KEEL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* `2 * blocks` uniforms k * 2^-53 in [0, 1); k is the top 53 bits of each 64-bit word. */
void keel_random_uniform_f64(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, double *out);

/* `4 * blocks` uniforms k * 2^-24 in [0, 1); k is the top 24 bits of each 32-bit word. */
void keel_random_uniform_f32(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, float *out);

/* `2 * blocks` standard normals by Box and Muller, |z| <= 9.42. */
void keel_random_normal_f64(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, double *out);

/* `4 * blocks` standard normals by Box and Muller, |z| <= 6.67. */
void keel_random_normal_f32(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, float *out);

/* `4 * blocks` words: the blocks as they are. */
void keel_random_words(uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, uint32_t *out);

/* `2 * blocks` standard exponentials, -ln u for each 64-bit word; in (0, 44.4]. */
void keel_random_exponential_f64(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, double *out);

/* `4 * blocks` standard exponentials, -ln u for each 32-bit word; in (0, 22.2]. */
void keel_random_exponential_f32(
    uint64_t key, uint64_t nonce, uint64_t first, size_t blocks, float *out);

/* Gamma laws, for the method of Marsaglia and Tsang (2000): a shape alpha below 1 is drawn as alpha + 1,
 * and multiplied by u^(1/alpha). */
#define KEEL_GAMMA_LAWS(scalar, suffix)                                                          \
  typedef struct {                                                                               \
    const scalar *shape;     /* d = a - 1/3, a being alpha, or alpha + 1 if that is below 1 */   \
    const scalar *deviation; /* 1 / sqrt(9 d) */                                                 \
    const scalar *log_shape; /* ln d; for logarithms only */                                     \
    const scalar *boost;     /* 1 / alpha, or 0 if alpha is at least 1; for logarithms only */   \
  } keel_gamma_laws_##suffix;

KEEL_GAMMA_LAWS(double, f64)
KEEL_GAMMA_LAWS(float, f32)
#undef KEEL_GAMMA_LAWS

/* Gamma numbers to be drawn, each from its own block, two blocks for doubles: `blocks[i]` and the one 2^63
 * further. Blocks and laws have room for a multiple of 16 of them. */
typedef struct {
  uint64_t key, nonce;
  const uint64_t *blocks;
  const uint32_t *laws; /* the number of each one's law */
  size_t count;
} keel_gamma_draws;

/* One attempt at each number: the gamma number, or its logarithm, with room for a multiple of 16;
 * +infinity where the attempt is rejected, which happens to less than 5 in 100. */
void keel_random_gamma_f64(
    const keel_gamma_laws_f64 *laws, const keel_gamma_draws *draws, int logarithms, double *out);
void keel_random_gamma_f32(
    const keel_gamma_laws_f32 *laws, const keel_gamma_draws *draws, int logarithms, float *out);

/* A standard exponential, -ln u for the 64-bit uniform u of `word`; in (0, 44.4]. */
double keel_random_exponential(uint64_t word);

#endif
