/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* What a guest may send and get at a port of a Linux bridge, against the running kernel: frames
 * between the guest's end, in a namespace, and the bridge. */
#include "kernel/inside.h"
#include "packets.h"

#define OWN "\x22\x52\x25\x62\xe2\xaa"  /* the VIF's */
#define OTHER PACKET_OTHER
#define ALL PACKET_ALL
#define GROUP PACKET_GROUP

static int guest = -1, bridge = -1;     /* sockets: on the guest's end, on br0 */

static bool start(void)
{
    clean();
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    scene_bridge_tap(&s, "br0", NULL);
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    return ns >= 0 && opened();
}

static vif_status plugged(vif_bool forged, vif_bool changes)
{
    s.options.port_forged_transmits = forged;
    s.options.port_mac_changes = changes;
    return plug();
}

/* Both ends seen, and frames let through between them. */
static bool seen(void)
{
    close(guest);
    close(bridge);
    guest = packet_on(ns, "eth0");
    bridge = packet_on(-1, "br0");
    for (int i = 0; i < 200 && sh("bridge link show | grep 'tap0.*forwarding'") != 0; i++) {
        usleep(10000);
    }
    return guest >= 0 && bridge >= 0;
}

#define SENDS(receiver, sender) packet_passes(guest, bridge, receiver, sender, 3)
#define GETS(receiver) packet_passes(bridge, guest, receiver, "\x02\0\0\0\0\x01", 3)

static vif_difference found[8];
static size_t count;

static vif_status check(void)
{
    memset(found, 0, sizeof found);
    return check_with(&s.options, found, 8, &count, &err);
}

static const char *ruleset(void)
{
    sh("nft list ruleset");
    return sh_text;
}

TEST(what_a_guest_sends)
{
    REQUIRE(start());
    OK(plugged(VIF_BOOL_UNSET, VIF_BOOL_UNSET));
    CHECK_STR(ruleset(), "");
    REQUIRE(seen());
    CHECK_INT(SENDS(ALL, OTHER), 1);
    CHECK_INT(GETS(OTHER), 1);
    OK(unplug());
    OK(plugged(VIF_FALSE, VIF_BOOL_UNSET));
    CHECK_INT(check(), VIF_OK);
    REQUIRE(seen());
    CHECK_INT(SENDS(ALL, OTHER), 0);
    CHECK_INT(SENDS(PACKET_NEAREST, OTHER), 0);
    CHECK(sh("bridge fdb show br br0 | grep 02:00:00:00:00:99") != 0);
    CHECK_INT(SENDS(ALL, OWN), 1);
    CHECK_INT(SENDS(GROUP, OWN), 1);
    CHECK_INT(GETS(OTHER), 1);
    /* said again, the other way */
    OK(plugged(VIF_TRUE, VIF_BOOL_UNSET));
    CHECK_STR(ruleset(), "");
    CHECK_INT(SENDS(ALL, OTHER), 1);
    OK(plugged(VIF_FALSE, VIF_BOOL_UNSET));
    CHECK_INT(SENDS(ALL, OTHER), 0);
    OK(unplug());
    CHECK_STR(ruleset(), "");
    vif_host_close(&host);
}

TEST(what_a_guest_gets)
{
    REQUIRE(start());
    OK(plugged(VIF_BOOL_UNSET, VIF_FALSE));
    CHECK_INT(check(), VIF_OK);
    REQUIRE(seen());
    CHECK_INT(GETS(OTHER), 0);
    CHECK_INT(GETS(OWN), 1);
    CHECK_INT(GETS(ALL), 1);
    CHECK_INT(GETS(GROUP), 1);
    CHECK_INT(SENDS(ALL, OTHER), 1);
    CHECK_INT(GETS(OTHER), 0);          /* though it is where the bridge has seen it */
    OK(plugged(VIF_BOOL_UNSET, VIF_TRUE));
    CHECK_STR(ruleset(), "");
    CHECK_INT(GETS(OTHER), 1);
    OK(unplug());
    vif_host_close(&host);
}

/* Nor does a bridge learn where a MAC is from a frame that it takes for itself. */
TEST(what_port_spoofchk_lets_through)
{
    REQUIRE(start());
    s.options.port_spoofchk = VIF_TRUE;
    OK(plug());
    REQUIRE(seen());
    CHECK_INT(SENDS(ALL, OTHER), 0);
    CHECK_INT(SENDS(PACKET_NEAREST, OTHER), 0);
    CHECK(sh("bridge fdb show br br0 | grep 02:00:00:00:00:99") != 0);
    CHECK_INT(SENDS(ALL, OWN), 1);
    s.options.port_spoofchk = VIF_FALSE;
    CHECK_INT(check(), VIF_E_DIFFERENT);
    OK(plug());
    CHECK_INT(check(), VIF_OK);
    CHECK_STR(ruleset(), "");
    CHECK_INT(SENDS(ALL, OTHER), 1);
    OK(unplug());
    vif_host_close(&host);
}

/* Addresses are asked for, and found, by one who may be nobody else. */
TEST(a_guest_that_is_only_itself)
{
    REQUIRE(start());
    scene_subnet(&s, NULL, "192.0.2.17", NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    OK(plugged(VIF_FALSE, VIF_FALSE));
    DO("ip addr add 192.0.2.1/24 dev br0");
    REQUIRE(seen());
    DO("ping -c1 -W3 192.0.2.17");
    DO_INSIDE("link set eth0 address 02:00:00:00:00:99");
    DO("ip neigh flush dev br0");
    CHECK(sh("ping -c1 -W1 192.0.2.17") != 0);
    DO_INSIDE("link set eth0 address 22:52:25:62:e2:aa");
    DO("ping -c1 -W3 192.0.2.17");
    OK(unplug());
    vif_host_close(&host);
}

/* The two chains, and the rate in one of them, which says nothing of the other. */
TEST(check_finds_what_others_did)
{
    static const char *const meddling[] = {
        "flush chain netdev vif from-tap0", "flush chain netdev vif into-tap0",
        "delete chain netdev vif from-tap0", "flush ruleset",
        "add rule netdev vif into-tap0 accept",
        "add chain netdev vif from-tap0 { policy drop; }"};
    REQUIRE(start());
    s.options.port_rate_out_bps = vif_int_of(8000000);
    OK(plugged(VIF_FALSE, VIF_FALSE));
    CHECK_HAS(ruleset(), "limit rate over 1000000 bytes/second burst 64 kbytes drop");
    CHECK_HAS(sh_text, "comment \"" TAG "\"");
    CHECK_INT(check(), VIF_OK);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_STR(shim.changes, "");
    for (size_t i = 0; i < sizeof meddling / sizeof *meddling; i++) {
        DO("nft '%s'", meddling[i]);
        CHECK_INT(check(), VIF_E_DIFFERENT);
        CHECK_STR(found[0].resource, "rules tap0");
        OK(plug());
        CHECK_INT(check(), VIF_OK);
    }
    s.options.port_rate_out_bps = vif_int_of(9000000);
    CHECK_INT(check(), VIF_E_DIFFERENT);
    CHECK_INT(count, 1);
    OK(plug());
    CHECK_HAS(ruleset(), "limit rate over 1125000 bytes/second burst 64 kbytes drop");
    OK(unplug());
    CHECK_STR(ruleset(), "");
    vif_host_close(&host);
}

/* Rules outlive their link: whoever knows only the tag finds them, and takes them away. Linux
 * 6.1 takes them away with it, and leaves an empty table. */
TEST(by_their_tag_alone)
{
    static vif_found all[8];
    const vif_gc_desc gc = {all, 4, NULL, 0, false};
    size_t n, chains = 0;
    REQUIRE(start());
    OK(plugged(VIF_FALSE, VIF_FALSE));
    OK(vif_list(&host, all, 8, &n, &err));
    for (size_t i = 0; i < n && i < 8; i++) {
        chains += strcmp(all[i].kind, "nft chain") == 0 && strcmp(all[i].id, VIF_ID) == 0;
    }
    CHECK_INT(chains, 2);
    DO("ip link del tap0");
    OK(vif_gc(&host, &gc, &n, &err));
    CHECK(!strstr(ruleset(), "chain"));
    /* the chains of somebody whose link of the same name has gone are in nobody's way */
    OK(plugged(VIF_FALSE, VIF_FALSE));
    DO("ip link del tap0");
    s.vif.base.id = "11111111-3c8d-4f44-8fb4-e1d33c16a536";
    OK(plugged(VIF_TRUE, VIF_TRUE));
    CHECK(!strstr(ruleset(), "chain"));
    OK(unplug());
    vif_host_close(&host);
}

/* Nothing of an option is left by an unplug that knows none of them, and not even that there is a
 * tap; nor is what others have. */
TEST(an_unplug_that_knows_no_options)
{
    static const vif_options none;
    static const char *const theirs[] = {
        "", "add chain netdev vif from-tap1 { comment \"vif:local:1\"; }",
        "add chain netdev vif only-tap0 { comment \"vif:other:1\"; }",
        "add chain netdev else only-tap0; add table bridge vif; "
        "add chain bridge vif only-tap1"};
    for (int way = 0; way < 32; way++) {
        char left[4096], *at;
        REQUIRE(start());
        scene_subnet(&s, NULL, "192.0.2.17", NULL, NULL);
        OK(plugged(VIF_BOOL_UNSET, VIF_BOOL_UNSET));
        OK(unplug());
        dump_host(&was);                /* with the bridge */
        if (way / 8 != 0) {
            DO("nft 'add table netdev vif; add table netdev else; %s'",
               theirs[way / 8]);
        }
        snprintf(left, sizeof left, "%.4000s", ruleset());
        s.options.port_spoofchk = way / 8 != 2 ? VIF_TRUE : VIF_BOOL_UNSET;
        s.options.port_rate_out_bps = vif_int_of(8000000);
        s.options.port_rate_in_bps = vif_int_of(8000000);
        OK(plugged(VIF_FALSE, VIF_FALSE));
        CHECK_HAS(ruleset(), "chain from-tap0");
        if (way % 2 == 1) {
            DO("ip link del tap0");
        }
        s.options = none;
        s.options.create_tap = way / 2 % 2 == 1 ? VIF_TRUE : VIF_BOOL_UNSET;
        if (way / 4 % 2 == 1) {
            vif_host_close(&host);      /* one that has no socket for rules yet */
            REQUIRE(opened());
        }
        OK(unplug());
        at = strstr(left, "table netdev vif {\n}\n");       /* an empty one is nobody's */
        if (at != NULL) {
            memmove(at, at + 21, strlen(at + 21) + 1);
        }
        CHECK_STR(ruleset(), left);
        DO("nft flush ruleset");
        CHECK(same_host());
        vif_host_close(&host);
    }
}

static char told[2048];

static void tell(void *user, const vif_event *event)
{
    char text[256];
    (void)user;
    vif_event_text(event, text, sizeof text);
    strncat(told, text, sizeof told - strlen(told) - 2);
    strcat(told, "\n");
}

/* As long as there is the link its guest is held to the rules. */
TEST(rules_go_behind_the_link)
{
    vif_host_desc d = vif_host_desc_default();
    const char *link;
    bool refused = false, hit = true;
    REQUIRE(start());
    vif_host_close(&host);
    d.log = tell;
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    for (int k = 1; hit && k < 100; k++) {
        OK(plugged(VIF_FALSE, VIF_FALSE));
        told[0] = '\0';
        shim_start(FAULT_REFUSE, k, 0);
        refused = unplug() != VIF_OK || refused;
        hit = shim.hit;
        shim_stop();
        CHECK(!exists("tap0") || strstr(ruleset(), "chain from-tap0"));
    }
    CHECK(refused && !exists("tap0"));
    link = strstr(told, "removed: veth tap0");
    CHECK(link && (!strstr(told, "removed: rules") || strstr(link, "removed: rules tap0")));
    CHECK_STR(ruleset(), "");
    vif_host_close(&host);
}

/* Where there are none, it is one question that tells; where there can be none, it is not asked. */
TEST(an_unplug_without_rules)
{
    static const int errors[] = {EPROTONOSUPPORT, EPERM, EACCES};
    unsigned sends;
    REQUIRE(start());
    OK(plug());
    shim_start(FAULT_NONE, 0, 0);
    OK(unplug());
    shim_stop();
    sends = shim.sends;
    CHECK_STR(shim.changes, "17 ");     /* one message, RTM_DELLINK */
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        vif_host_close(&host);
        REQUIRE(opened());
        OK(plug());
        shim_start(FAULT_NO_NF, 1, errors[i]);
        OK(unplug());
        shim_stop();
        CHECK(shim.hit && !exists("tap0"));
        CHECK_INT(shim.sends + 1, sends);
    }
    vif_host_close(&host);              /* but what may be there tomorrow is not taken for gone */
    REQUIRE(opened());
    OK(plug());
    shim_start(FAULT_NO_NF, 1, EMFILE);
    CHECK_INT(unplug(), VIF_E_SYSTEM);
    shim_stop();
    OK(unplug());
    vif_host_close(&host);
}

TEST(refused_before_anything_is_done)
{
    REQUIRE(start());
    dump_host(&was);
    s.options.port_promiscuous = VIF_TRUE;
    REFUSED_PLUG(VIF_E_UNSUPPORTED, "port_promiscuous",
                 "no port of a Linux bridge sees all frames");
    s.options.port_promiscuous = VIF_FALSE;
    s.options.port_rate_out_burst_bytes = 5;
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_out_burst_bytes", "only with a rate on average");
    s.options.port_rate_out_burst_bytes = 0;
    s.options.port_rate_out_bps = vif_int_of(147573428297);
    s.options.port_rate_out_peak_bps = vif_int_of(147573428297);
    REFUSED_PLUG(VIF_E_UNSUPPORTED, "port_rate_out_peak_bps", "on average only");
    s.options.port_rate_out_peak_bps.state = VIF_STATE_UNSET;
    REFUSED_PLUG(VIF_E_INVAL, "port_rate_out_bps", "more than nftables counts");
    s.options.port_rate_out_bps = vif_int_of(147573428296);
    OK(plug());
    OK(unplug());
    dump_host(&was);                    /* the bridge has stayed */
    s.options.port_rate_out_bps.state = VIF_STATE_UNSET;
    s.vif.base.address = NULL;
    s.options.port_forged_transmits = VIF_FALSE;
    REFUSED_PLUG(VIF_E_FIELD, "address", "is not set, and port_forged_transmits=false needs it");
    s.options.port_forged_transmits = VIF_TRUE;
    s.options.port_mac_changes = VIF_FALSE;
    REFUSED_PLUG(VIF_E_FIELD, "address", "is not set, and port_mac_changes=false needs it");
    vif_host_close(&host);
}


static void is_right(void)
{
    CHECK_INT(check(), VIF_OK);
}

static void is_gone(void)
{
    CHECK_STR(ruleset(), "");
}

TEST(a_kill_at_each_call)
{
    REQUIRE(start());
    s.options.netns_fd.set = false;
    s.options.port_forged_transmits = s.options.port_mac_changes = VIF_FALSE;
    kill_at_each_call((killing){opened, is_right, is_gone, 0});
    vif_host_close(&host);
}

TEST(a_fault_at_each_call)
{
    REQUIRE(start());
    s.options.netns_fd.set = false;
    s.options.port_forged_transmits = s.options.port_mac_changes = VIF_FALSE;
    s.options.port_rate_out_bps = vif_int_of(8000000);
    fault_at_each_call((killing){opened, is_right, is_gone, 0});
    vif_host_close(&host);
}

PLUG_MAIN
