/* Sums of rows in double, sixteen entries at a time whatever the registers, so that all instruction sets add
 * in the same order. */

typedef KEEL_REAL V(sixteen)
    __attribute__((vector_size(16 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));
typedef double V(wide) __attribute__((vector_size(128)));

/* The sum of the lanes, halves added to each other until one is left. */
KEEL_INLINE double V(wide_sum)(const V(wide) * sums) {
  double half[8];
  KEEL_UNROLL for (int i = 0; i < 8; ++i) half[i] = (*sums)[i] + (*sums)[i + 8];
  return ((half[0] + half[4]) + (half[2] + half[6])) + ((half[1] + half[5]) + (half[3] + half[7]));
}
