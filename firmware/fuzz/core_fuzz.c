// Any bytes into the command core, with ASan and UBSan: nothing is written outside a buffer, nothing runs without end,
// nothing but text comes out, and after all of it the board answers to its name.
//
// The first bytes choose the mode, the number of decimals and the results; from then on 0xfe is a silence of a second.
#include <stdlib.h>
#include <string.h>

#include "../core/core.h"

#define SILENCE 0xfe
#define MOST_INFERENCES (2 * TH_MAXIMUM_ITERATIONS)

static const uint8_t *received;
static size_t received_count;
static uint64_t now_us;
static uint64_t inferences; // of the command that runs
static char tail[64];       // of what was transmitted
static uint32_t baud;
static float results[TH_RESULTS];

static const char *const operators[] = {"A", "B", "C"};
static th_model_info model = {"fuzz", "none", 8, TH_RESULTS + 4, 6, 3, operators};

static void expect(bool right) {
  if (!right) abort();
}

void th_transmit(const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    expect(bytes[i] == '\r' || bytes[i] == '\n' || (bytes[i] >= 0x20 && bytes[i] < 0x7f));
    memmove(tail, tail + 1, sizeof tail - 1);
    tail[sizeof tail - 1] = bytes[i];
  }
}

bool th_interrupted(void) {
  return memchr(received, TH_INTERRUPT, received_count) != 0;
}

uint64_t th_timestamp_us(void) {
  return now_us++;
}

void th_timestamp_edge(void) {
}

bool th_supports_baud(uint32_t rate) {
  return rate >= 1200;
}

void th_set_baud(uint32_t rate) {
  expect(rate >= 1200);
  baud = rate;
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

const th_model_info *th_model(void) {
  return &model;
}

const char *th_load_tensor(const uint8_t *input) {
  uint8_t copy[8];
  memcpy(copy, input, sizeof copy);
  memcpy(results, copy, sizeof copy < sizeof results ? sizeof copy : sizeof results);
  return copy[0] == 1 ? "first byte is \x01" : 0;
}

const char *th_infer(void) {
  expect(inferences++ < MOST_INFERENCES);
  return results[0] < 0 ? "negative" : 0;
}

void th_operator(uint32_t index) {
  expect(index < model.operators);
}

float th_result(uint32_t index) {
  expect(index < TH_RESULTS);
  return results[index];
}

static bool ends_with(const char *text) {
  const size_t count = strlen(text);
  return memcmp(tail + sizeof tail - count, text, count) == 0;
}

static void receive_all(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    received = bytes + i + 1;
    received_count = count - i - 1;
    inferences = 0;
    if (bytes[i] == SILENCE) {
      now_us += 1000000;
      core_idle();
    } else {
      core_receive(bytes[i]);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  if (count < 2) return 0;
  now_us = 0;
  model.decimals = bytes[1];
  core_boot(bytes[0] & 1 ? CORE_ENERGY : CORE_PERFORMANCE);
  receive_all(bytes + 2, count - 2);
  now_us += TH_RAW_QUIET_US;
  core_idle();
  const char name[] = "\003name%";
  receive_all((const uint8_t *)name, sizeof name - 1);
  expect(ends_with("m-name-dut-[fuzz]\r\nm-ready\r\n"));
  now_us += TH_BAUD_TRIAL_US;
  const uint32_t confirmed = baud;
  core_idle();
  expect(baud == confirmed); // a command was understood: no way back
  return 0;
}
