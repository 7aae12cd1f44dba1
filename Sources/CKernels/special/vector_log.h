/* softplus and ln(1 - e^-x) of eight doubles. Include vector_math.h before. */

/* x <- ln(1 + e^x) for any x, within 4 units of 2^-53 of itself; NaN for NaN. */
KEEL_INLINE void V(softplus)(V(d8) * x) {
  V(d8) value = (V(d8))((V(u8))*x | (uint64_t)0x8000000000000000); /* -|x| */
  V(exp)(&value);
  V(log1p)(&value);
  value += KEEL_SELECT_D8(*x > 0.0, *x, (V(d8)){0});
  *x = KEEL_SELECT_D8(*x != *x, *x, value);
}

/* x <- ln(1 - e^-x) for x >= 0, within 5 units of 2^-53 of itself; -inf at 0, NaN for x < 0 and NaN.
 *
 * 1 - e^-x is x - x^2 Q(-x) up to 1/3, so that nothing cancels; above, what its rounding loses is a
 * correction of the logarithm. */
KEEL_INLINE void V(log1mexp)(V(d8) * x) {
  V(i8) small = *x < 0x1.5555555555555p-2;
  V(d8) r = KEEL_MASK_D8(small, -*x), q, e = -*x;
  V(exp_series)(&r, &q);
  V(exp)(&e);
  V(d8) rest = 1 - e;
  V(d8) argument = KEEL_SELECT_D8(small, -(r + r * r * q), rest);
  V(d8) lost = KEEL_MASK_D8(~small, ((1 - rest) - e) / rest);
  V(log_corrected)(&argument, &lost);
  V(d8) none = {0};
  V(d8) outside = KEEL_SELECT_D8(*x == 0.0, none - __builtin_inf(), none + __builtin_nan(""));
  *x = KEEL_SELECT_D8(*x > 0.0, argument, outside);
}
