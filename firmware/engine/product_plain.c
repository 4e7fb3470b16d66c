#include "product.h"
#include "requantize.h"

#if !ENGINE_SIMD && !ENGINE_DSP

void engine_product(const engine_weights *weights, const int8_t *row, int32_t pitch, int8_t *output) {
  const int32_t block = ENGINE_CHANNELS * ENGINE_DEPTHS;
  const int32_t blocks = weights->depth / ENGINE_DEPTHS;
  for (int32_t channel = 0; channel < weights->channels; channel++) {
    const int8_t *w = weights->values + channel / ENGINE_CHANNELS * weights->segments * blocks * block;
    w += channel % ENGINE_CHANNELS * ENGINE_DEPTHS;
    uint32_t sum = (uint32_t)engine_bias(weights, channel);
    for (int32_t segment = 0; segment < weights->segments; segment++) {
      const int8_t *x = row + segment * pitch;
      for (int32_t i = 0; i < blocks; i++, w += block, x += ENGINE_DEPTHS) {
        for (int32_t k = 0; k < ENGINE_DEPTHS; k++) sum += (uint32_t)((x[k] + weights->moved) * w[k]);
      }
    }
    output[channel] = engine_output(weights, channel, (int32_t)sum);
  }
}

void engine_product_tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t pitch,
                         int8_t *output) {
  for (int32_t i = 0; i < ENGINE_TILE; i++) engine_product(weights, rows[i], pitch, output + i * weights->channels);
}

#endif
