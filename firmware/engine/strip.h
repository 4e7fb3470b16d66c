// A convolution's input, a strip at a time: where windows hang over the border, the rows that some output rows look at
// are copied to scratch with their border, so that nothing else needs to know of it.
#ifndef THIMBLE_ENGINE_STRIP_H
#define THIMBLE_ENGINE_STRIP_H

#include "bytes.h"

typedef struct {
  const int8_t *first;    // the first window's first byte
  int32_t rows, columns;  // of output pixels
  int32_t row_pitch;      // bytes from a row of windows to the next
  int32_t column_pitch;   // bytes from a window to the next
  int32_t window_pitch;   // bytes from a row of a window to the next
  int32_t batch, y;       // where the next strip begins
} engine_strip;

// The columns of the input, with its border, that all windows look at.
ENGINE_INLINE int32_t engine_strip_width(const engine_windows *w) {
  return (w->output_width - 1) * w->stride_width + (w->kernel_width - 1) * w->dilation_width + 1;
}

// Before the first strip. `rows` output rows are made from a strip; with 0 rows, the input is read in place. Pixels have
// `channels` values.
ENGINE_INLINE engine_strip engine_no_strip(const engine_windows *w, int32_t rows, int32_t channels) {
  const int32_t row = (rows ? engine_strip_width(w) : w->width) * channels;
  return (engine_strip){0, 0, w->output_width, w->stride_height * row, w->stride_width * channels,
                        w->dilation_height * row, 0, 0};
}

// The next strip, of at most `rows` output rows, or 0 where there is none. Each value of the input becomes `multiplier`.
int32_t engine_next_strip(const engine_windows *w, int32_t rows, int32_t multiplier, const int8_t *input,
                          int8_t *scratch, engine_strip *strip);

#endif
