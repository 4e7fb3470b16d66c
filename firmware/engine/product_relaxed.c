// Four rows by sixteen channels: four of a row's values are spread over the vector and multiplied by the weights of four
// channels at once, each sum taking four products. All sums stay in registers.
#include "product.h"
#include "relaxed.h"

#if ENGINE_RELAXED

// Four values, the k-th of x, everywhere.
#define QUAD(x, k) wasm_i32x4_shuffle(x, x, k, k, k, k)

ENGINE_INLINE void multiply(engine_sums *sums, v128_t x, const int8_t *w) {
  sums->low = engine_dot4(wasm_v128_load(w), x, sums->low);
  sums->high = engine_dot4(wasm_v128_load(w + 16), x, sums->high);
}

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

// `blocks` (1 or 2) blocks of channels of four rows. The constant argument makes a version of each.
ENGINE_INLINE void tile(const engine_weights *weights, const int8_t *const rows[ENGINE_TILE], int32_t block,
                        int32_t pitch, int8_t *output, const int32_t blocks) {
  const engine_channels *channels = weights->channel + block;
  const int32_t size = weights->segments * weights->depth * 8;
  const v128_t turned = engine_turned_bits(weights);
  const int8_t *w0 = weights->values + block * size, *w1 = w0 + size;
  const int8_t *p0 = rows[0], *p1 = rows[1], *p2 = rows[2], *p3 = rows[3];
  engine_sums a0 = engine_biases(channels), a1 = a0, a2 = a0, a3 = a0;
  engine_sums b0 = engine_biases(channels + (blocks - 1)), b1 = b0, b2 = b0, b3 = b0;
#define STEP(y0, y1, y2, y3)                                                                            \
  {                                                                                                     \
    const v128_t q0 = y0, q1 = y1, q2 = y2, q3 = y3;                                                    \
    multiply(&a0, q0, w0), multiply(&a1, q1, w0), multiply(&a2, q2, w0), multiply(&a3, q3, w0);         \
    if (blocks == 2) {                                                                                  \
      multiply(&b0, q0, w1), multiply(&b1, q1, w1), multiply(&b2, q2, w1), multiply(&b3, q3, w1);       \
    }                                                                                                   \
    w0 += 32, w1 += 32;                                                                                 \
  }
#define STEP_OF(k) STEP(QUAD(x0, k), QUAD(x1, k), QUAD(x2, k), QUAD(x3, k))
#define LOAD16(p) wasm_v128_xor(wasm_v128_load(p), turned)
#define LOAD4(p) wasm_v128_xor(wasm_v128_load32_splat(p), turned)
  const int32_t skip = pitch - weights->depth;
  for (int32_t segment = weights->segments; segment > 0; segment--) {
    int32_t left = weights->depth;
    for (; left >= 16; left -= 16) {
      const v128_t x0 = LOAD16(p0), x1 = LOAD16(p1), x2 = LOAD16(p2), x3 = LOAD16(p3);
      p0 += 16, p1 += 16, p2 += 16, p3 += 16;
      STEP_OF(0) STEP_OF(1) STEP_OF(2) STEP_OF(3)
    }
    for (; left > 0; left -= 4) {
      STEP(LOAD4(p0), LOAD4(p1), LOAD4(p2), LOAD4(p3))
      p0 += 4, p1 += 4, p2 += 4, p3 += 4;
    }
    p0 += skip, p1 += skip, p2 += skip, p3 += skip;
  }
#undef STEP
#undef STEP_OF
  const int32_t width = weights->channels, rest = width - 8 * block;
  const int32_t count = rest < 8 * blocks ? rest : 8 * blocks;
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
  const v128_t turned = engine_turned_bits(weights);
  const int8_t *w0 = weights->values + block * size, *w1 = w0 + size, *w2 = w1 + size, *w3 = w2 + size;
  engine_sums a = engine_biases(channels), b = a, c = a, d = a;
  if (blocks >= 2) b = engine_biases(channels + 1);
  if (blocks == 4) c = engine_biases(channels + 2), d = engine_biases(channels + 3);
#define STEP(values)                                            \
  {                                                             \
    const v128_t q = values;                                    \
    multiply(&a, q, w0);                                        \
    if (blocks >= 2) multiply(&b, q, w1);                       \
    if (blocks == 4) multiply(&c, q, w2), multiply(&d, q, w3);  \
    w0 += 32, w1 += 32, w2 += 32, w3 += 32;                     \
  }
  const int32_t skip = pitch - weights->depth;
  for (int32_t segment = weights->segments; segment > 0; segment--, x += skip) {
    int32_t left = weights->depth;
    for (; left >= 16; left -= 16, x += 16) {
      const v128_t values = LOAD16(x);
      STEP(QUAD(values, 0)) STEP(QUAD(values, 1)) STEP(QUAD(values, 2)) STEP(QUAD(values, 3))
    }
    for (; left > 0; left -= 4, x += 4) STEP(LOAD4(x))
  }
#undef STEP
  const int32_t pairs = blocks > 2 ? 2 : blocks, count = weights->channels - 8 * block;
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
