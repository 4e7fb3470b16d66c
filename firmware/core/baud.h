// `baud N`: another rate for the serial line, on trial until a command arrives at it that is understood. Where none does,
// the line goes back to the rate before, so that a rate that does not work costs two seconds and no reset.
#ifndef THIMBLE_CORE_BAUD_H
#define THIMBLE_CORE_BAUD_H

#include "words.h"

void baud_reset(void);

void baud_command(core_words words);

// After the answer to `baud`: changes the rate.
void baud_switch(void);

// A command was understood: the rate works.
void baud_confirm(void);

// Goes back where the trial is over.
void baud_check(void);

#endif
