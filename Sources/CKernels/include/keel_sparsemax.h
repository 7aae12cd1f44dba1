/* Projections onto the simplex {p >= 0, sum p = z}: p = max((x - m) - offset, 0). For z = 1, sparsemax.
 *
 * The offset is the mean of x - m over the support, less z over its size, with sums in double whatever the
 * scalar. Entries of a long row are read once: those above a bound that rises on the way are kept, and
 * Newton's method goes on with these. Started left of the threshold it is monotone, and every step divides
 * the product of the excess mass and of the number of entries left by four at least, so that the cost of the
 * steps is linear whatever the row holds.
 *
 * Rows have fewer than 2^32 entries. */
#ifndef KEEL_SPARSEMAX_H
#define KEEL_SPARSEMAX_H

#include "keel_simplex.h"

/* Projects rows onto the simplex of radius z >= 0. */
void keel_sparsemax_f64(const keel_row_batch_f64 *batch, double z);
void keel_sparsemax_f32(const keel_row_batch_f32 *batch, float z);

/* Derivatives: g minus its mean over the support, on the support; 0 elsewhere. */
void keel_sparsemax_pullback_f64(const keel_pullback_batch_f64 *batch);
void keel_sparsemax_pullback_f32(const keel_pullback_batch_f32 *batch);

#endif
