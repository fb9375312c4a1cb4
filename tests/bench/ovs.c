/* SPDX-License-Identifier: MIT
 * What the plugin ovs costs, in namespaces of its own (tests/ns.h), with an ovsdb-server and an
 * ovs-vswitchd of its own (tests/ovsdb/ovs.h).
 *   ovs ports           the server alone, with 0, 100 and 3000 ports on the bridge: a port
 *                       committed, next to the same by hand over a plain socket, and by ovs-vsctl;
 *                       what goes over the connection
 *   ovs switch          a real switch (userspace datapath): each flow, next to the reference in one
 *                       warm process (tests/bench/osvif.py); calls, memory, stack
 *   ovs lab COMMAND...  runs it next to a server with the bridge br-int, whose remote is $OVSDB
 * Ratios are taken round by round; in each round all run from the same start, and another one goes
 * first. What is undone in between is not measured; and behind a process, which empties the caches
 * and leaves the server with a session to end, there is a plug and unplug that is not either. */
/* flags: -Wl,--wrap=send,--wrap=recv,--wrap=poll,--wrap=sendmsg,--wrap=recvmsg */
/* flags: -Wl,--wrap=open,--wrap=read,--wrap=write,--wrap=ioctl,--wrap=close */
#include "ovsdb/ovs.h"
#include "wrap.h"
#include <net/if.h>
#include <sys/un.h>
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "bench/host.h"

/* ---- what vif asks of libc, and how long that takes ------------------------------------------ */

enum { SEND, RECV, POLL, NETLINK, FILES, KINDS };

typedef struct spent {
    unsigned calls[KINDS];
    double us[KINDS];
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
    if (noting) {
        now_spent.us[kind] += now_us() - start;
        now_spent.calls[kind]++;
    }
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

/* Until the switch has applied all that is in the database. */
static void settle(void)
{
    char wait[256];
    const char *at;
    plain_do(NEXT_CFG);
    at = strstr(plain_reply, "\"next_cfg\":");
    snprintf(wait, sizeof wait, "{\"op\":\"wait\",\"table\":\"Open_vSwitch\",\"where\":[],"
             "\"columns\":[\"cur_cfg\"],\"until\":\"==\",\"rows\":[{\"cur_cfg\":%ld}],"
             "\"timeout\":9000}", at ? atol(at + 11) : 0);
    plain_do(wait);
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

/* Ports number from to to - 1 of other VIFs, in one transaction. */
static void fill(int from, int to)
{
    static char request[1 << 21];
    size_t n = (size_t)sprintf(request, "{\"id\":1,\"method\":\"transact\",\"params\":["
                               "\"Open_vSwitch\"");
    for (int i = from; i < to; i++) {
        n += (size_t)sprintf(
            request + n, ",{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"i%d\","
            "\"row\":{\"name\":\"tap%08x-ab\",\"external_ids\":[\"map\",[[\"attached-mac\","
            "\"fa:16:3e:00:%02x:%02x\"],[\"iface-id\",\"%08x-1111-4222-8333-444455556666\"],"
            "[\"iface-status\",\"active\"],[\"vm-uuid\",\"%08x-7777-4888-8999-aaaabbbbcccc\"]]]}},"
            "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"p%d\",\"row\":{\"name\":"
            "\"tap%08x-ab\",\"interfaces\":[\"named-uuid\",\"i%d\"]}}", i, (unsigned)i,
            (unsigned)i >> 8, (unsigned)i & 255, (unsigned)i, (unsigned)i, i, (unsigned)i, i);
    }
    n += (size_t)sprintf(request + n, ",{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[["
                         "\"name\",\"==\",\"br-int\"]],\"mutations\":[[\"ports\",\"insert\","
                         "[\"set\",[");
    for (int i = from; i < to; i++) {
        n += (size_t)sprintf(request + n, "%s[\"named-uuid\",\"p%d\"]", i > from ? "," : "", i);
    }
    n += (size_t)sprintf(request + n, "]]]]}]}");
    plain_call(request, n);
    plain_check();
}

/* ---- the VIF, the host ----------------------------------------------------------------------- */

#define ID "dc065497-3c8d-4f44-8fb4-e1d33c16a536"
#define VHU "vhudc065497-3c"
#define TAP "tapdc065497-3c"
#define VM "7c1e5f0a-1f0e-4a3b-9a53-0c1b8b2c5e11"

/* The same as the plug's of vhostuser_client, in as few operations as it takes. */
#define FLOOR \
    "{\"id\":1,\"method\":\"transact\",\"params\":[\"Open_vSwitch\"," \
    "{\"op\":\"wait\",\"table\":\"Bridge\",\"until\":\"!=\",\"timeout\":0,\"columns\":[\"name\"]," \
    "\"where\":[[\"name\",\"==\",\"br-int\"]],\"rows\":[]}," \
    "{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":\"i\",\"row\":{" \
    "\"name\":\"" VHU "\",\"external_ids\":[\"map\",[[\"iface-id\",\"" ID "\"]," \
    "[\"iface-status\",\"active\"],[\"attached-mac\",\"22:52:25:62:e2:aa\"]," \
    "[\"vm-uuid\",\"" VM "\"]]],\"type\":\"dpdkvhostuser\",\"mtu_request\":9000}}," \
    "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"p\",\"row\":{\"name\":\"" VHU "\"," \
    "\"external_ids\":[\"map\",[[\"vif\",\"vif:local:" ID "\"]]]," \
    "\"interfaces\":[\"named-uuid\",\"i\"]}}," \
    "{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\",\"br-int\"]]," \
    "\"mutations\":[[\"ports\",\"insert\",[\"named-uuid\",\"p\"]]]}," NEXT_CFG "]}"

enum { VERBS = GONE + 1 };
static const int order[VERBS] = {PLUG, AGAIN, UNPLUG, GONE};
static char remote[220];

/* Ports on the userspace datapath. */
static void load(const char *name)
{
    const vif_vif *v = load_vif(name);
    ((vif_port_profile *)(uintptr_t)v->base.port_profile)->openvswitch.datapath_type = "netdev";
}

/* The same, timed. What of it was spent in calls is in now_spent. */
static double vif_timed(int verb)
{
    double start;
    memset(&now_spent, 0, sizeof now_spent);
    noting = true;
    start = now_us();
    vif_run(verb);
    start = now_us() - start;
    noting = false;
    return start;
}

static double own_part(double all)
{
    for (int i = 0; i < KINDS; i++) {
        all -= now_spent.us[i];
    }
    return all;
}

static void stop(void)
{
    ovs_stop();
}

static void enter(bool with_switch)
{
    char db[240];
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
    if (ovs_do("ovs-vsctl", db, with_switch ? "--timeout=20" : "--no-wait", "add-br", "br-int",
               "--", "set", "Bridge", "br-int", "datapath_type=netdev", (char *)NULL) != 0) {
        die("ovs-vsctl add-br", NULL);
    }
    plain_open();
}

/* ---- the server alone ------------------------------------------------------------------------ */

enum { VIF, REPLAY, BY_HAND, VIFCTL, VSCTL, RUNNERS };
static const char *const runner_names[RUNNERS] = {"vif", "its own bytes", "by hand",
                                                  "vifctl, a process", "ovs-vsctl --no-wait"};

static double by_vifctl(void)
{
    const char *program = getenv("VIFCTL");
    const char *const argv[] = {program ? program : "build/vifctl", "plug", "--ovsdb", remote, "-c",
        "ovs_wait=committed", "-i", "tests/fixtures/vifs/instance.json",
        "tests/fixtures/vifs/vhostuser_client.json", NULL};
    return process(argv);
}

static double by_vsctl(void)
{
    char db[240];
    const char *const argv[] = {"ovs-vsctl", "--no-wait", db, "add-port", "br-int", VHU, "--",
        "set", "Interface", VHU, "type=dpdkvhostuser", "mtu_request=9000",
        "external_ids:iface-id=" ID,
        "external_ids:iface-status=active", "external_ids:attached-mac=\"22:52:25:62:e2:aa\"",
        "external_ids:vm-uuid=" VM, "--", "set", "Port", VHU,
        "external_ids:vif=\"vif:local:" ID "\"", NULL};
    snprintf(db, sizeof db, "--db=%s", remote);
    return process(argv);
}

static char replayed[sizeof noted];
static size_t replayed_len;

static double one_plug(int runner)
{
    const double start = now_us();
    switch (runner) {
    case VIF: return vif_timed(PLUG);
    case REPLAY: plain_call(replayed, replayed_len); break;
    case BY_HAND: plain_call(FLOOR, sizeof FLOOR - 1); break;
    case VIFCTL: return by_vifctl();
    default: return by_vsctl();
    }
    return now_us() - start;
}

typedef struct series {
    double us[RUNNERS][MOST_ROUNDS], own[MOST_ROUNDS];
    int rounds;
} series;

/* The runners from first to last take turns. Round -1 warms up, and checks. */
static void take_turns(series *s, int first, int last, bool with_vif)
{
    const double start = now_us();
    const int n = last - first + 1 + (with_vif && first > VIF);
    for (int round = -1; round < MOST_ROUNDS && in_time(start, round); s->rounds = ++round) {
        for (int i = 0; i < n; i++) {
            const int turn = (i + round + n) % n;
            const int runner = first + turn > last ? VIF : first + turn;
            const int at = round < 0 ? 0 : round;
            s->us[runner][at] = one_plug(runner);
            if (runner == VIF) {
                s->own[at] = own_part(s->us[VIF][at]);
            }
            if (runner == REPLAY || runner == BY_HAND) {
                plain_check();
            }
            if (round < 0) {
                expect_right(runner_names[runner], "a port committed");
            }
            vif_run(UNPLUG);
            if (runner >= VIFCTL) {
                vif_run(PLUG);
                vif_run(UNPLUG);
            }
        }
    }
}

enum { SIZES = 3 };
static const int sizes[SIZES] = {0, 100, 3000};
static series committed[SIZES], processes[SIZES];

typedef struct traffic {
    unsigned long long trips, out, in;
} traffic;
static traffic traffics[SIZES][VERBS];

static traffic traffic_of(int verb)
{
    const traffic t = {host.ovsdb.count.replies, host.ovsdb.count.bytes_out,
                       host.ovsdb.count.bytes_in};
    vif_run(verb);
    return (traffic){host.ovsdb.count.replies - t.trips, host.ovsdb.count.bytes_out - t.out,
                     host.ovsdb.count.bytes_in - t.in};
}

static void measure_size(int i)
{
    (void)vif_timed(PLUG);
    memcpy(replayed, noted, noted_len);
    replayed_len = noted_len;
    vif_run(UNPLUG);
    take_turns(&committed[i], VIF, BY_HAND, false);
    take_turns(&processes[i], VIFCTL, VSCTL, true);
    for (int k = 0; k < VERBS; k++) {
        traffics[i][order[k]] = traffic_of(order[k]);
    }
}

/* vif's times and the others' from first to last, with the ratios of both. */
static void print_series(int i, const series *s, int first, int last, bool theirs_over_ours)
{
    char title[32];
    snprintf(title, sizeof title, "%d", sizes[i]);
    print_line(title, runner_names[VIF], s->us[VIF], NULL, NULL, s->rounds);
    print_line("", "  in it", s->own, NULL, NULL, s->rounds);
    for (int k = first; k <= last; k++) {
        print_line("", runner_names[k], s->us[k], s->us[theirs_over_ours ? k : VIF],
                   s->us[theirs_over_ours ? VIF : k], s->rounds);
    }
}

static void print_ports(void)
{
    printf("\na port committed, ovsdb-server alone, warm connections (us: median, quartiles)\n"
           "vif            vif_plug of a VIFVHostUser, ovs_wait=committed; \"in it\": outside of "
           "system calls\n"
           "its own bytes  the request that vif sends, sent again over a plain blocking socket\n"
           "by hand        the least that has that effect: wait for the bridge, Interface, Port,\n"
           "               Bridge.ports, next_cfg; no look for other ports with the interface's "
           "id\n");
    print_head("ports", "vif/it");
    for (int i = 0; i < SIZES; i++) {
        print_series(i, &committed[i], REPLAY, BY_HAND, false);
    }
    printf("\nthe same by processes (ratios: to vif in this process, in the same rounds)\n");
    print_head("ports", "it/vif");
    for (int i = 0; i < SIZES; i++) {
        print_series(i, &processes[i], VIFCTL, VSCTL, true);
    }
    printf("\non the connection: transactions, bytes sent, bytes received\n%-16s", "ports");
    for (int k = 0; k < VERBS; k++) {
        printf(" %20s", verb_names[order[k]]);
    }
    for (int i = 0; i < SIZES; i++) {
        printf("\n%-16d", sizes[i]);
        for (int k = 0; k < VERBS; k++) {
            const traffic *t = &traffics[i][order[k]];
            printf(" %6llu %6llu %6llu", t->trips, t->out, t->in);
        }
    }
    printf("\n");
}

static int command_ports(void)
{
    const double start = now_us();
    enter(false);
    open_host();
    load("vhostuser_client");
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    for (int i = 0; i < SIZES; i++) {
        if (i > 0) {
            fill(sizes[i - 1], sizes[i]);
        }
        measure_size(i);
    }
    print_ports();
    printf("(%.0f s)\n", (now_us() - start) / 1e6);
    return 0;
}

/* ---- a switch, and os-vif -------------------------------------------------------------------- */

typedef struct flow {
    const char *title, *file;
    bool tap, per_port_bridge, device_later;
} flow;

static const flow flows[] = {
    {"port on a tap", "ovs_create_port", true, false, false},
    {"hybrid", "ovs_hybrid", false, false, false},
    {"vhost-user", "vhostuser_client", false, false, true},
    {"bridge of its own", "ovs", true, true, false}};
enum { FLOWS = sizeof flows / sizeof flows[0], BOTH = 2, OWN = KINDS, ALL, PARTS };

typedef struct result {
    double us[2][BOTH][MOST_ROUNDS];                /* of vif, os-vif; plug, unplug */
    double part[BOTH][PARTS][MOST_ROUNDS];
    int rounds;
    spent counted[VERBS];
    unsigned allocated[VERBS], resized[VERBS];
    traffic moved[VERBS];
    size_t stack[VERBS];
} result;
static result results[FLOWS];

static void make_tap(void)
{
    struct { char name[16]; short flags; char rest[22]; } request = {TAP, 0x1002, {0}};
    const int fd = __real_open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (if_nametoindex(TAP) == 0 &&
        (fd < 0 || __real_ioctl(fd, 0x400454ca /* TUNSETIFF */, &request) != 0 ||
         __real_ioctl(fd, 0x400454cb /* TUNSETPERSIST */, 1L) != 0)) {
        die("/dev/net/tun", NULL);
    }
    __real_close(fd);
}

/* The flow's start; the switch has nothing to do. */
static void restore(const flow *f)
{
    if (f->tap) {
        make_tap();
    }
    settle();
}

static void note_parts(result *r, int verb, int round, double all)
{
    for (int k = 0; k < KINDS; k++) {
        r->part[verb][k][round] = now_spent.us[k];
    }
    r->part[verb][OWN][round] = own_part(all);
    r->part[verb][ALL][round] = all;
}

static void both_verbs(const flow *f, result *r, int who, int round, int ports)
{
    const int at = round < 0 ? 0 : round;
    restore(f);
    for (int verb = PLUG; verb < BOTH; verb++) {
        double us;
        if (who == 0) {
            us = vif_timed(verb);
            note_parts(r, verb, at, us);
        } else {
            us = osvif_run(verb_names[verb]);
        }
        r->us[who][verb][at] = us;
        settle();
        if ((count_ports() > ports) != (verb == PLUG)) {
            die("the rows are not as they should be", NULL);
        }
        if (who == 0 && verb == PLUG && round < 0) {
            expect_right("vif", f->title);
        }
    }
}

static void run_rounds(const flow *f, result *r)
{
    const double start = now_us();
    const int ports = count_ports(), n = osvif_in ? 2 : 1;
    for (int round = -1; round < 101 && in_time(start, round); r->rounds = ++round) {
        for (int i = 0; i < n; i++) {
            both_verbs(f, r, (i + round + n) % n, round, ports);
        }
    }
}

static void run_counts(const flow *f, result *r)
{
    const size_t idle = stack_of(-1);
    restore(f);
    for (int i = 0; i < VERBS; i++) {
        const int verb = order[i];
        const unsigned a = allocations, b = resizes;
        memset(&now_spent, 0, sizeof now_spent);
        noting = true;
        r->moved[verb] = traffic_of(verb);
        noting = false;
        r->allocated[verb] = allocations - a;
        r->resized[verb] = resizes - b;
        r->counted[verb] = now_spent;
        settle();
    }
    restore(f);
    for (int i = 0; i < VERBS; i++) {
        r->stack[order[i]] = stack_of(order[i]) - idle;
        settle();
    }
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void print_flows(void)
{
    printf("\na real switch, userspace datapath, no other ports; until it has applied the change\n"
           "(us: median, quartiles). vhost-user: the switch, without DPDK, refuses the port; "
           "neither minds\n"
           "os-vif  %s", osvif_about);
    print_head("", "it/vif");
    for (int i = 0; i < FLOWS; i++) {
        const result *r = &results[i];
        for (int verb = PLUG; verb < BOTH && r->rounds > 0; verb++) {
            char name[40];
            snprintf(name, sizeof name, "%s, vif", verb_names[verb]);
            print_line(verb == PLUG ? flows[i].title : "", name, r->us[0][verb], NULL, NULL,
                       r->rounds);
            snprintf(name, sizeof name, "%s, os-vif", verb_names[verb]);
            if (osvif_in) {
                print_line("", name, r->us[1][verb], r->us[1][verb], r->us[0][verb], r->rounds);
            }
        }
    }
}

static void print_parts(void)
{
    printf("\nwhere vif's time goes in those rounds (us, medians): links: netlink, files, ioctl; "
           "socket: send and\nrecv on the connection to the server; waiting: poll, for the server "
           "and the switch; vif: the rest\n"
           "%-18s %-12s %9s %9s %9s %9s %9s\n", "", "", "all", "waiting", "links", "socket", "vif");
    for (int i = 0; i < FLOWS; i++) {
        const result *r = &results[i];
        for (int verb = PLUG; verb < BOTH && r->rounds > 0; verb++) {
            const double *p[PARTS];
            double links[MOST_ROUNDS], talk[MOST_ROUNDS];
            for (int k = 0; k < PARTS; k++) {
                p[k] = r->part[verb][k];
            }
            for (int k = 0; k < r->rounds; k++) {
                links[k] = p[NETLINK][k] + p[FILES][k];
                talk[k] = p[SEND][k] + p[RECV][k];
            }
            printf("%-18s %-12s %9.1f %9.1f %9.1f %9.1f %9.1f\n",
                   verb == PLUG ? flows[i].title : "", verb_names[verb], median(p[ALL], r->rounds),
                   median(p[POLL], r->rounds), median(links, r->rounds), median(talk, r->rounds),
                   median(p[OWN], r->rounds));
        }
    }
}

static void print_counts(void)
{
    printf("\none verb on an open host: system calls; trips, bytes to and from the server; calls "
           "of malloc\nand resize; bytes of stack\n"
           "%-18s %-12s %8s | %4s %4s %4s %7s %5s | %5s %6s %6s | %6s %6s %6s\n", "", "",
           "syscalls", "send", "recv", "poll", "netlink", "files", "trips", "out", "in", "malloc",
           "resize", "stack");
    for (int i = 0; i < FLOWS; i++) {
        for (int v = 0; v < VERBS && results[i].rounds > 0; v++) {
            const result *r = &results[i];
            const int verb = order[v];
            const unsigned *c = r->counted[verb].calls;
            const traffic *t = &r->moved[verb];
            printf("%-18s %-12s %8u | %4u %4u %4u %7u %5u | %5llu %6llu %6llu | %6u %6u %6zu\n",
                   v == 0 ? flows[i].title : "", verb_names[verb],
                   c[SEND] + c[RECV] + c[POLL] + c[NETLINK] + c[FILES], c[SEND], c[RECV], c[POLL],
                   c[NETLINK], c[FILES], t->trips, t->out, t->in, r->allocated[verb],
                   r->resized[verb], r->stack[verb]);
        }
    }
    printf("\nsizeof(vif_ovsdb) %zu; its buffers: %zu bytes to send, the longest request %zu;\n"
           "%zu to receive, the longest answer %zu\n", sizeof host.ovsdb, host.ovsdb.priv.out.cap,
           longest_sent, host.ovsdb.priv.in.cap, longest_received);
}

static int command_switch(void)
{
    const double start = now_us();
    enter(true);
    osvif_start("tests/bench/osvif.py", "ovs", ovs_dir);
    open_host();
    for (int i = 0; i < FLOWS; i++) {
        const flow *f = &flows[i];
        char words[80];
        if (f->tap && access("/dev/net/tun", R_OK | W_OK) != 0) {
            printf("skip %s: /dev/net/tun does not open\n", f->title);
            continue;
        }
        load(f->file);
        options.per_port_bridge = f->per_port_bridge ? VIF_TRUE : VIF_BOOL_UNSET;
        options.ovs_device_later = f->device_later ? VIF_TRUE : VIF_BOOL_UNSET;
        snprintf(words, sizeof words, "load %s %d", f->file, f->per_port_bridge);
        if (osvif_in) {
            osvif_run(words);
        }
        run_rounds(f, &results[i]);
        run_counts(f, &results[i]);
    }
    print_flows();
    print_parts();
    print_counts();
    printf("(%.0f s)\n", (now_us() - start) / 1e6);
    return 0;
}

static int command_lab(const char *const *argv)
{
    enter(false);
    setenv("OVSDB", remote, 1);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return ovs_wait(pid);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "ports") == 0) {
        return command_ports();
    }
    if (argc == 2 && strcmp(argv[1], "switch") == 0) {
        return command_switch();
    }
    if (argc > 2 && strcmp(argv[1], "lab") == 0) {
        return command_lab((const char *const *)argv + 2);
    }
    fputs("usage: ovs ports | switch | lab COMMAND...\n", stderr);
    return 2;
}
