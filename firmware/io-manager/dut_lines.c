#include "dut_lines.h"

#include "dut_uart.h"
#include "host_uart.h"
#include "timestamps.h"

#define LONGEST 512
#define QUIET_US 100000

static uint16_t length; // of the line so far; 0 where there is none
static uint32_t last_us; // when its last byte came

static void relay(uint8_t byte) {
  const bool is_end = byte == '\r' || byte == '\n';
  if (length == 0) {
    if (is_end) return;
    host_print("[dut]: ");
  }
  if (is_end) {
    host_line("");
    length = 0;
  } else {
    host_byte(byte);
    length++;
  }
}

bool dut_lines_relay(void) {
  uint8_t byte;
  if (dut_receive(&byte)) {
    relay(byte);
    last_us = timestamps_now_us();
  }
  const bool is_over = length >= LONGEST || timestamps_now_us() - last_us >= QUIET_US;
  if (length > 0 && is_over) relay('\n');
  return length > 0;
}
