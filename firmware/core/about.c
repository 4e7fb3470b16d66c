#include "about.h"

#include "inference.h"
#include "print.h"

static void print_field(const char *start, const char *value) {
  print(start);
  print("-[");
  print_escaped_text(value);
  print_line("]");
}

void name_command(core_words words) {
  (void)words;
  print_field("m-name-dut", th_name());
}

void profile_command(core_words words) {
  (void)words;
  print_field("m-profile", th_profile());
  print_field("m-model", th_model()->benchmark);
  print("m-extensions-[load-binary");
  if (th_supports_baud(th_initial_baud())) print(",baud");
  print(",stride");
  if (TH_CHUNK_BYTES > 0) print(",chunk");
  if (can_time_operators()) print(",optime");
  print_line("]");
}

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

void build_command(core_words words) {
  (void)words;
  print_field("m-build-version", TH_VERSION);
  print_field("m-build-port", TH_BUILD_PORT);
  print_field("m-build-board", TH_BUILD_BOARD);
  print_field("m-build-compiler", COMPILER);
  print_field("m-build-flags", TH_BUILD_FLAGS);
  print_field("m-build-model", th_model()->hash);
}

__attribute__((weak)) bool th_stack(uint32_t *used, uint32_t *reserved) {
  *used = *reserved = 0;
  return false;
}

void stack_command(core_words words) {
  (void)words;
  uint32_t used = 0;
  uint32_t reserved = 0;
  if (!th_stack(&used, &reserved)) {
    print_line("e-[This board does not measure its stack]");
    return;
  }
  print("m-stack-[");
  print_count(used);
  print(",");
  print_count(reserved);
  print_line("]");
}

void help_command(core_words words) {
  (void)words;
  print_line("name, profile, timestamp, db load N, db HEX, db print, infer N [W], results");
  print_line("Extensions: build, stack, db raw N CRC, db shift N, chunk N, baud N, optime N");
}
