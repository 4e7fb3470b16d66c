// The bytes of the input, and how far they have come. Shared by the ways to load it.
#ifndef THIMBLE_CORE_BUFFER_H
#define THIMBLE_CORE_BUFFER_H

#include "core.h"

typedef struct {
  _Alignas(16) uint8_t bytes[TH_INPUT_BYTES];
  uint32_t size;     // announced; at most TH_INPUT_BYTES
  uint32_t position; // arrived; at most `size`
} core_buffer;

extern core_buffer input_buffer;

#endif
