#include "timestamps.h"

#include <avr/interrupt.h>
#include <util/atomic.h>

#include "ring.h"

#define STAMPS 16 // a power of two

// A time as Timer1 has it, at 2 MHz: it is made microseconds where nobody waits.
typedef struct {
  uint32_t overflows;
  uint16_t ticks;
} stamp;

static volatile uint32_t overflows;
static volatile stamp stamps[STAMPS];
static volatile uint8_t put;
static volatile uint8_t taken;
static volatile uint8_t lost;

ISR(TIMER1_OVF_vect) {
  overflows++;
}

// Interrupts are off: an overflow may wait.
static inline stamp now(void) {
  stamp s = {.ticks = TCNT1, .overflows = overflows};
  if ((TIFR1 & _BV(TOV1)) && s.ticks < 0x8000) s.overflows++;
  return s;
}

static uint32_t stamp_us(stamp s) {
  return (s.overflows << 15) + (s.ticks >> 1);
}

// Of the interrupts in use, the one that goes first.
ISR(INT1_vect) {
  const stamp s = now();
  const uint8_t at = put;
  if ((uint8_t)(at - taken) >= STAMPS) {
    count_up(&lost);
    return;
  }
  stamps[at % STAMPS].overflows = s.overflows;
  stamps[at % STAMPS].ticks = s.ticks;
  put = (uint8_t)(at + 1);
}

void timestamps_start(void) {
  PORTD |= _BV(TIMESTAMP_PIN); // pulled up
  TCCR1B = _BV(CS11);
  TIMSK1 = _BV(TOIE1);
  timestamps_set_mode(ALL_EDGES);
}

uint32_t timestamps_now_us(void) {
  stamp s;
  ATOMIC_BLOCK(ATOMIC_FORCEON) {
    s = now();
  }
  return stamp_us(s);
}

void timestamps_set_mode(timestamp_mode mode) {
  timestamps_disable();
  EICRA = mode == FALLING_EDGES ? _BV(ISC11) : _BV(ISC10);
}

void timestamps_enable(void) {
  if (EIMSK & _BV(INT1)) return;
  EIFR = _BV(INTF1); // forgets an edge from before
  EIMSK = _BV(INT1);
}

void timestamps_disable(void) {
  EIMSK = 0;
}

bool timestamps_take(uint32_t *us) {
  const uint8_t at = taken;
  if (put == at) return false;
  const stamp s = {
      .overflows = stamps[at % STAMPS].overflows,
      .ticks = stamps[at % STAMPS].ticks,
  };
  *us = stamp_us(s);
  taken = (uint8_t)(at + 1);
  return true;
}

uint8_t timestamps_lost(void) {
  uint8_t count;
  ATOMIC_BLOCK(ATOMIC_FORCEON) {
    count = lost;
    lost = 0;
  }
  return count;
}
