/* Log-densities of sparsemax(z), z normal with independent entries, and their derivatives.
 *
 * On the face f of an outcome y, with n entries, z is y_i + t on f and at most t elsewhere: the density is n
 * times the integral over t of the normal densities at y_i + t and of Phi((t - mean_j) / deviation_j). It is
 * accurate to 1e-12 for every outcome and all parameters whose squares are finite, and returns the same bits
 * on every instruction set.
 */
#ifndef KEEL_MIXED_DENSITY_H
#define KEEL_MIXED_DENSITY_H

#include <stddef.h>

/* Outcomes with their parameters, row after row. A stride is the distance from row to row, in numbers; that of
 * parameters is 0 if all rows share them. */
typedef struct {
  size_t rows, columns;
  const double *outcomes;
  size_t outcome_stride;
  const double *means;
  size_t mean_stride;
  const double *deviations;
  size_t deviation_stride;
} keel_gaussian_outcomes;

/* The size of the workspace of the functions below. */
size_t keel_gaussian_sparsemax_workspace(size_t columns);

/* The log-density of each row. Entries of outcomes are positive on the face and 0 elsewhere, with the sum 1. */
void keel_gaussian_sparsemax_log_densities(
    const keel_gaussian_outcomes *outcomes, void *workspace, double *densities);

/* Adds `weights[r]` times the derivatives of the log-density of row r to row r of each result that is not null.
 *
 * Derivatives by entries of an outcome are along the face: zero off it, with the sum 0 on it. Rows of results
 * are `gradient_stride` apart; 0 adds all rows up. */
void keel_gaussian_sparsemax_scores(
    const keel_gaussian_outcomes *outcomes, const double *weights, void *workspace, double *mean_gradient,
    double *deviation_gradient, double *outcome_gradient, size_t gradient_stride);

#endif
