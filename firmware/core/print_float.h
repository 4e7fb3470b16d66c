#ifndef THIMBLE_CORE_PRINT_FLOAT_H
#define THIMBLE_CORE_PRINT_FLOAT_H

#include "core.h"

// A number with so many decimals (at most 9), as C's printf("%.Nf") has it: the exact value, rounded to the nearest,
// halves to even; -0 keeps its sign; inf and nan in letters. Integers only, so that it is the same on every machine.
void print_float(float value, uint32_t decimals);

#endif
