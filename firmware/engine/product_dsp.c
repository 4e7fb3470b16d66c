// One row by four channels, four values at a time. SXTB16 gives the even and the odd bytes of a word of activations and of
// a word of weights alike, so that SMLAD multiplies what belongs together and nothing needs to be reordered.
#include "product.h"
#include "shrink.h"

#if ENGINE_DSP

static void put(const engine_weights *weights, int32_t channel, const int32_t *sums, int32_t count, int8_t *output) {
  const int32_t rounding = weights->rounding, zero_point = weights->zero_point;
  for (int32_t i = 0; i < count; i++, channel++) {
    if (weights->form == ENGINE_SHRINK) {
      const engine_shrinking by = engine_shrinking_of(&weights->channel[channel / 2], channel % 2, rounding);
      output[channel] = engine_shrink(sums[i], by, rounding, zero_point);
    } else {
      output[channel] = engine_output(weights, channel, sums[i]);
    }
  }
}

// Two channels of four values: `even` and `odd` of the row, and two words of weights.
ENGINE_INLINE void two_channels(engine_pair even, engine_pair odd, const uint32_t **w, int32_t *sum0, int32_t *sum1) {
  uint32_t w0, w1;
  engine_load_two(w, &w0, &w1);
  *sum0 = engine_dot(odd, engine_odd_bytes(w0), engine_dot(even, engine_even_bytes(w0), *sum0));
  *sum1 = engine_dot(odd, engine_odd_bytes(w1), engine_dot(even, engine_even_bytes(w1), *sum1));
}

void engine_product(const engine_weights *weights, const int8_t *row, int32_t pitch, int8_t *output) {
  const int32_t channels = weights->channels, size = weights->segments * weights->depth / 2; // words of two channels
  const uint32_t *w = (const uint32_t *)(const void *)weights->values;
  for (int32_t channel = 0; channel < channels; channel += 4, w += size) {
    const int32_t left = channels - channel;
    // Without third and fourth channel, the first two are computed twice.
    const uint32_t *v = left > 2 ? w + size : w;
    const int32_t *bias0 = weights->channel[channel / 2].bias, *bias2 = weights->channel[(channel + (left > 2 ? 2 : 0)) / 2].bias;
    int32_t sum0 = bias0[0], sum1 = bias0[1], sum2 = bias2[0], sum3 = bias2[1];
    for (int32_t segment = 0; segment < weights->segments; segment++) {
      const int8_t *x = row + segment * pitch, *end = x + weights->depth;
      for (; x < end; x += 4) {
        const uint32_t xs = engine_load_word(x);
        const engine_pair even = engine_even_bytes(xs), odd = engine_odd_bytes(xs);
        two_channels(even, odd, &w, &sum0, &sum1);
        two_channels(even, odd, &v, &sum2, &sum3);
      }
    }
    put(weights, channel, (const int32_t[]){sum0, sum1, sum2, sum3}, left < 4 ? left : 4, output);
  }
}

void engine_product_tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t pitch,
                         int8_t *output) {
  for (int32_t i = 0; i < ENGINE_TILE; i++) engine_product(weights, rows[i], pitch, output + i * weights->channels);
}

#endif
