#ifndef THIMBLE_CORE_CRC32_H
#define THIMBLE_CORE_CRC32_H

#include "core.h"

// The CRC-32 of zip, PNG and Ethernet (reflected, polynomial 0xedb88320), with a table of 16 entries.
uint32_t core_crc32(const uint8_t *bytes, size_t count);

#endif
