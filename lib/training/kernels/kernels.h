/* What all kernels of training share: four floats at a time, and what a kernel is given. */
#ifndef KERNELS_H
#define KERNELS_H
#include <wasm_simd128.h>

#define INLINE static inline __attribute__((always_inline))

typedef v128_t vec;

INLINE vec load(const float *p) { return wasm_v128_load(p); }
INLINE vec load_spread(const float *p) { return wasm_v128_load32_splat(p); }
INLINE void store(float *p, vec x) { wasm_v128_store(p, x); }
INLINE vec spread(float x) { return wasm_f32x4_splat(x); }
INLINE vec add(vec a, vec b) { return wasm_f32x4_add(a, b); }
INLINE vec subtract(vec a, vec b) { return wasm_f32x4_sub(a, b); }
INLINE vec multiply(vec a, vec b) { return wasm_f32x4_mul(a, b); }
INLINE vec multiply_add(vec a, vec b, vec c) { return wasm_f32x4_add(c, wasm_f32x4_mul(a, b)); }
#define ZERO wasm_f32x4_const(0, 0, 0, 0)

/* What is not a number stays so. */
INLINE vec clamped(vec x, vec low, vec high) { return wasm_f32x4_pmin(wasm_f32x4_pmax(x, low), high); }

/* d where y was not cut off. */
INLINE vec inside(vec d, vec y, vec low, vec high) {
  return wasm_v128_and(d, wasm_v128_and(wasm_f32x4_gt(y, low), wasm_f32x4_lt(y, high)));
}

/* The first `count` lanes, 4 at most: what lies behind them may belong to another thread. Loads may read beyond. */
INLINE void store_some(float *p, vec x, int count) {
  if (count >= 4) {
    store(p, x);
    return;
  }
  float lanes[4];
  store(lanes, x);
  for (int i = 0; i < count; i++) p[i] = lanes[i];
}

INLINE void set_zero(float *p, int count) { __builtin_memset(p, 0, (unsigned long)count * sizeof(float)); }
INLINE void copy(float *to, const float *from, int count) {
  __builtin_memcpy(to, from, (unsigned long)count * sizeof(float));
}
INLINE int smaller(int a, int b) { return a < b ? a : b; }
INLINE int larger(int a, int b) { return a > b ? a : b; }

/* The step's settings and the threads' meeting place: memory_map.ts writes and reads it. */
struct control {
  int generation, arrived, claimed, finished; /* of the barrier, and tasks: claimed in this region, finished in all */
  int threads, shards;
  int items; /* of this batch */
  int step;
  unsigned seed;
  int update; /* 0: gradients only, all weights stay */
  float rate, decay; /* learning rate as the optimiser needs it; factor of the weights' decay */
};

/* What a kernel works on: a shard of the batch, or one of the parts of what is there once. */
struct work {
  const struct control *control;
  float *scratch; /* of this thread */
  int shard, first, end; /* items of the shard */
  int part;
};

#include "calls.h"

/* Element range of a part: parts are multiples of 16 elements. */
INLINE void part_range(int count, int part, int parts, int *first, int *end) {
  int length = ((count + parts - 1) / parts + 15) & ~15;
  *first = smaller(part * length, count);
  *end = smaller(*first + length, count);
}

/* products.c */
void multiply_taps(const float *a, const int *taps, int tap_count, int tap_length, const float *panels, float *c,
                   const int *in, const int *out, int pixels, int columns, const float *bias, int accumulate);
void add_outer_products(const float *a, const int *taps, int tap_count, int tap_length, const float *dy, float *dw,
                        const int *in, int pixels, int columns, int strip);
void add_column_sums(const float *x, float *sums, int rows, int columns);

/* pad.c */
void pad_image(const float *x, float *y, int height, int width, int channels, int top, int left, int padded_height,
               int padded_width);
#endif
