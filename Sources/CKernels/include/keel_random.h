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

/* A standard exponential, -ln u for the 64-bit uniform u of `word`; in (0, 44.4]. */
double keel_random_exponential(uint64_t word);

#endif
