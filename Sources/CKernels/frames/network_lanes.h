/* Registers and their operations, for one instruction set and scalar. */

typedef KEEL_REAL V(lanes) __attribute__((vector_size(KEEL_BYTES)));
typedef KEEL_REAL V(stored) __attribute__((vector_size(KEEL_BYTES), aligned(sizeof(KEEL_REAL)), may_alias));

#define KEEL_LANES (KEEL_BYTES / sizeof(KEEL_REAL))
#define KEEL_PAD (KEEL_PAD_BYTES / sizeof(KEEL_REAL))
#define KEEL_PANEL (KEEL_PANEL_BYTES / sizeof(KEEL_REAL))
#define LOAD(address) (*(const V(stored) *)(address))
#define STORE(address, value) (*(V(stored) *)(address) = (value))
#define SPLAT(x) ((x) - (V(lanes)){0}) /* x - 0 is x, for every x, and takes no instruction */

#if KEEL_LEVEL > 0 || defined(__aarch64__)
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

/* RELU(x): max(x, 0), and NaN for NaN: the instruction returns its second operand where one is NaN.
 * NONZERO(address): the bits of the numbers there that are not zero, NaN among them. */
#if KEEL_LEVEL == 2 && KEEL_DOUBLE
#define RELU(x) ((V(lanes))_mm512_max_pd(_mm512_setzero_pd(), (__m512d)(x)))
#define NONZERO(address) _mm512_cmp_pd_mask(_mm512_loadu_pd(address), _mm512_setzero_pd(), _CMP_NEQ_UQ)
#elif KEEL_LEVEL == 2
#define RELU(x) ((V(lanes))_mm512_max_ps(_mm512_setzero_ps(), (__m512)(x)))
#define NONZERO(address) _mm512_cmp_ps_mask(_mm512_loadu_ps(address), _mm512_setzero_ps(), _CMP_NEQ_UQ)
#elif KEEL_LEVEL == 1 && KEEL_DOUBLE
#define RELU(x) ((V(lanes))_mm256_max_pd(_mm256_setzero_pd(), (__m256d)(x)))
#define NONZERO(address) \
  (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(address), _mm256_setzero_pd(), _CMP_NEQ_UQ))
#elif KEEL_LEVEL == 1
#define RELU(x) ((V(lanes))_mm256_max_ps(_mm256_setzero_ps(), (__m256)(x)))
#define NONZERO(address) \
  (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(address), _mm256_setzero_ps(), _CMP_NEQ_UQ))
#else
typedef KEEL_BITS V(bits) __attribute__((vector_size(KEEL_BYTES)));
#define RELU(x) ((V(lanes))((V(bits))(x) & ~(V(bits))((x) < 0)))
#endif
