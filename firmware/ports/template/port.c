// A port for a new board: copy this folder, and write what the compiler asks for. docs/porting.md says what matters.
#include "core.h"
#include "ring.h"

#ifdef TH_TEMPLATE_CHECK // the project's tests compile the rest
#define TEMPLATE 0
#else
#define TEMPLATE 1
#endif

#define BAUD 115200 // 9600 in energy mode, behind an IO manager

static core_ring ring;

// The UART's receive interrupt. It does nothing but this, so that no byte is lost while an inference runs.
void uart_received(void);
void uart_received(void) {
#if TEMPLATE
#error "Write: while the UART has a byte, ring_put(&ring, byte)"
#endif
  (void)ring_put(&ring, 0);
}

void th_transmit(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
#if TEMPLATE
#error "Write: wait until the UART takes a byte, then give it bytes[i]"
#endif
    (void)bytes[i];
  }
}

bool th_interrupted(void) {
  return ring_holds(&ring, TH_INTERRUPT);
}

uint64_t th_timestamp_us(void) {
#if TEMPLATE
#error "Write: microseconds since boot, from a timer that runs on in sleep and is extended to 64 bits"
#endif
  return 0;
}

void th_timestamp_edge(void) {
#if TEMPLATE
#error "Write: the timestamp pin low, at least 1 us, then high; it is high from boot on"
#endif
}

// A UART that can change its rate shortens long loads. `false` for every rate leaves the extension out.
bool th_supports_baud(uint32_t rate) {
  (void)rate;
  return false;
}

void th_set_baud(uint32_t rate) {
  (void)rate;
}

uint32_t th_initial_baud(void) {
  return BAUD;
}

const char *th_name(void) {
#if TEMPLATE
#error "Write: the board's name, as the result shows it"
#endif
  return "";
}

const char *th_profile(void) {
  return "Thimble firmware " TH_VERSION;
}

// Optional; docs/porting.md says how. Without it, the port does not tell what its stack takes.
bool th_stack(uint32_t *used, uint32_t *reserved) {
  *used = *reserved = 0;
  return false;
}

static void start_hardware(void) {
#if TEMPLATE
#error "Write: clocks, caches, timer, pin (high first, then output), UART with its receive interrupt"
#endif
}

static void wait_for_interrupt(void) {
#if TEMPLATE
#error "Write: sleep until an interrupt comes; a timer must wake the processor within 100 ms. An empty body works too"
#endif
}

int main(void) {
#if TEMPLATE
#error "Write: choose the mode below, and delete this line"
#endif
  start_hardware();
  core_boot(CORE_PERFORMANCE); // or CORE_ENERGY
  for (;;) {
    uint8_t byte;
    if (ring_take(&ring, &byte)) {
      core_receive(byte);
    } else {
      core_idle();
      wait_for_interrupt();
    }
  }
}
