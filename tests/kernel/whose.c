/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* Whose a link is: by its tag under any name, or plainly by its own name and kind; what is neither
 * stays, and its settings too. */
#include "kernel/plug.h"


static bool opened(void)
{
    vif_host_desc d = vif_host_desc_default();
    d.options = &s.options;
    memset(&host, 0, sizeof host);
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

#define START(scene_) do { clean(); scene_; REQUIRE(opened()); } while (0)
#define REFUSED(call, status_, text_) \
    do { CHECK_INT(call, status_); CHECK_HAS(err.text, text_); } while (0)

/* ---- by its tag ------------------------------------------------------------------------------ */

TEST(unplug_finds_a_renamed_tap)
{
    unsigned sends;
    START(scene_tap(&s));
    OK(plug());
    DO("ip link set tap0 down && ip link set tap0 name elsewhere");
    OK(unplug());
    CHECK(!exists("elsewhere"));
    OK(plug());
    shim_start(FAULT_NONE, 0, 0);
    OK(unplug());
    sends = shim.sends;
    shim_stop();
    CHECK(sends <= 3);                  /* where the name leads to it nothing is looked through */
    vif_host_close(&host);
}

/* The same, and somebody else's link has the name by now: that one stays as it is. */
TEST(unplug_finds_a_renamed_tap_whose_name_is_taken)
{
    static const char *const takers[] = {
        "ip link add tap0 type bridge", "ip tuntap add tap0 mode tap && ip link set tap0 alias "
        "vif:local:another", "ip link add tap0 type veth peer name far0"};
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++) {
        START(scene_bridge_tap(&s, "br0", NULL));
        DO("%s", takers[i]);
        dump_host(&was);
        CHECK_INT(unplug(), VIF_E_EXISTS);
        CHECK(same_host());
        DO("ip link set tap0 name other");
        OK(plug());
        DO("ip link set tap0 down && ip link set tap0 name elsewhere && ip link set other name "
           "tap0");
        CHECK_INT(plug(), VIF_E_EXISTS);
        OK(unplug());
        CHECK(!exists("elsewhere") && exists("tap0"));
        CHECK_INT(unplug(), VIF_E_EXISTS);
        vif_host_close(&host);
    }
}

/* Of a link that was renamed and then plugged anew there are two. Unplug looks where the name
 * leads, and no further; whoever asks by the id finds both. */
TEST(two_links_of_one_vif)
{
    static vif_found found[8];
    size_t count;
    for (int by_id = 0; by_id < 2; by_id++) {
        START(scene_bridge_tap(&s, "br0", NULL));
        OK(plug());
        DO("ip link set tap0 down && ip link set tap0 name elsewhere");
        OK(plug());
        CHECK(exists("tap0") && exists("elsewhere"));
        OK(vif_list(&host, found, 8, &count, &err));
        CHECK_INT(count, 3);            /* both, and the bridge that is shared */
        if (by_id == 0) {
            OK(unplug());
            CHECK(!exists("tap0") && exists("elsewhere"));
        }
        OK(vif_unplug_id(&host, s.vif.base.id, &err));
        CHECK(!exists("tap0") && !exists("elsewhere"));
        vif_host_close(&host);
    }
}

TEST(unplug_finds_it_without_the_options_of_the_plug)
{
    START(scene_bridge_tap(&s, "br0", NULL));
    OK(plug());
    s.options.create_tap = VIF_FALSE;
    DO("ip link set tap0 down && ip link set tap0 name elsewhere");
    OK(unplug());
    CHECK(!exists("elsewhere"));
    s.options.create_tap = VIF_TRUE;
    OK(plug());
    s.options.create_tap = VIF_FALSE;
    s.vif.bridge.vif_name = "tap1";     /* the VIF has another name today */
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

TEST(the_tag_of_another_vif_is_looked_at_whole)
{
    START(scene_tap(&s));
    DO("ip tuntap add tap0 mode tap && ip link set tap0 alias " TAG "0");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "belongs to");
    REFUSED(unplug(), VIF_E_EXISTS, "belongs to");
    CHECK(same_host());
    vif_host_close(&host);
}

TEST(an_id_that_is_a_word_of_ours)
{
    START(scene_bridge_tap(&s, "br0", NULL));
    s.vif.base.id = "shared";
    dump_host(&was);
    REFUSED(plug(), VIF_E_FIELD, "shared");
    CHECK(same_host());
    vif_host_close(&host);
}

/* ---- of what is no VIF ----------------------------------------------------------------------- */

/* A wire of two links: what an agent may plan that has no object of os-vif's. */
typedef struct wire {
    const char *tap;
    uint32_t mtu;                       /* 0: as the options have it */
    const uint8_t *mac;
} wire;

static void wire_plan(vif_plan *plan, const vif_plan_input *in)
{
    const wire *w = (const wire *)in->object;
    plan->plugin = "wire";
    (void)vif_plan_tap(plan, in, w->tap, w->mac, w->mtu != 0 ? w->mtu : vif_plan_mtu(plan, in));
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, w->tap, NULL);
}

static vif_status wire_verb(vif_verb verb, const vif_subject *subject)
{
    static vif_result result;
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    d.verb = verb;
    d.subjects = subject;
    d.count = 1;
    d.results = &result;
    memset(&result, 0, sizeof result);
    const vif_status st = vif_verb_many(&host, &d, &err);
    CHECK_INT(st, result.status);
    CHECK(st != VIF_OK || verb == VIF_UNPLUG || strcmp(result.link, "wire0") == 0);
    return st;
}

TEST(a_subject_with_a_planner_of_its_own)
{
    static vif_found found[4];
    vif_difference difference;
    vif_subject subject;
    wire w = {"wire0", 1400, NULL};
    char text[400];
    vif_text out = {text, sizeof text, false, 0};
    size_t count;
    START((void)0);
    memset(&subject, 0, sizeof subject);
    subject.id = "wire-1";
    subject.plan = wire_plan;
    subject.object = &w;
    subject.differences = &difference;
    subject.difference_cap = 1;
    dump_host(&was);
    OK(vif_dry_run(&host, VIF_PLUG, &subject, &out, &err));
    CHECK_HAS(text, "tap wire0");
    CHECK(same_host());
    OK(wire_verb(VIF_PLUG, &subject));
    DO("ip link show wire0 | grep 'mtu 1400 ' && "
       "ip link show wire0 | grep 'alias vif:local:wire-1'");
    shim_start(FAULT_NONE, 0, 0);
    OK(wire_verb(VIF_PLUG, &subject));
    CHECK_INT(shim.changing, 0);
    shim_stop();
    OK(wire_verb(VIF_CHECK, &subject));
    DO("ip link set wire0 mtu 1300");
    CHECK_INT(vif_check(&host, &subject, &err), VIF_E_DIFFERENT);
    CHECK_HAS(difference.resource, "wire0");
    OK(vif_list(&host, found, 4, &count, &err));
    CHECK_INT(count, 1);
    CHECK(strcmp(found[0].id, "wire-1") == 0);
    OK(wire_verb(VIF_UNPLUG, &subject));
    CHECK(same_host());
    OK(wire_verb(VIF_UNPLUG, &subject));
    OK(wire_verb(VIF_PLUG, &subject));
    OK(vif_unplug_id(&host, "wire-1", &err));
    CHECK(same_host());
    w.mtu = 20;                         /* which the kernel refuses */
    CHECK(wire_verb(VIF_PLUG, &subject) != VIF_OK);
    CHECK(same_host());
    vif_host_close(&host);
}

/* All that planners may call does without a VIF, in the guest's namespace, too. */
TEST(a_subject_in_a_namespace)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    vif_options options;
    vif_subject subject;
    wire w = {"wire0", 0, mac};
    START((void)0);
    DO("ip netns add guest");
    const int fd = open("/run/netns/guest", O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    memset(&options, 0, sizeof options);
    options.netns_fd = vif_u32_of((uint32_t)fd);
    options.network_device_mtu = 1300;
    memset(&subject, 0, sizeof subject);
    subject.id = "wire-1";
    subject.plan = wire_plan;
    subject.object = &w;
    subject.options = &options;
    dump_host(&was);
    OK(wire_verb(VIF_PLUG, &subject));
    DO("ip -d link show wire0 | grep veth && ip link show wire0 | grep 'mtu 1300 ' && "
       "ip -n guest link show eth0 | grep 'mtu 1300 ' && ip -n guest link show eth0 | grep ',UP'");
    OK(wire_verb(VIF_CHECK, &subject));
    OK(wire_verb(VIF_UNPLUG, &subject));
    CHECK(same_host());
    DO("! ip -n guest link show eth0");
    close(fd);
    DO("ip netns del guest");
    vif_host_close(&host);
}

TEST(a_subject_that_is_nothing)
{
    vif_subject subject;
    wire w = {"wire0", 1400, NULL};
    START((void)0);
    memset(&subject, 0, sizeof subject);
    dump_host(&was);
    REFUSED(wire_verb(VIF_PLUG, &subject), VIF_E_INVAL, "required");
    subject.plan = wire_plan;
    subject.object = &w;
    REFUSED(wire_verb(VIF_PLUG, &subject), VIF_E_FIELD, "1 to 80 bytes");
    subject.id = "shared";
    REFUSED(wire_verb(VIF_PLUG, &subject), VIF_E_FIELD, "shared");
    CHECK(same_host());
    vif_host_close(&host);
}

/* ---- without one ----------------------------------------------------------------------------- */

TEST(a_port_of_another_bridge_stays_there)
{
    START(scene_bridge_tap(&s, "br0", NULL));
    DO("ip link add br9 type bridge && ip tuntap add tap0 mode tap && ip link set tap0 master br9");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "port of another bridge");
    REFUSED(unplug(), VIF_E_EXISTS, "port of another bridge");
    CHECK(same_host());
    DO("ip link add br0 type bridge");  /* also where the VIF's own is there */
    dump_host(&was);
    REFUSED(unplug(), VIF_E_EXISTS, "port of another bridge");
    CHECK(same_host());
    scene_tap(&s);
    REFUSED(plug(), VIF_E_EXISTS, "port of another bridge");
    REFUSED(unplug(), VIF_E_EXISTS, "port of another bridge");
    CHECK(same_host());
    scene_bridge(&s, "br0", NULL);      /* one that the VIF has no say of */
    OK(unplug());
    CHECK(same_host());
    DO("ip link set tap0 alias " TAG);  /* drift of what is ours is set right */
    scene_bridge_tap(&s, "br0", NULL);
    OK(plug());
    sh("ip -o link show master br0");
    CHECK_HAS(sh_text, "tap0");
    vif_host_close(&host);
}

TEST(a_vif_whose_name_is_its_bridges)
{
    START(scene_bridge_tap(&s, "tap0", NULL));
    dump_host(&was);
    REFUSED(plug(), VIF_E_FIELD, "two links");
    CHECK(same_host());
    vif_host_close(&host);
}

TEST(unplug_leaves_other_kinds)
{
    START(scene_tap(&s));
    DO("ip link add tap0 type veth peer name tap1");
    dump_host(&was);
    REFUSED(unplug(), VIF_E_EXISTS, "not tap");
    CHECK(same_host());
    scene_bridge(&s, "br0", NULL);      /* and what it would only take by its tag */
    OK(unplug());
    CHECK(same_host());
    vif_host_close(&host);
}

/* ---- a name that becomes another link's meanwhile -------------------------------------------- */

/* Before any request of a plug the name is given to somebody else's link. */
TEST(settings_of_a_link_that_took_the_name)
{
    for (int k = 1; k < 16; k++) {
        START(scene_bridge_tap(&s, "br0", NULL));
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle = "ip link set tap0 down; ip link set tap0 name theirs && "
                      "ip link add tap0 type veth peer name tap1";
        shim.meddle_at = k;
        (void)!plug();
        shim_stop();
        if (sh("ip -o link show tap1 2>/dev/null") == 0 &&
            file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "tap0") != 0) {
            CHECK_FAIL("meddled before request %d: a setting of somebody else's link", k);
        }
        if (sh("ip -o link show tap1 2>/dev/null") == 0) {
            sh("ip -o link show tap0");
            CHECK_HAS(sh_text, "tap0@tap1");
        }
        vif_host_close(&host);
    }
}

PLUG_MAIN
