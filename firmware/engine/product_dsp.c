// Two rows by two channels, four values at a time. SXTB16 gives the even and the odd bytes of a word of activations and
// of a word of weights alike, so that SMLAD multiplies what belongs together and nothing needs to be reordered.
#include "dsp.h"
#include "product.h"

#if ENGINE_DSP

static void put(const engine_weights *weights, int32_t channel, int32_t sum0, int32_t sum1, int8_t *output) {
  output[channel] = engine_output(weights, channel, sum0);
  if (channel + 1 < weights->channels) output[channel + 1] = engine_output(weights, channel + 1, sum1);
}

void engine_product(const engine_weights *weights, const int8_t *row, int32_t pitch, int8_t *output) {
  const int8_t *w = weights->values;
  for (int32_t channel = 0; channel < weights->channels; channel += 2) {
    const int32_t *bias = weights->channel[channel / 2].bias;
    int32_t sum0 = bias[0], sum1 = bias[1];
    for (int32_t segment = 0; segment < weights->segments; segment++) {
      const int8_t *x = row + segment * pitch, *end = x + weights->depth;
      for (; x < end; x += 4, w += 8) {
        const uint32_t xs = engine_load_word(x), w0 = engine_load_word(w), w1 = engine_load_word(w + 4);
        const engine_pair even = engine_even_bytes(xs), odd = engine_odd_bytes(xs);
        sum0 = engine_dot(odd, engine_odd_bytes(w0), engine_dot(even, engine_even_bytes(w0), sum0));
        sum1 = engine_dot(odd, engine_odd_bytes(w1), engine_dot(even, engine_even_bytes(w1), sum1));
      }
    }
    put(weights, channel, sum0, sum1, output);
  }
}

void engine_product_tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t pitch,
                         int8_t *output) {
  const int8_t *w = weights->values;
  for (int32_t channel = 0; channel < weights->channels; channel += 2) {
    const int32_t *bias = weights->channel[channel / 2].bias;
    int32_t sum00 = bias[0], sum01 = bias[1], sum10 = bias[0], sum11 = bias[1];
    for (int32_t segment = 0; segment < weights->segments; segment++) {
      const int8_t *x = rows[0] + segment * pitch, *y = rows[1] + segment * pitch, *end = x + weights->depth;
      for (; x < end; x += 4, y += 4, w += 8) {
        const uint32_t xs = engine_load_word(x), ys = engine_load_word(y);
        const uint32_t w0 = engine_load_word(w), w1 = engine_load_word(w + 4);
        const engine_pair even0 = engine_even_bytes(w0), odd0 = engine_odd_bytes(w0);
        const engine_pair even1 = engine_even_bytes(w1), odd1 = engine_odd_bytes(w1);
        const engine_pair even_x = engine_even_bytes(xs), odd_x = engine_odd_bytes(xs);
        sum00 = engine_dot(odd_x, odd0, engine_dot(even_x, even0, sum00));
        sum01 = engine_dot(odd_x, odd1, engine_dot(even_x, even1, sum01));
        const engine_pair even_y = engine_even_bytes(ys), odd_y = engine_odd_bytes(ys);
        sum10 = engine_dot(odd_y, odd0, engine_dot(even_y, even0, sum10));
        sum11 = engine_dot(odd_y, odd1, engine_dot(even_y, even1, sum11));
      }
    }
    put(weights, channel, sum00, sum01, output);
    put(weights, channel, sum10, sum11, output + weights->channels);
  }
}

#endif
