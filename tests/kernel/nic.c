/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* NICs of containers and virtual machines: made in a container's namespace, or as a tap, and taken
 * away again, one or several at once. */
#include "kernel/inside.h"
#include <arpa/inet.h>
#include <sched.h>

static vif_nic nics[8];
static vif_subject subjects[8];
static vif_options none;
static vif_arena arena;
static char room[16384];

static const char *container = "17";

/* Its NICs, from their JSON. */
static vif_status given(const char *json)
{
    const vif_nic_desc d = {json, strlen(json), container};
    vif_status st;
    memset(&err, 0, sizeof err);
    memset(&none, 0, sizeof none);
    none.netns_fd = vif_u32_of((uint32_t)ns);
    vif_arena_init(&arena, room, sizeof room);
    many = 8;
    st = vif_nic_decode(&arena, &d, nics, &many, &err);
    for (size_t i = 0; st == VIF_OK && i < many; i++) {
        subjects[i] = vif_nic_subject(&nics[i], &none);
    }
    instead = subjects;
    return st;
}

#define ONE \
    "{\"type\":\"bridge\",\"id\":\"br0\",\"hwaddr\":\"52:54:00:00:00:17\",\"name\":\"net0\"," \
    "\"config\":{\"cidr\":\"10.17.0.2/24\",\"gateway\":\"10.17.0.1\"}}"

/* A bridge that the host is on, and a container. */
static bool started(void)
{
    container = "17";
    clean();
    DO("ip link add br0 address 52:54:00:00:00:01 type bridge && ip link set br0 up && "
       "ip addr add 10.17.0.1/24 dev br0");
    uplink("card0");
    DO("ip link set card0 up");
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    DO_INSIDE("link set lo up");
    dump_host(&was);
    return ns >= 0 && opened();
}
#define START(json) do { REQUIRE(started()); OK(given(json)); } while (0)

static void empty(void)
{
    INSIDE("-o link show");
    CHECK_HAS(sh_text, "1: lo");
    CHECK(strchr(sh_text, '\n') == NULL || strchr(sh_text, '\n')[1] == '\0');
    CHECK(same_host());
}

static void is_right(void)
{
    INSIDE("-d link show dev net0");
    CHECK_HAS(sh_text, "link/ether 52:54:00:00:00:17");
    CHECK_HAS(sh_text, "LOWER_UP");
    CHECK_HAS(sh_text, "veth");
    INSIDE("addr show dev net0");
    CHECK_HAS(sh_text, "inet 10.17.0.2/24 scope global");
    INSIDE("route show");
    CHECK_HAS(sh_text, "default via 10.17.0.1 dev net0 proto static metric 1000");
    sh("ip -d link show cont17-0");
    CHECK_HAS(sh_text, "master br0");
    CHECK_HAS(sh_text, "alias vif:local:nic:17:0");
}

TEST(a_port_of_a_bridge)
{
    vif_difference d[4];
    START(ONE);
    subjects[0].differences = d;
    subjects[0].difference_cap = 4;
    OK(plug());
    CHECK_STR(results[0].link, "cont17-0");
    is_right();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    OK(vif_check(&host, subjects, &err));
    DO_INSIDE("route del default");
    DO_INSIDE("link set net0 address 52:54:00:00:00:18");
    CHECK_INT(vif_check(&host, subjects, &err), VIF_E_DIFFERENT);
    CHECK_INT(host.result.differences, 2);
    OK(plug());
    is_right();
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W5 10.17.0.1", (int)getpid(), ns);
    CHECK_HAS(sh_text, " 0% packet loss");
    OK(unplug());
    empty();
    OK(unplug());
    vif_host_close(&host);
}

TEST(bandwidth_of_a_port)
{
    START("{\"type\":\"bridge\",\"id\":\"br0\",\"bandwidth\":{\"ingressRate\":8000000}}");
    OK(plug());
    DO("tc qdisc show dev cont17-0 | grep 'tbf 7669: root .*rate 8Mbit burst 10000b'");
    OK(given("{\"type\":\"bridge\",\"id\":\"br0\",\"bandwidth\":{\"ingressRate\":10000000,"
             "\"ingressBurst\":400000}}"));
    CHECK_INT(vif_check(&host, subjects, &err), VIF_E_DIFFERENT);
    OK(plug());
    DO("tc qdisc show dev cont17-0 | grep 'rate 10Mbit burst 50000b'");
    OK(vif_check(&host, subjects, &err));
    OK(unplug());
    CHECK(same_host());
    vif_host_close(&host);
}

/* A container that has gone takes its end along: what there still is goes without it. */
TEST(a_container_that_has_gone)
{
    static vif_found found[4];
    size_t count;
    START(ONE);
    OK(plug());
    none.netns_fd.set = false;
    OK(unplug());
    CHECK(same_host());
    none.netns_fd = vif_u32_of((uint32_t)ns);
    OK(plug());
    OK(vif_list(&host, found, 4, &count, &err));
    CHECK_INT(count, 1);
    CHECK_STR(found[0].id, "nic:17:0");
    OK(vif_unplug_id(&host, "nic:17:0", &err));
    empty();
    OK(plug());                         /* a plug that was killed before the pair had its tag */
    DO("ip link set cont17-0 alias ''");
    none.netns_fd.set = false;
    OK(unplug());
    empty();
    DO("ip link add cont17-0 type veth peer name cont17-p");
    CHECK_INT(unplug(), VIF_E_EXISTS);  /* but one that leads nowhere is none of that sort */
    DO("ip link del cont17-0");
    none.netns_fd = vif_u32_of((uint32_t)ns);
    OK(plug());
    close(ns);
    ns = -1;
    none.netns_fd.set = false;
    OK(unplug());
    vif_host_close(&host);
}

TEST(several_at_once)
{
    START("[" ONE ",{\"type\":\"macvlan\",\"id\":\"card0\",\"name\":\"net1\","
          "\"config\":{\"cidr\":\"2001:db8:17::2/64\",\"gw\":\"2001:db8:17::1\"}},"
          "{\"type\":\"bridge\",\"id\":\"br1\",\"monitor\":true}]");
    DO("ip link add br1 address 52:54:00:00:00:02 type bridge && ip link set br1 mtu 1400 up");
    dump_host(&was);
    OK(plug());
    is_right();
    INSIDE("-d link show dev net1");
    CHECK_HAS(sh_text, "macvlan mode bridge");
    INSIDE("-6 route show default");
    CHECK_HAS(sh_text, "default via 2001:db8:17::1 dev net1 proto static metric 1000");
    INSIDE("link show dev eth2");
    CHECK_HAS(sh_text, "mtu 1400");
    DO("ip -o link show contm17-2 | grep 'master br1'");
    OK(unplug());
    empty();
    DO("ip link del br1");              /* one that can't be does not touch the others */
    CHECK_INT(plug(), VIF_E_NO_INTERFACE);
    CHECK_STR(err.where, "br1");
    CHECK_INT(results[0].status, VIF_OK);
    CHECK_INT(results[1].status, VIF_OK);
    is_right();
    OK(unplug());
    vif_host_close(&host);
}

/* For KVM: a tap, without addresses. */
TEST(without_a_container)
{
    START(ONE);
    none.netns_fd.set = false;
    OK(plug());
    DO("ip -d link show cont17-0 | grep 'tun type tap' && ip -o link show cont17-0 | "
       "grep 'master br0'");
    OK(vif_check(&host, subjects, &err));
    OK(unplug());
    empty();
    OK(given("{\"type\":\"macvlan\",\"id\":\"card0\"}"));
    none.netns_fd.set = false;
    CHECK_INT(plug(), VIF_E_INVAL);
    CHECK_HAS(err.text, "is not set");
    empty();
    vif_host_close(&host);
}

/* Nothing of what a NIC is connected to is ever made. */
TEST(what_is_not_there)
{
    START("{\"type\":\"bridge\",\"id\":\"br9\"}");
    CHECK_INT(plug(), VIF_E_NO_INTERFACE);
    CHECK_STR(err.where, "br9");
    OK(given("{\"type\":\"bridge\",\"id\":\"card0\"}"));
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "is none of: bridge");
    OK(given("{\"type\":\"macvlan\",\"id\":\"br0\"}"));
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "is none of: card,dummy");
    empty();
    vif_host_close(&host);
}

TEST(names_that_are_taken)
{
    START(ONE);
    DO_INSIDE("link add net0 type bridge");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "net0");
    DO_INSIDE("link del net0");
    DO("ip link add cont17-0 type bridge");
    CHECK_INT(plug(), VIF_E_EXISTS);
    DO("ip link del cont17-0");
    empty();
    vif_host_close(&host);
}

/* ---- behind the host's address --------------------------------------------------------------- */

static int outside = -1;                /* another host, which knows no way to the pool */

#define DEFAULT \
    "{\"type\":\"default\",\"config\":{\"cidr\":\"172.18.0.2/16\",\"ports\":[\"8080:80\"]}}"

static bool has_outside(void)
{
    if (!started()) {
        return false;
    }
    outside = outside >= 0 ? outside : ns_new_net();
    DO("sysctl -qw net.ipv4.ip_forward=1 && ip link del card0 && "
       "ip link add up0 type veth peer name eth0 netns /proc/%d/fd/%d && ip link set up0 up && "
       "ip addr add 203.0.113.1/24 dev up0", (int)getpid(), outside);
    DO("nsenter --net=/proc/%d/fd/%d sh -c 'ip addr add 203.0.113.2/24 dev eth0 && "
       "ip link set eth0 up'", (int)getpid(), outside);
    dump_host(&was);
    return outside >= 0;
}

/* The same host, with IPv6. */
static bool has_outside6(void)
{
    if (!has_outside()) {
        return false;
    }
    DO("sysctl -qw net.ipv6.conf.all.forwarding=1 && nft flush ruleset && "
       "ip addr add 2001:db8:203::1/64 dev up0 nodad");
    DO("nsenter --net=/proc/%d/fd/%d ip addr add 2001:db8:203::2/64 dev eth0 nodad",
       (int)getpid(), outside);
    dump_host(&was);
    return true;
}

/* An address of either family as the sockets have it; returns its length. */
static socklen_t address_of(struct sockaddr_storage *to, const char *text, uint16_t port)
{
    const bool six = strchr(text, ':') != NULL;
    memset(to, 0, sizeof *to);
    to->ss_family = six ? AF_INET6 : AF_INET;
    CHECK_INT(inet_pton(to->ss_family, text,
                        six ? (void *)&((struct sockaddr_in6 *)to)->sin6_addr
                            : (void *)&((struct sockaddr_in *)to)->sin_addr), 1);
    ((struct sockaddr_in *)to)->sin_port = htons(port);     /* in either it is at this place */
    return six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* A word from a server in one namespace to a client in another. */
typedef struct word_of {
    const char *address;                /* of the host, or that the server listens on */
    int ns;                             /* the client's; -1: the host's own */
} word_of;

static int serve(const void *arg)
{
    struct sockaddr_storage at;
    const socklen_t len = address_of(&at, ((const word_of *)arg)->address, 80);
    const int on = 1;                   /* the last server has only just gone */
    int s, c;
    if (setns(ns, CLONE_NEWNET) != 0 || (s = socket(at.ss_family, SOCK_STREAM, 0)) < 0 ||
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(s, (const struct sockaddr *)&at, len) != 0 || listen(s, 8) != 0) {
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        c = accept(s, NULL, NULL);
        if (c < 0 || send(c, "hello", 5, 0) != 5) {
            return 1;
        }
        close(c);
    }
    return 0;
}

static int ask(const void *arg)
{
    const word_of *of = (const word_of *)arg;
    struct sockaddr_storage to;
    const socklen_t len = address_of(&to, of->address, 8080);
    char word[8] = "";
    if (of->ns >= 0 && setns(of->ns, CLONE_NEWNET) != 0) {
        return 1;
    }
    for (int i = 0; i < 200; i++) {
        const int s = socket(to.ss_family, SOCK_STREAM, 0);
        if (connect(s, (const struct sockaddr *)&to, len) == 0) {
            return recv(s, word, sizeof word, 0) == 5 && strcmp(word, "hello") == 0 ? 0 : 2;
        }
        close(s);
        usleep(10000);
    }
    return 3;
}

/* The guest answers on that address of the host's, from outside and from the host. */
static void is_published(const char *any, const char *address)
{
    const word_of at = {any, -1}, from[2] = {{address, outside}, {address, -1}};
    child server = child_start(serve, &at), client;
    for (int i = 0; i < 2; i++) {
        client = child_start(ask, &from[i]);
        CHECK_INT(child_finish(&client), 0);
    }
    CHECK_INT(child_finish(&server), 0);
}

/* The host's own loopback address is none of those that a port is published on: whoever asks is
 * told so at once. */
static bool refused_by_loopback(const char *address)
{
    struct sockaddr_storage to;
    const socklen_t len = address_of(&to, address, 8080);
    const int s = socket(to.ss_family, SOCK_STREAM, 0);
    const bool refused = connect(s, (const struct sockaddr *)&to, len) != 0 &&
        errno == ECONNREFUSED;
    close(s);
    return refused;
}

TEST(behind_the_hosts_address)
{
    REQUIRE(has_outside());
    OK(given(DEFAULT));
    OK(plug());
    DO("ip addr show dev core0 | grep 'inet 172.18.0.1/16'");
    INSIDE("route show default");
    CHECK_HAS(sh_text, "default via 172.18.0.1 dev eth0 proto static metric 1000");
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W5 203.0.113.2", (int)getpid(), ns);
    CHECK_HAS(sh_text, " 0% packet loss");
    is_published("0.0.0.0", "203.0.113.1");
    CHECK(refused_by_loopback("127.0.0.1"));
    DO("nft flush chain ip vif to-cont17-0");
    CHECK_INT(vif_check(&host, subjects, &err), VIF_E_DIFFERENT);
    OK(plug());
    DO("nft list chain ip vif to-cont17-0 | grep 'dnat to 172.18.0.2:80'");
    OK(unplug());
    sh("nft list ruleset");
    CHECK(strstr(sh_text, "cont17-0") == NULL);
    CHECK_HAS(sh_text, "masquerade");   /* the bridge stays, for others */
    DO("ip link show core0 | grep 'alias vif:local:shared'");
    vif_host_close(&host);
}

/* Of both families, and a bridge that has had IPv4 alone before. */
TEST(behind_the_hosts_address_of_ipv6)
{
    REQUIRE(has_outside6());
    OK(given(DEFAULT));
    OK(plug());
    OK(unplug());
    OK(given("{\"type\":\"default\",\"config\":{\"pool\":\"172.18.0.1/16,fd00:18::1/64\","
             "\"cidr\":\"172.18.0.2/16,fd00:18::2/64\",\"ports\":[\"8080:80\"]}}"));
    OK(plug());
    DO("ip addr show dev core0 | grep 'inet6 fd00:18::1/64'");
    INSIDE("-6 route show default");
    CHECK_HAS(sh_text, "default via fd00:18::1 dev eth0 proto static metric 1000");
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W5 203.0.113.2", (int)getpid(), ns);
    CHECK_HAS(sh_text, " 0% packet loss");
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W5 2001:db8:203::2", (int)getpid(), ns);
    CHECK_HAS(sh_text, " 0% packet loss");
    is_published("0.0.0.0", "203.0.113.1");
    is_published("::", "2001:db8:203::1");
    CHECK(refused_by_loopback("127.0.0.1"));
    CHECK(refused_by_loopback("::1"));
    DO("nft flush chain ip6 vif to-cont17-0");
    CHECK_INT(vif_check(&host, subjects, &err), VIF_E_DIFFERENT);
    OK(plug());
    DO("nft list chain ip6 vif to-cont17-0 | grep 'dnat to .fd00:18::2.:80'");
    OK(given(DEFAULT));                 /* one of IPv4 alone takes nothing from the others */
    CHECK_INT(vif_check(&host, subjects, &err), VIF_OK);
    DO("ip addr show dev core0 | grep 'inet6 fd00:18::1/64'");
    OK(unplug());                       /* nor does it need to know what the plug was told */
    sh("nft list ruleset");
    CHECK(strstr(sh_text, "cont17-0") == NULL);
    CHECK_HAS(sh_text, "fd00:18::/64");
    vif_host_close(&host);
}

/* Rules outlive the link that they are about: they are found by their tag, whoever has forgotten
 * what the NIC was, and only they. */
TEST(rules_of_a_container_that_has_gone)
{
    static vif_found found[8];
    const vif_gc_desc gc = {found, 6, NULL, 0, false};
    size_t count;
    vif_found *chain = NULL;
    REQUIRE(has_outside6());
    OK(given("{\"type\":\"default\",\"config\":{\"pool\":\"172.18.0.1/16,fd00:18::1/64\","
             "\"cidr\":\"172.18.0.2/16,fd00:18::2/64\",\"ports\":[\"8080:80\"]}}"));
    none.port_spoofchk = VIF_TRUE;
    nics[0].hwaddr = "52:54:00:00:00:17";
    OK(plug());
    OK(vif_list(&host, found, 8, &count, &err));
    CHECK_INT(count, 7);                /* the bridge, the link, its five chains */
    for (size_t i = 0; i < count && i < 8; i++) {
        chain = strcmp(found[i].name, "to-cont17-0") == 0 && found[i].kind[9] == '\0'
            ? &found[i] : chain;
    }
    REQUIRE(chain != NULL);
    CHECK_STR(chain->kind, "nft chain");
    CHECK_STR(chain->id, "nic:17:0");
    DO("nft add table ip other && "
       "nft add chain ip other to-x '{ comment \"vif:local:nic:17:0\"; }' && "
       "nft add chain ip vif to-y '{ comment \"vif:agent:nic:17:0\"; }'");
    close(ns);
    ns = -1;
    none.netns_fd.set = false;
    for (int i = 0; i < 200 && exists("cont17-0"); i++) {
        usleep(10000);
    }
    CHECK(!exists("cont17-0"));
    OK(vif_list(&host, found, 8, &count, &err));
    CHECK_INT(count, 6);
    OK(vif_gc(&host, &gc, &count, &err));
    CHECK_INT(count, 1);
    sh("nft list ruleset");
    CHECK(strstr(sh_text, "cont17-0") == NULL);
    CHECK_HAS(sh_text, "chain to-x");
    CHECK_HAS(sh_text, "chain to-y");
    DO("nft delete table ip other && nft delete chain ip vif to-y");
    vif_host_close(&host);
}

/* An unplug that is told of no ports, and a chain of the same name that is another's. */
TEST(rules_that_nobody_remembers)
{
    REQUIRE(has_outside());
    OK(given(DEFAULT));
    OK(plug());
    nics[0].ports.count = 0;
    OK(unplug());
    sh("nft list ruleset");
    CHECK(strstr(sh_text, "cont17-0") == NULL);
    DO("nft add chain ip vif to-cont17-0 '{ comment \"vif:agent:nic:17:0\"; }'");
    OK(unplug());
    DO("nft list chain ip vif to-cont17-0");
    OK(given(DEFAULT));                 /* whose link is this NIC's, so it is a left-over */
    OK(plug());
    OK(vif_check(&host, subjects, &err));
    DO("nft list chain ip vif to-cont17-0 | grep 'comment .vif:local:nic:17:0'");
    OK(unplug());
    DO("! nft list chain ip vif to-cont17-0");
    vif_host_close(&host);
}

/* More than a cidr can say: two addresses and a route; and what leaves keeps its address. */
TEST(subnets)
{
    static vif_subnet_list list;
    static vif_subnet nets[2];
    static vif_fixed_ip_list ips[2];
    static vif_fixed_ip ip[2];
    static vif_route_list routes;
    static vif_route route;
    REQUIRE(has_outside());
    OK(given("{\"type\":\"default\",\"config\":{\"masquerade\":false}}"));
    vif_object_init(&list, VIF_CLASS_SubnetList);
    vif_object_init(&routes, VIF_CLASS_RouteList);
    vif_object_init(&route, VIF_CLASS_Route);
    for (int i = 0; i < 2; i++) {
        vif_object_init(&nets[i], VIF_CLASS_Subnet);
        vif_object_init(&ips[i], VIF_CLASS_FixedIPList);
        vif_object_init(&ip[i], VIF_CLASS_FixedIP);
        ips[i].objects.items = &ip[i];
        ips[i].objects.count = 1;
        nets[i].ips = &ips[i];
    }
    nets[0].cidr = "172.18.0.0/16";
    ip[0].address = "172.18.0.9";
    nets[1].cidr = "2001:db8:17::/64";
    ip[1].address = "2001:db8:17::9";
    route.cidr = "203.0.113.0/24";
    route.gateway = "172.18.0.1";
    routes.objects.items = &route;
    routes.objects.count = 1;
    nets[0].routes = &routes;
    list.objects.items = nets;
    list.objects.count = 2;
    nics[0].subnets = &list;
    DO("nft flush ruleset");
    OK(plug());
    INSIDE("addr show dev eth0");
    CHECK_HAS(sh_text, "inet 172.18.0.9/16 ");
    CHECK_HAS(sh_text, "inet6 2001:db8:17::9/64 ");
    INSIDE("route show");
    CHECK_HAS(sh_text, "203.0.113.0/24 via 172.18.0.1 dev eth0");
    CHECK(strstr(sh_text, "default") == NULL);
    sh("nft list ruleset");
    CHECK_STR(sh_text, "");
    OK(unplug());
    nics[0].cidr = "172.18.0.2/16";
    CHECK_INT(plug(), VIF_E_FIELD);
    CHECK_STR(err.where, "subnets");
    vif_host_close(&host);
}

/* Without forwarding there is no way out: said before anything is made. */
TEST(a_host_that_does_not_forward)
{
    REQUIRE(has_outside());
    DO("nft flush ruleset; sysctl -qw net.ipv4.ip_forward=0");
    dump_host(&was);
    OK(given(DEFAULT));
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, "ip_forward");
    empty();
    DO("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=0");
    dump_host(&was);
    OK(given("{\"type\":\"default\",\"config\":{\"pool\":\"172.18.0.1/16,fd00:18::1/64\"}}"));
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, "ipv6/conf/all/forwarding is 0");
    CHECK_HAS(err.text, "accept_ra=2");
    empty();
    none.use_ipv6 = VIF_FALSE;          /* does without */
    OK(plug());
    CHECK(strchr(results[0].address, ':') == NULL);
    OK(unplug());
    vif_host_close(&host);
}

/* ---- addresses of a pool --------------------------------------------------------------------- */

static size_t pools;                    /* how many a container has addresses of */

/* A default NIC of a container in a pool. */
static void in_pool(const char *of, const char *pool)
{
    static char json[128];
    container = of;
    pools = strchr(pool, ',') != NULL ? 2 : 1;
    snprintf(json, sizeof json, "{\"type\":\"default\",\"config\":{\"pool\":\"%s\"}}", pool);
    OK(given(json));
}

static bool has_pool(void)
{
    sh("rm -rf /run/vif");
    if (!has_outside()) {
        return false;
    }
    DO("nft flush ruleset");
    return true;
}

static size_t leases(void)
{
    sh("ls /run/vif | grep -c lease");
    return (size_t)atoi(sh_text);
}

TEST(an_address_of_the_pool)
{
    static vif_found found[8];
    uint64_t asked, asked_more;
    char first[80];
    size_t count, named = 0;
    REQUIRE(has_pool());
    in_pool("17", "172.18.0.1/16");
    OK(plug());
    strcpy(first, results[0].address);
    CHECK(strncmp(first, "172.18.", 7) == 0 && strcmp(first + strlen(first) - 3, "/16") == 0);
    INSIDE("addr show dev eth0");
    CHECK_HAS(sh_text, first);
    INSIDE("route show default");
    CHECK_HAS(sh_text, "via 172.18.0.1 ");
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());                         /* it keeps what it has */
    shim_stop();
    CHECK_INT(shim.changing, 0);
    CHECK_STR(results[0].address, first);
    OK(vif_check(&host, subjects, &err));
    asked = host.nl.count.requests;
    OK(plug());
    asked = host.nl.count.requests - asked;
    DO_INSIDE("link set lo down");
    asked_more = host.nl.count.requests;
    OK(plug());                         /* lo is the guest's: no lock of the bridge, no new look */
    CHECK(host.nl.count.requests - asked_more <= asked);
    CHECK_INT(leases(), 1);
    OK(vif_list(&host, found, 8, &count, &err));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(found[i].kind, "lease") == 0) {
            CHECK_STR(found[i].id, "nic:17:0");
            CHECK(strncmp(found[i].name, "core0.172.18.", 13) == 0);
            named++;
        }
    }
    CHECK_INT(named, 1);
    OK(unplug());
    CHECK_INT(leases(), 0);
    OK(plug());
    OK(vif_unplug_id(&host, "nic:17:0", &err));
    CHECK_INT(leases(), 0);
    vif_host_close(&host);
}

/* So many descriptors are free from now on; -1: as many as before. */
static void free_fds(int count)
{
    static struct rlimit was;
    struct rlimit few;
    const int next = dup(0);
    close(next);
    if (count < 0) {
        setrlimit(RLIMIT_NOFILE, &was);
        return;
    }
    getrlimit(RLIMIT_NOFILE, &was);
    few.rlim_cur = (rlim_t)(next + count);
    few.rlim_max = was.rlim_max;
    setrlimit(RLIMIT_NOFILE, &few);
}

/* What can't be looked at is not said to be nothing: a directory, or a file in it, that there was
 * no descriptor for. */
TEST(files_that_can_not_be_opened)
{
    static vif_found found[8];
    vif_status st;
    size_t all, count;
    REQUIRE(has_pool());
    in_pool("17", "172.18.0.1/16");
    OK(plug());
    DO("cd /run/vif && l=$(echo *.lease) && n=${l%%%%.*} && echo vif:local:other >$n.tap7.group && "
       "cp /dev/null $n.x.note");
    OK(vif_list(&host, found, 8, &all, &err));
    OK(vif_notes(&host, found, 8, &count, &err));
    for (int n = 0; n < 3; n++) {
        free_fds(n);
        st = vif_list(&host, found, 8, &count, &err);
        free_fds(-1);
        CHECK(st == VIF_OK ? n == 2 && count == all : err.sys_errno == EMFILE);
        free_fds(n);
        st = vif_notes(&host, found, 8, &count, &err);
        free_fds(-1);
        CHECK(st == VIF_OK ? n == 2 : err.sys_errno == EMFILE);
        if (n < 2) {
            CHECK_STR(err.text, "/run/vif");
            free_fds(n);
            st = vif_unplug_id(&host, "nic:17:0", &err);
            free_fds(-1);
            CHECK_INT(st, VIF_E_SYSTEM);
            free_fds(n);
            st = unplug();
            free_fds(-1);
            CHECK_INT(st, VIF_E_SYSTEM);
            CHECK_INT(leases(), 1);
        }
    }
    OK(unplug());
    CHECK_INT(leases(), 0);
    vif_host_close(&host);
}

/* A FIFO among the leases, and among the files that a sweep looks at, keeps nobody waiting. */
TEST(a_fifo_among_the_leases)
{
    static vif_found found[8];
    size_t count;
    REQUIRE(has_pool());
    in_pool("17", "172.18.0.1/16");
    OK(plug());
    DO("cd /run/vif && l=$(echo *.lease) && rm $l && mkfifo $l ${l%%.lease}.new");
    alarm(20);
    (void)!plug();
    (void)!vif_list(&host, found, 8, &count, &err);
    {
        vif_gc_desc gc;
        size_t dead;
        memset(&gc, 0, sizeof gc);
        (void)!vif_gc(&host, &gc, &dead, &err);
    }
    (void)!unplug();
    alarm(0);
    DO("rm -f /run/vif/*");
    OK(unplug());
    vif_host_close(&host);
}

/* Three addresses, of which one is the bridge's. */
TEST(a_pool_that_is_full)
{
    char one[80];
    REQUIRE(has_pool());
    in_pool("17", "10.99.0.1/29");      /* six, one of them the bridge's */
    for (int i = 0; i < 5; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        in_pool(name, "10.99.0.1/29");
        none.netns_fd.set = false;
        OK(plug());
        strcpy(one, results[0].address);
    }
    CHECK_INT(leases(), 5);
    in_pool("5", "10.99.0.1/29");
    none.netns_fd.set = false;
    CHECK_INT(plug(), VIF_E_CONFLICT);
    CHECK_HAS(err.text, "no address");
    CHECK_INT(leases(), 5);
    in_pool("4", "10.99.0.1/29");
    none.netns_fd.set = false;
    OK(unplug());
    in_pool("5", "10.99.0.1/29");
    none.netns_fd.set = false;
    OK(plug());
    CHECK_STR(results[0].address, one);
    vif_host_close(&host);
}

/* Eight processes and the fourteen addresses of a pool but one: nobody gets what another has. */
static int plugs_from_pool(const void *arg)
{
    char name[8];
    if (!opened()) {
        return 1;
    }
    snprintf(name, sizeof name, "%d", *(const int *)arg);
    in_pool(name, "10.99.0.1/28");
    none.netns_fd.set = false;
    for (int i = 0; i < 20; i++) {
        if (plug() != VIF_OK || (i < 19 && unplug() != VIF_OK)) {
            fprintf(stderr, "%s %s %s\n", vif_status_name(err.status), err.where, err.text);
            return 2;
        }
    }
    return check_failures > 0;
}

/* Eight processes at once, each with its number. */
static void eight(int (*what)(const void *number))
{
    child all[8];
    int numbers[8];
    for (int i = 0; i < 8; i++) {
        numbers[i] = i;
        all[i] = child_start(what, &numbers[i]);
    }
    for (int i = 0; i < 8; i++) {
        CHECK_INT(child_finish(&all[i]), 0);
    }
}

TEST(a_pool_of_many_processes)
{
    REQUIRE(has_pool());
    in_pool("0", "10.99.0.1/28");
    none.netns_fd.set = false;
    OK(plug());                         /* the bridge is there */
    eight(plugs_from_pool);
    CHECK_INT(leases(), 8);
    sh("cat /run/vif/*.lease | tr v '\\n' | sort -u | grep -c nic");
    CHECK_INT(atoi(sh_text), 8);
    for (int i = 0; i < 8; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        in_pool(name, "10.99.0.1/28");
        none.netns_fd.set = false;
        OK(unplug());
    }
    CHECK_INT(leases(), 0);
    vif_host_close(&host);
}

/* Eight processes of two owners, and no bridge yet: whoever makes it, it has the pool's address
 * before anybody is refused for that. The containers of both are in one pool. */
static int plugs_of_two_owners(const void *arg)
{
    const int n = *(const int *)arg;
    char name[8];
    owner = n % 2 != 0 ? "one" : "two";
    if (!opened()) {
        return 1;
    }
    snprintf(name, sizeof name, "%d", n);
    in_pool(name, "10.99.0.1/28,fd00:18::1/64");
    none.netns_fd.set = false;
    for (int i = 0; i < 4; i++) {
        if (plug() != VIF_OK || unplug() != VIF_OK || plug() != VIF_OK) {
            fprintf(stderr, "%s %s %s\n", vif_status_name(err.status), err.where, err.text);
            return 2;
        }
        if (i < 3 && unplug() != VIF_OK) {
            return 3;
        }
    }
    return check_failures > 0;
}

TEST(a_pool_of_two_owners)
{
    REQUIRE(has_outside6());
    for (int round = 0; round < 4; round++) {
        sh("rm -rf /run/vif; ip link del core0; nft flush ruleset");
        eight(plugs_of_two_owners);
        CHECK_INT(leases(), 16);
        sh("for l in /run/vif/*.lease; do cat $l; echo; done | sort | uniq -c | grep -c ' 2 vif:'");
        CHECK_INT(atoi(sh_text), 8);
        for (int i = 0; i < 8; i++) {
            sh("ip link del cont%d-0", i);
        }
    }
    sh("rm -rf /run/vif; ip link del core0; nft flush ruleset");
    vif_host_close(&host);
}

/* A file with something else in it is nobody's: he who has the address finds it again, nothing is
 * left of it, and it is in nobody's way. One that can't be had is passed over. */
TEST(a_pool_with_something_else_in_it)
{
    static const char *what[] = {
        "printf vif:lo", "printf 'vif:local:nic:17:0\\n'", "printf '\\0vif:local:nic:17:0'",
        "head -c 5000 /dev/urandom", "yes vif:local:nic:17:0", "printf 'vif::x'"};
    char first[80];
    REQUIRE(has_pool());
    in_pool("17", "10.99.0.1/30");      /* one, beside the bridge's */
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        OK(plug());
        strcpy(first, results[0].address);
        DO("%s | head -c 6000 >$(ls /run/vif/*.lease)", what[i]);
        CHECK_INT(vif_check(&host, subjects, &err), VIF_E_DIFFERENT);
        OK(plug());
        CHECK_STR(results[0].address, first);
        OK(vif_check(&host, subjects, &err));
        DO("%s | head -c 6000 >$(ls /run/vif/*.lease)", what[i]);
        OK(unplug());
        CHECK_INT(leases(), 0);
    }
    OK(plug());
    DO("f=$(ls /run/vif/*.lease) && rm $f && mkdir $f");
    CHECK_INT(plug(), VIF_E_CONFLICT);
    CHECK_HAS(err.text, "no address");
    DO("rmdir /run/vif/*.lease");
    OK(plug());
    OK(unplug());
    vif_host_close(&host);
}

/* A bridge of that name that is somebody's, and has not the pool's address: the guest would have a
 * gateway that nobody is. With it the bridge serves, and keeps all that it has. */
TEST(a_pool_of_somebodys_bridge)
{
    REQUIRE(has_pool());
    DO("ip link del core0; ip link add core0 type bridge && ip link set core0 up && "
       "ip addr add 192.0.2.1/24 dev core0");
    dump_host(&was);
    in_pool("17", "172.18.0.1/16");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_STR(err.where, "address core0");
    CHECK_HAS(err.text, "has not this address");
    empty();
    CHECK_INT(leases(), 0);
    DO("ip link set core0 alias vif:other:shared");     /* one that may still get it */
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "has not this address");
    CHECK_INT(leases(), 0);
    CHECK(!exists("cont17-0"));
    DO("(sleep 0.3; ip addr add 172.18.0.1/16 dev core0) &");
    OK(plug());
    OK(unplug());
    DO("ip addr show dev core0 | grep 'inet 192.0.2.1/24'");
    DO("ip addr show dev core0 | grep 'inet 172.18.0.1/16'");
    DO("ip link del core0");
    vif_host_close(&host);
}

/* One of each family; what a list knows gives back both. */
TEST(addresses_of_two_pools)
{
    static vif_found found[8];
    char first[80], *second;
    size_t count;
    REQUIRE(has_outside6());
    sh("rm -rf /run/vif");
    in_pool("17", "fd00:18::1/64,172.18.0.1/16");
    OK(plug());
    strcpy(first, results[0].address);
    second = strchr(first, ',');
    REQUIRE(second != NULL);
    CHECK(strncmp(first, "172.18.", 7) == 0 && strncmp(second, ",fd00:18::", 10) == 0);
    INSIDE("addr show dev eth0");
    CHECK_HAS(sh_text, second + 1);
    *second = '\0';
    CHECK_HAS(sh_text, first);
    *second = ',';
    OK(plug());
    CHECK_STR(results[0].address, first);
    CHECK_INT(leases(), 2);
    OK(vif_list(&host, found, 8, &count, &err));
    CHECK_INT(count, 4);
    OK(vif_unplug_id(&host, "nic:17:0", &err));
    CHECK_INT(leases(), 0);
    in_pool("17", "fd00:18::1/126");    /* two: ::1 is the bridge's, ::2 */
    DO("ip link del core0");
    OK(plug());
    CHECK_STR(results[0].address, "fd00:18::2/126");
    in_pool("18", "fd00:18::1/126");
    CHECK_INT(plug(), VIF_E_CONFLICT);
    in_pool("17", "fd00:18::1/126");
    OK(unplug());
    vif_host_close(&host);
}

static void has_one(void)
{
    INSIDE("addr show dev eth0");
    CHECK_HAS(sh_text, strtok(results[0].address, ","));
    CHECK_INT(leases(), pools);
}

static void has_none(void)
{
    CHECK_INT(leases(), 0);
}

TEST(a_pool_and_a_kill_at_each_call)
{
    REQUIRE(has_outside6());
    sh("rm -rf /run/vif");
    in_pool("17", "172.18.0.1/16,fd00:18::1/64");
    kill_at_each_call((killing){opened, has_one, has_none, 0});
    vif_host_close(&host);
}

/* ---- a network of two hosts ------------------------------------------------------------------ */

static int far_ns = -1;                 /* a container there */

#define FAR(address) \
    "{\"type\":\"vxlan\",\"id\":\"7\",\"backend\":\"linux\",\"master\":\"%s\"," \
    "\"name\":\"net0\",\"config\":{\"cidr\":\"" address "/24\"}}"

/* What the agent of the other host does; there the network has to be made, too. */
static int far_host(const void *arg)
{
    char json[256];
    if (setns(outside, CLONE_NEWNET) != 0 || !opened()) {
        return 1;
    }
    snprintf(json, sizeof json, FAR("10.2.0.2"), "eth0");
    container = "18";
    CHECK_INT(given(json), VIF_OK);
    none.netns_fd = vif_u32_of((uint32_t)far_ns);
    CHECK_INT(*(const bool *)arg ? plug() : unplug(), VIF_OK);
    return check_failures > 0;
}

TEST(a_network_of_two_hosts)
{
    const bool in = true, out = false;
    char json[256];
    child far;
    REQUIRE(has_outside());
    far_ns = ns_new_net();
    snprintf(json, sizeof json, FAR("10.2.0.1"), "up0");
    OK(given(json));
    OK(plug());
    far = child_start(far_host, &in);
    CHECK_INT(child_finish(&far), 0);
    INSIDE("link show dev net0");
    CHECK_HAS(sh_text, "mtu 1450");
    DO("ip -d link show vtep7 | grep 'vxlan id 7 group 239.0.0.1 dev up0' && "
       "ip link show vtep7 | grep 'master vxlbr7'");
    sh("nsenter --net=/proc/%d/fd/%d ping -c3 -i0.2 -W5 10.2.0.2", (int)getpid(), ns);
    CHECK_HAS(sh_text, "bytes from 10.2.0.2");
    far = child_start(far_host, &out);
    CHECK_INT(child_finish(&far), 0);
    sh("nsenter --net=/proc/%d/fd/%d ip -o link", (int)getpid(), outside);
    CHECK(strstr(sh_text, "vtep7") == NULL && strstr(sh_text, "vxlbr7") == NULL);
    OK(unplug());
    empty();
    close(far_ns);
    vif_host_close(&host);
}

/* Each is the last but for the other. */
TEST(two_ports_that_leave_at_once)
{
    char json[600];
    REQUIRE(has_outside());
    snprintf(json, sizeof json, "[" FAR("10.2.0.1") ",{\"type\":\"vxlan\",\"id\":\"8\","
             "\"backend\":\"linux\",\"master\":\"up0\"}]", "up0");
    OK(given(json));
    nics[2] = nics[0];                  /* and one more in the first one's network */
    nics[2].index = 2;
    nics[2].name = "net2";
    nics[2].cidr = "10.2.0.3/24";
    subjects[2] = vif_nic_subject(&nics[2], &none);
    many = 3;
    OK(plug());
    DO("ip -o link show master vxlbr7 | grep cont17-0 && ip -o link show master vxlbr7 | "
       "grep cont17-2");
    OK(unplug());
    empty();
    vif_host_close(&host);
}

static void in_network(void)
{
    INSIDE("addr show dev net0");
    CHECK_HAS(sh_text, "inet 10.2.0.1/24");
    DO("ip link show vtep7 | grep 'master vxlbr7' && ip link show cont17-0 | grep 'master vxlbr7'");
}

TEST(a_network_and_a_kill_at_each_call)
{
    char json[256];
    REQUIRE(has_outside());
    snprintf(json, sizeof json, FAR("10.2.0.1"), "up0");
    OK(given(json));
    kill_at_each_call((killing){opened, in_network, empty, 0});
    vif_host_close(&host);
}

/* ---- a card of the host's -------------------------------------------------------------------- */

#define CARD \
    "{\"type\":\"passthrough\",\"id\":\"card0\",\"hwaddr\":\"52:54:00:00:00:17\"," \
    "\"name\":\"net0\",\"config\":{\"cidr\":\"10.18.0.2/24\",\"gateway\":\"10.18.0.1\"}}"

static void card_is_inside(void)
{
    CHECK(!exists("card0"));
    INSIDE("link show dev net0");
    CHECK_HAS(sh_text, "link/ether 52:54:00:00:00:17");
    CHECK_HAS(sh_text, "LOWER_UP");
    CHECK_HAS(sh_text, "mtu 1400");
    CHECK_HAS(sh_text, "altname thecard");
    INSIDE("addr show dev net0");
    CHECK_HAS(sh_text, "inet 10.18.0.2/24");
    INSIDE("route show default");
    CHECK_HAS(sh_text, "default via 10.18.0.1 dev net0 proto static metric 1000");
}

static bool has_card(void)
{
    if (!started()) {
        return false;
    }
    DO("ip link set card0 mtu 1400 alias mine address 52:54:00:00:00:01 && "
       "ip link property add dev card0 altname thecard");
    dump_host(&was);
    return true;
}

static void card_is_home(void)
{
    sh("ip link show dev card0");
    CHECK_HAS(sh_text, "link/ether 52:54:00:00:00:01");
    CHECK_HAS(sh_text, "LOWER_UP");
    CHECK_HAS(sh_text, "mtu 1400");
    CHECK_HAS(sh_text, "alias mine");
    CHECK_HAS(sh_text, "altname thecard");
    sh("ls /run/vif | wc -l");
    CHECK_INT(atoi(sh_text), 0);
    INSIDE("-o link show");
    CHECK(strstr(sh_text, "net0") == NULL);
}

TEST(a_card_of_the_hosts)
{
    REQUIRE(has_card());
    OK(given(CARD));
    OK(plug());
    card_is_inside();
    shim_start(FAULT_NONE, 0, 0);
    OK(plug());
    shim_stop();
    CHECK_INT(shim.changing, 0);
    OK(vif_check(&host, subjects, &err));
    DO_INSIDE("link set net0 address 52:54:00:00:00:18");
    CHECK_INT(vif_check(&host, subjects, &err), VIF_E_DIFFERENT);
    OK(plug());
    card_is_inside();
    OK(unplug());
    card_is_home();
    OK(unplug());
    card_is_home();
    OK(plug());
    DO_INSIDE("link set net0 down");
    DO_INSIDE("link set net0 name other mtu 1000");     /* by its alias */
    OK(unplug());
    card_is_home();
    OK(plug());
    DO_INSIDE("link set net0 alias ''");        /* what can't be found is not said to be back */
    CHECK_INT(unplug(), VIF_E_NO_INTERFACE);
    CHECK_HAS(err.text, "card0 is not here");
    DO_INSIDE("link set net0 alias vif-lent:local:nic:17:0");
    OK(unplug());
    card_is_home();
    vif_host_close(&host);
}

/* What the card had is noted elsewhere, and would be lost if a second note were written. */
TEST(a_card_of_another_state_dir)
{
    vif_host_desc d = vif_host_desc_default();
    REQUIRE(has_card());
    OK(given(CARD));
    OK(plug());
    vif_host_close(&host);
    d.state_dir = "/run/other";
    OK(vif_host_open(&host, &d, &err));
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "net0 was plugged with another state_dir than /run/other");
    card_is_inside();
    CHECK_INT(sh("ls /run/other | grep -q lent"), 1);
    vif_host_close(&host);
    REQUIRE(opened());
    OK(plug());
    OK(unplug());
    card_is_home();
    vif_host_close(&host);
}

/* The kernel gives it back, under a name that is free, a while after the last who held the
 * namespace; and what is not here is not said to be back. */
TEST(a_card_whose_container_has_gone)
{
    REQUIRE(has_card());
    OK(given(CARD));
    OK(plug());
    none.netns_fd.set = false;
    CHECK_INT(unplug(), VIF_E_NO_INTERFACE);
    CHECK_HAS(err.text, "a namespace that is not given");
    DO_INSIDE("link set net0 netns %d name dev99", (int)getpid());
    DO("ip link set dev99 down");
    OK(unplug());
    card_is_home();
    none.netns_fd.set = true;
    OK(plug());
    DO_INSIDE("link set net0 netns %d name dev99", (int)getpid());
    OK(vif_unplug_id(&host, "nic:17:0", &err));
    card_is_home();
    vif_host_close(&host);
}

/* An unplug that finds the card's name taken says so, and under which one the card is up. */
TEST(a_card_whose_name_is_taken)
{
    REQUIRE(has_card());
    OK(given(CARD));
    OK(plug());
    DO("ip link add card0 type bridge");
    for (int i = 0; i < 2; i++) {       /* in the container, and already at home */
        CHECK(unplug() != VIF_OK);
        CHECK_INT(err.sys_errno, EEXIST);
        CHECK_HAS(err.text, "until that is free the card is here as net0");
        sh("ip link show dev net0");
        CHECK_HAS(sh_text, ",UP");
        CHECK_HAS(sh_text, "link/ether 52:54:00:00:00:01");
        CHECK_HAS(sh_text, "mtu 1400");
    }
    DO("ip link del card0");
    OK(unplug());
    card_is_home();
    vif_host_close(&host);
}

/* The refusal names the file without which the card is forgotten. */
TEST(a_card_that_is_gone_for_good)
{
    char *file;
    REQUIRE(has_card());
    OK(given(CARD));
    OK(plug());
    DO_INSIDE("link del net0");
    CHECK_INT(unplug(), VIF_E_NO_INTERFACE);
    file = strstr(err.text, "/run/vif/");
    CHECK_HAS(err.text, "gone for good, remove /run/vif/");
    CHECK(file && unlink(file) == 0);
    OK(unplug());
    vif_host_close(&host);
}

TEST(a_card_that_is_in_use)
{
    REQUIRE(has_card());
    OK(given(CARD));
    DO("ip addr add 192.0.2.1/24 dev card0");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "would be lost");
    DO("ip addr del 192.0.2.1/24 dev card0 && ip link set card0 master br0");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "port of another link");
    DO("ip link set card0 nomaster alias vif:local:another");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "belongs to");
    DO("ip link set card0 alias mine");
    DO_INSIDE("link add net0 type bridge");
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "net0 is there already");
    DO_INSIDE("link del net0");
    OK(plug());
    nics[0].index = 1;                  /* another's */
    subjects[0] = vif_nic_subject(&nics[0], &none);
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "the device belongs to vif:local:nic:17:0");
    nics[0].index = 0;
    subjects[0] = vif_nic_subject(&nics[0], &none);
    OK(unplug());
    none.netns_fd.set = false;
    CHECK_INT(plug(), VIF_E_INVAL);
    vif_host_close(&host);
}

TEST(a_card_and_a_kill_at_each_call)
{
    REQUIRE(has_card());
    OK(given(CARD));
    kill_at_each_call((killing){opened, card_is_inside, card_is_home, 0});
    vif_host_close(&host);
}

/* ---- only as itself -------------------------------------------------------------------------- */

static bool pings(const char *from)
{
    sh("nsenter --net=/proc/%d/fd/%d ping -c1 -W1 -I %s 10.17.0.1", (int)getpid(), ns, from);
    return strstr(sh_text, " 0% packet loss") != NULL;
}

/* A first frame may be lost while the pair gets its carrier, on a busy machine also a second. */
static bool pings_soon(const char *from)
{
    bool good = false;
    for (int i = 0; i < 8 && !good; i++) {
        good = pings(from);
    }
    return good;
}

TEST(only_as_itself)
{
    START(ONE);
    none.port_spoofchk = VIF_TRUE;
    OK(plug());
    CHECK(pings_soon("10.17.0.2"));
    DO_INSIDE("addr add 10.17.0.3/24 dev net0");
    DO("ip route add 10.17.0.4 dev br0; ip neigh flush dev br0");
    CHECK(!pings("10.17.0.3"));
    CHECK(pings_soon("10.17.0.2"));
    DO_INSIDE("link set net0 address 52:54:00:00:00:99");
    DO("ip neigh flush dev br0");
    CHECK(!pings("10.17.0.2"));
    DO_INSIDE("link set net0 address 52:54:00:00:00:17");
    CHECK(pings_soon("10.17.0.2"));
    OK(unplug());
    sh("nft list ruleset");
    CHECK_STR(sh_text, "");
    OK(given("{\"type\":\"bridge\",\"id\":\"br0\"}"));
    none.port_spoofchk = VIF_TRUE;
    CHECK_INT(plug(), VIF_E_FIELD);
    CHECK_HAS(err.text, "port_spoofchk needs it");
    vif_host_close(&host);
}

TEST(a_kill_at_each_call)
{
    START(ONE);
    none.port_spoofchk = VIF_TRUE;
    kill_at_each_call((killing){opened, is_right, empty, 0});
    vif_host_close(&host);
}

PLUG_MAIN
