#include "requantize.h"

void engine_mul(const engine_mul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output) {
  for (int32_t i = 0; i < params->count; i++) {
    const int32_t product = (input1[i] - params->zero_point1) * (input2[i] - params->zero_point2);
    const int32_t scaled = engine_requantize(product, params->multiplier, params->shift, params->rounding);
    const int32_t value = engine_wrapping_add(scaled, params->zero_point);
    output[i] = (int8_t)engine_clamp(value, params->lowest, params->highest);
  }
}
