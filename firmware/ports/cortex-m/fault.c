// What a processor that cannot go on says before it stops: `e-[Fault NUMBER at PC, status CFSR]`. It stops, since a board
// that went on would answer wrongly; a debugger finds it here.
#include "../../core/print.h"
#include "cortex_m.h"

#define FAULT_STATUS REGISTER(0xe000ed28)

extern uint32_t stack_start[], stack_words[];

void fault(void);
_Noreturn void fault_report(const uint32_t *frame, uint32_t number);

// The stack may be what failed.
_Alignas(8) uint32_t fault_stack[128];

__attribute__((naked)) void fault(void) {
  __asm volatile("mov r0, sp\n"
                 "mrs r1, ipsr\n"
                 "ldr r2, =fault_stack + 512\n"
                 "mov sp, r2\n"
                 "b fault_report\n");
}

_Noreturn void fault_report(const uint32_t *frame, uint32_t number) {
  const uint32_t status = FAULT_STATUS;
  // What the processor has put there takes 8 words.
  const uintptr_t word = ((uintptr_t)frame - (uintptr_t)stack_start) / 4;
  const bool is_there = word + 8 <= (uintptr_t)stack_words;
  print_end();
  print("e-[Fault ");
  print_count(number);
  print(" at ");
  print_hex(is_there ? frame[6] : 0, 8);
  print(", status ");
  print_hex(status, 8);
  print_line("]");
  for (;;) {
  }
}
