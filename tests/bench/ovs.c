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
#include "bench/switch.h"

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

/* Ports on the userspace datapath. */
static void load(const char *name)
{
    const vif_vif *v = load_vif(name);
    ((vif_port_profile *)(uintptr_t)v->base.port_profile)->openvswitch.datapath_type =
        datapath();
}

/* The same, timed. What of it was spent in calls is in now_spent. */
static double vif_timed(int verb)
{
    double start;
    note(true);
    start = now_us();
    vif_run(verb);
    start = now_us() - start;
    note(false);
    return start;
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
            fill(sizes[i - 1], sizes[i], "", NULL);
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
    const char *links[2];               /* of its own, which an unplug deletes */
} flow;

static const flow flows[] = {
    {"port on a tap", "ovs_create_port", true, false, false, {TAP, NULL}},
    {"hybrid", "ovs_hybrid", false, false, false, {"qvodc065497-3c", "qbrdc065497-3c"}},
    {"vhost-user", "vhostuser_client", false, false, true, {NULL, NULL}},
    {"bridge of its own", "ovs", true, true, false, {TAP, NULL}}};
enum { FLOWS = sizeof flows / sizeof flows[0], BOTH = 2, OWN = KINDS, ALL, PARTS };

typedef struct result {
    double us[2][BOTH][MOST_ROUNDS];                /* of vif, os-vif; plug, unplug */
    double alone[2][MOST_ROUNDS], slower[MOST_ROUNDS];  /* unplug: the switch, the kernel */
    double part[BOTH][PARTS][MOST_ROUNDS];
    int rounds;
    spent counted[VERBS];
    unsigned allocated[VERBS], resized[VERBS];
    traffic moved[VERBS];
    size_t stack[VERBS];
} result;
static result results[FLOWS];

/* The flow's start; the switch has nothing to do. */
static void restore(const flow *f)
{
    if (f->tap) {
        make_tap(TAP);
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

/* Rows of the table that carry the VIF's tag, as the inside of a set. */
static void tagged_rows(const char *table, char *set, size_t cap)
{
    char select[256];
    size_t n = 0;
    snprintf(select, sizeof select, "{\"op\":\"select\",\"table\":\"%s\",\"where\":["
             "[\"external_ids\",\"includes\",[\"map\",[[\"vif\",\"vif:local:" ID "\"]]]]],"
             "\"columns\":[\"_uuid\"]}",
             table);
    plain_do(select);
    set[0] = '\0';
    for (const char *at = plain_reply; (at = strstr(at, "[\"uuid\"")) != NULL; at++) {
        n += (size_t)snprintf(set + n, cap - n, "%s%.47s", n > 0 ? "," : "", at);
    }
}

/* The VIF's ports and bridges go, and nothing else: until the switch has let go of them. */
static double switch_alone(void)
{
    char ports[512], bridges[512], change[2048];
    double start;
    tagged_rows("Port", ports, sizeof ports);
    tagged_rows("Bridge", bridges, sizeof bridges);
    snprintf(change, sizeof change, "{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[],"
             "\"mutations\":[[\"ports\",\"delete\",[\"set\",[%s]]]]},{\"op\":\"mutate\",\"table\":"
             "\"Open_vSwitch\",\"where\":[],"
             "\"mutations\":[[\"bridges\",\"delete\",[\"set\",[%s]]]]},"
             NEXT_CFG, ports, bridges);
    start = now_us();
    plain_do(change);
    wait_applied();
    return now_us() - start;
}

/* The links, which no switch holds any more. */
static double kernel_alone(const flow *f)
{
    static unsigned char room[4096];
    int32_t indices[2];
    size_t count = 0;
    vif_error err;
    vif_buf buf;
    double start;
    vif_status st = VIF_OK;
    while (count < 2 && f->links[count]) {
        indices[count] = (int32_t)if_nametoindex(f->links[count]);
        count++;
    }
    vif_buf_init(&buf, room, sizeof room);
    start = now_us();
    if (count == 1) {
        st = vif_nl_link_delete(&host.nl, indices[0], &err);
    } else if (count > 1) {
        st = vif_nl_links_delete(&host.nl, &buf, indices, count, &err);
    }
    if (st != VIF_OK) {
        die("the links", &err);
    }
    return now_us() - start;
}

/* The two parts of an unplug, one behind the other. */
static void parts_alone(const flow *f, result *r, int round, int ports)
{
    const int at = round < 0 ? 0 : round;
    restore(f);
    vif_run(PLUG);
    settle();
    r->alone[0][at] = switch_alone();
    r->alone[1][at] = kernel_alone(f);
    r->slower[at] = r->alone[0][at] > r->alone[1][at] ? r->alone[0][at] : r->alone[1][at];
    if (count_ports() > ports) {
        die("by hand: the rows are still there", NULL);
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
        parts_alone(f, r, round, ports);
    }
}

static void run_counts(const flow *f, result *r)
{
    const size_t idle = stack_of(-1);
    restore(f);
    for (int i = 0; i < VERBS; i++) {
        const int verb = order[i];
        const unsigned a = allocations, b = resizes;
        note(true);
        r->moved[verb] = traffic_of(verb);
        note(false);
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

static void print_overlap(void)
{
    printf("\nunplug, applied: against its two parts by hand, each alone\n");
    print_head("", "vif/it");
    for (int i = 0; i < FLOWS; i++) {
        const result *r = &results[i];
        const double *u = r->us[0][UNPLUG];
        if (r->rounds == 0) {
            continue;
        }
        print_line(flows[i].title, "vif", u, NULL, NULL, r->rounds);
        print_line("", "the switch alone", r->alone[0], u, r->alone[0], r->rounds);
        print_line("", "the kernel alone", r->alone[1], u, r->alone[1], r->rounds);
        print_line("", "the slower of both", r->slower, u, r->slower, r->rounds);
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
    print_overlap();
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
