// Two windows by two channels, four values at a time. The windows are first copied as int16, side by side, so that for all
// channels an inner step takes three loads and expands nothing but weights.
#include "convolve.h"
#include "shrink.h"

#if ENGINE_DSP

// A row of two windows: of each four values, the even and the odd of the first, then of the second.
ENGINE_APART uint32_t *widen(const int8_t *x, const int8_t *y, int32_t depth, uint32_t *to) {
  for (const int8_t *end = x + depth; x < end; x += 4, y += 4) {
    const uint32_t xs = engine_load_word(x), ys = engine_load_word(y);
    engine_store_two(&to, (uint32_t)engine_even_bytes(xs), (uint32_t)engine_odd_bytes(xs));
    engine_store_two(&to, (uint32_t)engine_even_bytes(ys), (uint32_t)engine_odd_bytes(ys));
  }
  return to;
}

// Two windows of `steps` times four values by two channels.
ENGINE_INLINE void multiply_2x2(const uint32_t *x, int32_t steps, const uint32_t **w, const engine_channels *c,
                                int32_t sums[2][2]) {
  sums[0][0] = sums[1][0] = c->bias[0], sums[0][1] = sums[1][1] = c->bias[1];
  if (steps % 2) engine_dot_2x2(&x, w, sums);
  for (int32_t i = steps / 2; i > 0; i--) {
    engine_dot_2x2(&x, w, sums);
    engine_dot_2x2(&x, w, sums);
  }
}

// The channels from one on, where that takes more than shrink.h or only one is left.
ENGINE_APART void multiply_rest(const engine_weights *weights, int32_t channel, const uint32_t *x, int32_t steps,
                                int8_t *output) {
  const int32_t channels = weights->channels;
  const uint32_t *w = (const uint32_t *)(const void *)weights->values + channel * steps;
  for (; channel < channels; channel += 2) {
    int32_t sums[2][2];
    multiply_2x2(x, steps, &w, &weights->channel[channel / 2], sums);
    for (int32_t i = 0; i < 2; i++) {
      output[i * channels + channel] = engine_output(weights, channel, sums[i][0]);
      if (channel + 1 < channels) output[i * channels + channel + 1] = engine_output(weights, channel + 1, sums[i][1]);
    }
  }
}

ENGINE_APART void multiply(const engine_weights *weights, const uint32_t *x, int32_t steps, int8_t *output) {
  const uint32_t *w = (const uint32_t *)(const void *)weights->values;
  const int32_t channels = weights->channels, rounding = weights->rounding, zero_point = weights->zero_point;
  const int32_t paired = weights->form == ENGINE_SHRINK ? channels & ~1 : 0;
  const engine_channels *c = weights->channel;
  if (paired < channels) multiply_rest(weights, paired, x, steps, output);
  for (const int8_t *end = output + paired; output < end; output += 2, c++) {
    int32_t sums[2][2];
    multiply_2x2(x, steps, &w, c, sums);
    const engine_shrinking by0 = engine_shrinking_of(c, 0, rounding), by1 = engine_shrinking_of(c, 1, rounding);
    output[0] = engine_shrink(sums[0][0], by0, rounding, zero_point);
    output[1] = engine_shrink(sums[0][1], by1, rounding, zero_point);
    output[channels] = engine_shrink(sums[1][0], by0, rounding, zero_point);
    output[channels + 1] = engine_shrink(sums[1][1], by1, rounding, zero_point);
  }
}

// The next window's first byte, in place or brought together.
ENGINE_INLINE const int8_t *next(const engine_conv_2d_params *params, const engine_strip *strip, engine_cursor *window,
                                 int8_t *gathered) {
  const int8_t *at = window->at;
  engine_advance(strip, window);
  if (!params->gather) return at;
  engine_gather(&params->windows, strip, at, gathered);
  return gathered;
}

static void convolve(const engine_conv_2d_params *params, const engine_strip *strip, uint32_t *wide,
                     int8_t *gathered, int8_t *output) {
  const engine_weights *weights = &params->weights;
  const int32_t pitch = strip->window_pitch;
  engine_cursor window = engine_seek(strip, 0);
  int32_t left = strip->rows * strip->columns;
  for (; left > 1; left -= 2, output += 2 * weights->channels) {
    const int8_t *x = next(params, strip, &window, gathered);
    const int8_t *y = next(params, strip, &window, gathered + weights->depth);
    uint32_t *end = wide;
    for (int32_t segment = 0; segment < weights->segments; segment++, x += pitch, y += pitch) {
      end = widen(x, y, weights->depth, end);
    }
    multiply(weights, wide, weights->segments * weights->depth / 4, output);
  }
  if (left) engine_product(weights, next(params, strip, &window, gathered), pitch, output);
}

void engine_conv_2d(const engine_conv_2d_params *params, const int8_t *input, int8_t *output, int8_t *scratch) {
  const engine_windows *w = &params->windows;
  const engine_weights *weights = &params->weights;
  engine_strip strip = engine_no_strip(w, params->strip_rows, w->channels);
  uint32_t *wide = (uint32_t *)(void *)scratch;
  int8_t *gathered = scratch + 4 * weights->segments * weights->depth;
  scratch = gathered + (params->gather ? 2 * weights->depth + ENGINE_SLACK : 0);
  while (engine_next_strip(w, params->strip_rows, 1, input, scratch, &strip)) {
    convolve(params, &strip, wide, gathered, output);
    output += strip.rows * strip.columns * weights->channels;
  }
}

#endif
