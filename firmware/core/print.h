// Text to the host, without a buffer: each call sends what it has.
#ifndef THIMBLE_CORE_PRINT_H
#define THIMBLE_CORE_PRINT_H

#include "core.h"

// A text as it is.
void print(const char *text);

// The end of a line.
void print_end(void);

// A whole line.
void print_line(const char *text);

// A number in decimal.
void print_count(uint64_t value);

// The last `digits` hex digits of a number, in lower case.
void print_hex(uint32_t value, uint32_t digits);

// Bytes that came from the host, or from elsewhere, fit for a line: what is not printable ASCII as \r, \n or \xNN.
void print_escaped(const char *bytes, size_t count);

// The same of a text.
void print_escaped_text(const char *text);

#endif
