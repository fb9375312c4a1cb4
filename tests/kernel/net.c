/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* Networks on bridges of the kernel's: VXLANs that another host speaks, bridges with options; made
 * if missing, gone with the last port, and nothing of others touched. (VLANs: tests/vm.) */
#include "kernel/inside.h"
#include <sys/file.h>

static vif_net net;
static vif_subject subject;

/* A network of this host; the other host is the namespace `ns`, with an end of a veth pair each. */
static bool started(vif_net_type type)
{
    clean();
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    DO("ip link add under0 type veth peer name under1 && "
       "ip link set under1 netns /proc/%d/fd/%d && ip addr add 10.0.0.1/24 dev under0 && "
       "ip link set under0 up", (int)getpid(), ns);
    DO_INSIDE("addr add 10.0.0.2/24 dev under1");
    DO_INSIDE("link set under1 up");
    memset(&net, 0, sizeof net);
    net.type = type;
    net.backend = VIF_NET_LINUX;
    net.master = "under0";
    net.vni = 77;
    net.tag = 100;
    memset(&subject, 0, sizeof subject);
    subject.id = "net";
    subject.plan = vif_net_plan;
    subject.object = &net;
    instead = &subject;
    many = 1;
    dump_host(&was);
    return ns >= 0 && opened();
}
#define START(type) REQUIRE(started(type))

static vif_status look(void)
{
    memset(&err, 0, sizeof err);
    return vif_check(&host, &subject, &err);
}

#define REFUSED(call, status_, text_) \
    do { CHECK_INT(call, status_); CHECK_HAS(err.text, text_); CHECK(same_host()); } while (0)

/* The guest is a port of the bridge; the far host has a VXLAN device of ip's own, on the wire that
 * the plugin of Zero-OS speaks. */
static bool pings(const char *far)
{
    bool good;
    DO_INSIDE("link add vx type vxlan id 77 %s dstport 8472", far);
    DO_INSIDE("addr add 10.7.0.2/24 dev vx");
    DO_INSIDE("link set vx up");
    DO("ip link add port type veth peer name guest && ip link set port master vxlbr77 && "
       "ip link set port up && ip addr add 10.7.0.1/24 dev guest && ip link set guest up");
    good = sh("ping -c3 -i0.2 -W1 10.7.0.2") == 0;
    DO("ip link del port");
    DO_INSIDE("link del vx");
    return good;
}

static void vxlan_right(void)
{
    CHECK_INT(look(), VIF_OK);
    show("link show", "vtep77");
    CHECK_HAS(sh_text, "vxlan id 77 group 239.0.0.1 dev under0");
    CHECK_HAS(sh_text, "dstport 8472");
    CHECK_HAS(sh_text, "master vxlbr77");
    CHECK_HAS(sh_text, "alias vif:local:shared");
    show("link show", "vxlbr77");
    CHECK_HAS(sh_text, "stp_state 0");
    CHECK_HAS(sh_text, "alias vif:local:shared");
}

static void gone(void)
{
    CHECK(same_host());
}

TEST(vxlan_of_a_group)
{
    START(VIF_NET_VXLAN);
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(plug());
    CHECK_STR(results[0].bridge, "vxlbr77");
    vxlan_right();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_STR(shim.changes, "");
    shim_stop();
    CHECK(pings("group 239.0.0.1 dev under1"));
    CHECK(!pings("group 239.0.0.2 dev under1"));
    OK(unplug());
    gone();
    OK(unplug());
    gone();
    vif_host_close(&host);
}

TEST(vxlan_to_one_host)
{
    START(VIF_NET_VXLAN);
    net.remotes = "10.0.0.2";
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    CHECK(pings("remote 10.0.0.1 dev under1"));
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* A third host, behind the second one's switch. */
static int third = -1;

/* A command of ip's or bridge's on the third host. */
#define DO_THIRD(format, ...) \
    DO("nsenter --net=/proc/%d/fd/%d " format, (int)getpid(), third, ##__VA_ARGS__)

/* Each of the other two has a VXLAN of its own tool's, with both others for its ends. */
static void three(void)
{
    if (third >= 0) {
        close(third);
    }
    third = ns_new_net();
    DO_INSIDE("link add sw type bridge forward_delay 0");
    DO_INSIDE("link set sw up");
    DO_INSIDE("addr flush dev under1");
    DO_INSIDE("link set under1 master sw");
    DO_INSIDE("addr add 10.0.0.2/24 dev sw");
    DO_INSIDE("link add w0 type veth peer name w1");
    DO_INSIDE("link set w0 up master sw");
    DO_INSIDE("link set w1 netns /proc/%d/fd/%d", (int)getpid(), third);
    DO_THIRD("ip addr add 10.0.0.3/24 dev w1");
    DO_THIRD("ip link set w1 up");
    DO_INSIDE("link add vx type vxlan id 77 dev sw dstport 8472");
    DO_THIRD("ip link add vx type vxlan id 77 dev w1 dstport 8472");
    DO("nsenter --net=/proc/%d/fd/%d sh -c 'for i in 1 3; do bridge fdb append "
       "00:00:00:00:00:00 dev vx dst 10.0.0.$i; done'", (int)getpid(), ns);
    DO_THIRD("sh -c 'for i in 1 2; do bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.$i; "
             "done'");
    DO_INSIDE("addr add 10.7.0.2/24 dev vx");
    DO_THIRD("ip addr add 10.7.0.3/24 dev vx");
    DO_INSIDE("link set vx up");
    DO_THIRD("ip link set vx up");
}

static void remotes_are(const char *want)
{
    sh("bridge fdb show dev vtep77 | sed -n 's/^00:00:00:00:00:00 dst \\([^ ]*\\) .*self permanent/"
       "\\1/p' | sort | tr '\n' ' '");
    CHECK_STR(sh_text, want);
}

static void remotes_right(void)
{
    CHECK_INT(look(), VIF_OK);
    remotes_are("10.0.0.2 10.0.0.3 ");
}

TEST(three_hosts)
{
    START(VIF_NET_VXLAN);
    three();
    dump_host(&was);
    net.remotes = "10.0.0.2,10.0.0.3";
    OK(plug());
    remotes_right();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_STR(shim.changes, "");
    shim_stop();
    DO("ip link add port type veth peer name guest && ip link set port master vxlbr77 && "
       "ip link set port up && ip addr add 10.7.0.1/24 dev guest && ip link set guest up");
    CHECK(sh("ping -c3 -i0.2 -W1 10.7.0.2") == 0);
    CHECK(sh("ping -c3 -i0.2 -W1 10.7.0.3") == 0);
    CHECK(INSIDE("neigh flush dev vx") == 0 &&
          sh("nsenter --net=/proc/%d/fd/%d ping -c3 -i0.2 -W1 10.7.0.3", (int)getpid(), ns) == 0);
    DO("ip link del port");
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* What others have added stays; what they have taken is found; one more end is one more entry, and
 * one that is no longer wanted goes, if it is vif's. */
TEST(remotes_come_and_go)
{
    START(VIF_NET_VXLAN);
    net.remotes = "10.0.0.2";
    OK(plug());
    remotes_are("10.0.0.2 ");
    DO("bridge fdb append 00:00:00:00:00:00 dev vtep77 dst 10.0.0.9");
    net.remotes = "10.0.0.3,10.0.0.2";
    CHECK_INT(look(), VIF_E_DIFFERENT);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_STR(shim.changes, "28 ");     /* RTM_NEWNEIGH */
    shim_stop();
    remotes_are("10.0.0.2 10.0.0.3 10.0.0.9 ");
    DO("bridge fdb del 00:00:00:00:00:00 dev vtep77 dst 10.0.0.2 via under0");
    CHECK_INT(look(), VIF_E_DIFFERENT);
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    remotes_are("10.0.0.2 10.0.0.3 10.0.0.9 ");
    net.remotes = "10.0.0.9,10.0.0.2";
    CHECK_INT(look(), VIF_E_DIFFERENT);
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    CHECK_STR(shim.changes, "29 ");     /* RTM_DELNEIGH */
    shim_stop();
    remotes_are("10.0.0.2 10.0.0.9 ");
    net.remotes = "10.0.0.2";           /* that one is another's: it serves as long as it is */
    CHECK_INT(look(), VIF_OK);
    net.remotes = "10.0.0.3,10.0.0.2";
    OK(plug());
    /* one to another port, or for one MAC alone, is another one */
    DO("bridge fdb append 00:00:00:00:00:00 dev vtep77 dst 10.0.0.4 port 4789 && "
       "bridge fdb append 02:00:00:00:00:04 dev vtep77 dst 10.0.0.4");
    net.remotes = "10.0.0.4";
    CHECK_INT(look(), VIF_E_DIFFERENT);
    /* a plug that fails takes its own away, and no other */
    DO("bridge fdb del 00:00:00:00:00:00 dev vtep77 dst 10.0.0.4 port 4789");
    for (int k = 1; k < 20; k++) {
        DO("ip link set vtep77 nomaster");
        shim_start(FAULT_NO_CAP, k, 0);
        if (plug() != VIF_OK) {
            shim_stop();
            remotes_are("10.0.0.2 10.0.0.3 10.0.0.9 ");
        }
        shim_stop();
        net.remotes = "10.0.0.2,10.0.0.3";
        OK(plug());
        net.remotes = "10.0.0.4";
    }
    OK(plug());
    remotes_are("10.0.0.4 10.0.0.9 ");
    OK(unplug());
    gone();
    vif_host_close(&host);
}

TEST(remotes_of_ipv6)
{
    START(VIF_NET_VXLAN);
    DO("ip addr add fd00::1/64 dev under0 nodad");
    DO_INSIDE("addr add fd00::2/64 dev under1 nodad");
    dump_host(&was);
    net.remotes = "fd00::2,fd00::3";
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    remotes_are("fd00::2 fd00::3 ");
    CHECK(pings("remote fd00::1 dev under1"));
    OK(unplug());
    gone();
    net.remotes = "10.0.0.2";           /* of a device of IPv6 there is none of IPv4 */
    DO("ip link add vtep77 type vxlan id 77 remote fd00::2 dev under0 dstport 8472");
    dump_host(&was);
    CHECK_INT(plug(), VIF_E_KERNEL);
    CHECK_STR(err.where, "remotes vtep77");
    CHECK(same_host());
    vif_host_close(&host);
}

TEST(remotes_and_a_kill_at_each_call)
{
    START(VIF_NET_VXLAN);
    net.remotes = "10.0.0.2,10.0.0.3";
    kill_at_each_call((killing){opened, remotes_right, gone, 0});
    vif_host_close(&host);
}

/* Ports of anybody's keep it; with the last one it goes. */
TEST(counted)
{
    START(VIF_NET_VXLAN);
    OK(plug());
    DO("ip link add other type veth peer name far && ip link set other master vxlbr77");
    OK(unplug());
    vxlan_right();
    DO("ip link set other nomaster && ip link add link vxlbr77 name mac type macvlan");
    OK(unplug());
    vxlan_right();
    DO("ip link del mac && ip link del other");
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* The device below was down, and is again, without its VXLAN. With somebody's tunnel it is not. */
TEST(over_a_device_that_was_down)
{
    char state[] = "/tmp/vif-net.XXXXXX";
    vif_host_desc d = vif_host_desc_default();
    START(VIF_NET_VXLAN);
    vif_host_close(&host);
    d.state_dir = mkdtemp(state);
    OK(vif_host_open(&host, &d, &err));
    DO("ip link add card0 type veth peer name card1");
    dump_host(&was);
    net.master = "card0";
    OK(plug());
    CHECK_HAS(show("link show", "card0"), ",UP");
    OK(plug());
    OK(unplug());
    gone();
    OK(plug());
    DO("ip link add theirs type vxlan id 9 group 239.0.0.9 dev card0 dstport 4789");
    OK(unplug());
    CHECK_HAS(show("link show", "card0"), ",UP");
    CHECK_INT(sh("rmdir %s", state), 0);
    vif_host_close(&host);
}

/* What was there before, or is another owner's, is used, and stays. */
TEST(of_others)
{
    static vif_host second;
    vif_host_desc d = vif_host_desc_default();
    vif_subject one = {0};
    vif_result result = {0};
    vif_job_desc job = {0};
    START(VIF_NET_VXLAN);
    d.owner = "second";
    OK(vif_host_open(&second, &d, &err));
    OK(plug());
    one = subject;
    job.subjects = &one;
    job.count = 1;
    job.results = &result;
    OK(vif_verb_many(&second, &job, &err));
    job.verb = VIF_UNPLUG;
    OK(vif_verb_many(&second, &job, &err));
    vxlan_right();
    OK(unplug());
    gone();
    DO("ip link add vxlbr77 type bridge && ip link set vxlbr77 up");
    dump_host(&was);
    OK(plug());
    OK(unplug());
    CHECK(exists("vxlbr77"));
    CHECK(exists("vtep77"));            /* it is in somebody's bridge */
    DO("ip link del vxlbr77");
    OK(unplug());
    CHECK(!exists("vtep77"));
    vif_host_close(&second);
    vif_host_close(&host);
}

TEST(refused)
{
    START(VIF_NET_VXLAN);
    net.master = "nothing";
    REFUSED(plug(), VIF_E_NO_INTERFACE, "");
    net.master = "under0";
    DO("ip link add vtep77 type vxlan id 77 group 239.0.0.1 dev lo dstport 8472");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "reassigning vxlan to another master bridge is not allowed");
    DO("ip link del vtep77 && ip link add vtep77 type vxlan id 78 group 239.0.0.1 dev under0 "
       "dstport 8472");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "not of that id over that device");
    DO("ip link del vtep77 && ip link add vtep77 type bridge");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "vtep77 is bridge, not vxlan");
    DO("ip link del vtep77 && ip link add vxlbr77 type veth peer name x");
    dump_host(&was);
    REFUSED(plug(), VIF_E_EXISTS, "vxlbr77 is veth, not bridge");
    net.type = VIF_NET_VLAN;
    net.tag = 0;
    REFUSED(plug(), VIF_E_FIELD, "invalid vlan tag");
    net.type = VIF_NET_PORT;
    net.name = "port0";
    REFUSED(plug(), VIF_E_FIELD, "Open vSwitch's");
    vif_host_close(&host);
}

TEST(bridge_with_options)
{
    START(VIF_NET_BRIDGE);
    REFUSED(plug(), VIF_E_FIELD, "bridge name is not set");
    net.name = "br9";
    net.stp = VIF_TRUE;
    net.mcast_snooping = VIF_TRUE;
    net.ageing_s = vif_u32_of(60);
    OK(plug());
    CHECK_INT(look(), VIF_OK);
    show("link show", "br9");
    CHECK_HAS(sh_text, "ageing_time 6000 ");
    CHECK_HAS(sh_text, "stp_state 1 ");
    CHECK_HAS(sh_text, "mcast_snooping 1 ");
    CHECK_HAS(sh_text, "forward_delay 1500 ");
    OK(unplug());
    gone();
    net.stp = net.vlan_filtering = net.mcast_snooping = VIF_BOOL_UNSET;
    net.alone = true;
    OK(plug());
    show("link show", "br9");
    CHECK_HAS(sh_text, "forward_delay 0 ");
    CHECK_HAS(sh_text, "mcast_snooping 0 ");
    CHECK_HAS(sh_text, "alias vif:local:net");
    DO("ip link add port type veth peer name guest && ip link set port master br9");
    OK(unplug());
    DO("ip link del port");
    gone();
    vif_host_close(&host);
}

/* What was found by it last. */
static vif_found found[4];

static vif_status gc_networks(bool dry, size_t cap, size_t *count)
{
    const vif_gc_networks_desc desc = {found, cap, dry};

    return vif_gc_networks(&host, &desc, count, &err);
}

/* Those that nobody has a port on go; whose, and of how many, is said before. */
TEST(idle_networks)
{
    size_t count = 9;
    int tags[3] = {77, 78, 79};
    START(VIF_NET_VXLAN);
    OK(gc_networks(false, 4, &count));
    CHECK_INT(count, 0);
    for (int i = 0; i < 3; i++) {
        net.vni = (uint32_t)tags[i];
        OK(plug());
    }
    net.type = VIF_NET_BRIDGE;          /* no network leads out of it */
    net.name = "br9";
    OK(plug());
    DO("ip link add port type veth peer name far && ip link set port master vxlbr77 && "
       "ip link add link vxlbr78 name mac type macvlan && "
       "ip link add vtep80 type vxlan id 80 dev under0 dstport 8472 && "
       "ip link add vxlbr80 type bridge && ip link set vtep80 master vxlbr80");
    dump_host(&is);
    OK(gc_networks(true, 4, &count));
    CHECK_INT(count, 1);
    CHECK_STR(found[0].name, "vxlbr79");
    CHECK_STR(found[0].kind, "vxlan");
    CHECK_STR(found[0].id, "shared");
    CHECK_INT(found[0].index, (int)if_nametoindex("vxlbr79"));
    CHECK(exists("vxlbr79") && exists("vtep79"));
    OK(gc_networks(false, 4, &count));
    CHECK_INT(count, 1);
    CHECK(!exists("vxlbr79") && !exists("vtep79"));
    CHECK(exists("vxlbr77") && exists("vxlbr78") && exists("vxlbr80") && exists("br9"));
    DO("ip link del port && ip link del mac && ip link del vtep80 && ip link del vxlbr80");
    OK(gc_networks(false, 1, &count));
    CHECK_INT(count, 2);                /* one has gone, for one there was no room */
    CHECK(exists("vxlbr77") != exists("vxlbr78"));
    OK(gc_networks(false, 1, &count));
    CHECK_INT(count, 1);
    OK(unplug());
    gone();
    vif_host_close(&host);
    CHECK_INT(gc_networks(false, 1, &count), VIF_E_NOT_OPEN);
}

/* One that gets a port between the look and the deletion stays. */
TEST(idle_no_longer)
{
    size_t count;
    START(VIF_NET_VXLAN);
    for (int at = 1; at < 40; at++) {
        bool kept;
        OK(plug());
        shim_start(FAULT_NONE, 0, 0);
        shim.meddle_at = at;
        shim.meddle = "ip link add port type veth peer name far && ip link set port master vxlbr77";
        (void)!gc_networks(false, 4, &count);
        kept = shim.meddled;
        shim_stop();
        if (kept && shim.meddle_status == 0 && exists("vxlbr77")) {
            vxlan_right();
        }
        sh("ip link del port");
        OK(unplug());
        gone();
        if (!kept) {
            break;
        }
    }
    vif_host_close(&host);
}

/* Whatever the call that fails, what is left goes with the next. */
TEST(idle_and_a_fault_at_each_call)
{
    size_t count;
    bool hit = true;
    START(VIF_NET_VXLAN);
    for (int k = 1; hit && k < 100; k++) {
        vif_status st;
        OK(plug());
        shim_start(k % 2 ? FAULT_CALL : FAULT_LOST, (k + 1) / 2, ENOMEM);
        st = gc_networks(false, 4, &count);
        hit = shim.hit;
        shim_stop();
        if (st != VIF_OK && (err.status != st || err.text[0] == '\0')) {
            CHECK_FAIL("%d: %s, %s: %s", k, vif_status_name(st), vif_status_name(err.status),
                       err.text);
        }
        OK(unplug());
        gone();
    }
    vif_host_close(&host);
}

TEST(a_kill_at_each_call)
{
    START(VIF_NET_VXLAN);
    kill_at_each_call((killing){opened, vxlan_right, gone, 0});
    vif_host_close(&host);
}

TEST(a_fault_at_each_call)
{
    START(VIF_NET_VXLAN);
    fault_at_each_call((killing){opened, vxlan_right, gone, 0});
    net.remotes = "10.0.0.2,10.0.0.3";
    fault_at_each_call((killing){opened, remotes_right, gone, 0});
    vif_host_close(&host);
}

/* ---- several at once ------------------------------------------------------------------------- */

static const char *tap = "p0";

/* A tap, with its network in front of it, as a NIC has it. */
static void tap_plan(vif_plan *plan, const vif_plan_input *in)
{
    vif_net_plan(plan, in);
    (void)vif_plan_tap(plan, in, tap, NULL, 1400);
    (void)vif_plan_add(plan, VIF_RES_MASTER, VIF_OWN, tap, plan->bridge ? plan->bridge : "lo");
    (void)vif_plan_add(plan, VIF_RES_UP, VIF_OWN, tap, NULL);
}

static int plugger(const void *arg)
{
    vif_status st = VIF_OK;
    static char name[16], id[16];
    snprintf(name, sizeof name, "p%d", *(const int *)arg);
    snprintf(id, sizeof id, "vif%d", *(const int *)arg);
    tap = name;
    subject.id = id;
    if (!opened()) {
        return 1;
    }
    for (int i = 0; i < 12 && st == VIF_OK; i++) {
        st = plug();
        st = st == VIF_OK ? look() : st;
        st = st == VIF_OK ? unplug() : st;
    }
    if (st != VIF_OK) {
        printf("# %s: %s %s\n", vif_status_name(st), err.where, err.text);
    }
    return st != VIF_OK;
}

/* What was seen of a network before its lock came may have gone since. */
TEST(gone_while_its_lock_was_waited_for)
{
    static vif_job job;
    vif_job_desc d;
    char path[80];
    int fd;
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;
    START(VIF_NET_VXLAN);
    OK(plug());
    CHECK_INT(getsockopt(vif_nl_fd(&host.nl), SOL_SOCKET, 71 /* SO_NETNS_COOKIE */, &cookie, &len),
              0);
    snprintf(path, sizeof path, "/run/vif/%llu.vtep77.lock", (unsigned long long)cookie);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && flock(fd, LOCK_EX) == 0);
    memset(&d, 0, sizeof d);
    d.verb = VIF_PLUG;
    d.subjects = &subject;
    d.count = 1;
    d.results = results;
    OK(vif_job_start(&job, &host, &d, &err));
    for (int i = 0; i < 20; i++) {
        CHECK(vif_job_step(&job));      /* it waits */
    }
    DO("ip link del vxlbr77 && ip link del vtep77");
    unlink(path);
    close(fd);
    while (vif_job_step(&job)) {
    }
    OK(vif_job_finish(&job, &err));
    vxlan_right();
    OK(unplug());
    gone();
    vif_host_close(&host);
}

/* Each is served at any time, and in the end nothing is there. */
TEST(four_processes)
{
    child c[4];
    int numbers[4] = {0, 1, 2, 3};
    START(VIF_NET_VXLAN);
    subject.plan = tap_plan;
    for (int i = 0; i < 4; i++) {
        c[i] = child_start(plugger, &numbers[i]);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(child_finish(&c[i]), 0);
    }
    gone();
    vif_host_close(&host);
}

/* Many of one job share the lock that they need. */
TEST(many_of_one_network)
{
    static vif_subject subjects[8];
    static const char *const ids[8] = {"0", "1", "2", "3", "4", "5", "6", "7"};
    START(VIF_NET_VXLAN);
    for (int i = 0; i < 8; i++) {
        subjects[i] = subject;
        subjects[i].id = ids[i];
    }
    instead = subjects;
    many = 8;
    OK(plug());
    many = 1;
    vxlan_right();
    many = 8;
    OK(unplug());
    gone();
    CHECK(access("/run/vif/vtep77.lock", F_OK) != 0);
    vif_host_close(&host);
}

PLUG_MAIN
