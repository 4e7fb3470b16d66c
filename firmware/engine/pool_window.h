// The windows of a pooling, one after another: of each, the part that lies within the image.
#ifndef THIMBLE_ENGINE_POOL_WINDOW_H
#define THIMBLE_ENGINE_POOL_WINDOW_H

#include "requantize.h"
#if ENGINE_SIMD
#include <wasm_simd128.h>
#endif

// The window that makes output pixel (batch, y, x).
typedef struct {
  int32_t batch, y, x;
} engine_place;

ENGINE_INLINE void engine_next_place(const engine_windows *w, engine_place *place) {
  if (++place->x < w->output_width) return;
  place->x = 0;
  if (++place->y < w->output_height) return;
  place->y = 0;
  place->batch++;
}

typedef struct {
  const int8_t *first;
  int32_t rows, columns;
  int32_t row_pitch; // bytes
} engine_pool_window;

ENGINE_INLINE engine_pool_window engine_pool_window_at(const engine_windows *w, const int8_t *input,
                                                       engine_place place) {
  const int32_t y = place.y * w->stride_height - w->padding_top;
  const int32_t x = place.x * w->stride_width - w->padding_left;
  const int32_t top = y > 0 ? y : 0, left = x > 0 ? x : 0;
  const int32_t bottom = y + w->kernel_height < w->height ? y + w->kernel_height : w->height;
  const int32_t right = x + w->kernel_width < w->width ? x + w->kernel_width : w->width;
  const int32_t row = place.batch * w->height + top;
  return (engine_pool_window){input + (row * w->width + left) * w->channels, bottom - top, right - left,
                              w->width * w->channels};
}

#endif
