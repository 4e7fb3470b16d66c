#include "requantize.h"

void engine_mul(const engine_mul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output) {
  for (int32_t i = 0; i < params->count; i++) {
    const int32_t product = (input1[i] - params->zero_point1) * (input2[i] - params->zero_point2);
    const int32_t scaled = engine_requantize(product, params->multiplier, params->shift, params->rounding);
    output[i] = engine_finish(scaled, params->zero_point, params->lowest, params->highest);
  }
}
