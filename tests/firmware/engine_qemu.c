// Runs plans on an emulated Cortex-M and compares their outputs with what is expected. The cases lie in memory, each a
// plan with its input already in place; the result is told by semihosting.
#include "plan.h"

#define CASES ((const test_case *)0x20010000)
#define STACK_END 0x20010000

typedef struct {
  const engine_call *calls; // 0 ends the list
  int32_t count;
  const int8_t *output, *expected;
  int32_t size;
} test_case;

void reset(void);

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {STACK_END, (uintptr_t)reset};

static void semihost(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void print_number(uint32_t number) {
  char digits[11], *end = digits + sizeof digits - 1;
  *end = 0;
  do *--end = (char)('0' + number % 10), number /= 10;
  while (number);
  semihost(4, end); // SYS_WRITE0
}

void reset(void) {
  uint32_t right = 0;
  for (const test_case *test = CASES; test->calls; test++) {
    engine_run(test->calls, test->count);
    uint32_t same = 1;
    for (int32_t i = 0; i < test->size; i++) same &= test->output[i] == test->expected[i];
    if (same) {
      right++;
    } else {
      semihost(4, "wrong: ");
      print_number((uint32_t)(test - CASES));
      semihost(4, "\n");
    }
  }
  semihost(4, "right: ");
  print_number(right);
  semihost(4, "\n");
  semihost(0x18, (const void *)0x20026); // SYS_EXIT, ADP_Stopped_ApplicationExit
  for (;;) {}
}
