#include "keel_frames_network.h"

#include "../runtime/dispatch.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Products are fused where the code says so, and nowhere else. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline, unused))
#define KEEL_UNROLL _Pragma("clang loop unroll(full)")

#define KEEL_JOIN(name, scalar, suffix) name##_##scalar##_##suffix
#define KEEL_NAME(name, scalar, suffix) KEEL_JOIN(name, scalar, suffix)
#define V(name) KEEL_NAME(name, KEEL_SCALAR, KEEL_SUFFIX)
#define KEEL_TYPE_JOIN(name, scalar) name##_##scalar
#define KEEL_TYPE_NAME(name, scalar) KEEL_TYPE_JOIN(name, scalar)
#define S(name) KEEL_TYPE_NAME(name, KEEL_SCALAR)

/* Rows of a block. A multiple of the frames that share products and of the rows of every tile. */
#define KEEL_BLOCK_ROWS 48

/* Bytes of outputs of a panel of weights, and what outputs are padded to. */
#define KEEL_PANEL_BYTES 256
#define KEEL_PAD_BYTES 64

#define KEEL_REAL double
#define KEEL_SCALAR f64
#include "network_shared.h"
#undef KEEL_REAL
#undef KEEL_SCALAR

#define KEEL_REAL float
#define KEEL_SCALAR f32
#include "network_shared.h"
#undef KEEL_REAL
#undef KEEL_SCALAR

/* KEEL_LEVEL is the instruction set, KEEL_BYTES the size of a register; a tile of KEEL_TILE_ROWS x
 * KEEL_TILE_COLUMNS registers of sums, with a row of weights and a factor beside it, fills the registers. */
#define KEEL_SUFFIX portable
#define KEEL_LEVEL 0
#define KEEL_BYTES 16
#if defined(__aarch64__)
#define KEEL_TILE_ROWS 6
#define KEEL_TILE_COLUMNS 4
#else
#define KEEL_TILE_ROWS 4
#define KEEL_TILE_COLUMNS 2
#endif
#include "network_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_LEVEL
#undef KEEL_BYTES
#undef KEEL_TILE_ROWS
#undef KEEL_TILE_COLUMNS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KEEL_SUFFIX avx2
#define KEEL_LEVEL 1
#define KEEL_BYTES 32
#define KEEL_TILE_ROWS 6
#define KEEL_TILE_COLUMNS 2
#include "network_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_LEVEL
#undef KEEL_BYTES
#undef KEEL_TILE_ROWS
#undef KEEL_TILE_COLUMNS
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#define KEEL_SUFFIX avx512
#define KEEL_LEVEL 2
#define KEEL_BYTES 64
#define KEEL_TILE_ROWS 6
#define KEEL_TILE_COLUMNS 4
#include "network_scalars.h"
#undef KEEL_SUFFIX
#undef KEEL_LEVEL
#undef KEEL_BYTES
#undef KEEL_TILE_ROWS
#undef KEEL_TILE_COLUMNS
#pragma clang attribute pop
#endif

size_t keel_frames_network_signs(size_t dimension, int proper) {
  const size_t free = proper && dimension > 0 ? dimension - 1 : dimension;
  return (size_t)1 << free;
}

void keel_frames_network_sums_f64(
    const keel_network_f64 *network, const keel_framed_cloud_f64 *cloud, double *sums,
    double *workspace) {
  KEEL_DISPATCH(frames_network_sums_f64, network, cloud, sums, workspace)
}

void keel_frames_network_sums_f32(
    const keel_network_f32 *network, const keel_framed_cloud_f32 *cloud, double *sums,
    float *workspace) {
  KEEL_DISPATCH(frames_network_sums_f32, network, cloud, sums, workspace)
}

void keel_signed_rows_f64(
    size_t dimension, int proper, size_t outputs, const double *biases, const double *products,
    double *rows, double *workspace) {
  KEEL_DISPATCH(signed_rows_of_f64, dimension, proper, outputs, biases, products, rows, workspace)
}

void keel_signed_rows_f32(
    size_t dimension, int proper, size_t outputs, const float *biases, const float *products,
    float *rows, float *workspace) {
  KEEL_DISPATCH(signed_rows_of_f32, dimension, proper, outputs, biases, products, rows, workspace)
}

void keel_activate_f64(int activation, size_t count, double *x) {
  KEEL_DISPATCH(activate_f64, activation, count, x)
}

void keel_activate_f32(int activation, size_t count, float *x) {
  KEEL_DISPATCH(activate_f32, activation, count, x)
}
