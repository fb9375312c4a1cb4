/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* VIFMacvlanNested: a macvlan over the host's interface, made right in a pod's namespace and taken
 * away again; and what of VIFVlanNested a kernel without VLANs shows. */
#include "kernel/inside.h"


static void scene_pod(vif_class klass)
{
    memset(&s, 0, sizeof s);
    vif_object_init(&s.vif, klass);
    scene_network(&s);
    scene_subnet(&s, "192.0.2.1", "192.0.2.17", NULL, NULL);
    scene_subnet(&s, "2001:db8::1", "2001:db8::17", NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    s.subnet[1].cidr = "2001:db8::/64";
    s.network.bridge_interface = "eth0";
    s.vif.macvlan_nested.vif_name = "tapdc065497-3c";
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
}

static char state[64];                  /* a state directory of its own */

static bool opened_with_state(void)
{
    vif_host_desc d = vif_host_desc_default();
    strcpy(state, "/tmp/vif-nested.XXXXXX");
    memset(&host, 0, sizeof host);
    d.state_dir = mkdtemp(state);
    return d.state_dir != NULL && vif_host_open(&host, &d, &err) == VIF_OK;
}

/* The host's interface has the name that the pod's link is to have: for most hosts it has. */
static bool started(void)
{
    clean();
    uplink("eth0");
    DO("ip link set eth0 up");
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    INSIDE("link set lo down");
    scene_pod(VIF_CLASS_VIFMacvlanNested);
    dump_host(&was);
    return ns >= 0 && opened();
}
#define START() do { REQUIRE(started()); } while (0)

static bool in_pod(void)
{
    return INSIDE("link show dev eth0") == 0;
}

static void empty_pod(void)
{
    INSIDE("-o link show");
    CHECK_HAS(sh_text, "1: lo");
    CHECK(strchr(sh_text, '\n') == NULL || strchr(sh_text, '\n')[1] == '\0');
}

static void is_right(void)
{
    INSIDE("-d link show dev eth0");
    CHECK_HAS(sh_text, "link/ether 22:52:25:62:e2:aa");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_HAS(sh_text, "LOWER_UP");
    CHECK_HAS(sh_text, "macvlan mode bridge");
    CHECK_HAS(sh_text, "alias " TAG);
    INSIDE("link show dev lo");
    CHECK_HAS(sh_text, "<LOOPBACK,UP");
    INSIDE("addr show dev eth0");
    CHECK_HAS(sh_text, "inet 192.0.2.17/24 scope global");
    CHECK_HAS(sh_text, "inet6 2001:db8::17/64 scope global nodad");
    INSIDE("route show");
    CHECK_HAS(sh_text, "default via 192.0.2.1 dev eth0");
    INSIDE("-6 route show default");
    CHECK_HAS(sh_text, "default via 2001:db8::1 dev eth0");
}

TEST(plug_check_and_unplug)
{
    vif_difference d[4];
    vif_subject subject = {.vif = &s.vif, .options = &s.options, .differences = d,
                           .difference_cap = 4};
    const int fds = count_fds();
    START();
    OK(plug());
    CHECK_STR(host.result.link, "eth0");
    is_right();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    OK(vif_check(&host, &subject, &err));
    DO_INSIDE("link set eth0 address 22:52:25:62:e2:ab mtu 1400");
    CHECK_INT(vif_check(&host, &subject, &err), VIF_E_DIFFERENT);
    CHECK_INT(host.result.differences, 2);
    CHECK_STR(d[0].resource, "macvlan eth0 in namespace 1");
    CHECK_STR(d[0].attribute, "mac");
    CHECK_STR(d[1].attribute, "mtu");
    OK(plug());
    is_right();
    OK(unplug());
    empty_pod();
    CHECK(same_host());
    OK(unplug());
    CHECK_INT(vif_check(&host, &subject, &err), VIF_E_DIFFERENT);
    vif_host_close(&host);
    CHECK_INT(count_fds(), fds + 1);
}

/* Frames come through, and what is not of the pod's is no concern of it. */
TEST(it_reaches_the_network)
{
    START();
    DO("ip addr add 192.0.2.1/24 dev eth0-peer");
    OK(plug());
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W5 192.0.2.1", (int)getpid(), ns);
    CHECK_HAS(sh_text, " 0% packet loss");
    vif_host_close(&host);
}

TEST(what_is_refused)
{
    START();
    s.network.mtu = vif_int_of(9000);
    CHECK_INT(plug(), VIF_E_FIELD);
    CHECK_STR(err.where, "macvlan eth0 in namespace 1");
    CHECK_HAS(err.text, "network.mtu is 9000, and the lower device eth0 has 1500");
    s.network.mtu = vif_int_of(1450);
    s.network.bridge_interface = "eth9";
    CHECK_INT(plug(), VIF_E_NO_INTERFACE);
    s.network.bridge_interface = "eth0";
    s.options.netns_link = "net1";
    DO_INSIDE("link add net1 type bridge");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "net1 is bridge, not macvlan");
    DO_INSIDE("link del net1");
    /* Over another device, of another mode, or another VIF's. */
    DO("ip link add link eth0-peer name net1 netns /proc/%d/fd/%d type macvlan mode bridge",
       (int)getpid(), ns);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "net1 is macvlan, not of that mode over that device");
    DO_INSIDE("link del net1");
    DO("ip link add link eth0 name net1 netns /proc/%d/fd/%d type macvlan mode vepa",
       (int)getpid(), ns);
    CHECK_INT(plug(), VIF_E_EXISTS);
    DO_INSIDE("link del net1");
    DO("ip link add link eth0 name net1 netns /proc/%d/fd/%d type macvlan mode bridge",
       (int)getpid(), ns);
    DO_INSIDE("link set net1 alias vif:local:another");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "net1 belongs to vif:local:another");
    CHECK_INT(unplug(), VIF_E_EXISTS);
    DO_INSIDE("link set net1 alias ''");
    OK(plug());                         /* half made by one who died */
    OK(unplug());
    empty_pod();
    CHECK(same_host());
    vif_host_close(&host);
}

/* The pod's link is over a third namespace's interface, which has the same index there as the
 * host's has here. */
TEST(over_a_third_namespaces_interface_of_the_same_index)
{
    char there[40];
    int third;
    START();
    third = ns_new_net();
    REQUIRE(third >= 0);
    snprintf(there, sizeof there, "nsenter --net=/proc/%d/fd/%d", (int)getpid(), third);
    DO("%s ip link add eth0 index $(cat /sys/class/net/eth0/ifindex) type veth peer name far0 && "
       "%s ip link set eth0 up && %s ip link add link eth0 name eth0 address 22:52:25:62:e2:aa "
       "netns /proc/%d/fd/%d type macvlan mode bridge", there, there, there, (int)getpid(), ns);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "eth0 is macvlan, not of that mode over that device");
    CHECK_INT(unplug(), VIF_E_EXISTS);
    CHECK(in_pod());
    DO_INSIDE("link del eth0");
    OK(plug());
    is_right();
    OK(plug());
    OK(unplug());
    empty_pod();
    CHECK(same_host());
    close(third);
    vif_host_close(&host);
}

/* An interface that was down is up until the last pod has gone, in whichever namespace that is. */
TEST(over_an_interface_that_was_down)
{
    const int first = ns_new_net();
    vif_vif other;
    START();
    REQUIRE(first >= 0);
    vif_host_close(&host);
    REQUIRE(opened_with_state());
    DO("ip link set eth0 down");
    dump_host(&was);
    OK(plug());
    is_right();
    other = s.vif;
    other.base.id = "00000000-0000-4000-8000-000000000001";
    other.base.address = "22:52:25:62:e2:bb";
    s.options.netns_fd = vif_u32_of((uint32_t)first);
    OK(vif_plug(&host, &other, NULL, &s.options, &err));
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    OK(unplug());
    CHECK_HAS(show("link show", "eth0"), ",UP");
    s.options.netns_fd = vif_u32_of((uint32_t)first);
    close(ns);                          /* the other pod has gone, with its namespace */
    close(first);
    ns = -1;
    s.options.netns_fd.set = false;
    sh("for i in $(seq 50); do ip -d link show eth0 | grep -q 'promiscuity 0' && break; "
       "sleep 0.1; done");              /* the namespace goes when the kernel gets to it */
    OK(vif_unplug(&host, &other, NULL, &s.options, &err));
    CHECK(same_host());
    CHECK_INT(sh("rmdir %s", state), 0);
    vif_host_close(&host);
}

TEST(unplug_without_the_namespace)
{
    START();
    DO("ip link add tapdc065497-3c type bridge");
    OK(plug());
    dump_host(&was);
    s.options.netns_fd.set = false;
    OK(unplug());           /* out of sight it stays, and so does what only has its name */
    CHECK(in_pod());
    CHECK(same_host());
    CHECK_INT(plug(), VIF_E_INVAL);
    DO_INSIDE("link set eth0 name there netns %d", (int)getpid());
    CHECK(exists("there"));
    OK(unplug());
    CHECK(!exists("there"));
    s.options.netns_fd.set = true;
    OK(plug());
    DO_INSIDE("link set eth0 name there netns %d", (int)getpid());
    OK(vif_unplug_id(&host, VIF_ID, &err));
    CHECK(!exists("there"));
    OK(plug());
    close(ns);                          /* the last that holds it: its links go, sooner or later */
    ns = -1;
    s.options.netns_fd.set = false;
    OK(unplug());
    vif_host_close(&host);
}

/* Somebody calls it otherwise in there: it is found by its tag, and only it. */
TEST(renamed_in_the_pod)
{
    START();
    OK(plug());
    DO_INSIDE("link set eth0 down name mine7");
    DO("ip link add link eth0-peer name other netns /proc/%d/fd/%d type macvlan mode bridge",
       (int)getpid(), ns);
    DO_INSIDE("link set other alias vif:local:another");
    dump_host(&was);
    OK(unplug());
    CHECK(INSIDE("link show dev mine7") != 0);
    CHECK(INSIDE("link show dev other") == 0);
    CHECK(same_host());
    DO_INSIDE("link del other");
    OK(plug());                         /* and by a plug anew, which makes another one */
    is_right();
    OK(unplug());
    empty_pod();
    OK(unplug());
    vif_host_close(&host);
}

/* The same, and the name is another's by now: the VIF's own goes, the other stays. */
TEST(renamed_in_the_pod_and_its_name_taken)
{
    START();
    OK(plug());
    DO_INSIDE("link set eth0 down name mine7");
    DO_INSIDE("link add eth0 type veth peer name far0");
    CHECK_INT(plug(), VIF_E_EXISTS);
    OK(unplug());
    CHECK(INSIDE("link show dev mine7") != 0);
    CHECK(INSIDE("link show dev eth0") == 0);
    CHECK(same_host());
    CHECK_INT(unplug(), VIF_E_EXISTS);  /* nothing is the VIF's: the name is all there is */
    DO_INSIDE("link set eth0 alias vif:local:another");
    CHECK_INT(unplug(), VIF_E_EXISTS);
    CHECK(INSIDE("link show dev eth0") == 0);
    DO_INSIDE("link del eth0");
    OK(unplug());
    empty_pod();
    vif_host_close(&host);
}

/* The pod has moved it to the host, which is looked at as well. */
TEST(moved_home_by_the_pod)
{
    START();
    OK(plug());
    DO_INSIDE("link set eth0 name there netns %d", (int)getpid());
    OK(unplug());
    CHECK(!exists("there"));
    empty_pod();
    CHECK(same_host());
    OK(unplug());
    vif_host_close(&host);
}

/* This kernel has no VLANs: what it says is passed on. */
TEST(a_vlan)
{
    vif_status st;
    START();
    scene_pod(VIF_CLASS_VIFVlanNested);
    s.vif.vlan_nested.vlan_id = vif_int_of(101);
    st = plug();
    if (st == VIF_OK) {
        INSIDE("-d link show dev eth0");
        CHECK_HAS(sh_text, "vlan protocol 802.1Q id 101");
        OK(unplug());
    } else {
        CHECK_INT(st, VIF_E_UNSUPPORTED);
        CHECK_STR(err.where, "vlan eth0 in namespace 1");
    }
    empty_pod();
    CHECK(same_host());
    vif_host_close(&host);
}

/* Nothing that fails, at whatever system call, leaves anything here or inside. */
TEST(failure_at_each_step)
{
    static const enum fault faults[] = {FAULT_CALL, FAULT_REFUSE, FAULT_NO_CAP, FAULT_LOST};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        bool hit = true;
        for (int k = 1; hit; k += f == 0 ? 5 : 2) {
            vif_status st;
            START();
            shim_start(faults[f], k, EIO);
            st = plug();
            shim_stop();
            hit = shim.hit;
            if (st == VIF_OK) {
                is_right();
                OK(unplug());
            }
            CHECK(st == VIF_OK || (err.where[0] != '\0' && err.text[0] != '\0'));
            empty_pod();
            CHECK(same_host());
            vif_host_close(&host);
            if (check_failures > 0) {
                printf("# fault %zu at %d: %s %s: %s\n", f, k, vif_status_name(st), err.where,
                       err.text);
                return;
            }
        }
    }
}

static void is_gone(void)
{
    empty_pod();
    CHECK(same_host());
}

TEST(a_kill_at_each_call)
{
    START();
    kill_at_each_call((killing){opened, is_right, is_gone, 0});
    vif_host_close(&host);
}

PLUG_MAIN
