#include "dut_uart.h"

#include <avr/interrupt.h>
#include <util/atomic.h>

#include "ring.h"

// Three ticks a bit, of 69, 70 and 69 counts at 2 MHz: 9615 baud, 0.16 % fast.
#define TICKS_PER_BIT 3
#define SHORT_TICK 69
#define LONG_TICK 70

static ring received;
static ring waiting; // to be sent
static volatile uint8_t lost;

// Receiver: bit 0 is the start bit, 1 to 8 are data, 9 is the stop bit.
#define IDLE 0xff
static uint8_t in_bit = IDLE;
static uint8_t in_ticks; // until the next sample
static uint8_t in_byte;

// A start bit is seen up to one tick late and looked at again one tick later, so each sample lies in the middle third of
// its bit: clocks may differ by 3 %.
static void receive_tick(bool high) {
  if (in_bit == IDLE) {
    if (high) return;
    in_bit = 0;
    in_ticks = 1;
    return;
  }
  if (--in_ticks != 0) return;
  in_ticks = TICKS_PER_BIT;
  if (in_bit == 0) {
    in_bit = high ? IDLE : 1; // a spike is no start bit
  } else if (in_bit <= 8) {
    in_byte = (uint8_t)(in_byte >> 1 | (high ? 0x80 : 0));
    in_bit++;
  } else {
    if (!high || !ring_put(&received, in_byte)) count_up(&lost);
    in_bit = IDLE;
  }
}

// Transmitter: what is left of a frame, the next bit lowest, above it ones; 1 when all is sent.
static uint16_t out_frame = 1;
static uint8_t out_ticks = TICKS_PER_BIT;

static void send_tick(void) {
  if (--out_ticks != 0) return;
  out_ticks = TICKS_PER_BIT;
  if (out_frame == 1) {
    uint8_t byte;
    if (!ring_take(&waiting, &byte)) return;
    out_frame = (uint16_t)(0x600 | (uint16_t)byte << 1); // start bit, data, stop bit, end mark
  }
  if (out_frame & 1) {
    PORTD |= _BV(TO_DUT_PIN);
  } else {
    PORTD &= (uint8_t)~_BV(TO_DUT_PIN);
  }
  out_frame >>= 1;
}

// Other interrupts may come in between, so that a timestamp does not wait for this one; itself it may not.
ISR(TIMER2_COMPA_vect) {
  const bool high = PIND & _BV(FROM_DUT_PIN);
  OCR2A = (out_ticks == 2 ? LONG_TICK : SHORT_TICK) - 1;
  TIMSK2 = 0;
  sei();
  receive_tick(high);
  send_tick();
  cli();
  TIMSK2 = _BV(OCIE2A);
}

void dut_uart_start(void) {
  // The level before the direction: the other way round, the DUT sees a spike, which is a byte to it.
  PORTD |= _BV(TO_DUT_PIN) | _BV(FROM_DUT_PIN);
  DDRD |= _BV(TO_DUT_PIN);
  TCCR2A = _BV(WGM21);
  OCR2A = SHORT_TICK - 1;
  TCCR2B = _BV(CS21);
  TIMSK2 = _BV(OCIE2A);
}

bool dut_receive(uint8_t *byte) {
  return ring_take(&received, byte);
}

uint8_t dut_lost(void) {
  uint8_t count;
  ATOMIC_BLOCK(ATOMIC_FORCEON) {
    count = lost;
    lost = 0;
  }
  return count;
}

uint8_t dut_room(void) {
  return ring_room(&waiting);
}

void dut_send(uint8_t byte) {
  (void)ring_put(&waiting, byte);
}
