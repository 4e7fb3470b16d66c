#include "requantize.h"

void engine_mean(const engine_mean_params *params, const int8_t *input, int8_t *output) {
  const int32_t count = params->count, inner = params->inner;
  for (int32_t outer = 0; outer < params->outer; outer++, input += count * inner) {
    for (int32_t i = 0; i < inner; i++) {
      int32_t sum = 0;
      for (int32_t k = 0; k < count; k++) sum += input[k * inner + i];
      sum -= params->zero_point1 * count;
      const int32_t scaled = engine_requantize(sum, params->multiplier, params->shift, params->rounding);
      *output++ = engine_finish(scaled, params->zero_point, -128, 127);
    }
  }
}
