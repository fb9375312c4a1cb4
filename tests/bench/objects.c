/* SPDX-License-Identifier: MIT
 * What decode and encode of a VIF cost, next to two JSON libraries that only parse and print the
 * same text, and to os-vif itself in a warm process. Each round runs all of them, one behind the
 * other; the times are medians over the rounds, the ratios medians of each round's ratio.
 * All in CPU time. Allocations are counted by functions in front of libc's.
 * objects [FILE [ROUNDS]] */
/* flags: -lcjson -ljansson */
#define _GNU_SOURCE
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include "bench/measure.h"
#include <cjson/cJSON.h>
#include <jansson.h>

enum { RUNS = 2000, PYTHON_RUNS = 100 };
static char text[1 << 16], memory[1 << 16], buffer[1 << 16];
static size_t len, used;
static vif_object *object;
static cJSON *tree;
static json_t *doc;

static void must(int good, const char *what)
{
    if (!good) {
        die(what, NULL);
    }
}

static void vif_in(void)
{
    vif_arena arena;
    vif_arena_init(&arena, memory, sizeof memory);
    must(vif_decode(&arena, text, len, &object, NULL) == VIF_OK, "vif_decode");
    used = arena.total;
}

static void vif_to(void)
{
    vif_json_out out;
    vif_json_out_init(&out, buffer, sizeof buffer);
    must(vif_encode(object, NULL, &out, NULL) == VIF_OK, "vif_encode");
}

static void read_only(void)
{
    vif_json json;
    vif_json_init(&json, memory, sizeof memory);
    vif_json_feed(&json, text, len);
    must(vif_json_skip(&json, VIF_JSON_MORE) == VIF_JSON_END, "vif_json_skip");
}

static void cjson_in(void)
{
    cJSON_Delete(cJSON_ParseWithLength(text, len));
}

static void cjson_to(void)
{
    free(cJSON_PrintUnformatted(tree));
}

/* Into a buffer of the caller: the cheapest that it has. */
static void cjson_to_buffer(void)
{
    must(cJSON_PrintPreallocated(tree, buffer, sizeof buffer, 0), "cJSON_PrintPreallocated");
}

static void jansson_in(void)
{
    json_decref(json_loadb(text, len, 0, NULL));
}

static void jansson_to(void)
{
    free(json_dumps(doc, JSON_COMPACT));
}

/* os-vif's time for one, or 0 if it is not there. */
static double ask_python(const char *what)
{
    char words[64];
    snprintf(words, sizeof words, "%s %d", what, PYTHON_RUNS);
    return osvif_in ? osvif_run(words) : 0;
}

static const struct { const char *name; void (*run)(void); int base; const char *ask; } work[] = {
    {"vif_decode", vif_in, 0, NULL}, {"vif_json_skip (parse alone)", read_only, 0, NULL},
    {"cJSON parse, free", cjson_in, 0, NULL}, {"jansson json_loadb, free", jansson_in, 0, NULL},
    {"os-vif obj_from_primitive", NULL, 0, "decode"}, {"os-vif with json.loads", NULL, 0,
                                                       "decode+json"},
    {"vif_encode", vif_to, 6, NULL}, {"cJSON print, free", cjson_to, 6, NULL},
    {"cJSON print to a buffer", cjson_to_buffer, 6, NULL}, {"jansson json_dumps, free", jansson_to,
                                                            6, NULL},
    {"os-vif obj_to_primitive", NULL, 6, "encode"}, {"os-vif with json.dumps", NULL, 6,
                                                     "encode+json"}};
enum { WORKS = sizeof work / sizeof work[0] };

/* Of the process: other work on the machine disturbs it less than a wall clock. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "tests/fixtures/vifs/ovs.json";
    const int rounds = argc > 2 ? atoi(argv[2]) : 21;
    static double ns[WORKS][MOST_ROUNDS], ratio[WORKS][MOST_ROUNDS];
    unsigned counted[WORKS];
    FILE *f = fopen(path, "rb");

    must(f != NULL && rounds > 0 && rounds <= MOST_ROUNDS, path);
    len = fread(text, 1, sizeof text, f);
    fclose(f);
    tree = cJSON_ParseWithLength(text, len);
    doc = json_loadb(text, len, 0, NULL);
    must(tree && doc, "not JSON");
    vif_in();
    osvif_start("tests/bench/objects.py", path, NULL);
    for (int r = -1; r < rounds; r++) {         /* round -1 warms up */
        for (int w = 0; w < WORKS; w++) {
            const unsigned before = allocations;
            const double start = now();
            for (int i = 0; i < RUNS && work[w].run; i++) {
                work[w].run();
            }
            ns[w][r < 0 ? 0 : r] = work[w].ask ? ask_python(work[w].ask) : (now() - start) / RUNS;
            counted[w] = (allocations - before) / RUNS;
        }
        for (int w = 0; w < WORKS; w++) {
            const int k = r < 0 ? 0 : r;
            ratio[w][k] = ns[w][k] / ns[work[w].base][k];
        }
    }
    printf("%s: %zu bytes of JSON; %zu bytes of arena; medians of %d rounds of %d\n", path, len,
           used,
           rounds, RUNS);
    printf("%-32s %12s %10s %12s\n", "", "ns", "x vif", "allocations");
    for (int w = 0; w < WORKS; w++) {
        if (work[w].ask && !osvif_in) {
            printf("%-32s %12s\n", work[w].name, "not here");
        } else if (work[w].ask) {
            printf("%-32s %12.0f %10.1f %12s\n", work[w].name, median(ns[w], rounds),
                   median(ratio[w], rounds), "not counted");
        } else {
            printf("%-32s %12.0f %10.2f %12u\n", work[w].name, median(ns[w], rounds),
                   median(ratio[w], rounds), counted[w]);
        }
    }
    json_decref(doc);
    cJSON_Delete(tree);
    return 0;
}
