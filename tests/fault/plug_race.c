/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* vif.h while somebody else acts between any two steps of ours, for each step: links appear, vanish
 * and change hands under a plug. What is not ours is not taken away; of ours nothing is left when
 * the plug is refused; afterwards all can be made right. */
#include "kernel/plug.h"

typedef struct meddling {
    const char *command;
    bool refused;                       /* the plug is refused at its end, and taken back */
    bool unplugs;                       /* it is an unplug that is meddled with */
    int k;
} meddling;

#define SAYS(...) \
    do { printf("#   %s at step %d: ", m->command, m->k); printf(__VA_ARGS__); printf("\n"); \
         bad = true; } while (0)

/* What must hold after a plug that was refused. */
static bool refused(const meddling *m, vif_status st)
{
    bool bad = false;
    if (err.text[0] == '\0' || err.where[0] == '\0' || err.status != st || st == VIF_E_INVAL ||
        st == VIF_E_UNKNOWN) {
        SAYS("%s '%s' '%s'", vif_status_name(st), err.where, err.text);
    }
    if (!strstr(err.text, "left behind") && sh("ip -d link show | grep 'alias vif:local'") == 0) {
        SAYS("refused (%s: %s), and left: %s", err.where, err.text, sh_text);
    }
    if (strstr(m->command, "add br0") && shim.meddle_status == 0) {
        show("link show", "br0");
        if (!exists("br0") || file_int("/sys/class/net/%s/addr_assign_type", "br0") == 3 ||
            !strstr(sh_text, "mtu 1500 ")) {
            SAYS("the other's bridge is gone or changed (%s: %s): %s", err.where, err.text,
                 sh_text);
        }
    }
    return !bad;
}

/* 0: good; 1: bad; 2: there is no such step */
static int run(const void *arg)
{
    const meddling *m = arg;
    const vif_host_desc d = counted();
    bool bad = false, met;
    vif_status st;
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 || !ns_lo_up()) {     /* a /sys of its own */
        return 77;
    }
    (void)!mount("sysfs", "/sys", "sysfs", 0, NULL);
    if (sh("ip link add eth1 address 02:00:00:00:01:01 type veth peer name eth1p && "
           "ip link set eth1p up && ip link set eth1 up && "
           "ip addr add 192.0.2.2/24 dev eth1") != 0) {
        SAYS("%s", sh_text);
    }
    scene_bridge_tap(&s, "br0", "eth1");
    if (vif_host_open(&host, &d, &err) != VIF_OK || (m->unplugs && plug() != VIF_OK)) {
        SAYS("%s: %s", err.where, err.text);
        return 1;
    }
    s.options.tap_owner = vif_u32_of(4000);         /* no user of this namespace */
    s.options.tap_owner.set = m->refused;
    shim_start(FAULT_NONE, 0, 0);
    shim.meddle = m->command;
    shim.meddle_at = m->k;
    st = m->unplugs ? unplug() : plug();
    met = shim.meddled;
    shim_stop();
    if (m->refused && st == VIF_OK && met && !exists("tap0")) {
        SAYS("VIF_OK, and no tap");
    }
    if (st != VIF_OK && met) {
        bad = !refused(m, st) || bad;
    }
    if (m->unplugs && met && st == VIF_OK && sh("ip link show | grep -q " TAG) == 0) {
        SAYS("unplugged, and it is there");
    }
    if (!exists("eth1")) {
        sh("ip link add eth1 type veth peer name eth1p");
    }
    s.options.tap_owner.set = false;
    if (plug() == VIF_OK) {
        vif_difference found[4];
        size_t count = 0;
        if (check_with(&s.options, found, 4, &count, &err) != VIF_OK) {
            SAYS("afterwards: %zu differences, %s %s wanted %s found %s", count, found[0].resource,
                 found[0].attribute, found[0].wanted, found[0].found);
        }
        if (unplug() != VIF_OK || exists("tap0")) {
            SAYS("afterwards, unplug: %s: %s", err.where, err.text);
        }
    } else if (!strstr(err.text, "not tap") && !strstr(err.text, "belongs to")) {
        SAYS("afterwards: %s: %s", err.where, err.text);
    }
    vif_host_close(&host);
    if (memory.bytes != 0) {
        SAYS("%ld bytes leaked", memory.bytes);
    }
    return bad ? 1 : met ? 0 : 2;
}

static long steps;

static void every_step(const char *command, bool is_refused, bool unplugs)
{
    enum { AT_ONCE = 4, MOST = 120 };
    meddling m = {command, is_refused, unplugs, 0};
    child children[AT_ONCE];
    bool over = false;
    int k, i;
    for (k = 1; !over && k < MOST; k += AT_ONCE) {
        for (i = 0; i < AT_ONCE; i++) {
            m.k = k + i;
            children[i] = child_start(run, &m);
        }
        for (i = 0; i < AT_ONCE; i++) {
            const int result = child_finish(&children[i]);
            over = over || result == 2;
            steps += result == 0;
            if (result != 0 && result != 2) {
                CHECK_FAIL("%s at step %d: %d", command, k + i, result);
                over = true;
            }
        }
    }
    CHECK(k < MOST);
}

static bool has_tun(void)
{
    return access("/dev/net/tun", R_OK | W_OK) == 0;
}
#define NEED_TUN do { if (!has_tun()) { SKIP("no /dev/net/tun"); } } while (0)

TEST(somebody_makes_the_bridge)
{
    NEED_TUN;
    every_step("ip link add br0 type bridge", false, false);
    every_step("ip link add br0 type bridge", true, false);
}

TEST(somebody_deletes_the_bridge)
{
    NEED_TUN;
    every_step("ip link del br0", true, false);
    every_step("ip link del br0", false, true);
}

TEST(somebody_replaces_the_bridge)
{
    NEED_TUN;
    every_step("ip link del br0; ip link add br0 type bridge", false, false);
}

TEST(somebody_makes_the_tap)
{
    NEED_TUN;
    every_step("ip tuntap add tap0 mode tap", false, false);
    every_step("ip tuntap add tap0 mode tap && ip link set tap0 alias vif:other:x", false, false);
    every_step("ip link add tap0 type bridge", false, false);
}

TEST(somebody_deletes_the_tap)
{
    NEED_TUN;
    every_step("ip link del tap0", false, false);
    every_step("ip link del tap0", false, true);
    every_step("ip link del tap0; ip tuntap add tap0 mode tap", false, false);
}

TEST(somebody_takes_the_uplink)
{
    NEED_TUN;
    every_step("ip link del eth1", false, false);
    every_step("ip link set eth1 down", false, false);
    every_step("ip link set eth1 mtu 1400", true, false);
}

TEST(somebody_changes_addresses)
{
    NEED_TUN;
    every_step("ip addr add 192.0.2.9/24 dev eth1", true, false);
    every_step("ip addr flush dev eth1", false, false);
    every_step("ip route add 10.0.0.0/8 via 192.0.2.1", true, false);
}

int main(int argc, char **argv)
{
    int result;
    if (!ns_enter()) {
        puts("skip all: no user and network namespaces here");
        return 0;
    }
    result = check_main(argc, argv);
    printf("# %ld runs with somebody else\n", steps);
    return result;
}
