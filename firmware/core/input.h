// The input buffer and the `db` commands.
#ifndef THIMBLE_CORE_INPUT_H
#define THIMBLE_CORE_INPUT_H

#include "words.h"

void input_reset(void);

// `db load N`, `db HEX`, `db print`, and the extensions `db shift N` and `db raw N CRC`.
void input_command(core_words words);

// The input where it is complete and has so many bytes, or 0.
const uint8_t *input_of(uint32_t bytes);

#endif
