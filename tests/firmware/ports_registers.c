// Starts clocks and UART of the port for STM32L4 boards on the host, and checks what QEMU does not: that the clock is never
// faster than voltage range and wait states allow, that waits end, and what the pins and the supply are set to.
//
// Argument: what does not start, "hsi", "pll" or "switch"; prints the clock, and registers by their addresses.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../firmware/ports/stm32l4/board.h"
#include "../../firmware/ports/stm32l4/clock_tree.h"
#include "../../firmware/ports/stm32l4/uart.h"

#define MOST 64

static struct {
  uint32_t address, value;
} registers[MOST];
static size_t count;
static const char *broken = "";

static volatile uint32_t *value_of(uint32_t address) {
  for (size_t i = 0; i < count; i++) {
    if (registers[i].address == address) return &registers[i].value;
  }
  if (count == MOST) abort();
  registers[count].address = address;
  // What is not 0 after a reset: MSI, AHB1 to flash, R1MODE, pins in analog mode, a UART that has sent all.
  registers[count].value = address == 0x40021000             ? 0x63
                           : address == 0x40007080           ? 0x100
                           : (address & 0xffffe3ff) == 0x48000000 ? 0xffffffff
                           : address == BOARD_UART + 0x1c    ? 0xc0
                                                             : 0;
  return &registers[count++].value;
}

static void expect(int right, const char *what) {
  if (right) return;
  printf("Wrong: %s\n", what);
  exit(1);
}

// The processor's clock, by RM0432's 6.2 and RM0351's.
static uint32_t hz(void) {
  const uint32_t cfgr = *value_of(0x40021008), pll = *value_of(0x4002100c), source = cfgr >> 2 & 3;
  uint32_t clock = source == 0 ? 4000000 : 16000000;
  if (source == 3) {
    expect((pll & 3) == 2 && (pll >> 24 & 1), "the PLL's source is HSI16, and R is on");
    const uint32_t input = 16000000 / ((pll >> 4 & 15) + 1), vco = input * (pll >> 8 & 127);
    expect(input >= 4000000 && input <= 16000000, "the PLL's input is 4 to 16 MHz");
    expect(vco >= 64000000 && vco <= 344000000, "the VCO is at 64 to 344 MHz");
    clock = vco / (2 * ((pll >> 25 & 3) + 1));
  }
  return cfgr >> 7 & 1 ? clock >> ((cfgr >> 4 & 7) + 1) : clock;
}

// The chip: ready flags, and what must be true at every moment.
volatile uint32_t *test_register(uint32_t address) {
  volatile uint32_t *const cr = value_of(0x40021000), *const cfgr = value_of(0x40021008);
  *cr &= ~(1u << 10 | 1u << 25);
  if (*cr >> 8 & 1 && strcmp(broken, "hsi") != 0) *cr |= 1u << 10;
  if (*cr >> 24 & 1 && strcmp(broken, "pll") != 0) *cr |= 1u << 25;
  const uint32_t before = hz();
  if (strcmp(broken, "switch") != 0) *cfgr = (*cfgr & ~12u) | (*cfgr & 3) << 2;
  const uint32_t clock = hz(), waits = *value_of(0x40022000) & 15;
  const int boost = !(*value_of(0x40007080) >> 8 & 1);
  expect(clock <= (boost && BOARD_BOOST ? 120000000u : 80000000u), "the voltage range allows the clock");
  expect(clock <= (waits + 1) * (boost && BOARD_BOOST ? 20000000u : 16000000u), "the flash has its wait states");
  expect(clock <= 80000000 || before >= 60000000, "beyond 80 MHz in two steps");
  if (address >> 10 == 0x40007000 >> 10) expect(*value_of(0x40021058) >> 28 & 1, "PWR has a clock");
  if (address >> 16 == 0x4800) {
    expect(*value_of(0x4002104c) >> (address >> 10 & 15) & 1, "the pins have a clock");
  }
  return value_of(address);
}

// What uart.c needs of the port's other files.
void interrupt_enable(uint32_t number) {
  printf("interrupt %u\n", (unsigned)number);
}

uint64_t th_timestamp_us(void) {
  static uint64_t now;
  return now++;
}

int main(int arguments, char **values) {
  if (arguments > 1) broken = values[1];
  const uint32_t clock = clock_tree_start();
  expect(clock == hz(), "the clock is what it says");
  printf("clock %u\n", (unsigned)clock);
  uart_start(clock);
  for (size_t i = 0; i < count; i++) {
    printf("%08x %08x\n", (unsigned)registers[i].address, (unsigned)registers[i].value);
  }
  for (uint32_t rate = 1; rate <= 4000000; rate++) {
    if (th_supports_baud(rate) && (rate == 9600 || rate == 115200 || rate == 2000000)) {
      th_set_baud(rate);
      printf("rate %u: %u\n", (unsigned)rate, (unsigned)*value_of(BOARD_UART + 0x0c));
    }
  }
  return 0;
}
