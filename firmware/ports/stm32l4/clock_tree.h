// The processor's clock, and with it that of all buses.
#ifndef THIMBLE_STM32L4_CLOCK_TREE_H
#define THIMBLE_STM32L4_CLOCK_TREE_H

#include <stdint.h>

// Starts the clock that board.h names, from the internal 16 MHz oscillator. Returns what it is in Hz: where something does
// not start, 16 MHz or the 4 MHz of the reset.
uint32_t clock_tree_start(void);

#endif
