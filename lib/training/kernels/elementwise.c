#include "kernels.h"

/* Values of a shard, from its first. */
#define RANGE                                           \
  const int start = work->first * call->size;           \
  const int count = (work->end - work->first) * call->size;

void clamp(const struct clamp *call, const struct work *work) {
  RANGE
  const float *x = call->x + start;
  float *y = call->y + start;
  for (int i = 0; i < count; i += 4) store_some(y + i, clamped(load(x + i), spread(call->low), spread(call->high)), count - i);
}

/* dx (+)= dy where y was not cut off. */
void clamp_gradient(const struct clamp_gradient *call, const struct work *work) {
  RANGE
  const float *y = call->y + start, *dy = call->dy + start;
  float *dx = call->dx + start;
  const vec low = spread(call->low), high = spread(call->high);
  for (int i = 0; i < count; i += 4) {
    const vec value = load(y + i);
    vec d = inside(load(dy + i), value, low, high);
    if (call->accumulate) d = add(d, load(dx + i));
    store_some(dx + i, d, count - i);
  }
}

void add_clamped(const struct add_clamped *call, const struct work *work) {
  RANGE
  const float *a = call->a + start, *b = call->b + start;
  float *y = call->y + start;
  for (int i = 0; i < count; i += 4) {
    store_some(y + i, clamped(add(load(a + i), load(b + i)), spread(call->low), spread(call->high)), count - i);
  }
}

/* y (+)= x */
void transfer(const struct transfer *call, const struct work *work) {
  RANGE
  const float *x = call->x + start;
  float *y = call->y + start;
  if (!call->accumulate) {
    copy(y, x, count);
    return;
  }
  for (int i = 0; i < count; i += 4) store_some(y + i, add(load(y + i), load(x + i)), count - i);
}

__attribute__((import_module("math"), import_name("exp"))) double math_exp(double);
__attribute__((import_module("math"), import_name("log"))) double math_log(double);

void sigmoid(const struct sigmoid *call, const struct work *work) {
  RANGE
  for (int i = start; i < start + count; i++) call->y[i] = (float)(1 / (1 + math_exp(-(double)call->x[i])));
}

void sigmoid_gradient(const struct sigmoid_gradient *call, const struct work *work) {
  RANGE
  for (int i = start; i < start + count; i++) {
    const float y = call->y[i], d = call->dy[i] * y * (1 - y);
    call->dx[i] = call->accumulate ? call->dx[i] + d : d;
  }
}

INLINE float largest(const float *x, int count) {
  float most = x[0];
  for (int i = 1; i < count; i++) most = x[i] > most ? x[i] : most;
  return most;
}

/* Of rows of `columns` values; an item has size / columns of them. */
void softmax(const struct softmax *call, const struct work *work) {
  RANGE
  for (int r = start; r < start + count; r += call->columns) {
    const float *x = call->x + r;
    float *y = call->y + r;
    const double most = largest(x, call->columns);
    double sum = 0;
    for (int i = 0; i < call->columns; i++) sum += math_exp(x[i] - most);
    for (int i = 0; i < call->columns; i++) y[i] = (float)(math_exp(x[i] - most) / sum);
  }
}

void softmax_gradient(const struct softmax_gradient *call, const struct work *work) {
  RANGE
  for (int r = start; r < start + count; r += call->columns) {
    const float *y = call->y + r, *dy = call->dy + r;
    float *dx = call->dx + r;
    double sum = 0;
    for (int i = 0; i < call->columns; i++) sum += (double)y[i] * dy[i];
    for (int i = 0; i < call->columns; i++) {
      const float d = (float)(y[i] * (dy[i] - sum));
      dx[i] = call->accumulate ? dx[i] + d : d;
    }
  }
}

/* A hash of counters, full avalanche (Mueller, "hash-prospector"): the same for any thread. */
INLINE unsigned mixed(unsigned x) {
  x = (x ^ x >> 16) * 0x7feb352du;
  x = (x ^ x >> 15) * 0x846ca68bu;
  return x ^ x >> 16;
}

INLINE vec mixed_lanes(vec x) {
  x = wasm_i32x4_mul(wasm_v128_xor(x, wasm_u32x4_shr(x, 16)), wasm_i32x4_splat(0x7feb352d));
  x = wasm_i32x4_mul(wasm_v128_xor(x, wasm_u32x4_shr(x, 15)), wasm_i32x4_splat((int)0x846ca68bu));
  return wasm_v128_xor(x, wasm_u32x4_shr(x, 16));
}

/* Forward, and backward too: the same values stay. */
void dropout(const struct dropout *call, const struct work *work) {
  RANGE
  const float *x = call->x + start;
  float *y = call->y + start;
  const unsigned key = mixed(mixed(work->control->seed ^ mixed((unsigned)call->salt)) + (unsigned)work->control->step);
  const vec keys = wasm_i32x4_splat((int)key), limit = wasm_i32x4_splat((int)(call->rate * 2147483648.0));
  const vec factor = spread(1 / (1 - call->rate));
  vec index = wasm_i32x4_add(wasm_i32x4_splat(start), wasm_i32x4_make(0, 1, 2, 3));
  for (int i = 0; i < count; i += 4, index = wasm_i32x4_add(index, wasm_i32x4_splat(4))) {
    const vec number = wasm_u32x4_shr(mixed_lanes(wasm_v128_xor(index, keys)), 1);
    vec value = wasm_v128_and(wasm_i32x4_ge(number, limit), multiply(factor, load(x + i)));
    if (call->accumulate) value = add(value, load(y + i));
    store_some(y + i, value, count - i);
  }
}

/* What a shard says of its loss: the sum over its items, and how many it has right. */
struct shard_loss {
  double loss, correct;
};

/* Of logits, with the gradient of the mean over the batch. */
void cross_entropy(const struct cross_entropy *call, const struct work *work) {
  const int columns = call->columns;
  double loss = 0, correct = 0;
  for (int n = work->first; n < work->end; n++) {
    const float *x = call->x + n * columns, *labels = call->labels + n * columns;
    const double most = largest(x, columns);
    double sum = 0, all = 0;
    int guess = 0, label = 0;
    for (int i = 0; i < columns; i++) {
      sum += math_exp(x[i] - most);
      all += labels[i];
      if (x[i] > x[guess]) guess = i;
      if (labels[i] > labels[label]) label = i;
    }
    const double log_sum = math_log(sum);
    for (int i = 0; i < columns; i++) loss -= labels[i] * (x[i] - most - log_sum);
    if (call->dx) {
      float *dx = call->dx + n * columns;
      for (int i = 0; i < columns; i++) {
        dx[i] = (float)((math_exp(x[i] - most) / sum * all - labels[i]) / work->control->items);
      }
    }
    correct += guess == label;
  }
  struct shard_loss *result = (struct shard_loss *)call->losses + work->shard;
  result->loss = loss / work->control->items;
  result->correct = correct;
}

/* Mean over values and batch. */
void squared_error(const struct squared_error *call, const struct work *work) {
  RANGE
  const double values = (double)work->control->items * call->size;
  const float factor = (float)(2 / values);
  double loss = 0;
  for (int i = start; i < start + count; i++) {
    const float d = call->x[i] - call->labels[i];
    loss += (double)d * d;
    if (call->dx) call->dx[i] = factor * d;
  }
  struct shard_loss *result = (struct shard_loss *)call->losses + work->shard;
  result->loss = loss / values;
  result->correct = 0;
}

/* totals: loss, right answers, penalty; finite: whether the loss is a number that weights may be changed for. */
void total_loss(const struct total_loss *call, const struct work *work) {
  const struct shard_loss *losses = (const struct shard_loss *)call->losses;
  double *totals = (double *)call->totals, loss = 0, correct = 0, penalty = 0;
  for (int s = 0; s < work->control->shards; s++) {
    loss += losses[s].loss;
    correct += losses[s].correct;
  }
  for (int i = 0; i < call->penalties_count; i++) penalty += ((const double *)call->penalties)[i];
  totals[0] = loss;
  totals[1] = correct;
  totals[2] = penalty;
  *call->finite = loss + penalty - (loss + penalty) == 0 ? 1.0f : 0.0f;
}
