#include "byte_scan.h"

#include <string.h>

// The polynomial 0x1EDC6F41, bits reversed.
#define POLYNOMIAL 0x82F63B78u

// The hardware instruction takes three cycles but can be started every cycle. So three neighbouring stripes are summed
// at once; two checksums are then moved over the stripes that follow them and folded in. Moving a checksum over n bytes
// is linear in its bits, so a table of 4 x 256 words does it for a fixed n.
#define LONG_STRIPE 4096
#define SHORT_STRIPE 256

static uint32_t byte_table[8][256];
static uint32_t long_shift[4][256];
static uint32_t short_shift[4][256];

typedef uint32_t (*crc_function)(uint32_t crc, const uint8_t *at, size_t count);

// All functions below take and give the bare register, without the inversion at both ends.
static uint32_t update_portable(uint32_t crc, const uint8_t *at, size_t count) {
  while (count >= 8) {
    crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    crc = byte_table[7][crc & 255] ^ byte_table[6][crc >> 8 & 255] ^ byte_table[5][crc >> 16 & 255] ^
          byte_table[4][crc >> 24] ^ byte_table[3][at[4]] ^ byte_table[2][at[5]] ^ byte_table[1][at[6]] ^
          byte_table[0][at[7]];
    at += 8;
    count -= 8;
  }
  while (count-- > 0) crc = crc >> 8 ^ byte_table[0][(crc ^ *at++) & 255];
  return crc;
}

static inline uint32_t shift(uint32_t table[4][256], uint32_t crc) {
  return table[0][crc & 255] ^ table[1][crc >> 8 & 255] ^ table[2][crc >> 16 & 255] ^ table[3][crc >> 24];
}

static inline uint64_t load_word(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE_TARGET __attribute__((target("sse4.2")))
#define ADD_WORD(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define ADD_BYTE(crc, byte) _mm_crc32_u8((crc), (byte))
static int hardware_is_there(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") != 0;
}
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#define HARDWARE_TARGET __attribute__((target("crc")))
#define ADD_WORD(crc, word) __builtin_arm_crc32cd((crc), (word))
#define ADD_BYTE(crc, byte) __builtin_arm_crc32cb((crc), (byte))
static int hardware_is_there(void) {
#if defined(__APPLE__)
  return 1;
#elif defined(__linux__)
  return (getauxval(AT_HWCAP) & (1ul << 7)) != 0;  // HWCAP_CRC32
#else
  return 0;
#endif
}
#endif

#if defined(HARDWARE_TARGET)
HARDWARE_TARGET static inline uint32_t add_stripes(
    uint32_t crc, const uint8_t *at, size_t stripe, uint32_t table[4][256]) {
  uint32_t second = 0, third = 0;
  for (size_t i = 0; i < stripe; i += 8) {
    crc = ADD_WORD(crc, load_word(at + i));
    second = ADD_WORD(second, load_word(at + stripe + i));
    third = ADD_WORD(third, load_word(at + 2 * stripe + i));
  }
  crc = shift(table, crc) ^ second;
  return shift(table, crc) ^ third;
}

HARDWARE_TARGET static uint32_t update_hardware(uint32_t crc, const uint8_t *at, size_t count) {
  for (; count >= 3 * LONG_STRIPE; at += 3 * LONG_STRIPE, count -= 3 * LONG_STRIPE)
    crc = add_stripes(crc, at, LONG_STRIPE, long_shift);
  for (; count >= 3 * SHORT_STRIPE; at += 3 * SHORT_STRIPE, count -= 3 * SHORT_STRIPE)
    crc = add_stripes(crc, at, SHORT_STRIPE, short_shift);
  for (; count >= 8; at += 8, count -= 8) crc = ADD_WORD(crc, load_word(at));
  for (; count > 0; at++, count--) crc = ADD_BYTE(crc, *at);
  return crc;
}
#endif

static crc_function update = update_portable;

// What `stripe` zero bytes do to each single bit, then to every value of each byte.
static void fill_shift(uint32_t table[4][256], size_t stripe) {
  for (int byte = 0; byte < 4; byte++) {
    for (int bit = 0; bit < 8; bit++) {
      uint32_t crc = 1u << (byte * 8 + bit);
      for (size_t i = 0; i < stripe; i++) crc = crc >> 8 ^ byte_table[0][crc & 255];
      table[byte][1 << bit] = crc;
    }
    table[byte][0] = 0;
    for (int value = 1; value < 256; value++)
      table[byte][value] = table[byte][value & (value - 1)] ^ table[byte][value & -value];
  }
}

// Runs when the library is loaded, before any thread of the program can call in.
__attribute__((constructor)) static void prepare(void) {
  for (uint32_t value = 0; value < 256; value++) {
    uint32_t crc = value;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    byte_table[0][value] = crc;
  }
  for (int more = 1; more < 8; more++)
    for (uint32_t value = 0; value < 256; value++)
      byte_table[more][value] =
          byte_table[more - 1][value] >> 8 ^ byte_table[0][byte_table[more - 1][value] & 255];
#if defined(HARDWARE_TARGET)
  fill_shift(long_shift, LONG_STRIPE);
  fill_shift(short_shift, SHORT_STRIPE);
  if (hardware_is_there()) update = update_hardware;
#endif
}

uint32_t crc32c(uint32_t seed, const void *bytes, size_t count) {
  return ~update(~seed, bytes, count);
}

uint32_t crc32c_portable(uint32_t seed, const void *bytes, size_t count) {
  return ~update_portable(~seed, bytes, count);
}
