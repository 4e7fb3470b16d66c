// The line to the host: UART0, 115,200 baud, 8N1.
#ifndef THIMBLE_IOM_HOST_UART_H
#define THIMBLE_IOM_HOST_UART_H

#include <avr/pgmspace.h>

#include "board.h"

void host_uart_start(void);

// False where nothing has arrived.
bool host_receive(uint8_t *byte);

// Bytes that were lost since the last call, up to 255: the ring was full, or a stop bit was missing.
uint8_t host_lost(void);

// These wait for room.
void host_byte(uint8_t byte);
void host_text(const char *text);
void host_flash_text(const char *text); // a text in flash
void host_count(uint32_t value);        // in decimal

// A text that stays in flash, and a whole line of it.
#define host_print(text) host_flash_text(PSTR(text))
#define host_line(text) host_flash_text(PSTR(text "\r\n"))

#endif
