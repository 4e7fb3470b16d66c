// Eight channels of two taps at a time: the bytes of both taps are interleaved and widened, so that one
// i32x4.dot_i16x8_s multiplies and adds both taps of four channels.
#include "depthwise.h"
#include "simd.h"

#if ENGINE_SIMD && !ENGINE_RELAXED

// Both taps of eight channels.
ENGINE_INLINE void add_taps(engine_sums *sums, v128_t first, v128_t second, v128_t w_low, v128_t w_high) {
  const v128_t taps = wasm_i8x16_shuffle(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  engine_add_products(sums, wasm_i16x8_extend_low_i8x16(taps), w_low, wasm_i16x8_extend_high_i8x16(taps), w_high);
}

// What becomes of the sums of a block of channels.
typedef struct {
  engine_scaling scaling;
  engine_range range;
  int32_t count;
} ending;

ENGINE_INLINE ending load_ending(const engine_weights *weights, int32_t block) {
  const int32_t left = weights->channels - 8 * block;
  return (ending){engine_load_scaling(weights->channel + block), engine_load_range(weights), left < 8 ? left : 8};
}

ENGINE_INLINE void put(const engine_weights *weights, const ending *e, int32_t block, engine_sums sums,
                       int8_t *output, const int32_t form) {
  const v128_t scaled = engine_scale8(sums, &e->scaling, &e->range, weights, block, form);
  engine_store(output, engine_clamp16(scaled, scaled, &e->range), e->count);
}

#define LOAD(at) wasm_v128_load64_zero(at)

// Any number of taps.
ENGINE_INLINE void depthwise_any(const engine_depthwise_conv_2d_params *params, const engine_strip *strip,
                                 int8_t *output, const int32_t form) {
  const engine_weights *weights = &params->weights;
  const int32_t channels = weights->channels;
  for (int32_t block = 0; 8 * block < channels; block++) {
    const ending end = load_ending(weights, block);
    int8_t *to = output + 8 * block;
    for (int32_t y = 0; y < strip->rows; y++) {
      const int8_t *p = strip->first + y * strip->row_pitch + 8 * block;
      for (int32_t x = 0; x < strip->columns; x++, p += strip->column_pitch, to += channels) {
        const int8_t *w = weights->values + block * weights->depth * 8;
        const int32_t *taps = params->taps;
        engine_sums sums = engine_biases(weights->channel + block);
        for (int32_t i = weights->depth / 2; i > 0; i--, taps += 2, w += 16) {
          add_taps(&sums, LOAD(p + taps[0]), LOAD(p + taps[1]), wasm_i16x8_load8x8(w), wasm_i16x8_load8x8(w + 8));
        }
        put(weights, &end, block, sums, to, form);
      }
    }
  }
}

// Nine taps in three rows of three: the weights of a block stay in registers.
ENGINE_INLINE void depthwise_3x3(const engine_depthwise_conv_2d_params *params, const engine_strip *strip,
                                 int8_t *output, const int32_t form) {
  const engine_weights *weights = &params->weights;
  const int32_t channels = weights->channels, column = params->taps[1], row = params->taps[3];
  for (int32_t block = 0; 8 * block < channels; block++) {
    const int8_t *w = weights->values + block * 80;
    const v128_t w0 = wasm_i16x8_load8x8(w), w1 = wasm_i16x8_load8x8(w + 8);
    const v128_t w2 = wasm_i16x8_load8x8(w + 16), w3 = wasm_i16x8_load8x8(w + 24);
    const v128_t w4 = wasm_i16x8_load8x8(w + 32), w5 = wasm_i16x8_load8x8(w + 40);
    const v128_t w6 = wasm_i16x8_load8x8(w + 48), w7 = wasm_i16x8_load8x8(w + 56);
    const v128_t w8 = wasm_i16x8_load8x8(w + 64), w9 = wasm_i16x8_load8x8(w + 72);
    const engine_sums biases = engine_biases(weights->channel + block);
    const ending end = load_ending(weights, block);
    int8_t *to = output + 8 * block;
    for (int32_t y = 0; y < strip->rows; y++) {
      const int8_t *p = strip->first + y * strip->row_pitch + 8 * block;
      const int8_t *q = p + row, *r = q + row;
      for (int32_t x = 0; x < strip->columns; x++, to += channels) {
        engine_sums sums = biases;
        add_taps(&sums, LOAD(p), LOAD(p + column), w0, w1);
        add_taps(&sums, LOAD(p + 2 * column), LOAD(q), w2, w3);
        add_taps(&sums, LOAD(q + column), LOAD(q + 2 * column), w4, w5);
        add_taps(&sums, LOAD(r), LOAD(r + column), w6, w7);
        const v128_t last = LOAD(r + 2 * column);
        add_taps(&sums, last, last, w8, w9);
        put(weights, &end, block, sums, to, form);
        p += strip->column_pitch, q += strip->column_pitch, r += strip->column_pitch;
      }
    }
  }
}

ENGINE_INLINE void depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output,
                             const int32_t form) {
  if (params->windows.kernel_height == 3 && params->windows.kernel_width == 3) {
    depthwise_3x3(params, strip, output, form);
  } else {
    depthwise_any(params, strip, output, form);
  }
}

void engine_depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output) {
  switch (params->weights.form) {
  case ENGINE_DOUBLE: depthwise(params, strip, output, ENGINE_DOUBLE); break;
  case ENGINE_MAGNITUDE: depthwise(params, strip, output, ENGINE_MAGNITUDE); break;
  default: depthwise(params, strip, output, ENGINE_INTEGER);
  }
}

#endif
