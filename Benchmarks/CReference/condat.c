#include "condat.h"

/* One copy for each instruction set of x86, so that the loop that writes the projection is as wide as the
 * machine; the loop over the entries depends on each of its own results, as the algorithm is. */
#if defined(__x86_64__) && defined(__linux__) && defined(__clang__)
#define FOR_EACH_INSTRUCTION_SET __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_INSTRUCTION_SET
#endif

FOR_EACH_INSTRUCTION_SET
double reference_condat(long n, const double *restrict x, double radius, double *restrict p) {
  if (n < 1) return 0;
  /* The candidates are list[waiting...count-1], and tau is the threshold that they alone would have. Those
   * before them wait: they gave way to an entry that outweighed them, and may have to come back. The list
   * is kept in the output: it is never longer than what has been read. */
  double *list = p;
  long waiting = 0, count = 1;
  double tau = x[0] - radius;
  list[0] = x[0];
  for (long i = 1; i < n; ++i) {
    double value = x[i];
    if (value <= tau) continue;
    tau += (value - tau) / (double)(count - waiting + 1);
    if (tau <= value - radius) {
      waiting = count;
      tau = value - radius;
    }
    list[count++] = value;
  }

  /* Those that waited and are above the threshold join the candidates, in front. */
  long first = waiting;
  while (waiting > 0) {
    double value = list[--waiting];
    if (value <= tau) continue;
    list[--first] = value;
    tau += (value - tau) / (double)(count - first);
  }

  /* Candidates at or below the threshold leave, which raises it, until none does. */
  long left = count - first, before;
  list += first;
  do {
    before = left;
    long kept = 0;
    for (long i = 0; i < before; ++i) {
      double value = list[i];
      if (value > tau) {
        list[kept++] = value;
      } else {
        --left;
        tau += (tau - value) / (double)left;
      }
    }
  } while (left < before);

  for (long i = 0; i < n; ++i) p[i] = x[i] > tau ? x[i] - tau : 0;
  return tau;
}
