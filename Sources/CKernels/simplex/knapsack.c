#include "keel_polytopes.h"

#include "../runtime/dispatch.h"

#include <math.h>
#include <string.h>

/* The variants must round alike, and the portable one cannot fuse. */
#pragma clang fp contract(off)

#define KEEL_INLINE static inline __attribute__((always_inline))

#define KEEL_JOIN(name, scalar, suffix) name##_##scalar##_##suffix
#define KEEL_NAME(name, scalar, suffix) KEEL_JOIN(name, scalar, suffix)
#define V(name) KEEL_NAME(name, KEEL_SCALAR, KEEL_SUFFIX)
#define KEEL_TYPE_JOIN(name, scalar) name##_##scalar
#define KEEL_TYPE_NAME(name, scalar) KEEL_TYPE_JOIN(name, scalar)
#define S(name) KEEL_TYPE_NAME(name, KEEL_SCALAR)

/* Blocks are eight numbers whatever the registers, so that all variants have the same partial sums. */
typedef double block __attribute__((ext_vector_type(8)));
typedef __typeof__((block){0} > (block){0}) block_mask;
typedef _Bool block_bits __attribute__((ext_vector_type(8)));

enum { lanes = 8 };

/* Rows of at most this many entries are solved as they are, longer ones with a bracket from a sample. */
enum { short_row = 2048, sample_size = 1024 };

/* What the entries of a set have: the same bound, bounds of their own, or weights and no bounds. */
enum { shared_bound, own_bounds, weights_only };

/* Entries whose part in the sum is not known yet, and the sums of those for which it is.
 *
 * The map is p = w min(max(y - tau, 0), h) with y = x / w - m and h = u / w; tau solves
 * f(tau) = sum c min(max(y - tau, 0), h) = s with c = w^2. f falls and is linear between the breakpoints
 * y and y - h. Between lo and hi, entries without a breakpoint there are linear or constant, and are
 * kept as sums. */
typedef struct {
  double *y, *more;    /* the others; `more` is h or c, if they differ */
  size_t count;        /* padded with entries that are zero everywhere */
  double h;            /* the bound, if it is shared */
  double target;       /* s less the sum of the entries at their bounds */
  double origin;       /* at or above tau, so that the sums below have no cancellation */
  double linear, rate; /* sums of c (y - origin), and of c, over the linear entries */
  double lo, hi;       /* tau is between */
  uint64_t state;      /* of the choice of pivots */
} knapsack;

/* Without libm, which not everybody links. */
static inline double larger(double a, double b) { return a > b ? a : b; }

KEEL_INLINE double total(const block *a) {
  return (((*a)[0] + (*a)[4]) + ((*a)[2] + (*a)[6])) + (((*a)[1] + (*a)[5]) + ((*a)[3] + (*a)[7]));
}

/* Adds a term, and what the addition loses to another sum (Knuth's two-sum). */
KEEL_INLINE void add_part(block *sum, block *lost, const block *term) {
  block next = *sum + *term, used = next - *sum;
  *lost += (*sum - (next - used)) + (*term - used);
  *sum = next;
}

#define KEEL_ONLY(mask, a) ((block)((block_mask)(a) & (mask)))

#define KEEL_SUFFIX portable
#include "knapsack_body.h"
#undef KEEL_SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KEEL_SUFFIX avx2
#include "knapsack_body.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))), apply_to = function)
#define KEEL_SUFFIX avx512
#include "knapsack_body.h"
#undef KEEL_SUFFIX
#pragma clang attribute pop
#endif

void keel_knapsack_project_f64(
    const keel_row_batch_f64 *batch, const keel_knapsack_f64 *set, double *scratch) {
  KEEL_DISPATCH(knapsack_rows_f64, batch, set, scratch)
}

void keel_knapsack_project_f32(
    const keel_row_batch_f32 *batch, const keel_knapsack_f32 *set, double *scratch) {
  KEEL_DISPATCH(knapsack_rows_f32, batch, set, scratch)
}

void keel_knapsack_pullback_f64(
    const keel_pullback_batch_f64 *batch, const keel_knapsack_f64 *set, int derivative, double *numbers) {
  KEEL_DISPATCH(knapsack_pullback_f64, batch, set, derivative, numbers)
}

void keel_knapsack_pullback_f32(
    const keel_pullback_batch_f32 *batch, const keel_knapsack_f32 *set, int derivative, float *numbers) {
  KEEL_DISPATCH(knapsack_pullback_f32, batch, set, derivative, numbers)
}
