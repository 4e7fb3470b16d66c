// Four channels of two taps at a time: SXTB16 makes pairs of channels of each tap, PKHBT and PKHTB make pairs of taps of
// each channel, and SMLAD multiplies these with weights that are packed in that order.
#include "depthwise.h"
#include "dsp.h"

#if ENGINE_DSP

static void put(const engine_weights *weights, int32_t channel, const int32_t sums[4], int8_t *output) {
  for (int32_t i = 0; i < 4 && channel + i < weights->channels; i++) {
    output[channel + i] = engine_output(weights, channel + i, sums[i]);
  }
}

void engine_depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output) {
  const engine_weights *weights = &params->weights;
  const int32_t channels = weights->channels, pairs = weights->depth / 2;
  for (int32_t y = 0; y < strip->rows; y++) {
    for (int32_t x = 0; x < strip->columns; x++, output += channels) {
      const int8_t *window = strip->first + y * strip->row_pitch + x * strip->column_pitch;
      const int8_t *w = weights->values;
      for (int32_t channel = 0; channel < channels; channel += 4, window += 4) {
        const engine_channels *c = &weights->channel[channel / 2];
        int32_t sum0 = c[0].bias[0], sum1 = c[0].bias[1], sum2 = 0, sum3 = 0;
        if (channel + 2 < channels) sum2 = c[1].bias[0], sum3 = c[1].bias[1];
        const int32_t *tap = params->taps;
        for (int32_t i = pairs; i > 0; i--, tap += 2, w += 8) {
          const uint32_t first = engine_load_word(window + tap[0]), second = engine_load_word(window + tap[1]);
          const uint32_t w02 = engine_load_word(w), w13 = engine_load_word(w + 4);
          const engine_pair even0 = engine_even_bytes(first), even1 = engine_even_bytes(second);
          sum0 = engine_dot(engine_low_halves(even0, even1), engine_even_bytes(w02), sum0);
          sum2 = engine_dot(engine_high_halves(even0, even1), engine_odd_bytes(w02), sum2);
          const engine_pair odd0 = engine_odd_bytes(first), odd1 = engine_odd_bytes(second);
          sum1 = engine_dot(engine_low_halves(odd0, odd1), engine_even_bytes(w13), sum1);
          sum3 = engine_dot(engine_high_halves(odd0, odd1), engine_odd_bytes(w13), sum3);
        }
        put(weights, channel, (const int32_t[]){sum0, sum1, sum2, sum3}, output);
      }
    }
  }
}

#endif
