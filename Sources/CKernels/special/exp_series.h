/* The series of e^r that the exponentials of all kernels share. */
#ifndef KEEL_EXP_SERIES_H
#define KEEL_EXP_SERIES_H

/* q <- Q(r) with e^r = 1 + r + r^2 Q(r) for r in [-ln 2 / 2, ln 2 / 2], interpolated at Chebyshev nodes, error 4e-19.
 * A macro, because the vectors of kernels differ in type. */
#define KEEL_EXP_SERIES_F64(q, r)             \
  do {                                        \
    q = 0x1.1f730349868cep-29 * r + 0x1.af4de97ca4194p-26; \
    q = q * r + 0x1.27e4db646b17ep-22;        \
    q = q * r + 0x1.71de0231960ebp-19;        \
    q = q * r + 0x1.a01a01a6d889cp-16;        \
    q = q * r + 0x1.a01a01abe7fe1p-13;        \
    q = q * r + 0x1.6c16c16c162d4p-10;        \
    q = q * r + 0x1.11111111100dcp-7;         \
    q = q * r + 0x1.5555555555556p-5;         \
    q = q * r + 0x1.5555555555557p-3;         \
    q = q * r + 0.5;                          \
  } while (0)

#endif
