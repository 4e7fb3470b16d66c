// Registers of the STM32L4 (RM0351) and STM32L4+ (RM0432): the same, at the same addresses.
#ifndef THIMBLE_STM32L4_REGISTERS_H
#define THIMBLE_STM32L4_REGISTERS_H

#include "../cortex-m/cortex_m.h"

#define RCC_CR REGISTER(0x40021000)
#define RCC_CFGR REGISTER(0x40021008)
#define RCC_PLLCFGR REGISTER(0x4002100c)
#define RCC_AHB2ENR REGISTER(0x4002104c)
#define RCC_APB1ENR1 REGISTER(0x40021058)
#define RCC_APB1ENR2 REGISTER(0x4002105c)
#define RCC_APB2ENR REGISTER(0x40021060)

#define FLASH_ACR REGISTER(0x40022000)

#define PWR_CR2 REGISTER(0x40007004)
#define PWR_CR5 REGISTER(0x40007080)

// Of a port by its letter.
#define GPIO(letter, offset) REGISTER(0x48000000u + 0x400u * (uint32_t)((letter) - 'A') + (offset))
#define GPIO_MODE(letter) GPIO(letter, 0x00)
#define GPIO_SPEED(letter) GPIO(letter, 0x08)
#define GPIO_PULL(letter) GPIO(letter, 0x0c)
#define GPIO_SET(letter) GPIO(letter, 0x18)
#define GPIO_FUNCTION(letter, pin) GPIO(letter, 0x20u + 4 * ((pin) / 8))
#define GPIO_CLEAR(letter) GPIO(letter, 0x28)

#endif
