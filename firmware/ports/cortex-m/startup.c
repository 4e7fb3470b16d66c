// From reset to main() on a Cortex-M4F: exceptions, floating point, initial data, a stack that is painted and guarded.
#include "cortex_m.h"

// From sections.ld. The numbers of words are the addresses of their symbols.
extern uint32_t data_source[], data_start[], data_words[], bss_start[], bss_words[];
extern uint32_t stack_start[], stack_end[], stack_words[];

#define PAINT 0xc5c5c5c5u
// At the end of the stack, which grows downwards: whoever gets there ends in fault(), and writes over nothing.
#define GUARD_BYTES 256u

#define VECTOR_TABLE REGISTER(0xe000ed08)
#define COPROCESSOR_ACCESS REGISTER(0xe000ed88)
#define MPU_CONTROL REGISTER(0xe000ed94)
#define MPU_REGION REGISTER(0xe000ed98)
#define MPU_BASE REGISTER(0xe000ed9c)
#define MPU_ATTRIBUTES REGISTER(0xe000eda0)

int main(void);
void reset(void);
void fault(void);
void systick(void);

__attribute__((section(".vectors"), used)) static const cortex_m_handler vectors[16] = {
    [0] = (cortex_m_handler)stack_end,
    [1] = reset,
    [2] = fault, // NMI
    [3] = fault, // hard fault: all others end there, as they are not enabled
    [4] = fault,
    [5] = fault,
    [6] = fault,
    [11] = fault,
    [12] = fault,
    [14] = fault,
    [15] = systick,
};

static void guard_stack(void) {
  MPU_REGION = 0;
  MPU_BASE = (uint32_t)stack_start;
  MPU_ATTRIBUTES = 1u << 28 | 7u << 1 | 1; // no access, no code, 2^(7 + 1) bytes, on
  MPU_CONTROL = 1u << 2 | 1;               // all other memory as ever
  __asm volatile("dsb\n isb" ::: "memory");
}

void reset(void) {
  VECTOR_TABLE = (uint32_t)(uintptr_t)vectors;
  COPROCESSOR_ACCESS |= 0xfu << 20; // CP10 and CP11: the FPU
  __asm volatile("dsb\n isb" ::: "memory");
  const uintptr_t in_use = (uintptr_t)stack_end - (uintptr_t)__builtin_frame_address(0) + 64;
  for (uintptr_t i = 0; i < (uintptr_t)stack_words - in_use / 4; i++) stack_start[i] = PAINT;
  for (uintptr_t i = 0; i < (uintptr_t)data_words; i++) data_start[i] = data_source[i];
  for (uintptr_t i = 0; i < (uintptr_t)bss_words; i++) bss_start[i] = 0;
  guard_stack();
  main();
  fault();
}

bool th_stack(uint32_t *used, uint32_t *reserved) {
  uintptr_t untouched = GUARD_BYTES / 4;
  while (untouched < (uintptr_t)stack_words && stack_start[untouched] == PAINT) untouched++;
  *used = 4 * (uint32_t)((uintptr_t)stack_words - untouched);
  *reserved = 4 * (uint32_t)(uintptr_t)stack_words - GUARD_BYTES;
  return true;
}
