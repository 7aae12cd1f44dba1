/* Frames of clouds of points: moments, small symmetric eigenproblems, and canonical coordinates, many at a
 * time.
 *
 * A cloud is n points of d numbers, a point a row. All instruction sets return the same bits, and what
 * becomes of a cloud or a matrix does not depend on the others. */
#ifndef KEEL_FRAMES_H
#define KEEL_FRAMES_H

#include <stddef.h>

/* The largest number of dimensions and the largest order that the kernels take. */
enum { KEEL_FRAMES_LARGEST_DIMENSION = 16 };

#define KEEL_FRAMES_TYPES(scalar, suffix)                                                                   \
  /* Clouds one behind the other: cloud b has the points starts[b] up to starts[b + 1]. */                  \
  typedef struct {                                                                                          \
    size_t count, dimension;                                                                                \
    const ptrdiff_t *starts;                                                                                \
    const scalar *points;                                                                                   \
  } keel_clouds_##suffix;                                                                                   \
                                                                                                            \
  /* For each cloud its centroid t, d numbers, and its scatter sum (x - t)(x - t)', d x d. Unless centered, \
   * t is zero. Zeros for a cloud without points. Stores in `bad` which is the first cloud of which a       \
   * result is not finite; the number of clouds if there is none. */                                        \
  void keel_cloud_moments_##suffix(                                                                         \
      const keel_clouds_##suffix *clouds, int centered, scalar *centers, scalar *scatters, size_t *bad);    \
                                                                                                            \
  /* The eigenvalues of symmetric matrices, ascending, and unless NULL the eigenvectors, in the columns of  \
   * an order x order matrix with determinant 1. Upper triangles are read. Stores in `bad` which is the     \
   * first matrix that is not finite, or their number; its results are arbitrary. `vectors` may be the      \
   * matrices themselves. */                                                                                \
  void keel_symmetric_eigen_##suffix(                                                                       \
      size_t count, size_t order, const scalar *matrices, scalar *values, scalar *vectors, size_t *bad);    \
                                                                                                            \
  /* Points z = V'(x - a) + b, with a matrix V and vectors a and b a cloud: row vectors are multiplied by V \
   * from the right. `transposed` takes V' in place of V; vectors that are NULL are zero. */                \
  typedef struct {                                                                                          \
    const scalar *before, *matrices, *after;                                                                \
    int transposed;                                                                                         \
  } keel_cloud_maps_##suffix;                                                                               \
                                                                                                            \
  /* The images of all points of the clouds, in the same order. */                                          \
  void keel_cloud_images_##suffix(                                                                          \
      const keel_clouds_##suffix *clouds, const keel_cloud_maps_##suffix *maps, scalar *images);

KEEL_FRAMES_TYPES(double, f64)
KEEL_FRAMES_TYPES(float, f32)
#undef KEEL_FRAMES_TYPES

#endif
