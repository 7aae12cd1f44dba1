/* Sums of eight doubles at a time, and the elementary functions they are sums of, for one instruction set.
 * V(name) names the variant. */

#include "../special/vector_math.h"

/* The sum of the lanes, halves added to each other until one is left. */
KEEL_INLINE double V(lane_sum)(const V(d8) * x) {
  V(d8) a = *x;
  a += __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3);
  a += __builtin_shufflevector(a, a, 2, 3, 0, 1, 2, 3, 0, 1);
  return a[0] + a[1];
}

/* Adds a part to a sum, and what the addition loses to `lost` (Knuth's two-sum).
 *
 * Sums of long rows are sums of parts, each the sum of 128 entries or less: sixteen to a lane. Terms of one
 * sign are added with a relative error of at most 15 roundings in the parts, 3 in the lanes, and 2 for what
 * was lost, of half an ulp each, however long the row is. A running sum would be off by as many roundings as
 * it has terms, and not just in theory: those of slowly varying terms all go the same way. */
KEEL_INLINE void V(add_part)(V(d8) * sum, V(d8) * lost, const V(d8) * part) {
  V(d8) next = *sum + *part, added = next - *sum;
  *lost += (*sum - (next - added)) + (*part - added);
  *sum = next;
}

/* The end of a part of a sum that begins at i. */
KEEL_INLINE size_t V(part_end)(size_t i, size_t count) { return count - i < 128 ? count : i + 128; }
