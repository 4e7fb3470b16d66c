#include "engine.h"

void engine_fill(const engine_fill_params *params, int8_t *output) {
  for (int32_t i = 0; i < params->count; i++) output[i] = (int8_t)params->value;
}
