// IO manager: an Arduino UNO between the host and a DUT whose energy is measured.
#include <avr/interrupt.h>

#include "commands.h"
#include "dut_lines.h"
#include "dut_uart.h"
#include "host_uart.h"
#include "signals.h"
#include "timestamps.h"

int main(void) {
  signals_start();
  host_uart_start();
  dut_uart_start();
  timestamps_start();
  sei();
  commands_banner();
  for (;;) {
    if (!dut_lines_relay()) commands_poll();
  }
}
