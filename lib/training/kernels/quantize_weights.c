#include "kernels.h"

/*
 * Weights rounded to few bits and back, as quantization/quantize_weights.ts does it, in the same order and precision:
 * steps * -greatest ... steps * greatest. The last axis is that of channels; each has a step of its own, or all have one.
 */
#define ABSENT 1.0 /* the step of a channel of zeros */

/* Two channels, or twice the same, in doubles. */
INLINE vec pair(const float *weights) { return wasm_f64x2_promote_low_f32x4(wasm_v128_load64_zero(weights)); }

/* Squared errors of channels with these steps; a channel of `columns` columns is summed up row by row. */
INLINE vec errors_of(const float *weights, int rows, int stride, int columns, vec step, double greatest) {
  const vec most = wasm_f64x2_splat(greatest), half = wasm_f64x2_splat(0.5);
  vec error = wasm_f64x2_splat(0);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      const vec w = pair(weights + r * stride + c);
      vec q = wasm_f64x2_floor(wasm_f64x2_add(wasm_f64x2_div(w, step), half));
      q = wasm_f64x2_pmax(wasm_f64x2_pmin(q, most), wasm_f64x2_neg(most));
      const vec d = wasm_f64x2_sub(w, wasm_f64x2_mul(q, step));
      error = wasm_f64x2_add(error, wasm_f64x2_mul(d, d));
    }
  }
  return error;
}

/* Steps of channels c and c + 1; where a channel is all there is, the second has no meaning. */
INLINE vec steps_of(const float *weights, int rows, int stride, int columns, double greatest, int least_error) {
  vec largest = wasm_f64x2_splat(0);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      largest = wasm_f64x2_pmax(largest, wasm_f64x2_abs(pair(weights + r * stride + c)));
    }
  }
  const vec full = wasm_f64x2_div(largest, wasm_f64x2_splat(greatest));
  vec found = full, least = wasm_f64x2_splat(__builtin_inf());
  for (int percent = 100; least_error && percent >= 30; percent -= 2) {
    const vec step = wasm_f64x2_div(wasm_f64x2_mul(full, wasm_f64x2_splat(percent)), wasm_f64x2_splat(100));
    const vec error = errors_of(weights, rows, stride, columns, step, greatest);
    const vec is_less = wasm_f64x2_lt(error, least);
    found = wasm_v128_bitselect(step, found, is_less);
    least = wasm_v128_bitselect(error, least, is_less);
  }
  return wasm_v128_bitselect(found, wasm_f64x2_splat(ABSENT), wasm_f64x2_gt(full, wasm_f64x2_splat(0)));
}

/* The first `count` of two weights, to the nearest step, halves away from zero. */
INLINE void round_pair(const float *weights, float *y, vec step, double greatest, int count) {
  const vec w = pair(weights), sign = wasm_f64x2_splat(-0.0);
  const vec whole = wasm_f64x2_floor(wasm_f64x2_add(wasm_f64x2_div(wasm_f64x2_abs(w), step), wasm_f64x2_splat(0.5)));
  const vec q = wasm_v128_bitselect(w, wasm_f64x2_pmin(whole, wasm_f64x2_splat(greatest)), sign);
  const vec stored = wasm_f64x2_promote_low_f32x4(wasm_f32x4_demote_f64x2_zero(step));
  const vec rounded = wasm_f32x4_demote_f64x2_zero(wasm_f64x2_mul(q, stored));
  if (count > 1) wasm_v128_store64_lane(y, rounded, 0);
  else wasm_v128_store32_lane(y, rounded, 0);
}

/* Parts: 16 channels, or all where they have one step. */
void quantize_weights(const struct quantize_weights *call, const struct work *work) {
  const int channels = call->channels, rows = call->rows, least_error = call->least_error;
  const double greatest = call->greatest;
  if (!call->per_channel) {
    const vec step = steps_of(call->weights, rows, channels, channels, greatest, least_error);
    const vec both = wasm_i64x2_shuffle(step, step, 0, 0);
    wasm_v128_store32_lane(call->steps, wasm_f32x4_demote_f64x2_zero(step), 0);
    for (int i = 0; i < rows * channels; i += 2) {
      round_pair(call->weights + i, call->y + i, both, greatest, rows * channels - i);
    }
    return;
  }
  const int first = work->part * 16, end = smaller(first + 16, channels);
  for (int c = first; c < end; c += 2) {
    const vec step = steps_of(call->weights + c, rows, channels, 1, greatest, least_error);
    const vec stored = wasm_f32x4_demote_f64x2_zero(step);
    if (end - c > 1) wasm_v128_store64_lane(call->steps + c, stored, 0);
    else wasm_v128_store32_lane(call->steps + c, stored, 0);
    for (int at = c; at < rows * channels; at += channels) {
      round_pair(call->weights + at, call->y + at, step, greatest, end - c);
    }
  }
}

/* Straight through, but for weights that are beyond the greatest step. */
void quantize_weights_gradient(const struct quantize_weights_gradient *call, const struct work *work) {
  const int channels = call->channels;
  int first, end;
  part_range(call->rows * channels, work->part, call->parts, &first, &end);
  for (int i = first; i < end; i++) {
    const float most = (call->greatest + 0.5f) * call->steps[call->per_channel ? i % channels : 0];
    const float d = __builtin_fabsf(call->weights[i]) <= most ? call->dy[i] : 0;
    call->dw[i] = call->accumulate ? call->dw[i] + d : d;
  }
}
