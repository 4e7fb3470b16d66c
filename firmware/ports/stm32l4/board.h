// What differs between the boards: clock, serial line, pins. README.md says where each comes from.
#ifndef THIMBLE_STM32L4_BOARD_H
#define THIMBLE_STM32L4_BOARD_H

#include "registers.h"

#ifdef TH_ENERGY_MODE
#define BOARD_BAUD 9600 // what an IO manager speaks
#else
#define BOARD_BAUD 115200
#endif

#if defined TH_BOARD_NUCLEO_L4R5ZI

#define BOARD_NAME "NUCLEO-L4R5ZI"
// 8 MHz from HSI16 / 2, times this, / 2.
#define BOARD_PLL_FACTOR 30u
#define BOARD_CLOCK_HZ 120000000u
#define BOARD_FLASH_WAITS 5u
#define BOARD_BOOST 1 // beyond 80 MHz, which the STM32L4+ has alone
// D7 of the Arduino connector.
#define BOARD_PIN_PORT 'F'
#define BOARD_PIN 13u
#ifdef TH_ENERGY_MODE
// USART3 on D1 (out) and D0 (in): ST-LINK is in the way on the other one, and takes power from it.
#define BOARD_UART 0x40004800u
#define BOARD_UART_INTERRUPT 39u
#define BOARD_UART_ENABLE RCC_APB1ENR1
#define BOARD_UART_ENABLE_BIT 18u
#define BOARD_UART_LOW_POWER 0
#define BOARD_UART_PORT 'D'
#define BOARD_UART_TRANSMIT 8u
#define BOARD_UART_RECEIVE 9u
#define BOARD_UART_FUNCTION 7u
#else
// LPUART1 on PG7 and PG8: ST-LINK's serial port on USB.
#define BOARD_UART 0x40008000u
#define BOARD_UART_INTERRUPT 70u
#define BOARD_UART_ENABLE RCC_APB1ENR2
#define BOARD_UART_ENABLE_BIT 0u
#define BOARD_UART_LOW_POWER 1
#define BOARD_UART_PORT 'G'
#define BOARD_UART_TRANSMIT 7u
#define BOARD_UART_RECEIVE 8u
#define BOARD_UART_FUNCTION 8u
#endif

#elif defined TH_BOARD_B_L475E

#define BOARD_NAME "B-L475E-IOT01A"
#define BOARD_PLL_FACTOR 20u
#define BOARD_CLOCK_HZ 80000000u
#define BOARD_FLASH_WAITS 4u
#define BOARD_BOOST 0
// D7 of the Arduino connector.
#define BOARD_PIN_PORT 'A'
#define BOARD_PIN 4u
// USART1 on PB6 and PB7, in both modes: ST-LINK's serial port on USB, the first one that QEMU has.
#define BOARD_UART 0x40013800u
#define BOARD_UART_INTERRUPT 37u
#define BOARD_UART_ENABLE RCC_APB2ENR
#define BOARD_UART_ENABLE_BIT 14u
#define BOARD_UART_LOW_POWER 0
#define BOARD_UART_PORT 'B'
#define BOARD_UART_TRANSMIT 6u
#define BOARD_UART_RECEIVE 7u
#define BOARD_UART_FUNCTION 7u

#else
#error "Name a board: -DTH_BOARD_NUCLEO_L4R5ZI or -DTH_BOARD_B_L475E"
#endif

#endif
