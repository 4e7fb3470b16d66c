#include "kernels.h"

/*
 * Convolutions without im2col: a table says where each tap lies from a pixel, and where pixels lie in images. A
 * convolution has one phase; the gradient of its input has one for each phase of the strides. See window_tables.ts.
 */
struct phase {
  int weights;          /* first of its weights */
  int taps, tap_length; /* how many, and values that lie together */
  int tap_offsets;      /* where in the table */
  int pixels, in, out;  /* how many, and where in the table */
};

/* The image of an item with its padding: itself, or a copy in the scratch memory. */
#define PADDED(call, n)                                                                                          \
  ((call)->padded_height                                                                                         \
       ? (pad_image((call)->x + (n) * (call)->x_item, work->scratch, (call)->height, (call)->width,             \
                    (call)->channels, (call)->top, (call)->left, (call)->padded_height, (call)->padded_width),  \
          (const float *)work->scratch)                                                                          \
       : (call)->x + (n) * (call)->x_item)

void convolve(const struct convolve *call, const struct work *work) {
  for (int n = work->first; n < work->end; n++) {
    const float *image = PADDED(call, n);
    const struct phase *phase = (const struct phase *)call->table;
    for (int i = 0; i < call->phases; i++, phase++) {
      multiply_taps(image, call->table + phase->tap_offsets, phase->taps, phase->tap_length,
                    call->weights + phase->weights, call->y + n * call->y_item, call->table + phase->in,
                    call->table + phase->out, phase->pixels, call->columns, call->bias, call->accumulate);
    }
  }
}

void convolve_filter_gradient(const struct convolve_filter_gradient *call, const struct work *work) {
  const struct phase *phase = (const struct phase *)call->table;
  float *dw = call->dw + work->shard * call->weights;
  float *db = call->db ? call->db + work->shard * call->columns : 0;
  set_zero(dw, call->weights);
  if (db) set_zero(db, call->columns);
  for (int n = work->first; n < work->end; n++) {
    const float *image = PADDED(call, n), *dy = call->dy + n * call->dy_item;
    add_outer_products(image, call->table + phase->tap_offsets, phase->taps, phase->tap_length, dy, dw,
                       call->table + phase->in, phase->pixels, call->columns, call->strip);
    if (db) add_column_sums(dy, db, phase->pixels, call->columns);
  }
}

/* y[out[p] + c] (+)= bias[c] + sum over taps t of x[in[p] + taps[t] + c] * w[t][c]; `count` is a constant where inlined. */
INLINE void depthwise_taps(const int count, const float *x, const int *taps, const float *w, float *y, const int *in,
                           const int *out, int pixels, int channels, const float *bias, int accumulate) {
  for (int c = 0; c < channels; c += 4) {
    const int some = channels - c;
    vec weights[9];
    int offsets[9];
    for (int t = 0; t < count; t++) {
      weights[t] = load(w + t * channels + c);
      offsets[t] = taps[t] + c;
    }
    const vec start = bias ? load(bias + c) : ZERO;
    for (int p = 0; p < pixels; p++) {
      const float *from = x + in[p];
      float *to = y + out[p] + c;
      vec sum = start;
      for (int t = 0; t < count; t++) sum = multiply_add(load(from + offsets[t]), weights[t], sum);
      if (accumulate) sum = add(sum, load(to));
      store_some(to, sum, some);
    }
  }
}

/* The same for any number of taps: weights are read for each pixel. */
static void depthwise_any(int count, const float *x, const int *taps, const float *w, float *y, const int *in,
                          const int *out, int pixels, int channels, const float *bias, int accumulate) {
  for (int p = 0; p < pixels; p++) {
    for (int c = 0; c < channels; c += 4) {
      const float *from = x + in[p] + c;
      float *to = y + out[p] + c;
      vec sum = bias ? load(bias + c) : ZERO;
      for (int t = 0; t < count; t++) sum = multiply_add(load(from + taps[t]), load(w + t * channels + c), sum);
      if (accumulate) sum = add(sum, load(to));
      store_some(to, sum, channels - c);
    }
  }
}

#define DEPTHWISE(function, ...)                                                                                \
  function(__VA_ARGS__ image, call->table + phase->tap_offsets, call->weights + phase->weights,                 \
           call->y + n * call->y_item, call->table + phase->in, call->table + phase->out, phase->pixels,        \
           call->columns, call->bias, call->accumulate)

void depthwise(const struct depthwise *call, const struct work *work) {
  for (int n = work->first; n < work->end; n++) {
    const float *image = PADDED(call, n);
    const struct phase *phase = (const struct phase *)call->table;
    for (int i = 0; i < call->phases; i++, phase++) {
      switch (phase->taps) {
        case 9: DEPTHWISE(depthwise_taps, 9, ); break;
        case 4: DEPTHWISE(depthwise_taps, 4, ); break;
        case 3: DEPTHWISE(depthwise_taps, 3, ); break;
        case 2: DEPTHWISE(depthwise_taps, 2, ); break;
        case 1: DEPTHWISE(depthwise_taps, 1, ); break;
        default: DEPTHWISE(depthwise_any, phase->taps, );
      }
    }
  }
}

INLINE void add_depthwise_products(const int count, const float *x, const int *taps, const float *dy, float *dw,
                                   const int *in, int pixels, int channels) {
  for (int c = 0; c < channels; c += 4) {
    vec sums[9];
    int offsets[9];
    for (int t = 0; t < count; t++) {
      sums[t] = ZERO;
      offsets[t] = taps[t] + c;
    }
    for (int p = 0; p < pixels; p++) {
      const float *from = x + in[p];
      const vec d = load(dy + p * channels + c);
      for (int t = 0; t < count; t++) sums[t] = multiply_add(load(from + offsets[t]), d, sums[t]);
    }
    for (int t = 0; t < count; t++) {
      float *to = dw + t * channels + c;
      store_some(to, add(load(to), sums[t]), channels - c);
    }
  }
}

void depthwise_filter_gradient(const struct depthwise_filter_gradient *call, const struct work *work) {
  const struct phase *phase = (const struct phase *)call->table;
  const int *taps = call->table + phase->tap_offsets, *in = call->table + phase->in;
  const int channels = call->columns;
  float *dw = call->dw + work->shard * call->weights;
  float *db = call->db ? call->db + work->shard * channels : 0;
  set_zero(dw, call->weights);
  if (db) set_zero(db, channels);
  for (int n = work->first; n < work->end; n++) {
    const float *image = PADDED(call, n), *dy = call->dy + n * call->dy_item;
    int t = 0;
    for (; t + 9 <= phase->taps; t += 9) {
      add_depthwise_products(9, image, taps + t, dy, dw + t * channels, in, phase->pixels, channels);
    }
    for (; t + 3 <= phase->taps; t += 3) {
      add_depthwise_products(3, image, taps + t, dy, dw + t * channels, in, phase->pixels, channels);
    }
    for (; t < phase->taps; t++) {
      add_depthwise_products(1, image, taps + t, dy, dw + t * channels, in, phase->pixels, channels);
    }
    if (db) add_column_sums(dy, db, phase->pixels, channels);
  }
}
