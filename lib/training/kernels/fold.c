#include "kernels.h"

/*
 * Batch normalization by its moving averages, as a part of the layer before it: weights * factor, and
 * beta + (bias - mean) * factor, where factor = gamma / sqrt(variance + epsilon). The last axis of weights is that of
 * channels.
 */
INLINE double inverse_deviation(const float *variance, float epsilon, int c) {
  return 1 / __builtin_sqrt((double)variance[c] + (double)epsilon);
}

INLINE double factor_of(const float *gamma, const float *variance, float epsilon, int c) {
  return (gamma ? gamma[c] : 1) / __builtin_sqrt((double)variance[c] + (double)epsilon);
}

/* Four channels of this block of 16, or fewer. */
#define BLOCKS                                                          \
  const int channels = call->channels, start = work->part * 16;         \
  const int end = smaller(start + 16, channels);                        \
  for (int c = start; c < end; c += 4)

void fold_weights(const struct fold_weights *call, const struct work *work) {
  BLOCKS {
    float lanes[4] = {0};
    for (int i = 0; i < smaller(4, end - c); i++) {
      lanes[i] = (float)factor_of(call->gamma, call->variance, call->epsilon, c + i);
    }
    const vec factor = load(lanes);
    for (int r = 0; r < call->rows; r++) {
      const int at = r * channels + c;
      store_some(call->y + at, multiply(load(call->weights + at), factor), end - c);
    }
  }
}

void fold_weights_gradient(const struct fold_weights_gradient *call, const struct work *work) {
  BLOCKS {
    float lanes[4] = {0}, inverse[4] = {0};
    for (int i = 0; i < smaller(4, end - c); i++) {
      lanes[i] = (float)factor_of(call->gamma, call->variance, call->epsilon, c + i);
      inverse[i] = (float)inverse_deviation(call->variance, call->epsilon, c + i);
    }
    const vec factor = load(lanes);
    vec sum = ZERO;
    for (int r = 0; r < call->rows; r++) {
      const int at = r * channels + c;
      const vec dy = load(call->dy + at);
      sum = multiply_add(dy, load(call->weights + at), sum);
      if (!call->dw) continue;
      vec dw = multiply(dy, factor);
      if (call->accumulate) dw = add(dw, load(call->dw + at));
      store_some(call->dw + at, dw, end - c);
    }
    if (!call->dgamma) continue;
    sum = multiply(sum, load(inverse));
    if (call->accumulate_gamma) sum = add(sum, load(call->dgamma + c));
    store_some(call->dgamma + c, sum, end - c);
  }
}

void fold_bias(const struct fold_bias *call, const struct work *work) {
  (void)work;
  for (int c = 0; c < call->channels; c++) {
    const double factor = factor_of(call->gamma, call->variance, call->epsilon, c);
    const double offset = (call->beta ? call->beta[c] : 0) - call->mean[c] * factor;
    call->y[c] = (float)(offset + (call->bias ? call->bias[c] : 0) * factor);
  }
}

INLINE void put(float *to, int c, double value, int accumulate) {
  if (to) to[c] = (float)(accumulate ? to[c] + value : value);
}

void fold_bias_gradient(const struct fold_bias_gradient *call, const struct work *work) {
  (void)work;
  for (int c = 0; c < call->channels; c++) {
    const double dy = call->dy[c], bias = call->bias ? call->bias[c] : 0;
    put(call->dbias, c, dy * factor_of(call->gamma, call->variance, call->epsilon, c), call->accumulate);
    put(call->dbeta, c, dy, call->accumulate_beta);
    put(call->dgamma, c, dy * (bias - call->mean[c]) * inverse_deviation(call->variance, call->epsilon, c),
        call->accumulate_gamma);
  }
}
