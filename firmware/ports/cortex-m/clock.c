// Microseconds by SysTick: an interrupt every millisecond, and what is left of it.
#include "cortex_m.h"

#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD REGISTER(0xe000e014)
#define SYSTICK_VALUE REGISTER(0xe000e018)
#define INTERRUPT_STATE REGISTER(0xe000ed04)
#define SYSTICK_PENDING (1u << 26)

static volatile uint64_t milliseconds;
static uint32_t ticks_per_us;

void systick(void);

void systick(void) {
  milliseconds++;
}

void clock_start(uint32_t clock_hz) {
  ticks_per_us = clock_hz / 1000000;
  SYSTICK_RELOAD = 1000 * ticks_per_us - 1;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7; // processor clock, interrupt, on
}

uint64_t th_timestamp_us(void) {
  __asm volatile("cpsid i" ::: "memory");
  uint64_t ms = milliseconds;
  uint32_t left = SYSTICK_VALUE;
  if (INTERRUPT_STATE & SYSTICK_PENDING) { // it has begun anew, and systick() has not run yet
    ms++;
    left = SYSTICK_VALUE;
  }
  __asm volatile("cpsie i" ::: "memory");
  return ms * 1000 + (1000 * ticks_per_us - 1 - left) / ticks_per_us;
}

void clock_wait_us(uint32_t us) {
  const uint64_t end = th_timestamp_us() + us + 1;
  while (th_timestamp_us() < end) {
  }
}
