#include "inference.h"

#include "input.h"
#include "print.h"
#include "print_float.h"

static core_mode timestamp_mode;
static float last_results[TH_RESULTS];
static uint32_t result_count;
static uint64_t operator_us[TH_OPERATORS];

void inference_reset(core_mode mode) {
  timestamp_mode = mode;
  result_count = 0;
}

static void timestamp(void) {
  if (timestamp_mode == CORE_ENERGY) {
    th_timestamp_edge();
    return;
  }
  const uint64_t now = th_timestamp_us();
  print("m-lap-us-");
  print_count(now);
  print_end();
}

void timestamp_command(core_words words) {
  (void)words;
  timestamp();
}

void results_command(core_words words) {
  (void)words;
  print("m-results-[");
  for (uint32_t i = 0; i < result_count; i++) {
    if (i > 0) print(",");
    print_float(last_results[i], th_model()->decimals);
  }
  print_line("]");
}

static void print_range(const char *command, uint32_t from, const char *what) {
  print("e-[Command '");
  print(command);
  print("' requires ");
  print_count(from);
  print(" to ");
  print_count(TH_MAXIMUM_ITERATIONS);
  print(" ");
  print(what);
  print_line("]");
}

static void print_failure(const char *reason) {
  print("e-[Inference failed: ");
  print_escaped_text(reason);
  print_line("]");
}

// Hands the input to the model; false, with an answer, where that is not possible.
static bool load_tensor(void) {
  const uint32_t bytes = th_model()->input_bytes;
  const uint8_t *input = input_of(bytes);
  if (input == 0) {
    print("e-[Input is not loaded: ");
    print_count(bytes);
    print_line(" bytes expected]");
    return false;
  }
  const char *failure = th_load_tensor(input);
  if (failure != 0) print_failure(failure);
  return failure == 0;
}

// Whether the host has had enough; then it is told how far this came.
static bool is_interrupted(uint64_t done) {
  if (!th_interrupted()) return false;
  print("e-[Interrupted after ");
  print_count(done);
  print_line(" inferences]");
  return true;
}

static bool run_inferences(uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    if (is_interrupted(i)) return false;
    const char *failure = th_infer();
    if (failure == 0) continue;
    print_failure(failure);
    return false;
  }
  return true;
}

void infer_command(core_words words) {
  uint64_t iterations = 0;
  uint64_t warmups = 10;
  const bool counted = core_word_count(core_next_word(&words), &iterations);
  const core_word second = core_next_word(&words);
  if (!counted || iterations < 1 || iterations > TH_MAXIMUM_ITERATIONS) {
    print_range("infer", 1, "iterations");
    return;
  }
  if ((second.count > 0 && !core_word_count(second, &warmups)) || warmups > TH_MAXIMUM_ITERATIONS) {
    print_range("infer", 0, "warmups");
    return;
  }
  if (!load_tensor()) return;
  print("m-warmup-start-");
  print_count(warmups);
  print_end();
  if (!run_inferences(warmups)) return;
  print_line("m-warmup-done");
  print("m-infer-start-");
  print_count(iterations);
  print_end();
  timestamp();
  if (!run_inferences(iterations)) return;
  timestamp();
  print_line("m-infer-done");
  result_count = th_model()->results < TH_RESULTS ? th_model()->results : TH_RESULTS;
  for (uint32_t i = 0; i < result_count; i++) last_results[i] = th_result(i);
  results_command(words);
}

bool can_time_operators(void) {
  const uint32_t operators = th_model()->operators;
  return operators > 0 && operators <= TH_OPERATORS;
}

// Of all inferences together.
static bool time_operators(uint64_t count, uint32_t operators, uint64_t *us) {
  for (uint32_t k = 0; k < operators; k++) us[k] = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (is_interrupted(i)) return false;
    for (uint32_t k = 0; k < operators; k++) {
      const uint64_t start = th_timestamp_us();
      th_operator(k);
      us[k] += th_timestamp_us() - start;
    }
  }
  return true;
}

void optime_command(core_words words) {
  const th_model_info *model = th_model();
  uint64_t count = 0;
  if (!core_word_count(core_next_word(&words), &count) || count < 1 || count > TH_MAXIMUM_ITERATIONS) {
    print_range("optime", 1, "iterations");
    return;
  }
  if (!can_time_operators()) {
    print_line("e-[Operators of this model cannot be timed]");
    return;
  }
  if (!load_tensor()) return;
  if (!time_operators(count, model->operators, operator_us)) return;
  for (uint32_t k = 0; k < model->operators; k++) {
    print("m-optime-[");
    print_count(k);
    print(",");
    print(model->operator_names[k]);
    print(",");
    print_count(operator_us[k]);
    print_line("]");
  }
}
