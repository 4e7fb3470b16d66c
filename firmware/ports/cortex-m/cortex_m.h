// What every port for a Cortex-M4F has in common: start-up, faults, the clock of SysTick, the main loop, the stack's use.
// A port adds a linker script that includes sections.ld, its serial line, its pin, and a list of interrupts.
#ifndef THIMBLE_CORTEX_M_H
#define THIMBLE_CORTEX_M_H

#include "../../core/core.h"
#include "../../core/ring.h"

#ifndef REGISTER // tests put their own in its place
#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#endif

typedef void (*cortex_m_handler)(void);

// For the port's list of interrupts: it goes behind the 15 exceptions that all have.
#define CORTEX_M_INTERRUPTS __attribute__((section(".vectors.interrupts"), used)) static const cortex_m_handler

// Lets an interrupt through to the processor.
void interrupt_enable(uint32_t number);

// Starts the clock: microseconds from now on, by SysTick. It counts on in sleep, which DWT->CYCCNT does not (and which
// stands still under QEMU), at the same resolution. `clock_hz` is the processor's, a multiple of 1 MHz.
void clock_start(uint32_t clock_hz);

// Waits at least so long.
void clock_wait_us(uint32_t us);

// Boots the core and hands it what arrives, for ever; sleeps while nothing does.
_Noreturn void cortex_m_run(core_mode mode, core_ring *ring);

#endif
