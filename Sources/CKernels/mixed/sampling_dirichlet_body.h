/* Mixed Dirichlet samples for one instruction set and scalar.
 *
 * Rows are drawn in groups that stay in the first-level cache: first the faces, whose coordinates are
 * listed; then gamma numbers for those that are listed, as many at a time as there are lanes, until none is
 * rejected any more; then each row is divided by its sum. Every attempt has its own block, so that their
 * order makes no difference. */

#include "../special/vector_math.h"

#include "sampling_faces_body.h"
#include "wide_sums_body.h"

#define KEEL_GROUP 4096 /* entries of a group of rows */
#define KEEL_LISTED 512

/* Coordinates whose gamma numbers are still to be drawn. */
typedef struct {
  uint64_t blocks[KEEL_LISTED + 16];
  uint32_t laws[KEEL_LISTED + 16]; /* columns */
  uint32_t places[KEEL_LISTED + 16]; /* in the group */
  size_t count;
} V(waiting);

/* Draws for the coordinates of a list, whole registers of them or all. Those that are rejected stay. */
KEEL_INLINE void V(draw_listed)(
    V(waiting) *list, size_t count, const S(keel_gamma_laws) *laws, int logarithms,
    const keel_dirichlet_place *place, KEEL_REAL *group) {
  const keel_gamma_draws draws = {place->inner_key, place->inner_nonce, list->blocks, list->laws, count};
  KEEL_REAL values[KEEL_LISTED + 16];
  S(keel_random_gamma)(laws, &draws, logarithms, values);
  size_t left = 0;
  for (size_t i = 0; i < count; ++i) {
    KEEL_REAL value = values[i];
    if (KEEL_UNLIKELY(value == (KEEL_REAL)INFINITY)) {
      const uint64_t next = list->blocks[i] + ((uint64_t)1 << 57);
      if (next >> 57 < 62) {
        list->blocks[left] = next;
        list->laws[left] = list->laws[i];
        list->places[left++] = list->places[i];
        continue;
      }
      /* Not by chance: a law that is not a number. */
      value = logarithms ? laws->log_shape[list->laws[i]] : laws->shape[list->laws[i]];
    }
    group[list->places[i]] = value;
  }
  for (size_t i = count; i < list->count; ++i, ++left) {
    list->blocks[left] = list->blocks[i];
    list->laws[left] = list->laws[i];
    list->places[left] = list->places[i];
  }
  list->count = left;
}

/* Numbers in the padding of the last register: any law will do. */
KEEL_INLINE void V(draw_all)(
    V(waiting) *list, const S(keel_gamma_laws) *laws, int logarithms, const keel_dirichlet_place *place,
    KEEL_REAL *group) {
  while (list->count > 0) {
    for (size_t i = list->count; i < ((list->count + 15) & ~(size_t)15); ++i) {
      list->blocks[i] = 0;
      list->laws[i] = 0;
    }
    V(draw_listed)(list, list->count, laws, logarithms, place, group);
  }
}

/* Divides a row by its sum. A row with one entry that is not zero gets a 1. */
KEEL_INLINE void V(share)(KEEL_REAL *row, size_t columns) {
  const size_t whole = columns & ~(size_t)15;
  double sum = 0;
  if (whole) {
    V(wide) sums = {0};
    for (size_t k = 0; k < whole; k += 16)
      sums += __builtin_convertvector(*(const V(sixteen) *)(row + k), V(wide));
    sum = V(wide_sum)(&sums);
  }
  for (size_t k = whole; k < columns; ++k) sum += row[k];
#if KEEL_DOUBLE
  for (size_t k = 0; k < columns; ++k) row[k] /= sum;
#else
  /* The product is off by two roundings in double, which a float does not show. */
  const double inverse = 1 / sum;
  for (size_t k = 0; k < columns; ++k) row[k] = (KEEL_REAL)(row[k] * inverse);
#endif
}

/* The largest entry of a row. */
KEEL_INLINE KEEL_REAL V(largest_entry)(const KEEL_REAL *row, size_t columns) {
  const size_t whole = columns & ~(size_t)15;
  KEEL_REAL largest = -INFINITY;
  if (whole) {
    V(sixteen) best = *(const V(sixteen) *)row;
    for (size_t k = 16; k < whole; k += 16) {
      V(sixteen) x = *(const V(sixteen) *)(row + k);
      __typeof__(x > best) greater = x > best;
      best = (V(sixteen))(((__typeof__(greater))x & greater) | ((__typeof__(greater))best & ~greater));
    }
    KEEL_UNROLL for (int i = 0; i < 16; ++i) largest = best[i] > largest ? best[i] : largest;
  }
  for (size_t k = whole; k < columns; ++k) largest = row[k] > largest ? row[k] : largest;
  return largest;
}

/* exp of eight entries; of the face, at least `least`. Outside of it they are -infinity. */
KEEL_INLINE void V(exponentials_of_eight)(KEEL_REAL *entries, double least) {
  typedef KEEL_REAL eight
      __attribute__((vector_size(8 * sizeof(KEEL_REAL)), aligned(sizeof(KEEL_REAL)), may_alias));
  V(d8) x = __builtin_convertvector(*(const eight *)entries, V(d8)), e = x;
  V(exp)(&e);
  e = KEEL_MASK_D8(x > (double)-INFINITY, KEEL_SELECT_D8(e > least, e, (V(d8)){0} + least));
  *(eight *)entries = __builtin_convertvector(e, eight);
}

/* Exponentials of logarithms, less the largest of their row. An entry of the face is at least so large that
 * its share is a normal number. */
KEEL_INLINE void V(exponentials_of_rows)(KEEL_REAL *group, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; ++r) {
    KEEL_REAL *row = group + r * columns;
    const KEEL_REAL largest = V(largest_entry)(row, columns);
    for (size_t k = 0; k < columns; ++k) row[k] -= largest;
  }
  const double least = (KEEL_DOUBLE ? DBL_MIN : (double)FLT_MIN) * 2 * (double)columns;
  const size_t count = rows * columns, whole = count & ~(size_t)7;
  for (size_t i = 0; i < whole; i += 8) V(exponentials_of_eight)(group + i, least);
  if (whole < count) {
    KEEL_REAL rest[8] = {0};
    memcpy(rest, group + whole, (count - whole) * sizeof(KEEL_REAL));
    V(exponentials_of_eight)(rest, least);
    memcpy(group + whole, rest, (count - whole) * sizeof(KEEL_REAL));
  }
}

/* Exponentials, four a block of the row, made for some blocks at a time. */
typedef struct {
  uint64_t first, end;
  KEEL_REAL values[KEEL_LISTED];
} V(exponentials);

/* Those of a row from `block` on, for 64 columns or what is left of the row. */
KEEL_INLINE const KEEL_REAL *V(exponentials_at)(
    V(exponentials) *numbers, uint64_t block, size_t columns, const keel_dirichlet_place *place) {
  const uint64_t parts = sizeof(KEEL_REAL) / 4; /* blocks of the second stream, for one of the first */
  if ((int64_t)(numbers->end - block) < (int64_t)((columns + 3) / 4)) {
    numbers->first = block;
    numbers->end = block + KEEL_LISTED / 4;
    S(keel_random_exponential)(
        place->inner_key, place->inner_nonce, parts * block, parts * KEEL_LISTED / 4, numbers->values);
  }
  return numbers->values + 4 * (block - numbers->first);
}

/* Draws the exponentials of a face with columns k ... k + width - 1 as bits. */
KEEL_INLINE void V(write_exponentials)(
    KEEL_REAL *row, uint64_t bits, size_t width, const KEEL_REAL *drawn) {
  for (size_t j = 0; j < width; ++j) row[j] = bits >> j & 1 ? drawn[j] : 0;
}

static void V(mixed_dirichlet)(
    size_t rows, size_t columns, const keel_face_law *faces, const S(keel_gamma_laws) * laws, int method,
    const keel_dirichlet_place *place, KEEL_REAL *output) {
  if (columns == 0) return;
  const size_t row_blocks = (columns + 3) / 4;
  const int logarithms = method == KEEL_DIRICHLET_LOGARITHMS, uniform = method == KEEL_DIRICHLET_UNIFORM;
  const KEEL_REAL outside = logarithms ? (KEEL_REAL)-INFINITY : 0;
  const size_t group_rows = columns < KEEL_GROUP ? KEEL_GROUP / columns : 1;
  V(face_words) words;
  V(begin_words)(&words, place->key, place->nonce, place->first);
  V(waiting) list;
  list.count = 0;
  V(exponentials) numbers;
  numbers.first = numbers.end = place->first;
  for (size_t first = 0; first < rows; first += group_rows) {
    const size_t some = rows - first < group_rows ? rows - first : group_rows;
    KEEL_REAL *group = output + first * columns;
    for (size_t i = 0; i < some * columns; ++i) group[i] = outside;
    for (size_t r = 0; r < some; ++r) {
      const uint64_t block = place->first + (first + r) * row_blocks;
      KEEL_REAL *row = group + r * columns;
      V(face) face;
      V(begin_face)(&face, &words, faces, columns, block, place);
      size_t size = 0, before = list.count;
      for (size_t k = 0; k < columns; k += 64) {
        /* The coordinates k ... k + 63 of the face, as bits. */
        uint64_t bits = V(next_bits)(&face, &words, faces, columns, k, block, place);
        size += (size_t)__builtin_popcountll(bits);
        if (uniform) {
          if (size == 1 && k + 64 >= columns) {
            row[face.lowest] = 1;
            break;
          }
          if (!bits) continue;
          const size_t width = columns - k < 64 ? columns - k : 64;
          V(write_exponentials)(
              row + k, bits, width, V(exponentials_at)(&numbers, block + k / 4, width, place));
        } else {
          while (list.count + 64 > KEEL_LISTED) {
            V(draw_listed)(&list, list.count & ~(size_t)15, laws, logarithms, place, group);
            before = list.count;
          }
          while (bits) {
            const size_t column = k + (size_t)__builtin_ctzll(bits);
            bits &= bits - 1;
            list.blocks[list.count] = (block << 2) + column;
            list.laws[list.count] = (uint32_t)column;
            list.places[list.count++] = (uint32_t)(r * columns + column);
          }
        }
      }
      /* A vertex needs no number, if it is still listed. */
      if (!uniform && size == 1 && list.count == before + 1) {
        --list.count;
        row[face.lowest] = logarithms ? 0 : 1;
      }
    }
    V(draw_all)(&list, laws, logarithms, place, group);
    if (logarithms) V(exponentials_of_rows)(group, some, columns);
    for (size_t r = 0; r < some; ++r) V(share)(group + r * columns, columns);
  }
}

#undef KEEL_GROUP
#undef KEEL_LISTED
