#include "host_uart.h"

#include <avr/interrupt.h>
#include <util/atomic.h>

#include "ring.h"

static ring received;
static ring waiting; // to be sent
static volatile uint8_t lost;

ISR(USART_RX_vect) {
  const uint8_t status = UCSR0A; // of the byte that is read next
  const uint8_t byte = UDR0;
  if (status & (_BV(FE0) | _BV(DOR0))) count_up(&lost);
  if (!(status & _BV(FE0)) && !ring_put(&received, byte)) count_up(&lost);
}

ISR(USART_UDRE_vect) {
  uint8_t byte;
  if (ring_take(&waiting, &byte)) {
    UDR0 = byte;
  } else {
    UCSR0B &= (uint8_t)~_BV(UDRIE0);
  }
}

void host_uart_start(void) {
  // Double speed: 16 MHz / 8 / 17 = 117,647 baud, 2.1 % fast, as every UNO has it; the next divider is 3.5 % slow.
  UCSR0A = _BV(U2X0);
  UBRR0 = 16;
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

bool host_receive(uint8_t *byte) {
  return ring_take(&received, byte);
}

uint8_t host_lost(void) {
  uint8_t count;
  ATOMIC_BLOCK(ATOMIC_FORCEON) {
    count = lost;
    lost = 0;
  }
  return count;
}

void host_byte(uint8_t byte) {
  while (!ring_put(&waiting, byte)) {
  }
  UCSR0B |= _BV(UDRIE0);
}

void host_text(const char *text) {
  while (*text != 0) host_byte((uint8_t)*text++);
}

void host_flash_text(const char *text) {
  for (;;) {
    const uint8_t byte = pgm_read_byte(text++);
    if (byte == 0) return;
    host_byte(byte);
  }
}

void host_count(uint32_t value) {
  char digits[11];
  uint8_t at = sizeof digits - 1;
  digits[at] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  host_text(digits + at);
}
