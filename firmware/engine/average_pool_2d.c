#include "pool_window.h"

// Sums of up to eight channels.
ENGINE_INLINE void sum_window(const engine_pool_window *window, int32_t channels, int32_t pixel, int32_t sums[8]) {
#if ENGINE_SIMD
  (void)channels;
  v128_t low = wasm_i32x4_splat(0), high = low;
  for (int32_t y = 0; y < window->rows; y++) {
    const int8_t *from = window->first + y * window->row_pitch;
    for (int32_t x = 0; x < window->columns; x++, from += pixel) {
      const v128_t values = wasm_i16x8_load8x8(from);
      low = wasm_i32x4_add(low, wasm_i32x4_extend_low_i16x8(values));
      high = wasm_i32x4_add(high, wasm_i32x4_extend_high_i16x8(values));
    }
  }
  wasm_v128_store(sums, low);
  wasm_v128_store(sums + 4, high);
#else
  for (int32_t c = 0; c < channels; c++) sums[c] = 0;
  for (int32_t y = 0; y < window->rows; y++) {
    const int8_t *from = window->first + y * window->row_pitch;
    for (int32_t x = 0; x < window->columns; x++, from += pixel) {
      for (int32_t c = 0; c < channels; c++) sums[c] += from[c];
    }
  }
#endif
}

void engine_average_pool_2d(const engine_pool_2d_params *params, const int8_t *input, int8_t *output) {
  const engine_windows *w = &params->windows;
  const int32_t pixels = w->batches * w->output_height * w->output_width;
  engine_place place = {0, 0, 0};
  for (int32_t pixel = 0; pixel < pixels; pixel++, engine_next_place(w, &place)) {
    engine_pool_window window = engine_pool_window_at(w, input, place);
    const int32_t count = window.rows * window.columns;
    for (int32_t channel = 0; channel < w->channels; channel += 8, window.first += 8) {
      int32_t sums[8];
      const int32_t channels = w->channels - channel < 8 ? w->channels - channel : 8;
      sum_window(&window, channels, w->channels, sums);
      for (int32_t c = 0; c < channels; c++) {
        // Halves away from zero: the division rounds towards it.
        const int32_t mean = (sums[c] > 0 ? sums[c] + count / 2 : sums[c] - count / 2) / count;
        *output++ = (int8_t)engine_clamp(mean, params->lowest, params->highest);
      }
    }
  }
}
