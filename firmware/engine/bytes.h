// Copies of a few bytes, inlined: a call to memcpy would take longer. Both may overwrite up to ENGINE_SLACK bytes past
// the end, and the copy may read as many.
#ifndef THIMBLE_ENGINE_BYTES_H
#define THIMBLE_ENGINE_BYTES_H

#include "requantize.h"

#if ENGINE_SIMD
#include <wasm_simd128.h>

ENGINE_INLINE void engine_copy(int8_t *to, const int8_t *from, int32_t count) {
  for (int32_t i = 0; i < count; i += 16) wasm_v128_store(to + i, wasm_v128_load(from + i));
}

ENGINE_INLINE void engine_fill_bytes(int8_t *to, int8_t value, int32_t count) {
  const v128_t values = wasm_i8x16_splat(value);
  for (int32_t i = 0; i < count; i += 16) wasm_v128_store(to + i, values);
}
#else
ENGINE_INLINE void engine_copy(int8_t *to, const int8_t *from, int32_t count) {
  for (int32_t i = 0; i < count; i += 4) {
    uint32_t word;
    __builtin_memcpy(&word, from + i, 4);
    __builtin_memcpy(to + i, &word, 4);
  }
}

ENGINE_INLINE void engine_fill_bytes(int8_t *to, int8_t value, int32_t count) {
  const uint32_t word = 0x01010101u * (uint8_t)value;
  for (int32_t i = 0; i < count; i += 4) __builtin_memcpy(to + i, &word, 4);
}
#endif

#endif
