/* The kernels of keel_particles.h for one instruction set; V(name) names the variant. */

typedef double V(lanes) __attribute__((vector_size(64)));
typedef double V(stored) __attribute__((vector_size(64), aligned(sizeof(double)), may_alias));
typedef long long V(mask) __attribute__((vector_size(64)));

#define LOAD(address) ((V(lanes))*(const V(stored) *)(address))
#define STORE(address, lanes) (*(V(stored) *)(address) = (lanes))
#define LANES KEEL_PARTICLE_LANES

KEEL_INLINE void V(forces_of)(
    const size_t n, double limit, const int distance, const double *couplings, const double *positions,
    double *forces) {
  const size_t side = n * LANES;
  for (size_t k = 0; k < 3 * n; ++k) STORE(forces + k * LANES, (V(lanes)){0});
  for (size_t i = 0; i < n; ++i) {
    const double *x = positions + i * LANES;
    double *f = forces + i * LANES;
    const V(lanes) xi = LOAD(x), yi = LOAD(x + side), zi = LOAD(x + 2 * side);
    const V(lanes) norm = (xi * xi + yi * yi) + zi * zi;
    V(lanes) fx = LOAD(f), fy = LOAD(f + side), fz = LOAD(f + 2 * side);
    for (size_t j = i + 1; j < n; ++j, couplings += LANES) {
      const double *y = positions + j * LANES;
      double *g = forces + j * LANES;
      const V(lanes) xj = LOAD(y), yj = LOAD(y + side), zj = LOAD(y + 2 * side);
      const V(lanes) dx = xi - xj, dy = yi - yj, dz = zi - zj;
      V(lanes) square;
      if (distance == KEEL_DISTANCE_EXPANDED) {
        const V(lanes) other = (xj * xj + yj * yj) + zj * zj;
        const V(lanes) product = (xi * xj + yi * yj) + zi * zj;
        square = (norm + other) - 2 * product;
      } else {
        square = (dx * dx + dy * dy) + dz * dz;
      }
      const V(lanes) size = LOAD(couplings) / (square * KEEL_ROOT(square));
      const V(lanes) tx = size * dx, ty = size * dy, tz = size * dz;
      fx += tx;
      fy += ty;
      fz += tz;
      STORE(g, LOAD(g) - tx);
      STORE(g + side, LOAD(g + side) - ty);
      STORE(g + 2 * side, LOAD(g + 2 * side) - tz);
    }
    STORE(f, fx);
    STORE(f + side, fy);
    STORE(f + 2 * side, fz);
  }
  /* Comparisons with a NaN are false, so that it stays. */
  const V(lanes) most = (V(lanes)){0} + limit;
  for (size_t k = 0; k < 3 * n; ++k) {
    const V(lanes) f = LOAD(forces + k * LANES);
    const V(mask) above = f > most, below = f < -most;
    const V(mask) kept = ~(above | below) & (V(mask))f;
    STORE(forces + k * LANES, (V(lanes))(kept | (above & (V(mask))most) | (below & (V(mask))-most)));
  }
}

KEEL_INLINE void V(steps_of)(
    const size_t n, size_t steps, double step, double limit, const int distance, const double *couplings,
    double *positions, double *velocities, double *workspace) {
  for (size_t s = 0; s < steps; ++s) {
    V(forces_of)(n, limit, distance, couplings, positions, workspace);
    for (size_t k = 0; k < 3 * n; ++k) {
      const V(lanes) v = LOAD(velocities + k * LANES) + step * LOAD(workspace + k * LANES);
      STORE(velocities + k * LANES, v);
      STORE(positions + k * LANES, LOAD(positions + k * LANES) + step * v);
    }
  }
}

static void V(particle_forces)(
    size_t n, double limit, int distance, const double *couplings, const double *positions, double *forces) {
  if (distance == KEEL_DISTANCE_EXPANDED) {
    V(forces_of)(n, limit, KEEL_DISTANCE_EXPANDED, couplings, positions, forces);
  } else {
    V(forces_of)(n, limit, KEEL_DISTANCE_DIRECT, couplings, positions, forces);
  }
}

static void V(particle_steps)(
    size_t n, size_t steps, double step, double limit, int distance, const double *couplings,
    double *positions, double *velocities, double *workspace) {
  if (n == 5 && distance == KEEL_DISTANCE_EXPANDED) {
    V(steps_of)(5, steps, step, limit, KEEL_DISTANCE_EXPANDED, couplings, positions, velocities, workspace);
  } else if (distance == KEEL_DISTANCE_EXPANDED) {
    V(steps_of)(n, steps, step, limit, KEEL_DISTANCE_EXPANDED, couplings, positions, velocities, workspace);
  } else if (n == 5) {
    V(steps_of)(5, steps, step, limit, KEEL_DISTANCE_DIRECT, couplings, positions, velocities, workspace);
  } else {
    V(steps_of)(n, steps, step, limit, KEEL_DISTANCE_DIRECT, couplings, positions, velocities, workspace);
  }
}

#undef LOAD
#undef STORE
#undef LANES
