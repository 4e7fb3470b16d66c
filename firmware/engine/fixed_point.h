// Fixed-point functions of gemmlowp (fixedpoint.h). Qm.n has m bits before the binary point and n after it.
#ifndef THIMBLE_ENGINE_FIXED_POINT_H
#define THIMBLE_ENGINE_FIXED_POINT_H

#include "requantize.h"

// a * 2^n, saturated.
static inline int32_t engine_shift_left_saturating(int32_t a, int32_t n) {
  const int32_t limit = INT32_MAX >> n;
  return a > limit ? INT32_MAX : a < -limit - 1 ? INT32_MIN : (int32_t)((uint32_t)a << n);
}

// exp(a) in Q0.31 for a <= 0 in Q5.26.
static inline int32_t engine_exp_of_negative(int32_t a) {
  static const int32_t exp_of_minus_powers[] = {// exp(-2^i), i = -2 ... 4
                                                1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  static const int32_t exp_of_minus_one_eighth = 1895147668, one_third = 715827883;
  if (a == 0) return INT32_MAX;
  // a = part + a multiple of -1/4, part in [-1/4, 0); then a Taylor series of fourth order around -1/8
  const int32_t part = (a & ((1 << 24) - 1)) - (1 << 24);
  const int32_t x = engine_wrapping_add(engine_shift_left_saturating(part, 5), 1 << 28);
  const int32_t x2 = engine_multiply_high(x, x);
  const int32_t x3 = engine_multiply_high(x2, x);
  const int32_t x4 = engine_multiply_high(x2, x2);
  const int32_t thirds =
      engine_multiply_high(engine_wrapping_add(engine_rounding_shift_right(x4, 2), x3), one_third);
  const int32_t higher = engine_rounding_shift_right(engine_wrapping_add(thirds, x2), 1);
  int32_t result = engine_wrapping_add(
      exp_of_minus_one_eighth, engine_multiply_high(exp_of_minus_one_eighth, engine_wrapping_add(x, higher)));
  const int32_t multiple = part - a;
  for (int32_t i = 0; i < 7; i++) {
    if (multiple & (1 << (24 + i))) result = engine_multiply_high(result, exp_of_minus_powers[i]);
  }
  return result;
}

// 1 / (1 + a) in Q0.31 for a in [0, 1] in Q0.31, by three Newton-Raphson steps.
static inline int32_t engine_reciprocal_of_one_plus(int32_t a) {
  static const int32_t q2_48_over_17 = 1515870810, q2_minus_32_over_17 = -1010580540;
  const int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
  int32_t x = engine_wrapping_add(q2_48_over_17, engine_multiply_high(half, q2_minus_32_over_17));
  for (int32_t i = 0; i < 3; i++) {
    const int32_t error = engine_wrapping_add(1 << 29, -engine_multiply_high(half, x));
    x = engine_wrapping_add(x, engine_shift_left_saturating(engine_multiply_high(x, error), 2));
  }
  return engine_shift_left_saturating(x, 1);
}

#endif
