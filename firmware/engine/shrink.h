// From an accumulator to int8 where a channel is shifted to the right and any int8 may come out: what requantize.h defines,
// in five instructions.
#ifndef THIMBLE_ENGINE_SHRINK_H
#define THIMBLE_ENGINE_SHRINK_H

#include "dsp.h"

#if ENGINE_DSP

// With two roundings: twice the multiplier less 2^32 (a multiplier is in [2^30, 2^31)), and the shift to the right.
// With one: the multiplier, and what is left of the shift when the low half of the product is gone.
typedef struct {
  int32_t multiplier, shift;
} engine_shrinking;

ENGINE_INLINE engine_shrinking engine_shrinking_of(const engine_channels *c, int32_t i, int32_t rounding) {
  if (ENGINE_IS_SINGLE(rounding)) return (engine_shrinking){c->multiplier[i], -1 - c->shift[i]};
  return (engine_shrinking){(int32_t)((uint32_t)c->multiplier[i] << 1), -c->shift[i]};
}

ENGINE_INLINE int8_t engine_shrink(int32_t sum, engine_shrinking by, int32_t rounding, int32_t zero_point) {
  if (ENGINE_IS_SINGLE(rounding)) {
    return engine_saturate(engine_shift_and_add(engine_high_half(sum, by.multiplier), by.shift, zero_point));
  }
  const int32_t product = engine_high_half_and(sum, by.multiplier);
  // Halves go away from zero: from a negative number, 1 is taken first.
  return engine_saturate(engine_shift_and_add(product - (product < 0), by.shift, zero_point));
}

#endif
#endif
