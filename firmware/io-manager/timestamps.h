// Edges of the DUT's timestamp pin, stamped with Timer1.
#ifndef THIMBLE_IOM_TIMESTAMPS_H
#define THIMBLE_IOM_TIMESTAMPS_H

#include "board.h"

typedef enum {
  FALLING_EDGES,
  ALL_EDGES, // of a pulse that is too short for two, one
} timestamp_mode;

void timestamps_start(void);

// Microseconds since boot, modulo 2^32: 71 minutes.
uint32_t timestamps_now_us(void);

// Which edges count. Stops the stamping.
void timestamps_set_mode(timestamp_mode mode);

void timestamps_enable(void);
void timestamps_disable(void);

// The oldest edge that was not taken yet; false where there is none.
bool timestamps_take(uint32_t *us);

// Edges that were lost since the last call, up to 255.
uint8_t timestamps_lost(void);

#endif
