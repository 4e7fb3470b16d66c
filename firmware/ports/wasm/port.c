// The firmware in WebAssembly: JavaScript is its clock, its line and its model.
#include "../../core/core.h"

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name))) name

// Given by lib/serial/virtual/virtual_board.ts.
void IMPORT(pass_byte)(void); // before each byte that was received: it took its time on the wire
void IMPORT(transmit)(const char *bytes, uint32_t count);
double IMPORT(timestamp_us)(void);
void IMPORT(timestamp_edge)(void);
void IMPORT(set_baud)(uint32_t rate);
// Puts the results into board_results; true, or false with a text in board_failure.
bool IMPORT(load_tensor)(const uint8_t *input, uint32_t count);
void IMPORT(run_inference)(void);

#define TEXT_BYTES 96

// Filled in before the boot; texts end with a NUL.
char board_name[TEXT_BYTES];
char board_profile[TEXT_BYTES];
char board_benchmark[TEXT_BYTES];
char board_hash[TEXT_BYTES];
th_model_info board_model = {board_benchmark, board_hash, 0, 0, 6, 0, 0};
uint32_t board_baud;

float board_results[TH_RESULTS];
char board_failure[TEXT_BYTES];
uint8_t board_received[4096];

static uint32_t received_taken;
static uint32_t interrupts_end; // after the last TH_INTERRUPT of what was received

void board_boot(uint32_t energy) {
  core_boot(energy ? CORE_ENERGY : CORE_PERFORMANCE);
}

// Takes the first `count` bytes of board_received.
void board_receive(uint32_t count) {
  if (count > sizeof board_received) count = sizeof board_received;
  interrupts_end = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (board_received[i] == TH_INTERRUPT) interrupts_end = i + 1;
  }
  for (received_taken = 0; received_taken < count;) {
    pass_byte();
    core_receive(board_received[received_taken++]);
  }
}

void board_idle(void) {
  core_idle();
}

void th_transmit(const char *bytes, size_t count) {
  transmit(bytes, (uint32_t)count);
}

bool th_interrupted(void) {
  return received_taken < interrupts_end;
}

uint64_t th_timestamp_us(void) {
  return (uint64_t)timestamp_us();
}

void th_timestamp_edge(void) {
  timestamp_edge();
}

bool th_supports_baud(uint32_t rate) {
  return rate >= 1200 && rate <= 12000000;
}

void th_set_baud(uint32_t rate) {
  set_baud(rate);
}

uint32_t th_initial_baud(void) {
  return board_baud;
}

const char *th_name(void) {
  return board_name;
}

const char *th_profile(void) {
  return board_profile;
}

const th_model_info *th_model(void) {
  return &board_model;
}

const char *th_load_tensor(const uint8_t *input) {
  return load_tensor(input, board_model.input_bytes) ? 0 : board_failure;
}

const char *th_infer(void) {
  run_inference();
  return 0;
}

void th_operator(uint32_t index) {
  (void)index;
}

float th_result(uint32_t index) {
  return index < TH_RESULTS ? board_results[index] : 0;
}
