// The UNO: its crystal and its pins. Lines to the DUT go through a level shifter.
#ifndef THIMBLE_IOM_BOARD_H
#define THIMBLE_IOM_BOARD_H

#define F_CPU 16000000UL

#include <avr/io.h>
#include <stdbool.h>
#include <stdint.h>

// All on port D.
#define FROM_DUT_PIN PD2  // D2: the DUT transmits
#define TIMESTAMP_PIN PD3 // D3, INT1: the DUT's timestamp pin
#define TO_DUT_PIN PD4    // D4: the DUT receives
#define RESET_PIN PD5     // D5: the DUT's reset line
#define EMON_PIN PD6      // D6: a falling edge starts an energy monitor

#endif
