#include "clock_tree.h"

#include "board.h"

#define HSI_ON (1u << 8)
#define HSI_READY (1u << 10)
#define PLL_ON (1u << 24)
#define PLL_READY (1u << 25)

#define SOURCE_HSI 1u
#define SOURCE_PLL 3u
#define SOURCE_MASK 3u
#define AHB_MASK (15u << 4)
#define AHB_HALF (8u << 4)

// QEMU has neither PWR nor FLASH: what is read back there is 0. So nothing is waited for but the flags of RCC, and for
// them no longer than this; the slowest, the PLL, takes 40 us.
#define TRIES 20000u

static bool is_ready(uint32_t flag) {
  for (uint32_t i = 0; i < TRIES; i++) {
    if (RCC_CR & flag) return true;
  }
  return false;
}

// False where the clock stays as it was.
static bool use(uint32_t source) {
  RCC_CFGR = (RCC_CFGR & ~SOURCE_MASK) | source;
  for (uint32_t i = 0; i < TRIES; i++) {
    if ((RCC_CFGR >> 2 & SOURCE_MASK) == source) return true;
  }
  return false;
}

static bool start_pll(void) {
  // On, from HSI16, M = 2, N, R = 2.
  RCC_PLLCFGR = 1u << 24 | BOARD_PLL_FACTOR << 8 | (2u - 1) << 4 | 2u;
  RCC_CR |= PLL_ON;
  return is_ready(PLL_READY);
}

uint32_t clock_tree_start(void) {
  const uint32_t at_reset_hz = 4000000; // MSI
  const uint32_t hsi_hz = 16000000;
  RCC_APB1ENR1 |= 1u << 28; // PWR
  (void)RCC_APB1ENR1;       // takes two cycles
  if (BOARD_BOOST) PWR_CR5 &= ~(1u << 8);
  // Wait states first; prefetch and both caches.
  FLASH_ACR = BOARD_FLASH_WAITS | 7u << 8;
  (void)FLASH_ACR;
  RCC_CR |= HSI_ON;
  if (!is_ready(HSI_READY)) return at_reset_hz;
  if (!start_pll()) return use(SOURCE_HSI) ? hsi_hz : at_reset_hz;
  // Beyond 80 MHz in two steps, a microsecond apart.
  if (BOARD_BOOST) RCC_CFGR = (RCC_CFGR & ~AHB_MASK) | AHB_HALF;
  if (!use(SOURCE_PLL)) {
    RCC_CFGR &= ~AHB_MASK;
    return at_reset_hz;
  }
  for (volatile uint32_t i = 0; i < 100; i++) {
  }
  RCC_CFGR &= ~AHB_MASK;
  return BOARD_CLOCK_HZ;
}
