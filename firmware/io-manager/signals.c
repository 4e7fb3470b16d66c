#include "signals.h"

#include <util/delay.h>

void signals_start(void) {
  PORTD |= _BV(EMON_PIN);
  DDRD |= _BV(EMON_PIN);
}

void signals_reset_dut(bool active_high) {
  if (active_high) PORTD |= _BV(RESET_PIN);
  else PORTD &= (uint8_t)~_BV(RESET_PIN);
  DDRD |= _BV(RESET_PIN);
  _delay_ms(10);
  if (active_high) PORTD &= (uint8_t)~_BV(RESET_PIN);
  else DDRD &= (uint8_t)~_BV(RESET_PIN);
}

void signals_start_emon(void) {
  PORTD &= (uint8_t)~_BV(EMON_PIN);
  _delay_us(100);
  PORTD |= _BV(EMON_PIN);
}
