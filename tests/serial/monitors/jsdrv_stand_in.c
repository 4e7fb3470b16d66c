/*
 * A stand-in for the Joulescope driver's library 'jsdrv': the same functions and structures, as its public header declares them
 * (1.3 to 2.x), and one made-up device. Samples are a ramp; some are missing, some NaN; GPI0 falls and rises.
 *
 * STAND_IN_DEVICES is the list of devices, STAND_IN_REMOVE_AFTER blocks the device is removed, STAND_IN_SHORT leaves the time map out
 * as versions before 1.2 did, STAND_IN_FAIL is a topic that is refused.
 */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

union inner {
    const char *str;
    const uint8_t *bin;
    uint32_t u32;
    int32_t i32;
    uint64_t u64;
};

struct jsdrv_union_s {
    uint8_t type, flags, op, app;
    uint32_t size;
    union inner value;
};

struct jsdrv_time_map_s {
    int64_t offset_time;
    uint64_t offset_counter;
    double counter_rate;
};

struct jsdrv_stream_signal_s {
    uint64_t sample_id;
    uint8_t field_id, index, element_type, element_size_bits;
    uint32_t element_count, sample_rate, decimate_factor;
    struct jsdrv_time_map_s time_map;
    uint8_t data[65536];
};

struct short_signal_s {
    uint64_t sample_id;
    uint8_t field_id, index, element_type, element_size_bits;
    uint32_t element_count, sample_rate, decimate_factor;
    uint8_t data[65536];
};

typedef void (*callback)(void *user, const char *topic, const struct jsdrv_union_s *value);

enum { MOST = 16, BLOCK = 64, ID_RATE = 2000000 };

struct subscription {
    char topic[64];
    callback function;
    void *user;
};

static struct jsdrv_context_s {
    pthread_mutex_t lock;
    pthread_t thread;
    struct subscription subscriptions[MOST];
    volatile int running, sampled, edges;
    char sampled_topic[64];
    uint32_t rate;
} context;

static void note(const char *format, const char *topic, const char *value) {
    FILE *file = fopen(getenv("STAND_IN_LOG"), "a");
    if (!file) return;
    fprintf(file, format, topic, value);
    fclose(file);
}

static void tell(const char *topic, const struct jsdrv_union_s *value) {
    pthread_mutex_lock(&context.lock);
    struct subscription copy[MOST];
    memcpy(copy, context.subscriptions, sizeof copy);
    pthread_mutex_unlock(&context.lock);
    for (int i = 0; i < MOST; i++)
        if (copy[i].function && !strcmp(copy[i].topic, topic)) copy[i].function(copy[i].user, topic, value);
}

static void send_block(const char *topic, uint64_t id, uint32_t decimate, int is_float, const void *data, uint32_t bytes,
                       uint32_t count) {
    static struct jsdrv_stream_signal_s block;
    static struct short_signal_s brief;
    uint32_t header = sizeof block - sizeof block.data;
    struct jsdrv_union_s value = {3, 0, 0, 1, header + bytes, {.bin = (const uint8_t *)&block}};
    memset(&block, 0, sizeof block);
    block.sample_id = id;
    block.element_type = is_float ? 4 : 3;
    block.element_size_bits = is_float ? 32 : 1;
    block.element_count = count;
    block.sample_rate = ID_RATE;
    block.decimate_factor = decimate;
    /* The device's clock is 100 ppm fast. */
    block.time_map.offset_time = (int64_t)((double)id / (ID_RATE * 1.0001) * (1 << 30));
    block.time_map.offset_counter = id;
    block.time_map.counter_rate = ID_RATE * 1.0001;
    memcpy(block.data, data, bytes);
    if (getenv("STAND_IN_SHORT")) {
        memcpy(&brief, &block, 24);
        memcpy(brief.data, data, bytes);
        value.size = 24 + bytes;
        value.value.bin = (const uint8_t *)&brief;
    }
    tell(topic, &value);
}

static void *stream(void *unused) {
    (void)unused;
    const uint64_t origin = 5000000000ull;
    const char *after = getenv("STAND_IN_REMOVE_AFTER");
    uint32_t decimate = ID_RATE / context.rate;
    for (int n = 0; context.running; n++) {
        if (!context.sampled) {
            usleep(1000);
            n = -1;
            continue;
        }
        if (after && n == atoi(after)) {
            const char *device = "u/js220/000001";
            struct jsdrv_union_s value = {1, 0, 0, 0, (uint32_t)strlen(device) + 1, {.str = device}};
            context.sampled = 0;
            tell("@/!remove", &value);
            break;
        }
        float values[BLOCK];
        uint8_t bits[BLOCK / 8];
        uint64_t id = origin + (uint64_t)n * BLOCK * decimate;
        for (int i = 0; i < BLOCK; i++) {
            int k = n * BLOCK + i;
            values[i] = k >= 200 && k < 210 ? NAN : (float)k;
            /* Low from sample 100 to 299. */
            if (k >= 100 && k < 300) bits[i / 8] &= (uint8_t) ~(1u << i % 8);
            else bits[i / 8] |= (uint8_t)(1u << i % 8);
        }
        /* Levels are ahead of the samples, and the block with samples 384 to 447 is missing. */
        if (context.edges) send_block("u/js220/000001/s/gpi/0/!data", id, decimate, 0, bits, sizeof bits, BLOCK);
        if (n != 6) send_block(context.sampled_topic, id, decimate, 1, values, sizeof values, BLOCK);
        usleep(500);
    }
    return 0;
}

API int32_t jsdrv_initialize(struct jsdrv_context_s **result, const void *args, uint32_t timeout_ms) {
    (void)args, (void)timeout_ms;
    pthread_mutex_init(&context.lock, 0);
    context.rate = 1000000;
    *result = &context;
    note("%s %s\n", "initialize", "");
    return 0;
}

API void jsdrv_finalize(struct jsdrv_context_s *self, uint32_t timeout_ms) {
    (void)timeout_ms;
    if (self->running) {
        self->running = 0;
        pthread_join(self->thread, 0);
    }
    note("%s %s\n", "finalize", "");
}

API int32_t jsdrv_publish(struct jsdrv_context_s *self, const char *topic, const struct jsdrv_union_s *value,
                          uint32_t timeout_ms) {
    char text[64];
    if (!timeout_ms) return 1;
    if (value->type == 1) snprintf(text, sizeof text, "str%d '%s' %u", value->flags, value->value.str, value->size);
    else snprintf(text, sizeof text, "%s%d %u", value->type == 10 ? "u32." : "i32.", value->flags, value->value.u32);
    note("%s = %s\n", topic, text);
    if (getenv("STAND_IN_FAIL") && strstr(topic, getenv("STAND_IN_FAIL"))) return 11;
    const char *end = topic + strlen(topic);
    if (!strcmp(end - 4, "h/fs")) self->rate = value->value.u32;
    if (!strcmp(end - 5, "/ctrl") && !strstr(topic, "gpi")) {
        if (value->value.u32 && !self->running) {
            self->running = 1;
            pthread_create(&self->thread, 0, stream, 0);
        }
        snprintf(self->sampled_topic, sizeof self->sampled_topic, "%.*s/!data", (int)(end - 5 - topic), topic);
        self->sampled = value->value.u32;
    }
    if (strstr(topic, "gpi/0/ctrl")) self->edges = value->value.u32;
    return 0;
}

API int32_t jsdrv_query(struct jsdrv_context_s *self, const char *topic, struct jsdrv_union_s *value,
                        uint32_t timeout_ms) {
    (void)self, (void)timeout_ms;
    if (!strcmp(topic, "@/list")) {
        const char *devices = getenv("STAND_IN_DEVICES") ? getenv("STAND_IN_DEVICES") : "u/js220/000001";
        if (value->type != 1 || value->size <= strlen(devices)) return 15;
        strcpy((char *)value->value.str, devices);
        return 0;
    }
    if (strstr(topic, "c/fw/version")) {
        value->type = 10;
        value->value.u64 = 0x01020003;
        return 0;
    }
    return 6;
}

API int32_t jsdrv_subscribe(struct jsdrv_context_s *self, const char *topic, uint8_t flags, callback function,
                            void *user, uint32_t timeout_ms) {
    (void)timeout_ms;
    if (flags != 2) return 5;
    pthread_mutex_lock(&self->lock);
    for (int i = 0; i < MOST; i++) {
        struct subscription *s = &self->subscriptions[i];
        if (s->function) continue;
        snprintf(s->topic, sizeof s->topic, "%s", topic);
        s->user = user;
        s->function = function;
        break;
    }
    pthread_mutex_unlock(&self->lock);
    return 0;
}

API int32_t jsdrv_unsubscribe(struct jsdrv_context_s *self, const char *topic, callback function, void *user,
                              uint32_t timeout_ms) {
    (void)user, (void)timeout_ms;
    pthread_mutex_lock(&self->lock);
    for (int i = 0; i < MOST; i++) {
        struct subscription *s = &self->subscriptions[i];
        if (s->function == function && !strcmp(s->topic, topic)) s->function = 0;
    }
    pthread_mutex_unlock(&self->lock);
    note("unsubscribe %s%s\n", topic, "");
    return 0;
}
