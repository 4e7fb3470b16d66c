// The words of a command. A word is bytes of the command's buffer, not a text with an end.
#ifndef THIMBLE_CORE_WORDS_H
#define THIMBLE_CORE_WORDS_H

#include "core.h"

typedef struct {
  const char *bytes;
  size_t count; // 0: there is none
} core_word;

typedef struct {
  const char *rest;
  size_t count;
} core_words;

// Leaves out white space at both ends.
core_words core_words_of(const char *command, size_t count);

// Takes the next word off: up to a space.
core_word core_next_word(core_words *words);

bool core_word_is(core_word word, const char *text);

// One to ten decimal digits; false for all else.
bool core_word_count(core_word word, uint64_t *count);

// The value of a hex digit, or -1.
int core_hex_digit(char character);

// Eight hex digits; false for all else.
bool core_word_hex(core_word word, uint32_t *value);

#endif
