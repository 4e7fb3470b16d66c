// Windows times weights, each channel on its own: the inside of DEPTHWISE_CONV_2D.
#ifndef THIMBLE_ENGINE_DEPTHWISE_H
#define THIMBLE_ENGINE_DEPTHWISE_H

#include "strip.h"

// How the weights of a channel's taps are packed, so that those of several taps can be multiplied at once: in groups of
// channels, in each of these groups of taps, and in each of these
// - for SIMD: eight channels of two taps each;
// - for relaxed SIMD: eight channels of four taps each;
// - on a board: four channels of one tap.
#define ENGINE_TAP_CHANNELS (ENGINE_LAYOUT == ENGINE_LAYOUT_BOARD ? 4 : 8)
#define ENGINE_TAPS (ENGINE_LAYOUT == ENGINE_LAYOUT_RELAXED ? 4 : ENGINE_LAYOUT == ENGINE_LAYOUT_SIMD ? 2 : 1)

static inline int32_t engine_tap_place(int32_t channel, int32_t tap) { return channel * ENGINE_TAPS + tap; }

// All windows of a strip whose pixels have as many values as the output's.
void engine_depthwise(const engine_depthwise_conv_2d_params *params, const engine_strip *strip, int8_t *output);

#endif
