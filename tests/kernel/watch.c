/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* What an agent is told: events, counters, what drifts. The host is changed by ip(8) and read from
 * outside, as somebody else would. */
#include "kernel/plug.h"

#define NEED_TUN do { if (access("/dev/net/tun", R_OK | W_OK) != 0) { SKIP("no /dev/net/tun"); } } while (0)

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
    s.options.tap_owner = vif_u32_of(0);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    OK(unplug());
    DO("ip link del br0");
    told_count = 0;
    shim_start(FAULT_DEAD, 12, 0);
    CHECK(plug() != VIF_OK);
    shim_stop();
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
    CHECK_INT(st.kernel_requests, host.nl.count.requests);
    CHECK_INT(st.kernel_round_trips, host.nl.count.datagrams_sent);
    CHECK(st.kernel_bytes_out >= 16 * st.kernel_requests);
    CHECK(st.kernel_bytes_in > st.kernel_bytes_out);
    CHECK_INT(st.ovsdb_transactions + st.ovsdb_bytes_out, 0);
    vif_host_close(&host);
}

PLUG_MAIN
