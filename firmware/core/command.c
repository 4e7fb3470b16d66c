// From bytes to commands.
#include "about.h"
#include "baud.h"
#include "inference.h"
#include "input.h"
#include "print.h"
#include "raw.h"

// A wide command is "db ", its hex digits, and an end.
#define WIDE_BYTES (4 + 2 * TH_CHUNK_BYTES)
#define LINE_BYTES (WIDE_BYTES > TH_COMMAND_BYTES ? WIDE_BYTES : TH_COMMAND_BYTES)

static char line[LINE_BYTES];
static uint32_t line_limit; // characters of the longest command
static uint32_t line_length;
static bool line_too_long;

void core_boot(core_mode mode) {
  line_limit = TH_COMMAND_BYTES - 1;
  line_length = 0;
  line_too_long = false;
  input_reset();
  inference_reset(mode);
  baud_reset();
  print("m-timestamp-mode-");
  print_line(mode == CORE_ENERGY ? "energy" : "performance");
  print_line("m-init-done");
  print_line("m-ready");
}

// `chunk N`: `db` commands may carry N bytes from now on.
static void chunk_command(core_words words) {
  uint64_t bytes = 0;
  if (!core_word_count(core_next_word(&words), &bytes) || bytes < 1 || bytes > TH_CHUNK_BYTES) {
    print("e-[Command 'chunk' requires 1 to ");
    print_count(TH_CHUNK_BYTES);
    print_line(" bytes]");
    return;
  }
  const uint32_t needed = 3 + 2 * (uint32_t)bytes;
  line_limit = needed > TH_COMMAND_BYTES - 1 ? needed : TH_COMMAND_BYTES - 1;
  print("m-chunk-");
  print_count(bytes);
  print_end();
}

static const struct {
  const char *name;
  void (*run)(core_words words);
} commands[] = {
    {"name", name_command},
    {"profile", profile_command},
    {"timestamp", timestamp_command},
    {"db", input_command},
    {"infer", infer_command},
    {"results", results_command},
    {"help", help_command},
    {"build", build_command},
    {"stack", stack_command},
    {"chunk", chunk_command},
    {"baud", baud_command},
    {"optime", optime_command},
};

static void execute(void) {
  core_words words = core_words_of(line, line_length);
  const core_word name = core_next_word(&words);
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (!core_word_is(name, commands[i].name)) continue;
    baud_confirm();
    commands[i].run(words);
    return;
  }
  print("e-[Unknown command: ");
  print_escaped(name.bytes, name.count);
  print_line("]");
}

static void end_line(void) {
  if (line_too_long) {
    print("e-[Command is longer than ");
    print_count(line_limit);
    print_line(" characters]");
  } else {
    execute();
  }
  line_length = 0;
  line_too_long = false;
  print_line("m-ready");
  baud_switch();
}

void core_receive(uint8_t byte) {
  core_idle();
  if (raw_is_running()) {
    if (raw_receive(byte)) print_line("m-ready");
  } else if (byte == '%') {
    end_line();
  } else if (byte == TH_INTERRUPT) {
    line_length = 0;
    line_too_long = false;
  } else if (line_length < line_limit) {
    line[line_length++] = (char)byte;
  } else {
    line_too_long = true;
  }
}

void core_idle(void) {
  baud_check();
  if (raw_timed_out()) print_line("m-ready");
}
