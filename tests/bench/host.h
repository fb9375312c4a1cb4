/* SPDX-License-Identifier: MIT
 * host.h: what the measurements of plug and unplug share: a host with a VIF, its verbs, the stack
 * that they take, lines of tables. Include it behind vif.h. */
#ifndef HOST_H_INCLUDED
#define HOST_H_INCLUDED
#include "bench/measure.h"
#include <ucontext.h>

static vif_host host;
static vif_options host_options, options;
static const vif_vif *vif;
static const vif_instance_info *instance;
static vif_nic *nic;                    /* in place of a VIF; or NULL */
static unsigned resizes;
static size_t held, most_held;          /* bytes in blocks of up to 8 KB: no buffer is that small */

static void *resize(void *user, void *ptr, size_t old_size, size_t size)
{
    enum { SMALL = 8192 };
    (void)user;
    resizes++;
    held += (size <= SMALL ? size : 0) - (old_size <= SMALL ? old_size : 0);
    most_held = held > most_held ? held : most_held;
    if (size > 0) {
        return realloc(ptr, size);
    }
    free(ptr);
    return NULL;
}

static int64_t now_ms(void *user)
{
    (void)user;
    return (int64_t)(now_us() / 1e3);
}

static void open_host(void)
{
    vif_host_desc d = vif_host_desc_default();
    vif_error err;
    d.options = &host_options;
    d.now_ms = now_ms;
    d.resize = resize;
    if (vif_host_open(&host, &d, &err) != VIF_OK) {
        die("vif_host_open", &err);
    }
}

/* tests/fixtures/vifs/NAME.json, in memory that the next one of this name takes again */
static vif_object *load_object(const char *name, vif_arena *arena)
{
    static char text[1 << 15];
    char path[128];
    vif_object *object = NULL;
    vif_error err;
    FILE *file;
    size_t len;
    snprintf(path, sizeof path, "tests/fixtures/vifs/%s.json", name);
    file = fopen(path, "rb");
    if (!file) {
        die(path, NULL);
    }
    len = fread(text, 1, sizeof text, file);
    fclose(file);
    if (vif_decode(arena, text, len, &object, &err) != VIF_OK) {
        die(path, &err);
    }
    return object;
}

/* The VIF to plug and its instance, without options; what the caller may still change of it. */
static vif_vif *load_vif(const char *name)
{
    static char memory[1 << 16];
    vif_arena arena;
    vif_vif *v;
    vif_arena_init(&arena, memory, sizeof memory);
    v = (vif_vif *)load_object(name, &arena);
    vif = v;
    instance = (const vif_instance_info *)load_object("instance", &arena);
    memset(&options, 0, sizeof options);
    return v;
}

enum { PLUG, UNPLUG, AGAIN, GONE };
static const char *const verb_names[] = {"plug", "unplug", "plug again", "unplug again"};

static vif_subject subject_of(void)
{
    vif_subject subject;
    if (nic) {
        return vif_nic_subject(nic, &options);
    }
    memset(&subject, 0, sizeof subject);
    subject.vif = vif;
    subject.instance = instance;
    subject.options = &options;
    return subject;
}

static void vif_run(int verb)
{
    vif_subject subject = subject_of();
    vif_result result;
    vif_job_desc desc;
    vif_error err;
    memset(&desc, 0, sizeof desc);
    desc.verb = verb == PLUG || verb == AGAIN ? VIF_PLUG : VIF_UNPLUG;
    desc.subjects = &subject;
    desc.count = 1;
    desc.results = &result;
    if (vif_verb_many(&host, &desc, &err) != VIF_OK || result.error.status != VIF_OK) {
        die(verb_names[verb], &result.error);
    }
}

/* After somebody's plug in a flow. Nobody but vif writes a note of what it changes. */
static void expect_right(const char *who, const char *flow)
{
    vif_difference all[2], *d = all;
    vif_subject subject = subject_of();
    vif_error err;
    memset(all, 0, sizeof all);
    subject.differences = all;
    subject.difference_cap = 2;
    if (vif_check(&host, &subject, &err) != VIF_OK) {
        d += strcmp(who, "vif") != 0 && strcmp(d->attribute, "note") == 0;
        if (d == all || host.result.differences > 1) {
            fprintf(stderr, "after %s of \"%s\": %s of %s: wanted %s, found %s\n", who, flow,
                    d->attribute, d->resource, d->wanted, d->found);
            exit(1);
        }
    }
}

/* Runs at least nine rounds, then as many as there is time for. So it ends within minutes even if
 * others keep the kernel's one lock of all links (rtnl) busy. ROUNDS bounds them, for a test that
 * it works at all. */
static bool in_time(double start, int round)
{
    const char *most = getenv("ROUNDS");
    return (!most || round < atoi(most)) && (round < 9 || now_us() - start < 7e6);
}

/* One line: times, and the ratio of one series to another, round by round. */
static void print_line(const char *title, const char *name, const double *us, const double *a,
                       const double *b, int rounds)
{
    const stat3 t = stat_of(us, NULL, rounds);
    char range[40];
    snprintf(range, sizeof range, "%.0f..%.0f", t.low, t.high);
    printf("%-22s %-22s %9.*f  %-16s", title, name, t.median < 1000 ? 1 : 0, t.median, range);
    if (a) {
        const stat3 x = stat_of(a, b, rounds);
        const int digits = x.median < 10 ? 3 : 0;
        printf(" %8.*f  %.*f..%.*f", digits, x.median, digits, x.low, digits, x.high);
    }
    printf("%*s(%d)\n", a ? 2 : 12, "", rounds);
}

static void print_head(const char *first, const char *ratio)
{
    printf("%-22s %-22s %9s  %-16s %8s  %s\n", first, "", "us", "quartiles", ratio,
           "quartiles (rounds)");
}

/* ---- stack ----------------------------------------------------------------------------------- */

enum { PAINTED = 1 << 17 };
static unsigned char painted[PAINTED] __attribute__((aligned(64)));
static int painted_verb;

static void on_painted(void)
{
    if (painted_verb >= 0) {
        vif_run(painted_verb);
    }
}

/* Bytes that the verb takes; -1: what taking them takes. */
static size_t stack_of(int verb)
{
    ucontext_t here, there;
    size_t clean = 0;
    memset(painted, 0xa5, sizeof painted);
    painted_verb = verb;
    getcontext(&there);
    there.uc_stack.ss_sp = painted;
    there.uc_stack.ss_size = sizeof painted;
    there.uc_link = &here;
    makecontext(&there, on_painted, 0);
    swapcontext(&here, &there);
    while (clean < PAINTED && painted[clean] == 0xa5) {
        clean++;
    }
    return PAINTED - clean;
}
#endif
