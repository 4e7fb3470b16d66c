#include "kernels.h"

/*
 * Statistics of a batch: each shard sums (x - shift) and its square, in doubles where shards are brought together. The
 * shift is the moving mean, so that the variance is no difference of large numbers. Each shard brings the sums of all
 * together for itself, in one order: no barrier is needed for it, and all come to the same bits.
 */
INLINE void block_sums(const int blocks, const struct batch_norm_sums *call, const float *x, float *sums, int rows, int c,
                       int some) {
  const int channels = call->channels;
  vec shift[4], sum[4], squares[4];
  for (int i = 0; i < blocks; i++) {
    shift[i] = load(call->shift + c + 4 * i);
    sum[i] = squares[i] = ZERO;
  }
  for (int r = 0; r < rows; r++, x += channels) {
    for (int i = 0; i < blocks; i++) {
      const vec d = subtract(load(x + c + 4 * i), shift[i]);
      sum[i] = add(sum[i], d);
      squares[i] = multiply_add(d, d, squares[i]);
    }
  }
  for (int i = 0; i < blocks; i++) {
    store_some(sums + c + 4 * i, sum[i], some - 4 * i);
    store_some(sums + channels + c + 4 * i, squares[i], some - 4 * i);
  }
}

void batch_norm_sums(const struct batch_norm_sums *call, const struct work *work) {
  const int channels = call->channels, rows = (work->end - work->first) * call->pixels;
  const float *x = call->x + work->first * call->pixels * channels;
  float *sums = call->sums + work->shard * 2 * channels;
  int c = 0;
  for (; c + 16 <= channels; c += 16) block_sums(4, call, x, sums, rows, c, 16);
  for (; c + 8 <= channels; c += 8) block_sums(2, call, x, sums, rows, c, 8);
  for (; c < channels; c += 4) block_sums(1, call, x, sums, rows, c, channels - c);
}

/* Of all shards: the mean less the shift, and the variance. */
INLINE void statistics(const float *sums, int channels, int c, int shards, double count, double *mean, double *variance) {
  double sum = 0, squares = 0;
  for (int s = 0; s < shards; s++) {
    sum += sums[s * 2 * channels + c];
    squares += sums[(s * 2 + 1) * channels + c];
  }
  *mean = sum / count;
  *variance = squares / count - *mean * *mean;
  if (*variance < 0) *variance = 0;
}

/* y = min(max(x * scale + offset, low), high), a channel after the other. */
INLINE void scale_rows(const float *x, float *y, const float *scale, const float *offset, int rows, int channels,
                       float low, float high) {
  const vec lows = spread(low), highs = spread(high);
  for (int r = 0; r < rows; r++, x += channels, y += channels) {
    for (int c = 0; c < channels; c += 4) {
      const vec value = multiply_add(load(x + c), load(scale + c), load(offset + c));
      store_some(y + c, clamped(value, lows, highs), channels - c);
    }
  }
}

/* saved, of each shard: mean, 1 / deviation, scale, offset. */
void batch_norm(const struct batch_norm *call, const struct work *work) {
  const int channels = call->channels, start = work->first * call->pixels * channels;
  float *saved = call->saved + work->shard * 4 * channels;
  const double count = (double)work->control->items * call->pixels;
  for (int c = 0; c < channels; c++) {
    double mean, variance;
    statistics(call->sums, channels, c, work->control->shards, count, &mean, &variance);
    mean += call->shift[c];
    const double inverse = 1 / __builtin_sqrt(variance + call->epsilon);
    const double scale = (call->gamma ? call->gamma[c] : 1) * inverse;
    saved[c] = (float)mean;
    saved[channels + c] = (float)inverse;
    saved[2 * channels + c] = (float)scale;
    saved[3 * channels + c] = (float)((call->beta ? call->beta[c] : 0) - mean * scale);
  }
  scale_rows(call->x + start, call->y + start, saved + 2 * channels, saved + 3 * channels,
             (work->end - work->first) * call->pixels, channels, call->low, call->high);
}

/* The moving averages, after a step. Keras' variance of images is that of a sample: times n / (n - 1). */
void batch_norm_moving(const struct batch_norm_moving *call, const struct work *work) {
  if (!work->control->update || *call->finite == 0) return;
  const double count = (double)work->control->items * call->pixels;
  const double sample = call->sample && count > 1 ? count / (count - 1) : 1;
  for (int c = 0; c < call->channels; c++) {
    double mean, variance;
    statistics(call->sums, call->channels, c, work->control->shards, count, &mean, &variance);
    mean += call->mean[c];
    call->mean[c] = (float)(call->mean[c] * (double)call->momentum + mean * (1 - (double)call->momentum));
    call->variance[c] =
        (float)(call->variance[c] * (double)call->momentum + variance * sample * (1 - (double)call->momentum));
  }
}

INLINE void block_gradient_sums(const int blocks, const struct batch_norm_gradient_sums *call, const float *saved, int start,
                                float *sums, int rows, int c, int some) {
  const int channels = call->channels;
  const vec low = spread(call->low), high = spread(call->high);
  vec mean[4], sum[4], products[4];
  for (int i = 0; i < blocks; i++) {
    mean[i] = load(saved + c + 4 * i);
    sum[i] = products[i] = ZERO;
  }
  const float *x = call->x + start + c, *dy = call->dy + start + c, *y = call->y ? call->y + start + c : 0;
  for (int r = 0; r < rows; r++) {
    for (int i = 0; i < blocks; i++) {
      vec d = load(dy + r * channels + 4 * i);
      if (y) d = inside(d, load(y + r * channels + 4 * i), low, high);
      sum[i] = add(sum[i], d);
      products[i] = multiply_add(d, subtract(load(x + r * channels + 4 * i), mean[i]), products[i]);
    }
  }
  for (int i = 0; i < blocks; i++) {
    store_some(sums + c + 4 * i, sum[i], some - 4 * i);
    store_some(sums + channels + c + 4 * i, products[i], some - 4 * i);
  }
}

/* Of each shard: the sums of dy and of dy * (x - mean). */
void batch_norm_gradient_sums(const struct batch_norm_gradient_sums *call, const struct work *work) {
  const int channels = call->channels, rows = (work->end - work->first) * call->pixels;
  const int start = work->first * call->pixels * channels;
  const float *saved = call->saved + work->shard * 4 * channels;
  float *sums = call->sums + work->shard * 2 * channels;
  int c = 0;
  for (; c + 16 <= channels; c += 16) block_gradient_sums(4, call, saved, start, sums, rows, c, 16);
  for (; c + 8 <= channels; c += 8) block_gradient_sums(2, call, saved, start, sums, rows, c, 8);
  for (; c < channels; c += 4) block_gradient_sums(1, call, saved, start, sums, rows, c, channels - c);
}

/* dx (+)= k0 * dy + k1 * x + k2, a channel after the other. */
INLINE void gradient_rows(const float *x, const float *y, const float *dy, float *dx, const float *k0, const float *k1,
                          const float *k2, int rows, int channels, float low, float high, int accumulate) {
  const vec lows = spread(low), highs = spread(high);
  for (int r = 0, o = 0; r < rows; r++, o += channels) {
    for (int c = 0; c < channels; c += 4) {
      vec d = load(dy + o + c);
      if (y) d = inside(d, load(y + o + c), lows, highs);
      d = multiply(load(k0 + c), d);
      if (k1) d = add(d, multiply_add(load(k1 + c), load(x + o + c), load(k2 + c)));
      if (accumulate) d = add(d, load(dx + o + c));
      store_some(dx + o + c, d, channels - c);
    }
  }
}

void batch_norm_gradient(const struct batch_norm_gradient *call, const struct work *work) {
  const int channels = call->channels, start = work->first * call->pixels * channels;
  const float *saved = call->saved + work->shard * 4 * channels;
  float *k0 = work->scratch, *k1 = k0 + channels, *k2 = k1 + channels;
  const double count = (double)work->control->items * call->pixels;
  for (int c = 0; c < channels; c++) {
    double sum = 0, products = 0;
    for (int s = 0; s < work->control->shards; s++) {
      sum += call->sums[s * 2 * channels + c];
      products += call->sums[(s * 2 + 1) * channels + c];
    }
    const double inverse = saved[channels + c], scale = saved[2 * channels + c];
    const double slope = -scale * products * inverse * inverse / count;
    k0[c] = (float)scale;
    k1[c] = (float)slope;
    k2[c] = (float)(-scale * sum / count - slope * saved[c]);
  }
  gradient_rows(call->x + start, call->y ? call->y + start : 0, call->dy + start, call->dx + start, k0, k1, k2,
                (work->end - work->first) * call->pixels, channels, call->low, call->high, call->accumulate);
}

void batch_norm_parameters(const struct batch_norm_parameters *call, const struct work *work) {
  for (int c = 0; c < call->channels; c++) {
    double sum = 0, products = 0;
    for (int s = 0; s < work->control->shards; s++) {
      sum += call->sums[s * 2 * call->channels + c];
      products += call->sums[(s * 2 + 1) * call->channels + c];
    }
    if (call->dgamma) call->dgamma[c] = (float)(products * call->saved[call->channels + c]);
    if (call->dbeta) call->dbeta[c] = (float)sum;
  }
}

/* With the moving averages: evaluation, and layers that are frozen. scratch: scale, offset. */
static float *fixed_scales(const struct batch_norm_fixed *call, float *scratch) {
  float *scale = scratch, *offset = scratch + call->channels;
  for (int c = 0; c < call->channels; c++) {
    const double factor =
        (call->gamma ? call->gamma[c] : 1) / __builtin_sqrt((double)call->variance[c] + (double)call->epsilon);
    scale[c] = (float)factor;
    offset[c] = (float)((call->beta ? call->beta[c] : 0) - call->mean[c] * factor);
  }
  return offset;
}

void batch_norm_fixed(const struct batch_norm_fixed *call, const struct work *work) {
  const int channels = call->channels, start = work->first * call->pixels * channels;
  const float *offset = fixed_scales(call, work->scratch);
  scale_rows(call->x + start, call->y + start, work->scratch, offset, (work->end - work->first) * call->pixels, channels,
             call->low, call->high);
}

void batch_norm_fixed_gradient(const struct batch_norm_fixed_gradient *call, const struct work *work) {
  const int channels = call->channels, start = work->first * call->pixels * channels;
  float *scale = work->scratch;
  for (int c = 0; c < channels; c++) {
    scale[c] = (float)((call->gamma ? call->gamma[c] : 1) /
                       __builtin_sqrt((double)call->variance[c] + (double)call->epsilon));
  }
  gradient_rows(0, call->y ? call->y + start : 0, call->dy + start, call->dx + start, scale, 0, 0,
                (work->end - work->first) * call->pixels, channels, call->low, call->high, call->accumulate);
}
