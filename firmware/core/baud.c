#include "baud.h"

#include "print.h"

static uint32_t current; // bits per second
static uint32_t asked;   // 0: none
static uint32_t before;  // of the trial; 0 while there is none
static uint64_t trial_start_us;

void baud_reset(void) {
  const uint32_t initial = th_initial_baud();
  if (current != 0 && current != initial) th_set_baud(initial);
  current = initial;
  asked = 0;
  before = 0;
}

void baud_command(core_words words) {
  uint64_t rate = 0;
  if (!core_word_count(core_next_word(&words), &rate)) {
    print_line("e-[Command 'baud' requires a number of bits per second]");
    return;
  }
  if (rate > UINT32_MAX || !th_supports_baud((uint32_t)rate)) {
    print("e-[Rate ");
    print_count(rate);
    print_line(" is not supported]");
    return;
  }
  asked = (uint32_t)rate;
  print("m-baud-");
  print_count(rate);
  print_end();
}

void baud_switch(void) {
  if (asked == 0) return;
  th_set_baud(asked);
  before = current;
  current = asked;
  asked = 0;
  trial_start_us = th_timestamp_us();
}

void baud_confirm(void) {
  before = 0;
}

void baud_check(void) {
  if (before == 0 || th_timestamp_us() - trial_start_us < TH_BAUD_TRIAL_US) return;
  th_set_baud(before);
  current = before;
  before = 0;
}
