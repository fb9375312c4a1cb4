/* SPDX-License-Identifier: MIT
 * Networks on a real Open vSwitch (userspace datapath): made whole from whatever somebody has left,
 * counted, and refused in the words of the commands of Zero-OS. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"

static vif_net net;
static const char *net_id;

static vif_subject net_subject(void)
{
    vif_subject subject;
    memset(&subject, 0, sizeof subject);
    subject.id = net_id;
    subject.plan = vif_net_plan;
    subject.object = &net;
    subject.options = &options;
    subject.differences = differences;
    subject.difference_cap = 16;
    return subject;
}

static vif_status net_verb(vif_verb verb)
{
    const vif_subject subject = net_subject();
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    d.verb = verb;
    d.subjects = &subject;
    d.count = 1;
    d.results = &host.result;
    memset(&host.result, 0, sizeof host.result);
    memset(&err, 0, sizeof err);
    const vif_status st = vif_verb_many(&host, &d, &err);
    difference_count = st == VIF_E_DIFFERENT ? host.result.differences : 0;
    return st;
}

static vif_status ensure(void)
{
    return net_verb(VIF_PLUG);
}

static void vlan(uint32_t tag)
{
    memset(&net, 0, sizeof net);
    memset(&options, 0, sizeof options);
    net.type = VIF_NET_VLAN;
    net.master = "br-int";
    net.tag = tag;
    net_id = "a-network";
}

/* What a network's life is: it is made, found right, kept by others, and goes. */
static void net_life(const char *bridge)
{
    char *before = everything(), *plugged;
    CHECK_INT(net_verb(VIF_CHECK), VIF_E_DIFFERENT);
    GOOD(ensure());
    CHECK(host.result.committed && host.result.applied);
    CHECK_STR(host.result.bridge, bridge);
    CHECK_STR(host.result.port, "");
    plugged = everything();
    GOOD(net_verb(VIF_CHECK));
    said[0] = '\0';
    GOOD(ensure());
    CHECK_STR(said, "");
    CHECK_STR(host.result.bridge, bridge);
    SAME_AS(plugged);
    DO(VSCTL "add-port %s other -- set Interface other type=internal", bridge);
    GOOD(net_verb(VIF_UNPLUG));
    DO(VSCTL "del-port other");
    SAME_AS(plugged);
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    free(plugged);
    free(before);
}

TEST(vlan_life)
{
    vlan(100);
    REQUIRE(open_host());
    net_life("vlbr100");
    net.name = "blue";
    net_life("blue");
    vlan(0);
    net_life("vlbr0");
    close_host();
}

TEST(vlan_rows)
{
    vlan(4094);
    REQUIRE(open_host());
    GOOD(ensure());
    CHECK_STR(get("Bridge", "vlbr4094", "datapath_type external_ids"),
              "netdev\n{vif=\"vif:local:shared\"}");
    CHECK_STR(get("Port", "vlbr4094p", "tag external_ids"), "4094\n{vif=\"vif:local:shared\"}");
    CHECK_STR(get("Port", "vlbr4094in", "tag"), "[]");
    CHECK_STR(get("Interface", "vlbr4094p", "type options"), "patch\n{peer=vlbr4094in}");
    CHECK_STR(get("Interface", "vlbr4094in", "type options"), "patch\n{peer=vlbr4094p}");
    DO(VSCTL "iface-to-br vlbr4094p; " VSCTL "iface-to-br vlbr4094in");
    CHECK_STR(sh_text, "br-int\nvlbr4094");
    GOOD(net_verb(VIF_UNPLUG));
    close_host();
}

TEST(vlan_refused)
{
    char *before = everything();
    vlan(100);
    REQUIRE(open_host());
    net.master = "nowhere";
    FAILS(ensure(), VIF_E_NO_INTERFACE, "master bridge does not exist");
    SAME_AS(before);
    net.master = NULL;
    FAILS(ensure(), VIF_E_FIELD, "master bridge not specified");
    net.master = "";
    FAILS(ensure(), VIF_E_FIELD, "master bridge not specified");
    vlan(4095);
    FAILS(ensure(), VIF_E_FIELD, "invalid vlan tag");
    vlan(100);
    net.name = "no name for a bridge";
    CHECK_INT(ensure(), VIF_E_FIELD);
    SAME_AS(before);
    free(before);

    DO(VSCTL "add-br other -- set bridge other datapath_type=netdev");
    vlan(100);
    GOOD(ensure());
    before = everything();
    net.master = "other";
    FAILS(ensure(), VIF_E_EXISTS, "reassigning vlang tag to another master bridge is not allowed");
    vlan(100);
    net.name = "another";
    FAILS(ensure(), VIF_E_EXISTS, "reassigning vlan tag to another bridge not allowed");
    SAME_AS(before);
    vlan(100);
    GOOD(net_verb(VIF_UNPLUG));
    DO(VSCTL "del-br other");
    free(before);
    close_host();
}

/* What the plugin of Zero-OS leaves where it dies between its transactions, and more than it. */
TEST(vlan_half_made)
{
    static const char *const halves[] = {
        "add-br vlbr100 -- set bridge vlbr100 datapath_type=netdev",
        "add-port br-int vlbr100p tag=100",
        "set Interface vlbr100p type=patch options:peer=vlbr100in",
        "add-port vlbr100 vlbr100in",
        "set Interface vlbr100in type=patch options:peer=vlbr100p"};
    char *whole = NULL;
    vlan(100);
    REQUIRE(open_host());
    for (size_t n = sizeof halves / sizeof *halves; n > 0; n--) {
        for (size_t i = 0; i < n; i++) {
            (void)sh(VSCTL "--no-wait %s", halves[i]);
        }
        GOOD(ensure());
        GOOD(net_verb(VIF_CHECK));
        DO(VSCTL "clear Bridge vlbr100 external_ids -- clear Port vlbr100p external_ids -- "
           "clear Port vlbr100in external_ids");
        if (whole == NULL) {
            whole = everything();
        }
        SAME_AS(whole);
        GOOD(net_verb(VIF_UNPLUG));     /* none of it is ours */
        SAME_AS(whole);
        DO(VSCTL "del-br vlbr100 -- del-port vlbr100p");
    }
    free(whole);
    /* the tag and the peers are somebody's mistake */
    GOOD(ensure());
    whole = everything();
    DO(VSCTL "set Port vlbr100p tag=7 -- set Interface vlbr100p options:peer=x -- "
       "set Interface vlbr100in options:peer=y");
    CHECK_INT(net_verb(VIF_CHECK), VIF_E_DIFFERENT);
    GOOD(ensure());
    SAME_AS(whole);
    GOOD(net_verb(VIF_UNPLUG));
    free(whole);
    close_host();
}

/* A port of another sort has the name; nothing is made. */
TEST(vlan_name_taken)
{
    char *before;
    vlan(100);
    REQUIRE(open_host());
    DO(VSCTL "add-port br-int vlbr100p -- set Interface vlbr100p type=internal");
    before = everything();
    FAILS(ensure(), VIF_E_EXISTS, "vlbr100p is a port of another type: internal");
    SAME_AS(before);
    DO(VSCTL "del-port vlbr100p -- add-port br-int vlbr100 -- set Interface vlbr100 type=internal");
    free(before);
    before = everything();
    FAILS(ensure(), VIF_E_EXISTS, "vlbr100 is a port, not a bridge");
    SAME_AS(before);
    DO(VSCTL "del-port vlbr100");
    free(before);
    close_host();
}

/* Whoever has made it takes it away; the other's subject uses it. */
TEST(two_owners)
{
    char *before = everything(), *made;
    static vif_host second;
    vif_host_desc desc;
    vlan(100);
    REQUIRE(open_host());
    desc = host_desc();
    desc.owner = "second";
    desc.log = NULL;
    REQUIRE(vif_host_open(&second, &desc, &err) == VIF_OK);
    GOOD(ensure());
    made = everything();
    vif_subject subject = net_subject();
    vif_job_desc d;
    vif_result result;
    memset(&d, 0, sizeof d);
    d.subjects = &subject;
    d.count = 1;
    d.results = &result;
    for (int i = 0; i < 2; i++) {
        d.verb = i == 0 ? VIF_PLUG : VIF_UNPLUG;
        memset(&result, 0, sizeof result);
        GOOD(vif_verb_many(&second, &d, &err));
        SAME_AS(made);
    }
    GOOD(net_verb(VIF_UNPLUG));
    SAME_AS(before);
    vif_host_close(&second);
    free(made);
    free(before);
    close_host();
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
