// Eight channels of four taps at a time: the bytes of the taps are interleaved, so that one dot product multiplies and adds
// all four taps of four channels.
#include "depthwise.h"
#include "relaxed.h"

#if ENGINE_RELAXED

#define LOAD(at) wasm_v128_load64_zero(at)

ENGINE_INLINE v128_t interleave(v128_t first, v128_t second) {
  return wasm_i8x16_shuffle(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

ENGINE_INLINE v128_t interleave_high(v128_t first, v128_t second) {
  return wasm_i8x16_shuffle(first, second, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Four taps of eight channels, from interleaved pairs of them.
ENGINE_INLINE void add_quads(engine_sums *sums, v128_t first, v128_t second, v128_t w_low, v128_t w_high) {
  sums->low = engine_dot4(w_low, wasm_i16x8_shuffle(first, second, 0, 8, 1, 9, 2, 10, 3, 11), sums->low);
  sums->high = engine_dot4(w_high, wasm_i16x8_shuffle(first, second, 4, 12, 5, 13, 6, 14, 7, 15), sums->high);
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

// Any number of taps, a block of channels.
ENGINE_INLINE void depthwise_any(const engine_depthwise_conv_2d_params *params, const engine_strip *strip,
                                 int8_t *output, int32_t block, const int32_t form) {
  const engine_weights *weights = &params->weights;
  const v128_t turned = engine_turned_bits(weights);
  const ending end = load_ending(weights, block);
  int8_t *to = output + 8 * block;
  for (int32_t y = 0; y < strip->rows; y++) {
    const int8_t *p = strip->first + y * strip->row_pitch + 8 * block;
    for (int32_t x = 0; x < strip->columns; x++, p += strip->column_pitch, to += weights->channels) {
      const int8_t *w = weights->values + block * weights->depth * 8;
      const int32_t *taps = params->taps;
      engine_sums sums = engine_biases(weights->channel + block);
      for (int32_t i = weights->depth / 4; i > 0; i--, taps += 4, w += 32) {
        const v128_t first = interleave(LOAD(p + taps[0]), LOAD(p + taps[1]));
        const v128_t second = interleave(LOAD(p + taps[2]), LOAD(p + taps[3]));
        add_quads(&sums, wasm_v128_xor(first, turned), wasm_v128_xor(second, turned), wasm_v128_load(w),
                  wasm_v128_load(w + 16));
      }
      const v128_t scaled = engine_scale8(sums, &end.scaling, &end.range, weights, block, form);
      engine_store(to, engine_clamp16(scaled, scaled, &end.range), end.count);
    }
  }
}

// The weights of eight channels: of four taps, of four, of one.
typedef struct {
  v128_t low0, high0, low1, high1, low2, high2;
} weights_3x3;

ENGINE_INLINE weights_3x3 load_3x3(const engine_weights *weights, int32_t block) {
  const int8_t *w = weights->values + block * 96;
  return (weights_3x3){wasm_v128_load(w),      wasm_v128_load(w + 16), wasm_v128_load(w + 32),
                       wasm_v128_load(w + 48), wasm_v128_load(w + 64), wasm_v128_load(w + 80)};
}

// Nine taps in three rows of three, one block or two. The constant arguments make a version of each.
ENGINE_INLINE void depthwise_3x3(const engine_depthwise_conv_2d_params *params, const engine_strip *strip,
                                 int8_t *output, int32_t block, const int32_t blocks, const int32_t form) {
  const engine_weights *weights = &params->weights;
  const int32_t channels = weights->channels, column = params->taps[1], row = params->taps[3];
  const v128_t turned = engine_turned_bits(weights);
  const int32_t next = block + blocks - 1;
  const weights_3x3 w = load_3x3(weights, block), v = load_3x3(weights, next);
  const engine_sums biases0 = engine_biases(weights->channel + block);
  const engine_sums biases1 = engine_biases(weights->channel + next);
  const ending end0 = load_ending(weights, block), end1 = load_ending(weights, next);
  const int32_t left = channels - 8 * block, count = left < 8 * blocks ? left : 8 * blocks;
  int8_t *to = output + 8 * block;
#define LOAD16(at) wasm_v128_xor(wasm_v128_load(at), turned)
  for (int32_t y = 0; y < strip->rows; y++) {
    const int8_t *p = strip->first + y * strip->row_pitch + 8 * block;
    const int8_t *q = p + row, *r = q + row;
    for (int32_t x = 0; x < strip->columns; x++, to += channels) {
      engine_sums sums0 = biases0, sums1 = biases1;
      const v128_t p0 = LOAD16(p), p1 = LOAD16(p + column), p2 = LOAD16(p + 2 * column), q0 = LOAD16(q);
      add_quads(&sums0, interleave(p0, p1), interleave(p2, q0), w.low0, w.high0);
      if (blocks == 2) add_quads(&sums1, interleave_high(p0, p1), interleave_high(p2, q0), v.low0, v.high0);
      const v128_t q1 = LOAD16(q + column), q2 = LOAD16(q + 2 * column), r0 = LOAD16(r), r1 = LOAD16(r + column);
      add_quads(&sums0, interleave(q1, q2), interleave(r0, r1), w.low1, w.high1);
      if (blocks == 2) add_quads(&sums1, interleave_high(q1, q2), interleave_high(r0, r1), v.low1, v.high1);
      const v128_t r2 = LOAD16(r + 2 * column);
      const v128_t last0 = interleave(r2, r2), last1 = interleave_high(r2, r2);
      add_quads(&sums0, last0, last0, w.low2, w.high2);
      if (blocks == 2) add_quads(&sums1, last1, last1, v.low2, v.high2);
      const v128_t scaled0 = engine_scale8(sums0, &end0.scaling, &end0.range, weights, block, form);
      const v128_t scaled1 =
          blocks == 2 ? engine_scale8(sums1, &end1.scaling, &end0.range, weights, next, form) : scaled0;
      engine_store(to, engine_clamp16(scaled0, scaled1, &end0.range), count);
      p += strip->column_pitch, q += strip->column_pitch, r += strip->column_pitch;
    }
  }
}

ENGINE_INLINE void depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output,
                             const int32_t form) {
  const int32_t blocks = (params->weights.channels + 7) / 8;
  if (params->windows.kernel_height != 3 || params->windows.kernel_width != 3) {
    for (int32_t block = 0; block < blocks; block++) depthwise_any(params, strip, output, block, form);
    return;
  }
  int32_t block = 0;
  for (; block + 2 <= blocks; block += 2) depthwise_3x3(params, strip, output, block, 2, form);
  if (block < blocks) depthwise_3x3(params, strip, output, block, 1, form);
}

void engine_depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output) {
  switch (params->weights.form) {
  case ENGINE_DOUBLE: depthwise(params, strip, output, ENGINE_DOUBLE); break;
  case ENGINE_MAGNITUDE: depthwise(params, strip, output, ENGINE_MAGNITUDE); break;
  default: depthwise(params, strip, output, ENGINE_INTEGER);
  }
}

#endif
