#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // memrchr
#endif
#include "byte_scan.h"

#include <string.h>

// The kernels work on 64 bytes at a time, as a word with one bit per byte. `newline_kernel.h` holds the loops and is
// included once per instruction set.

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2,popcnt"))) static inline uint64_t mask_avx2(const uint8_t *at) {
  const __m256i newline = _mm256_set1_epi8('\n');
  __m256i low = _mm256_loadu_si256((const __m256i *)at);
  __m256i high = _mm256_loadu_si256((const __m256i *)(at + 32));
  uint32_t low_mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, newline));
  uint32_t high_mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, newline));
  return (uint64_t)high_mask << 32 | low_mask;
}
#define KERNEL(name) name##_avx2
#define KERNEL_TARGET __attribute__((target("avx2,popcnt")))
#include "newline_kernel.h"
#undef KERNEL
#undef KERNEL_TARGET

static inline uint64_t mask_base(const uint8_t *at) {
  const __m128i newline = _mm_set1_epi8('\n');
  uint64_t mask = 0;
  for (int part = 0; part < 4; part++) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(at + 16 * part));
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, newline)) << (16 * part);
  }
  return mask;
}
#elif defined(__aarch64__)
#include <arm_neon.h>

static inline uint64_t mask_base(const uint8_t *at) {
  const uint8x16_t weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t newline = vdupq_n_u8('\n');
  uint8x16_t first = vandq_u8(vceqq_u8(vld1q_u8(at), newline), weights);
  uint8x16_t second = vandq_u8(vceqq_u8(vld1q_u8(at + 16), newline), weights);
  uint8x16_t third = vandq_u8(vceqq_u8(vld1q_u8(at + 32), newline), weights);
  uint8x16_t fourth = vandq_u8(vceqq_u8(vld1q_u8(at + 48), newline), weights);
  uint8x16_t sums = vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, fourth));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
}
#else
static inline uint64_t mask_base(const uint8_t *at) {
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(at[i] == '\n') << i;
  return mask;
}
#endif
#define KERNEL(name) name##_base
#define KERNEL_TARGET
#include "newline_kernel.h"

typedef size_t (*count_function)(const uint8_t *bytes, size_t count);
typedef size_t (*find_function)(const uint8_t *bytes, size_t count, size_t n, size_t *seen);

static count_function count_lines = count_base;
static find_function find_line = find_base;

#if defined(__x86_64__)
// Runs when the library is loaded, before any thread of the program can call in.
__attribute__((constructor)) static void prepare(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) {
    count_lines = count_avx2;
    find_line = find_avx2;
  }
}
#endif

size_t count_newlines(const void *bytes, size_t count) { return count_lines(bytes, count); }

size_t find_nth_newline(const void *bytes, size_t count, size_t n) {
  size_t seen;
  return n == 0 ? count : find_line(bytes, count, n, &seen);
}

size_t find_last_newline(const void *bytes, size_t count) {
  const uint8_t *start = bytes;
#if defined(__linux__)
  const uint8_t *found = count == 0 ? NULL : memrchr(start, '\n', count);
  return found == NULL ? count : (size_t)(found - start);
#else
  for (size_t at = count; at > 0; at--)
    if (start[at - 1] == '\n') return at - 1;
  return count;
#endif
}

size_t take_lines(const void *bytes, size_t count, size_t limit, size_t *lines) {
  *lines = 0;
  if (limit == 0) return 0;
  size_t at = find_line(bytes, count, limit, lines);
  if (at < count) return at + 1;
  if (*lines == 0) return 0;
  return find_last_newline(bytes, count) + 1;
}
