// Bytes between an interrupt and the main loop. One side puts, the other takes; indexes of a byte are read and written at
// once, so neither side has to stop the other.
#ifndef THIMBLE_IOM_RING_H
#define THIMBLE_IOM_RING_H

#include <stdbool.h>
#include <stdint.h>

// A power of two, 128 at most: indexes count on, modulo 256.
#define RING_BYTES 128

typedef struct {
  volatile uint8_t bytes[RING_BYTES];
  volatile uint8_t end;
  volatile uint8_t start;
} ring;

static inline uint8_t ring_room(const ring *r) {
  return (uint8_t)(RING_BYTES - (uint8_t)(r->end - r->start));
}

// False where there is no room: the byte is lost.
static inline bool ring_put(ring *r, uint8_t byte) {
  const uint8_t end = r->end;
  if ((uint8_t)(end - r->start) >= RING_BYTES) return false;
  r->bytes[end % RING_BYTES] = byte;
  r->end = (uint8_t)(end + 1);
  return true;
}

// False where it is empty.
static inline bool ring_take(ring *r, uint8_t *byte) {
  const uint8_t start = r->start;
  if (r->end == start) return false;
  *byte = r->bytes[start % RING_BYTES];
  r->start = (uint8_t)(start + 1);
  return true;
}

// One more, up to 255.
static inline void count_up(volatile uint8_t *count) {
  if (*count < UINT8_MAX) (*count)++;
}

#endif
