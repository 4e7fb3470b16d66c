// What the firmware says of itself.
#ifndef THIMBLE_CORE_ABOUT_H
#define THIMBLE_CORE_ABOUT_H

#include "words.h"

void name_command(core_words words);
void profile_command(core_words words);
void build_command(core_words words);
void stack_command(core_words words);
void help_command(core_words words);

#endif
