#include "print_float.h"

#include "print.h"

// mantissa * 2^exponent, which has at most 128 bits.
static void print_large(uint32_t mantissa, uint32_t exponent) {
  uint32_t limbs[4] = {0, 0, 0, 0}; // least significant first
  for (uint32_t bit = 0; bit < 24; bit++) {
    const uint32_t at = bit + exponent;
    if (mantissa >> bit & 1) limbs[at / 32] |= 1u << at % 32;
  }
  char digits[39];
  size_t at = sizeof digits;
  uint32_t left;
  do {
    uint64_t rest = 0;
    left = 0;
    for (uint32_t i = 4; i-- > 0;) {
      const uint64_t value = rest << 32 | limbs[i];
      limbs[i] = (uint32_t)(value / 10);
      rest = value % 10;
      left |= limbs[i];
    }
    digits[--at] = (char)('0' + rest);
  } while (left != 0);
  th_transmit(digits + at, sizeof digits - at);
}

static void print_decimals(uint32_t value, uint32_t decimals) {
  char digits[9];
  for (uint32_t i = decimals; i-- > 0; value /= 10) digits[i] = (char)('0' + value % 10);
  if (decimals == 0) return;
  print(".");
  th_transmit(digits, decimals);
}

void print_float(float value, uint32_t decimals) {
  union {
    float real;
    uint32_t bits;
  } view;
  view.real = value;
  const uint32_t exponent_bits = view.bits >> 23 & 0xff;
  const uint32_t fraction_bits = view.bits & 0x7fffff;
  if (decimals > 9) decimals = 9;
  if (view.bits >> 31) print("-");
  if (exponent_bits == 0xff) {
    print(fraction_bits ? "nan" : "inf");
    return;
  }
  const uint32_t mantissa = exponent_bits ? fraction_bits | 0x800000 : fraction_bits;
  const uint32_t biased = exponent_bits ? exponent_bits : 1; // the exponent of the mantissa, plus 150
  if (biased >= 150) {
    print_large(mantissa, biased - 150);
    print_decimals(0, decimals);
    return;
  }
  uint32_t power = 1;
  for (uint32_t i = 0; i < decimals; i++) power *= 10;
  // mantissa / 2^shift; below 2^-39 nine decimals are zeros, and 63 bits are room enough
  const uint32_t shift = 150 - biased;
  if (shift > 63) {
    print_count(0);
    print_decimals(0, decimals);
    return;
  }
  uint32_t whole = shift < 24 ? mantissa >> shift : 0;
  const uint64_t fraction = mantissa - ((uint64_t)whole << shift);
  const uint64_t scaled = fraction * power;
  const uint64_t rest = scaled & ((1ull << shift) - 1);
  const uint64_t half = 1ull << (shift - 1);
  uint64_t rounded = scaled >> shift;
  const uint64_t last = decimals ? rounded : whole;
  if (rest > half || (rest == half && (last & 1))) rounded++;
  if (rounded == power) {
    whole++;
    rounded = 0;
  }
  print_count(whole);
  print_decimals((uint32_t)rounded, decimals);
}
