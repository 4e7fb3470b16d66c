#include "uart.h"

#include "board.h"

#define UART_CONTROL REGISTER(BOARD_UART)
#define UART_DIVISOR REGISTER(BOARD_UART + 0x0c)
#define UART_STATUS REGISTER(BOARD_UART + 0x1c)
#define UART_CLEAR REGISTER(BOARD_UART + 0x20)
#define UART_RECEIVED_DATA REGISTER(BOARD_UART + 0x24)
#define UART_TRANSMIT_DATA REGISTER(BOARD_UART + 0x28)

// Receives, transmits, interrupts when a byte came; on.
#define CONTROL (1u << 5 | 1u << 3 | 1u << 2 | 1u)
#define ENABLED 1u
#define OVERRUN (1u << 3)
#define RECEIVED (1u << 5)
#define ALL_SENT (1u << 6)
#define TAKES_A_BYTE (1u << 7)

#if BOARD_UART_LOW_POWER
#define SCALE 256u
#define LEAST_DIVISOR 0x300u
#define MOST_DIVISOR 0xfffffu
#else
#define SCALE 1u
#define LEAST_DIVISOR 16u
#define MOST_DIVISOR 0xffffu
#endif

// Each byte takes an interrupt and a round of the main loop: this leaves them 400 cycles and more.
#define MOST_BAUD 2000000u

core_ring uart_ring;
static uint32_t bus_hz;
static uint32_t baud = BOARD_BAUD;

void uart_received(void);

void uart_received(void) {
  uint32_t status = UART_STATUS;
  while (status & (RECEIVED | OVERRUN)) {
    // A byte that was overrun, or has no room, is lost; the command that it belonged to is refused, and the host sends it
    // again.
    if (status & OVERRUN) UART_CLEAR = OVERRUN;
    if (status & RECEIVED) (void)ring_put(&uart_ring, (uint8_t)UART_RECEIVED_DATA);
    status = UART_STATUS;
  }
}

CORTEX_M_INTERRUPTS interrupts[] = {[BOARD_UART_INTERRUPT] = uart_received};

// To the nearest.
static uint64_t divisor_of(uint32_t rate) {
  return ((uint64_t)bus_hz * SCALE + rate / 2) / rate;
}

// The divisor is one that the UART has, and the rate within 1 %: HSI16 may be off by as much.
bool th_supports_baud(uint32_t rate) {
  if (rate == 0 || rate > MOST_BAUD) return false;
  const uint64_t divisor = divisor_of(rate);
  if (divisor < LEAST_DIVISOR || divisor > MOST_DIVISOR) return false;
  const uint64_t real = (uint64_t)bus_hz * SCALE / divisor;
  const uint64_t error = real > rate ? real - rate : rate - real;
  return error <= rate / 100;
}

static void set_divisor(uint32_t rate) {
  UART_CONTROL = CONTROL & ~ENABLED; // the divisor can be written only then
  UART_DIVISOR = (uint32_t)divisor_of(rate);
  UART_CONTROL = CONTROL;
  baud = rate;
}

void th_set_baud(uint32_t rate) {
  // A byte in the register and one on the line take 20 bits.
  const uint64_t end = th_timestamp_us() + 20000000u / baud + 1000;
  while (!(UART_STATUS & ALL_SENT) && th_timestamp_us() < end) {
  }
  set_divisor(rate);
}

uint32_t th_initial_baud(void) {
  return BOARD_BAUD;
}

void th_transmit(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    while (!(UART_STATUS & TAKES_A_BYTE)) {
    }
    UART_TRANSMIT_DATA = (uint8_t)bytes[i];
  }
}

bool th_interrupted(void) {
  return ring_holds(&uart_ring, TH_INTERRUPT);
}

// Gives a pin to the UART.
static void connect(uint32_t pin) {
  const uint32_t shift = 4 * (pin % 8);
  volatile uint32_t *const function = &GPIO_FUNCTION(BOARD_UART_PORT, pin);
  *function = (*function & ~(15u << shift)) | BOARD_UART_FUNCTION << shift;
  GPIO_SPEED(BOARD_UART_PORT) |= 1u << 2 * pin; // enough for 2 Mbaud
  GPIO_MODE(BOARD_UART_PORT) = (GPIO_MODE(BOARD_UART_PORT) & ~(3u << 2 * pin)) | 2u << 2 * pin;
}

void uart_start(uint32_t clock_hz) {
  bus_hz = clock_hz;
  RCC_AHB2ENR |= 1u << (BOARD_UART_PORT - 'A');
  BOARD_UART_ENABLE |= 1u << BOARD_UART_ENABLE_BIT;
  (void)BOARD_UART_ENABLE;                          // takes two cycles
  if (BOARD_UART_PORT == 'G') PWR_CR2 |= 1u << 9;   // VDDIO2 supplies PG2 to PG15
  GPIO_PULL(BOARD_UART_PORT) |= 1u << 2 * BOARD_UART_RECEIVE; // up: a line that nobody drives is at rest
  connect(BOARD_UART_RECEIVE);
  connect(BOARD_UART_TRANSMIT);
  set_divisor(BOARD_BAUD);
  interrupt_enable(BOARD_UART_INTERRUPT);
}
