/* SPDX-License-Identifier: MIT
 * What many VIFs cost in one job (vif_verb_many), in namespaces of its own, next to others one by
 * one and to the same by hand in one go.
 *   many ports [COUNT]  plug on an Open vSwitch that holds 0 and 1000 ports: against one
 *                       transaction written by hand, ovs-vsctl and os-vif one by one
 *   many hybrid [COUNT] hybrid VIFs, plug and unplug, next to os-vif one by one and by hand; with
 *                       OVS_DATAPATH=system of the kernel's datapath
 *   many bridges [COUNT]  unplug of taps on a Linux bridge, against "ip -batch"
 *   many loop [COUNT]   an event loop's longest step, with the switch stopped meanwhile
 *   many scale FILE     the cost of a VIF in jobs of 1 to 4096, also as columns in FILE
 *   many memory         what a VIF in flight takes
 * "One by one" is a sample: so many of the same VIF, times COUNT over the sample; on a switch that
 * holds no more ports than at the start, which is in favour of those. Ratios are taken round by
 * round. */
/* flags: -Wl,--wrap=send,--wrap=recv,--wrap=poll,--wrap=sendmsg,--wrap=recvmsg */
/* flags: -Wl,--wrap=open,--wrap=read,--wrap=write,--wrap=ioctl,--wrap=close */
#include "ovsdb/ovs.h"
#include "wrap.h"
#include <net/if.h>
#include <poll.h>
#include <sys/un.h>
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "bench/host.h"
#include "bench/switch.h"

/* ---- many VIFs ------------------------------------------------------------------------------- */

enum { MOST = 4096, SAMPLE = 20, STANDING = 1000 };

typedef struct one {
    vif_vif vif;
    vif_port_profile profile;
    char id[40], name[16], bridge[16], mac[18];
} one;

static one ones[MOST];
static vif_subject subjects[MOST];
static vif_result outcomes[MOST];

/* Copies of a VIF of tests/fixtures/vifs with names, ids and MACs of their own: those of fill(). */
static void make_many(const char *fixture)
{
    vif_vif *v = load_vif(fixture);
    for (unsigned i = 0; i < MOST; i++) {
        one *o = &ones[i];
        snprintf(o->id, sizeof o->id, FILL_ID, i);
        snprintf(o->name, sizeof o->name, FILL_NAME, i);
        snprintf(o->bridge, sizeof o->bridge, "qbr%08x-ab", i);
        snprintf(o->mac, sizeof o->mac, FILL_MAC, i >> 8, i & 255);
        o->vif = *v;
        o->vif.base.id = o->id;
        o->vif.base.address = o->mac;
        if (v->base.port_profile) {
            o->profile = *v->base.port_profile;
            o->profile.openvswitch.interface_id = o->id;
            o->profile.openvswitch.datapath_type = datapath();
            o->vif.base.port_profile = &o->profile;
        }
        if (vif_is_a(&v->object, VIF_CLASS_VIFOpenVSwitch)) {
            o->vif.openvswitch.vif_name = o->name;
        } else if (vif_is_a(&v->object, VIF_CLASS_VIFBridge)) {
            o->vif.bridge.vif_name = o->name;
            if (v->base.port_profile) {
                o->vif.bridge.bridge_name = o->bridge;
            }
        } else {
            o->vif.generic.vif_name = o->name;
        }
        subjects[i] = (vif_subject){.vif = &o->vif, .instance = instance, .options = &options};
    }
}

/* The verb for VIFs number from to to - 1 in one job; how long it took, in us. */
static double many(vif_verb verb, size_t from, size_t to)
{
    const vif_job_desc d = {.verb = verb, .subjects = subjects + from, .count = to - from,
                            .results = outcomes + from};
    const double start = now_us();
    vif_error err;
    if (vif_verb_many(&host, &d, &err) != VIF_OK) {
        die("vif_verb_many", &err);
    }
    return now_us() - start;
}

/* ---- tables ---------------------------------------------------------------------------------- */

typedef struct line {
    const char *name;
    double us[MOST_ROUNDS];
    int rounds;
} line;

/* Times, and it/vif. */
static void print_lines(const char *title, const line *vif_line, const line *others, int count)
{
    print_line(title, "vif", vif_line->us, NULL, NULL, vif_line->rounds);
    for (int i = 0; i < count; i++) {
        if (others[i].rounds > 0) {
            print_line("", others[i].name, others[i].us, others[i].us, vif_line->us,
                       others[i].rounds);
        }
    }
    fflush(stdout);
}

/* ---- ports ----------------------------------------------------------------------------------- */

enum { ROUNDS = 3 };

static double giant(int from, int to, const char *type)
{
    const double start = now_us();
    fill(from, to, type, NEXT_CFG);
    wait_applied();
    return now_us() - start;
}

/* Rows that another has made go by the names that they have. */
static double vsctl(int i)
{
    char db[240], id[64], mac[64];
    const char *const argv[] = {"ovs-vsctl", "--timeout=60", db, "add-port", "br-int",
        ones[i].name, "--", "set", "Interface", ones[i].name, "type=internal", id,
        "external_ids:iface-status=active", mac, NULL};
    snprintf(db, sizeof db, "--db=%s", remote);
    snprintf(id, sizeof id, "external_ids:iface-id=%s", ones[i].id);
    snprintf(mac, sizeof mac, "external_ids:attached-mac=\"%s\"", ones[i].mac);
    return process(argv);
}

enum { GIANT, VSCTL, OSVIF, RUNNERS };

static void ports_round(line *mine, line *others, int count, int round)
{
    const double scale = (double)count / SAMPLE;
    double us = 0;
    mine->us[round] = many(VIF_PLUG, 0, (size_t)count);
    many(VIF_UNPLUG, 0, (size_t)count);
    settle();
    others[GIANT].us[round] = giant(0, count, "internal");
    many(VIF_UNPLUG, 0, (size_t)count);
    settle();
    for (int i = 0; i < SAMPLE; i++) {
        us += vsctl(i);
    }
    many(VIF_UNPLUG, 0, SAMPLE);
    others[VSCTL].us[round] = us * scale;
    if (osvif_in) {
        us = 0;
        for (int i = 0; i < SAMPLE; i++) {
            make_tap("tapdc065497-3c");
            settle();
            us += osvif_run("plug");
            osvif_run("unplug");
        }
        others[OSVIF].us[round] = us * scale;
    }
    settle();
    mine->rounds = others[GIANT].rounds = others[VSCTL].rounds = round + 1;
    others[OSVIF].rounds = osvif_in ? round + 1 : 0;
}

/* Ports that are there before: so many that the switch needs seconds for all at once. */
static void stand(void)
{
    enum { STEP = 100 };
    for (size_t i = MOST - STANDING; i < MOST; i += STEP) {
        many(VIF_PLUG, i, i + STEP);
        settle();
    }
}

static int command_ports(int count)
{
    static line mine, others[RUNNERS] = {{.name = "one transaction"}, {.name = "ovs-vsctl"},
                                         {.name = "os-vif"}};
    enter(true);
    osvif_start("tests/bench/osvif.py", "ovs", ovs_dir);
    open_host();
    make_many("ovs_create_port");
    options.ovs_type = "internal";
    options.ovs_applied_timeout_ms = 60000;
    if (osvif_in) {
        osvif_run("load ovs_create_port 0");
    }
    printf("\n%d internal ports plugged in one job until the switch has applied them (us)\n"
           "one transaction: written by hand, the least that has that effect; ovs-vsctl, os-vif: "
           "one by\none, a sample of %d scaled to %d; os-vif's are taps that are there already\n"
           "os-vif  %s", count, SAMPLE, count, osvif_about);
    print_head("ports before", "it/vif");
    for (int standing = 0; standing <= STANDING; standing += STANDING) {
        char title[32];
        snprintf(title, sizeof title, "%d", standing);
        if (standing > 0) {
            stand();
        }
        for (int round = 0; round < ROUNDS; round++) {
            ports_round(&mine, others, count, round);
        }
        print_lines(title, &mine, others, RUNNERS);
    }
    return 0;
}

/* ---- hybrid ---------------------------------------------------------------------------------- */

/* A batch for ip. */
static char batch_path[] = "/tmp/vif-bench-XXXXXX";

static FILE *batch_open(void)
{
    strcpy(batch_path, "/tmp/vif-bench-XXXXXX");
    const int fd = mkstemp(batch_path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        die(batch_path, NULL);
    }
    return f;
}

/* Closes and runs it; how long "ip -batch" took, in us. */
static double batch_run(FILE *f)
{
    const char *const argv[] = {"ip", "-batch", batch_path, NULL};
    double us;
    if (fclose(f) != 0) {
        die(batch_path, NULL);
    }
    us = process(argv);
    unlink(batch_path);
    return us;
}

static double hand_links;               /* of the last one by hand: the part of ip -batch */

/* The same links and ports by hand: what kernel and switch need for it, whoever asks. */
static double hand_plug(int count)
{
    FILE *f = batch_open();
    double us;
    for (int i = 0; i < count; i++) {
        fprintf(f, "link add " FILL_NAME " up type veth peer name hvb%08x-ab\n"
                "link add qbr%08x-ab up type bridge forward_delay 0 mcast_snooping 0\n"
                "link set hvb%08x-ab master qbr%08x-ab up\n", (unsigned)i, (unsigned)i,
                (unsigned)i, (unsigned)i, (unsigned)i);
    }
    us = hand_links = batch_run(f);
    return us + giant(0, count, "");
}

/* All ports in one transaction, and while the switch lets go of them all links in one group. That
 * is the fastest order: see command_hybrid. */
static double hand_unplug(int count)
{
    char row[512], id[37] = "";
    const char *at;
    FILE *f = batch_open();
    double start;
    for (int i = 0; i < count; i++) {
        fprintf(f, "link set " FILL_NAME " group 7\nlink set qbr%08x-ab group 7\n", (unsigned)i,
                (unsigned)i);
    }
    fputs("link del group 7\n", f);
    plain_do("{\"op\":\"select\",\"table\":\"Port\",\"where\":[[\"name\",\"==\",\"br-int\"]],"
             "\"columns\":[\"_uuid\"]}");
    at = strstr(plain_reply, "\"uuid\",\"");
    snprintf(id, sizeof id, "%s", at ? at + 8 : "");
    snprintf(row, sizeof row, "{\"op\":\"update\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\","
             "\"br-int\"]],\"row\":{\"ports\":[\"uuid\",\"%s\"]}},%s", id, NEXT_CFG);
    start = now_us();
    plain_do(row);
    hand_links = batch_run(f);
    wait_applied();
    return now_us() - start;
}

enum { BY_HAND, BY_OSVIF, BOTH };       /* others; plug and unplug together */

/* What a round's time is made of. */
typedef struct parts { double netlink, server, files, waiting, own, by_hand; } parts;

static double many_parts(vif_verb verb, int count, parts *p)
{
    double us;
    note(true);
    us = many(verb, 0, (size_t)count);
    note(false);
    *p = (parts){now_spent.us[NETLINK], now_spent.us[SEND] + now_spent.us[RECV],
                 now_spent.us[FILES], now_spent.us[POLL], own_part(us), 0};
    return us;
}

static void print_parts(const char *title, const parts *p)
{
    printf("%-7s vif: requests to the kernel %.0f, waiting for switch and server %.0f, their "
           "socket %.0f,\n        files %.0f, its own %.0f; by hand: ip -batch %.0f\n", title,
           p->netlink, p->waiting, p->server, p->files, p->own, p->by_hand);
}

/* Measured of an unplug: the switch closes a packet socket for each port of its userspace datapath,
 * and each of these closes waits in the kernel (synchronize_net), about as long as the deletion of
 * a bridge does (rcu_barrier). Neither can be shared, and the deletion keeps the switch from what
 * it needs of the kernel. Ports first and then links, links first, links set down first, or links
 * in smaller groups so that the switch has its turn in between: none of them is faster. */
static int command_hybrid(int count)
{
    static line mine[BOTH + 1], others[BOTH + 1][2];
    parts made_of[2];
    const double scale = (double)count / 5;
    enter(true);
    osvif_start("tests/bench/osvif.py", "ovs", ovs_dir);
    open_host();
    make_many("ovs_hybrid");
    options.ovs_applied_timeout_ms = 60000;
    if (osvif_in) {
        osvif_run("load ovs_hybrid 0");
    }
    for (int round = 0; round < ROUNDS; round++) {
        double us[2][3] = {{0, 0, 0}, {0, 0, 0}};
        us[PLUG][BOTH] = many_parts(VIF_PLUG, count, &made_of[PLUG]);
        us[UNPLUG][BOTH] = many_parts(VIF_UNPLUG, count, &made_of[UNPLUG]);
        settle();
        if (count_ports() != 1) {
            die("ports are left", NULL);
        }
        us[PLUG][BY_HAND] = hand_plug(count);
        made_of[PLUG].by_hand = hand_links;
        us[UNPLUG][BY_HAND] = hand_unplug(count);
        made_of[UNPLUG].by_hand = hand_links;
        settle();
        for (int i = 0; i < 5 && osvif_in; i++) {
            us[PLUG][BY_OSVIF] += osvif_run("plug") * scale;
            settle();
            us[UNPLUG][BY_OSVIF] += osvif_run("unplug") * scale;
            settle();
        }
        for (int verb = PLUG; verb <= BOTH; verb++) {
            const double *a = us[verb == BOTH ? PLUG : verb], *b = us[UNPLUG];
            const double with = verb == BOTH;
            mine[verb].us[round] = a[BOTH] + with * b[BOTH];
            mine[verb].rounds = round + 1;
            for (int who = BY_HAND; who <= BY_OSVIF; who++) {
                others[verb][who].name = who == BY_HAND ? "by hand" : "os-vif";
                others[verb][who].us[round] = a[who] + with * b[who];
                others[verb][who].rounds = who == BY_HAND || osvif_in ? round + 1 : 0;
            }
        }
    }
    printf("\n%d hybrid VIFs (us), until the switch has applied it and the kernel has deleted the "
           "links\nby hand: one ip -batch and one transaction, the least that kernel and switch "
           "need\nos-vif one by one, a sample of 5 scaled to %d\nos-vif  %s", count, count,
           osvif_about);
    print_head("", "it/vif");
    print_lines("plug", &mine[PLUG], others[PLUG], 2);
    print_lines("unplug", &mine[UNPLUG], others[UNPLUG], 2);
    print_lines("both", &mine[BOTH], others[BOTH], 2);
    puts("of the last round (us):");
    print_parts("plug", &made_of[PLUG]);
    print_parts("unplug", &made_of[UNPLUG]);
    return 0;
}

/* ---- taps on a Linux bridge ------------------------------------------------------------------ */

/* The first `sample` of them by "ip -batch", from its start to its end. */
static double by_ip(int sample)
{
    FILE *f = batch_open();
    for (int i = 0; i < sample; i++) {
        fprintf(f, "link del dev %s\n", ones[i].name);
    }
    return batch_run(f);
}

static int command_bridges(int count)
{
    static line mine, theirs = {.name = "ip -batch"};
    if (!ns_enter()) {
        puts("skip many: no user namespaces");
        return 0;
    }
    open_host();
    make_many("linux_bridge");
    for (int i = 0; i < MOST; i++) {
        ones[i].vif.base.port_profile = NULL;
    }
    ((vif_network *)(uintptr_t)vif->base.network)->bridge_interface = NULL;
    options.create_tap = VIF_TRUE;
    for (int round = 0; round < ROUNDS; round++) {
        many(VIF_PLUG, 0, (size_t)count);
        mine.us[round] = many(VIF_UNPLUG, 0, (size_t)count);
        many(VIF_PLUG, 0, (size_t)count);
        theirs.us[round] = by_ip(2 * SAMPLE) * count / (2 * SAMPLE);
        many(VIF_UNPLUG, 0, (size_t)count);
        mine.rounds = theirs.rounds = round + 1;
    }
    printf("\nunplug of %d taps on a Linux bridge (us); ip -batch deletes %d of them, scaled\n",
           count, 2 * SAMPLE);
    print_head("", "it/vif");
    print_lines("unplug", &mine, &theirs, 1);
    return 0;
}

/* ---- an event loop --------------------------------------------------------------------------- */

typedef struct gaps {
    double step, call;                  /* the longest of each */
    int call_kind;
    unsigned steps;
} gaps;

/* The verb in an event loop; the switch is stopped from the first transaction on for 400 ms. */
static gaps loop(vif_verb verb, int count)
{
    const vif_job_desc d = {.verb = verb, .subjects = subjects, .count = (size_t)count,
                            .results = outcomes};
    gaps g = {0, 0, 0, 0};
    double stopped = 0;
    vif_job job;
    vif_error err;
    if (vif_job_start(&job, &host, &d, &err) != VIF_OK) {
        die("vif_job_start", &err);
    }
    note(true);
    for (bool more = true; more; g.steps++) {
        const double start = now_us();
        double us;
        more = vif_job_step(&job);
        us = now_us() - start;
        g.step = us > g.step ? us : g.step;
        if (more) {
            const vif_want want = vif_host_want(&host);
            struct pollfd p = {want.fd, (short)((want.read ? POLLIN : 0) |
                               (want.write ? POLLOUT : 0)), 0};
            const int64_t ms = want.deadline_ms - now_ms(NULL);
            if (stopped == 0 && ms > 0) {
                stopped = now_us();
                ovs_signal(ovs_switch, SIGSTOP);
            }
            (void)__real_poll(&p, want.fd >= 0, ms <= 0 ? 0 : ms > 10 ? 10 : (int)ms);
        }
        if (stopped > 0 && now_us() - stopped > 4e5) {
            ovs_signal(ovs_switch, SIGCONT);
        }
    }
    ovs_signal(ovs_switch, SIGCONT);
    note(false);
    g.call = now_spent.longest;
    g.call_kind = now_spent.longest_kind;
    if (vif_job_finish(&job, &err) != VIF_OK) {
        die("vif_job_finish", &err);
    }
    return g;
}

static int command_loop(int count)
{
    static const char *const kinds[KINDS] = {"send to the server", "recv from the server", "poll",
                                             "a datagram of netlink", "a file, an ioctl"};
    enter(true);
    open_host();
    make_many("ovs_create_port");
    options.create_tap = VIF_TRUE;
    printf("\n%d VIFs in an event loop, the switch stopped for 400 ms meanwhile (us): the longest "
           "step,\nwhich is the longest gap of a heartbeat, and the longest single call of the "
           "kernel's in that run\n%-10s %8s %10s %10s %8s\n", count, "", "steps", "step", "call",
           "step/call");
    for (int round = 0; round < ROUNDS; round++) {
        for (vif_verb verb = VIF_PLUG; verb <= VIF_UNPLUG; verb++) {
            const gaps g = loop(verb, count);
            printf("%-10s %8u %10.0f %10.0f %8.2f  %s\n", verb_names[verb], g.steps, g.step, g.call,
                   g.step / g.call, kinds[g.call_kind]);
        }
    }
    return 0;
}

/* ---- from 1 to 4096 -------------------------------------------------------------------------- */

typedef struct cost {
    double all[2], own[2], hand;        /* plug, unplug; us a VIF */
} cost;

/* The least of some rounds, as a machine's other work only ever adds. */
static cost cost_of(int n, bool rows)
{
    cost least = {{1e9, 1e9}, {1e9, 1e9}, 1e9};
    const int rounds = n < 16 ? 40 : n < 256 ? 10 : 3;
    for (int round = 0; round < rounds; round++) {
        double us;
        for (int verb = PLUG; verb <= UNPLUG; verb++) {
            note(true);
            us = many((vif_verb)verb, 0, (size_t)n) / n;
            note(false);
            least.all[verb] = us < least.all[verb] ? us : least.all[verb];
            us -= (us * n - own_part(us * n)) / n;
            least.own[verb] = us < least.own[verb] ? us : least.own[verb];
        }
        if (rows) {
            us = now_us();
            fill(0, n, "internal", NEXT_CFG);
            us = (now_us() - us) / n;
            least.hand = us < least.hand ? us : least.hand;
            many(VIF_UNPLUG, 0, (size_t)n);
        }
    }
    return least;
}

static void scale(const char *title, bool rows, FILE *f)
{
    printf("\n%s (us a VIF, the least of some rounds)\n%8s %10s %10s %10s %10s", title, "VIFs",
           "plug", "of vif", "unplug", "of vif");
    printf(rows ? " %14s\n" : "\n", "plug by hand");
    fprintf(f, "\n\n# %s\n", title);
    for (int n = 1; n <= MOST; n *= 4) {
        const cost c = cost_of(n, rows);
        printf("%8d %10.1f %10.1f %10.1f %10.1f", n, c.all[0], c.own[0], c.all[1], c.own[1]);
        printf(rows ? " %14.1f\n" : "\n", c.hand);
        fprintf(f, "%d %f %f %f %f %f\n", n, c.all[0], c.own[0], c.all[1], c.own[1], c.hand);
        fflush(stdout);
    }
}

static int command_scale(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        die(path, NULL);
    }
    enter(false);
    open_host();
    make_many("ovs_create_port");
    options.ovs_type = "internal";
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    scale("ports in one job, committed, the server alone; of vif: outside of system calls", true,
          f);
    make_many("generic_tap");
    for (int i = 0; i < MOST; i++) {
        ones[i].vif.base.port_profile = NULL;
    }
    scale("taps in one job", false, f);
    return fclose(f) != 0;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void memory_of(const char *title, int count)
{
    size_t before, most, kept;
    many(VIF_PLUG, 0, 1);
    many(VIF_UNPLUG, 0, 1);
    before = most_held = held;
    many(VIF_PLUG, 0, (size_t)count);
    most = most_held;
    kept = held - before;
    most_held = held;
    many(VIF_UNPLUG, 0, (size_t)count);
    printf("%-22s %8d %10zu %10zu %10zu\n", title, count, (most - before) / (size_t)count,
           (most_held - before) / (size_t)count, held - before + kept);
    settle();
}

static int command_memory(void)
{
    enter(true);
    open_host();
    printf("\nmemory: bytes a VIF in flight, by the resize hook, without the buffers of connection "
           "and\ntransaction; kept afterwards. sizeof: vif_result %zu, vif_subject %zu, of the "
           "caller's; in it:\na task %zu, a resource %zu, a link known %zu, a row %zu\n"
           "%-22s %8s %10s %10s %10s\n", sizeof(vif_result), sizeof(vif_subject), sizeof(vif__job),
           sizeof(vif_resource), sizeof(vif__info), sizeof(vif_ovs), "", "VIFs", "plug", "unplug",
           "kept");
    make_many("ovs_create_port");
    options.create_tap = VIF_TRUE;
    options.ovs_applied_timeout_ms = 60000;
    memory_of("a tap on the switch", 200);
    memory_of("a tap on the switch", 1000);
    make_many("ovs_hybrid");
    memory_of("hybrid", 100);
    return 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    const int count = argc > 2 ? atoi(argv[2]) : 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (strcmp(command, "ports") == 0) {
        return command_ports(count > 0 ? count : 500);
    } else if (strcmp(command, "hybrid") == 0) {
        return command_hybrid(count > 0 ? count : 100);
    } else if (strcmp(command, "bridges") == 0) {
        return command_bridges(count > 0 ? count : 1000);
    } else if (strcmp(command, "loop") == 0) {
        return command_loop(count > 0 ? count : 100);
    } else if (strcmp(command, "memory") == 0) {
        return command_memory();
    } else if (strcmp(command, "scale") == 0 && argc > 2) {
        return command_scale(argv[2]);
    }
    fputs("usage: many ports | hybrid | bridges | loop [COUNT] | memory | scale FILE\n", stderr);
    return 2;
}
