// The dot product of relaxed SIMD: four products of int8 for each int32, in one step. The second operand is meant to have
// seven bits; what the machine makes of the eighth is its own affair, but always the same. engine_dot_kind() finds out.
#ifndef THIMBLE_ENGINE_RELAXED_H
#define THIMBLE_ENGINE_RELAXED_H

#include "simd.h"

#if ENGINE_RELAXED

ENGINE_INLINE v128_t engine_dot4(v128_t weights, v128_t activations, v128_t sums) {
#ifdef ENGINE_EMULATE_RELAXED
  // As x86 has it with VNNI: activations unsigned, sums exact.
  const v128_t low = wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(weights), wasm_u16x8_extend_low_u8x16(activations));
  const v128_t high =
      wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(weights), wasm_u16x8_extend_high_u8x16(activations));
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

// ENGINE_UNSIGNED or ENGINE_SIGNED if the machine takes all eight bits of activations for one of these and sums are
// exact; ENGINE_INEXACT if the kernels must not be used.
enum { ENGINE_INEXACT = 0, ENGINE_UNSIGNED = 1, ENGINE_SIGNED = 2 };
int32_t engine_dot_kind(void);

#endif
#endif
