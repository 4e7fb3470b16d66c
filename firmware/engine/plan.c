#include "plan.h"

static void run_one(const engine_call *call) {
  const void *params = call->params;
  const int8_t *input = call->input1;
  int8_t *output = call->output;
  switch (call->kernel) {
  case ENGINE_CONV_2D: engine_conv_2d(params, input, output, call->scratch); break;
  case ENGINE_DEPTHWISE_CONV_2D: engine_depthwise_conv_2d(params, input, output, call->scratch); break;
  case ENGINE_FULLY_CONNECTED: engine_fully_connected(params, input, output); break;
  case ENGINE_AVERAGE_POOL_2D: engine_average_pool_2d(params, input, output); break;
  case ENGINE_MAX_POOL_2D: engine_max_pool_2d(params, input, output); break;
  case ENGINE_ADD: engine_add(params, input, call->input2, output); break;
  case ENGINE_MUL: engine_mul(params, input, call->input2, output); break;
  case ENGINE_LOOKUP: engine_lookup(params, input, output); break;
  case ENGINE_MEAN: engine_mean(params, input, output); break;
  case ENGINE_SOFTMAX: engine_softmax(params, input, output); break;
  case ENGINE_FILL: engine_fill(params, output); break;
  case ENGINE_MOVE: engine_move(params, input, output); break;
  case ENGINE_QUANTIZE: engine_quantize(params, call->input1, output); break;
  case ENGINE_DEQUANTIZE: engine_dequantize(params, input, call->output); break;
  }
}

void engine_run(const engine_call *calls, int32_t count) {
  for (int32_t i = 0; i < count; i++) run_one(&calls[i]);
}
