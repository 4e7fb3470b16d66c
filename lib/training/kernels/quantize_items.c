#include "kernels.h"

/*
 * Activations rounded to int8 and back, by a range [min, max] that zero is made part of and exact in, as
 * quantization/ranges.ts does it. A range of nothing but zero has yet to be found: values stay as they are. Before they
 * are rounded, values are cut off at low and high: relu, relu6.
 */
struct grid {
  float step, inverse, lowest, highest; /* the stored value less the zero point is from lowest to highest */
};

INLINE int grid_of(const float *range, struct grid *grid) {
  const double min = range[0] < 0 ? range[0] : 0, max = range[1] > 0 ? range[1] : 0;
  const double step = (max - min) / 255;
  if (!(step >= 1.2e-38)) return 0;
  const double from_min = -128 - min / step, from_max = 127 - max / step;
  const double nearer = 128 - min / step < 127 + max / step ? from_min : from_max;
  double zero = nearer < 0 ? -__builtin_floor(0.5 - nearer) : __builtin_floor(nearer + 0.5);
  zero = zero < -128 ? -128 : zero > 127 ? 127 : zero;
  *grid = (struct grid){(float)step, (float)(1 / step), (float)(-128 - zero), (float)(127 - zero)};
  return 1;
}

/* Biases rounded to int32 and back: their step is that of the inputs, of this range, times that of the weights. */
void quantize_bias(const struct quantize_bias *call, const struct work *work) {
  (void)work;
  struct grid grid = {0};
  const int known = grid_of(call->range, &grid);
  for (int c = 0; c < call->channels; c++) {
    const double bias = call->bias[c], step = (double)grid.step * call->steps[call->per_channel ? c : 0];
    call->y[c] = known ? (float)(__builtin_nearbyint(bias / step) * step) : call->bias[c];
  }
}

#define RANGE                                 \
  const int start = work->first * call->size; \
  const int count = (work->end - work->first) * call->size;

INLINE vec first_lanes(vec x, vec otherwise, int count) {
  const vec lanes = wasm_i32x4_lt(wasm_i32x4_const(0, 1, 2, 3), wasm_i32x4_splat(count));
  return wasm_v128_bitselect(x, otherwise, lanes);
}

INLINE float least_lane(vec x) {
  float lanes[4];
  store(lanes, x);
  float least = lanes[0];
  for (int i = 1; i < 4; i++) least = lanes[i] < least ? lanes[i] : least;
  return least;
}

/*
 * seen, of each shard: least and greatest value after the limits. What is within tie of the middle between two stored
 * values goes to the one further from zero.
 */
void quantize_items(const struct quantize_items *call, const struct work *work) {
  RANGE
  const float *x = call->x + start;
  float *y = call->y + start;
  struct grid grid = {0};
  const int known = grid_of(call->range, &grid);
  const vec low = spread(call->low), high = spread(call->high);
  const vec step = spread(grid.step), inverse = spread(grid.inverse);
  const vec lowest = spread(grid.lowest), highest = spread(grid.highest);
  /* Stored as 0. */
  const vec zero = spread(grid.lowest + 128), tie = spread(call->tie);
  vec least = spread(__builtin_inff()), most = spread(-__builtin_inff());
  for (int i = 0; i < count; i += 4) {
    const vec value = clamped(load(x + i), low, high);
    if (call->seen) {
      least = wasm_f32x4_pmin(least, first_lanes(value, least, count - i));
      most = wasm_f32x4_pmax(most, first_lanes(value, most, count - i));
    }
    const vec at = multiply(value, inverse);
    const vec away = wasm_v128_bitselect(tie, wasm_f32x4_neg(tie), wasm_f32x4_gt(at, zero));
    const vec rounded = clamped(wasm_f32x4_nearest(add(at, away)), lowest, highest);
    store_some(y + i, known ? multiply(rounded, step) : value, count - i);
  }
  if (!call->seen) return;
  call->seen[work->shard * 2] = least_lane(least);
  call->seen[work->shard * 2 + 1] = -least_lane(wasm_f32x4_neg(most));
}

/*
 * Straight through where nothing is cut off. The gradient of the range, of each shard: values below go with min, those
 * above with max, and those between with the step, (max - min) / 255, by how far they were rounded up. A min of 0 stays,
 * and so does a max of 0.
 */
void quantize_items_gradient(const struct quantize_items_gradient *call, const struct work *work) {
  RANGE
  const float *x = call->x + start, *dy = call->dy + start;
  float *dx = call->dx ? call->dx + start : 0;
  struct grid grid = {1, 1, -__builtin_inff(), __builtin_inff()};
  const int known = grid_of(call->range, &grid);
  const vec low = spread(call->low), high = spread(call->high);
  const vec inverse = spread(grid.inverse), lowest = spread(grid.lowest), highest = spread(grid.highest);
  vec below = ZERO, above = ZERO, rounding = ZERO;
  for (int i = 0; i < count; i += 4) {
    const vec value = load(x + i), slope = load(dy + i);
    const vec at = multiply(clamped(value, low, high), inverse);
    const vec is_below = wasm_f32x4_lt(at, lowest), is_above = wasm_f32x4_gt(at, highest);
    const vec is_cut = wasm_v128_or(is_below, is_above);
    if (dx) {
      vec d = wasm_v128_andnot(inside(slope, value, low, high), is_cut);
      if (call->accumulate) d = add(d, load(dx + i));
      store_some(dx + i, d, count - i);
    }
    if (!call->drange) continue;
    const vec own = first_lanes(slope, ZERO, count - i);
    below = add(below, wasm_v128_and(own, is_below));
    above = add(above, wasm_v128_and(own, is_above));
    const vec up = subtract(wasm_f32x4_nearest(at), at);
    rounding = multiply_add(wasm_v128_andnot(own, is_cut), first_lanes(up, ZERO, count - i), rounding);
  }
  if (!call->drange) return;
  float sums[3][4];
  store(sums[0], below);
  store(sums[1], above);
  store(sums[2], rounding);
  double totals[3] = {0};
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < 4; i++) totals[k] += sums[k][i];
  }
  const int moves_min = known && call->range[0] < 0, moves_max = known && call->range[1] > 0;
  call->drange[work->shard * 2] = moves_min ? (float)(totals[0] - totals[2] / 255) : 0;
  call->drange[work->shard * 2 + 1] = moves_max ? (float)(totals[1] + totals[2] / 255) : 0;
}

/* After a step: a range not yet found becomes the batch's, another moves towards it. */
void observe_range(const struct observe_range *call, const struct work *work) {
  if (!work->control->update || *call->finite == 0) return;
  float batch[2] = {0, 0}, *range = call->range;
  for (int s = 0; s < work->control->shards; s++) {
    if (call->seen[s * 2] < batch[0]) batch[0] = call->seen[s * 2];
    if (call->seen[s * 2 + 1] > batch[1]) batch[1] = call->seen[s * 2 + 1];
  }
  struct grid grid;
  const float momentum = grid_of(range, &grid) ? call->momentum : 0;
  for (int i = 0; i < 2; i++) range[i] = momentum * range[i] + (1 - momentum) * batch[i];
}
