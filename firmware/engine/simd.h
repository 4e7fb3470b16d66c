// Parts that the WebAssembly SIMD kernels share: eight output channels at a time.
#ifndef THIMBLE_ENGINE_SIMD_H
#define THIMBLE_ENGINE_SIMD_H

#include "requantize.h"

#if ENGINE_SIMD
#include <wasm_simd128.h>

// Sums of eight channels.
typedef struct {
  v128_t low, high;
} engine_sums;

ENGINE_INLINE engine_sums engine_biases(const engine_channels *channels) {
  return (engine_sums){wasm_v128_load(channels->bias), wasm_v128_load(channels->bias + 4)};
}

// sums + pair * weights, where each int32 of the sums takes two products.
ENGINE_INLINE void engine_add_products(engine_sums *sums, v128_t x_low, v128_t w_low, v128_t x_high, v128_t w_high) {
  sums->low = wasm_i32x4_add(sums->low, wasm_i32x4_dot_i16x8(x_low, w_low));
  sums->high = wasm_i32x4_add(sums->high, wasm_i32x4_dot_i16x8(x_high, w_high));
}

// The doubles that eight channels are scaled with, two to a vector. The offset holds 1.5 * 2^20 besides: then the integer
// part of a result is the low end of its upper word. Kernels hold these in registers: a store of int8 might change
// anything in memory, for all that the compiler knows.
typedef struct {
  v128_t scale0, scale1, scale2, scale3;
  v128_t offset0, offset1, offset2, offset3;
} engine_scaling;

ENGINE_INLINE engine_scaling engine_load_scaling(const engine_channels *c) {
  return (engine_scaling){
      wasm_v128_load(c->scale),      wasm_v128_load(c->scale + 2),  wasm_v128_load(c->scale + 4),
      wasm_v128_load(c->scale + 6),  wasm_v128_load(c->offset),     wasm_v128_load(c->offset + 2),
      wasm_v128_load(c->offset + 4), wasm_v128_load(c->offset + 6),
  };
}

// Where all channels end.
typedef struct {
  v128_t zero_point;      // int16
  v128_t lowest, highest; // int8
} engine_range;

ENGINE_INLINE engine_range engine_load_range(const engine_weights *weights) {
  return (engine_range){wasm_i16x8_splat((int16_t)weights->zero_point), wasm_i8x16_splat((int8_t)weights->lowest),
                        wasm_i8x16_splat((int8_t)weights->highest)};
}

// floor(sum * scale + offset) of four sums.
ENGINE_INLINE v128_t engine_scale4(v128_t sums, v128_t scale0, v128_t scale1, v128_t offset0, v128_t offset1) {
  const v128_t upper_half = wasm_i32x4_shuffle(sums, sums, 2, 3, 2, 3);
  const v128_t low = wasm_f64x2_add(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(sums), scale0), offset0);
  const v128_t high = wasm_f64x2_add(wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(upper_half), scale1), offset1);
  return wasm_i32x4_sub(wasm_i32x4_shuffle(low, high, 1, 3, 5, 7), wasm_i32x4_const_splat(0x41380000));
}

ENGINE_INLINE v128_t engine_scale8_in_double(engine_sums sums, const engine_scaling *s) {
  return wasm_i16x8_narrow_i32x4(engine_scale4(sums.low, s->scale0, s->scale1, s->offset0, s->offset1),
                                 engine_scale4(sums.high, s->scale2, s->scale3, s->offset2, s->offset3));
}

// One by one, in integers. Defined in simd.c.
v128_t engine_scale4_exactly(v128_t sums, const engine_weights *weights, int32_t channel);

// Eight int16: scaled, with the zero point, not yet clamped.
ENGINE_INLINE v128_t engine_scale8(engine_sums sums, const engine_scaling *scaling, const engine_range *range,
                                   const engine_weights *weights, int32_t block, const int32_t form) {
  if (form == ENGINE_DOUBLE) return engine_scale8_in_double(sums, scaling);
  if (form == ENGINE_MAGNITUDE) {
    const v128_t sign = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(sums.low, 31), wasm_i32x4_shr(sums.high, 31));
    const engine_sums magnitudes = {wasm_i32x4_abs(sums.low), wasm_i32x4_abs(sums.high)};
    const v128_t scaled = engine_scale8_in_double(magnitudes, scaling);
    const v128_t with_sign = wasm_i16x8_sub(wasm_v128_xor(scaled, sign), sign);
    return wasm_i16x8_add_sat(with_sign, range->zero_point);
  }
  return wasm_i16x8_narrow_i32x4(engine_scale4_exactly(sums.low, weights, 8 * block),
                                 engine_scale4_exactly(sums.high, weights, 8 * block + 4));
}

ENGINE_INLINE v128_t engine_clamp16(v128_t first, v128_t second, const engine_range *range) {
  const v128_t bytes = wasm_i8x16_narrow_i16x8(first, second);
  return wasm_i8x16_min(wasm_i8x16_max(bytes, range->lowest), range->highest);
}

// The first `count` of 16 bytes: what follows belongs to the next pixel.
ENGINE_INLINE void engine_store(int8_t *to, v128_t bytes, int32_t count) {
  if (count >= 16) {
    wasm_v128_store(to, bytes);
  } else if (count == 8) {
    wasm_v128_store64_lane(to, bytes, 0);
  } else {
    int8_t all[16];
    wasm_v128_store(all, bytes);
    for (int32_t i = 0; i < count; i++) to[i] = all[i];
  }
}

#endif
#endif
