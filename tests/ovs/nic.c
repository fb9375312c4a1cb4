/* SPDX-License-Identifier: MIT
 * NICs of containers in VLANs and VXLANs of a real Open vSwitch (userspace datapath): the network
 * comes with the first of them, carries their frames, and goes with the last. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"
#include "ns.h"

enum { CONTAINERS = 3 };

static int inside[CONTAINERS];
static vif_nic nics[CONTAINERS][4];
static vif_subject subjects[CONTAINERS][4];
static vif_options nic_options[CONTAINERS];
static vif_result results[4];
static vif_arena arena;
static char room[32768];

/* The NICs of one of the containers, "c0" and so on. */
static size_t given(int c, const char *json)
{
    static char names[CONTAINERS][4];
    const vif_nic_desc d = {json, strlen(json), names[c]};
    size_t count = 4;
    snprintf(names[c], sizeof names[c], "c%d", c);
    if (c == 0) {
        vif_arena_init(&arena, room, sizeof room);
    }
    CHECK_INT(vif_nic_decode(&arena, &d, nics[c], &count, &err), VIF_OK);
    memset(&nic_options[c], 0, sizeof nic_options[c]);
    nic_options[c].netns_fd = vif_u32_of((uint32_t)inside[c]);
    for (size_t i = 0; i < count; i++) {
        subjects[c][i] = vif_nic_subject(&nics[c][i], &nic_options[c]);
    }
    return count;
}

static vif_status nic_verb(vif_verb verb, int c, size_t count)
{
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    d.verb = verb;
    d.subjects = subjects[c];
    d.count = count;
    d.results = results;
    memset(results, 0, sizeof results);
    memset(&err, 0, sizeof err);
    return vif_verb_many(&host, &d, &err);
}

static bool pings(int c, const char *to)
{
    sh("nsenter --net=/proc/%d/fd/%d ping -c3 -i0.3 -W2 %s", (int)getpid(), inside[c], to);
    return strstr(sh_text, "bytes from") != NULL;
}

static bool containers(void)
{
    for (int c = 0; c < CONTAINERS; c++) {
        inside[c] = inside[c] > 0 ? inside[c] : ns_new_net();
        if (inside[c] < 0) {
            return false;
        }
    }
    return open_host();
}

#define VLAN(id, address) \
    "{\"type\":\"vlan\",\"id\":\"" id "\",\"master\":\"br-int\",\"name\":\"net0\"," \
    "\"config\":{\"cidr\":\"" address "/24\"}}"
#define VXLAN(id, address) \
    "{\"type\":\"vxlan\",\"id\":\"" id "\",\"master\":\"br-int\",\"name\":\"net1\"," \
    "\"config\":{\"cidr\":\"" address "/24\"}}"

TEST(two_in_a_vlan_and_one_in_another)
{
    char *before = everything(), *plugged;
    REQUIRE(containers());
    given(0, VLAN("100", "10.1.0.1"));
    given(1, VLAN("100", "10.1.0.2"));
    given(2, VLAN("200", "10.1.0.3"));
    for (int c = 0; c < CONTAINERS; c++) {
        GOOD(nic_verb(VIF_PLUG, c, 1));
        CHECK(results[0].committed && results[0].applied && results[0].ofport > 0);
    }
    CHECK_STR(get("Port", "vlbr100p", "tag"), "100");
    DO(VSCTL "port-to-br contc1-0");
    CHECK_STR(sh_text, "vlbr100");
    CHECK(pings(0, "10.1.0.2"));
    CHECK(!pings(2, "10.1.0.1"));
    plugged = everything();
    said[0] = '\0';
    GOOD(nic_verb(VIF_PLUG, 0, 1));
    CHECK_STR(said, "");
    GOOD(nic_verb(VIF_CHECK, 0, 1));
    SAME_AS(plugged);
    GOOD(nic_verb(VIF_UNPLUG, 0, 1));
    DO(VSCTL "br-exists vlbr100");      /* for the other one */
    GOOD(nic_verb(VIF_UNPLUG, 1, 1));
    GOOD(nic_verb(VIF_UNPLUG, 2, 1));
    SAME_AS(before);
    free(plugged);
    free(before);
    close_host();
}

TEST(bandwidth_of_a_port)
{
    char *before = everything();
    REQUIRE(containers());
    given(0, "{\"type\":\"vlan\",\"id\":\"100\",\"master\":\"br-int\",\"bandwidth\":"
          "{\"ingressRate\":8000000,\"egressRate\":4000000,\"egressBurst\":400000}}");
    GOOD(nic_verb(VIF_PLUG, 0, 1));
    sh("id=$(" VSCTL "get Port contc0-0 qos) && " VSCTL "get QoS $id type other_config && " VSCTL
       "get Queue $(" VSCTL "get QoS $id queues:0) other_config");
    CHECK_STR(sh_text, "linux-htb\n{max-rate=\"8000000\"}\n"
              "{burst=\"80000\", max-rate=\"8000000\", min-rate=\"8000000\"}");
    CHECK_STR(get("Interface", "contc0-0", "ingress_policing_rate ingress_policing_burst"),
              "4000\n400");
    DO("tc class show dev contc0-0 | grep 'rate 8Mbit ceil 8Mbit'");
    GOOD(nic_verb(VIF_CHECK, 0, 1));
    GOOD(nic_verb(VIF_UNPLUG, 0, 1));
    SAME_AS(before);
    free(before);
    close_host();
}

/* A NIC's link is made here, so that it may have rules; its unplug need not know of them. */
TEST(security_of_a_port)
{
    char *before = everything();
    REQUIRE(containers());
    given(0, "{\"type\":\"vlan\",\"id\":\"100\",\"master\":\"br-int\","
          "\"hwaddr\":\"52:54:00:00:00:17\"}");
    nic_options[0].port_spoofchk = VIF_TRUE;
    CHECK_INT(nic_verb(VIF_PLUG, 0, 1), VIF_E_UNSUPPORTED);
    CHECK_STR(results[0].error.where, "port_spoofchk");
    SAME_AS(before);
    nic_options[0].port_spoofchk = VIF_FALSE;
    nic_options[0].port_mac_changes = VIF_FALSE;
    GOOD(nic_verb(VIF_PLUG, 0, 1));
    DO("nft list chain netdev vif into-contc0-0");
    CHECK_HAS(sh_text, "0x525400000017 drop");
    GOOD(nic_verb(VIF_CHECK, 0, 1));
    nic_options[0].port_mac_changes = VIF_BOOL_UNSET;
    GOOD(nic_verb(VIF_UNPLUG, 0, 1));
    CHECK(sh("nft list ruleset | grep .") != 0);
    SAME_AS(before);
    free(before);
    close_host();
}

/* Several in one job; and a container that has gone. */
TEST(several_networks_at_once)
{
    static const char both[] = "[" VLAN("100", "10.1.0.1") "," VXLAN("7", "10.2.0.1") "]";
    char *before = everything();
    REQUIRE(containers());
    DO("ip link set br-int up");
    CHECK_INT(given(0, both), 2);
    given(1, VXLAN("7", "10.2.0.2"));
    GOOD(nic_verb(VIF_PLUG, 0, 2));
    GOOD(nic_verb(VIF_PLUG, 1, 1));
    sh("nsenter --net=/proc/%d/fd/%d ip link show net1", (int)getpid(), inside[0]);
    CHECK_HAS(sh_text, "mtu 1450");
    CHECK(pings(1, "10.2.0.1"));
    nic_options[0].netns_fd.set = false;
    GOOD(nic_verb(VIF_UNPLUG, 0, 2));
    GOOD(vif_unplug_id(&host, "nic:c1:0", &err));
    GOOD(nic_verb(VIF_UNPLUG, 1, 1));   /* what was the network's goes with a plan that knows it */
    DO("ip link set br-int down");
    SAME_AS(before);
    free(before);
    close_host();
}

TEST(without_a_master)
{
    char *before = everything();
    REQUIRE(containers());
    given(0, "{\"type\":\"vlan\",\"id\":\"100\"}");
    CHECK_INT(nic_verb(VIF_PLUG, 0, 1), VIF_E_NO_INTERFACE);
    CHECK_HAS(results[0].error.text, "master bridge does not exist");
    SAME_AS(before);
    free(before);
    close_host();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
