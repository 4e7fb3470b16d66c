// Binary loads: `db raw N CRC` announces N of the bytes that are missing, and their CRC-32; after its answer the bytes
// follow as they are. Where they arrive damaged, none of them counts, and the host sends them again.
#ifndef THIMBLE_CORE_RAW_H
#define THIMBLE_CORE_RAW_H

#include "words.h"

void raw_reset(void);

// `db raw N CRC`, after its first two words.
void raw_command(core_words words);

// While a load runs, bytes are data and not commands.
bool raw_is_running(void);

// Takes a byte of it; true when that was the last one and the answer was printed.
bool raw_receive(uint8_t byte);

// Ends it where the host fell silent; true when it did, and the answer was printed.
bool raw_timed_out(void);

#endif
