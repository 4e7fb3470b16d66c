// The instructions of Cortex-M's DSP extension that the kernels are made of. With ENGINE_EMULATE_DSP they are plain
// C, so that the kernels can be tested anywhere.
#ifndef THIMBLE_ENGINE_DSP_H
#define THIMBLE_ENGINE_DSP_H

#include "requantize.h"

#if ENGINE_DSP

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

// The low halves of both, and the high halves of both (PKHBT, PKHTB).
ENGINE_INLINE engine_pair engine_low_halves(engine_pair a, engine_pair b) { return (a & 0xffffu) | b << 16; }
ENGINE_INLINE engine_pair engine_high_halves(engine_pair a, engine_pair b) { return a >> 16 | (b & 0xffff0000u); }

// sum + low * low + high * high (SMLAD).
ENGINE_INLINE int32_t engine_dot(engine_pair a, engine_pair b, int32_t sum) {
  const int32_t low = (int16_t)a * (int16_t)b;
  const int32_t high = (int16_t)(a >> 16) * (int16_t)(b >> 16);
  return (int32_t)((uint32_t)sum + (uint32_t)low + (uint32_t)high);
}
#else
#include <arm_acle.h>
typedef int16x2_t engine_pair;

ENGINE_INLINE engine_pair engine_even_bytes(uint32_t word) { return __sxtb16((int8x4_t)word); }

// GCC 12 does not find the forms that rotate or shift first.
ENGINE_INLINE engine_pair engine_odd_bytes(uint32_t word) {
  engine_pair bytes;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(bytes) : "r"(word));
  return bytes;
}

ENGINE_INLINE engine_pair engine_low_halves(engine_pair a, engine_pair b) {
  engine_pair both;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(both) : "r"(a), "r"(b));
  return both;
}

ENGINE_INLINE engine_pair engine_high_halves(engine_pair a, engine_pair b) {
  engine_pair both;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(both) : "r"(b), "r"(a));
  return both;
}

ENGINE_INLINE int32_t engine_dot(engine_pair a, engine_pair b, int32_t sum) { return __smlad(a, b, sum); }
#endif

#endif
#endif
