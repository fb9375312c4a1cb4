/* SPDX-License-Identifier: MIT
 * NICs as text, and their plans: what is read, what is refused. No kernel, no privileges. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "check.h"

static vif_nic nics[4];
static size_t count;
static vif_options options;
static vif_error err;
static char text[4096], container[80];
static vif_arena arena;
static unsigned char room[65536];

static vif_status decode(const char *json)
{
    const vif_nic_desc d = {json, strlen(json), container};
    memset(&err, 0, sizeof err);
    vif_arena_init(&arena, room, sizeof room);
    count = 4;
    return vif_nic_decode(&arena, &d, nics, &count, &err);
}

static void start(void)
{
    strcpy(container, "17");
    memset(&options, 0, sizeof options);
    options.netns_fd = vif_u32_of(5);
}

static vif_plan plan;

static vif_status make(vif_verb verb)
{
    const vif_subject subject = vif_nic_subject(&nics[0], &options);
    vif_plan_input in;
    memset(&in, 0, sizeof in);
    in.verb = verb;
    in.options = &options;
    in.owner = "local";
    in.plan = subject.plan;
    in.object = subject.object;
    in.id = subject.id;
    return vif_plan_make(&plan, &arena, &in, &err);
}

static void golden(const char *json, vif_verb verb, const char *want)
{
    if (decode(json) != VIF_OK || make(verb) != VIF_OK) {
        CHECK_FAIL("%s: %s", err.where, err.text);
        return;
    }
    CHECK_STR(plan.plugin, "nic");
    vif_plan_print(&plan, text, sizeof text);
    CHECK_STR(text, want);
}

/* The host's end of the one that was read last. */
static const char *host_end(void)
{
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    return plan.count > 0 ? plan.items[0].link : "";
}

static void refuses(const char *json, const char *where, const char *words)
{
    if (decode(json) == VIF_OK) {
        CHECK_FAIL("%s is taken", json);
    }
    CHECK_STR(err.where, where);
    CHECK_HAS(err.text, words);
}

#define SEALED(link) \
    "setting " link " (own) family=ipv6 disable_ipv6=1\n" \
    "setting " link " (own) family=ipv4 rp_filter=1\n" \
    "setting " link " (own) family=ipv4 arp_ignore=1\n" \
    "setting " link " (own) family=ipv4 accept_redirects=0\n" \
    "setting " link " (own) family=ipv4 send_redirects=0\n"

TEST(a_port_of_a_bridge)
{
    start();
    golden("{\"type\":\"bridge\",\"id\":\"br0\",\"hwaddr\":\"52:54:00:00:00:17\",\"name\":\"net0\","
           "\"monitor\":true,\"state\":\"unknown\",\"config\":{\"dns\":[\"10.0.0.1\"],"
           "\"cidr\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.1\"}}", VIF_PLUG,
           "veth contm17-0 (own) peer=net0 namespace=1 mac=fe:54:00:00:00:17 mtu=1500\n"
           SEALED("contm17-0")
           "master contm17-0 (own) master=br0\n"
           "up contm17-0 (own)\n"
           "peer net0 in namespace 1 (own) mac=52:54:00:00:00:17 mtu=1500\n"
           "up lo in namespace 1 (shared)\n"
           "address net0 in namespace 1 (own) ip=10.0.0.2/24\n"
           "up net0 in namespace 1 (own)\n"
           "route net0 in namespace 1 (own) ip=0.0.0.0/0 via=10.0.0.1 metric=1000\n");
    options.netns_fd.set = false;
    golden("{\"type\":\"bridge\",\"id\":\"br0\",\"hwaddr\":\"52:54:00:00:00:17\"}", VIF_PLUG,
           "tap cont17-0 (own) mac=fe:54:00:00:00:17 mtu=1500\n"
           SEALED("cont17-0")
           "master cont17-0 (own) master=br0\n"
           "up cont17-0 (own)\n");
    golden("{\"type\":\"bridge\",\"id\":\"br0\"}", VIF_UNPLUG,
           "tap cont17-0 (own) mtu=1500\n"
           SEALED("cont17-0")
           "master cont17-0 (own) master=br0\n"
           "up cont17-0 (own)\n");
}

#define BR "{\"type\":\"bridge\",\"id\":\"br0\""

/* In CNI's words: ingress is what the guest gets, bursts are bits. */
TEST(bandwidth)
{
    start();
    CHECK_INT(decode("{\"type\":\"macvlan\",\"id\":\"card0\"}"), VIF_OK);
    options.port_rate_out_bps = vif_int_of(8000000);
    CHECK_INT(make(VIF_PLUG), VIF_E_INVAL);
    CHECK_STR(err.where, "port_rate_out_bps");
    CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    start();
    options.netns_fd.set = false;
    golden(BR ",\"bandwidth\":{\"ingressRate\":8000000,\"ingressBurst\":160007,"
           "\"egressRate\":0,\"egressBurst\":null}}", VIF_PLUG,
           "tap cont17-0 (own) mtu=1500\n"
           SEALED("cont17-0")
           "master cont17-0 (own) master=br0\n"
           "rate cont17-0 (own) rate=8000000 burst=20000\n"
           "up cont17-0 (own)\n");
    CHECK_INT(decode(BR ",\"bandwidth\":{\"egressRate\":8000,\"egressBurst\":80}}"), VIF_OK);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    CHECK_INT(plan.items[plan.count - 2].kind, VIF_RES_RULES);
    /* the NIC's own words count before those of the options */
    options.port_rate_in_bps = vif_int_of(1000000);
    options.port_rate_in_burst_bytes = 7000;
    CHECK_INT(decode(BR ",\"bandwidth\":{\"ingressRate\":80000000}}"), VIF_OK);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, " rate=80000000 burst=100000\n");
    CHECK_INT(decode(BR "}"), VIF_OK);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, " rate=1000000 burst=7000\n");
    start();
    CHECK_INT(decode("{\"type\":\"vxlan\",\"id\":7,\"master\":\"br-int\",\"bandwidth\":"
                     "{\"ingressRate\":8000,\"egressRate\":2500,\"egressBurst\":9999}}"), VIF_OK);
    CHECK_INT(make(VIF_PLUG), VIF_OK);
    vif_plan_print(&plan, text, sizeof text);
    CHECK_HAS(text, " ingress_policing_rate=3 ingress_policing_burst=10 qos=linux-htb"
              " max-rate=8000 burst=11744\n");
}

TEST(over_a_card)
{
    start();
    options.network_device_mtu = 1400;
    options.l3_metric = 5;
    golden("{\"type\":\"macvlan\",\"id\":\"ens3\","
           "\"config\":{\"cidr\":\"2001:db8::2/64\",\"gw\":\"2001:db8::1\"}}", VIF_PLUG,
           "up ens3 (counted)\n"
           "macvlan eth0 in namespace 1 (own) lower=ens3 mode=bridge mtu=1400\n"
           "up lo in namespace 1 (shared)\n"
           "address eth0 in namespace 1 (own) ip=2001:db8::2/64\n"
           "up eth0 in namespace 1 (own)\n"
           "route eth0 in namespace 1 (own) ip=::/0 via=2001:db8::1 metric=5\n");
}

/* The bridge with its address, its rules, and the ports that lead to the guest. */
TEST(behind_the_hosts_address)
{
    start();
    options.port_spoofchk = VIF_TRUE;
    golden("{\"type\":\"default\",\"hwaddr\":\"52:54:00:00:00:17\",\"config\":{"
           "\"cidr\":\"172.18.0.2/16\",\"ports\":[\"8080:80\",\"udp:53:5353\"]}}", VIF_PLUG,
           "global core0 (shared) ipv4/ip_forward=1\n"
           "bridge core0 (shared)\n"
           "setting core0 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n"
           "setting core0 (shared) family=ipv4 arp_ignore=1 if the link is ours\n"
           "setting core0 (shared) family=ipv4 arp_announce=2 if the link is ours\n"
           "up core0 (shared)\n"
           "address core0 (shared) ip=172.18.0.1/16\n"
           "rules core0 (shared) use=masquerade ip=172.18.0.1/16\n"
           "veth cont17-0 (own) peer=eth0 namespace=1 mac=fe:54:00:00:00:17 mtu=1500\n"
           SEALED("cont17-0")
           "master cont17-0 (own) master=core0\n"
           "rules cont17-0 (own) use=senders mac=52:54:00:00:00:17 ip=172.18.0.2\n"
           "up cont17-0 (own)\n"
           "rules cont17-0 (own) use=ports ip=172.18.0.2 tcp/8080=80 udp/53=5353\n"
           "rules cont17-0 (own) use=ports_here ip=172.18.0.2 tcp/8080=80 udp/53=5353\n"
           "peer eth0 in namespace 1 (own) mac=52:54:00:00:00:17 mtu=1500\n"
           "up lo in namespace 1 (shared)\n"
           "address eth0 in namespace 1 (own) ip=172.18.0.2/16\n"
           "up eth0 in namespace 1 (own)\n"
           "route eth0 in namespace 1 (own) ip=0.0.0.0/0 via=172.18.0.1 metric=1000\n");
    refuses("{\"type\":\"default\",\"config\":{\"pool\":\"10.0.0.1/31\"}}",
            "nics[0].config.pool", "8 to 30");
    refuses("{\"type\":\"default\",\"config\":{\"cidr\":\"10.0.0.2/16\"}}",
            "nics[0].config.cidr", "of the pool");
    refuses("{\"type\":\"default\",\"config\":{\"dhcp\":true,\"ports\":[\"8080:80\"]}}",
            "nics[0].config.ports", "an address is required");
    refuses("{\"type\":\"default\",\"config\":{\"cidr\":\"172.18.0.1/16\"}}",
            "nics[0].config.cidr", "another address");
    refuses("{\"type\":\"default\",\"config\":{\"cidr\":\"172.18.0.2/24\"}}",
            "nics[0].config.cidr", "with its prefix");
    refuses("{\"type\":\"default\",\"config\":{\"cidr\":\"172.18.0.2/16\","
            "\"ports\":[\"80:0\"]}}", "nics[0].config.ports", "1 to 65535");
    refuses("{\"type\":\"bridge\",\"id\":\"br0\",\"config\":{\"pool\":\"10.0.0.1/24\"}}",
            "nics[0].config.pool", "for type default");
    refuses("[{\"type\":\"default\"},{\"type\":\"default\",\"id\":\"core1\"}]",
            "nics[1].type", "the default one");
}

/* Of both families, or of IPv6 alone. */
TEST(behind_the_hosts_address_of_ipv6)
{
    start();
    golden("{\"type\":\"default\",\"config\":{\"pool\":\"fd00:18::1/64,10.9.0.1/24\","
           "\"cidr\":\"10.9.0.2/24,fd00:18::2/64\",\"ports\":[\"8080:80\"]}}", VIF_PLUG,
           "global core0 (shared) ipv4/ip_forward=1\n"
           "global core0 (shared) ipv6/conf/all/forwarding=1\n"
           "bridge core0 (shared)\n"
           "setting core0 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n"
           "setting core0 (shared) family=ipv4 arp_ignore=1 if the link is ours\n"
           "setting core0 (shared) family=ipv4 arp_announce=2 if the link is ours\n"
           "up core0 (shared)\n"
           "address core0 (shared) ip=10.9.0.1/24\n"
           "rules core0 (shared) use=masquerade ip=10.9.0.1/24\n"
           "setting core0 (shared) family=ipv6 accept_ra=0 if the link is ours\n"
           "setting core0 (shared) family=ipv6 disable_ipv6=0 if the link is ours\n"
           "address core0 (shared) ip=fd00:18::1/64\n"
           "rules core0 (shared) use=masquerade ip=fd00:18::1/64\n"
           "veth cont17-0 (own) peer=eth0 namespace=1 mtu=1500\n"
           SEALED("cont17-0")
           "master cont17-0 (own) master=core0\n"
           "up cont17-0 (own)\n"
           "rules cont17-0 (own) use=ports ip=10.9.0.2 tcp/8080=80\n"
           "rules cont17-0 (own) use=ports_here ip=10.9.0.2 tcp/8080=80\n"
           "rules cont17-0 (own) use=ports ip=fd00:18::2 tcp/8080=80\n"
           "rules cont17-0 (own) use=ports_here ip=fd00:18::2 tcp/8080=80\n"
           "peer eth0 in namespace 1 (own) mtu=1500\n"
           "up lo in namespace 1 (shared)\n"
           "address eth0 in namespace 1 (own) ip=10.9.0.2/24\n"
           "address eth0 in namespace 1 (own) ip=fd00:18::2/64\n"
           "up eth0 in namespace 1 (own)\n"
           "route eth0 in namespace 1 (own) ip=0.0.0.0/0 via=10.9.0.1 metric=1000\n"
           "route eth0 in namespace 1 (own) ip=::/0 via=fd00:18::1 metric=1000\n");
    refuses("{\"type\":\"default\",\"config\":{\"pool\":\"fd00:18::1/127\"}}",
            "nics[0].config.pool", "64 to 126");
    refuses("{\"type\":\"default\",\"config\":{\"pool\":\"fd00:18::1/48\"}}",
            "nics[0].config.pool", "64 to 126");
    refuses("{\"type\":\"default\",\"config\":{\"pool\":\"10.0.0.1/24,10.1.0.1/24\"}}",
            "nics[0].config.pool", "an address");
    refuses("{\"type\":\"default\",\"config\":{\"pool\":\"10.0.0.1/24,fd00::1\"}}",
            "nics[0].config.pool", "with a prefix");
    refuses("{\"type\":\"default\",\"config\":{\"cidr\":\"fd00:18::2/64\"}}",
            "nics[0].config.cidr", "of the pool");
    refuses("{\"type\":\"default\",\"config\":{\"pool\":\"fd00:18::1/64\","
            "\"cidr\":\"fd00:18::1/64\"}}", "nics[0].config.cidr", "another address");
    refuses("{\"type\":\"bridge\",\"id\":\"br0\",\"config\":{\"cidr\":\"10.0.0.2/24\","
            "\"gateway\":\"10.0.0.1,fd00::1\"}}", "nics[0].config.gateway", "family");
}

#define NIC(config) "{\"type\":\"bridge\",\"id\":\"br0\",\"config\":{" config "}}"

/* What the kernel takes, and nothing leaves by it then, or refuses when half of the guest is made:
 * refused before. Nets of one address and of two have gateways as others. */
TEST(gateways_that_lead_nowhere)
{
    static const struct {
        const char *json, *where, *text;
    } bad[] = {
        {NIC("\"cidr\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.2\""), "gateway", "own address"},
        {NIC("\"cidr\":\"fd00::2/64\",\"gateway\":\"fd00::2\""), "gateway", "own address"},
        {NIC("\"cidr\":\"10.0.0.2/24\",\"gateway\":\"0.0.0.0\""), "gateway", "may have"},
        {NIC("\"cidr\":\"10.0.0.2/24\",\"gateway\":\"224.0.0.1\""), "gateway", "may have"},
        {NIC("\"cidr\":\"fd00::2/64\",\"gateway\":\"ff02::1\""), "gateway", "may have"},
        {NIC("\"cidr\":\"10.0.0.2/0\",\"gateway\":\"10.0.0.1\""), "gateway", "nowhere"},
        {NIC("\"cidr\":\"10.0.0.255/24\""), "ips.address", "broadcast"},
        {NIC("\"cidr\":\"10.0.0.7/30\""), "ips.address", "broadcast"}};
    static const char *good[] = {
        NIC("\"cidr\":\"10.0.0.1/31\",\"gateway\":\"10.0.0.0\""),
        NIC("\"cidr\":\"10.0.0.255/32\",\"gateway\":\"10.1.0.1\""),
        NIC("\"cidr\":\"fd00::1/127\",\"gateway\":\"fd00::\""),
        NIC("\"cidr\":\"fd00::2/128\",\"gateway\":\"fe80::1\"")};
    start();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(decode(bad[i].json), VIF_OK);
        CHECK_INT(make(VIF_PLUG), VIF_E_FIELD);
        CHECK_STR(err.where, bad[i].where);
        CHECK_HAS(err.text, bad[i].text);
        CHECK_INT(make(VIF_UNPLUG), VIF_OK);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK_INT(decode(good[i]), VIF_OK);
        CHECK_INT(make(VIF_PLUG), VIF_OK);
    }
}

/* What a hook does comes last, and only in a container. */
TEST(what_needs_a_service)
{
    start();
    golden("{\"type\":\"zerotier\",\"id\":\"8056c2e21c000001\"}", VIF_PLUG,
           "up lo in namespace 1 (shared)\n"
           "service lo in namespace 1 (own) for=8056c2e21c000001\n");
    golden("{\"type\":\"macvlan\",\"id\":\"ens3\",\"config\":{\"dhcp\":true,"
           "\"cidr\":\"10.0.0.2/24\",\"gw\":\"10.0.0.1\"}}", VIF_PLUG,
           "up ens3 (counted)\n"
           "macvlan eth0 in namespace 1 (own) lower=ens3 mode=bridge\n"
           "up lo in namespace 1 (shared)\n"
           "up eth0 in namespace 1 (own)\n"
           "service eth0 in namespace 1 (own) for=dhcp\n");
    options.netns_fd.set = false;
    CHECK_INT(decode("{\"type\":\"zerotier\",\"id\":\"8056c2e21c000001\"}"), VIF_OK);
    CHECK_INT(make(VIF_PLUG), VIF_E_INVAL);
    CHECK_STR(err.where, "netns_fd");
    golden("{\"type\":\"zerotier\",\"id\":\"8056c2e21c000001\"}", VIF_UNPLUG, "");
    refuses("{\"type\":\"zerotier\",\"id\":\"8056C2E21C000001\"}", "nics[0].id", "0-9 a-f");
    refuses("{\"type\":\"zerotier\"}", "nics[0].id", "is not set");
}

/* Networks: of Open vSwitch unless the kernel's are wanted; a VXLAN leaves room for its headers. */
TEST(ports_of_networks)
{
    start();
    options.netns_fd.set = false;
    golden("{\"type\":\"vlan\",\"id\":100}", VIF_PLUG,
           "tap cont17-0 (own) mtu=1500\n"
           SEALED("cont17-0")
           "up cont17-0 (own)\n"
           "ovs bridge backplane (borrowed)\n"
           "ovs bridge vlbr100 (counted) external_ids:vif=vif:local:shared\n"
           "ovs port vlbr100p (counted) bridge=backplane external_ids:vif=vif:local:shared "
           "type=patch options:peer=vlbr100in tag=100\n"
           "ovs port vlbr100in (counted) bridge=vlbr100 external_ids:vif=vif:local:shared "
           "type=patch options:peer=vlbr100p\n"
           "ovs port cont17-0 (own) bridge=vlbr100 external_ids:vif=vif:local:nic:17:0\n");
    golden("{\"type\":\"vxlan\",\"id\":\"7\",\"master\":\"eth0\",\"backend\":\"linux\"}",
           VIF_PLUG,
           "up eth0 (counted)\n"
           "vxlan vtep7 (counted) lower=eth0 id=7 group=239.0.0.1 port=8472\n"
           "up vtep7 (shared)\n"
           "bridge vxlbr7 (counted)\n"
           "setting vxlbr7 (shared) family=ipv6 disable_ipv6=1 if the link is ours\n"
           "up vxlbr7 (shared)\n"
           "master vtep7 (shared) master=vxlbr7\n"
           "tap cont17-0 (own) mtu=1450\n"
           SEALED("cont17-0")
           "master cont17-0 (own) master=vxlbr7\n"
           "up cont17-0 (own)\n");
    refuses("{\"type\":\"vlan\",\"id\":\"4095\"}", "nics[0].id", "0 to 4094");
    refuses("{\"type\":\"vxlan\",\"id\":\"0\"}", "nics[0].id", "1 to 16777215");
    refuses("{\"type\":\"vxlan\",\"id\":\"br0\"}", "nics[0].id", "1 to 16777215");
    refuses("{\"type\":\"vlan\",\"id\":\"1\",\"master\":\"a/b\"}", "nics[0].master", "");
    refuses("{\"type\":\"vlan\",\"id\":\"1\",\"backend\":\"vmware\"}", "nics[0].backend",
            "none of the words");
}

/* A name too long for a link is one of a hash, the same each time, and another for another NIC. */
TEST(names_of_the_hosts_end)
{
    char link[16];
    start();
    CHECK_INT(decode("{\"type\":\"bridge\",\"id\":\"br0\"}"), VIF_OK);
    CHECK_STR(host_end(), "cont17-0");
    nics[0].monitor = VIF_TRUE;
    CHECK_STR(host_end(), "contm17-0");
    nics[0].container = "e9ad4a6e6cbb1f1f4d1b6cfd5d8c84d1c8b9a9a4";
    strcpy(link, host_end());
    CHECK_INT(strlen(link), 15);
    CHECK(vif_ifname_check(link) == NULL);
    CHECK_STR(host_end(), link);
    nics[0].index = 1;
    CHECK(strcmp(host_end(), link) != 0);
    nics[0].link = "mine";
    CHECK_STR(host_end(), "mine");
}

TEST(what_is_refused)
{
    static const struct {
        const char *json, *where, *words;
    } bad[] = {
        {"", "", "ended"},
        {"[]", "", "a NIC, or a list of them"},
        {"17", "", "a NIC, or a list of them"},
        {BR "} x", "", "behind"},
        {BR "} " BR "}", "", "behind"},
        {"[" BR "}", "", ""},
        {BR, "nics[0].", ""},
        {BR ",\"colour\":1}", "nics[0].colour", "no such field"},
        {BR ",\"config\":{\"colour\":1}}", "nics[0].config.colour", "no such field"},
        {BR ",\"config\":17}", "nics[0].config", "an object is required"},
        {BR ",\"config.cidr\":\"10.0.0.2/24\",\"monitor\":1}", "nics[0].monitor", "true or false"},
        {BR ",\"bandwidth\":7}", "nics[0].bandwidth", "an object"},
        {BR ",\"bandwidth\":{\"rate\":7}}", "nics[0].bandwidth.rate", "no such field"},
        {BR ",\"bandwidth\":{\"ingressRate\":\"7\"}}", "nics[0].bandwidth.ingressRate",
         "a whole number"},
        {BR ",\"bandwidth\":{\"ingressRate\":-7}}", "nics[0].bandwidth", "negative"},
        {BR ",\"bandwidth\":{\"ingressBurst\":7}}", "nics[0].bandwidth.ingressBurst",
         "only with a rate"},
        {BR ",\"bandwidth\":{\"egressRate\":0,\"egressBurst\":7}}",
         "nics[0].bandwidth.egressBurst", "only with a rate"},
        {"{\"type\":\"macvlan\",\"id\":\"c0\",\"bandwidth\":{\"ingressRate\":7}}",
         "nics[0].bandwidth", "an end on the host"},
        {"{\"type\":\"passthrough\",\"id\":\"c0\",\"bandwidth\":{\"egressRate\":7}}",
         "nics[0].bandwidth", "an end on the host"},
        {BR ",\"name\":true}", "nics[0].name", "a text is required"},
        {BR ",\"name\":\"eth7\"}", "nics[0].name", "eth or zt"},
        {BR ",\"name\":\"zt0\"}", "nics[0].name", "eth or zt"},
        {BR ",\"name\":\"default\"}", "nics[0].name", "default"},
        {BR ",\"name\":\"0123456789abcdef\"}", "nics[0].name", "15"},
        {BR ",\"hwaddr\":\"01:00:00:00:00:00\"}", "nics[0].hwaddr", "multicast"},
        {BR ",\"hwaddr\":\"x\"}", "nics[0].hwaddr", "MAC"},
        {BR ",\"config\":{\"cidr\":\"10.0.0.2\"}}", "nics[0].config.cidr", "prefix"},
        {BR ",\"config\":{\"cidr\":\"10.0.0.2/33\"}}", "nics[0].config.cidr", "prefix"},
        {BR ",\"config\":{\"gateway\":\"10.0.0.1\"}}", "nics[0].config.gateway", "family"},
        {BR ",\"config\":{\"cidr\":\"10.0.0.2/24\",\"gw\":\"2001:db8::1\"}}",
         "nics[0].config.gateway", "family"},
        {BR ",\"config\":{\"dns\":\"10.0.0.1\"}}", "nics[0].config.dns", "a list"},
        {BR ",\"config\":{\"dns\":[\"one\"]}}", "nics[0].config.dns", "addresses"},
        {BR ",\"config\":{\"dns\":[\"::1\",[]]}}", "nics[0].config.dns", "a list"},
        {BR ",\"config\":{\"dns\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
            "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]}}", "nics[0].config.dns", "at most 16"},
        {"{\"type\":\"bond\",\"id\":\"br0\"}", "nics[0].type", "none of the words"},
        {"{\"type\":7,\"id\":\"br0\"}", "nics[0].type", "none of the words"},
        {"{\"id\":\"br0\"}", "nics[0].type", "no type"},
        {"{\"type\":\"bridge\"}", "nics[0].id", "is not set"},
        {"{\"type\":\"bridge\",\"id\":\"a/b\"}", "nics[0].id", ""},
        {"[" BR "}," BR "}]", "nics[1].id", "another NIC is connected"},
        {"[" BR ",\"name\":\"n\"},{\"type\":\"macvlan\",\"id\":\"br0\",\"name\":\"n\"}]",
         "nics[1].name", "another NIC has this name"},
        {"[" BR "},{\"type\":\"bridge\",\"id\":\"b1\"},{\"type\":\"bridge\",\"id\":\"b2\"},"
         "{\"type\":\"bridge\",\"id\":\"b3\"},{\"type\":\"bridge\",\"id\":\"b4\"}]", "nics", ""}};
    start();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuses(bad[i].json, bad[i].where, bad[i].words);
    }
    CHECK_INT(err.status, VIF_E_SPACE);
    strcpy(container, "a b");
    refuses(BR "}", "nics[0].container", "1 to 64");
    container[0] = '\0';
    refuses(BR "}", "nics[0].container", "1 to 64");
}

/* What Zero-OS writes out, with nulls, empty texts and numbers, and its own order. */
TEST(spellings)
{
    start();
    CHECK_INT(decode(" [ " BR ",\"hwaddr\":\"\",\"name\":\"\",\"config\":null,\"monitor\":null},"
                     "{\"config\":{\"dhcp\":null,\"dns\":null,\"gw\":\"\",\"cidr\":\"\"},"
                     "\"type\":\"bridge\",\"id\":7}]"), VIF_OK);
    CHECK_INT(count, 2);
    CHECK_STR(nics[1].id, "7");
    CHECK(nics[0].hwaddr == NULL && nics[0].name == NULL && nics[1].cidr == NULL);
    CHECK_INT(nics[1].index, 1);
}

/* Every cut of memory is refused, none crashes. */
TEST(too_little_memory)
{
    const char *json = "[" BR ",\"config\":{\"cidr\":\"10.0.0.2/24\",\"dns\":[\"10.0.0.1\"]}}]";
    const vif_nic_desc d = {json, strlen(json), "17"};
    vif_status st = VIF_E_NOMEM;
    for (size_t n = 0; n < 4096 && st != VIF_OK; n += 8) {
        vif_arena_init(&arena, room, n);
        count = 4;
        st = vif_nic_decode(&arena, &d, nics, &count, &err);
        CHECK(st == VIF_OK || st == VIF_E_NOMEM);
    }
    CHECK_INT(st, VIF_OK);
}

CHECK_MAIN
