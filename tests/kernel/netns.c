/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A guest in a network namespace: a veth pair whose other end is made, addressed, routed and
 * brought up in there, and taken away again. What there is inside is told by ip, run in there.
 * With PAIR=netkit in the environment it is one of netkit, where the kernel has that. */
#include "kernel/inside.h"

static bool netkit(void)
{
    const char *pair = getenv("PAIR");
    return pair && strcmp(pair, "netkit") == 0;
}

static vif_status check(vif_difference *differences, size_t *count)
{
    vif_subject subject = {.vif = &s.vif, .options = &s.options, .differences = differences,
                           .difference_cap = 4};
    const vif_status st = vif_check(&host, &subject, &err);
    *count = host.result.differences;
    return st;
}

/* A VIFGeneric with addresses of both families, in a new namespace whose lo is down. */
static void scene_guest(void)
{
    scene_tap(&s);
    scene_subnet(&s, "192.0.2.1", "192.0.2.17", NULL, NULL);
    scene_subnet(&s, "2001:db8::1", "2001:db8::17", NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    s.subnet[1].cidr = "2001:db8::/64";
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    s.options.netns_netkit = netkit() ? VIF_TRUE : VIF_FALSE;
}

static void another_namespace(void)
{
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    INSIDE("link set lo down");
}

#define START() \
    do { clean(); another_namespace(); REQUIRE(ns >= 0); scene_guest(); REQUIRE(opened()); \
    } while (0)

/* All that a host may see of a namespace. */
static const char *all_inside(void)
{
    static char text[sizeof sh_text * 4];
    INSIDE("-d link show");
    strcpy(text, sh_text);
    INSIDE("addr show");
    strcat(text, sh_text);
    INSIDE("route show table all");
    strcat(text, sh_text);
    INSIDE("-6 route show table all");
    strcat(text, sh_text);
    return text;
}

static void is_right(void)
{
    INSIDE("-d link show dev eth0");
    CHECK_HAS(sh_text, "link/ether 22:52:25:62:e2:aa");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_HAS(sh_text, "LOWER_UP");
    CHECK_HAS(sh_text, netkit() ? "netkit" : "veth");
    INSIDE("link show dev lo");
    CHECK_HAS(sh_text, "<LOOPBACK,UP");
    INSIDE("addr show dev eth0");
    CHECK_HAS(sh_text, "inet 192.0.2.17/24 scope global");
    CHECK_HAS(sh_text, "inet6 2001:db8::17/64 scope global nodad");
    INSIDE("route show");
    CHECK_HAS(sh_text, "default via 192.0.2.1 dev eth0");
    INSIDE("-6 route show default");
    CHECK_HAS(sh_text, "default via 2001:db8::1 dev eth0");
    sh("ip -d link show dev tap0");
    CHECK_HAS(sh_text, "link/ether fe:52:25:62:e2:aa");
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK_HAS(sh_text, "alias " TAG);
    CHECK_HAS(sh_text, "LOWER_UP");
}

TEST(plug_check_and_unplug)
{
    vif_difference d[4];
    size_t count = 0;
    char was[65536];
    const int fds = count_fds();
    START();
    snprintf(was, sizeof was, "%s", all_inside());
    OK(plug());
    CHECK_STR(host.result.link, "tap0");
    CHECK_INT(host.result.ifindex, if_nametoindex("tap0"));
    CHECK_INT(if_nametoindex("eth0"), 0);
    is_right();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    CHECK_INT(shim.writes, 0);
    CHECK_INT(check(d, &count), VIF_OK);
    DO_INSIDE("addr del 192.0.2.17/24 dev eth0");
    DO_INSIDE("link set eth0 address 22:52:25:62:e2:ab");
    CHECK_INT(check(d, &count), VIF_E_DIFFERENT);
    CHECK_INT(count, 3);                /* and the route that went with the address */
    CHECK_STR(d[0].resource, "peer eth0 in namespace 1");
    CHECK_STR(d[0].attribute, "mac");
    CHECK_STR(d[1].resource, "address eth0 in namespace 1");
    CHECK_STR(d[2].resource, "route eth0 in namespace 1");
    OK(plug());
    is_right();
    OK(unplug());
    CHECK(!exists("tap0"));
    DO_INSIDE("link set lo down");
    CHECK_STR(all_inside(), was);
    OK(unplug());
    vif_host_close(&host);
    CHECK_INT(count_fds(), fds + 1);
}

/* The other end is looked for only by its own place: the same names and numbers here and there. */
TEST(names_and_numbers_of_both_namespaces)
{
    unsigned index;
    START();
    DO("ip link add eth0 type veth peer name eth0p && ip link set eth0 up");
    DO("ip route add 203.0.113.0/24 dev eth0");
    index = if_nametoindex("eth0");
    OK(plug());
    is_right();
    CHECK_INT(if_nametoindex("eth0"), index);
    sh("ip addr show dev eth0");
    CHECK(!strstr(sh_text, "192.0.2.17"));
    OK(unplug());
    CHECK_INT(if_nametoindex("eth0"), index);
    /* Both ends have the same number, and so has a link that is neither. */
    DO("ip link add tap0 index 77 type veth peer name eth0 index 77 netns /proc/%d/fd/%d",
       (int)getpid(), ns);
    DO("ip link set tap0 alias " TAG);
    OK(plug());
    CHECK_INT(if_nametoindex("tap0"), 77);
    is_right();
    vif_host_close(&host);
}

/* What has the name inside is somebody else's: refused before anything is made, and kept. */
TEST(names_that_are_taken_inside)
{
    static const char *const links[] = {
        "link add eth0 type veth peer name other", "link add eth0 type bridge",
        "link add eth0 index 88 type veth peer name other index 89"};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        static char was[sizeof sh_text * 4];
        START();
        INSIDE("%s", links[i]);
        strcpy(was, all_inside());
        CHECK_INT(plug(), VIF_E_EXISTS);
        CHECK_STR(err.where, "peer eth0 in namespace 1");
        CHECK_HAS(err.text, "eth0 is ");
        CHECK_STR(all_inside(), was);
        CHECK(!exists("tap0"));
        OK(unplug());
        CHECK_STR(all_inside(), was);
        vif_host_close(&host);
    }
}

/* A pair of ours that leads elsewhere: into another namespace, where its end has the same name and
 * number as one in ours. */
TEST(a_pair_that_leads_elsewhere)
{
    int there;
    START();
    there = ns;
    DO("ip link add tap0 index 77 type veth peer name eth0 index 77 netns /proc/%d/fd/%d",
       (int)getpid(), ns);
    DO("ip link set tap0 alias " TAG);
    ns = ns_new_net();
    INSIDE("link add eth0 index 77 type veth peer name other index 78");
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "tap0 is this VIF's, but its other end has another name or namespace than "
              "eth0 by now: unplug it first");
    CHECK(exists("tap0"));
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
    close(there);
}

/* A pair of ours, of the other kind, is not made into another under a guest; it goes all the same.
 * A kernel that has no netkit says so, and nothing is left. */
TEST(a_pair_of_the_other_kind)
{
    static char was[sizeof sh_text * 4];
    START();
    s.options.netns_netkit = VIF_FALSE;
    OK(plug());
    s.options.netns_netkit = VIF_TRUE;
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "tap0 is veth, not netkit");
    OK(unplug());
    CHECK(!exists("tap0"));
    strcpy(was, all_inside());
    if (plug() == VIF_OK) {
        s.options.netns_netkit = VIF_FALSE;
        CHECK_INT(plug(), VIF_E_EXISTS);
        CHECK_HAS(err.text, "tap0 is netkit, not veth");
        OK(unplug());
    } else {
        CHECK(!netkit());
        CHECK_INT(err.status, VIF_E_UNSUPPORTED);
        CHECK_STR(err.where, "veth tap0");
        CHECK_HAS(err.text, "netns_netkit: this kernel has no netkit");
        CHECK_STR(all_inside(), was);
    }
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

TEST(unplug_without_the_namespace)
{
    START();
    OK(plug());
    close(ns);                          /* the last that holds it: its links go, sooner or later */
    ns = -1;
    OK(unplug());
    CHECK(!exists("tap0"));
    OK(unplug());
    vif_host_close(&host);
    /* Without the option, and by the id alone. */
    START();
    OK(plug());
    s.options.netns_fd.set = false;
    OK(unplug());
    CHECK(!exists("tap0"));
    s.options.netns_fd.set = true;
    OK(plug());
    OK(vif_unplug_id(&host, VIF_ID, &err));
    CHECK(!exists("tap0"));
    INSIDE("link show dev eth0");
    CHECK_HAS(sh_text, "does not exist");
    vif_host_close(&host);
}

/* Nothing that fails, at whatever system call, leaves anything here or inside but lo as it was. */
TEST(failure_at_each_step)
{
    static const enum fault faults[] = {FAULT_CALL, FAULT_REFUSE, FAULT_NO_CAP, FAULT_LOST};
    static char was[sizeof sh_text * 4];
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        bool hit = true;
        for (int k = 1; hit; k += (f == 0 ? 11 : 3) * (netkit() ? 4 : 1)) {
            vif_status st;
            START();
            strcpy(was, all_inside());
            shim_start(faults[f], k, EIO);
            st = plug();
            shim_stop();
            hit = shim.hit;
            if (st == VIF_OK) {
                is_right();
            } else {
                CHECK(err.where[0] != '\0' && err.text[0] != '\0');
                CHECK(!exists("tap0"));
                CHECK_STR(all_inside(), was);
                if (check_failures > 0) {
                    printf("# fault %zu at %d: %s %s: %s\n", f, k, vif_status_name(st), err.where,
                           err.text);
                    return;
                }
            }
            vif_host_close(&host);
        }
    }
}

/* A route's gateway that is not on the link has a route of its own; a subnet's own default route
 * counts, and the first of a family. */
TEST(routes)
{
    static vif_route routes[3];
    static vif_route_list list;
    START();
    vif_object_init(&list, VIF_CLASS_RouteList);
    list.objects.items = routes;
    list.objects.count = 3;
    for (int i = 0; i < 3; i++) {
        vif_object_init(&routes[i], VIF_CLASS_Route);
    }
    routes[0].cidr = "198.51.100.7/24";
    routes[0].gateway = "192.0.2.3";
    routes[1].cidr = "0.0.0.0/0";
    routes[1].gateway = "203.0.113.9";
    routes[2].cidr = "203.0.113.128/25";
    s.subnet[0].routes = &list;
    OK(plug());
    INSIDE("route show");
    CHECK_HAS(sh_text, "198.51.100.0/24 via 192.0.2.3 dev eth0");
    CHECK_HAS(sh_text, "default via 203.0.113.9 dev eth0");
    CHECK_HAS(sh_text, "203.0.113.9 dev eth0 proto static scope link");
    CHECK_HAS(sh_text, "203.0.113.128/25 dev eth0 proto static scope link");
    CHECK(!strstr(sh_text, "via 192.0.2.1 "));
    OK(unplug());
    /* Routed: everything is behind the host, which answers for the gateways. */
    another_namespace();
    ns_write("/proc/sys/net/ipv4/ip_forward", "1");
    ns_write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    ns_write("/proc/sys/net/ipv6/conf/all/proxy_ndp", "1");
    DO("ip link add wan type veth peer name wanp && ip link set wanp up && ip link set wan up && "
       "ip addr add 198.51.100.1/24 dev wan && ip route add default via 198.51.100.2");
    s.subnet[0].routes = NULL;
    s.options.routed = VIF_TRUE;
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    OK(plug());
    INSIDE("route show");
    CHECK_STR(sh_text, "default via 192.0.2.1 dev eth0 proto static \n"
              "192.0.2.1 dev eth0 proto static scope link ");
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W2 198.51.100.1", (int)getpid(), ns);
    CHECK_HAS(sh_text, " 0% packet loss");
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    OK(unplug());
    vif_host_close(&host);
}

TEST(without_layer_3)
{
    START();
    s.options.l3_setup = VIF_FALSE;
    s.options.netns_link = "net1";
    OK(plug());
    INSIDE("-o addr show dev net1 scope global");
    CHECK_STR(sh_text, "");
    INSIDE("link show dev net1");
    CHECK_HAS(sh_text, "LOWER_UP");
    OK(unplug());
    vif_host_close(&host);
}

/* Probed, an address is waited for, and one that another has is an error that leaves nothing. */
TEST(addresses_that_are_probed)
{
    START();
    ns_write("/proc/sys/net/ipv6/conf/all/accept_dad", "1");
    s.options.l3_dad = VIF_TRUE;
    OK(plug());
    INSIDE("-6 addr show dev eth0");
    CHECK_HAS(sh_text, "2001:db8::17/64");
    CHECK(!strstr(sh_text, "tentative") && !strstr(sh_text, "nodad"));
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    OK(unplug());
    scene_bridge(&s, "br0", NULL);
    scene_subnet(&s, NULL, "2001:db8::17", NULL, NULL);
    s.subnet[0].cidr = "2001:db8::/64";
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    s.options.l3_dad = VIF_TRUE;
    DO("ip link add br0 type bridge && ip link set br0 up && "
       "ip addr add 2001:db8::17/64 dev br0 nodad");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_STR(err.where, "settled eth0 in namespace 1");
    CHECK_HAS(err.text, "another on this link");
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* Optimistic, it works from the first moment, and nobody waits; where the kernel does not allow
 * that it is probed as any other. */
TEST(addresses_that_work_while_they_are_probed)
{
    START();
    ns_write("/proc/sys/net/ipv6/conf/all/accept_dad", "1");
    s.options.l3_dad = s.options.l3_optimistic = VIF_TRUE;
    sh("nsenter --net=/proc/%d/fd/%d sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/optimistic_dad'",
       (int)getpid(), ns);
    OK(plug());
    INSIDE("-6 addr show dev eth0 to 2001:db8::17");
    CHECK_HAS(sh_text, "tentative");
    CHECK_HAS(sh_text, "optimistic");
    OK(unplug());
    sh("nsenter --net=/proc/%d/fd/%d sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/optimistic_dad'",
       (int)getpid(), ns);
    OK(plug());
    INSIDE("-6 addr show dev eth0 to 2001:db8::17");
    CHECK_HAS(sh_text, "2001:db8::17/64");
    CHECK(!strstr(sh_text, "tentative") && !strstr(sh_text, "optimistic"));
    vif_host_close(&host);
}

/* What takes longer than it may is an error in words, and leaves nothing. */
TEST(addresses_that_are_not_settled_in_time)
{
    START();
    ns_write("/proc/sys/net/ipv6/conf/all/accept_dad", "1");
    s.options.l3_dad = VIF_TRUE;
    s.options.l3_settle_ms = 10;
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_STR(err.where, "settled eth0 in namespace 1");
    CHECK_HAS(err.text, "tentative still after l3_settle_ms");
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* A port of a bridge: what the bridge has, the guest hears. */
TEST(a_port_of_a_bridge)
{
    START();
    scene_bridge(&s, "br0", NULL);
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    scene_subnet(&s, NULL, "192.0.2.17", NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    OK(plug());
    sh("ip link show dev tap0");
    CHECK_HAS(sh_text, "master br0");
    DO("ip addr add 192.0.2.1/24 dev br0");
    sh("ping -c1 -W2 192.0.2.17");
    CHECK_HAS(sh_text, " 0% packet loss");
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* A program that may not call setns(2) opens the socket itself. */
static int asked, asked_fd;
static int socket_of(void *user, int netns_fd)
{
    vif_nl_desc d = vif_nl_desc_default();
    static unsigned char buffer[8192];
    vif_nl nl;
    (void)user;
    asked++;
    asked_fd = netns_fd;
    d.buffer = buffer;
    d.buffer_cap = sizeof buffer;
    if (vif_nl_open_in(&nl, &d, netns_fd, NULL) != VIF_OK) {
        errno = EPERM;
        return -1;
    }
    return vif_nl_fd(&nl);
}

TEST(a_socket_of_the_callers)
{
    vif_host_desc d = vif_host_desc_default();
    int fds;
    START();
    vif_host_close(&host);
    fds = count_fds();
    d.netlink_in = socket_of;
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    OK(plug());
    is_right();
    CHECK_INT(asked, 1);
    CHECK_INT(asked_fd, ns);
    CHECK_INT(count_fds(), fds + 1);    /* the host's own: nothing keeps the namespace alive */
    s.options.netns_fd = vif_u32_of(0); /* no namespace */
    CHECK_INT(plug(), VIF_E_SYSTEM);
    CHECK_HAS(err.where, "netlink_in");
    vif_host_close(&host);
    CHECK_INT(count_fds(), fds);
}

TEST(namespaces_that_are_none)
{
    START();
    s.options.netns_fd = vif_u32_of((uint32_t)open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK_INT(plug(), VIF_E_SYSTEM);
    CHECK_HAS(err.where, "in namespace 1");
    CHECK(!exists("tap0"));
    CHECK_STR(err.text, "invalid argument");
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

PLUG_MAIN
