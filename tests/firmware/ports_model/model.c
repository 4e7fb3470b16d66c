// A model of one operator: y = ~x, by the engine's table look-up.
#include "engine.h"
#include "th.h"

static int8_t table[256];
static const engine_lookup_params lookup = {4, table};
static const int8_t *input;
static int8_t output[4];

static const char *const operators[] = {"LOOKUP"};

const th_model_info *th_model(void) {
  static const th_model_info info = {"lookup", "00", 4, 4, 6, 1, operators};
  return &info;
}

const char *th_load_tensor(const uint8_t *bytes) {
  for (int i = 0; i < 256; i++) table[i] = (int8_t)~(i - 128);
  input = (const int8_t *)bytes;
  return 0;
}

void th_operator(uint32_t index) {
  (void)index;
  engine_lookup(&lookup, input, output);
}

const char *th_infer(void) {
  th_operator(0);
  return 0;
}

float th_result(uint32_t index) {
  return output[index];
}
