#include "kernels.h"

/*
 * Weights as the products read them: panels of eight columns, each of all rows: [columns / 8][rows][8], zeros at the
 * end.
 */
void pack_panels(const struct pack_panels *call, const struct work *work) {
  const int columns = call->columns;
  for (int n = work->part * 8; n < columns; n += call->parts * 8) {
    const int some = smaller(columns - n, 8);
    float *to = call->panels + n * call->rows;
    for (int row = 0; row < call->rows; row++, to += 8) {
      const float *from = call->weights + row * columns + n;
      for (int j = 0; j < 8; j++) to[j] = j < some ? from[j] : 0;
    }
  }
}

/*
 * For the gradient of the input: of weights [kernel_height][kernel_width][inputs][outputs], the taps that meet one phase
 * of the strides, last tap first: rows (tap row, tap column, output), columns the inputs.
 */
void pack_transposed(const struct pack_transposed *call, const struct work *work) {
  const int inputs = call->inputs, outputs = call->outputs, rows = call->tap_rows * call->tap_columns * outputs;
  for (int n = work->part * 8; n < inputs; n += call->parts * 8) {
    const int some = smaller(inputs - n, 8);
    float *to = call->panels + call->offset + n * rows;
    for (int i = call->tap_rows - 1; i >= 0; i--) {
      for (int j = call->tap_columns - 1; j >= 0; j--) {
        const int row = call->first_row + i * call->stride_rows, column = call->first_column + j * call->stride_columns;
        const float *from = call->weights + ((row * call->kernel_width + column) * inputs + n) * outputs;
        for (int o = 0; o < outputs; o++, to += 8) {
          for (int q = 0; q < 8; q++) to[q] = q < some ? from[q * outputs + o] : 0;
        }
      }
    }
  }
}

/* The same of a depthwise kernel [kernel_height][kernel_width][channels]. */
void flip_depthwise(const struct flip_depthwise *call, const struct work *work) {
  (void)work;
  float *to = call->flipped + call->offset;
  for (int i = call->tap_rows - 1; i >= 0; i--) {
    for (int j = call->tap_columns - 1; j >= 0; j--, to += call->channels) {
      const int row = call->first_row + i * call->stride_rows, column = call->first_column + j * call->stride_columns;
      copy(to, call->weights + (row * call->kernel_width + column) * call->channels, call->channels);
    }
  }
}
