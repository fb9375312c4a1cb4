/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* What an agent is told: events, counters, what drifts. The host is changed by ip(8) and read from
 * outside, as somebody else would. */
#include "kernel/plug.h"

#define NEED_TUN \
    do { if (access("/dev/net/tun", R_OK | W_OK) != 0) { SKIP("no /dev/net/tun"); } } while (0)

/* ---- events and counters --------------------------------------------------------------------- */

static struct { char what[16], kind[16], text[512]; vif_status status; int64_t us; } told[64];
static size_t told_count;
static int64_t microseconds;

static void tell(void *user, const vif_event *event)
{
    (void)user;
    if (told_count < 64) {
        memset(&told[told_count], 0, sizeof told[0]);
        vif_cat(told[told_count].what, 16, event->what);
        vif_cat(told[told_count].kind, 16, event->kind);
        CHECK(vif_event_text(event, told[told_count].text, 512) < 512);
        CHECK((event->error == NULL) == (event->status == VIF_OK));
        told[told_count].status = event->status;
        told[told_count++].us = event->us;
    }
}

/* Each look at the clock is 1000 microseconds later. */
static int64_t tick(void *user)
{
    (void)user;
    return microseconds += 1000;
}

static bool open_telling(void)
{
    vif_host_desc d = counted();
    clean();
    memset(&s, 0, sizeof s);
    memset(told, 0, sizeof told);
    told_count = 0;
    d.log = tell;
    d.now_us = tick;
    d.options = &s.options;
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

/* Each change and each refusal is an event, with the time that it took. */
TEST(events)
{
    size_t i;
    REQUIRE(open_telling());
    NEED_TUN;
    scene_tap(&s);
    OK(plug());
    CHECK(told_count > 2);
    for (i = 0; i < told_count; i++) {
        CHECK_STR(told[i].what, "applied");
        CHECK_INT(told[i].us, 1000);    /* from the begin of its turn, which looked at the clock */
    }
    CHECK(host.result.us >= 1000 * (int64_t)told_count);
    OK(unplug());
    CHECK_STR(told[told_count - 1].what, "removed");
    CHECK_STR(told[told_count - 1].kind, "tap");
    vif_host_close(&host);
}

/* Refused at a resource, and what was done before is taken back; at the plan, there is none. */
TEST(events_of_refusals)
{
    REQUIRE(open_telling());
    NEED_TUN;
    scene_tap(&s);
    DO("ip link add tap0 type bridge");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_INT(told_count, 1);
    CHECK_STR(told[0].what, "refused");
    CHECK_STR(told[0].kind, "tap");
    CHECK_INT(told[0].status, VIF_E_EXISTS);
    CHECK_HAS(told[0].text, "refused: tap tap0 (own)");
    CHECK_HAS(told[0].text, ": E_EXISTS: ");
    s.vif.generic.vif_name = "a/b";
    CHECK_INT(plug(), VIF_E_FIELD);
    CHECK_INT(told_count, 2);
    CHECK_STR(told[1].kind, "");
    CHECK_HAS(told[1].text, "refused: vif_name: E_FIELD: ");
    vif_host_close(&host);
}

/* The walk back tells what it takes back, and what it can't. */
TEST(events_of_taking_back)
{
    REQUIRE(open_telling());
    NEED_TUN;
    scene_bridge_tap(&s, "br0", NULL);
    for (int k = 2; k < 40; k++) {      /* until the kernel is dead with the bridge made */
        told_count = 0;
        shim_start(FAULT_DEAD, k, 0);
        CHECK(plug() != VIF_OK || !shim.hit);
        shim_stop();
        if (!shim.hit || strcmp(told[told_count - 1].what, "left behind") == 0) {
            break;
        }
        sh("ip link del br0; ip link del tap0");
    }
    CHECK(shim.hit);
    CHECK_STR(told[told_count - 1].what, "left behind");
    CHECK(told[told_count - 1].status != VIF_OK);
    CHECK_HAS(told[told_count - 1].text, "left behind: bridge br0 (shared)");
    vif_host_close(&host);
}

/* Counters are those of the calls that were made. */
TEST(stats)
{
    vif_stats st;
    REQUIRE(open_telling());
    NEED_TUN;
    scene_tap(&s);
    OK(plug());
    OK(unplug());
    s.vif.generic.vif_name = "a/b";
    CHECK_INT(plug(), VIF_E_FIELD);
    s.vif.generic.vif_name = "tap1";
    {
        size_t n;
        CHECK_INT(check_with(NULL, NULL, 0, &n, &err), VIF_E_DIFFERENT);
    }
    vif_host_stats(&host, &st);
    CHECK_INT(st.begun, 4);
    CHECK_INT(st.done, 2);
    CHECK_INT(st.refused, 1);
    CHECK_INT(st.different, 1);
    CHECK_INT(st.unknown + st.unconfirmed + st.waits, 0);
    CHECK_INT(st.links_deleted, 1);
    /* An unplug asks nftables, too, whether there are rules of the link. */
    CHECK_INT(st.kernel_requests, host.nl.count.requests + host.priv.nf.count.requests);
    CHECK_INT(st.kernel_round_trips,
              host.nl.count.datagrams_sent + host.priv.nf.count.datagrams_sent);
    CHECK(st.kernel_bytes_out >= 16 * st.kernel_requests);
    CHECK(st.kernel_bytes_in > st.kernel_bytes_out);
    CHECK_INT(st.ovsdb_transactions + st.ovsdb_bytes_out, 0);
    vif_host_close(&host);
}

/* ---- what drifts ----------------------------------------------------------------------------- */

enum { WATCHED = 4 };
static vif_watch watch;
static scene scenes[WATCHED];
static vif_subject subjects[WATCHED];
static vif_result outcomes[WATCHED];
static vif_difference differences[WATCHED][8];
static char names[WATCHED][16], ids[WATCHED][64];
static int64_t clock_ms;

/* As fast as the test wants it: news need not settle. */
static int64_t fast(void *user)
{
    (void)user;
    return clock_ms += 20;
}

/* What was told since: "N: resource attribute wanted found" or "N: right", a line each. */
static char said[4096];

static void say(size_t n)
{
    const size_t len = strlen(said);
    const vif_difference *d = differences[n];
    snprintf(said + len, sizeof said - len, "%zu: %s %s %s %s\n", n,
             outcomes[n].status == VIF_OK ? "right" : outcomes[n].status == VIF_E_DIFFERENT
             ? d->resource : vif_status_name(outcomes[n].status),
             outcomes[n].status == VIF_E_DIFFERENT ? d->attribute : "",
             outcomes[n].status == VIF_E_DIFFERENT ? d->wanted : "",
             outcomes[n].status == VIF_E_DIFFERENT ? d->found : "");
}

/* Steps until there is nothing to do any more. */
static const char *steps(void)
{
    said[0] = '\0';
    for (int quiet = 0; quiet < 20; quiet++) {
        size_t n;
        while (vif_watch_step(&watch, &n)) {
            say(n);
            quiet = 0;
        }
        if (vif_watch_want(&watch).deadline_ms != INT64_MAX ||
            vif_host_want(&host).deadline_ms != INT64_MAX) {
            quiet = 0;
        }
    }
    CHECK_INT(watch.error.status, VIF_OK);
    return said;
}

static vif_subject subject_of(size_t n)
{
    vif_subject subject;
    memset(&subject, 0, sizeof subject);
    subject.vif = &scenes[n].vif;
    subject.options = &scenes[n].options;
    subject.differences = differences[n];
    subject.difference_cap = 8;
    return subject;
}

/* All are plugged, and watched; the last is nobody's place. */
static bool open_watch(bool bridge)
{
    vif_host_desc d = counted();
    vif_watch_desc w;
    clean();
    memset(&w, 0, sizeof w);
    memset(&host, 0, sizeof host);
    memset(subjects, 0, sizeof subjects);
    d.now_ms = fast;
    if (vif_host_open(&host, &d, &err) != VIF_OK) {
        return false;
    }
    for (size_t n = 0; n < WATCHED; n++) {
        (bridge ? scene_bridge_tap(&scenes[n], "br0", NULL) : scene_tap(&scenes[n]));
        snprintf(names[n], sizeof names[n], "tap%zu", n);
        snprintf(ids[n], sizeof ids[n], "%zu" VIF_ID, n);
        scenes[n].vif.base.id = ids[n];
        scenes[n].vif.base.network = &scenes[n].network;
        *(bridge ? &scenes[n].vif.bridge.vif_name : &scenes[n].vif.generic.vif_name) = names[n];
        if (n < WATCHED - 1) {
            OK(vif_plug(&host, &scenes[n].vif, NULL, &scenes[n].options, &err));
            subjects[n] = subject_of(n);
        }
    }
    w.subjects = subjects;
    w.results = outcomes;
    w.count = WATCHED;
    if (vif_watch_start(&watch, &host, &w, &err) != VIF_OK) {
        return false;
    }
    CHECK_STR(steps(), "0: right   \n1: right   \n2: right   \n");
    return true;
}

static void close_watch(void)
{
    vif_watch_stop(&watch);
    vif_host_close(&host);
    CHECK_INT(memory.bytes, 0);
}

#define DRIFTS(how, says) do { DO(how); CHECK_STR(steps(), says); } while (0)

/* The VIF that somebody changes, and how it differs; the others are not spoken of. */
TEST(watch_links)
{
    uint32_t looks;
    NEED_TUN;
    REQUIRE(open_watch(true));
    DRIFTS("ip link set tap1 mtu 1300", "1: tap tap1 mtu 1450 1300\n");
    DRIFTS("ip link set tap1 mtu 1450", "1: right   \n");
    DRIFTS("ip link set tap2 nomaster", "2: master tap2 master br0 none\n");
    DRIFTS("ip link del tap0", "0: tap tap0 exists yes no\n");
    looks = watch.looks;
    DRIFTS("ip link add elsewhere type bridge && ip link set elsewhere up", "");
    CHECK_INT(watch.looks, looks);
    DRIFTS("ip link set tap2 master br0", "2: right   \n");
    CHECK_INT(watch.resyncs, 2);        /* the start, and the first word of the kernel's monitor */
    close_watch();
}

TEST(watch_settings)
{
    NEED_TUN;
    REQUIRE(open_watch(false));
    DRIFTS("echo 0 >/proc/sys/net/ipv4/conf/tap1/rp_filter", "1: setting tap1 rp_filter 1 0\n");
    DRIFTS("ip link set tap1 down", "1: setting tap1 rp_filter 1 0\n");
    close_watch();
}

/* What vif itself does to another VIF on the same bridge is no drift, and a place may change. */
TEST(watch_is_quiet_about_plugs)
{
    vif_subject other;
    NEED_TUN;
    REQUIRE(open_watch(true));
    other = subject_of(WATCHED - 1);
    OK(vif_plug(&host, other.vif, NULL, other.options, &err));
    CHECK_STR(steps(), "");
    CHECK(vif_watch_set(&watch, WATCHED - 1, &other));
    CHECK_STR(steps(), "3: right   \n");
    DRIFTS("ip link del tap3", "3: tap tap3 exists yes no\n");
    OK(vif_plug(&host, other.vif, NULL, other.options, &err));
    CHECK_STR(steps(), "3: right   \n");
    CHECK(vif_watch_set(&watch, WATCHED - 1, NULL));
    OK(vif_unplug(&host, other.vif, NULL, other.options, &err));
    CHECK_STR(steps(), "");
    close_watch();
}

/* More news than the socket holds: all are looked at again, and what differs is found. */
TEST(watch_after_a_storm)
{
    const int small = 2048;
    const uint32_t before = 2;
    NEED_TUN;
    REQUIRE(open_watch(true));
    CHECK_INT(watch.resyncs, before);
    CHECK(setsockopt(vif_nl_fd(&watch.priv.nl), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    DO("for i in $(seq 30); do echo link add storm$i type bridge; done | ip -batch -; "
       "ip link set tap1 mtu 1300");
    CHECK_STR(steps(), "1: tap tap1 mtu 1450 1300\n");
    CHECK(watch.resyncs > before);
    close_watch();
}

TEST(watch_refusals)
{
    vif_host_desc d = counted();
    vif_watch second;
    vif_watch_desc w;
    NEED_TUN;
    REQUIRE(open_watch(false));
    memset(&w, 0, sizeof w);
    CHECK_INT(vif_watch_start(&second, &host, &w, &err), VIF_E_BUSY);
    close_watch();
    CHECK(vif_host_open(&host, &d, &err) == VIF_OK);
    CHECK_INT(vif_watch_start(&second, &host, &w, &err), VIF_E_INVAL);
    CHECK_HAS(err.where, "now_ms");
    vif_host_close(&host);
}

PLUG_MAIN
