// Any input into a model, by way of the command core, with ASan and UBSan: kernels stay in their memory, every input has
// results, and the operators one by one give the same as an inference.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/crc32.h"

static char tail[16]; // of what was transmitted
static bool refused;  // an answer said so

static void expect(bool right) {
  if (!right) abort();
}

void th_transmit(const char *bytes, size_t count) {
  if (count >= 3 && memcmp(bytes, "e-[", 3) == 0) refused = true;
  for (size_t i = 0; i < count; i++) {
    memmove(tail, tail + 1, sizeof tail - 1);
    tail[sizeof tail - 1] = bytes[i];
  }
}

bool th_interrupted(void) {
  return false;
}

uint64_t th_timestamp_us(void) {
  return 0;
}

void th_timestamp_edge(void) {
}

bool th_supports_baud(uint32_t rate) {
  (void)rate;
  return false;
}

void th_set_baud(uint32_t rate) {
  (void)rate;
}

uint32_t th_initial_baud(void) {
  return 115200;
}

const char *th_name(void) {
  return "fuzz";
}

const char *th_profile(void) {
  return "fuzz";
}

static void command(const char *text) {
  while (*text) core_receive((uint8_t)*text++);
  expect(!refused && memcmp(tail + sizeof tail - 9, "m-ready\r\n", 9) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  static uint8_t input[TH_INPUT_BYTES];
  if (count == 0) return 0;
  const th_model_info *model = th_model();
  expect(model->input_bytes <= sizeof input && model->results <= TH_RESULTS && model->operators <= TH_OPERATORS);
  for (uint32_t i = 0; i < model->input_bytes; i++) input[i] = bytes[i % count];
  core_boot(CORE_PERFORMANCE);
  char text[64];
  snprintf(text, sizeof text, "db load %lu%%", (unsigned long)model->input_bytes);
  command(text);
  snprintf(text, sizeof text, "db raw %lu %08lx%%", (unsigned long)model->input_bytes,
           (unsigned long)core_crc32(input, model->input_bytes));
  command(text);
  for (uint32_t i = 0; i < model->input_bytes; i++) core_receive(input[i]);
  command("infer 1 0%");
  float results[TH_RESULTS];
  for (uint32_t i = 0; i < model->results; i++) results[i] = th_result(i);
  command("optime 1%");
  for (uint32_t i = 0; i < model->results; i++) {
    const float result = th_result(i);
    expect(memcmp(&result, &results[i], sizeof result) == 0);
  }
  return 0;
}
