/* SPDX-License-Identifier: MIT
 * agent.c: an agent in an event loop (epoll). It takes requests from a socket, has 100 VIFs in
 * flight, and never waits for a server or a switch. A heartbeat of 10 ms proves that: the agent
 * prints the longest gap at its end.
 *   cc -I. examples/agent.c -o agent && unshare -Urn ./agent /tmp/agent.sock [unix:/tmp/db.sock]
 * A request is a line, "plug OBJECT" or "unplug OBJECT", with the object in JSON. The answer is a
 * line with the VIF's id, the status, and the link or the error's text. A client waits for the
 * answer before it sends another request for the same VIF. The agent watches what is plugged: when
 * somebody changes a VIF, or it is right again, it prints a line of the same form. After a restart
 * of the agent all VIFs are plugged again; what is right already stays untouched. */
#define _GNU_SOURCE
#define VIF_STATIC
#include "vif.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FLIGHT = 100, CLIENTS = 16, LINE = 65536, BEAT_MS = 10, PLUGGED = 512 };
enum { LISTENER = 1000, SIGNALS, HEARTBEAT, OVSDB, LINKS };     /* in epoll_data, beside clients */

typedef struct request {                /* a VIF in flight, with all the memory that it takes */
    vif_job job;
    vif_subject subject;
    vif_result result;
    vif_verb verb;
    vif_arena arena;                    /* of the object */
    int client;                         /* -1: free */
    unsigned char memory[VIF_JOB_MEMORY];
} request;

typedef struct client {
    int fd;                             /* -1: free */
    size_t used;
    char line[LINE];
} client;

static struct plugged {                 /* a VIF that is there; its object lives as long */
    vif_arena arena;
    vif_difference difference;
} plugged[PLUGGED];
static vif_subject subjects[PLUGGED];   /* of them; vif NULL: free */
static vif_result results[PLUGGED];
static vif_watch drift;
static request requests[FLIGHT];
static client clients[CLIENTS];
static vif_host host;
static int loop, watched = -1;          /* the epoll, and the fd of the OVSDB that it watches */
static int64_t longest_step, longest_gap, last_beat;
static char doing[64], longest[64];     /* what was done in this step, and in the longest */

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_ms(void *user)
{
    (void)user;
    return now_us() / 1000;
}

static void watch(int fd, uint32_t id, bool read, bool write)
{
    struct epoll_event event;
    event.events = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    event.data.u32 = id;
    if (epoll_ctl(loop, EPOLL_CTL_MOD, fd, &event) < 0) {
        (void)!epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
    }
}

static void note(void *user, const vif_event *event)
{
    (void)user;
    snprintf(doing, sizeof doing, "%s %s", event->what, event->kind);
}

/* Sends an answer. It is dropped if the client has gone or does not read. */
static void answer(int c, const char *id, const vif_error *err, const char *link)
{
    char line[512];
    const int n = snprintf(line, sizeof line, "%s %s %s%s%s\n", id, vif_status_name(err->status),
                           err->status == VIF_OK ? link : err->where,
                           err->status != VIF_OK && err->where[0] ? ": " : "", err->text);
    if (clients[c].fd >= 0) {
        (void)!send(clients[c].fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static request *free_request(void)
{
    for (int i = 0; i < FLIGHT; i++) {
        if (requests[i].client < 0) {
            return &requests[i];
        }
    }
    return NULL;
}

/* The place of a VIF among those that are plugged, or a free one; PLUGGED: none. */
static size_t place_of(const char *id)
{
    size_t n = 0, empty = PLUGGED;
    for (; n < PLUGGED && (!subjects[n].vif || strcmp(subjects[n].vif->base.id, id) != 0); n++) {
        empty = !subjects[n].vif && empty == PLUGGED ? n : empty;
    }
    return n < PLUGGED ? n : empty;
}

/* Begins to watch a VIF, or with NULL stops. False: it is being looked at just now; try again. If
 * there is no room to watch it, it stays plugged all the same. */
static bool keep(const char *id, request *r)
{
    const size_t n = place_of(id);
    vif_subject subject;
    if (n == PLUGGED) {
        return true;
    }
    memset(&subject, 0, sizeof subject);
    subject.vif = r ? r->subject.vif : NULL;
    subject.differences = &plugged[n].difference;
    subject.difference_cap = 1;
    if (!vif_watch_set(&drift, n, r ? &subject : NULL)) {
        return false;
    }
    vif_arena_free(&plugged[n].arena);
    vif_arena_init_hook(&plugged[n].arena, NULL, 0, host.desc.resize, NULL);
    if (r) {
        plugged[n].arena = r->arena;
        vif_arena_init_hook(&r->arena, NULL, 0, host.desc.resize, NULL);
    }
    return true;
}

/* Starts a job for "plug OBJECT" or "unplug OBJECT"; its steps come later. False: the line has to
 * wait. */
static bool take_line(int c, const char *line, size_t len)
{
    const size_t verb = len > 7 && memcmp(line, "unplug ", 7) == 0 ? 7 : 5;
    request *r = free_request();
    vif_object *object = NULL;
    vif_job_desc desc;
    vif_error err;
    memset(&desc, 0, sizeof desc);
    vif_arena_init_hook(&r->arena, NULL, 0, host.desc.resize, NULL);
    if (len < verb || (verb == 5 && memcmp(line, "plug ", 5) != 0)) {
        (void)vif_fail(&err, VIF_E_INVAL, 0, "", "plug OBJECT or unplug OBJECT is required");
    } else if (vif_decode(&r->arena, line + verb, len - verb, &object, &err) == VIF_OK) {
        r->subject.vif = vif_as_vif(object);
        desc.verb = r->verb = verb == 5 ? VIF_PLUG : VIF_UNPLUG;
        desc.subjects = &r->subject;
        desc.count = 1;
        desc.results = &r->result;
        desc.memory = r->memory;
        desc.memory_size = sizeof r->memory;
        if (!r->subject.vif) {
            (void)vif_fail(&err, VIF_E_OBJECT, 0, "", "is not a VIF");
        } else if (verb == 7 && !keep(r->subject.vif->base.id, NULL)) {
            vif_arena_free(&r->arena);
            return false;
        } else if (vif_job_start(&r->job, &host, &desc, &err) == VIF_OK) {
            r->client = c;
            return true;
        }
    }
    answer(c, "-", &err, "");
    vif_arena_free(&r->arena);
    return true;
}

/* Takes a client's lines while there is room for one more VIF in flight. The rest waits. */
static void take_lines(int c)
{
    client *k = &clients[c];
    char *end;
    while (free_request() && (end = (char *)memchr(k->line, '\n', k->used)) != NULL) {
        const size_t len = (size_t)(end - k->line);
        if (!take_line(c, k->line, len)) {
            break;
        }
        k->used -= len + 1;
        memmove(k->line, end + 1, k->used);
    }
    watch(k->fd, (uint32_t)c, k->used < LINE, false);
}

static void read_client(int c)
{
    client *k = &clients[c];
    const ssize_t n = recv(k->fd, k->line + k->used, LINE - k->used, MSG_DONTWAIT);
    if (n > 0) {
        k->used += (size_t)n;
        take_lines(c);
    }
    if (n == 0 || (n < 0 && errno != EAGAIN) ||
        (k->used == LINE && !memchr(k->line, '\n', LINE))) {    /* gone, or a line too long */
        close(k->fd);
        k->fd = -1;
    }
}

static void accept_client(int listener)
{
    const int fd = accept(listener, NULL, NULL);
    int c = 0;
    while (c < CLIENTS && clients[c].fd >= 0) {
        c++;
    }
    if (c == CLIENTS) {
        close(fd);
    } else if (fd >= 0) {
        clients[c].fd = fd;
        clients[c].used = 0;
        watch(fd, (uint32_t)c, true, false);
    }
}

static bool plugs(const request *r)
{
    return r->verb == VIF_PLUG && r->result.status == VIF_OK;
}

/* Moves the host on, with at most one call to the kernel, reports VIFs that have changed, and
 * answers the jobs that are over. */
static void step(void)
{
    const int64_t start = now_us();
    vif_error err;
    size_t n;
    doing[0] = '\0';
    while (vif_watch_step(&drift, &n)) {        /* moves the host */
        const vif_difference *d = &plugged[n].difference;
        const bool differs = results[n].status == VIF_E_DIFFERENT;
        printf("%s %s %s%s%s\n", subjects[n].vif->base.id, vif_status_name(results[n].status),
               differs ? d->resource : results[n].error.where, differs ? ": " : "",
               differs ? d->attribute : results[n].error.text);
        fflush(stdout);
    }
    if (now_us() - start > longest_step) {
        longest_step = now_us() - start;
        memcpy(longest, doing, sizeof longest);
    }
    for (request *r = requests; r < requests + FLIGHT; r++) {
        if (r->client >= 0 && r->job.done == 1 &&
            (!plugs(r) || keep(r->subject.vif->base.id, r))) {
            const int c = r->client;
            (void)!vif_job_finish(&r->job, &err);
            answer(c, r->subject.vif->base.id, &r->result.error, r->result.link);
            vif_arena_free(&r->arena);
            r->client = -1;
        }
    }
    for (int c = 0; c < CLIENTS; c++) {
        if (clients[c].fd >= 0 && clients[c].used > 0) {
            take_lines(c);
        }
    }
}

static void beat(int timer)
{
    uint64_t count;
    const int64_t now = now_us();
    (void)!read(timer, &count, sizeof count);
    longest_gap = last_beat != 0 && now - last_beat > longest_gap ? now - last_beat : longest_gap;
    last_beat = now;
}

/* Returns how long epoll may sleep, and watches the fd of the OVSDB, which changes when the host
 * connects again. */
static int wanted_ms(void)
{
    const vif_want want = vif_host_want(&host), news = vif_watch_want(&drift);
    const int64_t first = news.deadline_ms < want.deadline_ms ? news.deadline_ms : want.deadline_ms;
    const int64_t left = first - now_ms(NULL);
    if (want.fd != watched && watched >= 0) {
        (void)!epoll_ctl(loop, EPOLL_CTL_DEL, watched, NULL);
    }
    watched = want.fd;
    if (watched >= 0) {
        watch(watched, OVSDB, want.read, want.write);
    }
    return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void run(int listener, int timer)
{
    struct epoll_event events[32];
    for (;;) {
        int n = epoll_wait(loop, events, 32, wanted_ms());
        while (n-- > 0) {
            const uint32_t id = events[n].data.u32;
            if (id == SIGNALS) {
                return;
            } else if (id == HEARTBEAT) {
                beat(timer);
            } else if (id == LISTENER) {
                accept_client(listener);
            } else if (id < CLIENTS && clients[id].fd >= 0) {
                read_client((int)id);
            }
        }
        step();
    }
}

static int open_socket(const char *path)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    vif_cat(address.sun_path, sizeof address.sun_path, path);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) {
        perror(path);
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    static vif_options options;
    const struct itimerspec every = {{0, BEAT_MS * 1000000}, {0, BEAT_MS * 1000000}};
    vif_host_desc desc = vif_host_desc_default();
    vif_watch_desc watched_vifs;
    vif_error err;
    sigset_t set;
    int listener, signals, timer;
    options.create_tap = VIF_TRUE;
    options.ovsdb_connection = argc > 2 ? argv[2] : NULL;
    desc.options = &options;
    desc.now_ms = now_ms;
    desc.log = note;
    memset(&watched_vifs, 0, sizeof watched_vifs);
    watched_vifs.subjects = subjects;
    watched_vifs.results = results;
    watched_vifs.count = PLUGGED;
    if (argc < 2 || vif_host_open(&host, &desc, &err) != VIF_OK ||
        vif_watch_start(&drift, &host, &watched_vifs, &err) != VIF_OK) {
        fprintf(stderr, "agent: %s\n", argc < 2 ? "agent SOCKET [OVSDB]" : err.text);
        return 1;
    }
    for (int i = 0; i < FLIGHT; i++) {
        requests[i].client = -1;
    }
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].fd = -1;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    loop = epoll_create1(EPOLL_CLOEXEC);
    listener = open_socket(argv[1]);
    signals = signalfd(-1, &set, SFD_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    timerfd_settime(timer, 0, &every, NULL);
    watch(listener, LISTENER, true, false);
    watch(signals, SIGNALS, true, false);
    watch(timer, HEARTBEAT, true, false);
    watch(vif_watch_want(&drift).fd, LINKS, true, false);
    run(listener, timer);
    printf("longest step %ld us, longest gap of the heartbeat %ld us; that step: %s\n",
           (long)longest_step, (long)longest_gap, longest[0] ? longest : "a look");
    vif_watch_stop(&drift);
    vif_host_close(&host);
    unlink(argv[1]);
    return 0;
}
