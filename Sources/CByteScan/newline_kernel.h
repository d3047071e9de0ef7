// The scanning loops, on top of `mask`: no include guard, as every instruction set includes them once.

KERNEL_TARGET static size_t KERNEL(count)(const uint8_t *bytes, size_t count) {
  size_t total = 0, at = 0;
  for (; at + 64 <= count; at += 64) total += (size_t)__builtin_popcountll(KERNEL(mask)(bytes + at));
  for (; at < count; at++) total += bytes[at] == '\n';
  return total;
}

// The index of the n-th newline (n > 0), or `count`; `*seen` is how many were met, n at most.
KERNEL_TARGET static size_t KERNEL(find)(const uint8_t *bytes, size_t count, size_t n, size_t *seen) {
  size_t rest = n, at = 0;
  for (; at + 64 <= count; at += 64) {
    uint64_t mask = KERNEL(mask)(bytes + at);
    size_t here = (size_t)__builtin_popcountll(mask);
    if (here >= rest) {
      while (--rest > 0) mask &= mask - 1;
      *seen = n;
      return at + (size_t)__builtin_ctzll(mask);
    }
    rest -= here;
  }
  for (; at < count; at++) {
    if (bytes[at] == '\n' && --rest == 0) {
      *seen = n;
      return at;
    }
  }
  *seen = n - rest;
  return count;
}
