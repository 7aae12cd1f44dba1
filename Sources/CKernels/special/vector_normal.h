/* ln of the normal distribution function, and its slope, of eight doubles. Include vector_math.h before.
 *
 * With M(a) = exp(a^2/2) Phi(-a):  ln Phi(x) = ln M(-x) - x^2/2 for x < 0, and ln(1 - M(x) exp(-x^2/2))
 * above: one logarithm for both. The slope phi/Phi is 1/(sqrt(2 pi) M(-x)) for x < 0, without
 * exponentials. */

/* a <- M(a) for a in [0, 2^30], within 5 units of 2^-53 of itself.
 *
 * With t = (5 - a)/(5 + a) it is 5/(5 + a) times a function of t in [-1, 1] between 0.08 and 0.5 without
 * poles nearby, interpolated at Chebyshev nodes, error 6e-17; even and odd powers apart, as two chains of
 * operations take half the time. */
KEEL_INLINE void V(normal_tail)(V(d8) * a) {
  /* t this way has hardly an error of its own where it is 1: there ln M is most sensitive to it. */
  V(d8) scale = 1 / (5 + *a), t = 1 - 2 * *a * scale, z = t * t;
  V(d8) even = -0x1.59715784e8a95p-33 * z + 0x1.fde72d8a9cc53p-30;
  even = even * z + -0x1.cf490c4d38506p-27;
  even = even * z + 0x1.745a85971a067p-24;
  even = even * z + -0x1.294e5c475a14ep-21;
  even = even * z + 0x1.bfc5f2715e290p-19;
  even = even * z + -0x1.8e767be95f648p-17;
  even = even * z + -0x1.4ea693d4d5a26p-13;
  even = even * z + 0x1.1090aa5e1b5e0p-8;
  even = even * z + 0x1.0e5e8ee5997d8p-5;
  even = even * z + 0x1.95c11dc6c597ap-4;
  even = even * z + 0x1.3b0fbcb4c77bep-3;
  V(d8) odd = 0x1.d460cddb09840p-36 * z + -0x1.17941a11c83aep-32;
  odd = odd * z + 0x1.7d93be1e2f29ep-30;
  odd = odd * z + -0x1.090f9c23b3ec3p-27;
  odd = odd * z + 0x1.1e82d189b7e0fp-24;
  odd = odd * z + -0x1.ab47db3c576c8p-21;
  odd = odd * z + 0x1.4df3074574a36p-17;
  odd = odd * z + -0x1.c9182995a1658p-14;
  odd = odd * z + 0x1.39e0d8747f7f7p-11;
  odd = odd * z + 0x1.c4f9d5477285ep-7;
  odd = odd * z + 0x1.00d8ab2d2ad7ap-4;
  odd = odd * z + 0x1.108a698eca1adp-3;
  *a = scale * (5 * (even + t * odd));
}

/* What both functions below are made of: M(|x|), exp(-x^2/2) where x > 0, and Phi(x) exp(x^2/2 [x < 0]) with
 * what its rounding loses. */
typedef struct {
  V(d8) decrease, argument, lost;
  V(i8) negative;
} V(normal_parts);

KEEL_INLINE void V(normal_parts_of)(const V(d8) * x, V(normal_parts) * parts) {
  V(d8) a = (V(d8))((V(u8))*x & (uint64_t)0x7FFFFFFFFFFFFFFF);
  parts->negative = *x < 0.0;
  /* Beyond, -x^2/2 leaves nothing of ln M; and the exponential is 0 from 39 on. NaN is neither. */
  V(d8) tail = KEEL_SELECT_D8(a > 0x1p30, (V(d8)){0} + 0x1p30, a);
  V(d8) near = KEEL_SELECT_D8(a > 64.0, (V(d8)){0} + 64.0, a);
  V(normal_tail)(&tail);
  /* The square in two parts, the first exact. */
  V(d8) head = (V(d8))((V(u8))near & (uint64_t)0xFFFFFFFFF8000000);
  V(d8) low = -0.5 * ((near - head) * (near + head));
  parts->decrease = -0.5 * (head * head);
  V(exp_corrected)(&parts->decrease, &low);
  V(d8) q = tail * parts->decrease, rest = 1 - q;
  parts->argument = KEEL_SELECT_D8(parts->negative, tail, rest);
  /* (1 - rest - q)/rest is wanted to a few bits only: 1/rest is about 2 - rest on [1/2, 1]. */
  parts->lost = KEEL_MASK_D8(~parts->negative, ((1 - rest) - q) * (2 - rest));
}

KEEL_INLINE void V(normal_parts_log)(const V(d8) * x, const V(normal_parts) * parts, V(d8) * value) {
  V(d8) logarithm = parts->argument;
  V(log_corrected)(&logarithm, &parts->lost);
  logarithm -= KEEL_MASK_D8(parts->negative, 0.5 * (*x * *x));
  *value = KEEL_SELECT_D8(*x != *x, *x, logarithm);
}

/* x <- ln Phi(x) for any x, within 6 units of 2^-53 of itself; NaN for NaN. */
KEEL_INLINE void V(normal_log_cumulative)(V(d8) * x) {
  V(normal_parts) parts;
  V(normal_parts_of)(x, &parts);
  V(normal_parts_log)(x, &parts, x);
}

/* x <- ln Phi(x) and ratio <- phi(x)/Phi(x), the inverse Mills ratio, for any x, each within 6 units of
 * 2^-53 of itself. */
KEEL_INLINE void V(normal_log_cumulative_and_ratio)(V(d8) * x, V(d8) * ratio) {
  V(normal_parts) parts;
  V(normal_parts_of)(x, &parts);
  V(d8) one = KEEL_SELECT_D8(parts.negative, (V(d8)){0} + 1.0, parts.decrease);
  V(d8) value = (one * 0x1.9884533d43651p-2) / parts.argument; /* 1/sqrt(2 pi) */
  value = KEEL_SELECT_D8(*x < -0x1p30, -*x, value);
  *ratio = KEEL_SELECT_D8(*x != *x, *x, value);
  V(normal_parts_log)(x, &parts, x);
}
