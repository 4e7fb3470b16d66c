// Registers of an STM32L4 as far as its start needs them, on the host: included before the port's files.
#ifndef THIMBLE_PORTS_REGISTERS_H
#define THIMBLE_PORTS_REGISTERS_H

#include <stdint.h>

// Where a register's value is; what depends on what was written before has happened by then.
volatile uint32_t *test_register(uint32_t address);

#define REGISTER(address) (*test_register((uint32_t)(address)))

#endif
