/* SPDX-License-Identifier: MIT
 * switch.h: what the measurements with Open vSwitch share: an ovsdb-server and an ovs-vswitchd in
 * namespaces of their own (tests/ovsdb/ovs.h), a plain socket to the server, what vif asks of libc
 * and how long that takes. Include it behind host.h; the program wraps what is wrapped here. */
#ifndef BENCH_SWITCH_H_INCLUDED
#define BENCH_SWITCH_H_INCLUDED

/* ---- what vif asks of libc, and how long that takes ------------------------------------------ */

enum { SEND, RECV, POLL, NETLINK, FILES, KINDS };

typedef struct spent {
    unsigned calls[KINDS];
    double us[KINDS], longest;          /* longest: of a call that does not wait */
    int longest_kind;
} spent;

static spent now_spent;
static bool noting;
static char noted[8192];                /* what was sent last to the server */
static size_t noted_len, longest_sent, longest_received;

static double before_call(void)
{
    return noting ? now_us() : 0;
}

static void after_call(int kind, double start)
{
    const double us = noting ? now_us() - start : 0;
    if (noting) {
        now_spent.us[kind] += us;
        now_spent.calls[kind]++;
    }
    if (kind != POLL && us > now_spent.longest) {
        now_spent.longest = us;
        now_spent.longest_kind = kind;
    }
}

static void note(bool on)
{
    if (on) {
        memset(&now_spent, 0, sizeof now_spent);
    }
    noting = on;
}

#define WRAP(kind, type, name, params, args) \
    type __wrap_##name params \
    { \
        const double start = before_call(); \
        const type got = __real_##name args; \
        after_call(kind, start); \
        return got; \
    }
WRAP(POLL, int, poll, (struct pollfd *fds, nfds_t count, int timeout), (fds, count, timeout))
WRAP(NETLINK, ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags), (fd, msg, flags))
WRAP(NETLINK, ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags), (fd, msg, flags))
WRAP(FILES, ssize_t, read, (int fd, void *data, size_t len), (fd, data, len))
WRAP(FILES, ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len))
WRAP(FILES, int, close, (int fd), (fd))

ssize_t __wrap_recv(int fd, void *data, size_t len, int flags)
{
    const double start = before_call();
    const ssize_t got = __real_recv(fd, data, len, flags);
    after_call(RECV, start);
    longest_received = got > (ssize_t)longest_received ? (size_t)got : longest_received;
    return got;
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    const double start = before_call();
    const ssize_t got = __real_send(fd, data, len, flags);
    after_call(SEND, start);
    longest_sent = len > longest_sent ? len : longest_sent;
    if (noting && len < sizeof noted) {
        memcpy(noted, data, len);
        noted_len = len;
    }
    return got;
}

int __wrap_open(const char *path, int flags, ...)
{
    const double start = before_call();
    const int fd = __real_open(path, flags, 0);
    after_call(FILES, start);
    return fd;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    const double start = before_call();
    unsigned long value;
    va_list args;
    int got;
    va_start(args, request);
    value = va_arg(args, unsigned long);
    va_end(args);
    got = __real_ioctl(fd, request, value);
    after_call(FILES, start);
    return got;
}

/* What of the time was not spent in calls. */
static double own_part(double all)
{
    for (int i = 0; i < KINDS; i++) {
        all -= now_spent.us[i];
    }
    return all;
}

/* ---- a plain socket -------------------------------------------------------------------------- */

static int plain_fd = -1;
static char plain_reply[1 << 20];

static void plain_open(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%.100s", ovs_path("db.sock"));
    plain_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (plain_fd < 0 || connect(plain_fd, (struct sockaddr *)&to, sizeof to) != 0) {
        die("the server's socket", NULL);
    }
}

/* Sends a request as it is; its reply is in plain_reply. No string in it has braces. */
static void plain_call(const char *request, size_t len)
{
    size_t used = 0;
    int depth = 0;
    for (size_t sent = 0; sent < len;) {
        const ssize_t n = __real_send(plain_fd, request + sent, len - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            die("send", NULL);
        }
        sent += (size_t)n;
    }
    do {
        const ssize_t n = __real_recv(plain_fd, plain_reply + used, sizeof plain_reply - 1 - used,
                                      0);
        if (n <= 0) {
            die("recv", NULL);
        }
        for (const size_t end = used + (size_t)n; used < end; used++) {
            depth += (plain_reply[used] == '{') - (plain_reply[used] == '}');
        }
    } while (depth > 0);
    plain_reply[used] = '\0';
}

static void plain_check(void)
{
    if (strstr(plain_reply, "\"error\":\"") || !strstr(plain_reply, "\"error\":null")) {
        die(plain_reply, NULL);
    }
}

/* The operations, in a transaction. */
static void plain_do(const char *operations)
{
    static char request[4096];
    const int len = snprintf(request, sizeof request, "{\"id\":1,\"method\":\"transact\","
                             "\"params\":[\"Open_vSwitch\",%s]}", operations);
    plain_call(request, (size_t)len);
    plain_check();
}

#define NEXT_CFG \
    "{\"op\":\"mutate\",\"table\":\"Open_vSwitch\",\"where\":[],\"mutations\":[[\"next_cfg\"," \
    "\"+=\",1]]},{\"op\":\"select\",\"table\":\"Open_vSwitch\",\"where\":[],\"columns\":[" \
    "\"next_cfg\"]}"

/* Until the switch has applied what the transaction just answered made, NEXT_CFG at its end. */
static void wait_applied(void)
{
    char wait[256];
    const char *at = strstr(plain_reply, "\"next_cfg\":");
    snprintf(wait, sizeof wait, "{\"op\":\"wait\",\"table\":\"Open_vSwitch\",\"where\":[],"
             "\"columns\":[\"cur_cfg\"],\"until\":\"==\",\"rows\":[{\"cur_cfg\":%ld}],"
             "\"timeout\":60000}", at ? atol(at + 11) : 0);
    plain_do(wait);
}

/* Until the switch has applied all that is in the database. */
static void settle(void)
{
    plain_do(NEXT_CFG);
    wait_applied();
}

static int count_ports(void)
{
    int n = 0;
    plain_do("{\"op\":\"select\",\"table\":\"Port\",\"where\":[],\"columns\":[\"name\"]}");
    for (const char *at = plain_reply; (at = strstr(at, "\"name\":")) != NULL; at++) {
        n++;
    }
    return n;
}

/* The MAC, name, id and interface id of VIF number i, in the transaction below. */
#define FILL_MAC "fa:16:3e:00:%02x:%02x"
#define FILL_NAME "tap%08x-ab"
#define FILL_ID "%08x-1111-4222-8333-444455556666"

/* Ports of VIFs number from to to - 1, in one transaction with operations behind it (or NULL). */
static void fill(int from, int to, const char *type, const char *more)
{
    static char request[1 << 22];
    size_t n = (size_t)sprintf(request, "{\"id\":1,\"method\":\"transact\",\"params\":["
                               "\"Open_vSwitch\"");
    for (int i = from; i < to; i++) {
        n += (size_t)sprintf(
            request + n, ",{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"i%d\","
            "\"row\":{\"name\":\"" FILL_NAME "\",\"type\":\"%s\",\"external_ids\":[\"map\",[["
            "\"attached-mac\",\"" FILL_MAC "\"],[\"iface-id\",\"" FILL_ID "\"],"
            "[\"iface-status\",\"active\"],[\"vm-uuid\",\"%08x-7777-4888-8999-aaaabbbbcccc\"]]]}},"
            "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"p%d\",\"row\":{\"name\":"
            "\"" FILL_NAME "\",\"interfaces\":[\"named-uuid\",\"i%d\"]}}", i, (unsigned)i, type,
            (unsigned)i >> 8, (unsigned)i & 255, (unsigned)i, (unsigned)i, i, (unsigned)i, i);
    }
    n += (size_t)sprintf(request + n, ",{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[["
                         "\"name\",\"==\",\"br-int\"]],\"mutations\":[[\"ports\",\"insert\","
                         "[\"set\",[");
    for (int i = from; i < to; i++) {
        n += (size_t)sprintf(request + n, "%s[\"named-uuid\",\"p%d\"]", i > from ? "," : "", i);
    }
    n += (size_t)sprintf(request + n, "]]]]}%s%s]}", more ? "," : "", more ? more : "");
    plain_call(request, n);
    plain_check();
}

/* ---- taps ------------------------------------------------------------------------------------ */

static void make_tap(const char *name)
{
    struct { char name[16]; short flags; char rest[22]; } request = {"", 0x1002, {0}};
    const int fd = __real_open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    snprintf(request.name, sizeof request.name, "%s", name);
    if (if_nametoindex(name) == 0 &&
        (fd < 0 || __real_ioctl(fd, 0x400454ca /* TUNSETIFF */, &request) != 0 ||
         __real_ioctl(fd, 0x400454cb /* TUNSETPERSIST */, 1L) != 0)) {
        die("/dev/net/tun", NULL);
    }
    __real_close(fd);
}

/* ---- namespaces, servers -------------------------------------------------------------------- */

static char remote[220];

/* Of the switch: the userspace's, or as OVS_DATAPATH says ("system" is the kernel's). */
static const char *datapath(void)
{
    const char *given = getenv("OVS_DATAPATH");
    return given ? given : "netdev";
}

static void stop(void)
{
    ovs_stop();
}

static void enter(bool with_switch)
{
    char db[240], type[40];
    if (!ns_enter()) {
        puts("skip ovs: no user namespaces");
        exit(0);
    }
    exit_on_signals();
    if (!ovs_start() || atexit(stop) != 0 || (with_switch && !ovs_start_switch())) {
        ovs_stop();
        puts("skip ovs: no ovsdb-server, or no ovs-vswitchd");
        exit(0);
    }
    snprintf(remote, sizeof remote, "unix:%s", ovs_path("db.sock"));
    host_options.ovsdb_connection = remote;
    snprintf(db, sizeof db, "--db=%s", remote);
    snprintf(type, sizeof type, "datapath_type=%s", datapath());
    if (ovs_do("ovs-vsctl", db, with_switch ? "--timeout=20" : "--no-wait", "add-br", "br-int",
               "--", "set", "Bridge", "br-int", type, (char *)NULL) != 0) {
        die("ovs-vsctl add-br", NULL);
    }
    plain_open();
}
#endif
