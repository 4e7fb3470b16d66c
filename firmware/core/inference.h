// Timestamps, inferences and their results.
#ifndef THIMBLE_CORE_INFERENCE_H
#define THIMBLE_CORE_INFERENCE_H

#include "words.h"

void inference_reset(core_mode mode);

// `timestamp`
void timestamp_command(core_words words);

// `infer N [W]`
void infer_command(core_words words);

// `results`
void results_command(core_words words);

// Whether the model's operators can be run one by one.
bool can_time_operators(void);

// `optime N`: how long each operator took in N inferences, all together
void optime_command(core_words words);

#endif
