// The dot product of relaxed SIMD: four products of int8 for each int32, in one step. The second operand is meant to have
// seven bits; what the machine makes of the eighth is its own affair, but always the same. engine_dot_kind() finds out.
#ifndef THIMBLE_ENGINE_RELAXED_H
#define THIMBLE_ENGINE_RELAXED_H

#include "simd.h"

#if ENGINE_RELAXED

ENGINE_INLINE v128_t engine_dot4(v128_t weights, v128_t activations, v128_t sums) {
#ifdef ENGINE_EMULATE_RELAXED // as the kinds below; or 3: inexact, as x86 without VNNI has it
#if ENGINE_EMULATE_RELAXED == 1 || ENGINE_EMULATE_RELAXED == 3
  const v128_t x_low = wasm_u16x8_extend_low_u8x16(activations), x_high = wasm_u16x8_extend_high_u8x16(activations);
#else
  const v128_t x_low = wasm_i16x8_extend_low_i8x16(activations), x_high = wasm_i16x8_extend_high_i8x16(activations);
#endif
  const v128_t low = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(weights), x_low);
  const v128_t high = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(weights), x_high);
#if ENGINE_EMULATE_RELAXED == 3
  const v128_t both = wasm_i16x8_narrow_i32x4(low, high); // sums of two products saturate
  return wasm_i32x4_add(sums, wasm_i32x4_extadd_pairwise_i16x8(both));
#endif
  const v128_t even = wasm_i32x4_shuffle(low, high, 0, 2, 4, 6), odd = wasm_i32x4_shuffle(low, high, 1, 3, 5, 7);
  return wasm_i32x4_add(sums, wasm_i32x4_add(even, odd));
#else
  // Clang 14 does not know i32x4.relaxed_dot_i8x16_i7x16_add_s yet. An instruction of the same form stands in for it,
  // until build_wasm.ts puts the right one in its place.
  return (v128_t)__builtin_wasm_laneselect_i8x16((__i8x16)weights, (__i8x16)activations, (__i8x16)sums);
#endif
}

// What the kernels have to turn over in activations, so that the machine takes them for moved by 0 or 128.
ENGINE_INLINE v128_t engine_turned_bits(const engine_weights *weights) {
  return wasm_i8x16_splat((int8_t)(weights->moved ? -128 : 0));
}

// ENGINE_UNSIGNED (x86 with AVX-VNNI) or ENGINE_SIGNED (Arm with dot products) if the machine takes all eight bits of
// activations for one of these and sums are exact; ENGINE_INEXACT if the kernels must not be used.
enum { ENGINE_INEXACT = 0, ENGINE_UNSIGNED = 1, ENGINE_SIGNED = 2 };
int32_t engine_dot_kind(void);

#endif
#endif
