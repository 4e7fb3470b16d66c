// Four rows by sixteen channels: a pair of a row's values is spread over the vector and multiplied by the weights of four
// channels at once (i32x4.dot_i16x8_s), so that no sum runs across a vector. All sums stay in registers.
#include "product.h"
#include "simd.h"

#if ENGINE_SIMD && !ENGINE_RELAXED

// Pair k of the four in x, everywhere.
#define PAIR(x, k) wasm_i32x4_shuffle(x, x, k, k, k, k)

// Two blocks of eight channels, for one pair of values: [0] of the one, [1] of the other.
typedef struct {
  v128_t low0, high0, low1, high1;
} pair_weights;

ENGINE_INLINE pair_weights load_weights(const int8_t *w0, const int8_t *w1, const int32_t blocks) {
  const v128_t low0 = wasm_i16x8_load8x8(w0), high0 = wasm_i16x8_load8x8(w0 + 8);
  if (blocks == 1) return (pair_weights){low0, high0, low0, high0};
  return (pair_weights){low0, high0, wasm_i16x8_load8x8(w1), wasm_i16x8_load8x8(w1 + 8)};
}

ENGINE_INLINE void multiply(engine_sums *sums0, engine_sums *sums1, v128_t x, pair_weights w, const int32_t blocks) {
  engine_add_products(sums0, x, w.low0, x, w.high0);
  if (blocks == 2) engine_add_products(sums1, x, w.low1, x, w.high1);
}

ENGINE_INLINE v128_t load4(const int8_t *x) { return wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(x)); }

// What becomes of the sums of `blocks` (1 or 2) blocks of channels.
typedef struct {
  engine_scaling scaling0, scaling1;
  engine_range range;
  int32_t form;
} ending;

ENGINE_INLINE ending load_ending(const engine_weights *weights, int32_t block, const int32_t blocks) {
  const engine_channels *channels = weights->channel + block;
  return (ending){engine_load_scaling(channels), engine_load_scaling(channels + (blocks - 1)),
                  engine_load_range(weights), weights->form};
}

ENGINE_INLINE void put(const engine_weights *weights, const ending *e, int32_t block, engine_sums sums0,
                       engine_sums sums1, int8_t *output, int32_t count, const int32_t blocks) {
  const v128_t scaled0 = engine_scale8(sums0, &e->scaling0, &e->range, weights, block, e->form);
  const v128_t scaled1 =
      blocks == 2 ? engine_scale8(sums1, &e->scaling1, &e->range, weights, block + 1, e->form) : scaled0;
  engine_store(output, engine_clamp16(scaled0, scaled1, &e->range), count);
}

// `blocks` (1 or 2) blocks of channels of four rows. The constant arguments make a version of each.
ENGINE_INLINE void tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t block,
                        int32_t pitch, int8_t *output, const int32_t blocks) {
  const engine_channels *channels = weights->channel + block;
  const int32_t size = weights->segments * weights->depth * 8;
  const int8_t *w0 = weights->values + block * size, *w1 = w0 + size;
  const int8_t *p0 = rows[0], *p1 = rows[1], *p2 = rows[2], *p3 = rows[3];
  engine_sums a0 = engine_biases(channels), a1 = a0, a2 = a0, a3 = a0;
  engine_sums b0 = engine_biases(channels + (blocks - 1)), b1 = b0, b2 = b0, b3 = b0;
#define STEP(k)                                                               \
  {                                                                           \
    const pair_weights w = load_weights(w0 + 16 * (k), w1 + 16 * (k), blocks); \
    multiply(&a0, &b0, PAIR(x0, k), w, blocks);                               \
    multiply(&a1, &b1, PAIR(x1, k), w, blocks);                               \
    multiply(&a2, &b2, PAIR(x2, k), w, blocks);                               \
    multiply(&a3, &b3, PAIR(x3, k), w, blocks);                               \
  }
  const int32_t skip = pitch - (weights->depth & ~7);
  for (int32_t segment = weights->segments; segment > 0; segment--) {
    for (int32_t i = weights->depth >> 3; i > 0; i--) {
      const v128_t x0 = wasm_i16x8_load8x8(p0), x1 = wasm_i16x8_load8x8(p1);
      const v128_t x2 = wasm_i16x8_load8x8(p2), x3 = wasm_i16x8_load8x8(p3);
      p0 += 8, p1 += 8, p2 += 8, p3 += 8;
      STEP(0) STEP(1) STEP(2) STEP(3)
      w0 += 64, w1 += 64;
    }
    if (weights->depth & 4) {
      const v128_t x0 = load4(p0), x1 = load4(p1), x2 = load4(p2), x3 = load4(p3);
      STEP(0) STEP(1)
      w0 += 32, w1 += 32;
    }
    p0 += skip, p1 += skip, p2 += skip, p3 += skip;
  }
#undef STEP
  const int32_t width = weights->channels, left = width - 8 * block;
  const int32_t count = left < 8 * blocks ? left : 8 * blocks;
  const ending end = load_ending(weights, block, blocks);
  output += 8 * block;
  put(weights, &end, block, a0, b0, output, count, blocks);
  put(weights, &end, block, a1, b1, output + width, count, blocks);
  put(weights, &end, block, a2, b2, output + 2 * width, count, blocks);
  put(weights, &end, block, a3, b3, output + 3 * width, count, blocks);
}

// The same of one row: twice as many channels at a time, as there are registers for them.
ENGINE_INLINE void row(const engine_weights *weights, const int8_t *x, int32_t block, int32_t pitch, int8_t *output,
                       const int32_t blocks) {
  const engine_channels *channels = weights->channel + block;
  const int32_t size = weights->segments * weights->depth * 8;
  const int32_t pairs = blocks > 2 ? 2 : blocks;
  const int8_t *w0 = weights->values + block * size, *w1 = w0 + size, *w2 = w1 + size, *w3 = w2 + size;
  engine_sums a = engine_biases(channels), b = a, c = a, d = a;
  if (blocks >= 2) b = engine_biases(channels + 1);
  if (blocks == 4) c = engine_biases(channels + 2), d = engine_biases(channels + 3);
#define STEP(k)                                                                                             \
  {                                                                                                         \
    const v128_t pair = PAIR(values, k);                                                                    \
    multiply(&a, &b, pair, load_weights(w0 + 16 * (k), w1 + 16 * (k), pairs), pairs);                       \
    if (blocks == 4) multiply(&c, &d, pair, load_weights(w2 + 16 * (k), w3 + 16 * (k), pairs), pairs);      \
  }
  const int32_t skip = pitch - (weights->depth & ~7);
  for (int32_t segment = weights->segments; segment > 0; segment--, x += skip) {
    for (int32_t i = weights->depth >> 3; i > 0; i--, x += 8) {
      const v128_t values = wasm_i16x8_load8x8(x);
      STEP(0) STEP(1) STEP(2) STEP(3)
      w0 += 64, w1 += 64, w2 += 64, w3 += 64;
    }
    if (weights->depth & 4) {
      const v128_t values = load4(x);
      STEP(0) STEP(1)
      w0 += 32, w1 += 32, w2 += 32, w3 += 32;
    }
  }
#undef STEP
  const int32_t count = weights->channels - 8 * block;
  output += 8 * block;
  const ending end = load_ending(weights, block, pairs);
  put(weights, &end, block, a, b, output, count < 8 * pairs ? count : 8 * pairs, pairs);
  if (blocks < 4) return;
  const ending second = load_ending(weights, block + 2, pairs);
  put(weights, &second, block + 2, c, d, output + 16, count < 32 ? count - 16 : 16, pairs);
}

void engine_product(const engine_weights *weights, const int8_t *values, int32_t pitch, int8_t *output) {
  const int32_t blocks = (weights->channels + 7) / 8;
  int32_t block = 0;
  for (; block + 4 <= blocks; block += 4) row(weights, values, block, pitch, output, 4);
  if (block + 2 <= blocks) row(weights, values, block, pitch, output, 2), block += 2;
  if (block < blocks) row(weights, values, block, pitch, output, 1);
}

void engine_product_tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t pitch,
                         int8_t *output) {
  const int32_t blocks = (weights->channels + 7) / 8;
  int32_t block = 0;
  for (; block + 2 <= blocks; block += 2) tile(weights, rows, block, pitch, output, 2);
  if (block < blocks) tile(weights, rows, block, pitch, output, 1);
}

#endif
