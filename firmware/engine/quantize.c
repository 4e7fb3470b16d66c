#include "requantize.h"

// As far as int8 can tell: beyond 2^23 a float has no fraction and an int32 may have no room.
static int32_t to_integer(float value) {
  if (!(value > -8388608.0f)) return -8388608;
  return value < 8388608.0f ? (int32_t)value : 8388608;
}

static int32_t round_half_away(float value) {
  const int32_t whole = to_integer(value);
  const float fraction = value - (float)whole;
  return fraction >= 0.5f ? whole + 1 : fraction <= -0.5f ? whole - 1 : whole;
}

void engine_quantize(const engine_quantize_params *params, const float *input, int8_t *output) {
  for (int32_t i = 0; i < params->count; i++) {
    const float scaled = input[i] / params->scale;
    const int32_t value = params->truncate ? to_integer(scaled + (float)params->zero_point)
                                           : round_half_away(scaled) + params->zero_point;
    output[i] = (int8_t)engine_clamp(value, -128, 127);
  }
}

void engine_quantize_uint8(int32_t count, const uint8_t *input, int8_t *output) {
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    uint32_t word;
    __builtin_memcpy(&word, input + i, 4);
    word ^= 0x80808080u;
    __builtin_memcpy(output + i, &word, 4);
  }
  for (; i < count; i++) output[i] = (int8_t)(input[i] - 128);
}
