/* Made by build_kernels.ts from calls.ts. */
struct convolve {
  const float *x;
  const float *weights;
  const float *bias;
  float *y;
  const int *table;
  int phases;
  int x_item;
  int y_item;
  int height;
  int width;
  int channels;
  int top;
  int left;
  int padded_height;
  int padded_width;
  int columns;
  int accumulate;
};
void convolve(const struct convolve *call, const struct work *work);

struct convolve_filter_gradient {
  const float *x;
  const float *dy;
  float *dw;
  float *db;
  const int *table;
  int weights;
  int x_item;
  int dy_item;
  int height;
  int width;
  int channels;
  int top;
  int left;
  int padded_height;
  int padded_width;
  int columns;
  int strip;
};
void convolve_filter_gradient(const struct convolve_filter_gradient *call, const struct work *work);

struct depthwise {
  const float *x;
  const float *weights;
  const float *bias;
  float *y;
  const int *table;
  int phases;
  int x_item;
  int y_item;
  int height;
  int width;
  int channels;
  int top;
  int left;
  int padded_height;
  int padded_width;
  int columns;
  int accumulate;
};
void depthwise(const struct depthwise *call, const struct work *work);

struct depthwise_filter_gradient {
  const float *x;
  const float *dy;
  float *dw;
  float *db;
  const int *table;
  int weights;
  int x_item;
  int dy_item;
  int height;
  int width;
  int channels;
  int top;
  int left;
  int padded_height;
  int padded_width;
  int columns;
  int strip;
};
void depthwise_filter_gradient(const struct depthwise_filter_gradient *call, const struct work *work);

struct dense {
  const float *x;
  const float *weights;
  const float *bias;
  float *y;
  const int *in;
  const int *out;
  int rows;
  int columns;
  int accumulate;
};
void dense(const struct dense *call, const struct work *work);

struct dense_filter_gradient {
  const float *x;
  const float *dy;
  float *dw;
  const int *in;
  int rows;
  int columns;
  int parts;
};
void dense_filter_gradient(const struct dense_filter_gradient *call, const struct work *work);

struct column_sums {
  const float *x;
  float *sums;
  int columns;
};
void column_sums(const struct column_sums *call, const struct work *work);

struct pack_panels {
  const float *weights;
  float *panels;
  int rows;
  int columns;
  int parts;
};
void pack_panels(const struct pack_panels *call, const struct work *work);

struct pack_transposed {
  const float *weights;
  float *panels;
  int inputs;
  int outputs;
  int offset;
  int kernel_width;
  int first_row;
  int first_column;
  int stride_rows;
  int stride_columns;
  int tap_rows;
  int tap_columns;
  int parts;
};
void pack_transposed(const struct pack_transposed *call, const struct work *work);

struct flip_depthwise {
  const float *weights;
  float *flipped;
  int channels;
  int offset;
  int kernel_width;
  int first_row;
  int first_column;
  int stride_rows;
  int stride_columns;
  int tap_rows;
  int tap_columns;
};
void flip_depthwise(const struct flip_depthwise *call, const struct work *work);

struct pad {
  const float *x;
  float *y;
  int height;
  int width;
  int channels;
  int top;
  int left;
  int padded_height;
  int padded_width;
};
void pad(const struct pad *call, const struct work *work);

struct crop {
  const float *x;
  float *y;
  int height;
  int width;
  int channels;
  int top;
  int left;
  int padded_height;
  int padded_width;
  int accumulate;
};
void crop(const struct crop *call, const struct work *work);

struct batch_norm_sums {
  const float *x;
  const float *shift;
  float *sums;
  int pixels;
  int channels;
};
void batch_norm_sums(const struct batch_norm_sums *call, const struct work *work);

struct batch_norm {
  const float *x;
  float *y;
  const float *sums;
  const float *shift;
  const float *gamma;
  const float *beta;
  float *saved;
  int pixels;
  int channels;
  float epsilon;
  float low;
  float high;
};
void batch_norm(const struct batch_norm *call, const struct work *work);

struct batch_norm_moving {
  const float *sums;
  const float *finite;
  float *mean;
  float *variance;
  int pixels;
  int channels;
  float momentum;
  int sample;
};
void batch_norm_moving(const struct batch_norm_moving *call, const struct work *work);

struct batch_norm_gradient_sums {
  const float *x;
  const float *y;
  const float *dy;
  const float *saved;
  float *sums;
  int pixels;
  int channels;
  float low;
  float high;
};
void batch_norm_gradient_sums(const struct batch_norm_gradient_sums *call, const struct work *work);

struct batch_norm_gradient {
  const float *x;
  const float *y;
  const float *dy;
  float *dx;
  const float *saved;
  const float *sums;
  int pixels;
  int channels;
  float low;
  float high;
  int accumulate;
};
void batch_norm_gradient(const struct batch_norm_gradient *call, const struct work *work);

struct batch_norm_parameters {
  const float *sums;
  const float *saved;
  float *dgamma;
  float *dbeta;
  int channels;
};
void batch_norm_parameters(const struct batch_norm_parameters *call, const struct work *work);

struct batch_norm_fixed {
  const float *x;
  float *y;
  const float *gamma;
  const float *beta;
  const float *mean;
  const float *variance;
  int pixels;
  int channels;
  float epsilon;
  float low;
  float high;
};
void batch_norm_fixed(const struct batch_norm_fixed *call, const struct work *work);

struct batch_norm_fixed_gradient {
  const float *y;
  const float *dy;
  float *dx;
  const float *gamma;
  const float *beta;
  const float *mean;
  const float *variance;
  int pixels;
  int channels;
  float epsilon;
  float low;
  float high;
  int accumulate;
};
void batch_norm_fixed_gradient(const struct batch_norm_fixed_gradient *call, const struct work *work);

struct clamp {
  const float *x;
  float *y;
  int size;
  float low;
  float high;
};
void clamp(const struct clamp *call, const struct work *work);

struct clamp_gradient {
  const float *y;
  const float *dy;
  float *dx;
  int size;
  float low;
  float high;
  int accumulate;
};
void clamp_gradient(const struct clamp_gradient *call, const struct work *work);

struct add_clamped {
  const float *a;
  const float *b;
  float *y;
  int size;
  float low;
  float high;
};
void add_clamped(const struct add_clamped *call, const struct work *work);

struct transfer {
  const float *x;
  float *y;
  int size;
  int accumulate;
};
void transfer(const struct transfer *call, const struct work *work);

struct sigmoid {
  const float *x;
  float *y;
  int size;
};
void sigmoid(const struct sigmoid *call, const struct work *work);

struct sigmoid_gradient {
  const float *y;
  const float *dy;
  float *dx;
  int size;
  int accumulate;
};
void sigmoid_gradient(const struct sigmoid_gradient *call, const struct work *work);

struct softmax {
  const float *x;
  float *y;
  int size;
  int columns;
};
void softmax(const struct softmax *call, const struct work *work);

struct softmax_gradient {
  const float *y;
  const float *dy;
  float *dx;
  int size;
  int columns;
  int accumulate;
};
void softmax_gradient(const struct softmax_gradient *call, const struct work *work);

struct dropout {
  const float *x;
  float *y;
  int size;
  float rate;
  int salt;
  int accumulate;
};
void dropout(const struct dropout *call, const struct work *work);

struct average_pool {
  const float *x;
  float *y;
  int height;
  int width;
  int channels;
  int out_height;
  int out_width;
  int window_height;
  int window_width;
  int stride_rows;
  int stride_columns;
  int top;
  int left;
};
void average_pool(const struct average_pool *call, const struct work *work);

struct average_pool_gradient {
  const float *dy;
  float *dx;
  int height;
  int width;
  int channels;
  int out_height;
  int out_width;
  int window_height;
  int window_width;
  int stride_rows;
  int stride_columns;
  int top;
  int left;
  int accumulate;
};
void average_pool_gradient(const struct average_pool_gradient *call, const struct work *work);

struct max_pool {
  const float *x;
  float *y;
  int height;
  int width;
  int channels;
  int out_height;
  int out_width;
  int window_height;
  int window_width;
  int stride_rows;
  int stride_columns;
  int top;
  int left;
};
void max_pool(const struct max_pool *call, const struct work *work);

struct max_pool_gradient {
  const float *x;
  const float *dy;
  float *dx;
  int height;
  int width;
  int channels;
  int out_height;
  int out_width;
  int window_height;
  int window_width;
  int stride_rows;
  int stride_columns;
  int top;
  int left;
  int accumulate;
};
void max_pool_gradient(const struct max_pool_gradient *call, const struct work *work);

struct cross_entropy {
  const float *x;
  const float *labels;
  float *dx;
  float *losses;
  int columns;
};
void cross_entropy(const struct cross_entropy *call, const struct work *work);

struct squared_error {
  const float *x;
  const float *labels;
  float *dx;
  float *losses;
  int size;
};
void squared_error(const struct squared_error *call, const struct work *work);

struct total_loss {
  const float *losses;
  const float *penalties;
  int penalties_count;
  float *totals;
  float *finite;
};
void total_loss(const struct total_loss *call, const struct work *work);

struct penalty {
  const float *weights;
  float *result;
  int count;
  float l2;
};
void penalty(const struct penalty *call, const struct work *work);

struct reduce {
  const float *partials;
  const float *weights;
  float *gradient;
  int count;
  float l2;
  int accumulate;
  int parts;
};
void reduce(const struct reduce *call, const struct work *work);

struct adam {
  const float *gradients;
  const float *finite;
  float *weights;
  float *m;
  float *v;
  int count;
  float beta1;
  float beta2;
  float epsilon;
  int parts;
};
void adam(const struct adam *call, const struct work *work);

struct sgd {
  const float *gradients;
  const float *finite;
  float *weights;
  float *velocity;
  int count;
  float momentum;
  int nesterov;
  int parts;
};
void sgd(const struct sgd *call, const struct work *work);

struct fold_weights {
  const float *weights;
  const float *gamma;
  const float *variance;
  float *y;
  int rows;
  int channels;
  float epsilon;
};
void fold_weights(const struct fold_weights *call, const struct work *work);

struct fold_weights_gradient {
  const float *dy;
  const float *weights;
  const float *gamma;
  const float *variance;
  float *dw;
  float *dgamma;
  int rows;
  int channels;
  float epsilon;
  int accumulate;
  int accumulate_gamma;
};
void fold_weights_gradient(const struct fold_weights_gradient *call, const struct work *work);

struct fold_bias {
  const float *bias;
  const float *gamma;
  const float *beta;
  const float *mean;
  const float *variance;
  float *y;
  int channels;
  float epsilon;
};
void fold_bias(const struct fold_bias *call, const struct work *work);

struct fold_bias_gradient {
  const float *dy;
  const float *bias;
  const float *gamma;
  const float *mean;
  const float *variance;
  float *dbias;
  float *dbeta;
  float *dgamma;
  int channels;
  float epsilon;
  int accumulate;
  int accumulate_beta;
  int accumulate_gamma;
};
void fold_bias_gradient(const struct fold_bias_gradient *call, const struct work *work);

struct quantize_weights {
  const float *weights;
  float *y;
  float *steps;
  int rows;
  int channels;
  float greatest;
  int per_channel;
  int least_error;
};
void quantize_weights(const struct quantize_weights *call, const struct work *work);

struct quantize_weights_gradient {
  const float *weights;
  const float *dy;
  const float *steps;
  float *dw;
  int rows;
  int channels;
  float greatest;
  int per_channel;
  int accumulate;
  int parts;
};
void quantize_weights_gradient(const struct quantize_weights_gradient *call, const struct work *work);

struct quantize_bias {
  const float *bias;
  const float *range;
  const float *steps;
  float *y;
  int channels;
  int per_channel;
};
void quantize_bias(const struct quantize_bias *call, const struct work *work);

struct quantize_items {
  const float *x;
  float *y;
  const float *range;
  float *seen;
  int size;
  float low;
  float high;
  float tie;
};
void quantize_items(const struct quantize_items *call, const struct work *work);

struct quantize_items_gradient {
  const float *x;
  const float *dy;
  float *dx;
  const float *range;
  float *drange;
  int size;
  float low;
  float high;
  int accumulate;
};
void quantize_items_gradient(const struct quantize_items_gradient *call, const struct work *work);

struct observe_range {
  const float *seen;
  const float *finite;
  float *range;
  float momentum;
};
void observe_range(const struct observe_range *call, const struct work *work);

enum {
  CALL_convolve,
  CALL_convolve_filter_gradient,
  CALL_depthwise,
  CALL_depthwise_filter_gradient,
  CALL_dense,
  CALL_dense_filter_gradient,
  CALL_column_sums,
  CALL_pack_panels,
  CALL_pack_transposed,
  CALL_flip_depthwise,
  CALL_pad,
  CALL_crop,
  CALL_batch_norm_sums,
  CALL_batch_norm,
  CALL_batch_norm_moving,
  CALL_batch_norm_gradient_sums,
  CALL_batch_norm_gradient,
  CALL_batch_norm_parameters,
  CALL_batch_norm_fixed,
  CALL_batch_norm_fixed_gradient,
  CALL_clamp,
  CALL_clamp_gradient,
  CALL_add_clamped,
  CALL_transfer,
  CALL_sigmoid,
  CALL_sigmoid_gradient,
  CALL_softmax,
  CALL_softmax_gradient,
  CALL_dropout,
  CALL_average_pool,
  CALL_average_pool_gradient,
  CALL_max_pool,
  CALL_max_pool_gradient,
  CALL_cross_entropy,
  CALL_squared_error,
  CALL_total_loss,
  CALL_penalty,
  CALL_reduce,
  CALL_adam,
  CALL_sgd,
  CALL_fold_weights,
  CALL_fold_weights_gradient,
  CALL_fold_bias,
  CALL_fold_bias_gradient,
  CALL_quantize_weights,
  CALL_quantize_weights_gradient,
  CALL_quantize_bias,
  CALL_quantize_items,
  CALL_quantize_items_gradient,
  CALL_observe_range,
};
#define EACH_CALL(X) X(convolve) X(convolve_filter_gradient) X(depthwise) X(depthwise_filter_gradient) X(dense) X(dense_filter_gradient) X(column_sums) X(pack_panels) X(pack_transposed) X(flip_depthwise) X(pad) X(crop) X(batch_norm_sums) X(batch_norm) X(batch_norm_moving) X(batch_norm_gradient_sums) X(batch_norm_gradient) X(batch_norm_parameters) X(batch_norm_fixed) X(batch_norm_fixed_gradient) X(clamp) X(clamp_gradient) X(add_clamped) X(transfer) X(sigmoid) X(sigmoid_gradient) X(softmax) X(softmax_gradient) X(dropout) X(average_pool) X(average_pool_gradient) X(max_pool) X(max_pool_gradient) X(cross_entropy) X(squared_error) X(total_loss) X(penalty) X(reduce) X(adam) X(sgd) X(fold_weights) X(fold_weights_gradient) X(fold_bias) X(fold_bias_gradient) X(quantize_weights) X(quantize_weights_gradient) X(quantize_bias) X(quantize_items) X(quantize_items_gradient) X(observe_range)
