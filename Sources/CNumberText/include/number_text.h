// Shortest round-trip text of doubles and its way back, on top of the C++ standard library.
#ifndef NUMBER_TEXT_H
#define NUMBER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Writes the shortest decimal text that reads back as `value`, laid out as Python's `repr` does
/// (`45.0`, `1e-05`, `1e+16`, `inf`, `-inf`, `nan`). `out` must hold 32 bytes.
/// Returns the number of bytes written.
size_t dl_write_double(double value, char *out);

/// Reads a number of the form digits[.digits][e[+-]digits] with an optional leading minus, all `length` bytes of it.
/// Returns 1 when the text is such a number and its value finite, 0 otherwise; `*value` is set on success only.
int dl_read_double(const char *text, size_t length, double *value);

#ifdef __cplusplus
}
#endif
#endif
