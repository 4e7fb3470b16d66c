#include "pool_window.h"

// The greatest of up to 16 channels.
ENGINE_INLINE void greatest_of_window(const engine_pool_window *window, int32_t channels, int32_t pixel,
                                      int8_t greatest[16]) {
#if ENGINE_SIMD
  (void)channels;
  v128_t all = wasm_i8x16_splat(-128);
  for (int32_t y = 0; y < window->rows; y++) {
    const int8_t *from = window->first + y * window->row_pitch;
    for (int32_t x = 0; x < window->columns; x++, from += pixel) all = wasm_i8x16_max(all, wasm_v128_load(from));
  }
  wasm_v128_store(greatest, all);
#else
  for (int32_t c = 0; c < channels; c++) greatest[c] = -128;
  for (int32_t y = 0; y < window->rows; y++) {
    const int8_t *from = window->first + y * window->row_pitch;
    for (int32_t x = 0; x < window->columns; x++, from += pixel) {
      for (int32_t c = 0; c < channels; c++) greatest[c] = from[c] > greatest[c] ? from[c] : greatest[c];
    }
  }
#endif
}

void engine_max_pool_2d(const engine_pool_2d_params *params, const int8_t *input, int8_t *output) {
  const engine_windows *w = &params->windows;
  const int32_t pixels = w->batches * w->output_height * w->output_width;
  engine_place place = {0, 0, 0};
  for (int32_t pixel = 0; pixel < pixels; pixel++, engine_next_place(w, &place)) {
    engine_pool_window window = engine_pool_window_at(w, input, place);
    for (int32_t channel = 0; channel < w->channels; channel += 16, window.first += 16) {
      int8_t greatest[16];
      const int32_t channels = w->channels - channel < 16 ? w->channels - channel : 16;
      greatest_of_window(&window, channels, w->channels, greatest);
      for (int32_t c = 0; c < channels; c++) {
        *output++ = (int8_t)engine_clamp(greatest[c], params->lowest, params->highest);
      }
    }
  }
}
