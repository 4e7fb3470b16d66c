#include "raw.h"

#include "buffer.h"
#include "crc32.h"
#include "print.h"

static uint32_t raw_count; // announced; 0 while none is running
static uint32_t raw_position;
static uint32_t raw_crc;
static uint64_t raw_last_us; // when the last byte came

void raw_reset(void) {
  raw_count = 0;
}

void raw_command(core_words words) {
  const core_buffer *b = &input_buffer;
  uint64_t count = 0;
  uint32_t crc = 0;
  if (!core_word_count(core_next_word(&words), &count) || !core_word_hex(core_next_word(&words), &crc)) {
    print_line("e-[Command 'db raw' requires a number of bytes and their CRC-32 in 8 hex digits]");
    return;
  }
  const uint32_t missing = b->size - b->position;
  if (count == 0 || count > missing) {
    print("e-[Command 'db raw' requires at least 1 of the ");
    print_count(missing);
    print_line(" bytes that are missing]");
    return;
  }
  raw_count = (uint32_t)count;
  raw_position = 0;
  raw_crc = crc;
  raw_last_us = th_timestamp_us();
  print("m-[Expecting ");
  print_count(raw_count);
  print_line(" raw bytes]");
}

bool raw_is_running(void) {
  return raw_count != 0;
}

bool raw_receive(uint8_t byte) {
  core_buffer *b = &input_buffer;
  raw_last_us = th_timestamp_us();
  b->bytes[b->position + raw_position++] = byte;
  if (raw_position < raw_count) return false;
  const uint32_t found = core_crc32(b->bytes + b->position, raw_count);
  if (found == raw_crc) {
    b->position += raw_count;
    if (b->position == b->size) print_line("m-load-done");
  } else {
    print("e-[Wrong checksum: ");
    print_count(raw_count);
    print(" raw bytes have ");
    print_hex(found, 8);
    print_line("]");
  }
  raw_count = 0;
  return true;
}

bool raw_timed_out(void) {
  if (raw_count == 0 || th_timestamp_us() - raw_last_us < TH_RAW_QUIET_US) return false;
  print("e-[Too few bytes: ");
  print_count(raw_position);
  print(" of ");
  print_count(raw_count);
  print_line(" raw bytes arrived]");
  raw_count = 0;
  return true;
}
