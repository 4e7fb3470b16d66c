#include "fixed_point.h"

// Integer bits of the sum of exponentials.
#define SUM_BITS 12

static int32_t exponential(const engine_softmax_params *params, int32_t difference) {
  return engine_exp_of_negative(engine_requantize(difference, params->multiplier, params->shift, params->rounding));
}

static void softmax_row(const engine_softmax_params *params, const int8_t *input, int8_t *output) {
  int32_t greatest = -128;
  for (int32_t i = 0; i < params->depth; i++) greatest = input[i] > greatest ? input[i] : greatest;
  int32_t sum = 0;
  for (int32_t i = 0; i < params->depth; i++) {
    const int32_t difference = input[i] - greatest;
    if (difference < -params->radius) continue;
    sum = engine_wrapping_add(sum, engine_rounding_shift_right(exponential(params, difference), SUM_BITS));
  }
  // 1 / sum as a fraction and a power of two
  const int32_t headroom = sum > 0 ? __builtin_clz((uint32_t)sum) : sum < 0 ? 0 : 32;
  const int32_t fraction = (int32_t)(((headroom < 32 ? (uint32_t)sum << headroom : 0)) - ((uint32_t)1 << 31));
  const int32_t reciprocal = engine_reciprocal_of_one_plus(fraction);
  const int32_t shift = SUM_BITS - headroom + 31 - 8;
  for (int32_t i = 0; i < params->depth; i++) {
    const int32_t difference = input[i] - greatest;
    if (difference < -params->radius) {
      output[i] = -128;
      continue;
    }
    const int32_t product = engine_multiply_high(reciprocal, exponential(params, difference));
    output[i] = (int8_t)engine_clamp(engine_rounding_shift_right(product, shift) - 128, -128, 127);
  }
}

void engine_softmax(const engine_softmax_params *params, const int8_t *input, int8_t *output) {
  for (int32_t row = 0; row < params->rows; row++, input += params->depth, output += params->depth) {
    softmax_row(params, input, output);
  }
}
