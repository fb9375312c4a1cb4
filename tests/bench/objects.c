/* SPDX-License-Identifier: MIT
 * What decode and encode of a VIF cost, next to two JSON libraries that only parse and print the
 * same text, and to os-vif itself in a warm process. Each round runs all of them, one behind the
 * other; the times are medians over the rounds, the ratios medians of each round's ratio.
 * All in CPU time. Allocations are counted by functions in front of libc's.
 * objects [FILE [ROUNDS]] */
/* flags: -lcjson -ljansson */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <cjson/cJSON.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_calloc(size_t count, size_t size);
static unsigned long allocations;
void *malloc(size_t size) { allocations++; return __libc_malloc(size); }
void *realloc(void *ptr, size_t size) { allocations++; return __libc_realloc(ptr, size); }
void *calloc(size_t count, size_t size) { allocations++; return __libc_calloc(count, size); }

enum { RUNS = 2000, PYTHON_RUNS = 100, MOST = 99 };
static char text[1 << 16], memory[1 << 16], buffer[1 << 16];
static size_t len, used;
static vif_object *object;
static cJSON *tree;
static json_t *doc;

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "objects: %s\n", what);
        exit(1);
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

/* os-vif in a process of its own, which answers "decode 100" with the time of one. */
static FILE *to_python, *from_python;

static void start_python(const char *file)
{
    char answer[16];
    int in[2], out[2];
    must(pipe(in) == 0 && pipe(out) == 0, "pipe");
    if (fork() == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl("/usr/bin/python3", "python3", "-W", "ignore", "tests/bench/objects.py", file,
              (char *)NULL);
        _exit(1);
    }
    close(in[0]);
    close(out[1]);
    to_python = fdopen(in[1], "w");
    from_python = fdopen(out[0], "r");
    if (!fgets(answer, sizeof answer, from_python)) {
        from_python = NULL;
    }
}

/* Its time for one, or 0 if os-vif is not there. */
static double ask_python(const char *what)
{
    char answer[64];
    if (!from_python) {
        return 0;
    }
    fprintf(to_python, "%s %d\n", what, PYTHON_RUNS);
    fflush(to_python);
    must(fgets(answer, sizeof answer, from_python) != NULL, "os-vif stopped");
    return atof(answer);
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

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(const double *v, int n)
{
    double sorted[MOST];
    memcpy(sorted, v, sizeof *v * (size_t)n);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "tests/fixtures/vifs/ovs.json";
    const int rounds = argc > 2 ? atoi(argv[2]) : 21;
    static double ns[WORKS][MOST], ratio[WORKS][MOST];
    unsigned long counted[WORKS];
    FILE *f = fopen(path, "rb");

    must(f != NULL && rounds > 0 && rounds <= MOST, path);
    len = fread(text, 1, sizeof text, f);
    fclose(f);
    tree = cJSON_ParseWithLength(text, len);
    doc = json_loadb(text, len, 0, NULL);
    must(tree && doc, "not JSON");
    vif_in();
    start_python(path);
    for (int r = -1; r < rounds; r++) {         /* round -1 warms up */
        for (int w = 0; w < WORKS; w++) {
            const unsigned long before = allocations;
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
        if (work[w].ask && !from_python) {
            printf("%-32s %12s\n", work[w].name, "not here");
        } else if (work[w].ask) {
            printf("%-32s %12.0f %10.1f %12s\n", work[w].name, median(ns[w], rounds),
                   median(ratio[w], rounds), "not counted");
        } else {
            printf("%-32s %12.0f %10.2f %12lu\n", work[w].name, median(ns[w], rounds),
                   median(ratio[w], rounds), counted[w]);
        }
    }
    json_decref(doc);
    cJSON_Delete(tree);
    return 0;
}
