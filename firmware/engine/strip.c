#include "strip.h"

// A row of an image from column -padding_left on, with the filler for what is not there; `row` may be none of the image's.
static void copy_row(const engine_windows *w, const int8_t *image, int32_t row, int8_t *to) {
  const int32_t width = engine_strip_width(w), depth = w->channels;
  const int8_t filler = (int8_t)w->zero_point;
  if (row < 0 || row >= w->height) {
    engine_fill_bytes(to, filler, width * depth);
    return;
  }
  const int32_t before = w->padding_left < width ? w->padding_left : width;
  const int32_t inside = engine_clamp(width - before, 0, w->width);
  engine_fill_bytes(to, filler, before * depth);
  engine_copy(to + before * depth, image + row * w->width * depth, inside * depth);
  engine_fill_bytes(to + (before + inside) * depth, filler, (width - before - inside) * depth);
}

// Each value so many times in a row.
static void repeat(const int8_t *from, int32_t count, int32_t times, int8_t *to) {
  for (int32_t i = 0; i < count; i++) {
    for (int32_t k = 0; k < times; k++) *to++ = from[i];
  }
}

int32_t engine_next_strip(const engine_windows *w, int32_t rows, int32_t multiplier, const int8_t *input,
                          int8_t *scratch, engine_strip *strip) {
  if (strip->y == w->output_height) {
    strip->y = 0;
    strip->batch++;
  }
  if (strip->batch == w->batches) return 0;
  const int8_t *image = input + strip->batch * w->height * w->width * w->channels;
  const int32_t left = w->output_height - strip->y;
  strip->rows = rows == 0 || rows > left ? left : rows;
  strip->first = image;
  if (rows > 0) {
    const int32_t count = (strip->rows - 1) * w->stride_height + (w->kernel_height - 1) * w->dilation_height + 1;
    const int32_t size = engine_strip_width(w) * w->channels;
    int8_t *to = scratch, *plain = scratch + count * size * multiplier + ENGINE_SLACK;
    int32_t row = strip->y * w->stride_height - w->padding_top;
    for (int32_t i = 0; i < count; i++, row++, to += size * multiplier) {
      copy_row(w, image, row, multiplier > 1 ? plain : to);
      if (multiplier > 1) repeat(plain, size, multiplier, to);
    }
    strip->first = scratch;
  }
  strip->y += strip->rows;
  return 1;
}
