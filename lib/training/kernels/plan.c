#include "kernels.h"

/*
 * A plan is a list of regions; threads meet between them. A region has calls that are made once, in parts, and calls
 * that are made for each shard of the batch, all of them in their order. Any thread takes any part or shard: what is
 * summed, and in which order, lies in the plan.
 */
struct call_head {
  int kind, words, parts; /* parts: 0 for a call of each shard */
};

struct region_head {
  int words, parts, has_shards; /* words of the calls; parts of all calls that are made once */
};

#define SPINS 20000

static void meet(struct control *control) {
  const int threads = control->threads;
  if (threads == 1) {
    control->claimed = 0;
    return;
  }
  const int generation = __atomic_load_n(&control->generation, __ATOMIC_SEQ_CST);
  if (__atomic_add_fetch(&control->arrived, 1, __ATOMIC_SEQ_CST) == threads) {
    __atomic_store_n(&control->arrived, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->claimed, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->generation, generation + 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&control->generation, (unsigned)threads);
    return;
  }
  for (int i = 0; i < SPINS; i++) {
    if (__atomic_load_n(&control->generation, __ATOMIC_SEQ_CST) != generation) return;
  }
  while (__atomic_load_n(&control->generation, __ATOMIC_SEQ_CST) == generation) {
    __builtin_wasm_memory_atomic_wait32(&control->generation, generation, -1);
  }
}

#define MAKE(name)                                                \
  case CALL_##name:                                               \
    name((const struct name *)(const void *)(head + 1), work);    \
    break;

static void make(const struct call_head *head, const struct work *work) {
  switch (head->kind) { EACH_CALL(MAKE) }
}

INLINE const struct call_head *next(const struct call_head *head) {
  return (const struct call_head *)(const void *)((const int *)head + head->words);
}

static void run_region(struct control *control, const struct region_head *region, float *scratch) {
  const struct call_head *calls = (const struct call_head *)(const void *)(region + 1);
  const struct call_head *end = (const struct call_head *)(const void *)((const int *)calls + region->words);
  const int tasks = region->parts + (region->has_shards ? control->shards : 0);
  struct work work = {.control = control, .scratch = scratch};
  for (;;) {
    int task = __atomic_fetch_add(&control->claimed, 1, __ATOMIC_SEQ_CST);
    if (task >= tasks) return;
    if (task < region->parts) {
      const struct call_head *call = calls;
      for (; task >= call->parts; call = next(call)) task -= call->parts;
      work.part = task;
      make(call, &work);
    } else {
      const int shard = task - region->parts;
      work.shard = shard;
      work.first = (int)((long long)control->items * shard / control->shards);
      work.end = (int)((long long)control->items * (shard + 1) / control->shards);
      for (const struct call_head *call = calls; call < end; call = next(call)) {
        if (call->parts == 0) make(call, &work);
      }
    }
    __atomic_fetch_add(&control->finished, 1, __ATOMIC_SEQ_CST);
  }
}

__attribute__((export_name("run"))) void run(struct control *control, const int *plan, int words, float *scratch) {
  for (const int *at = plan; at < plan + words;) {
    const struct region_head *region = (const struct region_head *)(const void *)at;
    run_region(control, region, scratch);
    meet(control);
    at += sizeof(struct region_head) / sizeof(int) + (unsigned)region->words;
  }
}
