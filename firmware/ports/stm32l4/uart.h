// The serial line of board.h: a USART, or LPUART1, which counts its bits in 256ths of a clock.
#ifndef THIMBLE_STM32L4_UART_H
#define THIMBLE_STM32L4_UART_H

#include "../cortex-m/cortex_m.h"

extern core_ring uart_ring;

// On, at BOARD_BAUD, with received bytes going to the ring; `clock_hz` is the clock of its bus.
void uart_start(uint32_t clock_hz);

#endif
