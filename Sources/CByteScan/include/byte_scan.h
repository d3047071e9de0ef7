// Checksums and line scanning at memory speed.
#ifndef BYTE_SCAN_H
#define BYTE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes.
/// `seed` is 0, or the result for the bytes before these: checksums of pieces chain.
uint32_t crc32c(uint32_t seed, const void *bytes, size_t count);

/// As `crc32c`, from a table and without any instruction of the processor's own. Kept visible for tests.
uint32_t crc32c_portable(uint32_t seed, const void *bytes, size_t count);

/// The number of bytes that are '\n'.
size_t count_newlines(const void *bytes, size_t count);

/// The index of the `n`-th '\n', counted from 1, or `count` when there are fewer. `n` of 0 gives `count`.
size_t find_nth_newline(const void *bytes, size_t count, size_t n);

/// The index of the last '\n', or `count` when there is none.
size_t find_last_newline(const void *bytes, size_t count);

/// The length of the leading whole lines, at most `limit` of them; `*lines` receives how many they are.
/// Reads no further than the last of them where `limit` ends the search.
size_t take_lines(const void *bytes, size_t count, size_t limit, size_t *lines);

#ifdef __cplusplus
}
#endif
#endif
