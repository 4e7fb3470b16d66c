#include "kernels.h"

/*
 * The sum over shards, in their order, onto the gradient where it accumulates, and the gradient of an L2 penalty, where
 * there is one.
 */
void reduce(const struct reduce *call, const struct work *work) {
  int first, end;
  part_range(call->count, work->part, call->parts, &first, &end);
  const int shards = call->partials ? work->control->shards : 0;
  const vec slope = spread(2 * call->l2);
  for (int i = first; i < end; i += 4) {
    vec sum = call->accumulate ? load(call->gradient + i) : ZERO;
    for (int s = 0; s < shards; s++) sum = add(sum, load(call->partials + s * call->count + i));
    if (call->weights) sum = multiply_add(slope, load(call->weights + i), sum);
    store_some(call->gradient + i, sum, end - i);
  }
}

/* l2 times the sum of squares, a double. */
void penalty(const struct penalty *call, const struct work *work) {
  (void)work;
  double sum = 0;
  for (int i = 0; i < call->count; i++) sum += (double)call->weights[i] * call->weights[i];
  *(double *)call->result = (double)call->l2 * sum;
}

/*
 * As Keras: m and v are moving averages of the gradient and its square, w -= rate * m / (sqrt(v) + epsilon); the rate
 * holds the corrections of both for the step. Decay takes its share of the weights before.
 */
void adam(const struct adam *call, const struct work *work) {
  if (!work->control->update || *call->finite == 0) return;
  int first, end;
  part_range(call->count, work->part, call->parts, &first, &end);
  const vec beta1 = spread(call->beta1), rest1 = spread(1 - call->beta1);
  const vec beta2 = spread(call->beta2), rest2 = spread(1 - call->beta2);
  const vec rate = spread(work->control->rate), keep = spread(1 - work->control->decay);
  const vec epsilon = spread(call->epsilon);
  for (int i = first; i < end; i += 4) {
    const vec g = load(call->gradients + i);
    const vec m = multiply_add(load(call->m + i), beta1, multiply(g, rest1));
    const vec v = multiply_add(load(call->v + i), beta2, multiply(multiply(g, g), rest2));
    const vec step = wasm_f32x4_div(multiply(rate, m), add(wasm_f32x4_sqrt(v), epsilon));
    store_some(call->m + i, m, end - i);
    store_some(call->v + i, v, end - i);
    store_some(call->weights + i, subtract(multiply(load(call->weights + i), keep), step), end - i);
  }
}

/* As Keras: velocity = momentum * velocity - rate * g; w += velocity, or with Nesterov momentum * velocity - rate * g. */
void sgd(const struct sgd *call, const struct work *work) {
  if (!work->control->update || *call->finite == 0) return;
  int first, end;
  part_range(call->count, work->part, call->parts, &first, &end);
  const vec momentum = spread(call->momentum), rate = spread(work->control->rate);
  const vec keep = spread(1 - work->control->decay);
  for (int i = first; i < end; i += 4) {
    const vec move = multiply(rate, load(call->gradients + i));
    const vec velocity = subtract(multiply(momentum, load(call->velocity + i)), move);
    const vec step = call->nesterov ? subtract(multiply(momentum, velocity), move) : velocity;
    store_some(call->velocity + i, velocity, end - i);
    store_some(call->weights + i, add(multiply(load(call->weights + i), keep), step), end - i);
  }
}
