// The instructions of Cortex-M's DSP extension that the kernels are made of. With ENGINE_EMULATE_DSP they are plain
// C, so that the kernels can be tested anywhere.
#ifndef THIMBLE_ENGINE_DSP_H
#define THIMBLE_ENGINE_DSP_H

#include "requantize.h"

#if ENGINE_DSP

// Not inlined: its loop needs all registers.
#define ENGINE_APART static __attribute__((noinline))

// Four bytes from anywhere.
ENGINE_INLINE uint32_t engine_load_word(const int8_t *from) {
  uint32_t word;
  __builtin_memcpy(&word, from, 4);
  return word;
}

#ifdef ENGINE_EMULATE_DSP
typedef uint32_t engine_pair; // two int16

// Bytes 0 and 2, sign-extended (SXTB16).
ENGINE_INLINE engine_pair engine_even_bytes(uint32_t word) {
  return ((uint32_t)(int32_t)(int8_t)word & 0xffffu) | ((uint32_t)(int32_t)(int8_t)(word >> 16) << 16);
}

// Bytes 1 and 3, sign-extended (SXTB16 with a rotation).
ENGINE_INLINE engine_pair engine_odd_bytes(uint32_t word) { return engine_even_bytes(word >> 8); }

// sum + the product of the low halves (SMLABB), and of the high halves (SMLATT).
ENGINE_INLINE int32_t engine_add_low(engine_pair a, engine_pair b, int32_t sum) {
  return engine_wrapping_add(sum, (int16_t)a * (int16_t)b);
}
ENGINE_INLINE int32_t engine_add_high(engine_pair a, engine_pair b, int32_t sum) {
  return engine_wrapping_add(sum, (int16_t)(a >> 16) * (int16_t)(b >> 16));
}

// Both (SMLAD).
ENGINE_INLINE int32_t engine_dot(engine_pair a, engine_pair b, int32_t sum) {
  return engine_add_high(a, b, engine_add_low(a, b, sum));
}

// Two words that follow each other, and on to the next two (LDRD). `from` is aligned to four bytes.
ENGINE_INLINE void engine_load_two(const uint32_t **from, uint32_t *first, uint32_t *second) {
  *first = (*from)[0], *second = (*from)[1], *from += 2;
}

// Four values of two rows times those of two channels. `x` goes over the rows' values as pairs: the even and the odd of the
// first row, then of the second; `w` over words of weights, of one channel and of the other. sums[row][channel]
ENGINE_INLINE void engine_dot_2x2(const uint32_t **x, const uint32_t **w, int32_t sums[2][2]) {
  for (int32_t row = 0; row < 2; row++, *x += 2) {
    for (int32_t channel = 0; channel < 2; channel++) {
      const uint32_t word = (*w)[channel];
      const int32_t sum = engine_dot((*x)[0], engine_even_bytes(word), sums[row][channel]);
      sums[row][channel] = engine_dot((*x)[1], engine_odd_bytes(word), sum);
    }
  }
  *w += 2;
}

// Two words, and on (STRD). `to` is aligned to four bytes.
ENGINE_INLINE void engine_store_two(uint32_t **to, uint32_t first, uint32_t second) {
  (*to)[0] = first, (*to)[1] = second, *to += 2;
}

// a * b / 2^32, rounded down (SMMUL).
ENGINE_INLINE int32_t engine_high_half(int32_t a, int32_t b) { return (int32_t)(((int64_t)a * b) >> 32); }

// a * b / 2^32 + a, rounded to the nearest, halves up (SMMLAR).
ENGINE_INLINE int32_t engine_high_half_and(int32_t a, int32_t b) {
  const int64_t sum = (int64_t)((uint64_t)((int64_t)a * b) + ((uint64_t)(uint32_t)a << 32));
  return (int32_t)((sum + ((int64_t)1 << 31)) >> 32);
}

// x / 2^n, rounded to the nearest, halves up, and an addend; n from 1 to 31 (ASRS, ADC).
ENGINE_INLINE int32_t engine_shift_and_add(int32_t x, int32_t n, int32_t addend) {
  return (x >> n) + ((x >> (n - 1)) & 1) + addend;
}

// The nearest int8 (SSAT).
ENGINE_INLINE int8_t engine_saturate(int32_t x) { return (int8_t)engine_clamp(x, -128, 127); }
#else
#include <arm_acle.h>
typedef int16x2_t engine_pair;

ENGINE_INLINE engine_pair engine_even_bytes(uint32_t word) { return __sxtb16((int8x4_t)word); }

// GCC 12 does not find the forms that rotate first, nor those below.
ENGINE_INLINE engine_pair engine_odd_bytes(uint32_t word) {
  engine_pair bytes;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(bytes) : "r"(word));
  return bytes;
}

ENGINE_INLINE int32_t engine_add_low(engine_pair a, engine_pair b, int32_t sum) { return __smlabb(a, b, sum); }
ENGINE_INLINE int32_t engine_add_high(engine_pair a, engine_pair b, int32_t sum) { return __smlatt(a, b, sum); }
ENGINE_INLINE int32_t engine_dot(engine_pair a, engine_pair b, int32_t sum) { return __smlad(a, b, sum); }

ENGINE_INLINE void engine_load_two(const uint32_t **from, uint32_t *first, uint32_t *second) {
  __asm__("ldrd %0, %1, [%2], #8"
          : "=&r"(*first), "=&r"(*second), "+r"(*from)
          : "m"(*(const uint32_t(*)[2]) * from));
}

ENGINE_INLINE void engine_store_two(uint32_t **to, uint32_t first, uint32_t second) {
  __asm__("strd %2, %3, [%1], #8" : "=m"(*(uint32_t(*)[2]) * to), "+r"(*to) : "r"(first), "r"(second));
}

// In this order it needs six registers beside sums and pointers; GCC takes more and stores some in each step.
ENGINE_INLINE void engine_dot_2x2(const uint32_t **x, const uint32_t **w, int32_t sums[2][2]) {
  uint32_t even_x, odd_x, even0, odd0, even1, odd1;
  __asm__("ldrd %[odd0], %[odd1], [%[w]], #8\n\t"
          "ldrd %[even_x], %[odd_x], [%[x]], #8\n\t"
          "sxtb16 %[even0], %[odd0]\n\t"
          "sxtb16 %[odd0], %[odd0], ror #8\n\t"
          "sxtb16 %[even1], %[odd1]\n\t"
          "sxtb16 %[odd1], %[odd1], ror #8\n\t"
          "smlad %[sum00], %[even_x], %[even0], %[sum00]\n\t"
          "smlad %[sum01], %[even_x], %[even1], %[sum01]\n\t"
          "smlad %[sum00], %[odd_x], %[odd0], %[sum00]\n\t"
          "smlad %[sum01], %[odd_x], %[odd1], %[sum01]\n\t"
          "ldrd %[even_x], %[odd_x], [%[x]], #8\n\t"
          "smlad %[sum10], %[even_x], %[even0], %[sum10]\n\t"
          "smlad %[sum11], %[even_x], %[even1], %[sum11]\n\t"
          "smlad %[sum10], %[odd_x], %[odd0], %[sum10]\n\t"
          "smlad %[sum11], %[odd_x], %[odd1], %[sum11]"
          : [x] "+r"(*x), [w] "+r"(*w), [sum00] "+r"(sums[0][0]), [sum01] "+r"(sums[0][1]), [sum10] "+r"(sums[1][0]),
            [sum11] "+r"(sums[1][1]), [even_x] "=&r"(even_x), [odd_x] "=&r"(odd_x), [even0] "=&r"(even0),
            [odd0] "=&r"(odd0), [even1] "=&r"(even1), [odd1] "=&r"(odd1)
          : "m"(*(const uint32_t(*)[4]) * x), "m"(*(const uint32_t(*)[2]) * w));
}

ENGINE_INLINE int32_t engine_high_half(int32_t a, int32_t b) { return (int32_t)(((int64_t)a * b) >> 32); }

ENGINE_INLINE int32_t engine_high_half_and(int32_t a, int32_t b) {
  int32_t high;
  __asm__("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(a), "r"(b));
  return high;
}

ENGINE_INLINE int32_t engine_shift_and_add(int32_t x, int32_t n, int32_t addend) {
  int32_t sum;
  __asm__("asrs %0, %1, %2\n\tadc %0, %0, %3" : "=&r"(sum) : "r"(x), "r"(n), "r"(addend) : "cc");
  return sum;
}

ENGINE_INLINE int8_t engine_saturate(int32_t x) {
  int32_t byte;
  __asm__("ssat %0, #8, %1" : "=r"(byte) : "r"(x));
  return (int8_t)byte;
}
#endif

#endif
#endif
