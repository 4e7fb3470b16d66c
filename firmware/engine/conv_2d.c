#include "product.h"
#include "strip.h"

// A window of a strip.
typedef struct {
  const int8_t *at;
  int32_t column;
} cursor;

ENGINE_INLINE cursor seek(const engine_strip *strip, int32_t pixel) {
  const int32_t row = pixel / strip->columns, column = pixel - row * strip->columns;
  return (cursor){strip->first + row * strip->row_pitch + column * strip->column_pitch, column};
}

ENGINE_INLINE void advance(const engine_strip *strip, cursor *window) {
  window->at += strip->column_pitch;
  if (++window->column < strip->columns) return;
  window->column = 0;
  window->at += strip->row_pitch - strip->columns * strip->column_pitch;
}

// The rows of a window, one after another.
static void gather(const engine_windows *w, const engine_strip *strip, const int8_t *window, int8_t *to) {
  for (int32_t y = 0; y < w->kernel_height; y++, window += strip->window_pitch) {
    if (w->dilation_width == 1) {
      engine_copy(to, window, w->kernel_width * w->channels);
      to += w->kernel_width * w->channels;
      continue;
    }
    for (int32_t x = 0; x < w->kernel_width; x++, to += w->channels) {
      engine_copy(to, window + x * w->dilation_width * w->channels, w->channels);
    }
  }
}

static void convolve(const engine_conv_2d_params *params, const engine_strip *strip, int8_t *gathered,
                     int8_t *output) {
  const engine_weights *weights = &params->weights;
  const int32_t pixels = strip->rows * strip->columns;
  const int32_t tile = pixels < ENGINE_TILE ? 1 : ENGINE_TILE;
  cursor window = seek(strip, 0);
  for (int32_t pixel = 0; pixel < pixels; pixel += tile) {
    if (pixel > pixels - tile) { // the last tile overlaps the one before
      pixel = pixels - tile;
      window = seek(strip, pixel);
    }
    const int8_t *rows[ENGINE_TILE];
    for (int32_t i = 0; i < tile; i++, advance(strip, &window)) {
      rows[i] = params->gather ? gathered + i * weights->depth : window.at;
      if (params->gather) gather(&params->windows, strip, window.at, gathered + i * weights->depth);
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
