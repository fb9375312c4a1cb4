/* SPDX-License-Identifier: MIT
 * What NICs need of other programs: a client of DHCP (dhcp in their configuration), and the local
 * service of ZeroTier (type zerotier), behind the one hook desc.service, which never waits.
 *
 *     services plug|check|unplug CONTAINER PID FILE
 *
 * does that for the NICs of FILE and the container that PID is in. The client of DHCP is $DHCP, run
 * by sh with $LINK as the link: "udhcpc -q -n -i $LINK". The service of ZeroTier is asked over HTTP
 * at 127.0.0.1:9993 in the container, with the token in $ZEROTIER_TOKEN.
 *
 *     cc -I. examples/services.c -o services */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#define VIF_IMPLEMENTATION
#include "vif.h"

enum { NICS = 16, ZEROTIER_PORT = 9993 };

/* ---- DHCP: a program at work in the container ------------------------------------------------ */

static pid_t clients[NICS];             /* by the NIC's index; 0: none is running */

static vif_status start_client(const char *link, int netns, pid_t *client, vif_error *err)
{
    const char *command = getenv("DHCP");
    const pid_t pid = fork();
    if (pid < 0) {
        return vif_fail(err, VIF_E_SYSTEM, errno, "fork", NULL);
    }
    if (pid == 0) {
        if (setns(netns, CLONE_NEWNET) == 0 && setenv("LINK", link, 1) == 0) {
            execlp("sh", "sh", "-c", command ? command : "udhcpc -q -n -i $LINK", (char *)NULL);
        }
        _exit(127);
    }
    *client = pid;
    return VIF_E_BUSY;
}

/* It is over, or is to be asked again. */
static vif_status ask_client(pid_t *client, vif_error *err)
{
    char why[64];
    int status;
    const pid_t pid = waitpid(*client, &status, WNOHANG);
    if (pid == 0) {
        return VIF_E_BUSY;
    }
    *client = 0;
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return VIF_OK;
    }
    snprintf(why, sizeof why, "the client of DHCP ended with status %d",
             pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return vif_fail(err, VIF_E_SYSTEM, 0, "dhcp", why);
}

/* Whether the link has an address that is good beyond it. */
static vif_status look_for_address(const char *link, int netns, vif_error *err)
{
    static unsigned char room[32768];
    unsigned char mem[256];
    vif_nl_desc d = vif_nl_desc_default();
    vif_status st;
    bool found = false;
    vif_link info;
    vif_addr addr;
    vif_nl_msg msg;
    vif_buf buf;
    vif_nl nl;
    d.buffer = room;
    d.buffer_cap = sizeof room;
    st = vif_nl_open_in(&nl, &d, netns, err);
    if (st != VIF_OK) {
        return st;
    }
    st = vif_nl_link_get(&nl, 0, link, &info, err);
    if (st == VIF_OK) {
        vif_buf_init(&buf, mem, sizeof mem);
        vif_nl_put_addr_dump(&buf, VIF_AF_UNSPEC, info.index);
        st = vif_nl_send(&nl, &buf, err);
        while (st == VIF_OK && vif_nl_next(&nl, &msg, err) != VIF_NL_DONE) {
            found |= vif_addr_parse(&msg, &addr) && addr.scope == VIF_SCOPE_UNIVERSE;
        }
    }
    vif_nl_close(&nl);
    return st != VIF_OK && st != VIF_E_NO_INTERFACE ? st : found ? VIF_OK : VIF_E_DIFFERENT;
}

static vif_status dhcp(vif_verb verb, const vif_nic *nic, int netns, vif_error *err)
{
    pid_t *client = &clients[nic->index % NICS];
    char link[16];
    snprintf(link, sizeof link, "eth%u", (unsigned)nic->index);
    if (nic->name) {
        snprintf(link, sizeof link, "%s", nic->name);
    }
    switch (verb) {
    case VIF_PLUG:
        return *client ? ask_client(client, err) : start_client(link, netns, client, err);
    case VIF_UNPLUG:                    /* its addresses go with the link */
        if (*client) {
            kill(*client, SIGTERM);
            waitpid(*client, NULL, 0);
            *client = 0;
        }
        return VIF_OK;
    case VIF_CHECK:
    default:
        return look_for_address(link, netns, err);
    }
}

/* ---- ZeroTier: requests to its service in the container -------------------------------------- */

/* A socket of the container's, though this process stays where it is. */
static int socket_in(int netns)
{
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int s = -1;
    if (home >= 0 && setns(netns, CLONE_NEWNET) == 0) {
        s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (setns(home, CLONE_NEWNET) != 0) {
            abort();                    /* lost in the container */
        }
    }
    if (home >= 0) {
        close(home);
    }
    return s;
}

/* The status of HTTP, and the body; below 0: errno. On loopback an answer takes no time; one that
 * does not come in half a second is none. */
static int request(const char *method, const char *network, int netns, char *body, size_t cap)
{
    const struct timeval most = {0, 500000};
    const char *token = getenv("ZEROTIER_TOKEN");
    struct sockaddr_in to;
    char text[1024];
    ssize_t got = 1;
    size_t len = 0;
    int status = 0;
    const int s = socket_in(netns);
    memset(&to, 0, sizeof to);
    to.sin_family = AF_INET;
    to.sin_port = htons(ZEROTIER_PORT);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(text, sizeof text, "%s /network/%s HTTP/1.0\r\nX-ZT1-Auth: %s\r\n"
             "Content-Length: 2\r\n\r\n{}", method, network, token ? token : "");
    body[0] = '\0';
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) != 0 ||
        setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) != 0 ||
        connect(s, (const struct sockaddr *)&to, sizeof to) != 0 ||
        send(s, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text)) {
        status = -errno;
    }
    while (status == 0 && got > 0 && len + 1 < cap) {
        got = recv(s, body + len, cap - len - 1, 0);
        len += got > 0 ? (size_t)got : 0;
        body[len] = '\0';
    }
    if (s >= 0) {
        close(s);
    }
    if (status == 0 && sscanf(body, "HTTP/%*d.%*d %d", &status) != 1) {
        status = -EPROTO;
    }
    return status;
}

/* Joined is not yet a member: the network's controller has to say so. */
static vif_status zerotier(vif_verb verb, const vif_nic *nic, int netns, vif_error *err)
{
    char body[4096];
    int status = request("GET", nic->id, netns, body, sizeof body);
    const bool joined = status == 200;
    if (joined && verb == VIF_PLUG && strstr(body, "\"status\":\"ACCESS_DENIED\"")) {
        return vif_fail(err, VIF_E_SYSTEM, 0, nic->id, "the network's controller denies access");
    }
    if (verb == VIF_CHECK) {
        return joined && strstr(body, "\"status\":\"OK\"") ? VIF_OK : VIF_E_DIFFERENT;
    }
    if (verb == VIF_PLUG && joined) {
        return strstr(body, "\"status\":\"OK\"") ? VIF_OK : VIF_E_BUSY;
    }
    if (verb == VIF_UNPLUG && (status == 404 || status == -ECONNREFUSED)) {
        return VIF_OK;                  /* no member, or no service that could be one */
    }
    if (status > 0) {
        status = request(verb == VIF_PLUG ? "POST" : "DELETE", nic->id, netns, body, sizeof body);
    }
    if (status == 200) {
        return verb == VIF_PLUG ? VIF_E_BUSY : VIF_OK;
    }
    snprintf(body, sizeof body, "ZeroTier's service answers with %d", status);
    return vif_fail(err, VIF_E_SYSTEM, status < 0 ? -status : 0, nic->id,
                    status < 0 ? "ZeroTier's service can't be reached" : body);
}

/* ---- the hook, and a program around it ------------------------------------------------------- */

static vif_status service(void *user, vif_verb verb, const vif_nic *nic, int netns, vif_error *err)
{
    (void)user;
    return (nic->type == VIF_NIC_ZEROTIER ? zerotier : dhcp)(verb, nic, netns, err);
}

static int64_t now_ms(void *user)
{
    struct timespec t = {0, 0};
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say(void *user, const vif_event *event)
{
    char line[512];
    (void)user;
    vif_event_text(event, line, sizeof line);
    puts(line);
}

static size_t read_file(const char *path, char *text, size_t cap)
{
    FILE *file = fopen(path, "r");
    const size_t len = file ? fread(text, 1, cap - 1, file) : 0;
    if (file) {
        fclose(file);
    }
    return len;
}

int main(int argc, char **argv)
{
    static const char *const verbs[] = {"plug", "unplug", "check"};     /* as vif_verb has them */
    static char text[65536], memory[65536], path[64];
    static vif_nic nics[NICS];
    static vif_subject subjects[NICS];
    static vif_result results[NICS];
    static vif_host host;
    vif_host_desc desc = vif_host_desc_default();
    vif_nic_desc of;
    vif_options options;
    vif_job_desc job;
    vif_arena arena;
    vif_error err;
    vif_status st;
    size_t verb = 0;
    while (argc == 5 && verb < 3 && strcmp(verbs[verb], argv[1]) != 0) {
        verb++;
    }
    if (argc != 5 || verb == 3) {
        fprintf(stderr, "usage: services plug|check|unplug CONTAINER PID FILE\n");
        return 2;
    }
    memset(&options, 0, sizeof options);
    memset(&job, 0, sizeof job);
    snprintf(path, sizeof path, "/proc/%.20s/ns/net", argv[3]);
    options.netns_fd = vif_u32_of((uint32_t)open(path, O_RDONLY | O_CLOEXEC));
    of.text = text;
    of.len = read_file(argv[4], text, sizeof text);
    of.container = argv[2];
    job.count = NICS;
    vif_arena_init(&arena, memory, sizeof memory);
    st = vif_nic_decode(&arena, &of, nics, &job.count, &err);
    for (size_t i = 0; st == VIF_OK && i < job.count; i++) {
        subjects[i] = vif_nic_subject(&nics[i], &options);
    }
    desc.now_ms = now_ms;
    desc.log = say;
    desc.service = service;
    job.verb = (vif_verb)verb;
    job.subjects = subjects;
    job.results = results;
    st = st == VIF_OK ? vif_host_open(&host, &desc, &err) : st;
    st = st == VIF_OK ? vif_verb_many(&host, &job, &err) : st;
    if (st != VIF_OK) {
        fprintf(stderr, "services: %s: %s: %s\n", err.where, vif_status_name(st), err.text);
    }
    vif_host_close(&host);
    return st == VIF_OK ? 0 : st == VIF_E_DIFFERENT ? 3 : 1;
}
