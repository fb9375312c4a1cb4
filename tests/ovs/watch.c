/* SPDX-License-Identifier: MIT
 * What drifts of VIFs on Open vSwitch: rows changed by hand with ovs-vsctl, a server that is
 * restarted, plugs of others meanwhile. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"

enum { WATCHED = 3 };
static vif_watch watch;
static struct { vif_vif vif; vif_port_profile profile; char id[40], name[16]; } ones[WATCHED + 1];
static vif_subject subjects[WATCHED];
static vif_result results[WATCHED];
static vif_difference seen[WATCHED][4];

static void make(size_t n)
{
    plain("x", true);
    ones[n].vif = vif;
    ones[n].profile = profile;
    snprintf(ones[n].id, sizeof ones[n].id, "%08x-0000-4000-8000-000000000000", (unsigned)n);
    snprintf(ones[n].name, sizeof ones[n].name, "w%zu", n);
    ones[n].vif.base.id = ones[n].id;
    ones[n].vif.base.port_profile = &ones[n].profile;
    ones[n].vif.openvswitch.vif_name = ones[n].name;
    ones[n].profile.openvswitch.interface_id = ones[n].id;
}

/* The next word of the watch, within 10 s: "N resource: attribute", or "N". */
static const char *word(void)
{
    static char text[160];
    const int64_t end = ovs_now(NULL) + 10000;
    size_t n;
    while (!vif_watch_step(&watch, &n)) {
        const vif_want wants[2] = {vif_watch_want(&watch), vif_host_want(&host)};
        struct pollfd p[2];
        int64_t left = 1000;
        if (ovs_now(NULL) > end || watch.error.status != VIF_OK) {
            return watch.error.status != VIF_OK ? watch.error.text : "nothing";
        }
        for (int i = 0; i < 2; i++) {
            const int64_t ms = wants[i].deadline_ms - ovs_now(NULL);
            p[i].fd = wants[i].fd;
            p[i].events = (short)((wants[i].read ? POLLIN : 0) | (wants[i].write ? POLLOUT : 0));
            left = ms < left ? ms : left;
        }
        poll(p, 2, left < 0 ? 0 : (int)left);
    }
    snprintf(text, sizeof text, "%zu", n);
    if (results[n].status != VIF_OK) {
        snprintf(text, sizeof text, "%zu %s: %s", n, seen[n][0].resource, seen[n][0].attribute);
    }
    return text;
}

/* All are plugged and watched, and seen to be right. */
static bool start_watch(void)
{
    vif_watch_desc desc;
    memset(&desc, 0, sizeof desc);
    if (!open_host()) {
        return false;
    }
    for (size_t n = 0; n <= WATCHED; n++) {
        make(n);
    }
    for (size_t n = 0; n < WATCHED; n++) {
        GOOD(vif_plug(&host, &ones[n].vif, &instance, &options, &err));
        subjects[n] = subject_of();
        subjects[n].vif = &ones[n].vif;
        subjects[n].differences = seen[n];
        subjects[n].difference_cap = 4;
    }
    desc.subjects = subjects;
    desc.results = results;
    desc.count = WATCHED;
    GOOD(vif_watch_start(&watch, &host, &desc, &err));
    CHECK_STR(word(), "0");
    CHECK_STR(word(), "1");
    CHECK_STR(word(), "2");
    return true;
}

static void end_watch(void)
{
    vif_watch_stop(&watch);
    for (size_t n = 0; n < WATCHED; n++) {
        GOOD(vif_unplug(&host, &ones[n].vif, &instance, &options, &err));
    }
    close_host();
}

/* Of each change that one VIF is told of, and of no other one; and again once it is right. */
TEST(rows)
{
    uint32_t looks;
    REQUIRE(start_watch());
    DO(VSCTL "del-port w1");
    CHECK_STR(word(), "1 ovs port w1: exists");
    DO(VSCTL "--no-wait set Interface w2 external_ids:attached-mac=02:00:00:00:00:01");
    CHECK_STR(word(), "2 ovs port w2: external_ids:attached-mac");
    looks = watch.looks;
    DO(VSCTL "--no-wait set Interface w2 external_ids:attached-mac=" MAC);
    CHECK_STR(word(), "2");
    CHECK(watch.looks - looks < 3);     /* the others were not even looked at */
    GOOD(vif_plug(&host, &ones[1].vif, &instance, &options, &err));
    CHECK_STR(word(), "1");
    end_watch();
}

/* A port that goes to another bridge by hand: only the bridges' rows change. */
TEST(port_moved)
{
    REQUIRE(start_watch());
    DO(VSCTL "--no-wait add-br br-other -- set bridge br-other datapath_type=netdev");
    DO(VSCTL "--no-wait -- --id=@p get port w1 -- remove bridge br-int ports @p "
       "-- add bridge br-other ports @p");
    CHECK_STR(word(), "1 ovs port w1: bridge");
    GOOD(vif_plug(&host, &ones[1].vif, &instance, &options, &err));
    CHECK_STR(word(), "1");
    DO(VSCTL "del-br br-other");
    end_watch();
}

/* What vif does to another VIF of the bridge is not reported: the next report is the one after. */
TEST(quiet_about_plugs)
{
    REQUIRE(start_watch());
    GOOD(vif_plug(&host, &ones[WATCHED].vif, &instance, &options, &err));
    GOOD(vif_unplug(&host, &ones[WATCHED].vif, &instance, &options, &err));
    DO("ip link set w0 mtu 1300");
    CHECK_STR(word(), "0 tap w0: mtu");
    end_watch();
}

/* The same, among others: a server that is new does not know what the switch has said before. */
static const char *among(const char *wanted)
{
    const char *got = word();
    for (int i = 0; i < 50 && strcmp(got, wanted) != 0 && strcmp(got, "nothing") != 0; i++) {
        got = word();
    }
    return got;
}

/* While the server is away a port goes; the watch finds out when it is back. */
TEST(server_restarted)
{
    uint32_t resyncs;
    REQUIRE(start_watch());
    resyncs = watch.resyncs;
    ovs_kill(&ovs_server);
    for (int i = 0; i < 20; i++) {      /* notices that it is away */
        size_t n;
        CHECK(!vif_watch_step(&watch, &n));
    }
    REQUIRE(ovs_start_server());
    DO(VSCTL "--no-wait del-port w2");
    CHECK_STR(among("2 ovs port w2: exists"), "2 ovs port w2: exists");
    CHECK(watch.resyncs > resyncs);
    settle();
    DO(VSCTL "del-port w0");            /* and is told of changes again */
    CHECK_STR(among("0 ovs port w0: exists"), "0 ovs port w0: exists");
    end_watch();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
