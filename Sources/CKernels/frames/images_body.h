/* Images of points for one instruction set and scalar: z_j = sum_k (x_k - a_k) V_kj + b_j, summed up from the
 * first k to the last, each operation rounded, so that all instruction sets return the same bits. */

#define KEEL_PLACES (64 / (int)sizeof(KEEL_REAL))
typedef KEEL_REAL V(places) __attribute__((vector_size(64), aligned(sizeof(KEEL_REAL)), may_alias));

/* The map of one cloud. */
typedef struct {
  KEEL_REAL before[KEEL_FRAMES_LARGEST_DIMENSION], after[KEEL_FRAMES_LARGEST_DIMENSION];
  KEEL_REAL matrix[KEEL_FRAMES_LARGEST_DIMENSION][KEEL_FRAMES_LARGEST_DIMENSION];
} V(map);

KEEL_INLINE void V(read_map)(const size_t d, const S(keel_cloud_maps) * maps, size_t b, V(map) * map) {
  const KEEL_REAL *matrix = maps->matrices + b * d * d;
  for (size_t i = 0; i < d; ++i) {
    map->before[i] = maps->before ? maps->before[b * d + i] : 0;
    map->after[i] = maps->after ? maps->after[b * d + i] : 0;
    for (size_t j = 0; j < d; ++j) {
      map->matrix[i][j] = maps->transposed ? matrix[j * d + i] : matrix[i * d + j];
    }
  }
}

/* One point: all columns at once, of a matrix padded with what is not looked at. */
KEEL_INLINE void V(image)(const size_t d, const V(map) * map, const KEEL_REAL *point, KEEL_REAL *image) {
  enum { most = KEEL_FRAMES_LARGEST_DIMENSION };
  const size_t width = d <= 4 ? 4 : d <= 8 ? 8 : most;
  KEEL_REAL z[most];
  for (size_t j = 0; j < width; ++j) z[j] = (point[0] - map->before[0]) * map->matrix[0][j];
  for (size_t k = 1; k < d; ++k) {
    const KEEL_REAL y = point[k] - map->before[k];
    for (size_t j = 0; j < width; ++j) z[j] += y * map->matrix[k][j];
  }
  for (size_t j = 0; j < d; ++j) image[j] = z[j] + map->after[j];
}

#define KEEL_JOINED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

/* A register's worth of points in the plane or in space. */
KEEL_INLINE void V(some_images)(const int d, const V(map) * map, const KEEL_REAL *points, KEEL_REAL *images) {
  V(places) a = *(const V(places) *)points, b = *(const V(places) *)(points + KEEL_PLACES), y[3], z[3];
  if (d == 2) {
#if KEEL_DOUBLE
    y[0] = KEEL_JOINED(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
    y[1] = KEEL_JOINED(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
    y[0] = KEEL_JOINED(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    y[1] = KEEL_JOINED(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#endif
  } else {
    V(places) c = *(const V(places) *)(points + 2 * KEEL_PLACES);
#if KEEL_DOUBLE
    V(places) x0 = KEEL_JOINED(a, b, 0, 3, 6, 9, 12, 15, -1, -1),
              x1 = KEEL_JOINED(a, b, 1, 4, 7, 10, 13, -1, -1, -1),
              x2 = KEEL_JOINED(a, b, 2, 5, 8, 11, 14, 0, 0, 0);
    y[0] = KEEL_JOINED(x0, c, 0, 1, 2, 3, 4, 5, 10, 13);
    y[1] = KEEL_JOINED(x1, c, 0, 1, 2, 3, 4, 8, 11, 14);
    y[2] = KEEL_JOINED(x2, c, 0, 1, 2, 3, 4, 9, 12, 15);
#else
    V(places) x0 = KEEL_JOINED(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0),
              x1 = KEEL_JOINED(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0),
              x2 = KEEL_JOINED(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    y[0] = KEEL_JOINED(x0, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    y[1] = KEEL_JOINED(x1, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
    y[2] = KEEL_JOINED(x2, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
#endif
  }
  KEEL_UNROLL for (int k = 0; k < d; ++k) y[k] -= map->before[k];
  KEEL_UNROLL for (int j = 0; j < d; ++j) {
    z[j] = y[0] * map->matrix[0][j];
    KEEL_UNROLL for (int k = 1; k < d; ++k) z[j] += y[k] * map->matrix[k][j];
    z[j] += map->after[j];
  }
  if (d == 2) {
#if KEEL_DOUBLE
    *(V(places) *)images = KEEL_JOINED(z[0], z[1], 0, 8, 1, 9, 2, 10, 3, 11);
    *(V(places) *)(images + 8) = KEEL_JOINED(z[0], z[1], 4, 12, 5, 13, 6, 14, 7, 15);
#else
    *(V(places) *)images = KEEL_JOINED(z[0], z[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    *(V(places) *)(images + 16) =
        KEEL_JOINED(z[0], z[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#endif
  } else {
#if KEEL_DOUBLE
    V(places) u = KEEL_JOINED(z[0], z[1], 0, 8, -1, 1, 9, -1, 2, 10),
              v = KEEL_JOINED(z[0], z[1], -1, 3, 11, -1, 4, 12, -1, 5),
              w = KEEL_JOINED(z[0], z[1], 13, 0, 6, 14, 0, 7, 15, 0);
    *(V(places) *)images = KEEL_JOINED(u, z[2], 0, 1, 8, 3, 4, 9, 6, 7);
    *(V(places) *)(images + 8) = KEEL_JOINED(v, z[2], 10, 1, 2, 11, 4, 5, 12, 7);
    *(V(places) *)(images + 16) = KEEL_JOINED(w, z[2], 0, 13, 2, 3, 14, 5, 6, 15);
#else
    V(places) u = KEEL_JOINED(z[0], z[1], 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5),
              v = KEEL_JOINED(z[0], z[1], 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26),
              w = KEEL_JOINED(z[0], z[1], 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    *(V(places) *)images = KEEL_JOINED(u, z[2], 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
    *(V(places) *)(images + 16) =
        KEEL_JOINED(v, z[2], 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
    *(V(places) *)(images + 32) =
        KEEL_JOINED(w, z[2], 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
#endif
  }
}

/* `few` is the dimension if the compiler is to know it, or 0. */
KEEL_INLINE void V(all_images)(
    const int few, const S(keel_clouds) * clouds, const S(keel_cloud_maps) * maps, KEEL_REAL *images) {
  const size_t d = few ? (size_t)few : clouds->dimension;
  V(map) map = {0};
  for (size_t b = 0; b < clouds->count; ++b) {
    const size_t first = (size_t)clouds->starts[b], n = (size_t)clouds->starts[b + 1] - first;
    const KEEL_REAL *points = clouds->points + first * d;
    KEEL_REAL *image = images + first * d;
    V(read_map)(d, maps, b, &map);
    size_t i = 0;
    if (few == 2 || few == 3) {
      for (; i + KEEL_PLACES <= n; i += KEEL_PLACES) V(some_images)(few, &map, points + i * d, image + i * d);
      if (i < n && n >= KEEL_PLACES) { /* the last ones, some of them once more */
        i = n - KEEL_PLACES;
        V(some_images)(few, &map, points + i * d, image + i * d);
        i = n;
      }
    }
    for (; i < n; ++i) V(image)(d, &map, points + i * d, image + i * d);
  }
}

static void V(cloud_images)(
    const S(keel_clouds) * clouds, const S(keel_cloud_maps) * maps, KEEL_REAL *images) {
  switch (clouds->dimension) {
    case 0: return;
    case 2: V(all_images)(2, clouds, maps, images); return;
    case 3: V(all_images)(3, clouds, maps, images); return;
    case 4: V(all_images)(4, clouds, maps, images); return;
    case 5: V(all_images)(5, clouds, maps, images); return;
    case 6: V(all_images)(6, clouds, maps, images); return;
    case 7: V(all_images)(7, clouds, maps, images); return;
    case 8: V(all_images)(8, clouds, maps, images); return;
    default: V(all_images)(0, clouds, maps, images);
  }
}

#undef KEEL_PLACES
#undef KEEL_JOINED
