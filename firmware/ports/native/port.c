// The firmware as a process of the host: standard input and output are the serial line, or, with --pty, a terminal of its
// own, whose path is the first line of standard output. The clock is the machine's. There is no timestamp pin: with --trace,
// standard error tells what is done when, as firmware/lab/trace.c says, by the machine's clock.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../../core/core.h"

static int in = STDIN_FILENO;
static int out = STDOUT_FILENO;
static bool traced;
static bool idle; // and has said so
static uint64_t boot_ns;

static uint8_t received[4096];
static size_t received_count, received_taken;
static bool ended; // nothing more will come
static char queued[8192];
static size_t queued_count;

static void fail(const char *what) {
  fprintf(stderr, "Cannot %s: %s\n", what, strerror(errno));
  exit(1);
}

static void write_all(int file, const char *bytes, size_t count) {
  while (count > 0) {
    const ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes += written;
    count -= (size_t)written;
  }
}

static void flush(void) {
  write_all(out, queued, queued_count);
  queued_count = 0;
}

// Reads what is there into the room that is left; false at the end of the input.
static bool read_some(int wait_ms) {
  if (received_taken == received_count) received_taken = received_count = 0;
  if (received_count == sizeof received) return true;
  struct pollfd poll_in = {in, POLLIN, 0};
  const int ready = poll(&poll_in, 1, wait_ms);
  if (ready < 0 && errno != EINTR) fail("wait");
  if (ready <= 0) return true;
  const ssize_t count = read(in, received + received_count, sizeof received - received_count);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count <= 0) return false;
  received_count += (size_t)count;
  return true;
}

static uint64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void trace(char what, size_t count) {
  if (!traced) return;
  char text[48];
  const uint64_t now_ns = monotonic_ns() - boot_ns;
  const int length = snprintf(text, sizeof text, "%c %llu %zu\n", what, (unsigned long long)now_ns, count);
  write_all(STDERR_FILENO, text, (size_t)length);
  idle = what == 'I';
}

void th_transmit(const char *bytes, size_t count) {
  trace('W', count);
  if (count > sizeof queued - queued_count) flush();
  if (count > sizeof queued) {
    write_all(out, bytes, count);
    return;
  }
  memcpy(queued + queued_count, bytes, count);
  queued_count += count;
}

static bool is_listened_to(void) {
  struct pollfd poll_out = {out, 0, 0};
  return poll(&poll_out, 1, 0) <= 0 || !(poll_out.revents & POLLERR);
}

bool th_interrupted(void) {
  flush();
  // At the end of the input what was asked for is still done, unless the host is gone.
  if (!ended && !read_some(0)) ended = true;
  if (ended && !is_listened_to()) exit(1);
  return memchr(received + received_taken, TH_INTERRUPT, received_count - received_taken) != 0;
}

uint64_t th_timestamp_us(void) {
  return (monotonic_ns() - boot_ns) / 1000;
}

void th_timestamp_edge(void) {
  trace('F', 1);
  trace('S', 1);
}

bool th_supports_baud(uint32_t rate) {
  (void)rate;
  return false; // a pipe has none
}

void th_set_baud(uint32_t rate) {
  (void)rate;
}

uint32_t th_initial_baud(void) {
  return 115200;
}

const char *th_name(void) {
  return "thimble-native";
}

const char *th_profile(void) {
  return "Thimble firmware " TH_VERSION " on the host";
}

static void open_terminal(void) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) fail("make a terminal");
  struct termios settings;
  if (tcgetattr(terminal, &settings) != 0) fail("read the terminal's settings");
  cfmakeraw(&settings);
  if (tcsetattr(terminal, TCSANOW, &settings) != 0) fail("change the terminal's settings");
  // Held open, so that a host may come and go.
  if (open(ptsname(terminal), O_RDWR | O_NOCTTY) < 0) fail("open the terminal");
  puts(ptsname(terminal));
  fflush(stdout);
  in = out = terminal;
}

int main(int count, char **arguments) {
  core_mode mode = CORE_PERFORMANCE;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--energy") == 0) {
      mode = CORE_ENERGY;
    } else if (strcmp(arguments[i], "--pty") == 0) {
      open_terminal();
    } else if (strcmp(arguments[i], "--trace") == 0) {
      traced = true;
    } else {
      fprintf(stderr, "Usage: %s [--energy] [--trace] [--pty]\n", arguments[0]);
      return 2;
    }
  }
  boot_ns = monotonic_ns();
  core_boot(mode);
  for (;;) {
    while (received_taken < received_count) {
      trace('R', 1);
      core_receive(received[received_taken++]);
    }
    flush();
    if (!idle) trace('I', 1);
    if (ended || !read_some(100)) return 0;
    if (received_taken == received_count) core_idle();
  }
}
