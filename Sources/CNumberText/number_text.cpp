#include "number_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace {

constexpr int kSmallestPlainExponent = -4;  // Python's repr: below this, and
constexpr int kLargestPlainExponent = 15;   // above this, scientific notation

char *put(char *out, const char *bytes, size_t count) {
  std::memcpy(out, bytes, count);
  return out + count;
}

char *putZeros(char *out, int count) {
  std::memset(out, '0', static_cast<size_t>(count));
  return out + count;
}

}  // namespace

size_t dl_write_double(double value, char *out) {
  if (!std::isfinite(value)) {
    const char *word = std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
    return static_cast<size_t>(put(out, word, std::strlen(word)) - out);
  }
  char scientific[40];
  const auto written = std::to_chars(scientific, scientific + sizeof scientific, value, std::chars_format::scientific);
  const char *cursor = scientific;
  char *to = out;
  if (*cursor == '-') *to++ = *cursor++;

  // d[.ddd]e±XX, taken apart into digits and exponent
  char digits[24];
  int count = 0;
  for (; *cursor != 'e'; ++cursor) {
    if (*cursor != '.') digits[count++] = *cursor;
  }
  ++cursor;
  const bool negative = *cursor++ == '-';
  int exponent = 0;
  for (; cursor != written.ptr; ++cursor) exponent = exponent * 10 + (*cursor - '0');
  if (negative) exponent = -exponent;

  if (exponent < kSmallestPlainExponent || exponent > kLargestPlainExponent) {
    *to++ = digits[0];
    if (count > 1) {
      *to++ = '.';
      to = put(to, digits + 1, static_cast<size_t>(count - 1));
    }
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    int magnitude = exponent < 0 ? -exponent : exponent;
    if (magnitude >= 100) {
      *to++ = static_cast<char>('0' + magnitude / 100);
      magnitude %= 100;
    }
    *to++ = static_cast<char>('0' + magnitude / 10);
    *to++ = static_cast<char>('0' + magnitude % 10);
  } else if (exponent < 0) {
    to = put(to, "0.", 2);
    to = putZeros(to, -exponent - 1);
    to = put(to, digits, static_cast<size_t>(count));
  } else if (count <= exponent + 1) {
    to = put(to, digits, static_cast<size_t>(count));
    to = putZeros(to, exponent + 1 - count);
    to = put(to, ".0", 2);
  } else {
    to = put(to, digits, static_cast<size_t>(exponent + 1));
    *to++ = '.';
    to = put(to, digits + exponent + 1, static_cast<size_t>(count - exponent - 1));
  }
  return static_cast<size_t>(to - out);
}

int dl_read_double(const char *text, size_t length, double *value) {
  const char *end = text + length;
  const char *first = text;
  if (first != end && *first == '-') ++first;
  // from_chars would take "inf" and "nan", too
  if (first == end || !((*first >= '0' && *first <= '9') || *first == '.')) return 0;
  double result = 0;
  const auto read = std::from_chars(text, end, result, std::chars_format::general);
  if (read.ptr != end) return 0;
  if (read.ec == std::errc::result_out_of_range) {
    // too small becomes a zero or subnormal, too large has no finite value
    result = std::strtod(std::string(text, length).c_str(), nullptr);
  } else if (read.ec != std::errc()) {
    return 0;
  }
  if (!std::isfinite(result)) return 0;
  *value = result;
  return 1;
}
