/* SPDX-License-Identifier: MIT
 * Fuzz target: verbs of vif.h on rows of Open vSwitch, against a server made of the input. For each
 * request the input chooses: an honest reply, one that is wrong in form or content, none, raw
 * bytes, an end of the connection; then what each operation says. The system calls are replaced,
 * time too, so nothing is waited for and no kernel is asked.
 * Every call ends after a bounded number of steps; every request is JSON; a change that was sent
 * and not answered makes "outcome unknown", or says what was left behind; an error says what it
 * is, without control bytes; no memory is kept. */
/* flags: -O2 -fno-sanitize-coverage=trace-cmp -fsanitize-trap=undefined */
/* libFuzzer: -max_len=500 -entropic=0 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fuzz_poll(struct pollfd *fds, nfds_t count, int timeout);
static ssize_t fuzz_recv(int fd, void *to, size_t len);
static ssize_t fuzz_send(int fd, const void *from, size_t len);
static int fuzz_connect(void);
static int fuzz_close(int fd);
static ssize_t fuzz_sendmsg(const struct msghdr *msg);
static ssize_t fuzz_recvmsg(struct msghdr *msg);
static int fuzz_getsockname(struct sockaddr *addr);
static int fuzz_getsockopt(void *value);
#define poll(fds, count, timeout) fuzz_poll(fds, count, timeout)
#define recv(fd, to, len, flags) fuzz_recv(fd, to, len)
#define send(fd, from, len, flags) fuzz_send(fd, from, len)
#define socket(domain, type, protocol) (50)
#define bind(fd, addr, len) (0)
#define connect(fd, addr, len) fuzz_connect()
#define close(fd) fuzz_close(fd)
#define setsockopt(fd, level, name, value, len) (0)
#define getsockopt(fd, level, name, value, len) fuzz_getsockopt(value)
#define getsockname(fd, addr, len) fuzz_getsockname(addr)
#define sendmsg(fd, msg, flags) fuzz_sendmsg(msg)
#define recvmsg(fd, msg, flags) fuzz_recvmsg(msg)
#define VIF_IMPLEMENTATION
#include "vif.h"

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)

/* Server and kernel are played without sanitizers, which are for the headers: they take a third of
 * the time, and their own branches say nothing of the headers' coverage. What they copy is checked
 * nevertheless (memcpy is intercepted), and fuzz/replay.c runs them with sanitizers. */
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("address", "undefined", "coverage"))), \
                             apply_to = function)
#endif

/* ---- the input, byte by byte; zeros behind its end ------------------------------------------- */

static const uint8_t *at, *end;

static unsigned byte(void)
{
    return at < end ? *at++ : 0;
}

/* ---- the server ------------------------------------------------------------------------------ */

static char request[16384], reply[65536];
static size_t request_len, reply_len, reply_at;
/* The operations of the request, as text. */
static struct { const char *text, *stop; } ops[256];
static unsigned op_count;
static bool hung_up, silent, connected;
/* A change without an answer; bytes that nobody understands. */
static bool outstanding, raw;
static int64_t now;
static unsigned steps, requests, dials;

static void say_some(const char *text, size_t len)
{
    if (reply_len + len < sizeof reply) {
        memcpy(reply + reply_len, text, len);
        reply_len += len;
    }
}

static void say(const char *text)
{
    say_some(text, strlen(text));
}

static void say_int(int64_t n)
{
    char text[24] = "";

    vif_cat_int(text, sizeof text, n);
    say(text);
}

static void say_raw(unsigned len)
{
    for (; len > 0 && at < end; len--) {
        const char one[2] = {(char)byte(), 0};

        say(one);
    }
    raw = true;
}

#define UUID(digit) "[\"uuid\",\"" digit "50e8400-e29b-41d4-a716-446655440000\"]"
static const char *const values[] = {
    "[\"set\",[]]", "7", "0", "-1", "true", "false", "\"\"", "\"system\"", "\"netdev\"", "\"tap0\"",
    "\"br-int\"", UUID("1"), UUID("2"), "[\"set\",[" UUID("1") "," UUID("2") "]]",
    "[\"set\",[10,30]]",
    "[\"map\",[]]", "[\"map\",[[\"iface-id\",\"a909a1b5-4b0e-4b6d-8f4b-a1a7a3c11d33\"]]]",
    "[\"map\",[[\"iface-id\",\"other\"],[\"vif\",\"vif:other:x\"]]]",
    "[\"map\",[[\"vif\",\"vif:local:dc065497-3c8d-4f44-8fb4-e1d33c16a536\"],"
    "[\"x\",\"}{\\\"\\\\\"]]]",
    "\"could not open network device\"", "\"\\u001b[31m\\n\"", "null", "{}", "[]", "1e3",
    "\"internal\"", "[\"map\",[[\"max-rate\",\"1000\"]]]", "[\"uuid\",7]", "[\"uuid\",\"short\"]",
    "[\"map\",[[1]]]",
    "65535", "9223372036854775807"};

/* Not memcmp, of which the fuzzer notes every call. */
static bool same(const char *a, const char *b, size_t len)
{
    while (len > 0 && *a == *b) {
        a++, b++, len--;
    }
    return len == 0;
}

/* What a column most likely holds. */
static void say_column(const char *name, size_t len)
{
    static const char *const usual[][2] = {
        {"_uuid", UUID("1")}, {"name", "\"tap0\""}, {"ofport", "5"}, {"error", "[\"set\",[]]"},
        {"ifindex", "9"}, {"interfaces", UUID("2")}, {"next_cfg", "3"}, {"cur_cfg", "3"},
        {"datapath_type", "\"netdev\""}, {"external_ids", "[\"map\",[]]"},
        {"type", "\"internal\""}};
    const unsigned choice = byte();
    size_t i = 0;

    if (choice >= 1 && choice <= sizeof values / sizeof values[0]) {
        say(values[choice - 1]);
        return;
    }
    if (choice == 255) {
        say_raw(byte());
        return;
    }
    while (i < sizeof usual / sizeof usual[0] &&
           (strlen(usual[i][0]) != len || !same(usual[i][0], name, len))) {
        i++;
    }
    say(i < sizeof usual / sizeof usual[0] ? usual[i][1] : "[\"set\",[]]");
}

/* Behind the first such text of an operation, or NULL. */
static const char *behind(unsigned op, const char *text)
{
    const size_t len = strlen(text);
    const char *p = ops[op].text;

    for (; (size_t)(ops[op].stop - p) >= len; p++) {
        if (*p == *text && same(p, text, len)) {
            return p + len;
        }
    }
    return NULL;
}

/* A row with the columns that the operation asks for. */
static void say_row(unsigned op)
{
    const char *p = behind(op, "\"columns\":["), *q;
    bool first = true;

    say("{");
    for (; p != NULL && *p == '"'; p = q[1] == ',' ? q + 2 : q + 1) {
        for (q = p + 1; *q != '"'; q++) {
            MUST(q < ops[op].stop);
        }
        if (at < end && *at == 254) {   /* a column that is missing */
            at++;
            continue;
        }
        say(first ? "\"" : ",\"");
        first = false;
        say_some(p + 1, (size_t)(q - p) - 1);
        say("\":");
        say_column(p + 1, (size_t)(q - p) - 1);
    }
    say("}");
}

static void say_honest(unsigned op)
{
    const char kind = ops[op].text[7];
    const unsigned rows = byte();
    unsigned i;

    if (kind == 'i') {                  /* insert */
        say("{\"uuid\":");
        say(rows == 1 ? UUID("2") : rows == 2 ? "7" : UUID("1"));
        say("}");
    } else if (kind == 's') {           /* select */
        const bool cfg = behind(op, "\"next_cfg\"]") != NULL;

        say("{\"rows\":[");
        for (i = 0; i < (cfg ? 1 : rows % 4); i++) {
            say(i > 0 ? "," : "");
            say_row(op);
        }
        say("]}");
    } else if (kind == 'w' || kind == 'c' || kind == 'a') {
        say("{}");
    } else {
        say("{\"count\":");
        say_int(rows == 1 ? 0 : 1);
        say("}");
    }
}

/* The result of one operation; true: it is an error, and the last. */
static bool say_result(unsigned op)
{
    switch (byte()) {
    case 1: say("{\"error\":\"timed out\",\"details\":\"x\"}"); return true;
    case 2: say("{\"error\":\"constraint violation\",\"details\":\"identical\"}"); return true;
    case 3: say("null"); return true;
    case 4: say(values[byte() % (sizeof values / sizeof values[0])]); return false;
    case 5: say_raw(byte()); return false;
    case 6: say("{\"error\":\"referential integrity violation\"}"); return true;
    case 7: say("{\"rows\":"); say(values[byte() % (sizeof values / sizeof values[0])]); say("}");
        return false;
    case 8: say("{\"error\":\"\\u0007\\n\",\"details\":7}"); return true;
    case 9: say("{\"error\":null}"); return false;
    default: say_honest(op); return false;
    }
}

static void say_results(void)
{
    bool failed = false;
    unsigned op;

    say("[");
    for (op = 0; op < op_count; op++) {
        say(op > 0 ? "," : "");
        if (failed) {
            say("null");
        } else {
            failed = say_result(op);
        }
    }
    if (byte() == 1) {
        say(",{\"error\":\"constraint violation\",\"details\":\"at the end\"}");
    }
    say("]");
}

/* Every request is JSON, but most are requests that were looked at before: known by their sum. */
static void check_request(const char *text, size_t len)
{
    static uint64_t known[1 << 14];
    uint64_t sum = len, word;
    size_t i;

    for (i = 0; i < len; i += 8) {
        word = 0;
        memcpy(&word, text + i, len - i < 8 ? len - i : 8);
        sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 29;
    }
    if (known[sum % (1 << 14)] != sum) {
        MUST(vif_json_valid(text, len));
        known[sum % (1 << 14)] = sum;
    }
}

static bool changes(void)
{
    unsigned op;

    for (op = 0; op < op_count; op++) {
        const char kind = ops[op].text[7];

        if (kind == 'i' || kind == 'm' || kind == 'u' || kind == 'd') {
            return true;                /* insert, mutate, update, delete */
        }
    }
    return false;
}

static void answer(const char *text, size_t len)
{
    static const char transact[] = ",\"method\":\"transact\",";
    char *method;
    const int64_t number = strtoll(text + 6, &method, 10);  /* {"id":1,... */
    const unsigned how = byte();
    const size_t was = reply_len;

    requests++;
    MUST(requests < 3000);
    check_request(text, len);
    if (!same(method, transact, sizeof transact - 1)) {
        return;                         /* an answer to our echo */
    }
    outstanding = outstanding || changes();
    switch (how) {
    case 1: silent = true; return;
    case 2: hung_up = true; return;
    case 3: say_raw(byte()); return;
    case 4: say("{\"id\":99999,\"result\":[]}"); break;
    case 5: say("{\"method\":\"echo\",\"id\":\"e\",\"params\":[1]}"); break;
    case 6: say("{\"method\":\"update3\",\"id\":null,\"params\":[\"m\",\"\",{}]} \n"); break;
    case 7:
        say("{\"id\":");
        say_int(number);
        say(",\"error\":\"unknown database\",\"result\":null}");
        outstanding = false;
        return;
    case 8: hung_up = true; break;      /* after a part of the reply */
    default: break;
    }
    say("{\"id\":");
    say_int(number);
    say(",\"error\":null,\"result\":");
    say_results();
    say("}");
    if (how == 8) {
        reply_len = was + (reply_len - was) * (byte() % 100) / 100;
        return;
    }
    outstanding = false;
}

/* ---- system calls ---------------------------------------------------------------------------- */

static int fuzz_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    MUST(++steps < 20000);
    MUST(count == 0 || fds->fd < 0 || (fds->fd == 50 && connected));
    if (count > 0 && fds->fd >= 0 &&        /* poll(2) passes over the others */
        ((fds->events & POLLOUT) != 0 || reply_at < reply_len || hung_up)) {
        fds->revents = (short)(fds->events & (POLLIN | POLLOUT));
        return 1;
    }
    now += timeout > 0 ? timeout : 1;
    return 0;
}

static ssize_t fuzz_recv(int fd, void *to, size_t len)
{
    size_t n = reply_len - reply_at;

    MUST(++steps < 20000 && connected && fd == 50);
    if (n == 0) {
        if (hung_up) {
            return 0;
        }
        errno = EAGAIN;
        return -1;
    }
    n = n < len ? n : len;
    if (byte() == 1) {
        n = n > 3 ? 3 : n;
    }
    memcpy(to, reply + reply_at, n);
    reply_at += n;
    if (reply_at == reply_len) {
        reply_at = reply_len = 0;
    }
    return (ssize_t)n;
}

static ssize_t fuzz_send(int fd, const void *from, size_t len)
{
    const char *p = (const char *)from;
    int depth = 0;
    size_t i, begin = 0;

    MUST(++steps < 20000 && connected && fd == 50);
    if (hung_up) {
        errno = EPIPE;
        return -1;
    }
    MUST(request_len + len < sizeof request);
    memcpy(request + request_len, p, len);
    request_len += len;
    request[request_len] = '\0';
    op_count = 0;
    for (i = 0; i < request_len; i++) {
        switch (request[i]) {
        case '"':
            for (i++; i < request_len && request[i] != '"'; i++) {
                i += request[i] == '\\';
            }
            break;
        case '{':
        case '[':
            if (++depth == 3 && op_count < sizeof ops / sizeof ops[0]) {
                ops[op_count].text = request + i;       /* {"op":"... */
            }
            break;
        case '}':
        case ']':
            if (--depth == 2) {
                MUST(op_count < sizeof ops / sizeof ops[0]);
                ops[op_count++].stop = request + i + 1;
            } else if (depth == 0) {
                answer(request + begin, i + 1 - begin);
                begin = i + 1;
                op_count = 0;
            }
            break;
        default:
            break;
        }
    }
    memmove(request, request + begin, request_len - begin);
    request_len -= begin;
    return (ssize_t)len;
}

static int fuzz_connect(void)
{
    MUST(++dials < 200);
    switch (byte()) {
    case 1: errno = ECONNREFUSED; return -1;
    case 2: errno = EINPROGRESS; break;
    default: break;
    }
    connected = true;
    hung_up = silent = false;
    request_len = reply_len = reply_at = 0;
    return errno == EINPROGRESS ? -1 : 0;
}

static int fuzz_close(int fd)
{
    MUST(fd == 50);
    connected = false;
    return 0;
}

static int fuzz_getsockopt(void *value)
{
    const int error = byte() == 1 ? ECONNREFUSED : 0;

    memcpy(value, &error, sizeof error);
    return 0;
}

static int fuzz_getsockname(struct sockaddr *addr)
{
    static const uint16_t family = 16;
    static const uint32_t port = 2;

    memset(addr, 0, sizeof *addr);
    memcpy(addr, &family, 2);
    memcpy((char *)addr + 4, &port, 4);
    return 0;
}

/* The kernel: it has no links, and agrees to everything else. */
static struct { uint32_t seq; int32_t error; } acks[64];
static unsigned ack_count, ack_at;

static ssize_t fuzz_sendmsg(const struct msghdr *msg)
{
    const unsigned char *p = (const unsigned char *)msg->msg_iov[0].iov_base;
    size_t left = msg->msg_iov[0].iov_len;

    ack_at = ack_count = 0;
    while (left >= 16 && ack_count < 64) {
        uint32_t len;
        uint16_t type;

        memcpy(&len, p, 4);
        memcpy(&type, p + 4, 2);
        memcpy(&acks[ack_count].seq, p + 8, 4);
        acks[ack_count++].error = type % 4 == 2 ? -ENODEV : 0;
        len = (len + 3) & ~3u;
        MUST(len >= 16 && len <= left);
        p += len;
        left -= len;
    }
    return (ssize_t)msg->msg_iov[0].iov_len;
}

static ssize_t fuzz_recvmsg(struct msghdr *msg)
{
    uint32_t head[9] = {36, 2, 0, 2, 0, 20, 0, 0, 0};
    const uint16_t family = 16;

    if (ack_at == ack_count) {
        errno = EAGAIN;
        return -1;
    }
    head[2] = acks[ack_at].seq;
    memcpy(&head[4], &acks[ack_at++].error, 4);
    memcpy(msg->msg_iov[0].iov_base, head, sizeof head);
    if (msg->msg_name != NULL) {
        memset(msg->msg_name, 0, msg->msg_namelen);
        memcpy(msg->msg_name, &family, 2);
    }
    msg->msg_flags = 0;
    return (ssize_t)sizeof head;
}

static int64_t clock_now(void *user)
{
    (void)user;
    return now += 1;
}

#ifdef __clang__
#pragma clang attribute pop
#endif

/* ---- VIFs ------------------------------------------------------------------------------------ */

static vif_vif vif;
static vif_network network;
static vif_port_profile profile;
static vif_options options;

/* Any group of rows: bridges and ports, with columns that differ, are fresh, or are JSON. */
static void own_plan(vif_plan *plan, const vif_plan_input *in)
{
    static const char *const names[] = {"tap0", "br-int", "p1", "p2", "br-x"};
    static const char *const columns[] = {"tag", "external_ids", "other_config", "type", "options"};
    static const char *const tables[] = {"Bridge", "Port", "Interface"};
    const unsigned count = byte() % 6;
    unsigned i, k;

    (void)in;
    for (i = 0; i < count; i++) {
        const unsigned how = byte();
        const bool port = how % 3 != 0;
        vif_resource *r = vif_plan_ovs(plan, port ? VIF_RES_OVS_PORT : VIF_RES_OVS_BRIDGE,
                                       (vif_whose)(how / 3 % 3), names[how / 9 % 5],
                                       port ? names[byte() % 5] : NULL);

        if (port && how >= 128) {
            r->want.ovs->iface_id = "a909a1b5-4b0e-4b6d-8f4b-a1a7a3c11d33";
            r->want.ovs->qos = byte() % 2 != 0 ? "linux-htb" : NULL;
            r->want.ovs->qos_max_rate = r->want.ovs->qos != NULL && byte() % 2 != 0 ? "1000" : NULL;
            r->want.ovs->mirrors = byte() % 4 == 0 ? "m0,m1" : NULL;
        }
        for (k = byte() % 4; k > 0; k--) {
            const unsigned what = byte();
            const bool map = what % 5 == 1 || what % 5 == 2 || what % 5 == 4;
            vif_ovs_column *c = vif_plan_ovs_column(plan, r, tables[port ? 1 + what / 5 % 2 : 0],
                                                    columns[what % 5],
                                                    map || what % 5 == 3 ? "vif:local:x" : "7");

            c->key = map ? "vif" : NULL;
            c->json = !map && what % 5 != 3;
            c->fresh = what >= 128;
        }
    }
}

static const vif_plugin_vif own_takes[] = {{VIF_CLASS_VIFOpenVSwitch, 0, 0, NULL},
                                           {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin own_plugin = {"mine", own_takes, own_plan};

static void make_vif(void)
{
    const unsigned how = byte(), more = byte(), settings = byte();

    memset(&vif, 0, sizeof vif);
    memset(&network, 0, sizeof network);
    memset(&options, 0, sizeof options);
    memset(&profile, 0, sizeof profile);
    vif_object_init(&vif, how % 3 == 0 ? VIF_CLASS_VIFVHostUser : VIF_CLASS_VIFOpenVSwitch);
    vif_object_init(&network, VIF_CLASS_Network);
    vif_object_init(&profile, VIF_CLASS_VIFPortProfileOpenVSwitch);
    network.bridge = more % 8 == 1 ? "tbr-1" : more % 8 == 2 ? "tap0" : "br-int";
    profile.openvswitch.interface_id = "a909a1b5-4b0e-4b6d-8f4b-a1a7a3c11d33";
    profile.openvswitch.create_port = VIF_TRUE;
    profile.openvswitch.datapath_type =
        more / 8 % 2 == 0 ? NULL : settings >= 128 ? "system" : "netdev";
    vif.base.network = &network;
    vif.base.port_profile = &profile;
    vif.base.id = "dc065497-3c8d-4f44-8fb4-e1d33c16a536";
    vif.base.address = "22:52:25:62:e2:aa";
    vif.base.plugin = how % 3 == 2 ? "mine" : "ovs";
    if (how % 3 == 0) {
        vif.vhost_user.mode = VIF_VHOST_SERVER;
        vif.vhost_user.path = "/run/vhu0";
    } else {
        vif.openvswitch.vif_name = "tap0";
    }
    options.per_port_bridge = how / 3 % 2 != 0 ? VIF_TRUE : VIF_FALSE;
    options.ovs_wait = (vif_ovs_wait)(how / 6 % 4);
    options.ovs_type = more / 16 % 2 != 0 ? "internal" : NULL;
    options.ovs_tag = more / 32 % 2 != 0 ? 7 : 0;
    options.ovs_trunks = more / 64 % 2 != 0 ? "30,10" : NULL;
    options.ovs_mirrors = more / 128 != 0 ? "m0,m1" : NULL;
    options.ovs_device_later = settings % 2 != 0 ? VIF_TRUE : VIF_FALSE;
    options.ovs_take_over = settings / 2 % 2 != 0 ? VIF_TRUE : VIF_FALSE;
    options.ovs_remove_stale = settings / 4 % 2 != 0 ? VIF_TRUE : VIF_FALSE;
    options.isolate_vif = settings / 8 % 2 != 0 ? VIF_TRUE : VIF_FALSE;
    if (settings / 16 % 2 != 0) {
        options.ovs_qos_max_rate_bps = vif_int_of(1000);
    }
    if (settings / 32 % 4 != 0) {       /* 0 is for ever */
        options.ovs_commit_timeout_s = vif_u32_of(settings / 32 % 4u);
    }
}

/* ---- what must hold -------------------------------------------------------------------------- */

static size_t held;
static bool poor;                       /* there is no memory but the host's */

/* The two blocks of every host are not malloc's, for speed. */
static void *hook(void *user, void *ptr, size_t old_size, size_t size)
{
    static unsigned char block[VIF_HOST_MEMORY], ovs_block[VIF_HOST_OVS_MEMORY];

    (void)user;
    held += size - old_size;
    if (size == sizeof block || size == sizeof ovs_block) {
        return size == sizeof block ? block : ovs_block;
    }
    if (ptr == block || ptr == ovs_block) {
        return NULL;
    }
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    if (poor) {
        held -= size - old_size;
        return NULL;
    }
    return realloc(ptr, size);
}

static bool printable(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f) {
            return false;
        }
    }
    return true;
}

static void check_outcome(vif_status st, const vif_error *err, bool verb)
{
    if (st == VIF_OK) {
        return;
    }
    MUST(err->status == st && err->text[0] != '\0');
    MUST(memchr(err->where, 0, sizeof err->where) && memchr(err->text, 0, sizeof err->text));
    MUST(printable(err->where) && printable(err->text));
    if (verb && outstanding && !raw) {
        MUST(st == VIF_E_UNKNOWN || strstr(err->text, "left behind") != NULL);
    }
}

static void one_call(vif_host *host)
{
    static vif_difference differences[4];
    static char text[4096];
    static const size_t left[8] = {0, 2500, 3500, 5000, 6500, 8000, 10000, 12000};
    const unsigned how = byte();
    const bool sees = how % 8 != 2 && how % 8 != 3;
    const size_t all = host->priv.memory_size;
    vif_text out = {text, sizeof text, how / 16 % 2 != 0, 0};
    vif_subject subject;
    vif_error err;
    vif_status st;

    memset(&err, 0, sizeof err);
    memset(&subject, 0, sizeof subject);
    subject.vif = &vif;
    subject.options = &options;
    subject.differences = differences;
    subject.difference_cap = 4;
    outstanding = raw = false;
    steps = requests = dials = 0;
    poor = how >= 32;
    if (poor) {
        host->priv.memory_size =
            VIF__RECEIVE_SIZE + VIF__SEND_SIZE + VIF__TRIAL_SIZE + left[how / 32];
    }
    switch (how % 8) {
    case 1: st = vif_unplug(host, &vif, NULL, &options, &err); break;
    case 2: st = vif_check(host, &subject, &err); break;
    case 3:
        st = vif_dry_run(host, how / 8 % 2 ? VIF_PLUG : VIF_UNPLUG, &subject, &out, &err);
        break;
    case 4: st = vif_port_data_get(host, "tap0", text, 1 + byte(), &err); break;
    case 5: st = vif_port_data_set(host, "tap0", "data", &err); break;
    default:
        st = vif_plug(host, &vif, NULL, &options, &err);
        MUST(st != VIF_OK || vif.base.plugin[0] == 'm' || (host->result.committed && requests > 0));
        break;
    }
    host->priv.memory_size = all;
    poor = false;
    MUST(sees || !outstanding);         /* looking changes nothing */
    check_outcome(st, &err, how % 8 < 4 || how % 8 > 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const vif_plugin *const plugins[] = {&own_plugin};
    vif_host_desc desc = vif_host_desc_default();
    vif_options host_options;
    vif_host host;
    unsigned calls = 0;

    at = data;
    end = data + size;
    now = 1000;
    ack_at = ack_count = 0;
    connected = hung_up = silent = false;
    memset(&host_options, 0, sizeof host_options);
    host_options.ovsdb_connection = "unix:/a,unix:/b";
    desc.options = &host_options;
    desc.resize = hook;
    desc.now_ms = clock_now;
    desc.netlink_fd = vif_fd_of(50);
    desc.sys_root = "/nonexistent";
    desc.plugins = plugins;
    desc.plugin_count = 1;
    held = 0;
    if (vif_host_open(&host, &desc, NULL) != VIF_OK) {
        __builtin_trap();
    }
    make_vif();
    do {                                /* often one call: what it does is soon tried again */
        one_call(&host);
    } while (++calls < 4 && at < end && byte() % 4 == 1);
    vif_host_close(&host);
    MUST(held == 0);
    return 0;
}
