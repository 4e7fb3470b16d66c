// Arm MPS2, AN386 (Cortex-M4F at 25 MHz), as stock QEMU has it: `-M mps2-an386`. UART 0 is the serial line, SysTick the
// clock, pin 0 of GPIO 0 the timestamp pin (QEMU has no GPIO there: `-d unimp` logs the writes).
#include "../cortex-m/cortex_m.h"

#define CLOCK_HZ 25000000u

#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_INTERRUPT REGISTER(0x4000400c)
#define UART_DIVISOR REGISTER(0x40004010)
#define UART_TRANSMIT_FULL 1u
#define UART_RECEIVE_FULL 2u

#define PIN_OUTPUT REGISTER(0x40010004)
#define PIN_OUTPUT_ENABLE REGISTER(0x40010010)

#ifdef TH_ENERGY_MODE
#define MODE CORE_ENERGY
#define BAUD 9600 // what an IO manager speaks
#else
#define MODE CORE_PERFORMANCE
#define BAUD 115200
#endif

static core_ring ring;
static uint32_t baud = BAUD;

void uart_received(void);

void uart_received(void) {
  UART_INTERRUPT = 2;
  while (UART_STATE & UART_RECEIVE_FULL) {
    // A byte without room is lost; the command that it belonged to is refused, and the host sends it again.
    (void)ring_put(&ring, (uint8_t)UART_DATA);
  }
}

CORTEX_M_INTERRUPTS interrupts[] = {uart_received};

void th_transmit(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    while (UART_STATE & UART_TRANSMIT_FULL) {
    }
    UART_DATA = (uint8_t)bytes[i];
  }
}

bool th_interrupted(void) {
  return ring_holds(&ring, TH_INTERRUPT);
}

void th_timestamp_edge(void) {
  PIN_OUTPUT = 0;
  clock_wait_us(1);
  PIN_OUTPUT = 1;
}

static uint32_t divisor_of(uint32_t rate) {
  return (CLOCK_HZ + rate / 2) / rate;
}

// The divisor is 16 or more, and the rate within 2 %.
bool th_supports_baud(uint32_t rate) {
  if (rate < 1200 || rate > CLOCK_HZ / 16) return false;
  const uint32_t real = CLOCK_HZ / divisor_of(rate);
  const uint32_t error = real > rate ? real - rate : rate - real;
  return error <= rate / 50;
}

void th_set_baud(uint32_t rate) {
  while (UART_STATE & UART_TRANSMIT_FULL) {
  }
  clock_wait_us(12000000u / baud); // the last byte is still in the shift register
  baud = rate;
  UART_DIVISOR = divisor_of(rate);
}

uint32_t th_initial_baud(void) {
  return BAUD;
}

const char *th_name(void) {
  return "mps2-an386";
}

const char *th_profile(void) {
  return "Thimble firmware " TH_VERSION " for MPS2 AN386";
}

int main(void);

int main(void) {
  PIN_OUTPUT = 1; // before it is an output: no edge at boot
  PIN_OUTPUT_ENABLE = 1;
  clock_start(CLOCK_HZ);
  UART_DIVISOR = divisor_of(baud);
  UART_CONTROL = 1 | 2 | 8; // transmit, receive, and an interrupt when a byte came
  interrupt_enable(0);
  cortex_m_run(MODE, &ring);
}
