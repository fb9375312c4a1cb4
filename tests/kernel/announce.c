/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A guest that has come from elsewhere: its neighbours, who know another MAC for its addresses,
 * learn the new one from the plug. Seen in the host's table of neighbours, and on the wire. */
#include "kernel/inside.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>

#define OLD "02:00:00:00:00:99"
#define NEW "22:52:25:62:e2:aa"

static int wire = -1;                   /* all that the guest sends */

/* The host, as a neighbour on br0, knows the guest where it was before. */
static bool started(void)
{
    clean();
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    DO("ip link add br0 address 02:00:00:00:00:55 type bridge && "
       "ip link add far type veth peer name port && ip link set port master br0 up && "
       "ip link set far up && ip link set br0 up && ip addr add 192.0.2.1/24 dev br0 && "
       "ip addr add 2001:db8::1/64 dev br0 nodad && "
       "ip neigh replace 192.0.2.17 lladdr " OLD " dev br0 nud reachable && "
       "ip neigh replace 2001:db8::17 lladdr " OLD " dev br0 nud reachable");
    scene_bridge(&s, "br0", NULL);
    scene_subnet(&s, "192.0.2.1", "192.0.2.17", NULL, NULL);
    scene_subnet(&s, "2001:db8::1", "2001:db8::17", NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    s.subnet[1].cidr = "2001:db8::/64";
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    s.options.l3_announce = VIF_TRUE;
    return ns >= 0 && opened();
}
#define START() do { REQUIRE(started()); } while (0)

static void listen_on(const char *link)
{
    struct sockaddr_ll from = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
                               .sll_ifindex = (int)if_nametoindex(link)};
    if (wire >= 0) {
        close(wire);
    }
    wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    CHECK_INT(bind(wire, (struct sockaddr *)&from, sizeof from), 0);
}

/* How many announcements of the address came, and (in *probes) of questions whether it is taken
 * before the first of them. */
static int heard(const char *address, int *probes)
{
    static const uint8_t mac[6] = {0x22, 0x52, 0x25, 0x62, 0xe2, 0xaa};
    uint8_t want[VIF_ANNOUNCEMENT_SIZE], got[2048];
    vif_ip ip;
    int count = 0;
    ssize_t n;
    CHECK(vif_ip_parse(address, strlen(address), false, &ip));
    const size_t len = vif_announcement(mac, ip.bytes, ip.len, false, want);
    *probes = 0;
    while ((n = recv(wire, got, sizeof got, MSG_DONTWAIT)) > 0) {
        count += (size_t)n == len && memcmp(got, want, len) == 0;
        *probes += n > 78 && got[12] == 0x86 && got[54] == 135 && count == 0 &&
            memcmp(got + 62, ip.bytes, 16) == 0;
    }
    return count;
}

static void known_as(const char *mac)
{
    sh("ip neigh show dev br0 192.0.2.17");
    CHECK_HAS(sh_text, mac);
    sh("ip neigh show dev br0 2001:db8::17");
    CHECK_HAS(sh_text, mac);
}

TEST(neighbours_learn_it)
{
    vif_difference d[4];
    size_t count = 0;
    char text[8192];
    int probes;
    START();
    s.options.l3_announce = VIF_FALSE;
    OK(plug());
    known_as(OLD);                      /* nobody has told them */
    s.options.l3_announce = VIF_TRUE;
    CHECK_INT(check_with(&s.options, d, 4, &count, &err), VIF_OK);
    OK(dry_run(VIF_PLUG, &s.options, false, text, sizeof text));
    CHECK_HAS(text, "change  announcement eth0 in namespace 1 (own); sent is no\n");
    CHECK(!strstr(text, "change  address"));
    known_as(OLD);
    listen_on("tap0");
    OK(plug());
    known_as(NEW);
    CHECK_INT(heard("192.0.2.17", &probes), 2);
    CHECK_INT(check_with(&s.options, d, 4, &count, &err), VIF_OK);
    OK(unplug());
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* The first plug: while it is looked for elsewhere nothing is announced, not even where it works
 * already. */
TEST(first_settled_then_announced)
{
    const char *path = "/proc/sys/net/ipv6/conf/all/optimistic_dad";
    int probes;
    START();
    ns_write("/proc/sys/net/ipv6/conf/all/accept_dad", "1");
    s.options.l3_dad = s.options.l3_optimistic = VIF_TRUE;
    sh("nsenter --net=/proc/%d/fd/%d sh -c 'echo 1 >%s'", (int)getpid(), ns, path);
    listen_on("br0");
    OK(plug());
    known_as(NEW);
    CHECK_INT(heard("2001:db8::17", &probes), 2);
    CHECK(probes > 0);
    INSIDE("-6 addr show dev eth0 to 2001:db8::17");
    CHECK(!strstr(sh_text, "tentative"));
    OK(unplug());
    vif_host_close(&host);
}

/* A macvlan over an interface without a carrier has none. */
TEST(no_carrier)
{
    START();
    DO("ip link add up0 type veth peer name up0-peer");
    vif_object_init(&s.vif, VIF_CLASS_VIFMacvlanNested);
    s.vif.base.id = VIF_ID;
    s.vif.base.network = &s.network;
    s.vif.macvlan_nested.vif_name = "tap0";
    s.network.bridge_interface = "up0";
    s.options.l3_settle_ms = 30;
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_STR(err.where, "announcement eth0 in namespace 1");
    CHECK_HAS(err.text, "no carrier, after l3_settle_ms");
    INSIDE("link show");
    CHECK(!strstr(sh_text, "eth0"));
    DO("ip link set up0-peer up");      /* and then it has, in a while */
    s.options.l3_settle_ms = 0;
    OK(plug());
    vif_host_close(&host);
}

/* Sockets that the caller opens are none for frames: refused before anything is there. */
static int socket_of(void *user, int netns_fd)
{
    static unsigned char buffer[8192];
    vif_nl_desc d = vif_nl_desc_default();
    vif_nl nl;
    (void)user;
    d.buffer = buffer;
    d.buffer_cap = sizeof buffer;
    return vif_nl_open_in(&nl, &d, netns_fd, NULL) == VIF_OK ? vif_nl_fd(&nl) : -1;
}

TEST(sockets_of_the_callers)
{
    vif_host_desc d = vif_host_desc_default();
    START();
    vif_host_close(&host);
    d.netlink_in = socket_of;
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    shim_start(FAULT_NONE, 0, 0);
    CHECK_INT(plug(), VIF_E_INVAL);
    shim_stop();
    CHECK_INT(shim.changing, 0);
    CHECK_HAS(err.text, "packet socket");
    s.options.l3_announce = VIF_FALSE;
    OK(plug());
    vif_host_close(&host);
}

/* A planner of an agent's own, in the host's namespace. */
static void plan_here(vif_plan *plan, const vif_plan_input *in)
{
    vif_resource *r = vif_plan_add(plan, VIF_RES_ADDRESS, VIF_OWN, "br0", NULL);
    (void)in;
    CHECK(vif_ip_parse("192.0.2.9/24", 12, true, &r->want.ip.address));
    r = vif_plan_add(plan, VIF_RES_ANNOUNCE, VIF_OWN, "br0", NULL);
    r->want.settled.ms = 1000;
}

static vif_status plug_here(void)
{
    vif_subject subject = {.plan = plan_here, .id = "one", .options = &s.options};
    vif_job_desc d = {.verb = VIF_PLUG, .subjects = &subject, .count = 1, .results = &host.result};
    memset(&err, 0, sizeof err);
    return vif_verb_many(&host, &d, &err);
}

TEST(in_the_hosts_namespace)
{
    struct sockaddr_nl at = {.nl_family = AF_NETLINK};
    vif_host_desc d = vif_host_desc_default();
    uint8_t got[2048];
    int count = 0;
    START();
    s.options.netns_fd.set = false;
    listen_on("far");
    OK(plug_here());
    for (ssize_t n; (n = recv(wire, got, sizeof got, MSG_DONTWAIT)) > 0; ) {
        count += n == 42 && got[13] == 6 && memcmp(got + 28, got + 38, 4) == 0 && got[31] == 9;
    }
    CHECK_INT(count, 2);
    vif_host_close(&host);
    d.netlink_fd = vif_fd_of(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    CHECK_INT(bind(d.netlink_fd.fd, (struct sockaddr *)&at, sizeof at), 0);
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    CHECK_INT(plug_here(), VIF_E_INVAL);
    CHECK_HAS(err.text, "packet socket");
    vif_host_close(&host);
    close(d.netlink_fd.fd);
}

/* Cancelled between the two, it leaves nothing, not even its socket. */
TEST(cancelled)
{
    vif_subject subject;
    vif_job_desc d;
    vif_job job;
    START();
    listen_on("br0");
    const int fds = count_fds();
    memset(&subject, 0, sizeof subject);
    memset(&d, 0, sizeof d);
    subject.vif = &s.vif;
    subject.options = &s.options;
    d.verb = VIF_PLUG;
    d.subjects = &subject;
    d.count = 1;
    d.results = &host.result;
    OK(vif_job_start(&job, &host, &d, &err));
    for (int probes, n = 0; n == 0 && vif_job_step(&job); ) {
        n = heard("192.0.2.17", &probes);
    }
    CHECK(exists("tap0") && count_fds() > fds);
    vif_job_cancel(&job);
    while (vif_job_step(&job)) {
    }
    CHECK_INT(vif_job_finish(&job, &err), VIF_E_CANCELED);
    CHECK(!exists("tap0"));
    CHECK_INT(count_fds(), fds);
    vif_host_close(&host);
}

/* Whatever call fails, nothing is left; the next plug announces. */
TEST(failure_at_each_step)
{
    bool hit = true;
    int failed = 0;
    for (int k = 1; hit; k += 3) {
        START();
        const int fds = count_fds();
        shim_start(FAULT_CALL, k, EIO);
        const vif_status st = plug();
        shim_stop();
        hit = shim.hit;
        CHECK_INT(count_fds(), fds);
        if (st != VIF_OK) {
            failed++;
            CHECK(!exists("tap0"));
            OK(plug());
        }
        known_as(NEW);
        vif_host_close(&host);
        if (check_failures > 0) {
            printf("# at %d: %s %s: %s\n", k, vif_status_name(st), err.where, err.text);
            return;
        }
    }
    CHECK(failed > 10);
}

PLUG_MAIN
