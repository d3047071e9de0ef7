// How many bytes the calling thread has asked the allocator for: work that can be counted, whatever the machine's speed.
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stddef.h>

/// Bytes asked for by this thread so far; always 0 where the allocator is not glibc's own, as under a sanitizer.
size_t dl_allocated_bytes(void);

#endif
