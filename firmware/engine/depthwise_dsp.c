// Four channels at a time. The rows that windows look at are kept as int16 in a ring, with their border, so that each value
// is expanded once; four products then take two loads.
#include "depthwise.h"
#include "shrink.h"

#if ENGINE_DSP

// What four channels of the output are made with. Four values, of a pixel or of a tap's weights, are two words: those of
// channels 0 and 2, then of 1 and 3.
typedef struct {
  const engine_depthwise_conv_2d_params *params;
  uint32_t *ring;            // rows of the input: row r, counted from the top of the border, at r modulo `reach`
  int32_t width, reach;      // of the ring: columns, rows
  int32_t before, inside;    // columns of the border to the left, columns of the image
  int32_t channel, count;    // the first channel, and how many of the four there are
  int32_t shrinks;           // whether shrink.h does for all four
  const uint32_t *constants; // in the order in which they are needed: biases, weights tap by tap, engine_shrinkings
} block;

ENGINE_INLINE uint32_t *widen(uint32_t word, uint32_t *to) {
  engine_store_two(&to, (uint32_t)engine_even_bytes(word), (uint32_t)engine_odd_bytes(word));
  return to;
}

static void prepare(block *b, int32_t channel, uint32_t *to) {
  const engine_weights *weights = &b->params->weights;
  const int8_t *w = weights->values + channel * weights->depth, *end = w + 4 * weights->depth;
  b->channel = channel;
  b->count = weights->channels - channel < 4 ? weights->channels - channel : 4;
  b->shrinks = weights->form == ENGINE_SHRINK && b->count == 4;
  b->constants = to;
  for (int32_t i = 0; i < 4; i++) *to++ = i < b->count ? (uint32_t)engine_bias(weights, channel + i) : 0;
  for (; w < end; w += 4) to = widen(engine_load_word(w), to);
  for (int32_t i = 0; i < b->count; i++) {
    const engine_channels *c = &weights->channel[(channel + i) / 2];
    const engine_shrinking by = engine_shrinking_of(c, i % 2, weights->rounding);
    *to++ = (uint32_t)by.multiplier, *to++ = (uint32_t)by.shift;
  }
}

// So many pixels of the border.
static void fill(const engine_windows *w, int32_t count, uint32_t *to) {
  const uint32_t filler = 0x01010101u * (uint8_t)w->zero_point;
  for (; count > 0; count--) to = widen(filler, to);
}

// A pixel where each of the input's values makes several of the output.
static uint32_t spread(const block *b, const int8_t *pixel) {
  uint32_t word = 0;
  for (int32_t i = 0; i < b->count; i++) {
    word |= (uint32_t)(uint8_t)pixel[(b->channel + i) / b->params->multiplier] << 8 * i;
  }
  return word;
}

// A row into the ring. Left and right border are there.
ENGINE_APART void fill_row(const block *b, const int8_t *image, int32_t row) {
  const engine_windows *w = &b->params->windows;
  uint32_t *to = b->ring + 2 * (row % b->reach * b->width + b->before);
  const int32_t channels = w->channels, y = row - w->padding_top;
  int32_t x = b->inside;
  if (y < 0 || y >= w->height) {
    fill(w, x, to);
    return;
  }
  const int8_t *pixel = image + y * w->width * channels;
  if (b->params->multiplier > 1) {
    for (; x > 0; x--, pixel += channels) to = widen(spread(b, pixel), to);
    return;
  }
  for (pixel += b->channel; x > 0; x--, pixel += channels) to = widen(engine_load_word(pixel), to);
}

// Four products; on to the next tap.
ENGINE_INLINE void multiply(const uint32_t **x, const uint32_t **w, int32_t sums[4]) {
  uint32_t even, odd, even_w, odd_w;
  engine_load_two(x, &even, &odd);
  engine_load_two(w, &even_w, &odd_w);
  sums[0] = engine_add_low((engine_pair)even, (engine_pair)even_w, sums[0]);
  sums[1] = engine_add_low((engine_pair)odd, (engine_pair)odd_w, sums[1]);
  sums[2] = engine_add_high((engine_pair)even, (engine_pair)even_w, sums[2]);
  sums[3] = engine_add_high((engine_pair)odd, (engine_pair)odd_w, sums[3]);
}

// The sums to begin with.
ENGINE_INLINE void begin(const uint32_t **constants, int32_t sums[4]) {
  uint32_t first, second, third, fourth;
  engine_load_two(constants, &first, &second);
  engine_load_two(constants, &third, &fourth);
  sums[0] = (int32_t)first, sums[1] = (int32_t)second, sums[2] = (int32_t)third, sums[3] = (int32_t)fourth;
}

// Sums as int8, where that takes more than shrink.h, or there are fewer than four.
ENGINE_APART void put_some(const block *b, const int32_t sums[4], int8_t *output) {
  for (int32_t i = 0; i < b->count; i++) output[i] = engine_output(&b->params->weights, b->channel + i, sums[i]);
}

ENGINE_INLINE int8_t shrink_next(const engine_weights *weights, const uint32_t **constants, int32_t sum) {
  uint32_t multiplier, shift;
  engine_load_two(constants, &multiplier, &shift);
  const engine_shrinking by = {(int32_t)multiplier, (int32_t)shift};
  return engine_shrink(sum, by, weights->rounding, weights->zero_point);
}

ENGINE_INLINE void put(const block *b, const uint32_t *constants, const int32_t sums[4], int8_t *output) {
  const engine_weights *weights = &b->params->weights;
  if (!b->shrinks) {
    put_some(b, (const int32_t[]){sums[0], sums[1], sums[2], sums[3]}, output);
    return;
  }
  const int8_t first = shrink_next(weights, &constants, sums[0]), second = shrink_next(weights, &constants, sums[1]);
  const int8_t third = shrink_next(weights, &constants, sums[2]), fourth = shrink_next(weights, &constants, sums[3]);
  output[0] = first, output[1] = second, output[2] = third, output[3] = fourth;
}

// A row of the output from windows of 3 by 3 without dilation; `first` is the row that they begin with.
ENGINE_APART void convolve_3x3(const block *b, int32_t first, int8_t *output) {
  const engine_windows *w = &b->params->windows;
  const int32_t channels = b->params->weights.channels, step = 2 * w->stride_width, row = 2 * b->width;
  // From a row to the next, but from the ring's last to its first
  const int32_t place = first % 3, to_second = place == 2 ? -2 * row : row, to_third = place == 1 ? -2 * row : row;
  const uint32_t *window = b->ring + place * row;
  for (int32_t x = w->output_width; x > 0; x--, output += channels, window += step) {
    const uint32_t *constants = b->constants, *at = window;
    int32_t sums[4];
    begin(&constants, sums);
    multiply(&at, &constants, sums), multiply(&at, &constants, sums), multiply(&at, &constants, sums);
    at += to_second - 6;
    multiply(&at, &constants, sums), multiply(&at, &constants, sums), multiply(&at, &constants, sums);
    at += to_third - 6;
    multiply(&at, &constants, sums), multiply(&at, &constants, sums), multiply(&at, &constants, sums);
    put(b, constants, sums, output);
  }
}

ENGINE_APART void convolve(const block *b, int32_t first, int8_t *output) {
  const engine_windows *w = &b->params->windows;
  for (int32_t x = 0; x < w->output_width; x++, output += b->params->weights.channels) {
    const uint32_t *constants = b->constants;
    int32_t sums[4];
    begin(&constants, sums);
    for (int32_t ky = 0; ky < w->kernel_height; ky++) {
      const int32_t row = (first + ky * w->dilation_height) % b->reach;
      const uint32_t *at = b->ring + 2 * (row * b->width + x * w->stride_width);
      for (int32_t kx = w->kernel_width; kx > 0; kx--, at += 2 * (w->dilation_width - 1)) {
        multiply(&at, &constants, sums);
      }
    }
    put(b, constants, sums, output);
  }
}

// Four channels of an image.
static void convolve_image(const block *b, const int8_t *image, int8_t *output) {
  const engine_windows *w = &b->params->windows;
  const int32_t is_3x3 = b->reach == 3 && w->kernel_height == 3 && w->kernel_width == 3 && w->dilation_width == 1;
  int32_t filled = 0;
  for (int32_t y = 0; y < w->output_height; y++, output += w->output_width * b->params->weights.channels) {
    const int32_t first = y * w->stride_height, end = first + b->reach;
    if (filled < first) filled = first;
    for (; filled < end; filled++) fill_row(b, image, filled);
    if (is_3x3) {
      convolve_3x3(b, first, output);
    } else {
      convolve(b, first, output);
    }
  }
}

void engine_depthwise_conv_2d(const engine_depthwise_conv_2d_params *params, const int8_t *input, int8_t *output,
                              int8_t *scratch) {
  const engine_windows *w = &params->windows;
  const int32_t channels = params->weights.channels;
  block b;
  b.params = params;
  b.ring = (uint32_t *)(void *)scratch;
  b.width = engine_strip_width(w);
  b.reach = (w->kernel_height - 1) * w->dilation_height + 1;
  b.before = w->padding_left < b.width ? w->padding_left : b.width;
  b.inside = engine_clamp(b.width - b.before, 0, w->width);
  fill(w, b.reach * b.width, b.ring);
  for (int32_t channel = 0; channel < channels; channel += 4) {
    prepare(&b, channel, b.ring + 2 * b.reach * b.width);
    for (int32_t batch = 0; batch < w->batches; batch++) {
      convolve_image(&b, input + batch * w->height * w->width * w->channels,
                     output + batch * w->output_height * w->output_width * channels + channel);
    }
  }
}

#endif
