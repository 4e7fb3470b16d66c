#include "kernels.h"

/* The window of an output pixel, cut to the image. */
struct window {
  int top, bottom, left, right;
};

#define WINDOW(call, h, w)                                                        \
  {                                                                               \
    larger((h) * (call)->stride_rows - (call)->top, 0),                           \
        smaller((h) * (call)->stride_rows - (call)->top + (call)->window_height, (call)->height),   \
        larger((w) * (call)->stride_columns - (call)->left, 0),                   \
        smaller((w) * (call)->stride_columns - (call)->left + (call)->window_width, (call)->width), \
  }

#define EACH_PIXEL                                     \
  for (int n = work->first; n < work->end; n++)        \
    for (int h = 0; h < call->out_height; h++)         \
      for (int w = 0; w < call->out_width; w++)

#define IMAGE(pointer) ((pointer) + n * call->height * call->width * channels)
#define PIXEL(pointer) ((pointer) + ((n * call->out_height + h) * call->out_width + w) * channels)

/* Of what lies inside the image, as TensorFlow does. */
void average_pool(const struct average_pool *call, const struct work *work) {
  const int channels = call->channels;
  EACH_PIXEL {
    const struct window at = WINDOW(call, h, w);
    const float *x = IMAGE(call->x);
    float *y = PIXEL(call->y);
    const vec factor = spread(1.0f / (float)((at.bottom - at.top) * (at.right - at.left)));
    for (int c = 0; c < channels; c += 4) {
      vec sum = ZERO;
      for (int i = at.top; i < at.bottom; i++) {
        for (int j = at.left; j < at.right; j++) sum = add(sum, load(x + (i * call->width + j) * channels + c));
      }
      store_some(y + c, multiply(sum, factor), channels - c);
    }
  }
}

void average_pool_gradient(const struct average_pool_gradient *call, const struct work *work) {
  const int channels = call->channels, size = call->height * call->width * channels;
  if (!call->accumulate) set_zero(call->dx + work->first * size, (work->end - work->first) * size);
  EACH_PIXEL {
    const struct window at = WINDOW(call, h, w);
    const float *dy = PIXEL(call->dy);
    float *dx = IMAGE(call->dx);
    const vec factor = spread(1.0f / (float)((at.bottom - at.top) * (at.right - at.left)));
    for (int c = 0; c < channels; c += 4) {
      const vec d = multiply(load(dy + c), factor);
      for (int i = at.top; i < at.bottom; i++) {
        for (int j = at.left; j < at.right; j++) {
          float *to = dx + (i * call->width + j) * channels + c;
          store_some(to, add(load(to), d), channels - c);
        }
      }
    }
  }
}

/* Where the largest value of a window lies: the first of equals. */
INLINE int largest_at(const float *x, const struct window at, int width, int channels, int c) {
  int best = (at.top * width + at.left) * channels + c;
  for (int i = at.top; i < at.bottom; i++) {
    for (int j = at.left; j < at.right; j++) {
      const int here = (i * width + j) * channels + c;
      if (x[here] > x[best]) best = here;
    }
  }
  return best;
}

void max_pool(const struct max_pool *call, const struct work *work) {
  const int channels = call->channels;
  EACH_PIXEL {
    const struct window at = WINDOW(call, h, w);
    const float *x = IMAGE(call->x);
    float *y = PIXEL(call->y);
    for (int c = 0; c < channels; c++) y[c] = x[largest_at(x, at, call->width, channels, c)];
  }
}

void max_pool_gradient(const struct max_pool_gradient *call, const struct work *work) {
  const int channels = call->channels, size = call->height * call->width * channels;
  if (!call->accumulate) set_zero(call->dx + work->first * size, (work->end - work->first) * size);
  EACH_PIXEL {
    const struct window at = WINDOW(call, h, w);
    const float *x = IMAGE(call->x), *dy = PIXEL(call->dy);
    float *dx = IMAGE(call->dx);
    for (int c = 0; c < channels; c++) dx[largest_at(x, at, call->width, channels, c)] += dy[c];
  }
}
