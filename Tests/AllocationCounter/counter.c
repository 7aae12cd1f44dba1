/* The allocation functions of the C library, replaced in the test program by ones that count and then
 * call glibc's own. The dynamic linker resolves every library's calls to the definitions in the program,
 * so the allocations of Swift's runtime and of BLAS are seen as well. The counter belongs to the thread:
 * other tests may run at the same time. */
#include "allocation_counter.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KEEL_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(KEEL_SANITIZED)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local long allocations;

void *malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
  allocations++;
  return __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  allocations++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  allocations++;
  void *pointer = __libc_memalign(alignment, size);
  if (pointer == NULL) return ENOMEM;
  *result = pointer;
  return 0;
}

int keel_counts_allocations(void) { return 1; }
long keel_allocation_count(void) { return allocations; }

#else

int keel_counts_allocations(void) { return 0; }
long keel_allocation_count(void) { return 0; }

#endif
