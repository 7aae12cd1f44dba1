#include "keel_particles.h"

#include "../runtime/dispatch.h"

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline))
#define KEEL_ROOT(x) __builtin_elementwise_sqrt(x)
#define KEEL_JOIN(name, suffix) name##_##suffix
#define KEEL_NAME(name, suffix) KEEL_JOIN(name, suffix)
#define V(name) KEEL_NAME(name, KEEL_SUFFIX)

#define KEEL_SUFFIX portable
#include "particles_body.h"
#undef KEEL_SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define KEEL_SUFFIX avx2
#include "particles_body.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))), apply_to = function)
#define KEEL_SUFFIX avx512
#include "particles_body.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop
#endif

void keel_particle_forces(
    size_t particles, double limit, int distance, const double *couplings, const double *positions,
    double *forces) {
  KEEL_DISPATCH(particle_forces, particles, limit, distance, couplings, positions, forces)
}

void keel_particle_steps(
    size_t particles, size_t steps, double step, double limit, int distance, const double *couplings,
    double *positions, double *velocities, double *workspace) {
  KEEL_DISPATCH(
      particle_steps, particles, steps, step, limit, distance, couplings, positions, velocities, workspace)
}
