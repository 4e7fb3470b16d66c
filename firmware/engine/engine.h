// Int8 neural-network kernels: plain functions, one call for one operator of a model.
//
// Tensors are dense int8 arrays, batch first and channels last (NHWC). Parameters are constant data, so on a board they
// stay in flash. There is no heap, no state and no library function but memcpy.
//
// The arithmetic is that of TensorFlow Lite for Microcontrollers, to the last bit, in either of two roundings. Where
// there is vector hardware it is used; the result is the same.
#ifndef THIMBLE_ENGINE_H
#define THIMBLE_ENGINE_H

#include <stdint.h>

// Which kernels: WebAssembly SIMD, the same with the dot product of relaxed SIMD, the DSP extension of Cortex-M (M4, M7,
// M33, M55), or portable C.
#if defined(__wasm_relaxed_simd__) || defined(ENGINE_EMULATE_RELAXED)
#define ENGINE_RELAXED 1
#else
#define ENGINE_RELAXED 0
#endif
#ifdef __wasm_simd128__
#define ENGINE_SIMD 1
#else
#define ENGINE_SIMD 0
#endif
#if defined(__ARM_FEATURE_DSP) || defined(ENGINE_EMULATE_DSP)
#define ENGINE_DSP 1
#else
#define ENGINE_DSP 0
#endif

// How packed weights are ordered. Each kind of kernels has an order of its own; portable C reads any.
#define ENGINE_LAYOUT_BOARD 0
#define ENGINE_LAYOUT_SIMD 1
#define ENGINE_LAYOUT_RELAXED 2
#ifndef ENGINE_LAYOUT
#define ENGINE_LAYOUT (ENGINE_RELAXED ? ENGINE_LAYOUT_RELAXED : ENGINE_SIMD ? ENGINE_LAYOUT_SIMD : ENGINE_LAYOUT_BOARD)
#endif
#define ENGINE_CHANNELS (ENGINE_LAYOUT == ENGINE_LAYOUT_BOARD ? 2 : 8) // output channels that stand together
#define ENGINE_DEPTHS (ENGINE_LAYOUT == ENGINE_LAYOUT_SIMD ? 2 : 4)    // inputs of one channel that stand together

// The depth of a segment is a multiple of this: what is missing has weights of 0.
#define ENGINE_DEPTH_UNIT 4

// Kernels read (and ignore) up to so many bytes past the end of a tensor, and overwrite as many past that of scratch.
#define ENGINE_SLACK 16

// How many windows a convolution works on at a time.
#define ENGINE_TILE (ENGINE_SIMD ? 4 : 2)

// How an accumulator is scaled: with two roundings (TFLite Micro's reference kernels, CMSIS-NN) or one (STM32Cube.AI).
// A build may fix the one that it needs with -DENGINE_ROUNDING=0 or 1.
enum { ENGINE_TFLM = 0, ENGINE_SINGLE = 1 };

// How SIMD and DSP scale an accumulator, where it is known to give what the integers give for every accumulator that can
// be.
enum {
  ENGINE_INTEGER = 0,
  ENGINE_DOUBLE = 1,    // SIMD: floor(sum * scale + offset)
  ENGINE_MAGNITUDE = 2, // SIMD: the same of |sum|, then the sign and the zero point
  ENGINE_SHRINK = 3,    // DSP: all channels are shifted to the right, and any int8 may come out; see shrink.h
};

// What follows the accumulators of some output channels.
typedef struct {
  int32_t bias[ENGINE_CHANNELS]; // less (input zero point + moved) * sum of the channel's weights
  int32_t multiplier[ENGINE_CHANNELS];
  int32_t shift[ENGINE_CHANNELS]; // positive: to the left
#if ENGINE_LAYOUT != ENGINE_LAYOUT_BOARD
  double scale[ENGINE_CHANNELS];
  double offset[ENGINE_CHANNELS];
#endif
} engine_channels;

// A matrix of weights, and all that leads from its products to int8.
typedef struct {
  // [channels / ENGINE_CHANNELS][segments * depth / ENGINE_DEPTHS][ENGINE_CHANNELS][ENGINE_DEPTHS]
  const int8_t *values;
  const engine_channels *channel;
  int32_t channels;
  int32_t segments; // runs of values that need not follow each other
  int32_t depth;    // values of a segment
  int32_t rounding;
  int32_t form;
  int32_t moved;      // added to each activation, as relaxed SIMD may take them unsigned: 0 or 128; `bias` knows
  int32_t zero_point; // of the output
  int32_t lowest, highest;
} engine_weights;

// Where the windows of a convolution or a pooling lie. `zero_point` fills what lies beyond the border.
typedef struct {
  int32_t batches, height, width, channels;
  int32_t output_height, output_width;
  int32_t kernel_height, kernel_width;
  int32_t stride_height, stride_width;
  int32_t dilation_height, dilation_width;
  int32_t padding_top, padding_left;
  int32_t zero_point;
} engine_windows;

typedef struct {
  engine_windows windows;
  engine_weights weights; // a segment is a row of a window; or, gathered, the whole of it
  int32_t gather;         // windows are copied to scratch first, so that their rows follow each other
  int32_t strip_rows;     // output rows whose input is copied to scratch at a time, with its border; 0: none needs to
} engine_conv_2d_params;

typedef struct {
  engine_windows windows;
  engine_weights weights; // see depthwise.h; depth: taps, rounded up
  int32_t multiplier;     // output channels for one of the input
  int32_t strip_rows;     // as above; the copy has `multiplier` times the channels
  const int32_t *taps;    // for each tap, its distance from the window's first, in bytes
} engine_depthwise_conv_2d_params;

typedef struct {
  engine_weights weights;
  int32_t rows, row_size;
} engine_fully_connected_params;

typedef struct {
  engine_windows windows;
  int32_t lowest, highest;
} engine_pool_2d_params;

typedef struct {
  int32_t count, rounding;
  int32_t zero_point1, multiplier1, shift1;
  int32_t zero_point2, multiplier2, shift2;
  int32_t subtract;
  int32_t zero_point, multiplier, shift;
  int32_t lowest, highest;
  int32_t linear; // (high + ((low + low_offset) >> 15) + high_offset) >> linear_shift gives the same
  int32_t high1, high2, low1, low2, high_offset, low_offset, linear_shift;
} engine_add_params;

typedef struct {
  int32_t count, rounding;
  int32_t zero_point1, zero_point2;
  int32_t zero_point, multiplier, shift;
  int32_t lowest, highest;
} engine_mul_params;

// The middle one of three dimensions is averaged over.
typedef struct {
  int32_t outer, count, inner;
  int32_t rounding;
  int32_t zero_point1;
  int32_t zero_point, multiplier, shift;
} engine_mean_params;

typedef struct {
  int32_t rows, depth;
  int32_t rounding, multiplier, shift;
  int32_t radius; // differences to the maximum beyond this count as none
} engine_softmax_params;

typedef struct {
  int32_t count;
  const int8_t *table; // for -128 ... 127
} engine_lookup_params;

typedef struct {
  int32_t count;
  float scale;
  int32_t zero_point;
  int32_t truncate; // 0: to the nearest, halves away from zero; 1: towards zero, as a C cast
} engine_quantize_params;

typedef struct {
  int32_t count;
  float scale;
  int32_t zero_point;
} engine_dequantize_params;

typedef struct {
  int32_t count;
  int32_t value;
} engine_fill_params;

#define ENGINE_MOVE_AXES 8
// Moves elements one by one: along each axis, so many, so far apart in the input and in the output.
typedef struct {
  int32_t from, to; // the first element's place
  int32_t counts[ENGINE_MOVE_AXES], input_steps[ENGINE_MOVE_AXES], output_steps[ENGINE_MOVE_AXES];
} engine_move_params;

// Weighted sums. `scratch` may be the same for all calls, and absent where a kernel needs none.
void engine_conv_2d(const engine_conv_2d_params *params, const int8_t *input, int8_t *output, int8_t *scratch);
void engine_depthwise_conv_2d(const engine_depthwise_conv_2d_params *params, const int8_t *input, int8_t *output,
                              int8_t *scratch);
void engine_fully_connected(const engine_fully_connected_params *params, const int8_t *input, int8_t *output);

// Windows
void engine_average_pool_2d(const engine_pool_2d_params *params, const int8_t *input, int8_t *output);
void engine_max_pool_2d(const engine_pool_2d_params *params, const int8_t *input, int8_t *output);

// Element by element
void engine_add(const engine_add_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);
void engine_mul(const engine_mul_params *params, const int8_t *input1, const int8_t *input2, int8_t *output);
void engine_lookup(const engine_lookup_params *params, const int8_t *input, int8_t *output); // RELU, RELU6, LOGISTIC, …

// Along an axis
void engine_mean(const engine_mean_params *params, const int8_t *input, int8_t *output);
void engine_softmax(const engine_softmax_params *params, const int8_t *input, int8_t *output);

// To another place: PAD is fill and move, CONCATENATION one move for each part, STRIDED_SLICE and TRANSPOSE one move.
void engine_fill(const engine_fill_params *params, int8_t *output);
void engine_move(const engine_move_params *params, const int8_t *input, int8_t *output);

// From and to real numbers
void engine_quantize(const engine_quantize_params *params, const float *input, int8_t *output);
void engine_quantize_uint8(int32_t count, const uint8_t *input, int8_t *output);
void engine_dequantize(const engine_dequantize_params *params, const int8_t *input, float *output);

#endif
