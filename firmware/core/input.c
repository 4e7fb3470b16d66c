#include "input.h"

#include "buffer.h"
#include "print.h"
#include "raw.h"

core_buffer input_buffer;

void input_reset(void) {
  input_buffer.size = 0;
  input_buffer.position = 0;
  raw_reset();
}

const uint8_t *input_of(uint32_t bytes) {
  const core_buffer *b = &input_buffer;
  return b->size == bytes && b->position == bytes ? b->bytes : 0;
}

static void print_expecting(uint32_t count) {
  print("m-[Expecting ");
  print_count(count);
  print_line(" bytes]");
}

static void load(core_words words) {
  uint64_t size = 0;
  if (!core_word_count(core_next_word(&words), &size) || size == 0) {
    print_line("e-[Command 'db load' requires a number of bytes]");
    return;
  }
  if (size > TH_INPUT_BYTES) {
    print("e-[Supplied buffer size ");
    print_count(size);
    print(" exceeds maximum of ");
    print_count(TH_INPUT_BYTES);
    print_line("]");
    return;
  }
  input_buffer.size = (uint32_t)size;
  input_buffer.position = 0;
  print_expecting(input_buffer.size);
}

// Windows of a file overlap: what the next one has in common with this one stays, and only the rest is sent.
static void shift(core_words words) {
  core_buffer *b = &input_buffer;
  uint64_t count = 0;
  if (b->size == 0 || b->position != b->size) {
    print_line("e-[Command 'db shift' requires an input that is loaded]");
    return;
  }
  if (!core_word_count(core_next_word(&words), &count) || count == 0 || count > b->size) {
    print("e-[Command 'db shift' requires 1 to ");
    print_count(b->size);
    print_line(" bytes]");
    return;
  }
  const uint32_t kept = b->size - (uint32_t)count;
  for (uint32_t i = 0; i < kept; i++) b->bytes[i] = b->bytes[i + count];
  b->position = kept;
  print_expecting((uint32_t)count);
}

static void print_rows(void) {
  const core_buffer *b = &input_buffer;
  for (uint32_t i = 0; i < b->size; i++) {
    print(i % 8 == 0 ? "m-buffer-" : "-");
    print_hex(b->bytes[i], 2);
    if (i % 8 == 7 || i + 1 == b->size) print_end();
  }
}

static void take_hex(core_word hex) {
  core_buffer *b = &input_buffer;
  if (hex.count % 2 != 0) {
    print_line("e-[Insufficient number of hex digits]");
    return;
  }
  for (size_t i = 0; i < hex.count; i += 2) {
    if (b->position >= b->size) {
      print("e-[Already holds the ");
      print_count(b->size);
      print_line(" bytes that were announced]");
      return;
    }
    const int high = core_hex_digit(hex.bytes[i]);
    const int low = core_hex_digit(hex.bytes[i + 1]);
    if (high < 0 || low < 0) {
      print("e-[Invalid hex digit '");
      print_escaped(hex.bytes + i, 2);
      print_line("']");
      return;
    }
    b->bytes[b->position++] = (uint8_t)(high << 4 | low);
    if (b->position == b->size) print_line("m-load-done");
  }
}

void input_command(core_words words) {
  const core_word word = core_next_word(&words);
  if (core_word_is(word, "load")) {
    load(words);
  } else if (core_word_is(word, "print")) {
    print_rows();
  } else if (core_word_is(word, "shift")) {
    shift(words);
  } else if (core_word_is(word, "raw")) {
    raw_command(words);
  } else if (word.count == 0) {
    print_line("e-[Command 'db' requires 'load N', 'print' or hex bytes]");
  } else {
    take_hex(word);
  }
}
