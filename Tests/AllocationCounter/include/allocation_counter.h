/* Counts the heap allocations of a thread, for tests that show that a function makes none. */
#ifndef KEEL_ALLOCATION_COUNTER_H
#define KEEL_ALLOCATION_COUNTER_H

/* Whether allocations are counted here: with glibc, and without a sanitizer, which needs malloc itself. */
int keel_counts_allocations(void);

/* The number of allocations that the calling thread has made. */
long keel_allocation_count(void);

#endif
