/* SPDX-License-Identifier: MIT
 * uv.c: the host in libuv's event loop: a VIF is plugged while a timer of the loop goes on ticking.
 *   cc -I. examples/uv.c -o uv -luv && unshare -Urn ./uv VIF.json [unix:/tmp/db.sock] */
/* flags: -luv */
#define _POSIX_C_SOURCE 200809L         /* uv.h wants it */
#define VIF_STATIC
#include "vif.h"
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static vif_host host;
static vif_job job;
static vif_result result;
static uv_idle_t idle;                  /* while there is something to do */
static uv_timer_t deadline;             /* and then */
static uv_poll_t *ovsdb;                /* or when its fd is ready; each fd has its own */
static int watched = -1, ticks;

static int64_t now_ms(void *user)
{
    (void)user;
    return (int64_t)(uv_hrtime() / 1000000);
}

static void step(uv_idle_t *handle);
static void on_idle(uv_idle_t *handle) { step(handle); }
static void on_deadline(uv_timer_t *timer) { (void)timer; uv_idle_start(&idle, on_idle); }
static void on_tick(uv_timer_t *timer) { (void)timer; ticks++; }
static void on_closed(uv_handle_t *handle) { free(handle); }
static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)poll; (void)status; (void)events;
    uv_idle_start(&idle, on_idle);
}

/* What the host waits for. */
static void watch(const vif_want *want)
{
    const int64_t left = want->deadline_ms - now_ms(NULL);
    if (want->fd != watched && ovsdb) {
        uv_close((uv_handle_t *)ovsdb, on_closed);
        ovsdb = NULL;
    }
    watched = want->fd;
    if (watched >= 0 && !ovsdb && (ovsdb = (uv_poll_t *)malloc(sizeof *ovsdb)) != NULL) {
        uv_poll_init(uv_default_loop(), ovsdb, watched);
    }
    if (ovsdb) {
        uv_poll_start(ovsdb, (want->read ? UV_READABLE : 0) | (want->write ? UV_WRITABLE : 0),
                      on_ready);
    }
    uv_timer_start(&deadline, on_deadline, left < 0 ? 0 : (uint64_t)left, 0);
}

/* One call of the kernel's at most, then the loop has its turn. */
static void step(uv_idle_t *handle)
{
    if (!vif_job_step(&job)) {
        uv_stop(uv_default_loop());
    } else {
        const vif_want want = vif_host_want(&host);
        if (want.deadline_ms > now_ms(NULL)) {
            uv_idle_stop(handle);
            watch(&want);
        }
    }
}

int main(int argc, char **argv)
{
    static char text[65536];
    static vif_options options;
    static uv_timer_t tick;
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    vif_host_desc desc = vif_host_desc_default();
    vif_job_desc verb = {VIF_PLUG, false, NULL, 1, &result, NULL, 0};
    static vif_subject subject;
    vif_object *object = NULL;
    vif_arena arena;
    vif_error err = {VIF_OK, 0, 0, "", "no file"};
    desc.now_ms = now_ms;
    desc.options = &options;
    options.create_tap = VIF_TRUE;
    options.ovsdb_connection = argc > 2 ? argv[2] : NULL;
    if (!file || vif_host_open(&host, &desc, &err) != VIF_OK) {
        fprintf(stderr, "uv: %s\n", err.text);
        return 1;
    }
    vif_arena_init_hook(&arena, NULL, 0, host.desc.resize, NULL);
    verb.subjects = &subject;
    if (vif_decode(&arena, text, fread(text, 1, sizeof text, file), &object, &err) == VIF_OK &&
        (subject.vif = vif_as_vif(object)) != NULL &&
        vif_job_start(&job, &host, &verb, &err) == VIF_OK) {
        uv_idle_init(uv_default_loop(), &idle);
        uv_timer_init(uv_default_loop(), &deadline);
        uv_timer_init(uv_default_loop(), &tick);
        uv_timer_start(&tick, on_tick, 1, 1);
        uv_idle_start(&idle, on_idle);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
        (void)!vif_job_finish(&job, &err);
    }
    printf("%s: %s %s, %d ticks of the loop meanwhile\n", vif_status_name(err.status),
           err.status ? err.text : "plugged", result.link, ticks);
    fclose(file);
    vif_arena_free(&arena);
    vif_host_close(&host);
    return err.status != VIF_OK;
}
