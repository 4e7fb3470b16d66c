#include "depthwise.h"

#if !ENGINE_DSP

void engine_depthwise_conv_2d(const engine_depthwise_conv_2d_params *params, const int8_t *input, int8_t *output,
                              int8_t *scratch) {
  const engine_windows *w = &params->windows;
  const int32_t channels = params->weights.channels;
  engine_strip strip = engine_no_strip(w, params->strip_rows, channels);
  while (engine_next_strip(w, params->strip_rows, params->multiplier, input, scratch, &strip)) {
    engine_depthwise(params, &strip, output);
    output += strip.rows * strip.columns * channels;
  }
}

#endif
