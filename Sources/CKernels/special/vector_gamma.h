/* ln Gamma and digamma of eight doubles. Include vector_math.h before. */

/* x <- ln Gamma(x) for x >= 0, within 6 units of 2^-53 of itself, also near its zeros 1 and 2. +inf at 0 and
 * +inf; NaN for x < 0 and NaN.
 *
 * Below 8: Gamma(x) = (x - 1) ... w Gamma(w) with w in [1, 2), or Gamma(x + 1)/x for x < 1, and ln Gamma(w) =
 * (w - 1)(w - 2) R(w), R interpolated at Chebyshev nodes, error 4e-17. From 8 on Stirling's series, whose
 * next term is below 4e-17. One logarithm serves for both. */
KEEL_INLINE void V(log_gamma)(V(d8) * x) {
  V(d8) zero = {0}, product = zero + 1.0, w = *x;
  V(i8) below = *x < 1.0, large = *x >= 8.0;
  for (int step = 0; step < 6; step++) {
    V(i8) above = w >= 2.0;
    w -= KEEL_MASK_D8(above, zero + 1.0);
    product *= KEEL_SELECT_D8(above, w, zero + 1.0);
  }
  w = KEEL_SELECT_D8(large, zero + 1.0, w);
  /* w - 1 and w - 2 without rounding; w is x + 1 below 1. */
  V(d8) first = KEEL_SELECT_D8(below, w, w - 1), second = first - 1;
  V(d8) logarithm = KEEL_SELECT_D8(large | below, *x, product);
  V(log)(&logarithm);

  V(d8) s = first - 0.5, z = s * s;
  V(d8) even = 0x1.97a672f510735p-17 * z + 0x1.ba137484c764cp-17;
  even = even * z + 0x1.68fdeb08edc47p-15;
  even = even * z + 0x1.b9e257d11f1c8p-14;
  even = even * z + 0x1.1c7e4f467baeep-12;
  even = even * z + 0x1.750a77d822d32p-11;
  even = even * z + 0x1.f814babe86906p-10;
  even = even * z + 0x1.64f0664c37406p-8;
  even = even * z + 0x1.133423527f3d7p-6;
  even = even * z + 0x1.01af62a2929bfp-4;
  even = even * z + 0x1.eeb95b094c191p-2;
  V(d8) odd = -0x1.0ba7e4b7ec423p-17 * z + -0x1.0ed848f4c3a8bp-17;
  odd = odd * z + -0x1.cb09aadf8c861p-16;
  odd = odd * z + -0x1.15350c1f6c64ap-14;
  odd = odd * z + -0x1.62443cdd5170dp-13;
  odd = odd * z + -0x1.cb448e61e1d84p-12;
  odd = odd * z + -0x1.313e8bc6a6231p-10;
  odd = odd * z + -0x1.a5035229a9556p-9;
  odd = odd * z + -0x1.34dbda14a599fp-7;
  odd = odd * z + -0x1.007aa83cee101p-5;
  odd = odd * z + -0x1.2aed059bd608ap-3;
  V(d8) central = first * second * (even + s * odd);
  V(d8) small = central + KEEL_SELECT_D8(below, -logarithm, logarithm);

  V(d8) v = 1 / *x, u = v * v;
  V(d8) series = -3617.0 / 122400 * u + 1.0 / 156;
  series = series * u - 691.0 / 360360;
  series = series * u + 1.0 / 1188;
  series = series * u - 1.0 / 1680;
  series = series * u + 1.0 / 1260;
  series = series * u - 1.0 / 360;
  series = series * u + 1.0 / 12;
  V(d8) stirling = (*x - 0.5) * (logarithm - 1) + (0x1.acfe390c97d69p-2 + v * series); /* (ln 2 pi - 1)/2 */
  V(d8) value = KEEL_SELECT_D8(large, stirling, small);
  V(d8) outside = KEEL_SELECT_D8(*x == 0.0, zero + __builtin_inf(), zero + __builtin_nan(""));
  *x = KEEL_SELECT_D8(*x > 0.0, value, outside);
}

/* x <- digamma(x) for x >= 0, within 8 units of 2^-53 of 1 + |digamma(x)|. -inf at 0, +inf at +inf; NaN for
 * x < 0 and NaN.
 *
 * Below 8 the argument is raised by 8: psi(x) = psi(x + 8) - D'(x)/D(x) with D = x (x + 1) ... (x + 7). The
 * next term of the asymptotic series is below 5e-17. */
KEEL_INLINE void V(digamma)(V(d8) * x) {
  V(d8) zero = {0};
  V(i8) small = *x < 8.0;
  /* The factors in pairs: (x + i)(x + 7 - i) = p + i (7 - i), all with the derivative 2x + 7. */
  V(d8) low = KEEL_SELECT_D8(small, *x, zero + 1.0), p = low * (low + 7);
  V(d8) outer = p * (p + 6), inner = (p + 10) * (p + 12);
  V(d8) slope = (2 * low + 7) * ((2 * p + 6) * inner + (2 * p + 22) * outer);
  V(d8) raised = KEEL_MASK_D8(small, slope / (outer * inner));
  V(d8) y = *x + KEEL_MASK_D8(small, zero + 8.0);
  V(d8) logarithm = y, v = 1 / y, u = v * v;
  V(log)(&logarithm);
  V(d8) series = -3617.0 / 8160 * u + 1.0 / 12;
  series = series * u - 691.0 / 32760;
  series = series * u + 1.0 / 132;
  series = series * u - 1.0 / 240;
  series = series * u + 1.0 / 252;
  series = series * u - 1.0 / 120;
  series = series * u + 1.0 / 12;
  V(d8) value = ((logarithm - 0.5 * v) - u * series) - raised;
  value = KEEL_SELECT_D8(*x == zero + __builtin_inf(), *x, value);
  V(d8) outside = KEEL_SELECT_D8(*x == 0.0, zero - __builtin_inf(), zero + __builtin_nan(""));
  *x = KEEL_SELECT_D8(*x > 0.0, value, outside);
}
