/* Normalisers of face laws for one instruction set and scalar.
 *
 * With p = 1 / (1 + exp(-2w)) the bits are independent, given that not all of them are zero, so that
 *   ln Z = sum |w| + sum log1p(e) + ln(1 - exp(-a)),   e = exp(-2|w|),
 *   a = sum log1p(exp(2w)) = sum log1p(e) + 2 sum max(w, 0),
 * and bit k has the probability p / (1 - exp(-a)). First the terms of many entries are computed, whatever
 * their rows; then sums are taken of the rows, and the last logarithm of eight rows at a time. */

#include "../special/vector_math.h"

#include "wide_sums_body.h"

#define KEEL_TERMS 2048 /* entries of some rows */
#define KEEL_MOST_ROWS 256

/* Below that, terms of a row may underflow that count; then a = sum exp(2w) to the last digit. */
#define KEEL_SMALL (KEEL_DOUBLE ? 1e-280 : 1e-8)

#if KEEL_DOUBLE
/* e and log1p(e) of eight weights. */
KEEL_INLINE void V(terms)(const double *weights, double *e, double *logarithms) {
  V(d8) w = KEEL_LOAD_D8(weights);
  V(d8) x = -2 * KEEL_SELECT_D8(w < 0, -w, w);
  V(exp)(&x);
  KEEL_STORE_D8(e, x);
  V(log1p)(&x);
  KEEL_STORE_D8(logarithms, x);
}
#define KEEL_TERM_WIDTH 8
#else
typedef int32_t V(i16) __attribute__((vector_size(64)));

/* e and log1p(e) of sixteen weights, each to about 2 ulp; 0 for |w| above 43.
 *
 * exp(x) = 2^k e^r, e^r = 1 + r + r^2 Q(r); log1p(e) = 2 atanh(s) with s = e / (2 + e) <= 1/3, which is
 * s (2 + s^2 G(s^2)). Q and G are interpolated at Chebyshev nodes, errors 1e-8 and 1e-9. */
KEEL_INLINE void V(terms)(const float *weights, float *e, float *logarithms) {
  const float shifter = 0x1.8p23f; /* its last bit is that of 1 */
  V(sixteen) w = *(const V(sixteen) *)weights;
  V(sixteen) x = -2 * (V(sixteen))((V(i16))w & 0x7fffffff);
  V(i16) far = x < -86.0f;
  x = (V(sixteen))((V(i16))x & ~far);
  V(sixteen) shifted = x * 0x1.715476p+0f + shifter, k = shifted - shifter;
  V(sixteen) r = (x - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f; /* the first product is exact */
  V(sixteen) q = 0x1.6d8fdp-10f * r + 0x1.120be2p-7f;
  q = q * r + 0x1.55548p-5f;
  q = q * r + 0x1.5554dcp-3f;
  q = q * r + 0.5f;
  V(sixteen) power = (V(sixteen))(((V(i16))shifted << 23) + (127 << 23));
  V(sixteen) value = (1 + (r + r * r * q)) * power;
  value = (V(sixteen))((V(i16))value & ~far);
  *(V(sixteen) *)e = value;
  V(sixteen) s = value / (2 + value), z = s * s;
  V(sixteen) g = 0x1.dba57ap-3f * z + 0x1.bc8c5ep-3f;
  g = g * z + 0x1.24c92cp-2f;
  g = g * z + 0x1.9998d4p-2f;
  g = g * z + 0x1.555556p-1f;
  *(V(sixteen) *)logarithms = s * (2 + z * g);
}
#define KEEL_TERM_WIDTH 16
#endif

/* The sums of a row. */
typedef struct {
  double magnitude, positive, logarithm;
} V(row_sums);

/* Adds the entries of a row, or of a part of one. */
KEEL_INLINE void V(add_row)(
    V(row_sums) *sums, const KEEL_REAL *weights, const KEEL_REAL *logarithms, size_t columns) {
  const size_t whole = columns & ~(size_t)15;
  if (whole) {
    V(wide) magnitude = {0}, positive = {0}, logarithm = {0};
    for (size_t k = 0; k < whole; k += 16) {
      V(wide) w = __builtin_convertvector(*(const V(sixteen) *)(weights + k), V(wide));
      __typeof__(w < 0) negative = w < 0;
      V(wide) none = {0};
      V(wide) above = (V(wide))(((__typeof__(negative))none & negative) | ((__typeof__(negative))w & ~negative));
      positive += above;
      magnitude += (V(wide))((__typeof__(negative))w & INT64_MAX);
      logarithm += __builtin_convertvector(*(const V(sixteen) *)(logarithms + k), V(wide));
    }
    sums->magnitude += V(wide_sum)(&magnitude);
    sums->positive += V(wide_sum)(&positive);
    sums->logarithm += V(wide_sum)(&logarithm);
  }
  for (size_t k = whole; k < columns; ++k) {
    const double w = weights[k], above = w < 0 ? 0 : w;
    sums->positive += above;
    sums->magnitude += w < 0 ? -w : w;
    sums->logarithm += logarithms[k];
  }
}

/* 1 - exp(-a) and its logarithm. Below 1/20 by the series a - a^2/2 + ..., whose remainder is below 1e-17
 * of it; else the logarithm gets what rounding takes from 1 - exp(-a) as a correction. */
KEEL_INLINE void V(any_bits)(const double *a, size_t count, double *probabilities, double *logarithms) {
  /* One function after the other, each for several blocks at a time: a chain of both would wait for itself. */
  for (size_t i = 0; i < count; i += 8) {
    V(d8) q = -KEEL_LOAD_D8(a + i);
    V(exp)(&q);
    KEEL_STORE_D8(logarithms + i, q);
  }
  for (size_t i = 0; i < count; i += 8) {
    V(d8) x = KEEL_LOAD_D8(a + i), q = KEEL_LOAD_D8(logarithms + i), zero = {0};
    V(d8) series = (V(d8)){0} + 1;
    KEEL_UNROLL for (int k = 9; k >= 2; --k) series = 1 - (x * (1.0 / k)) * series;
    V(d8) complement = 1 - q, lost = ((1 - complement) - q) / complement;
    V(i8) small = x < 0.05;
    V(d8) probability = KEEL_SELECT_D8(small, series * x, complement), logarithm = probability;
    V(d8) correction = KEEL_SELECT_D8(small, zero, lost);
    V(log_corrected)(&logarithm, &correction);
    KEEL_STORE_D8(probabilities + i, probability);
    KEEL_STORE_D8(logarithms + i, logarithm);
  }
}

/* A row with a tiny a. */
KEEL_OUTLINE KEEL_REAL V(scaled_row)(
    const KEEL_REAL *weights, size_t columns, double magnitude, KEEL_REAL *probabilities) {
  KEEL_REAL largest = weights[0];
  for (size_t k = 1; k < columns; ++k) largest = weights[k] > largest ? weights[k] : largest;
  double sum = 0;
  for (int pass = 0; pass < (probabilities ? 2 : 1); ++pass) {
    const double total = sum;
    for (size_t k = 0; k < columns; k += 8) {
      const size_t some = columns - k < 8 ? columns - k : 8;
      V(d8) x = {0};
      for (size_t i = 0; i < some; ++i) x[i] = 2 * ((double)weights[k + i] - largest);
      V(exp)(&x);
      for (size_t i = 0; i < some; ++i) {
        if (pass == 0) sum += x[i];
        else probabilities[k + i] = (KEEL_REAL)(x[i] / total);
      }
    }
  }
  V(d8) logarithm = (V(d8)){0} + sum;
  V(log)(&logarithm);
  return (KEEL_REAL)(magnitude + (2 * (double)largest + logarithm[0]));
}

/* From e, the probabilities of the bits of a row. */
KEEL_INLINE void V(write_probabilities)(
    KEEL_REAL *restrict probabilities, const KEEL_REAL *restrict weights, size_t columns, double any_bit) {
  const KEEL_REAL scale = (KEEL_REAL)any_bit;
  for (size_t k = 0; k < columns; ++k) {
    const KEEL_REAL e = probabilities[k];
    probabilities[k] = (weights[k] < 0 ? e : 1) / ((1 + e) * scale);
  }
}

/* The terms of entries one behind the other; e is dropped if it is NULL. */
KEEL_INLINE void V(fill_terms)(const KEEL_REAL *weights, size_t count, KEEL_REAL *e, KEEL_REAL *logarithms) {
  KEEL_REAL dropped[KEEL_TERM_WIDTH], rest[KEEL_TERM_WIDTH] = {0}, last[KEEL_TERM_WIDTH];
  const size_t whole = count - count % KEEL_TERM_WIDTH, bytes = (count - whole) * sizeof(KEEL_REAL);
  for (size_t i = 0; i < whole; i += KEEL_TERM_WIDTH) V(terms)(weights + i, e ? e + i : dropped, logarithms + i);
  if (!bytes) return;
  memcpy(rest, weights + whole, bytes);
  V(terms)(rest, dropped, last);
  memcpy(logarithms + whole, last, bytes);
  if (e) memcpy(e + whole, dropped, bytes);
}

static void V(face_normalizers)(
    size_t rows, size_t columns, const KEEL_REAL *weights, KEEL_REAL *normalizers, KEEL_REAL *probabilities) {
  KEEL_REAL logarithms[KEEL_TERMS];
  V(row_sums) sums[KEEL_MOST_ROWS];
  double a[KEEL_MOST_ROWS], any[KEEL_MOST_ROWS], any_logarithms[KEEL_MOST_ROWS];
  if (columns == 0) {
    for (size_t r = 0; r < rows; ++r) normalizers[r] = -INFINITY;
    return;
  }
  size_t tall = KEEL_TERMS / columns;
  tall = tall > KEEL_MOST_ROWS ? KEEL_MOST_ROWS : tall < 1 ? 1 : tall;
  const size_t wide = columns < KEEL_TERMS ? columns : KEEL_TERMS;
  for (size_t first = 0; first < rows; first += tall) {
    const size_t some = rows - first < tall ? rows - first : tall;
    const KEEL_REAL *tile = weights + first * columns;
    KEEL_REAL *target = probabilities ? probabilities + first * columns : NULL;
    memset(sums, 0, some * sizeof *sums);
    /* Whole rows, or parts of one. */
    for (size_t begin = 0; begin < columns; begin += wide) {
      const size_t part = columns - begin < wide ? columns - begin : wide;
      V(fill_terms)(tile + begin, some * part, target ? target + begin : NULL, logarithms);
      for (size_t r = 0; r < some; ++r)
        V(add_row)(sums + r, tile + begin + r * part, logarithms + r * part, part);
    }
    for (size_t r = 0; r < some; ++r) a[r] = sums[r].logarithm + 2 * sums[r].positive;
    for (size_t r = some; r % 8 != 0; ++r) a[r] = 1;
    V(any_bits)(a, some, any, any_logarithms);
    for (size_t r = 0; r < some; ++r) {
      const KEEL_REAL *row = tile + r * columns;
      KEEL_REAL *bits = target ? target + r * columns : NULL;
      if (KEEL_UNLIKELY(a[r] < KEEL_SMALL)) {
        normalizers[first + r] = V(scaled_row)(row, columns, sums[r].magnitude, bits);
      } else {
        normalizers[first + r] = (KEEL_REAL)(sums[r].magnitude + (sums[r].logarithm + any_logarithms[r]));
        if (bits) V(write_probabilities)(bits, row, columns, any[r]);
      }
    }
  }
}

#undef KEEL_TERMS
#undef KEEL_MOST_ROWS
#undef KEEL_SMALL
#undef KEEL_TERM_WIDTH
