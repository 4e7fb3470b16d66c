// Runs a model by the functions of th.h alone: inputs from standard input, results to standard output, as float32. All
// ways to run an inference must agree, and the input must stay as it is.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

static _Alignas(16) uint8_t input[TH_INPUT_BYTES];
static uint8_t before[TH_INPUT_BYTES];

static int differs(const float *results, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const float result = th_result(i);
    if (memcmp(&result, &results[i], sizeof result) != 0) return 1;
  }
  return 0;
}

int main(void) {
  const th_model_info *model = th_model();
  static float results[TH_RESULTS];
  while (fread(input, model->input_bytes, 1, stdin) == 1) {
    memcpy(before, input, sizeof input);
    if (th_load_tensor(input) != 0 || th_infer() != 0) return 2;
    for (uint32_t i = 0; i < model->results; i++) results[i] = th_result(i);
    if (fwrite(results, sizeof results[0], model->results, stdout) != model->results) return 3;
    th_infer();
    if (differs(results, model->results)) return 4;
    for (uint32_t i = 0; i < model->operators; i++) th_operator(i);
    if (differs(results, model->results)) return 5;
    if (memcmp(before, input, sizeof input) != 0) return 6;
  }
  return 0;
}
