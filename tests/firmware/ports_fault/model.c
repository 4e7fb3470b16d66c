// Not a model: its inference ends in a fault. FAULT 1: it reads where nothing is; 2: it calls itself until there is no stack left.
#include "th.h"

static const char *const operators[] = {"FAULT"};

const th_model_info *th_model(void) {
  static const th_model_info info = {"fault", "none", 1, 1, 6, 1, operators};
  return &info;
}

const char *th_load_tensor(const uint8_t *bytes) {
  (void)bytes;
  return 0;
}

#if FAULT == 1

void th_operator(uint32_t index) {
  (void)*(const volatile uint32_t *)(uintptr_t)(0xd0000000u + 4 * index);
}

#else

static uint32_t deeper(uint32_t depth) {
  volatile uint32_t here[8] = {depth};
  return depth == UINT32_MAX ? 0 : deeper(depth + 1) + here[0];
}

void th_operator(uint32_t index) {
  (void)deeper(index);
}

#endif

const char *th_infer(void) {
  th_operator(0);
  return 0;
}

float th_result(uint32_t index) {
  (void)index;
  return 0;
}
