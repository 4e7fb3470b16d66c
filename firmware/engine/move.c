#include "engine.h"

void engine_move(const engine_move_params *params, const int8_t *input, int8_t *output) {
  const int32_t last = ENGINE_MOVE_AXES - 1;
  const int32_t run = params->counts[last];
  const int32_t input_step = params->input_steps[last], output_step = params->output_steps[last];
  int32_t index[ENGINE_MOVE_AXES] = {0};
  const int8_t *from = input + params->from;
  int8_t *to = output + params->to;
  for (;;) {
    for (int32_t i = 0; i < run; i++) to[i * output_step] = from[i * input_step];
    int32_t axis = last - 1;
    for (; axis >= 0; axis--) {
      from += params->input_steps[axis];
      to += params->output_steps[axis];
      if (++index[axis] < params->counts[axis]) break;
      from -= params->counts[axis] * params->input_steps[axis];
      to -= params->counts[axis] * params->output_steps[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
