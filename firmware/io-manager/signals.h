// What the IO manager drives besides the serial lines.
#ifndef THIMBLE_IOM_SIGNALS_H
#define THIMBLE_IOM_SIGNALS_H

#include "board.h"

void signals_start(void);

// Resets the DUT for 10 ms. A line that is active low is let go after that, never driven high: it has the DUT's voltage.
void signals_reset_dut(bool active_high);

// A falling edge for an energy monitor: low for 100 µs.
void signals_start_emon(void);

#endif
