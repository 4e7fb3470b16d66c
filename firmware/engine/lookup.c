#include "engine.h"

void engine_lookup(const engine_lookup_params *params, const int8_t *input, int8_t *output) {
  for (int32_t i = 0; i < params->count; i++) output[i] = params->table[input[i] + 128];
}
