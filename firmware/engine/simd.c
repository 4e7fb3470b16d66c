#include "simd.h"

#if ENGINE_SIMD

v128_t engine_scale4_exactly(v128_t sums, const engine_weights *weights, int32_t channel) {
  int32_t s[4];
  wasm_v128_store(s, sums);
  for (int32_t i = 0; i < 4; i++) s[i] = engine_output(weights, channel + i, s[i]);
  return wasm_v128_load(s);
}

#endif
