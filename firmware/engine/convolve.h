// Windows of a convolution's strip, one after another.
#ifndef THIMBLE_ENGINE_CONVOLVE_H
#define THIMBLE_ENGINE_CONVOLVE_H

#include "product.h"
#include "strip.h"

typedef struct {
  const int8_t *at;
  int32_t column;
} engine_cursor;

ENGINE_INLINE engine_cursor engine_seek(const engine_strip *strip, int32_t pixel) {
  const int32_t row = pixel / strip->columns, column = pixel - row * strip->columns;
  return (engine_cursor){strip->first + row * strip->row_pitch + column * strip->column_pitch, column};
}

ENGINE_INLINE void engine_advance(const engine_strip *strip, engine_cursor *window) {
  window->at += strip->column_pitch;
  if (++window->column < strip->columns) return;
  window->column = 0;
  window->at += strip->row_pitch - strip->columns * strip->column_pitch;
}

// The rows of a window, one after another.
static inline void engine_gather(const engine_windows *w, const engine_strip *strip, const int8_t *window,
                                 int8_t *to) {
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

#endif
