// The command core: what a port hands the bytes from the host to. One board, one core; it is not re-entrant, and none of
// it may be called from an interrupt.
#ifndef THIMBLE_CORE_H
#define THIMBLE_CORE_H

#include "th.h"

#define TH_VERSION "0.1.0"

// The largest input: a picture of 96 by 96 pixels with three channels.
#ifndef TH_INPUT_BYTES
#define TH_INPUT_BYTES 27648
#endif

// The official command buffer: a command has one character less.
#ifndef TH_COMMAND_BYTES
#define TH_COMMAND_BYTES 80
#endif

// Data bytes that one `db` command can carry when the host asks for wider ones; 0 where there is no memory for them.
#ifndef TH_CHUNK_BYTES
#define TH_CHUNK_BYTES 512
#endif

// The most values of `m-results`.
#ifndef TH_RESULTS
#define TH_RESULTS 16
#endif

// The most operators that can be timed one by one; at least 1.
#ifndef TH_OPERATORS
#define TH_OPERATORS 64
#endif

// The most inferences, and the most warm-ups, of one command.
#ifndef TH_MAXIMUM_ITERATIONS
#define TH_MAXIMUM_ITERATIONS 10000000
#endif

// Silence that ends a binary load, in µs.
#ifndef TH_RAW_QUIET_US
#define TH_RAW_QUIET_US 1000000
#endif

// How long a new baud rate lasts without a command that is understood, in µs.
#ifndef TH_BAUD_TRIAL_US
#define TH_BAUD_TRIAL_US 2000000
#endif

// For `build`, given by the build tool: which port, on which board, and how the compiler was called.
#ifndef TH_BUILD_PORT
#define TH_BUILD_PORT "unknown"
#endif
#ifndef TH_BUILD_BOARD
#define TH_BUILD_BOARD "unknown"
#endif
#ifndef TH_BUILD_FLAGS
#define TH_BUILD_FLAGS "unknown"
#endif

// CTRL-C: ends a running `infer`, and drops what has arrived of a command.
#define TH_INTERRUPT 0x03

typedef enum {
  CORE_PERFORMANCE, // timestamps are printed
  CORE_ENERGY,      // timestamps are edges on a pin
} core_mode;

// Starts anew: what was loaded is forgotten, and the banner is sent.
void core_boot(core_mode mode);

// Takes one byte from the host; the byte that ends a command runs it and sends the answer.
void core_receive(uint8_t byte);

// To be called at least every 100 ms while nothing arrives: deadlines are kept here.
void core_idle(void);

#endif
