#include "depthwise.h"
#include "requantize.h"

#if !ENGINE_SIMD && !ENGINE_DSP

void engine_depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output) {
  const engine_weights *weights = &params->weights;
  const int32_t channels = weights->channels, depth = weights->depth;
  for (int32_t y = 0; y < strip->rows; y++) {
    for (int32_t x = 0; x < strip->columns; x++) {
      const int8_t *window = strip->first + y * strip->row_pitch + x * strip->column_pitch;
      for (int32_t channel = 0; channel < channels; channel++) {
        const int8_t *w = weights->values + channel / ENGINE_TAP_CHANNELS * ENGINE_TAP_CHANNELS * depth;
        uint32_t sum = (uint32_t)engine_bias(weights, channel);
        for (int32_t tap = 0; tap < depth; tap++) {
          const int32_t first = tap / ENGINE_TAPS * ENGINE_TAPS, c = channel % ENGINE_TAP_CHANNELS;
          const int32_t weight = w[first * ENGINE_TAP_CHANNELS + engine_tap_place(c, tap - first)];
          sum += (uint32_t)(weight * (window[params->taps[tap] + channel] + weights->moved));
        }
        *output++ = engine_output(weights, channel, (int32_t)sum);
      }
    }
  }
}

#endif
