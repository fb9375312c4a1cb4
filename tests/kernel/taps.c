/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* vif's own taps: what a guest on one can reach of the host, and hosts that lack something. The
 * guest is this process, with the tap's file. */
#include "kernel/plug.h"
#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <poll.h>

static bool opened(void)
{
    vif_host_desc d = vif_host_desc_default();
    d.options = &s.options;
    memset(&host, 0, sizeof host);
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

#define START(scene_) do { clean(); scene_; REQUIRE(opened()); } while (0)

static int attach(const char *tap)
{
    struct ifreq r;
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    memset(&r, 0, sizeof r);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", tap);
    r.ifr_flags = IFF_TAP | IFF_NO_PI;
    CHECK_INT(ioctl(fd, TUNSETIFF, &r), 0);
    usleep(300000);                     /* the kernel takes its time over the carrier */
    return fd;
}

static const unsigned char guest[6] = {0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa};

/* Milliseconds until the host answers the guest's ARP for that address; -1: it does not. */
static int arp(int fd, const char *from, const char *to)
{
    unsigned char f[42] = {255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 8, 6, 0, 1, 8, 0, 6, 4,
                           0, 1}, got[2000];
    struct pollfd p = {fd, POLLIN, 0};
    struct timespec a, b;
    memcpy(f + 6, guest, 6);
    memcpy(f + 22, guest, 6);
    inet_pton(AF_INET, from, f + 28);
    inet_pton(AF_INET, to, f + 38);
    CHECK_INT(write(fd, f, sizeof f), sizeof f);
    clock_gettime(CLOCK_MONOTONIC, &a);
    while (poll(&p, 1, 400) > 0) {
        if (read(fd, got, sizeof got) >= 42 && got[12] == 8 && got[13] == 6 && got[21] == 2 &&
            memcmp(got + 28, f + 38, 4) == 0) {
            clock_gettime(CLOCK_MONOTONIC, &b);
            return (int)((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
        }
    }
    return -1;
}

static void sealed(const char *tap)
{
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", tap), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/rp_filter", tap), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/arp_ignore", tap), 1);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/accept_redirects", tap), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv4/conf/%s/send_redirects", tap), 0);
    sh("ip -6 addr show dev %s", tap);
    CHECK_STR(sh_text, "");
}

/* ---- closed to the host ---------------------------------------------------------------------- */

TEST(a_wire_does_not_reach_the_host)
{
    int fd;
    START(scene_tap(&s));
    DO("ip link add lan0 type veth peer name lan1 && ip addr add 198.51.100.2/24 dev lan0 && "
       "ip link set lan0 up && ip link set lan1 up");
    OK(plug());
    sealed("tap0");
    sh("ip -o link show tap0");
    CHECK_HAS(sh_text, "link/ether fe:52:25:62:e2:aa");     /* never the guest's own */
    fd = attach("tap0");
    CHECK_INT(arp(fd, "192.0.2.17", "198.51.100.2"), -1);
    CHECK_INT(arp(fd, "0.0.0.0", "198.51.100.2"), -1);
    close(fd);
    OK(unplug());
    vif_host_close(&host);
}

/* What closes it goes along with its tag: two looks, its set-up, and up. */
TEST(few_requests)
{
    START(scene_tap(&s));
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.sends, 4);
    CHECK_INT(shim.changing, 2);
    sealed("tap0");
    OK(unplug());
    vif_host_close(&host);
}

/* One to which somebody gives an address is open for its own network. */
TEST(a_wire_with_an_address)
{
    int fd;
    START(scene_tap(&s));
    OK(plug());
    DO("ip addr add 192.0.2.1/24 dev tap0");
    fd = attach("tap0");
    CHECK(arp(fd, "192.0.2.17", "192.0.2.1") >= 0);
    close(fd);
    vif_host_close(&host);
}

TEST(a_port_is_closed)
{
    START(scene_bridge_tap(&s, "br0", NULL));
    OK(plug());
    sealed("tap0");
    vif_host_close(&host);
}

/* ---- routed ---------------------------------------------------------------------------------- */

static void routed(const char *gateway, const char *address)
{
    scene_tap(&s);
    scene_subnet(&s, gateway, address, NULL, NULL);
    s.options.routed = VIF_TRUE;
    ns_write("/proc/sys/net/ipv4/ip_forward", "1");
    ns_write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
    ns_write("/proc/sys/net/ipv6/conf/all/proxy_ndp", "1");
}

TEST(a_routed_tap_answers_at_once)
{
    int fd, i;
    START(routed("192.0.2.1", "192.0.2.17"));
    DO("ip link add lan0 type veth peer name lan1 && ip link set lan1 up && ip link set lan0 up && "
       "ip addr add 198.51.100.2/24 dev lan0 && ip route add default via 198.51.100.1");
    OK(plug());
    CHECK_INT(file_int("/proc/sys/net/ipv4/neigh/%s/proxy_delay", "tap0"), 0);
    fd = attach("tap0");
    for (i = 0; i < 5; i++) {
        const int ms = arp(fd, "192.0.2.17", "192.0.2.1");
        CHECK(ms >= 0 && ms < 100);
    }
    close(fd);
    sh("ip -o addr show dev tap0");
    CHECK_STR(sh_text, "");             /* the host's own route leads to the gateway */
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "tap0"), 1);
    OK(plug());
    OK(unplug());
    vif_host_close(&host);
}

TEST(a_routed_tap_without_another_route)
{
    static vif_difference d[8];
    size_t count = 0;
    int fd;
    START(routed("192.0.2.1", "192.0.2.17"));
    OK(plug());
    fd = attach("tap0");
    CHECK(arp(fd, "192.0.2.17", "192.0.2.1") >= 0);
    close(fd);
    CHECK_INT(check_with(&s.options, d, 8, &count, &err), VIF_OK);
    DO("ip addr del 192.0.2.1/32 dev tap0");
    CHECK_INT(check_with(&s.options, d, 8, &count, &err), VIF_E_DIFFERENT);
    OK(plug());
    CHECK_INT(check_with(&s.options, d, 8, &count, &err), VIF_OK);
    OK(unplug());
    vif_host_close(&host);
}

TEST(a_routed_tap_has_ipv6_where_it_needs_it)
{
    START(routed("2001:db8::1", "2001:db8::17"));
    ns_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    OK(plug());
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "tap0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/accept_ra", "tap0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/accept_redirects", "tap0"), 0);
    CHECK_INT(file_int("/proc/sys/net/ipv6/neigh/%s/proxy_delay", "tap0"), 0);
    OK(unplug());
    s.options.use_ipv6 = VIF_FALSE;
    OK(plug());
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "tap0"), 1);
    vif_host_close(&host);
}

/* The host would keep what is sent there, whatever its routes say. */
TEST(a_routed_tap_with_an_address_of_the_hosts)
{
    static const char *const own[2][2] = {{"192.0.2.1", "192.0.2.17"},
                                          {"2001:db8::1", "2001:db8::17"}};
    char text[400];
    size_t i;

    for (i = 0; i < 2; i++) {
        START(routed(own[i][0], own[i][1]));
        DO("ip link add lan0 type veth peer name lan1 && ip link set lan1 up && "
           "ip link set lan0 up && ip addr add %s/%s dev lan0 %s", own[i][1], i == 0 ? "24" : "64",
           i == 0 ? "" : "nodad");
        dump_host(&was);
        shim_start(FAULT_NONE, 0, 0);
        REFUSED_PLUG(VIF_E_EXISTS, "tap0", "is the host's own");
        CHECK_INT(shim.changing + shim.ioctls, 0);      /* said before anything was made */
        shim_stop();
        CHECK_INT(dry_run(VIF_PLUG, &s.options, false, text, sizeof text), VIF_E_EXISTS);
        CHECK_HAS(err.text, "is the host's own");
        DO("ip link del lan0");
        OK(plug());
        OK(unplug());
        vif_host_close(&host);
    }
}

/* ---- what the kernel changes by itself ------------------------------------------------------- */

TEST(an_mtu_without_ipv6)
{
    static const int mtus[] = {1200, 1500, 1279, 1280, 68};
    size_t i;
    START(scene_bridge_tap(&s, "br0", NULL));
    for (i = 0; i < sizeof mtus / sizeof *mtus; i++) {
        s.network.mtu = vif_int_of(mtus[i]);
        OK(plug());
        CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "tap0"),
                  mtus[i] < 1280 ? -1 : 1);
    }
    OK(unplug());
    vif_host_close(&host);
}

/* Files are found by the link's own name. */
TEST(a_bridge_by_an_alternative_name)
{
    START(scene_bridge_tap(&s, "other", NULL));
    if (sh("ip link add br0 type bridge && ip link property add dev br0 altname other") != 0) {
        SKIP("no alternative names");
    }
    DO("ip link set br0 alias vif:local:shared");
    OK(plug());
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", "br0"), 1);
    sh("ip -o link show master br0");
    CHECK_HAS(sh_text, "tap0");
    vif_host_close(&host);
}

/* ---- hosts that lack something --------------------------------------------------------------- */

TEST(no_tun)
{
    vif_host_desc d = vif_host_desc_default();
    clean();
    scene_tap(&s);
    d.options = &s.options;
    d.tun_path = "/nowhere/tun";
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    CHECK_INT(plug(), VIF_E_UNSUPPORTED);
    CHECK_HAS(err.text, "/nowhere/tun");
    CHECK(!exists("tap0"));
    DO("ip tuntap add tap0 mode tap");
    OK(plug());
    vif_host_close(&host);
}

static bool read_only_proc(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) == 0 &&
        mount(NULL, "/proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0;
}

/* The link whose setting is named is gone afterwards. With settings_optional it stays as it is. */
static int read_only(const void *arg)
{
    const char *link = (const char *)arg;
    char path[80];

    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", link);
    if (!read_only_proc()) {
        return 77;
    }
    CHECK_INT(plug(), VIF_E_SYSTEM);
    CHECK_HAS(err.text, path);
    CHECK_HAS(err.text, "settings_optional");
    CHECK(!exists(link));
    s.options.settings_optional = VIF_TRUE;
    OK(plug());
    OK(plug());
    CHECK_INT(file_int("/proc/sys/net/ipv6/conf/%s/disable_ipv6", link), 0);
    return check_failures;
}

static void read_only_at(const char *link)
{
    child c = child_start(read_only, link);
    const int status = child_finish(&c);

    if (status == 77) {
        SKIP("/proc/sys can't be made read-only here");
    }
    CHECK_INT(status, 0);
}

TEST(read_only_settings)
{
    START(scene_tap(&s));
    read_only_at("tap0");
    vif_host_close(&host);
    START(scene_bridge_tap(&s, "br0", NULL));
    read_only_at("br0");
    vif_host_close(&host);
}

/* A tap that dies with whoever makes it until it has its tag: killed at any call, none is left
 * without one. */
TEST(no_tap_without_a_tag)
{
    START(scene_tap(&s));
    for (int k = 1; k < 12; k++) {
        pid_t pid;
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
            shim_start(FAULT_NONE, 0, 0);
            shim.meddle = "kill -9 $PPID";
            shim.meddle_at = k;
            (void)!plug();
            _exit(0);
        }
        waitpid(pid, NULL, 0);
        sh("ip -o link show tap0 2>/dev/null");
        if (strstr(sh_text, "tap0") && !strstr(sh_text, TAG)) {
            CHECK_FAIL("killed before call %d: %s", k, sh_text);
        }
        sh("ip link del tap0 2>/dev/null");
    }
    vif_host_close(&host);
}

PLUG_MAIN
