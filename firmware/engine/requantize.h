// The step from a 32-bit accumulator to int8: what decides the last bit.
#ifndef THIMBLE_ENGINE_REQUANTIZE_H
#define THIMBLE_ENGINE_REQUANTIZE_H

#include "engine.h"

#define ENGINE_INLINE static inline __attribute__((always_inline))

// The rounding in force: that of the call, or of the build.
#ifdef ENGINE_ROUNDING
#define ENGINE_IS_SINGLE(rounding) ((void)(rounding), ENGINE_ROUNDING == ENGINE_SINGLE)
#else
#define ENGINE_IS_SINGLE(rounding) ((rounding) == ENGINE_SINGLE)
#endif

// Sums wrap, as they do in hardware.
ENGINE_INLINE int32_t engine_wrapping_add(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

ENGINE_INLINE int32_t engine_clamp(int32_t value, int32_t lowest, int32_t highest) {
  return value < lowest ? lowest : value > highest ? highest : value;
}

// Rounding high half of 2ab (SaturatingRoundingDoublingHighMul of gemmlowp). Not both may be INT32_MIN.
ENGINE_INLINE int32_t engine_multiply_high(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

// x / 2^n, halves away from zero (RoundingDivideByPOT of gemmlowp); n from 0 to 31.
ENGINE_INLINE int32_t engine_rounding_shift_right(int32_t x, int32_t n) {
  const int32_t mask = (int32_t)(((uint32_t)1 << n) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0);
  return (x >> n) + (remainder > threshold);
}

// x * multiplier * 2^(shift - 31); multiplier in [0, 2^31), shift from -31 to 30.
ENGINE_INLINE int32_t engine_requantize(int32_t x, int32_t multiplier, int32_t shift, int32_t rounding) {
  if (ENGINE_IS_SINGLE(rounding)) {
    const int32_t total = 31 - shift;
    return (int32_t)(((int64_t)x * multiplier + ((int64_t)1 << (total - 1))) >> total);
  }
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t product = engine_multiply_high((int32_t)((uint32_t)x << left), multiplier);
  return engine_rounding_shift_right(product, right);
}

// A scaled value as int8. The zero point comes after the clamp, as the value may be anything.
ENGINE_INLINE int8_t engine_finish(int32_t scaled, int32_t zero_point, int32_t lowest, int32_t highest) {
  return (int8_t)(engine_clamp(scaled, lowest - zero_point, highest - zero_point) + zero_point);
}

// The accumulator of an output channel as int8.
ENGINE_INLINE int8_t engine_output(const engine_weights *weights, int32_t channel, int32_t sum) {
  const engine_channels *c = &weights->channel[channel / ENGINE_CHANNELS];
  const int32_t i = channel % ENGINE_CHANNELS;
  const int32_t scaled = engine_requantize(sum, c->multiplier[i], c->shift[i], weights->rounding);
  return engine_finish(scaled, weights->zero_point, weights->lowest, weights->highest);
}

// The bias of an output channel, which its sum starts from.
ENGINE_INLINE int32_t engine_bias(const engine_weights *weights, int32_t channel) {
  return weights->channel[channel / ENGINE_CHANNELS].bias[channel % ENGINE_CHANNELS];
}

#endif
