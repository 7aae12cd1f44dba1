/* Charged particles in space that repel or attract each other by the law of Coulomb.
 *
 * The state of KEEL_PARTICLE_LANES systems of equal size lies together, lane by lane: a number of particle
 * p in direction a of system l is at `((a * particles + p) * KEEL_PARTICLE_LANES + l)`.
 *
 * All instruction sets return the same bits: lanes do not mix, and operations are never fused.
 */
#ifndef KEEL_PARTICLES_H
#define KEEL_PARTICLES_H

#include <stddef.h>

#define KEEL_PARTICLE_LANES 8

/* How the square of a distance is found. */
enum {
  KEEL_DISTANCE_DIRECT = 0,  /* |a - b|^2 */
  KEEL_DISTANCE_EXPANDED = 1 /* (|a|^2 + |b|^2) - 2 a.b, which loses digits where a is close to b */
};

/* The forces F_i = sum_j c_ij (x_i - x_j) / |x_i - x_j|^3, each component cut off at +-limit.
 *
 * `couplings` holds c_ij of the pairs (0, 1), (0, 2), ..., (1, 2), ... one after the other, a number a lane.
 * Terms are added in the order of j. */
void keel_particle_forces(
    size_t particles, double limit, int distance, const double *couplings, const double *positions,
    double *forces);

/* `steps` steps of the symplectic method of Euler: v += step F(x), then x += step v.
 *
 * `workspace` has room for 3 * particles * KEEL_PARTICLE_LANES numbers. */
void keel_particle_steps(
    size_t particles, size_t steps, double step, double limit, int distance, const double *couplings,
    double *positions, double *velocities, double *workspace);

#endif
