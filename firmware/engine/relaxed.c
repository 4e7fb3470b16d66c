#include "relaxed.h"

#if ENGINE_RELAXED

typedef struct {
  int8_t values[16];
} bytes16;

// The dot product of four int8 with four int8 or uint8, plus an int32.
static int32_t expected(const int8_t *weights, const int8_t *activations, int32_t sum, int32_t kind) {
  for (int32_t i = 0; i < 4; i++) {
    const int32_t activation = kind == ENGINE_UNSIGNED ? (uint8_t)activations[i] : activations[i];
    sum += weights[i] * activation;
  }
  return sum;
}

// What is still possible of `kinds`.
static int32_t check(const bytes16 *weights, const bytes16 *activations, int32_t kinds) {
  int32_t sums[4];
  const v128_t start = wasm_i32x4_splat(1 << 30);
  wasm_v128_store(sums, engine_dot4(wasm_v128_load(weights), wasm_v128_load(activations), start));
  for (int32_t i = 0; i < 4; i++) {
    for (int32_t kind = ENGINE_UNSIGNED; kind <= ENGINE_SIGNED; kind++) {
      const int32_t sum = expected(weights->values + 4 * i, activations->values + 4 * i, 1 << 30, kind);
      if (sums[i] != sum) kinds &= ~kind;
    }
  }
  return kinds;
}

int32_t engine_dot_kind(void) {
  static const int8_t extremes[] = {-128, -127, -1, 0, 1, 127};
  int32_t kinds = ENGINE_UNSIGNED | ENGINE_SIGNED;
  // Each product by itself: 16 of them at a time.
  for (int32_t weight = -128; weight < 128; weight++) {
    for (int32_t activation = -128; activation < 128; activation += 4) {
      bytes16 w = {{0}}, x = {{0}};
      for (int32_t i = 0; i < 4; i++) {
        w.values[5 * i] = (int8_t)weight; // a place of its own in each sum
        x.values[5 * i] = (int8_t)(activation + i);
      }
      kinds = check(&w, &x, kinds);
    }
  }
  // Sums of extremes, where something could saturate.
  const int32_t count = (int32_t)sizeof extremes;
  for (int32_t n = 0; n < count * count * count * count; n++) {
    bytes16 w, x;
    for (int32_t i = 0; i < 16; i++) {
      w.values[i] = extremes[(i & 1 ? n / count : n) % count];
      x.values[i] = extremes[(i & 1 ? n / (count * count * count) : n / (count * count)) % count];
    }
    kinds = check(&w, &x, kinds);
  }
  // Both remain only if no activation made a difference, which cannot be.
  return kinds == (ENGINE_UNSIGNED | ENGINE_SIGNED) ? ENGINE_INEXACT : kinds;
}

#endif
