// Commands of the host, and their answers.
#ifndef THIMBLE_IOM_COMMANDS_H
#define THIMBLE_IOM_COMMANDS_H

void commands_banner(void);

// Takes what the host has sent, up to the end of a command, and answers that.
void commands_poll(void);

#endif
