// A model as data: a list of kernel calls. The host writes it into memory and runs it; a board calls the kernels itself.
#ifndef THIMBLE_ENGINE_PLAN_H
#define THIMBLE_ENGINE_PLAN_H

#include "engine.h"

enum {
  ENGINE_CONV_2D,
  ENGINE_DEPTHWISE_CONV_2D,
  ENGINE_FULLY_CONNECTED,
  ENGINE_AVERAGE_POOL_2D,
  ENGINE_MAX_POOL_2D,
  ENGINE_ADD,
  ENGINE_MUL,
  ENGINE_LOOKUP,
  ENGINE_MEAN,
  ENGINE_SOFTMAX,
  ENGINE_FILL,
  ENGINE_MOVE,
  ENGINE_QUANTIZE,
  ENGINE_DEQUANTIZE,
};

typedef struct {
  int32_t kernel;
  const void *params;
  const void *input1, *input2; // as many as the kernel has
  void *output;
  int8_t *scratch;
} engine_call;

void engine_run(const engine_call *calls, int32_t count);

#endif
