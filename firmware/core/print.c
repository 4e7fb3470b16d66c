#include "print.h"

static size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

void print(const char *text) {
  th_transmit(text, length_of(text));
}

void print_end(void) {
  th_transmit("\r\n", 2);
}

void print_line(const char *text) {
  print(text);
  print_end();
}

void print_count(uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  th_transmit(digits + at, sizeof digits - at);
}

void print_hex(uint32_t value, uint32_t digits) {
  char text[8];
  if (digits > sizeof text) digits = sizeof text;
  for (uint32_t i = 0; i < digits; i++) text[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
  th_transmit(text, digits);
}

void print_escaped(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint8_t byte = (uint8_t)bytes[i];
    if (byte == '\r') {
      print("\\r");
    } else if (byte == '\n') {
      print("\\n");
    } else if (byte < 0x20 || byte >= 0x7f) {
      print("\\x");
      print_hex(byte, 2);
    } else {
      th_transmit(bytes + i, 1);
    }
  }
}

void print_escaped_text(const char *text) {
  print_escaped(text, length_of(text));
}
