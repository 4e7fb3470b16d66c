#include "kernels.h"

/* An image with zeros around it; what does not fit at the bottom and at the right is cut off. */
void pad_image(const float *x, float *y, int height, int width, int channels, int top, int left, int padded_height,
               int padded_width) {
  const int row = width * channels, padded_row = padded_width * channels;
  const int before = left * channels, kept = smaller(row, padded_row - before);
  const int rows = smaller(height, padded_height - top);
  set_zero(y, top * padded_row);
  y += top * padded_row;
  for (int h = 0; h < rows; h++, y += padded_row) {
    set_zero(y, before);
    copy(y + before, x + h * row, kept);
    set_zero(y + before + kept, padded_row - before - kept);
  }
  set_zero(y, (padded_height - top - rows) * padded_row);
}

void pad(const struct pad *call, const struct work *work) {
  const int in = call->height * call->width * call->channels;
  const int out = call->padded_height * call->padded_width * call->channels;
  for (int n = work->first; n < work->end; n++) {
    pad_image(call->x + n * in, call->y + n * out, call->height, call->width, call->channels, call->top, call->left,
              call->padded_height, call->padded_width);
  }
}

/* The gradient of pad: what lies inside. */
void crop(const struct crop *call, const struct work *work) {
  const int row = call->width * call->channels, padded_row = call->padded_width * call->channels;
  for (int n = work->first; n < work->end; n++) {
    for (int h = 0; h < call->height; h++) {
      const float *from = call->x + (n * call->padded_height + call->top + h) * padded_row + call->left * call->channels;
      float *to = call->y + (n * call->height + h) * row;
      for (int i = 0; i < row; i++) to[i] = call->accumulate ? to[i] + from[i] : from[i];
    }
  }
}
