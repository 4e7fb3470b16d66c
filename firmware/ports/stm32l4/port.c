// STM32L4 and L4+: NUCLEO-L4R5ZI (Cortex-M4F at 120 MHz), B-L475E-IOT01A (80 MHz), and QEMU's `-M b-l475e-iot01a`.
#include "board.h"
#include "clock_tree.h"
#include "uart.h"

#ifdef TH_ENERGY_MODE
#define MODE CORE_ENERGY
#else
#define MODE CORE_PERFORMANCE
#endif

static uint32_t clock_hz;

void th_timestamp_edge(void) {
  GPIO_CLEAR(BOARD_PIN_PORT) = 1u << BOARD_PIN;
  clock_wait_us(2);
  GPIO_SET(BOARD_PIN_PORT) = 1u << BOARD_PIN;
}

const char *th_name(void) {
  return BOARD_NAME;
}

const char *th_profile(void) {
#define PROFILE(clock) "Thimble firmware " TH_VERSION " for " BOARD_NAME " at " clock
  switch (clock_hz) {
  case 120000000: return PROFILE("120 MHz");
  case 80000000: return PROFILE("80 MHz");
  // Something did not start: results are not this board's.
  case 16000000: return PROFILE("16 MHz, as the PLL did not start");
  default: return PROFILE("4 MHz, as no clock started");
  }
}

// High first, then an output: no edge at boot.
static void start_pin(void) {
  RCC_AHB2ENR |= 1u << (BOARD_PIN_PORT - 'A');
  (void)RCC_AHB2ENR;
  GPIO_SET(BOARD_PIN_PORT) = 1u << BOARD_PIN;
  GPIO_MODE(BOARD_PIN_PORT) = (GPIO_MODE(BOARD_PIN_PORT) & ~(3u << 2 * BOARD_PIN)) | 1u << 2 * BOARD_PIN;
}

int main(void);

int main(void) {
  start_pin();
  clock_hz = clock_tree_start();
  clock_start(clock_hz);
  uart_start(clock_hz);
  cortex_m_run(MODE, &uart_ring);
}
