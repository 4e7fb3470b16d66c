// The line to the DUT: 9600 baud, 8N1, both ways at once, made by Timer2.
#ifndef THIMBLE_IOM_DUT_UART_H
#define THIMBLE_IOM_DUT_UART_H

#include "board.h"

void dut_uart_start(void);

// False where nothing has arrived.
bool dut_receive(uint8_t *byte);

// Bytes that were lost since the last call, up to 255: the ring was full, or a stop bit was missing.
uint8_t dut_lost(void);

// Bytes that can be sent without waiting.
uint8_t dut_room(void);

// Lost where there is no room.
void dut_send(uint8_t byte);

#endif
