// Lines of the DUT, handed on to the host: `[dut]: LINE`.
#ifndef THIMBLE_IOM_DUT_LINES_H
#define THIMBLE_IOM_DUT_LINES_H

#include <stdbool.h>

// Hands on what has arrived. True where a line is not whole: nothing else may be sent to the host then. A line that stays
// unfinished for 100 ms, or for 512 bytes, is ended.
bool dut_lines_relay(void);

#endif
