/* Special functions of arrays, eight entries at a time. Inputs and outputs may be the same array, and must
 * not overlap otherwise. All instruction sets return the same bits. NaN gives NaN.
 *
 * Errors are in units of 2^-53 of the value. */
#ifndef KEEL_SPECIAL_H
#define KEEL_SPECIAL_H

#include <stddef.h>

/* ln Phi(x), Phi the normal distribution function, for any x: within 6 units. */
void keel_normal_log_cumulative_f64(const double *x, double *result, size_t count);

/* The same, and the inverse Mills ratio phi(x)/Phi(x), its derivative: within 6 units each. */
void keel_normal_log_cumulative_and_ratio_f64(const double *x, double *result, double *ratio, size_t count);

/* ln Gamma(x): within 6 units. NaN for x < 0. */
void keel_log_gamma_f64(const double *x, double *result, size_t count);

/* The digamma function: within 8 units, of 1 + |digamma(x)|. NaN for x < 0. */
void keel_digamma_f64(const double *x, double *result, size_t count);

/* ln(1 + e^x): within 4 units. */
void keel_softplus_f64(const double *x, double *result, size_t count);

/* ln(1 - e^-x): within 5 units. NaN for x < 0. */
void keel_log1mexp_f64(const double *x, double *result, size_t count);

#endif
