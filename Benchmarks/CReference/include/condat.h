/* The fastest published sequential projection onto the simplex, to compare with. */
#ifndef KEEL_BENCHMARKS_CONDAT_H
#define KEEL_BENCHMARKS_CONDAT_H

/* Writes the projection of x, n entries, onto {p >= 0, sum p = radius} to p, which must not overlap x,
 * and returns its threshold. n >= 1, radius > 0, entries finite.
 *
 * Written from the description of the algorithm in L. Condat (2016), Fast projection onto the simplex and
 * the l1 ball, Mathematical Programming 158, section 3. */
double reference_condat(long n, const double *x, double radius, double *p);

#endif
