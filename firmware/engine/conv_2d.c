#include "convolve.h"

#if !ENGINE_DSP

static void convolve(const engine_conv_2d_params *params, const engine_strip *strip, int8_t *gathered,
                     int8_t *output) {
  const engine_weights *weights = &params->weights;
  const int32_t pixels = strip->rows * strip->columns;
  const int32_t tile = pixels < ENGINE_TILE ? 1 : ENGINE_TILE;
  engine_cursor window = engine_seek(strip, 0);
  for (int32_t pixel = 0; pixel < pixels; pixel += tile) {
    if (pixel > pixels - tile) { // the last tile overlaps the one before
      pixel = pixels - tile;
      window = engine_seek(strip, pixel);
    }
    const int8_t *rows[ENGINE_TILE];
    for (int32_t i = 0; i < tile; i++, engine_advance(strip, &window)) {
      rows[i] = params->gather ? gathered + i * weights->depth : window.at;
      if (params->gather) engine_gather(&params->windows, strip, window.at, gathered + i * weights->depth);
    }
    int8_t *to = output + pixel * weights->channels;
    if (tile == ENGINE_TILE) {
      engine_product_tile(weights, rows, strip->window_pitch, to);
    } else {
      engine_product(weights, rows[0], strip->window_pitch, to);
    }
  }
}

void engine_conv_2d(const engine_conv_2d_params *params, const int8_t *input, int8_t *output, int8_t *scratch) {
  const engine_windows *w = &params->windows;
  engine_strip strip = engine_no_strip(w, params->strip_rows, w->channels);
  int8_t *gathered = scratch;
  if (params->gather) scratch += ENGINE_TILE * params->weights.depth + ENGINE_SLACK;
  while (engine_next_strip(w, params->strip_rows, 1, input, scratch, &strip)) {
    convolve(params, &strip, gathered, output);
    output += strip.rows * strip.columns * params->weights.channels;
  }
}

#endif
