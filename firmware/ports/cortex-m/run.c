// The main loop, and interrupts.
#include "cortex_m.h"

#define INTERRUPT_SET_ENABLE(word) REGISTER(0xe000e100u + 4 * (word))

void interrupt_enable(uint32_t number) {
  INTERRUPT_SET_ENABLE(number / 32) = 1u << number % 32;
}

_Noreturn void cortex_m_run(core_mode mode, core_ring *ring) {
  core_boot(mode);
  for (;;) {
    uint8_t byte;
    if (ring_take(ring, &byte)) {
      core_receive(byte);
      continue;
    }
    core_idle();
    // With interrupts held back, a byte that comes before `wfi` wakes the processor all the same. SysTick does every
    // millisecond, so that deadlines are kept.
    __asm volatile("cpsid i" ::: "memory");
    if (ring->put == ring->taken) __asm volatile("dsb\n wfi" ::: "memory");
    __asm volatile("cpsie i\n isb" ::: "memory");
  }
}
