// Bytes from a receive interrupt to the main loop. One side puts, the other takes; neither waits for the other.
#ifndef THIMBLE_CORE_RING_H
#define THIMBLE_CORE_RING_H

#include "core.h"

// A power of two. Hosts wait for `m-ready`, so a command fits; raw bytes and wide commands are taken as they come.
#ifndef TH_RING_BYTES
#define TH_RING_BYTES 256u
#endif

typedef struct {
  volatile uint8_t bytes[TH_RING_BYTES];
  volatile uint32_t put;  // changed by the interrupt only
  volatile uint32_t taken; // changed by the main loop only
} core_ring;

// False where there is no room: the byte is lost.
static inline bool ring_put(core_ring *ring, uint8_t byte) {
  const uint32_t put = ring->put;
  if (put - ring->taken >= TH_RING_BYTES) return false;
  ring->bytes[put % TH_RING_BYTES] = byte;
  ring->put = put + 1;
  return true;
}

// False where it is empty.
static inline bool ring_take(core_ring *ring, uint8_t *byte) {
  const uint32_t taken = ring->taken;
  if (ring->put == taken) return false;
  *byte = ring->bytes[taken % TH_RING_BYTES];
  ring->taken = taken + 1;
  return true;
}

// Whether a byte waits in it.
static inline bool ring_holds(const core_ring *ring, uint8_t byte) {
  const uint32_t put = ring->put;
  for (uint32_t at = ring->taken; at != put; at++) {
    if (ring->bytes[at % TH_RING_BYTES] == byte) return true;
  }
  return false;
}

#endif
