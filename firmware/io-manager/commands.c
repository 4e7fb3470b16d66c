#include "commands.h"

#include <string.h>

#include "dut_uart.h"
#include "host_uart.h"
#include "signals.h"
#include "timestamps.h"

// "dut " and the longest command of a DUT.
#define LONGEST (4 + 79)

static char line[LONGEST + 1];
static uint8_t length;
static bool is_too_long;
static bool is_whole; // its `%` has come

void commands_banner(void) {
  host_line("m-init-done");
  host_line("m-ready");
}

// Text of the host as it may stand in a line.
static void host_printable(const char *text) {
  for (; *text != 0; text++) host_byte(*text >= 0x20 && *text < 0x7f ? (uint8_t)*text : '?');
}

// An argument that is 0 or 1; false, and a refusal, for all else.
static bool is_flag(const char *argument) {
  if ((argument[0] == '0' || argument[0] == '1') && argument[1] == 0) return true;
  host_line("e-[Argument must be 0 or 1]");
  return false;
}

static void help(const char *argument) {
  (void)argument;
  host_line("m-[help: these lines]");
  host_line("m-[name: what this device is]");
  host_line("m-[version: of its firmware]");
  host_line("m-[dut TEXT: sends TEXT% to the DUT; its lines come back as '[dut]: LINE']");
  host_line("m-[res [P]: resets the DUT on D5; P 0: active low, at first, 1: active high]");
  host_line("m-[tm M: edges on D3 that count, M 0: falling, 1: all, at first]");
  host_line("m-[enable-timer: reports edges as m-lap-us-N]");
  host_line("m-[disable-timer: no longer reports them]");
  host_line("m-[timestamp: the time now]");
  host_line("m-[et: a falling edge on D6 starts an energy monitor]");
}

static void name(const char *argument) {
  (void)argument;
  host_line("m-name-iomanager-[thimble]");
}

static void version(const char *argument) {
  (void)argument;
  host_line("m-version-[0.1.0]");
}

static void print_lap(uint32_t us) {
  host_print("m-lap-us-");
  host_count(us);
  host_line("");
}

static void timestamp(const char *argument) {
  (void)argument;
  print_lap(timestamps_now_us());
}

static void reset(const char *argument) {
  static bool active_high;
  if (argument[0] != 0) {
    if (!is_flag(argument)) return;
    active_high = argument[0] == '1';
  }
  signals_reset_dut(active_high);
  if (active_high) host_line("m-reset-polarity-1");
  else host_line("m-reset-polarity-0");
}

static void set_mode(const char *argument) {
  if (!is_flag(argument)) return;
  timestamps_set_mode(argument[0] == '0' ? FALLING_EDGES : ALL_EDGES);
  // As the official device spells it.
  if (argument[0] == '0') host_line("m-timestmp-mode-FALLING");
  else host_line("m-timestmp-mode-CHANGE");
  host_line("m-[Timer disabled after mode change]");
}

static void enable(const char *argument) {
  (void)argument;
  timestamps_enable();
  host_line("m-timer-enabled");
}

static void disable(const char *argument) {
  (void)argument;
  timestamps_disable();
  host_line("m-timer-disabled");
}

static void start_emon(const char *argument) {
  (void)argument;
  signals_start_emon();
  host_line("m-emon-started");
}

// The DUT's answer comes after the `m-ready` of this command.
static void pass_through(const char *argument) {
  host_print("m-dut-passthrough(");
  host_printable(argument);
  host_line(")");
  while (*argument != 0) dut_send((uint8_t)*argument++);
  dut_send('%');
}

// What the official device has for another benchmark, with a sensor on I2C.
static void refuse(const char *argument) {
  (void)argument;
  host_line("e-[Not supported: not part of MLPerf Tiny]");
}

typedef struct {
  char name[14];
  void (*run)(const char *argument);
} command;

static const command commands[] = {
    {"help", help},
    {"name", name},
    {"version", version},
    {"dut", pass_through},
    {"res", reset},
    {"tm", set_mode},
    {"enable-timer", enable},
    {"disable-timer", disable},
    {"timestamp", timestamp},
    {"et", start_emon},
    {"tp", refuse},
    {"i2c-enable", refuse},
    {"i2c-disable", refuse},
    {"load-vdata", refuse},
    {"show-vdata", refuse},
};

static void execute(void) {
  char *argument = strchr(line, ' ');
  if (argument != NULL) *argument++ = 0;
  else argument = line + length;
  for (uint8_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(line, commands[i].name) == 0) return commands[i].run(argument);
  }
  host_print("e-[Unknown command: ");
  host_printable(line);
  host_line("]");
}

static void poll_line(void) {
  uint8_t byte;
  while (!is_whole && host_receive(&byte)) {
    if (byte == '%') {
      is_whole = true;
    } else if (byte == '\r' || byte == '\n' || byte == 0) {
      // A terminal's ends of lines are no part of a command; a zero would end it early.
    } else if (length < LONGEST) {
      line[length++] = (char)byte;
    } else {
      is_too_long = true;
    }
  }
}

static void report(void) {
  uint32_t us;
  if (timestamps_take(&us)) print_lap(us);
  uint8_t count = timestamps_lost();
  if (count > 0) {
    host_print("e-[Timestamps lost: ");
    host_count(count);
    host_line("]");
  }
  count = host_lost();
  if (count > 0) {
    host_print("e-[Bytes from the host lost: ");
    host_count(count);
    host_line("]");
  }
  count = dut_lost();
  if (count > 0) {
    host_print("e-[Bytes from the DUT lost: ");
    host_count(count);
    host_line("]");
  }
}

void commands_poll(void) {
  report();
  poll_line();
  // A command for the DUT waits until the one before it has made room.
  if (!is_whole || dut_room() < LONGEST) return;
  line[length] = 0;
  if (is_too_long) {
    host_print("e-[Command is longer than ");
    host_count(LONGEST);
    host_line(" characters]");
  } else {
    execute();
  }
  host_line("m-ready");
  length = 0;
  is_too_long = is_whole = false;
}
