#include "words.h"

static bool is_space(char character) {
  const uint8_t byte = (uint8_t)character;
  return (byte >= 0x09 && byte <= 0x0d) || byte == 0x20 || byte == 0xa0;
}

core_words core_words_of(const char *command, size_t count) {
  while (count > 0 && is_space(command[0])) {
    command++;
    count--;
  }
  while (count > 0 && is_space(command[count - 1])) count--;
  return (core_words){command, count};
}

core_word core_next_word(core_words *words) {
  while (words->count > 0 && words->rest[0] == ' ') {
    words->rest++;
    words->count--;
  }
  core_word word = {words->rest, 0};
  while (words->count > 0 && words->rest[0] != ' ') {
    words->rest++;
    words->count--;
    word.count++;
  }
  return word;
}

bool core_word_is(core_word word, const char *text) {
  size_t i = 0;
  while (i < word.count && text[i] != 0 && word.bytes[i] == text[i]) i++;
  return i == word.count && text[i] == 0;
}

bool core_word_count(core_word word, uint64_t *count) {
  if (word.count < 1 || word.count > 10) return false;
  uint64_t value = 0;
  for (size_t i = 0; i < word.count; i++) {
    const char digit = word.bytes[i];
    if (digit < '0' || digit > '9') return false;
    value = 10 * value + (uint64_t)(digit - '0');
  }
  *count = value;
  return true;
}

int core_hex_digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

bool core_word_hex(core_word word, uint32_t *value) {
  if (word.count != 8) return false;
  uint32_t bits = 0;
  for (size_t i = 0; i < word.count; i++) {
    const int digit = core_hex_digit(word.bytes[i]);
    if (digit < 0) return false;
    bits = bits << 4 | (uint32_t)digit;
  }
  *value = bits;
  return true;
}
