#include "allocations.h"

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define FOREIGN_ALLOCATOR 1
#endif
#endif

#if defined(__GLIBC__) && !defined(FOREIGN_ALLOCATOR)

// glibc's own entry points, behind those that are counted here
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static __thread size_t allocated_bytes;

void *malloc(size_t size) {
  allocated_bytes += size;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocated_bytes += count * size;
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  allocated_bytes += size;
  return __libc_realloc(memory, size);
}

size_t dl_allocated_bytes(void) { return allocated_bytes; }

#else

size_t dl_allocated_bytes(void) { return 0; }

#endif
