/* The self-test in one precision: included once for float and once for double, with
 *   REAL, EPSILON   the type and its distance from 1 to the next number
 *   NAME(x)         x with the prefix of the precision
 *   BLAS(x)         the CBLAS routine x
 *
 * References are plain loops in double. A sum of k products has, in any order and with or without
 * fused operations, an error of at most (k u) / (1 - k u) times the sum of the magnitudes (u half of
 * EPSILON), both in the routine and, at most, in the reference: together less than
 * (k + 4) EPSILON sum |a||b|. Matrices are stored by columns.
 */

#define STRINGIFY(x) #x
#define QUOTED(x) STRINGIFY(x)
#define ROUTINE(x) QUOTED(NAME(x))

/* Entries in [-1, 1) that use the whole significand: reduced precision would show. */
static void NAME(fill)(REAL *x, int count, uint64_t seed) {
  uint64_t state = 2 * seed + 1;
  for (int i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    x[i] = (REAL)((double)(int64_t)state * 0x1p-63);
  }
}

/* Written so that NaN fails. */
static int NAME(agrees)(double got, double want, double magnitude, int terms) {
  return fabs(got - want) <= (terms + 4) * (double)EPSILON * magnitude;
}

static int NAME(check_gemm)(const REAL *a, const REAL *b, REAL *c, int ta, int tb) {
  const int m = small_m, n = small_n, k = small_k;
  const REAL alpha = (REAL)1.25, beta = (REAL)-0.5;
  REAL before[small_m * small_n];
  NAME(fill)(before, m * n, 1);
  for (int i = 0; i < m * n; ++i) c[i] = before[i];
  BLAS(gemm)(CblasColMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k,
             alpha, a, ta ? k : m, b, tb ? n : k, beta, c, m);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < m; ++i) {
      double want = beta * (double)before[i + j * m], magnitude = fabs(want);
      for (int l = 0; l < k; ++l) {
        double product = alpha * (double)(ta ? a[l + i * k] : a[i + l * m])
                         * (double)(tb ? b[j + l * n] : b[l + j * k]);
        want += product;
        magnitude += fabs(product);
      }
      if (!NAME(agrees)(c[i + j * m], want, magnitude, k + 2)) return 0;
    }
  }
  return 1;
}

/* The blocked path at a size where a triple loop would take a millisecond: C w is compared with
 * A (B w) for one vector w without zeros (Freivalds), with the bound of |A| (|B| |w|). */
static int NAME(check_blocked_gemm)(const REAL *a, const REAL *b, REAL *c, int transposed) {
  const int m = blocked_m, n = blocked_n, k = blocked_k;
  double inner[blocked_k], inner_magnitude[blocked_k];
  REAL w[blocked_n];
  NAME(fill)(w, n, 2);
  CBLAS_TRANSPOSE operation = transposed ? CblasTrans : CblasNoTrans;
  BLAS(gemm)(CblasColMajor, operation, operation, m, n, k, 1, a, transposed ? k : m, b,
             transposed ? n : k, 0, c, m);
  for (int l = 0; l < k; ++l) {
    double sum = 0, magnitude = 0;
    for (int j = 0; j < n; ++j) {
      double product = (double)(transposed ? b[j + l * n] : b[l + j * k]) * w[j];
      sum += product;
      magnitude += fabs(product);
    }
    inner[l] = sum;
    inner_magnitude[l] = magnitude;
  }
  for (int i = 0; i < m; ++i) {
    double want = 0, magnitude = 0, got = 0;
    for (int l = 0; l < k; ++l) {
      double entry = transposed ? a[l + i * k] : a[i + l * m];
      want += entry * inner[l];
      magnitude += fabs(entry) * inner_magnitude[l];
    }
    for (int j = 0; j < n; ++j) got += (double)c[i + j * m] * w[j];
    if (!NAME(agrees)(got, want, magnitude, k + 2 * n)) return 0;
  }
  return 1;
}

static int NAME(check_gemv)(const REAL *a, const REAL *x, REAL *y, int transposed) {
  const int m = small_m, n = small_n;
  const int inputs = transposed ? m : n, outputs = transposed ? n : m;
  BLAS(gemv)(CblasColMajor, transposed ? CblasTrans : CblasNoTrans, m, n, 1, a, m, x, 1, 0, y, 1);
  for (int i = 0; i < outputs; ++i) {
    double want = 0, magnitude = 0;
    for (int j = 0; j < inputs; ++j) {
      double product = (double)(transposed ? a[j + i * m] : a[i + j * m]) * x[j];
      want += product;
      magnitude += fabs(product);
    }
    if (!NAME(agrees)(y[i], want, magnitude, inputs)) return 0;
  }
  return 1;
}

static int NAME(check_ger)(const REAL *x, const REAL *y, REAL *a) {
  const int m = small_m, n = small_n;
  REAL before[small_m * small_n];
  NAME(fill)(before, m * n, 3);
  for (int i = 0; i < m * n; ++i) a[i] = before[i];
  BLAS(ger)(CblasColMajor, m, n, (REAL)0.75, x, 1, y, 1, a, m);
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < m; ++i) {
      double product = 0.75 * x[i] * y[j], start = before[i + j * m];
      if (!NAME(agrees)(a[i + j * m], start + product, fabs(start) + fabs(product), 3)) return 0;
    }
  }
  return 1;
}

static int NAME(check_dot)(const REAL *x, const REAL *y) {
  double want = 0, magnitude = 0;
  for (int i = 0; i < vector_length; ++i) {
    want += (double)x[i] * y[i];
    magnitude += fabs((double)x[i] * y[i]);
  }
  return NAME(agrees)(BLAS(dot)(vector_length, x, 1, y, 1), want, magnitude, vector_length);
}

static int NAME(check_syrk)(const REAL *a, REAL *c, int lower, int transposed) {
  const int n = small_n, k = small_k;
  BLAS(syrk)(CblasColMajor, lower ? CblasLower : CblasUpper, transposed ? CblasTrans : CblasNoTrans,
             n, k, 1, a, transposed ? k : n, 0, c, n);
  for (int j = 0; j < n; ++j) {
    for (int i = lower ? j : 0; i < (lower ? n : j + 1); ++i) {
      double want = 0, magnitude = 0;
      for (int l = 0; l < k; ++l) {
        double product = transposed ? (double)a[l + i * k] * a[l + j * k]
                                    : (double)a[i + l * n] * a[j + l * n];
        want += product;
        magnitude += fabs(product);
      }
      if (!NAME(agrees)(c[i + j * n], want, magnitude, k)) return 0;
    }
  }
  return 1;
}

/* Solves op(T) X = B, or X op(T) = B, and bounds the residual by the magnitudes: substitution is
 * backward stable row by row. */
static int NAME(check_trsm)(REAL *t, const REAL *b, REAL *x, int right, int lower, int transposed) {
  const int rows = small_m, columns = small_n, n = right ? columns : rows;
  for (int i = 0; i < n; ++i) t[i + i * n] = 2 + (REAL)i / n;
  for (int i = 0; i < rows * columns; ++i) x[i] = b[i];
  BLAS(trsm)(CblasColMajor, right ? CblasRight : CblasLeft, lower ? CblasLower : CblasUpper,
             transposed ? CblasTrans : CblasNoTrans, CblasNonUnit, rows, columns, 1, t, n, x, rows);
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < rows; ++i) {
      double got = 0, magnitude = fabs((double)b[i + j * rows]);
      for (int l = 0; l < n; ++l) {
        int row = right ? l : i, column = right ? j : l;
        if (transposed) { int swapped = row; row = column; column = swapped; }
        if (lower ? row < column : row > column) continue;
        double product = (double)t[row + column * n] * (right ? x[i + l * rows] : x[l + j * rows]);
        got += product;
        magnitude += fabs(product);
      }
      if (!NAME(agrees)(got, b[i + j * rows], magnitude, 2 * n)) return 0;
    }
  }
  return 1;
}

static const char *NAME(_self_test)(void) {
  REAL *storage = malloc(3 * largest * sizeof(REAL));
  if (!storage) return "malloc";
  REAL *a = storage, *b = a + largest, *c = b + largest;
  NAME(fill)(a, largest, 4);
  NAME(fill)(b, largest, 5);
  const char *failed = NULL;
  for (int bits = 0; bits < 4 && !failed; ++bits) {
    int first = bits & 1, second = bits >> 1;
    if (!NAME(check_gemm)(a, b, c, first, second)) failed = ROUTINE(gemm);
    else if (!NAME(check_syrk)(a, c, first, second)) failed = ROUTINE(syrk);
    else if (!NAME(check_trsm)(a, b, c, 0, first, second)) failed = ROUTINE(trsm);
    else if (!NAME(check_trsm)(a, b, c, 1, first, second)) failed = ROUTINE(trsm);
  }
  /* The two transposes together run all four packing routines. */
  for (int transposed = 0; transposed < 2 && !failed; ++transposed) {
    if (!NAME(check_blocked_gemm)(a, b, c, transposed)) failed = ROUTINE(gemm);
    else if (!NAME(check_gemv)(a, b, c, transposed)) failed = ROUTINE(gemv);
  }
  if (!failed && !NAME(check_ger)(a, b, c)) failed = ROUTINE(ger);
  if (!failed && !NAME(check_dot)(a, b)) failed = ROUTINE(dot);
  free(storage);
  return failed;
}

#undef STRINGIFY
#undef QUOTED
#undef ROUTINE
