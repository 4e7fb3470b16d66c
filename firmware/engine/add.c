#include "requantize.h"

// Bits that the inputs are shifted left by for the sum.
#define LEFT_SHIFT 20

static int8_t add_one(const engine_add_params *p, int32_t a, int32_t b) {
  const int32_t left = (int32_t)((uint32_t)(a - p->zero_point1) << LEFT_SHIFT);
  const int32_t right = (int32_t)((uint32_t)(b - p->zero_point2) << LEFT_SHIFT);
  const int32_t scaled1 = engine_requantize(left, p->multiplier1, p->shift1, p->rounding);
  const int32_t scaled2 = engine_requantize(right, p->multiplier2, p->shift2, p->rounding);
  const int32_t sum = p->subtract ? scaled1 - scaled2 : scaled1 + scaled2;
  const int32_t scaled = engine_requantize(sum, p->multiplier, p->shift, p->rounding);
  return engine_finish(scaled, p->zero_point, p->lowest, p->highest);
}

#if ENGINE_SIMD
#include <wasm_simd128.h>

// Four sums of pairs (a, b): (high + ((low + low_offset) >> 15) + high_offset) >> linear_shift, where high and low are
// the products with the upper and the lower 15 bits of two factors.
ENGINE_INLINE v128_t add4(v128_t pairs, v128_t high, v128_t low, v128_t high_offset, v128_t low_offset, int32_t shift) {
  const v128_t fine = wasm_i32x4_add(wasm_i32x4_dot_i16x8(pairs, low), low_offset);
  const v128_t coarse = wasm_i32x4_add(wasm_i32x4_dot_i16x8(pairs, high), high_offset);
  return wasm_i32x4_shr(wasm_i32x4_add(coarse, wasm_i32x4_shr(fine, 15)), (uint32_t)shift);
}

static int32_t add_linear(const engine_add_params *p, const int8_t *input1, const int8_t *input2, int8_t *output) {
  const v128_t high = wasm_i32x4_splat((p->high1 & 0xffff) | (int32_t)((uint32_t)p->high2 << 16));
  const v128_t low = wasm_i32x4_splat((p->low1 & 0xffff) | (int32_t)((uint32_t)p->low2 << 16));
  const v128_t high_offset = wasm_i32x4_splat(p->high_offset), low_offset = wasm_i32x4_splat(p->low_offset);
  const v128_t lowest = wasm_i8x16_splat((int8_t)p->lowest), highest = wasm_i8x16_splat((int8_t)p->highest);
  const int32_t shift = p->linear_shift;
  int32_t i = 0;
  for (; i + 16 <= p->count; i += 16) {
    const v128_t a = wasm_v128_load(input1 + i), b = wasm_v128_load(input2 + i);
    const v128_t first = wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v128_t last = wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#define FOUR(half, bytes) add4(wasm_i16x8_extend_##half##_i8x16(bytes), high, low, high_offset, low_offset, shift)
    const v128_t sums = wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(FOUR(low, first), FOUR(high, first)),
                                                wasm_i16x8_narrow_i32x4(FOUR(low, last), FOUR(high, last)));
#undef FOUR
    wasm_v128_store(output + i, wasm_i8x16_min(wasm_i8x16_max(sums, lowest), highest));
  }
  return i;
}
#else
static int32_t add_linear(const engine_add_params *p, const int8_t *input1, const int8_t *input2, int8_t *output) {
  const int32_t high1 = p->high1, high2 = p->high2, low1 = p->low1, low2 = p->low2, shift = p->linear_shift;
  const int32_t high_offset = p->high_offset, low_offset = p->low_offset, lowest = p->lowest, highest = p->highest;
  const int32_t count = p->count;
  for (int32_t i = 0; i < count; i++) {
    const int32_t a = input1[i], b = input2[i];
    const int32_t fine = (a * low1 + b * low2 + low_offset) >> 15, coarse = a * high1 + b * high2 + high_offset;
    output[i] = (int8_t)engine_clamp((coarse + fine) >> shift, lowest, highest);
  }
  return count;
}
#endif

void engine_add(const engine_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output) {
  int32_t i = params->linear ? add_linear(params, input1, input2, output) : 0;
  for (; i < params->count; i++) output[i] = add_one(params, input1[i], input2[i]);
}
