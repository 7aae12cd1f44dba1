/* Faces drawn from a keel_face_law, for one instruction set. Word 0 of a row decides which bit is the lowest
 * that is one, word k whether bit k is one if it is above that. */

#define KEEL_WORDS 1024

typedef uint32_t V(sixteen_words) __attribute__((vector_size(64), aligned(4), may_alias));
typedef _Bool V(sixteen_bits) __attribute__((ext_vector_type(16)));

/* Words of a stream, made some blocks at a time. */
typedef struct {
  uint64_t key, nonce;
  uint64_t first, end; /* the blocks that are there */
  uint32_t words[KEEL_WORDS + 16];
} V(face_words);

/* A face, while it is drawn. */
typedef struct {
  size_t lowest;
} V(face);

KEEL_INLINE void V(begin_words)(V(face_words) *words, uint64_t key, uint64_t nonce, uint64_t first) {
  words->key = key;
  words->nonce = nonce;
  words->first = words->end = first;
  memset(words->words + KEEL_WORDS, 0, 16 * sizeof(uint32_t));
}

/* The words of blocks from `block` on, at least `count` of them, and 16 more that may be read. Blocks are
 * asked for in increasing order. */
KEEL_INLINE const uint32_t *V(words_at)(V(face_words) *words, uint64_t block, size_t count) {
  if (KEEL_UNLIKELY((int64_t)(words->end - block) < (int64_t)count)) {
    words->first = block;
    words->end = block + KEEL_WORDS / 4;
    keel_random_words(words->key, words->nonce, block, KEEL_WORDS / 4, words->words);
  }
  return words->words + 4 * (block - words->first);
}

/* Lanes in which a mask is set, as bits. */
KEEL_INLINE unsigned V(lanes_set)(const V(sixteen_words) *mask) {
  V(sixteen_bits) set = __builtin_convertvector(*mask, V(sixteen_bits));
  uint16_t bits;
  memcpy(&bits, &set, sizeof bits);
  return bits;
}

/* The rest that decides for coordinate number n where its word did not: 53 bits of a block that no attempt
 * uses. */
KEEL_OUTLINE double V(decide)(uint64_t number, const keel_dirichlet_place *place) {
  double uniform[2];
  keel_random_uniform_f64(place->inner_key, place->inner_nonce, number + ((uint64_t)63 << 57), 1, uniform);
  return uniform[0];
}

/* Finds the lowest bit of the face of a row. */
KEEL_INLINE void V(begin_face)(
    V(face) *face, V(face_words) *words, const keel_face_law *law, size_t columns, uint64_t block,
    const keel_dirichlet_place *place) {
  const uint32_t word = V(words_at)(words, block, (columns < 64 ? columns + 3 : 67) / 4)[0];
  size_t lowest = 0;
  for (size_t k = 0; k < columns; k += 16) {
    V(sixteen_words) bound = *(const V(sixteen_words) *)(law->lowest_words + k);
    V(sixteen_words) beyond = (V(sixteen_words))(word > bound), tied = (V(sixteen_words))(word == bound);
    const unsigned passed = V(lanes_set)(&beyond), ties = V(lanes_set)(&tied);
    lowest = k + (size_t)__builtin_popcount(passed);
    if (KEEL_UNLIKELY(ties)) {
      const double uniform = V(decide)(block << 2, place);
      while (lowest < columns && law->lowest_words[lowest] == word && uniform >= law->lowest_rests[lowest])
        ++lowest;
    }
    if (passed != 0xffff) break;
  }
  face->lowest = lowest < columns ? lowest : columns - 1;
}

/* Bits k ... k + 63 of the face, for k a multiple of 64. */
KEEL_INLINE uint64_t V(next_bits)(
    const V(face) *face, V(face_words) *words, const keel_face_law *law, size_t columns, size_t k,
    uint64_t block, const keel_dirichlet_place *place) {
  if (face->lowest >= k + 64) return 0;
  const size_t width = columns - k < 64 ? columns - k : 64;
  const uint32_t *source = V(words_at)(words, block + k / 4, (width + 3) / 4);
  uint64_t bits = 0, ties = 0;
  for (size_t j = 0; j < width; j += 16) {
    V(sixteen_words) drawn = *(const V(sixteen_words) *)(source + j);
    V(sixteen_words) bound = *(const V(sixteen_words) *)(law->words + k + j);
    V(sixteen_words) below = (V(sixteen_words))(drawn < bound), tied = (V(sixteen_words))(drawn == bound);
    bits |= (uint64_t)V(lanes_set)(&below) << j;
    ties |= (uint64_t)V(lanes_set)(&tied) << j;
  }
  /* What is behind the row, and what is not above the lowest one. */
  uint64_t open = width < 64 ? ((uint64_t)1 << width) - 1 : ~(uint64_t)0;
  uint64_t one = 0;
  if (face->lowest >= k) {
    one = (uint64_t)1 << (face->lowest - k);
    open &= ~(one | (one - 1));
  }
  for (ties &= open; KEEL_UNLIKELY(ties); ties &= ties - 1) {
    const size_t column = k + (size_t)__builtin_ctzll(ties);
    if (V(decide)((block << 2) + column, place) < law->rests[column]) bits |= ties & -ties;
  }
  return (bits & open) | one;
}

#undef KEEL_WORDS
