// What a submitter writes: a port (clock, pin, serial line) and a model. The core calls these and nothing else: it has no
// heap, and of the C library it needs memcpy, memset, memmove and strlen, which compilers put in place of loops.
// docs/porting.md goes through them one by one.
#ifndef THIMBLE_TH_H
#define THIMBLE_TH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- The port --------------------------------------------------------------------------------------------------------

// Sends bytes to the host; returns when all are sent or queued. They are text without a NUL at the end.
void th_transmit(const char *bytes, size_t count);

// Whether TH_INTERRUPT waits among the bytes that were received and not handed to core_receive() yet; it stays there.
bool th_interrupted(void);

// Microseconds since boot. Never goes back; a step is a millisecond or less.
uint64_t th_timestamp_us(void);

// Energy mode: a falling edge on the timestamp pin, low for a microsecond or more, then high again.
void th_timestamp_edge(void);

// Whether the serial line can run at `rate` bits per second; false for all where it has one rate.
bool th_supports_baud(uint32_t rate);

// Waits until all bytes are sent, then changes the rate. Gets only rates that th_supports_baud() takes.
void th_set_baud(uint32_t rate);

// The rate at boot, in bits per second.
uint32_t th_initial_baud(void);

// The device, as `m-name-dut-[…]` shows it, and the firmware, as `m-profile-[…]` does.
const char *th_name(void);
const char *th_profile(void);

// Optional: the most bytes of the stack that were in use since boot, and the bytes that are reserved for it. False, which is
// what a port without this function has, where that is not measured.
bool th_stack(uint32_t *used, uint32_t *reserved);

// ---- The model -------------------------------------------------------------------------------------------------------

typedef struct {
  const char *benchmark;             // as `m-model-[…]` shows it, such as "kws01"
  const char *hash;                  // SHA-256 of the model's file, in hex
  uint32_t input_bytes;              // of one input on the wire; at most TH_INPUT_BYTES
  uint32_t results;                  // values of `m-results-[…]`; at most TH_RESULTS
  uint32_t decimals;                 // of each: 6 for classifiers, 3 for ad01
  uint32_t operators;                // for per-operator timing; 0 where there is none
  const char *const *operator_names; // as many
} th_model_info;

const th_model_info *th_model(void);

// Takes an input as it came over the wire, aligned to 16 bytes. It stays in place, unchanged, until after the last
// inference on it. Returns 0, or what is wrong with it.
const char *th_load_tensor(const uint8_t *input);

// One inference on the input that was taken. Returns 0, or what went wrong. Called again, it gives the same results.
const char *th_infer(void);

// One operator of an inference, from 0 on, in order.
void th_operator(uint32_t index);

// A value of the last inference.
float th_result(uint32_t index);

#endif
