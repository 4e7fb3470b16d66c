// Rows of activations times a matrix of weights: the inside of CONV_2D and FULLY_CONNECTED.
#ifndef THIMBLE_ENGINE_PRODUCT_H
#define THIMBLE_ENGINE_PRODUCT_H

#include "engine.h"

// One row, whose segments are `pitch` bytes apart, gives `weights->channels` values.
void engine_product(const engine_weights *weights, const int8_t *row, int32_t pitch, int8_t *output);

// ENGINE_TILE rows give as many times the channels, one after another.
void engine_product_tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t pitch,
                         int8_t *output);

#endif
