// From reset to main() on a Cortex-M4F: vectors, floating point, initial data.
#include <stdint.h>

// From port.ld. The numbers of words are the addresses of their symbols.
extern uint32_t data_source[], data_start[], data_words[], bss_start[], bss_words[], stack_end[];

int main(void);
void reset(void);
void uart_received(void);
void systick(void);

#define COPROCESSOR_ACCESS (*(volatile uint32_t *)0xe000ed88)

// Stops at a fault, where a debugger finds it: a board that went on would answer wrongly.
static void fault(void) {
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    [0] = (void (*)(void))stack_end,
    [1] = reset,
    [2] = fault, // NMI
    [3] = fault, // hard fault
    [4] = fault, // memory management
    [5] = fault, // bus
    [6] = fault, // usage
    [11] = fault,
    [12] = fault,
    [14] = fault,
    [15] = systick,
    [16] = uart_received, // interrupt 0: UART 0 received
    [17] = fault,         // the others are not enabled
};

void reset(void) {
  COPROCESSOR_ACCESS |= 0xfu << 20; // CP10 and CP11: the FPU
  __asm volatile("dsb\n isb" ::: "memory");
  for (uintptr_t i = 0; i < (uintptr_t)data_words; i++) data_start[i] = data_source[i];
  for (uintptr_t i = 0; i < (uintptr_t)bss_words; i++) bss_start[i] = 0;
  main();
  fault();
}
