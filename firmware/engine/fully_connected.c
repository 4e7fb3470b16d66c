#include "product.h"

void engine_fully_connected(const engine_fully_connected_params *params, const int8_t *input, int8_t *output) {
  const engine_weights *weights = &params->weights;
  int32_t row = 0;
  for (; row + ENGINE_TILE <= params->rows; row += ENGINE_TILE) {
    const int8_t *rows[ENGINE_TILE];
    for (int32_t i = 0; i < ENGINE_TILE; i++) rows[i] = input + (row + i) * params->row_size;
    engine_product_tile(weights, rows, 0, output + row * weights->channels);
  }
  for (; row < params->rows; row++) {
    engine_product(weights, input + row * params->row_size, 0, output + row * weights->channels);
  }
}
