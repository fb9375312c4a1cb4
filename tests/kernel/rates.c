/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* What a guest gets at most, against the running kernel: what tc tells of it, and how much TCP
 * there is from the host, by way of a bridge, to a guest in a namespace. */
#include "kernel/inside.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>

enum { MEGABIT = 1000000 };


/* A tap that is a port of br0, and at most so much for the guest. */
static void rate(int64_t average, int64_t peak, uint32_t burst)
{
    s.options.port_rate_in_bps = average != 0 ? vif_int_of(average) : (vif_int){0, 0};
    s.options.port_rate_in_peak_bps = peak != 0 ? vif_int_of(peak) : (vif_int){0, 0};
    s.options.port_rate_in_burst_bytes = burst;
}

static bool start(void)
{
    clean();
    scene_bridge_tap(&s, "br0", NULL);
    return opened();
}

/* The same with a guest in a new namespace, 192.0.2.17, whom the host can reach. */
static bool start_guest(void)
{
    clean();
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    scene_bridge_tap(&s, "br0", NULL);
    scene_subnet(&s, NULL, "192.0.2.17", NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    s.network.mtu = vif_int_of(1500);
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    return ns >= 0 && opened();
}

static const char *qdisc(const char *link)
{
    sh("tc qdisc show dev %s", link);
    return sh_text;
}
#define QDISC(text) CHECK_HAS(qdisc("tap0"), text)
#define ALONE() CHECK(strstr(qdisc("tap0"), " 0: root") != NULL)

/* Whether nftables bounds what the tap sends. */
#define HAS_RULES(some) \
    CHECK(some == (sh("nft list table netdev vif 2>/dev/null | grep -q 'limit rate'") == 0))

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A socket that listens in the guest's namespace, and the two ends of a connection to it. */
static bool connected(int end[2])
{
    const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(5001),
                                   .sin_addr = {htonl(0xc0000211)}};
    const int home = open("/proc/self/ns/net", O_RDONLY), on = 1;
    bool good = setns(ns, CLONE_NEWNET) == 0;
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    good = good && bind(server, (const struct sockaddr *)&at, sizeof at) == 0 &&
        listen(server, 1) == 0;
    good = setns(home, CLONE_NEWNET) == 0 && good;
    end[0] = socket(AF_INET, SOCK_STREAM, 0);
    good = good && connect(end[0], (const struct sockaddr *)&at, sizeof at) == 0;
    end[1] = good ? accept(server, NULL, NULL) : -1;
    close(server);
    close(home);
    (void)fcntl(end[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(end[1], F_SETFL, O_NONBLOCK);
    return end[1] >= 0;
}

/* Bytes that came to the guest in so many milliseconds. */
static int64_t flows(const int end[2], int ms)
{
    static char block[65536];
    const int64_t until = now_us() + ms * 1000;
    int64_t bytes = 0;
    while (now_us() < until) {
        struct pollfd fds[2] = {{end[0], POLLOUT, 0}, {end[1], POLLIN, 0}};
        ssize_t got;
        (void)poll(fds, 2, 10);
        (void)!send(end[0], block, sizeof block, MSG_NOSIGNAL);
        got = recv(end[1], block, sizeof block, 0);
        bytes += got > 0 ? got : 0;
    }
    return bytes;
}

/* Megabits per second over a second, once the burst is over: to the guest, or from it. */
static int64_t megabits_of(bool from)
{
    int end[2] = {-1, -1};
    int64_t bytes = -1;
    if (connected(end)) {
        const int other = end[0];
        end[0] = from ? end[1] : other;
        end[1] = from ? other : end[1];
        (void)flows(end, 200);
        bytes = flows(end, 1000);
    }
    close(end[0]);
    close(end[1]);
    return bytes * 8 / 1000000;
}

static int64_t megabits(void)
{
    return megabits_of(false);
}

/* The most of up to five times, until it is at least that: others may be at work here. */
static int64_t megabits_above(bool from, int64_t wanted)
{
    int64_t got = 0, now;
    for (int i = 0; i < 5 && got < wanted; i++) {
        now = megabits_of(from);
        got = now > got ? now : got;
    }
    return got;
}

/* Within a generous factor: half of it, since others may be at work here, to a tenth above it. */
#define FLOWS(want) \
    do { const int64_t got_ = megabits_above(false, (want) / 2); \
         printf("# %d Mbit/s wanted, %lld measured\n", want, (long long)got_); \
         CHECK(got_ >= (want) / 2 && got_ <= (want) + (want) / 10 + 1); } while (0)

TEST(what_a_guest_gets)
{
    int64_t open;
    REQUIRE(start_guest());
    OK(plug());
    DO("ip addr add 192.0.2.1/24 dev br0");
    ALONE();
    open = megabits();
    printf("# no bound: %lld Mbit/s\n", (long long)open);
    rate(20 * MEGABIT, 0, 0);
    OK(plug());
    QDISC("qdisc tbf 7669: root");
    QDISC("rate 20Mbit burst 25000b ");
    FLOWS(20);
    rate(100 * MEGABIT, 0, 0);
    OK(plug());
    QDISC("rate 100Mbit burst 125000b ");
    FLOWS(100);
    /* a terabit does not hold back what this machine can do */
    rate(1000000000000, 0, 0);
    OK(plug());
    CHECK(megabits_above(false, open / 2 + 1) > open / 2);
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* Frames above the rate are dropped; TCP comes close to what is let through. */
TEST(what_a_guest_sends)
{
    static const int rates[] = {2, 20, 200};
    REQUIRE(start_guest());
    for (size_t i = 0; i < 3; i++) {
        int64_t got;
        s.options.port_rate_out_bps = vif_int_of((int64_t)rates[i] * MEGABIT);
        OK(plug());
        sh("ip addr add 192.0.2.1/24 dev br0");
        got = megabits_above(true, rates[i] / 3);
        printf("# %d Mbit/s wanted, %lld measured\n", rates[i], (long long)got);
        CHECK(got >= rates[i] / 3 && got <= rates[i] + rates[i] / 4 + 1);
        CHECK(megabits_above(false, rates[i] * 2 + 1) > rates[i] * 2);
    }
    OK(unplug());
    vif_host_close(&host);
}

/* At 10 Gbit/s what comes is what comes without a bound, or the bound: the queue holds enough. */
TEST(ten_gigabits_are_not_throttled)
{
    int64_t open, bound;
    REQUIRE(start_guest());
    OK(plug());
    DO("ip addr add 192.0.2.1/24 dev br0");
    open = megabits();
    rate((int64_t)10000 * MEGABIT, 0, 0);
    OK(plug());
    open = open < 10000 ? open : 10000;
    bound = megabits_above(false, open / 2 + 1);
    printf("# no bound: %lld Mbit/s or more, 10 Gbit/s: %lld\n", (long long)open,
           (long long)bound);
    CHECK(bound > open / 2);
    OK(unplug());
    vif_host_close(&host);
}

/* A burst comes as fast as the peak. */
TEST(a_burst_and_a_peak)
{
    int end[2];
    int64_t start_us, bytes = 0;
    REQUIRE(start_guest());
    rate(8 * MEGABIT, 80 * MEGABIT, 1000000);
    OK(plug());
    DO("ip addr add 192.0.2.1/24 dev br0");
    QDISC("rate 8Mbit burst 1000000b peakrate 80Mbit");
    REQUIRE(connected(end));
    start_us = now_us();
    while (bytes < 900000 && now_us() - start_us < 5000000) {
        bytes += flows(end, 5);
    }
    start_us = now_us() - start_us;
    printf("# a burst of %lld bytes took %lld us\n", (long long)bytes, (long long)start_us);
    CHECK(start_us > 70000 && start_us < 600000);   /* 90 ms at the peak, 900 at the rate */
    (void)flows(end, 300);
    bytes = flows(end, 1000);
    CHECK(bytes > 400000 && bytes < 1200000);
    close(end[0]);
    close(end[1]);
    OK(unplug());
    vif_host_close(&host);
}

/* Frames that wait when the rate is changed are still there: what was sent comes, once each. */
TEST(a_change_loses_no_frame)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(5002),
                             .sin_addr = {htonl(0xc0000211)}};
    const int home = open("/proc/self/ns/net", O_RDONLY);
    char frame[1400];
    int from, to, size = 1 << 20, got = 0;
    REQUIRE(start_guest());
    rate(1 * MEGABIT, 0, 30000);
    OK(plug());
    DO("ip addr add 192.0.2.1/24 dev br0");
    REQUIRE(setns(ns, CLONE_NEWNET) == 0);
    to = socket(AF_INET, SOCK_DGRAM, 0);
    (void)setsockopt(to, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    REQUIRE(bind(to, (const struct sockaddr *)&at, sizeof at) == 0);
    REQUIRE(setns(home, CLONE_NEWNET) == 0);
    close(home);
    from = socket(AF_INET, SOCK_DGRAM, 0);
    sh("ping -c1 -W5 192.0.2.17");      /* who has it is known */
    memset(frame, 0, sizeof frame);
    for (int i = 0; i < 30; i++) {      /* 20 go at once, 10 wait */
        CHECK_INT(sendto(from, frame, sizeof frame, 0, (const struct sockaddr *)&at, sizeof at),
                  sizeof frame);
    }
    rate(2 * MEGABIT, 0, 30000);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_STR(shim.changes, "36 ");     /* one message, RTM_NEWQDISC */
    QDISC("rate 2Mbit burst 30000b");
    for (struct pollfd fd = {to, POLLIN, 0}; poll(&fd, 1, 1000) > 0; got++) {
        CHECK_INT(recv(to, frame, sizeof frame, 0), sizeof frame);
    }
    CHECK_INT(got, 30);
    close(from);
    close(to);
    OK(unplug());
    vif_host_close(&host);
}

static vif_difference found[8];
static size_t count;

static vif_status check(void)
{
    memset(found, 0, sizeof found);
    return check_with(&s.options, found, 8, &count, &err);
}

#define DIFFERS(attribute_, wanted_, found_) \
    do { CHECK_INT(check(), VIF_E_DIFFERENT); CHECK_INT(count, 1); \
         CHECK_STR(found[0].resource, "rate tap0"); CHECK_STR(found[0].attribute, attribute_); \
         CHECK_STR(found[0].wanted, wanted_); CHECK_STR(found[0].found, found_); } while (0)

TEST(check_finds_what_others_did)
{
    REQUIRE(start());
    rate(10 * MEGABIT, 50 * MEGABIT, 20000);
    OK(plug());
    QDISC("qdisc tbf 7669: root refcnt 2 rate 10Mbit burst 20000b peakrate 50Mbit");
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_STR(shim.changes, "");
    CHECK_INT(check(), VIF_OK);
    DO("tc qdisc del dev tap0 root");
    DIFFERS("exists", "yes", "no");
    OK(plug());
    DO("tc qdisc change dev tap0 root handle 7669: tbf rate 8mbit burst 20000b limit 100k "
       "peakrate 50mbit mtu 6250");
    DIFFERS("rate", "10000000", "8000000");
    OK(plug());
    DO("tc qdisc change dev tap0 root handle 7669: tbf rate 10mbit burst 20000b limit 100k "
       "peakrate 60mbit mtu 6250");
    CHECK_INT(check(), VIF_E_DIFFERENT);
    CHECK_STR(found[0].attribute, "peak");
    OK(plug());
    DO("tc qdisc change dev tap0 root handle 7669: tbf rate 10mbit burst 30000b limit 100k "
       "peakrate 50mbit mtu 6250");
    DIFFERS("burst", "20000", "30000");
    OK(plug());
    CHECK_INT(check(), VIF_OK);
    OK(unplug());
    vif_host_close(&host);
}

/* Every rate is found again as it was set: what the kernel rounds is no difference. */
/* What is unset stays as it is; 0 is no limit. */
TEST(a_rate_of_0_removes_a_limit)
{
    REQUIRE(start());
    rate(10 * MEGABIT, 0, 0);
    s.options.port_rate_out_bps = vif_int_of(20 * MEGABIT);
    OK(plug());
    rate(0, 0, 0);
    s.options.port_rate_out_bps = (vif_int){0, 0};
    OK(plug());
    QDISC("rate 10Mbit");
    HAS_RULES(true);
    s.options.port_rate_in_bps = s.options.port_rate_out_bps = vif_int_of(0);
    CHECK_INT(check(), VIF_E_DIFFERENT);
    OK(plug());
    ALONE();
    HAS_RULES(false);
    CHECK_INT(check(), VIF_OK);
    OK(unplug());
    vif_host_close(&host);
}

TEST(rates_of_all_sizes)
{
    static const int64_t rates[] = {10000, 64000, 1234567, 10000000, 99999999, 1000000000,
                                    34359738360, 34359738368, 40000000001, 1000000000000};
    REQUIRE(start());
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        for (uint32_t burst = 0; burst < 3; burst++) {
            rate(rates[i], burst == 2 ? rates[i] * 3 % 1000000000000 : 0,
                 burst == 0 ? 0 : 1468 + burst * 77777);
            if (s.options.port_rate_in_peak_bps.value < rates[i]) {
                rate(rates[i], 0, 5000);
            }
            OK(plug());
            if (check() != VIF_OK) {
                CHECK_FAIL("%lld: %s wanted %s found %s", (long long)rates[i], found[0].attribute,
                           found[0].wanted, found[0].found);
            }
        }
    }
    OK(unplug());
    vif_host_close(&host);
}

/* What somebody else has put there is neither changed nor taken away. */
TEST(anothers_is_refused)
{
    REQUIRE(start());
    OK(plug());
    DO("tc qdisc add dev tap0 root handle 1: htb default 1");
    dump_host(&was);
    rate(10 * MEGABIT, 0, 0);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.where, "rate tap0");
    CHECK_HAS(err.text, "tap0 has a qdisc already, htb, which is not vif's");
    CHECK_INT(check(), VIF_E_EXISTS);
    CHECK(same_host());
    DO("tc qdisc replace dev tap0 root handle 2: tbf rate 1mbit burst 20k limit 100k");
    CHECK_INT(plug(), VIF_E_EXISTS);
    DO("tc qdisc del dev tap0 root");
    OK(plug());
    QDISC("tbf 7669:");
    OK(unplug());
    vif_host_close(&host);
}

/* A plug with another rate that fails at any call puts the first one back; or is repeated. */
TEST(another_rate_and_a_fault_at_each_call)
{
    static const enum fault faults[] = {FAULT_CALL, FAULT_LOST, FAULT_RECEIVE, FAULT_NO_CAP};
    REQUIRE(start());
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        bool hit = true;
        for (int k = 1; hit && k < 100; k++) {
            vif_status st;
            rate(10 * MEGABIT, 0, 0);
            OK(plug());
            rate(20 * MEGABIT, k % 2 == 0 ? 30 * MEGABIT : 0, 0);
            shim_start(faults[f], k, ENOMEM);
            st = plug();
            hit = shim.hit;
            shim_stop();
            if (st != VIF_OK && st != VIF_E_UNKNOWN) {
                rate(10 * MEGABIT, 0, 0);
            }
            CHECK(st == VIF_E_UNKNOWN || check() == VIF_OK);
        }
    }
    OK(unplug());
    vif_host_close(&host);
}

/* Somebody is faster, between the look and the change. */
TEST(a_race_with_another)
{
    REQUIRE(start());
    OK(plug());
    rate(10 * MEGABIT, 0, 0);
    for (int at = 1, last = 0; !last && at < 100; at++) {
        vif_status st;
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle = "tc qdisc replace dev tap0 root handle 1: htb default 1";
        shim.meddle_at = at;
        st = plug();
        shim_stop();
        last = !shim.meddled;
        if (last) {
            CHECK_INT(st, VIF_OK);
            QDISC("tbf 7669:");
        } else if (st == VIF_OK) {
            CHECK_HAS(qdisc("tap0"), "htb 1:");     /* he came behind it */
        } else {
            CHECK_INT(st, VIF_E_EXISTS);
            CHECK_HAS(err.text, "a qdisc already, htb");
            QDISC("htb 1:");
        }
        sh("tc qdisc del dev tap0 root");
    }
    OK(unplug());
    vif_host_close(&host);
}

/* An edit of its group is faster, in another process: the bucket that it has made or taken away is
 * ours. */
TEST(a_race_with_an_edit)
{
    static const char *const edits[] = {
        "tc qdisc replace dev tap0 root handle 7669: tbf rate 3mbit burst 20k limit 100k",
        "tc qdisc del dev tap0 root"};
    REQUIRE(start());
    OK(plug());
    for (int at = 1, last = 0; !last && at < 200; at++) {
        rate(at % 2 == 1 ? 0 : 5 * MEGABIT, 0, 0);
        if (at % 2 == 0) {
            OK(plug());
        }
        rate(10 * MEGABIT, 0, 0);
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle = edits[at % 2 == 0];
        shim.meddle_at = (at + 1) / 2;
        OK(plug());
        shim_stop();
        last = !shim.meddled && at % 2 == 0;
        CHECK(check() == VIF_OK || shim.meddled);
        OK(plug());
        CHECK_INT(check(), VIF_OK);
        sh("tc qdisc del dev tap0 root");
    }
    OK(unplug());
    vif_host_close(&host);
}

/* A plan that says that there is to be no bound, as an edit has it. */
static int64_t edited;
static void edit(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r;
    (void)vif_plan_tap(plan, in, "tap0", NULL, 1500);
    r = vif_plan_add(plan, VIF_RES_RATE, VIF_OWN, "tap0", NULL);
    r->want.rate.average = edited;
    r->want.rate.burst = r->want.rate.frame = 20000;
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, "tap0", NULL);
    if (in->vif->base.active == VIF_TRUE) {     /* refused: the name is a veth's */
        (void)vif_plan_add(plan, VIF_RES_BRIDGE, VIF_SHARED, "eth1-peer", NULL);
    }
}

static const vif_plugin_vif takes[] = {{VIF_CLASS_VIFBridge, 0, 0, NULL},
                                       {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin plugin = {"mine", takes, edit};
static const vif_plugin *const plugins[] = {&plugin};

TEST(an_edit_to_none_and_back)
{
    vif_host_desc d = vif_host_desc_default();
    d.plugins = plugins;
    d.plugin_count = 1;
    clean();
    uplink("eth1");
    scene_bridge_tap(&s, "br0", NULL);
    s.vif.base.plugin = "mine";
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    edited = 5 * MEGABIT;
    OK(plug());
    QDISC("tbf 7669: root refcnt 2 rate 5Mbit burst 20000b");
    edited = 0;
    DIFFERS("rate", "0", "5000000");
    OK(plug());
    ALONE();
    CHECK_INT(check(), VIF_OK);
    DO("tc qdisc add dev tap0 root handle 1: htb default 1");
    OK(plug());                         /* another's is no concern of it */
    QDISC("htb 1:");
    DO("tc qdisc del dev tap0 root");
    edited = 5 * MEGABIT;
    OK(plug());
    /* taken back after a failure: to what was there before */
    dump_host(&was);
    s.vif.base.active = VIF_TRUE;
    edited = 0;
    CHECK(plug() != VIF_OK);
    CHECK(same_host());
    edited = 7 * MEGABIT;
    CHECK(plug() != VIF_OK);
    CHECK(same_host());
    s.vif.base.active = VIF_FALSE;
    edited = 0;
    OK(plug());
    dump_host(&was);
    s.vif.base.active = VIF_TRUE;
    edited = 7 * MEGABIT;
    CHECK(plug() != VIF_OK);
    CHECK(same_host());
    s.vif.base.active = VIF_FALSE;
    OK(unplug());
    vif_host_close(&host);
}

TEST(refused_before_anything_is_done)
{
    REQUIRE(start());
    dump_host(&was);
    rate(0, 5, 0);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_peak_bps", "only with a rate on average");
    rate(0, 0, 5);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_burst_bytes", "only with a rate on average");
    rate(6, 5, 0);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_peak_bps", "below the rate");
    rate(1000, 0, 1467);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_burst_bytes", "below a frame");
    rate(1000000000001, 0, 0);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_bps", "terabit");
    rate(1000, 1000000000001, 0);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_peak_bps", "terabit");
    rate(40, 0, 0);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_bps", "longer than 274 s");
    rate(9999, 0, 343000);
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_in_burst_bytes", "longer than 274 s");
    rate(1000, 1000, 1468);             /* a peak that is the rate: the least burst */
    OK(plug());
    QDISC("rate 1Kbit burst 1468b");
    CHECK(strstr(qdisc("tap0"), "peakrate") == NULL);
    OK(unplug());
    vif_host_close(&host);
}

static void is_bound(void)
{
    QDISC("qdisc tbf 7669: root");
    CHECK_INT(check(), VIF_OK);
}

static void is_gone(void)
{
    CHECK(!exists("tap0"));
}

TEST(a_kill_at_each_call)
{
    REQUIRE(start());
    rate(10 * MEGABIT, 0, 0);
    kill_at_each_call((killing){opened, is_bound, is_gone, 0});
    vif_host_close(&host);
}

PLUG_MAIN
