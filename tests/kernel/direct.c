/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* VIFDirect: macvtaps over a veth that a tree of its own says is a PCI card's: each mode, what the
 * lower device has back, whose a device node is, and kills at each call. */
#include "kernel/plug.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/file.h>

static char root[64], dev[96];
static unsigned sends;

static bool opened(int timeout_ms, const char *dev_root)
{
    vif_host_desc d = vif_host_desc_default();
    d.options = &s.options;
    d.sys_root = root;
    d.dev_root = dev_root;
    d.timeout_ms = timeout_ms;
    d.state_dir = root;
    memset(&host, 0, sizeof host);
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

static void scene_direct(vif_direct_mode mode)
{
    memset(&s, 0, sizeof s);
    vif_object_init(&s.vif, VIF_CLASS_VIFDirect);
    scene_network(&s);
    s.vif.direct.vif_name = "mv0";
    s.vif.direct.dev_address = "0000:03:00.0";
    s.vif.direct.mode = mode;
}

static void remove_tree(void)
{
    sh("rm -rf %s", root);
}

static bool tree(void)
{
    if (root[0] == '\0') {
        strcpy(root, "/tmp/vif-direct.XXXXXX");
        if (!mkdtemp(root) || atexit(remove_tree) != 0) {
            return false;
        }
        snprintf(dev, sizeof dev, "%s/dev", root);
        DO("mkdir -p %s/dev %s/bus/pci/devices/0000:03:00.0/net/eth1 && ln -s /sys/class %s/class",
           root, root, root);
    }
    return sh("rm -f %s/tap*", dev) == 0;
}

static bool started(vif_direct_mode mode)
{
    clean();
    uplink("eth1");
    DO("ip link set eth1 up");
    scene_direct(mode);
    dump_host(&was);
    return tree() && opened(0, NULL);
}
#define START(mode) \
    do { REQUIRE(started(mode)); \
         if (sh("ip link add link eth1 name probe0 type macvtap mode bridge && " \
                "ip link del probe0") != 0) { SKIP("no macvtap"); } } while (0)

static const char *mac_of(const char *name)
{
    sh("cat /sys/class/net/%s/address", name);
    return sh_text;
}

static void round_trip(vif_direct_mode mode, const char *word)
{
    vif_difference d[8];
    size_t count = 0;
    START(mode);
    OK(plug());
    CHECK_STR(host.result.link, "mv0");
    CHECK_INT(host.result.ifindex, if_nametoindex("mv0"));
    CHECK_HAS(show("link show", "mv0"), word);
    CHECK_HAS(sh_text, "mv0@eth1: <BROADCAST,MULTICAST,UP");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_STR(mac_of("mv0"), "22:52:25:62:e2:aa");
    CHECK_STR(mac_of("eth1"), mode == VIF_DIRECT_PASSTHROUGH ? "22:52:25:62:e2:aa"
              : "02:00:00:00:01:01");
    CHECK_INT(sh("grep -qx " TAG " /sys/class/net/mv0/ifalias"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "mv0"), 1);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_INT(shim.changing + shim.writes, 0);
    OK(check_with(&s.options, d, 8, &count, &err));
    CHECK_INT(shim.changing + shim.writes, 0);
    shim_stop();
    OK(unplug());
    CHECK(same_host());
    shim_start(FAULT_NONE, 0, 0);
    OK(unplug());
    CHECK_INT(shim.changing + shim.writes, 0);
    shim_stop();
    vif_host_close(&host);
}

TEST(vepa) { round_trip(VIF_DIRECT_VEPA, "mode vepa"); }
TEST(bridge) { round_trip(VIF_DIRECT_BRIDGE, "mode bridge"); }
TEST(passthrough) { round_trip(VIF_DIRECT_PASSTHROUGH, "mode passthru"); }

/* One datagram makes it, tags it, and gives the lower device the guest's MAC. */
TEST(requests)
{
    START(VIF_DIRECT_PASSTHROUGH);
    s.options.settings_optional = VIF_TRUE;
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_INT(shim.changing, 3);        /* created, tagged; up */
    sends = shim.sends;
    shim_stop();
    CHECK(sends <= 6);
    OK(unplug());
    CHECK(same_host());
    vif_host_close(&host);
}

TEST(what_is_there_is_set_right)
{
    vif_difference d[8];
    size_t count = 0;
    START(VIF_DIRECT_PASSTHROUGH);
    OK(plug());
    DO("ip link set mv0 down && ip link set mv0 address 02:00:00:00:00:99 mtu 1400");
    CHECK_INT(check_with(&s.options, d, 8, &count, &err), VIF_E_DIFFERENT);
    CHECK_INT(count, 3);
    OK(plug());
    CHECK_STR(mac_of("eth1"), "22:52:25:62:e2:aa");
    CHECK_HAS(show("link show", "mv0"), "mtu 1450");
    DO("ip link set mv0 down && ip link set mv0 name elsewhere");
    OK(unplug());                       /* by its tag */
    CHECK(same_host());
    vif_host_close(&host);
}

TEST(refused_by_name)
{
    START(VIF_DIRECT_PASSTHROUGH);
    DO("ip link add link eth1 name other type macvlan mode bridge");
    dump_host(&was);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "eth1 is in use: macvlan other");
    CHECK(same_host());
    DO("ip link del other && ip link add br0 type bridge && ip link set eth1 master br0");
    dump_host(&was);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "eth1 is in use: bridge br0");
    CHECK(same_host());
    DO("ip link del br0");
    {
        const int ns = ns_new_net();    /* out of sight */
        DO("ip link add link eth1 name other netns /proc/%d/fd/%d type macvlan mode bridge",
           (int)getpid(), ns);
        dump_host(&was);
        CHECK_INT(plug(), VIF_E_KERNEL);
        CHECK_HAS(err.text, "; a link in a network namespace that is not seen from here may have "
                  "eth1");
        CHECK(same_host());
        DO("nsenter --net=/proc/%d/fd/%d ip link del other", (int)getpid(), ns);
        close(ns);
    }
    DO("ip link add link eth1 name mv0 type macvtap mode vepa");
    dump_host(&was);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "not of that mode over that device");
    CHECK(same_host());
    DO("ip link set mv0 alias vif:other:one");
    CHECK_INT(unplug(), VIF_E_EXISTS);
    CHECK(exists("mv0"));
    vif_host_close(&host);
}

/* The kernel would take eth2 instead, and no later look would find it right. */
TEST(a_macvlan_below_it)
{
    START(VIF_DIRECT_BRIDGE);
    DO("ip link set eth1 name eth2 && ip link add link eth2 name eth1 type macvlan mode bridge");
    dump_host(&was);
    REFUSED_PLUG(VIF_E_UNSUPPORTED, "mv0", "eth1 is no Ethernet device, or a macvlan itself");
    DO("ip link del eth1 && ip tuntap add eth1 mode tun");
    dump_host(&was);
    REFUSED_PLUG(VIF_E_UNSUPPORTED, "mv0", "eth1 is no Ethernet device, or a macvlan itself");
    vif_host_close(&host);
}

TEST(mtu_above_the_lower_devices)
{
    START(VIF_DIRECT_BRIDGE);
    s.network.mtu = vif_int_of(9000);
    shim_start(FAULT_NONE, 0, 0);
    CHECK_INT(plug(), VIF_E_FIELD);
    CHECK_INT(shim.changing + shim.writes, 0);
    shim_stop();
    CHECK_HAS(err.text, "network.mtu is 9000, and the lower device eth1 has 1500");
    s.network.mtu = vif_int_of(0);
    DO("ip link set eth1 mtu 1300");
    OK(plug());
    CHECK_HAS(show("link show", "mv0"), "mtu 1300");
    vif_host_close(&host);
}

/* The kernel of this machine may have no VLANs: its own words then, and nothing is left. */
TEST(a_vlan_below_it)
{
    START(VIF_DIRECT_BRIDGE);
    s.vif.direct.vlan_name = "vlan7";
    s.network.vlan = vif_int_of(7);
    if (sh("ip link add link eth1 name vlan7 type vlan id 7 && ip link del vlan7") != 0) {
        CHECK_INT(plug(), VIF_E_UNSUPPORTED);
        CHECK_HAS(err.where, "vlan vlan7");
        CHECK(same_host());
    } else {
        vif_vif other = s.vif;
        OK(plug());
        CHECK_INT(sh("grep -qx vif:local:shared /sys/class/net/vlan7/ifalias"), 0);
        other.direct.vif_name = "mv1";
        other.base.id = "00000000-0000-4000-8000-000000000001";
        OK(vif_plug(&host, &other, NULL, &s.options, &err));
        OK(unplug());
        CHECK(exists("vlan7"));
        OK(vif_unplug_id(&host, other.base.id, &err));
        CHECK(!exists("vlan7"));
        CHECK(same_host());
        DO("ip link add link eth1 name vlan7 type vlan id 7");
        OK(plug());
        OK(unplug());
        CHECK(exists("vlan7"));         /* somebody else's */
        OK(unplug());
    }
    vif_host_close(&host);
}

/* A guest that is on its way: all is there, but nothing of it speaks for the guest yet. */
TEST(down_until_it_is_here)
{
    vif_found found[4];
    size_t count = 0;
    START(VIF_DIRECT_VEPA);
    DO("ip link set eth1 down");
    dump_host(&was);
    s.options.direct_down = VIF_TRUE;
    OK(plug());
    CHECK(strstr(show("link show", "mv0"), "UP") == NULL);
    CHECK(strstr(show("link show", "eth1"), ",UP") == NULL);
    OK(plug());
    s.options.direct_down = VIF_FALSE;
    OK(plug());
    CHECK_HAS(show("link show", "mv0"), ",UP");
    OK(vif_list(&host, found, 4, &count, &err));
    CHECK_INT(count, 2);                /* and that the card had to be set up for it */
    CHECK_STR(found[0].kind, "macvtap");
    CHECK_STR(found[0].id, VIF_ID);
    CHECK_STR(found[1].kind, "up");
    OK(vif_unplug_id(&host, VIF_ID, &err));
    CHECK(same_host());
    vif_host_close(&host);
}

/* ---- queues ---------------------------------------------------------------------------------- */

static unsigned flags_of(int fd)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    CHECK_INT(ioctl(fd, TUNGETIFF, &r), 0);
    CHECK_STR(r.ifr_name, "mv0");
    return (unsigned short)r.ifr_flags;
}

/* Whether what is written to a queue comes out at the far end of the cable. */
static bool carries(int queue, bool vnet_hdr)
{
    unsigned char frame[10 + 60] = {0}, got[200];
    struct sockaddr_ll to;
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(0x88b5));
    const size_t head = vnet_hdr ? 10 : 0;
    struct pollfd p = {fd, POLLIN, 0};
    bool good;
    memset(&to, 0, sizeof to);
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(0x88b5);    /* for experiments */
    to.sll_ifindex = (int)if_nametoindex("eth1-peer");
    good = fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0;
    memset(frame + head, 0xff, 6);
    memcpy(frame + head + 6, "\x22\x52\x25\x62\xe2\xaa\x88\xb5", 8);
    good = good && write(queue, frame, head + 60) == (ssize_t)head + 60 &&
        poll(&p, 1, 2000) == 1 && read(fd, got, sizeof got) == 60 &&
        memcmp(got, frame + head, 60) == 0;
    close(fd);
    return good;
}

TEST(queues_are_handed_over)
{
    const int open_before = count_fds();
    START(VIF_DIRECT_BRIDGE);
    s.options.direct_queues = vif_u32_of(1);
    OK(plug());
    CHECK_INT(host.result.queue_count, 1);
    CHECK_INT(flags_of(host.result.queues[0]), IFF_TAP | IFF_NO_PI);
    CHECK_INT(fcntl(host.result.queues[0], F_GETFD), FD_CLOEXEC);
    CHECK(carries(host.result.queues[0], false));
    close(host.result.queues[0]);
    s.options.direct_queues = vif_u32_of(3);
    s.options.tap_vnet_hdr = VIF_TRUE;
    OK(plug());
    CHECK_INT(host.result.queue_count, 3);
    for (size_t i = 0; i < host.result.queue_count; i++) {
        CHECK_INT(flags_of(host.result.queues[i]),
                  IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE);
        CHECK(i > 0 || carries(host.result.queues[i], true));
        close(host.result.queues[i]);
    }
    OK(unplug());
    CHECK(same_host());
    vif_host_close(&host);
    CHECK_INT(count_fds(), open_before);
}

/* /dev is one for all namespaces: the node of that number may be another guest's. */
TEST(a_node_of_somebody_elses)
{
    unsigned mine;
    START(VIF_DIRECT_BRIDGE);
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    vif_host_close(&host);
    REQUIRE(opened(60, dev));
    DO("ip link add link eth1 name other type macvtap mode bridge");
    mine = if_nametoindex("mv0");
    dump_host(&was);
    s.options.direct_queues = vif_u32_of(2);
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_HAS(err.text, "is not there, or another namespace's");
    CHECK_HAS(err.text, dev);
    DO("ln -s /dev/tap%u %s/tap%u", if_nametoindex("other"), dev, mine);
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_INT(host.result.queue_count, 0);
    CHECK(same_host());
    DO("ln -sf /dev/null %s/tap%u", dev, mine);
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    DO("ln -sf /dev/tap%u %s/tap%u", mine, dev, mine);
    OK(plug());
    CHECK_INT(host.result.queue_count, 2);
    close(host.result.queues[0]);
    close(host.result.queues[1]);
    vif_host_close(&host);
}

/* What stands in the node's place is looked at, and neither opened nor waited for. */
TEST(a_node_that_is_something_else)
{
    static const char *const places[] = {
        "echo 1 >%s/tap%u", "mkdir %s/tap%u", "mkfifo %s/tap%u", "ln -s nowhere %s/tap%u",
        "ln -s tap%2$u %1$s/tap%2$u", "ln -s /dev/zero %s/tap%u", "ln -s /dev/net/tun %s/tap%u"};
    const int open_before = count_fds();
    unsigned mine;
    START(VIF_DIRECT_BRIDGE);
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    mine = if_nametoindex("mv0");
    dump_host(&was);
    s.options.direct_queues = vif_u32_of(1);
    vif_host_close(&host);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char command[200];
        REQUIRE(opened(30, dev));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, places[i], dev, mine);
#pragma GCC diagnostic pop
        DO("rm -rf %s/tap* && %s", dev, command);
        CHECK_INT(plug(), VIF_E_TIMEOUT);
        CHECK_HAS(err.text, "is not there, or another namespace's");
        CHECK_INT(host.result.queue_count, 0);
        CHECK(same_host());
        vif_host_close(&host);
    }
    DO("rm -rf %s/tap*", dev);
    CHECK_INT(count_fds(), open_before);
    REQUIRE(opened(0, NULL));
    OK(unplug());
    vif_host_close(&host);
}

/* What somebody does to the lower device meanwhile. */
TEST(a_lower_device_that_changes)
{
    vif_difference d[8];
    size_t count;
    int away;
    START(VIF_DIRECT_PASSTHROUGH);
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    DO("ip link set eth1 address 02:00:00:00:00:77");       /* the macvtap's changes as well */
    CHECK_INT(check_with(&s.options, d, 8, &count, &err), VIF_E_DIFFERENT);
    OK(plug());
    CHECK_STR(mac_of("eth1"), "22:52:25:62:e2:aa");
    CHECK_STR(mac_of("mv0"), "22:52:25:62:e2:aa");
    OK(unplug());                       /* to the kernel what somebody has set is its own by now */
    CHECK(strcmp(mac_of("eth1"), "22:52:25:62:e2:aa") != 0);
    DO("ip link set eth1 address 02:00:00:00:01:01");
    CHECK(same_host());
    /* Renamed. */
    OK(plug());
    DO("ip link set eth1 down && ip link set eth1 name card7 && ip link set card7 up");
    DO("mv %s/bus/pci/devices/0000:03:00.0/net/eth1 %s/bus/pci/devices/0000:03:00.0/net/card7",
       root, root);
    OK(check_with(&s.options, d, 8, &count, &err));
    OK(plug());
    OK(unplug());
    CHECK_STR(mac_of("card7"), "02:00:00:00:01:01");
    CHECK(!exists("mv0"));
    DO("mv %s/bus/pci/devices/0000:03:00.0/net/card7 %s/bus/pci/devices/0000:03:00.0/net/eth1",
       root, root);
    vif_host_close(&host);
    /* In another namespace; another device has its name, and its number. */
    REQUIRE(started(VIF_DIRECT_PASSTHROUGH));
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    away = ns_new_net();
    {
        const unsigned number = if_nametoindex("eth1");
        DO("ip link set eth1 netns /proc/%d/fd/%d", (int)getpid(), away);
        CHECK(exists("mv0"));
        DO("ip link add eth1 index %u type bridge && ip link set eth1 up", number);
    }
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "not of that mode over that device");
    OK(unplug());
    CHECK(!exists("mv0"));
    close(away);
    vif_host_close(&host);
    /* Deleted: the macvtap goes with it, and an unplug has nothing to do, nor to wait for. */
    REQUIRE(started(VIF_DIRECT_PASSTHROUGH));
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    DO("ip link del eth1");
    CHECK(!exists("mv0"));
    OK(unplug());
    OK(vif_unplug_id(&host, VIF_ID, &err));
    CHECK(plug() != VIF_OK);
    CHECK(!exists("mv0"));
    vif_host_close(&host);
}

/* One card, two VIFs that want it for themselves: the first has it, and keeps it. */
TEST(two_owners_of_a_card)
{
    vif_vif other;
    START(VIF_DIRECT_PASSTHROUGH);
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    dump_host(&was);
    other = s.vif;
    other.base.id = "00000000-0000-4000-8000-000000000001";
    other.base.address = "22:52:25:62:e2:bb";
    CHECK_INT(vif_plug(&host, &other, NULL, &s.options, &err), VIF_E_EXISTS);   /* of that name */
    CHECK_HAS(err.text, "mv0 belongs to " TAG);
    other.direct.vif_name = "mv1";
    CHECK_INT(vif_plug(&host, &other, NULL, &s.options, &err), VIF_E_EXISTS);
    CHECK_HAS(err.text, "eth1 is in use: macvtap mv0");
    other.direct.mode = VIF_DIRECT_BRIDGE;
    CHECK(vif_plug(&host, &other, NULL, &s.options, &err) != VIF_OK);
    CHECK_HAS(err.text, "eth1");
    OK(vif_unplug(&host, &other, NULL, &s.options, &err));
    CHECK(same_host());
    vif_host_close(&host);
}

/* A guest's MAC that is the lower device's own, or another guest's. */
TEST(a_mac_that_is_taken)
{
    vif_vif other;
    START(VIF_DIRECT_BRIDGE);
    s.options.direct_queues = vif_u32_of(0);
    s.vif.base.address = "02:00:00:00:01:01";
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_STR(err.where, "up mv0");
    CHECK_STR(err.text, "another has this MAC on the lower device: veth eth1");
    CHECK(same_host());
    s.vif.base.address = "22:52:25:62:e2:aa";
    OK(plug());
    dump_host(&was);
    other = s.vif;
    other.base.id = "00000000-0000-4000-8000-000000000001";
    other.direct.vif_name = "mv1";
    CHECK_INT(vif_plug(&host, &other, NULL, &s.options, &err), VIF_E_EXISTS);
    CHECK_STR(err.text, "another has this MAC on the lower device: macvtap mv0");
    CHECK(same_host());
    other.base.address = "22:52:25:62:e2:ab";
    OK(vif_plug(&host, &other, NULL, &s.options, &err));
    dump_host(&was);
    other.base.address = "22:52:25:62:e2:aa";       /* of one that is up */
    CHECK_INT(vif_plug(&host, &other, NULL, &s.options, &err), VIF_E_EXISTS);
    CHECK_STR(err.text, "another has this MAC on the lower device: macvtap mv0");
    CHECK(same_host());
    vif_host_close(&host);
}

/* udev makes it late; whoever else is being plugged is not kept waiting. */
TEST(a_late_node)
{
    vif_subject two[2];
    vif_result results[2];
    vif_job_desc d;
    vif_job job;
    scene tap;
    START(VIF_DIRECT_BRIDGE);
    vif_host_close(&host);
    REQUIRE(opened(0, dev));
    scene_tap(&tap);
    tap.vif.base.id = "00000000-0000-4000-8000-000000000002";
    memset(&d, 0, sizeof d);
    memset(two, 0, sizeof two);
    two[0].vif = &s.vif;
    two[1].vif = &tap.vif;
    two[0].options = two[1].options = &s.options;
    d.verb = VIF_PLUG;
    d.subjects = two;
    d.count = 2;
    d.results = results;
    OK(vif_job_start(&job, &host, &d, &err));
    while (job.done < 1 && vif_job_step(&job)) {
    }
    CHECK_STR(results[1].link, access("/dev/net/tun", W_OK) == 0 ? "tap0" : "");
    CHECK(exists("mv0"));
    CHECK_INT(job.done, 1);
    for (int i = 0; i < 20; i++) {      /* nothing to do but wait */
        CHECK(vif_job_step(&job));
    }
    DO("ln -s /dev/tap%u %s/tap%u", if_nametoindex("mv0"), dev, if_nametoindex("mv0"));
    while (vif_job_step(&job)) {
    }
    CHECK_INT(results[0].status, VIF_OK);
    CHECK_HAS(show("link show", "mv0"), ",UP");
    vif_host_close(&host);
}

TEST(cancelled_while_it_waits)
{
    vif_subject one;
    vif_result result;
    vif_job_desc d;
    vif_job job;
    START(VIF_DIRECT_PASSTHROUGH);
    vif_host_close(&host);
    REQUIRE(opened(0, dev));
    memset(&d, 0, sizeof d);
    memset(&one, 0, sizeof one);
    one.vif = &s.vif;
    one.options = &s.options;
    d.verb = VIF_PLUG;
    d.subjects = &one;
    d.count = 1;
    d.results = &result;
    OK(vif_job_start(&job, &host, &d, &err));
    for (int i = 0; i < 40; i++) {
        CHECK(vif_job_step(&job));
    }
    CHECK(exists("mv0"));
    vif_job_cancel(&job);
    while (vif_job_step(&job)) {
    }
    CHECK_INT(result.status, VIF_E_CANCELED);
    CHECK(same_host());
    vif_host_close(&host);
}

static dump plugged;

/* ---- a card that was down -------------------------------------------------------------------- */

static bool is_up(const char *name)
{
    return strstr(show("link show", name), ",UP") != NULL;
}

/* Whether nobody's need of a device is noted any more. */
static bool none_noted(void)
{
    return sh("ls %s/*.up", root) != 0;
}

static bool started_down(vif_direct_mode mode)
{
    if (!started(mode) || sh("ip link set eth1 down") != 0) {
        return false;
    }
    s.options.direct_queues = vif_u32_of(0);
    dump_host(&was);
    return true;
}

static vif_vif second(void)
{
    vif_vif v = s.vif;
    v.direct.vif_name = "mv1";
    v.base.id = "00000000-0000-4000-8000-000000000001";
    v.base.address = "22:52:25:62:e2:bb";
    return v;
}

/* It is up as long as a VIF of any process needs it, and then down again. */
TEST(a_card_that_was_down)
{
    vif_vif other;
    vif_found found[8];
    size_t count = 0;
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    other = second();
    OK(plug());
    CHECK(is_up("eth1"));
    vif_host_close(&host);
    REQUIRE(opened(0, NULL));
    OK(vif_plug(&host, &other, NULL, &s.options, &err));
    OK(plug());
    OK(vif_list(&host, found, 8, &count, &err));
    CHECK_INT(count, 4);                /* two macvtaps, and who needs the card */
    OK(unplug());
    CHECK(is_up("eth1"));
    CHECK(!none_noted());
    OK(plug());                         /* its tag takes the place that the first one had */
    CHECK_INT(sh("test $(stat -c %%s %s/*.up) = 480", root), 0);
    OK(unplug());
    OK(vif_unplug_id(&host, other.base.id, &err));
    CHECK(none_noted());
    CHECK(same_host());
    vif_host_close(&host);
    /* One that is up stays up, also if it was set down and up meanwhile. */
    REQUIRE(started(VIF_DIRECT_PASSTHROUGH));
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    CHECK(none_noted());
    OK(unplug());
    CHECK(same_host());
    vif_host_close(&host);
    /* The plug fails later on. */
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    s.vif.base.address = "02:00:00:00:01:01";
    CHECK(plug() != VIF_OK);
    CHECK(none_noted());
    CHECK(same_host());
    vif_host_close(&host);
}

/* It stays up for others, whatever they have there, and is theirs from then on. */
TEST(a_card_that_others_use_by_now)
{
    static const char *const uses[] = {
        "ip link add theirs type vxlan id 9 group 239.0.0.9 dev eth1 dstport 4789",
        "ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:99 dev eth1", "ip link set eth1 promisc on",
        "ip addr add 192.0.2.9/24 dev eth1", "ip route add 198.51.100.0/24 dev eth1",
        "ip link add link eth1 name theirs type macvlan mode bridge",
        "ip link add theirs type bridge && ip link set eth1 master theirs"};
    size_t i;
    for (i = 0; i < 7; i++) {
        REQUIRE(started_down(VIF_DIRECT_BRIDGE));
        OK(plug());
        if (i == 6) {                   /* what a macvtap takes can't be a bridge's port */
            DO("ip link del mv0");
        }
        DO("%s", uses[i]);
        OK(unplug());
        CHECK(is_up("eth1"));
        CHECK(none_noted());
        vif_host_close(&host);
    }
}

/* The VIF's tag is only left in the note: its macvtap has gone, or its plug was killed. */
TEST(a_card_whose_macvtap_has_gone)
{
    vif_found found[2];
    size_t count = 0;
    int i;
    for (i = 0; i < 2; i++) {
        REQUIRE(started_down(VIF_DIRECT_BRIDGE));
        OK(plug());
        DO("ip link del mv0");
        OK(vif_list(&host, found, 2, &count, &err));
        CHECK_INT(count, 1);
        CHECK_STR(found[0].kind, "up");
        CHECK_STR(found[0].name, "eth1");
        OK(i == 0 ? unplug() : vif_unplug_id(&host, VIF_ID, &err));
        CHECK(none_noted());
        CHECK(same_host());
        vif_host_close(&host);
    }
}

/* The device has another name; another device has its name, and its number; another run of the
 * kernel; somebody's file. */
TEST(a_card_that_is_another_by_now)
{
    unsigned number;
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    OK(plug());
    DO("ip link set eth1 down && ip link set eth1 name card7 && ip link set card7 up");
    OK(vif_unplug_id(&host, VIF_ID, &err));
    CHECK(!is_up("card7"));
    CHECK(none_noted());
    vif_host_close(&host);
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    OK(plug());
    number = if_nametoindex("eth1");
    DO("ip link del eth1 && ip link add eth1 index %u type bridge && ip link set eth1 up", number);
    OK(unplug());
    CHECK(is_up("eth1"));
    CHECK(none_noted());
    vif_host_close(&host);
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    OK(plug());
    DO("sed -i 1s/-/_/ %s/*.up", root);
    OK(unplug());
    CHECK(is_up("eth1"));
    CHECK(none_noted());
    vif_host_close(&host);
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    OK(plug());
    DO("for f in %s/*.up; do head -c 1000 /dev/urandom >$f; done", root);
    OK(plug());
    OK(unplug());
    CHECK(is_up("eth1"));               /* nobody knows whether it was down */
    OK(plug());
    DO("rm -f %s/*.up && ip link set eth1 down", root);
    OK(plug());
    DO("truncate -s 0 %s/*.up", root);  /* its writer died at once */
    OK(unplug());
    CHECK(none_noted());
    vif_host_close(&host);
}

/* Somebody who holds the lock of the card's note is waited for, for a second, and then nothing is
 * lost. */
TEST(a_card_that_others_work_on)
{
    vif_vif other;
    char path[256];
    int fd;
    REQUIRE(started_down(VIF_DIRECT_BRIDGE));
    other = second();
    OK(plug());
    dump_host(&plugged);
    sh("printf %%s %s/*.up", root);
    snprintf(path, sizeof path, "%.255s", sh_text);
    fd = open(path, O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0 && flock(fd, LOCK_EX) == 0);
    CHECK_INT(vif_plug(&host, &other, NULL, &s.options, &err), VIF_E_TIMEOUT);
    CHECK_HAS(err.text, "others are at work on it");
    dump_host(&is);
    CHECK(dump_same(&plugged, &is, false));
    CHECK_INT(unplug(), VIF_E_TIMEOUT);
    CHECK(is_up("eth1"));
    close(fd);
    OK(unplug());
    CHECK(none_noted());
    CHECK(same_host());
    vif_host_close(&host);
}

/* ---- kills ----------------------------------------------------------------------------------- */

static bool opened_again(void)
{
    return opened(0, NULL);
}

static void is_plugged(void)
{
    dump_host(&is);
    CHECK(dump_same(&plugged, &is, false));
}

static void is_unplugged(void)
{
    CHECK(same_host());
}

TEST(killed)
{
    START(VIF_DIRECT_PASSTHROUGH);
    s.options.direct_queues = vif_u32_of(0);
    OK(plug());
    dump_host(&plugged);
    OK(unplug());
    kill_at_each_call((killing){opened_again, is_plugged, is_unplugged, 0});
    vif_host_close(&host);
}

TEST(killed_over_a_card_that_was_down)
{
    REQUIRE(started_down(VIF_DIRECT_VEPA));
    OK(plug());
    dump_host(&plugged);
    OK(unplug());
    kill_at_each_call((killing){opened_again, is_plugged, is_unplugged, 0});
    CHECK(none_noted());
    vif_host_close(&host);
}

PLUG_MAIN
