// A plugin of QEMU that tells on standard error what the firmware does at its pins, and after how many instructions:
//
//   R NS   it has taken a byte from its UART          F NS   the timestamp pin goes low
//   W NS   it has given a byte to its UART            S NS   the timestamp pin goes high
//   I NS   it waits for an interrupt (at most two such lines in a row)
//
// NS is the number of instructions times the duration of one: QEMU has to run with `-icount shift=3`, 8 ns each. Waiting
// takes no instructions. Arguments: read=ADDRESS write=ADDRESS fall=ADDRESS rise=ADDRESS of registers, in hex, or
// turn=ADDRESS of one that has the pin low at first, and turns it over with each store.
//
// It declares what it uses of QEMU's plugin interface itself, as distributions have no header of it. QEMU 9 has another
// way to count: TRACE_INTERFACE is 1 before it, 2 from it on.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct {
  const char *target_name;
  struct {
    int min, cur;
  } version;
} qemu_info_t;

enum { NO_REGISTERS = 0, READS_AND_WRITES = 3, ADD = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_vcpu_mem_cb(
    struct qemu_plugin_insn *, void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *), int, int, void *);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);

EXPORT int qemu_plugin_version = TRACE_INTERFACE;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int n, char **arguments);

#if TRACE_INTERFACE == 1
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);

static uint64_t instructions;

static void start_count(void) {
}

static void count(struct qemu_plugin_insn *instruction) {
  qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD, &instructions, 1);
}

static uint64_t counted(void) {
  return instructions;
}
#else
struct qemu_plugin_scoreboard;
typedef struct {
  struct qemu_plugin_scoreboard *score;
  size_t offset;
} qemu_plugin_u64;

struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *, int, qemu_plugin_u64, uint64_t);
uint64_t qemu_plugin_u64_sum(qemu_plugin_u64);

static qemu_plugin_u64 instructions;

static void start_count(void) {
  instructions.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
}

static void count(struct qemu_plugin_insn *instruction) {
  qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(instruction, ADD, instructions, 1);
}

static uint64_t counted(void) {
  return qemu_plugin_u64_sum(instructions);
}
#endif

static const uint64_t instruction_ns = 8;
static const uint16_t wait_for_interrupt = 0xbf30;

static int interface;
static struct {
  uint64_t read, write, fall, rise, turn;
} registers = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
static bool high;
static int waits; // in a row
static char lines[4096];
static size_t length;

static void flush(void) {
  for (size_t at = 0; at < length;) {
    const ssize_t written = write(STDERR_FILENO, lines + at, length - at);
    if (written <= 0) break;
    at += (size_t)written;
  }
  length = 0;
}

static void tell(char what) {
  if (length + 32 > sizeof lines) flush();
  length += (size_t)snprintf(lines + length, 32, "%c %llu\n", what,
                             (unsigned long long)(counted() * instruction_ns));
}

static void access_memory(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
  (void)cpu;
  (void)data;
  const bool store = qemu_plugin_mem_is_store(info);
  char what = 0;
  if (!store) {
    if (address == registers.read) what = 'R';
  } else if (address == registers.write) {
    what = 'W';
  } else if (address == registers.fall) {
    what = 'F';
  } else if (address == registers.rise) {
    what = 'S';
  } else if (address == registers.turn) {
    high = !high;
    what = high ? 'S' : 'F';
  }
  if (what == 0) return;
  waits = 0;
  tell(what);
}

static void wait(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  if (waits == 2) return;
  waits++;
  tell('I');
  flush();
}

static bool is_wait(const struct qemu_plugin_insn *instruction) {
  uint16_t code = 0;
  if (qemu_plugin_insn_size(instruction) != sizeof code) return false;
  if (interface < 3) {
    memcpy(&code, qemu_plugin_insn_data(instruction), sizeof code);
  } else { // it copies now
    const void *(*const same)(const struct qemu_plugin_insn *) = qemu_plugin_insn_data;
    size_t (*copy)(const struct qemu_plugin_insn *, void *, size_t);
    memcpy(&copy, &same, sizeof copy);
    (void)copy(instruction, &code, sizeof code);
  }
  return code == wait_for_interrupt;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  const size_t n = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < n; i++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
    count(instruction);
    qemu_plugin_register_vcpu_mem_cb(instruction, access_memory, NO_REGISTERS, READS_AND_WRITES, 0);
    if (is_wait(instruction)) qemu_plugin_register_vcpu_insn_exec_cb(instruction, wait, NO_REGISTERS, 0);
  }
}

static void take(const char *argument, const char *name, uint64_t *address) {
  const size_t n = strlen(name);
  if (strncmp(argument, name, n) == 0 && argument[n] == '=') *address = strtoull(argument + n + 1, 0, 16);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int n, char **arguments) {
  interface = info->version.cur;
  for (int i = 0; i < n; i++) {
    take(arguments[i], "read", &registers.read);
    take(arguments[i], "write", &registers.write);
    take(arguments[i], "fall", &registers.fall);
    take(arguments[i], "rise", &registers.rise);
    take(arguments[i], "turn", &registers.turn);
  }
  start_count();
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  return 0;
}
