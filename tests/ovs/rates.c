/* SPDX-License-Identifier: MIT
 * Rates of ports on a real Open vSwitch (userspace datapath): the rows that they are, how much
 * comes to a guest in a namespace, and that nothing of them stays behind. */
/* flags: -Wl,--wrap=sendmsg */
#include "ns.h"
#include "switch.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <time.h>

enum { MEGABIT = 1000000 };

static void rate(int64_t average, uint32_t burst)
{
    memset(&options.port_rate_in_bps, 0, sizeof options.port_rate_in_bps);
    if (average != 0) {
        options.port_rate_in_bps = vif_int_of(average);
    }
    options.port_rate_in_burst_bytes = burst;
}

static const char *qos(const char *port)
{
    sh("id=$(" VSCTL "get Port %s qos) && " VSCTL "get QoS $id type other_config && " VSCTL
       "get Queue $(" VSCTL "get QoS $id queues:0 2>/dev/null) other_config 2>/dev/null", port);
    return sh_text;
}

static const char *classes(void)
{
    sh("tc class show dev tap0");
    return sh_text;
}

/* Neither table has a row. */
#define NO_ROWS() \
    do { sh(VSCTL "list QoS -- list Queue"); CHECK_STR(sh_text, ""); } while (0)

TEST(rows_of_a_rate)
{
    char *before = everything();
    char uuid[64];
    plain("tap0", true);
    rate(8 * MEGABIT, 0);
    REQUIRE(open_host());
    GOOD(plug());
    strcpy(uuid, get("Port", "tap0", "_uuid"));
    CHECK_STR(qos("tap0"), "linux-htb\n{max-rate=\"8000000\"}\n"
              "{burst=\"80000\", max-rate=\"8000000\", min-rate=\"8000000\"}");
    CHECK_HAS(classes(), "rate 8Mbit ceil 8Mbit burst 10000b");
    GOOD(look());
    said[0] = '\0';
    GOOD(plug());
    CHECK_STR(said, "");
    rate(20 * MEGABIT, 100000);
    CHECK_INT(look(), VIF_E_DIFFERENT);
    CHECK(differs("qos max-rate", "20000000", "another"));
    GOOD(plug());
    CHECK_STR(qos("tap0"), "linux-htb\n{max-rate=\"20000000\"}\n"
              "{burst=\"800000\", max-rate=\"20000000\", min-rate=\"20000000\"}");
    CHECK_HAS(classes(), "rate 20Mbit ceil 20Mbit burst 100000b");
    CHECK_STR(get("Port", "tap0", "_uuid"), uuid);
    sh(VSCTL "--bare --columns=_uuid list QoS | grep -c .; " VSCTL
       "--bare --columns=_uuid list Queue | grep -c .");
    CHECK_STR(sh_text, "1\n1");
    options.port_rate_in_bps.state = VIF_STATE_UNSET;
    options.port_rate_in_burst_bytes = 0;
    sh(VSCTL "set Interface tap0 ingress_policing_rate=3000");
    GOOD(plug());                       /* unset: both stay */
    CHECK_STR(get("Interface", "tap0", "ingress_policing_rate"), "3000");
    CHECK_HAS(qos("tap0"), "linux-htb");
    options.port_rate_in_bps = options.port_rate_out_bps = vif_int_of(0);
    GOOD(plug());
    CHECK_STR(get("Interface", "tap0", "ingress_policing_rate"), "0");
    NO_ROWS();
    GOOD(unplug());
    SAME_AS(before);
    free(before);
    close_host();
}

/* Each of these is found, and set right. */
TEST(rows_that_others_change)
{
    static const char *const others[] = {
        "set Queue $(ovs-vsctl get QoS $(ovs-vsctl get Port tap0 qos) queues:0) "
        "other_config:burst=1", "clear QoS $(ovs-vsctl get Port tap0 qos) queues -- "
        "--all destroy Queue", "clear QoS $(ovs-vsctl get Port tap0 qos) queues",
        "set QoS $(ovs-vsctl get Port tap0 qos) queues:0=@q -- --id=@q create Queue dscp=7",
        "clear Port tap0 qos", "clear Port tap0 qos -- --all destroy QoS -- --all destroy Queue",
        "set QoS $(ovs-vsctl get Port tap0 qos) type=linux-sfq",
        "set QoS $(ovs-vsctl get Port tap0 qos) other_config:max-rate=5"};
    plain("tap0", true);
    rate(8 * MEGABIT, 20000);
    REQUIRE(open_host());
    GOOD(plug());
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        DO("ovs-vsctl --timeout=20 -- %s", others[i]);
        if (look() != VIF_E_DIFFERENT) {
            CHECK_FAIL("not found: %s", others[i]);
        }
        GOOD(plug());
        GOOD(look());
        CHECK_STR(qos("tap0"), "linux-htb\n{max-rate=\"8000000\"}\n"
                  "{burst=\"160000\", max-rate=\"8000000\", min-rate=\"8000000\"}");
        CHECK_HAS(classes(), "rate 8Mbit ceil 8Mbit burst 20000b");
    }
    GOOD(unplug());
    DO(VSCTL "--all destroy Queue");    /* somebody's, with dscp=7 */
    NO_ROWS();
    close_host();
}

/* From a rate in the switch's own words, and back: the queue goes. */
TEST(either_of_two_ways)
{
    plain("tap0", true);
    options.default_qos_type = "linux-htb";
    REQUIRE(open_host());
    for (int i = 0; i < 2; i++) {
        rate(0, 0);
        options.ovs_qos_max_rate_bps = vif_int_of(3 * MEGABIT);
        GOOD(plug());
        GOOD(look());
        sh(VSCTL "get QoS $(" VSCTL "get Port tap0 qos) other_config queues; " VSCTL "list Queue");
        CHECK_STR(sh_text, "{max-rate=\"3000000\"}\n{}");
        memset(&options.ovs_qos_max_rate_bps, 0, sizeof options.ovs_qos_max_rate_bps);
        rate(8 * MEGABIT, 20000);
        CHECK_INT(look(), VIF_E_DIFFERENT);
        GOOD(plug());
        CHECK_STR(qos("tap0"), "linux-htb\n{max-rate=\"8000000\"}\n"
                  "{burst=\"160000\", max-rate=\"8000000\", min-rate=\"8000000\"}");
    }
    GOOD(unplug());
    NO_ROWS();
    close_host();
}

/* ---- edits ----------------------------------------------------------------------------------- */

/* As an edit has it: what the options leave unset is set right, too. */
static void edit(vif_plan *plan, const vif_plan_input *in)
{
    vif__plan_ovs_plain(plan, in);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->items[i].kind == VIF_RES_OVS_PORT) {
            vif__plan_ovs_rates(plan, in, &plan->items[i], in->verb != VIF_UNPLUG);
        }
    }
}

static const vif_plugin_vif takes[] = {{VIF_CLASS_VIFOpenVSwitch, 0, 0, NULL},
                                       {VIF_CLASS_NONE, 0, 0, NULL}};
static const vif_plugin editor = {"editor", takes, edit};
static const vif_plugin *const plugins[] = {&editor};

static bool open_editor(void)
{
    vif_host_desc d = host_desc();
    d.plugins = plugins;
    d.plugin_count = 1;
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

TEST(edits_to_none_and_back)
{
    char uuid[64];
    plain("tap0", true);
    vif.base.plugin = "editor";
    profile.openvswitch.datapath_type = NULL;   /* as if it were the kernel's, for the policing */
    REQUIRE(open_editor());
    GOOD(plug());
    strcpy(uuid, get("Port", "tap0", "_uuid"));
    for (int i = 0; i < 2; i++) {
        rate(8 * MEGABIT, 20000);
        options.port_rate_out_bps = vif_int_of(1234567);
        options.port_rate_out_burst_bytes = 20001;
        GOOD(plug());
        GOOD(look());
        CHECK_HAS(qos("tap0"), "linux-htb\n{max-rate=\"8000000\"}\n{burst=\"160000\"");
        CHECK_STR(get("Interface", "tap0", "ingress_policing_rate ingress_policing_burst"),
                  "1235\n161");
        options.port_rate_out_burst_bytes = 0;
        GOOD(plug());
        CHECK_STR(get("Interface", "tap0", "ingress_policing_rate ingress_policing_burst"),
                  "1235\n0");
        rate(0, 0);
        memset(&options.port_rate_out_bps, 0, sizeof options.port_rate_out_bps);
        CHECK_INT(look(), VIF_E_DIFFERENT);
        CHECK(differs("qos max-rate", "none", "another"));
        CHECK(differs("ingress_policing_rate", "0", "1235"));
        GOOD(plug());
        GOOD(look());
        NO_ROWS();
        CHECK_STR(get("Interface", "tap0", "ingress_policing_rate ingress_policing_burst"),
                  "0\n0");
        CHECK_STR(get("Port", "tap0", "_uuid"), uuid);
        sh("tc qdisc show dev tap0");
        CHECK(!strstr(sh_text, "htb"));
    }
    /* another's row is no concern of it; nor is one of the port's own without a rate */
    DO(VSCTL "-- --id=@q create QoS type=linux-htb other_config:max-rate=7000000 -- "
       "set Port tap0 qos=@q");
    GOOD(look());
    GOOD(unplug());
    sh(VSCTL "--bare --columns=type list QoS");
    CHECK_STR(sh_text, "linux-htb");
    DO(VSCTL "--all destroy QoS");
    close_host();
}

/* A row of the port's that another port uses, too, stays for that one. */
TEST(none_where_another_port_uses_the_row)
{
    plain("tap0", true);
    vif.base.plugin = "editor";
    REQUIRE(open_editor());
    rate(8 * MEGABIT, 20000);
    GOOD(plug());
    DO(VSCTL "add-port br-int other0 -- set Interface other0 type=internal -- "
       "set Port other0 qos=$(" VSCTL "get Port tap0 qos)");
    rate(0, 0);
    CHECK_INT(look(), VIF_E_DIFFERENT);
    GOOD(plug());
    GOOD(look());
    CHECK_STR(get("Port", "tap0", "qos"), "[]");
    CHECK_HAS(qos("other0"), "{max-rate=\"8000000\"}");
    rate(9 * MEGABIT, 20000);
    GOOD(plug());
    GOOD(look());
    CHECK_HAS(qos("tap0"), "{max-rate=\"9000000\"}");
    DO(VSCTL "del-port other0");
    GOOD(unplug());
    NO_ROWS();
    close_host();
}

/* ---- failures -------------------------------------------------------------------------------- */

/* A port whose device is not there: the plug fails once the switch has said so, and puts back. */
TEST(a_failure_puts_rates_back)
{
    /* from a rate, a rate with another's queue, a rate in the switch's words, none */
    for (int from = 0; from < 4; from++) {
        for (int to = 0; to < 3; to++) {
            char *before, was[1024];
            plain("nodev0", false);
            vif.base.plugin = "editor";
            options.default_qos_type = "linux-htb";
            options.ovs_device_later = VIF_TRUE;
            REQUIRE(open_editor());
            if (from < 2) {
                rate(8 * MEGABIT, 20000);
            } else if (from == 2) {
                options.ovs_qos_max_rate_bps = vif_int_of(3000);
            }
            GOOD(plug());
            if (from == 1) {
                DO("qos=$(" VSCTL "get Port nodev0 qos); own=$(" VSCTL "get QoS $qos queues:0); "
                   VSCTL "set QoS $qos queues:0=@q -- destroy Queue $own -- "
                   "--id=@q create Queue dscp=7 other_config:else=kept");
            }
            settle();
            before = everything();
            strcpy(was, qos("nodev0"));
            options.ovs_device_later = VIF_FALSE;
            memset(&options.ovs_qos_max_rate_bps, 0, sizeof options.ovs_qos_max_rate_bps);
            rate(to == 0 ? 0 : 9 * MEGABIT, to == 0 ? 0 : 30000);
            if (to == 2) {
                rate(0, 0);
                options.ovs_qos_max_rate_bps = vif_int_of(5000);
            }
            FAILS(plug(), VIF_E_PLUG, "could not open network device nodev0");
            CHECK(!strstr(err.text, "left behind"));
            settle();
            SAME_AS(before);
            if (strcmp(qos("nodev0"), was) != 0) {
                CHECK_FAIL("from %d to %d: was\n%s\nis\n%s", from, to, was, sh_text);
            }
            GOOD(unplug());
            DO(VSCTL "--all destroy QoS -- --all destroy Queue");
            free(before);
            close_host();
        }
    }
}

/* Dies before each request: the same again makes it right, and an unplug takes all of it back. */
TEST(a_kill_at_each_request)
{
    char *before = everything();
    bool died = true;
    plain("tap0", true);
    vif.base.plugin = "editor";
    for (int way = 0; way < 3; way++) {
        died = true;
        for (int k = 1; died && k < 60; k++) {
            pid_t pid;
            int status = 0;
            REQUIRE(open_editor());
            rate(8 * MEGABIT, 20000);
            if (way > 0) {
                GOOD(plug());
                rate(way == 1 ? 0 : 9 * MEGABIT, 0);
            }
            vif_host_close(&host);
            fflush(stdout);
            pid = fork();
            if (pid == 0) {
                kill_after = k;
                _exit(open_editor() && plug() == VIF_OK ? 0 : 1);
            }
            waitpid(pid, &status, 0);
            died = WIFSIGNALED(status);
            CHECK(died || status == 0);
            REQUIRE(open_editor());
            if (k % 2 == 0) {
                GOOD(plug());
                GOOD(look());
            }
            GOOD(unplug());
            NO_ROWS();
            SAME_AS(before);
            close_host();
        }
        CHECK(!died);
    }
    free(before);
}

/* ---- traffic --------------------------------------------------------------------------------- */

/* Bytes that come in the guest's namespace in so many ms, of frames without a checksum (nobody
 * between here and there completes it) that are sent as fast as the switch takes them. */
static int64_t flows(int ns, int ms)
{
    static char block[1400];
    const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(5001),
                                   .sin_addr = {htonl(0xc0000211)}};
    const int home = open("/proc/self/ns/net", O_RDONLY), on = 1, size = 1 << 22;
    const int from = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int64_t bytes = 0, until;
    int to = -1;
    if (setns(ns, CLONE_NEWNET) == 0) {
        to = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (setns(home, CLONE_NEWNET) != 0) {
            abort();
        }
    }
    (void)setsockopt(from, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on);
    (void)setsockopt(to, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(to, (const struct sockaddr *)&at, sizeof at) == 0) {
        until = ovs_now(NULL) + ms;
        while (ovs_now(NULL) < until) {
            struct pollfd fds[2] = {{from, POLLOUT, 0}, {to, POLLIN, 0}};
            ssize_t got;
            (void)poll(fds, 2, 10);
            (void)!sendto(from, block, sizeof block, 0, (const struct sockaddr *)&at, sizeof at);
            while ((got = recv(to, block, sizeof block, 0)) > 0) {
                bytes += got;
            }
        }
    }
    close(to);
    close(from);
    close(home);
    return bytes;
}

TEST(what_a_guest_gets)
{
    const int ns = ns_new_net();
    int64_t open, bound;
    REQUIRE(ns >= 0);
    plain("tap0", true);
    options.netns_fd = vif_u32_of((uint32_t)ns);
    REQUIRE(open_host());
    GOOD(plug());
    DO("ip addr add 192.0.2.1/24 dev br-int && ip link set br-int up");
    DO("nsenter --net=/proc/%d/fd/%d ip addr add 192.0.2.17/24 dev eth0", (int)getpid(), ns);
    sh("ping -c2 -W2 192.0.2.17");
    open = flows(ns, 500) * 16 / 1000000;
    rate(8 * MEGABIT, 0);
    GOOD(plug());
    (void)flows(ns, 200);
    bound = flows(ns, 1000) * 8 / 1000000;
    printf("# no bound: %lld Mbit/s, 8 Mbit/s: %lld\n", (long long)open, (long long)bound);
    CHECK(open > 16);
    CHECK(bound >= 3 && bound <= 10);
    DO("ip addr del 192.0.2.1/24 dev br-int");
    GOOD(unplug());
    NO_ROWS();
    close_host();
    close(ns);
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
