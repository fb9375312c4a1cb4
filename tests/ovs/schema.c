/* SPDX-License-Identifier: MIT
 * Databases whose schema lacks what vif reads or writes, as it is older or was cut, or takes less
 * than the installed one does: an unplug needs little of it, the other verbs name what is missing,
 * and a watch does without what no plan can have. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"

/* Python: those columns, or tables with all that refers to them, are left out. */
static const char *without(const char *list)
{
    static char line[1000];
    snprintf(line, sizeof line,
             "for w in \"%s\".split():\n"
             "    if \".\" in w:\n"
             "        a, b = w.split(\".\")\n"
             "        del t[a][\"columns\"][b]\n"
             "        continue\n"
             "    del t[w]\n"
             "    for o in t.values():\n"
             "        o[\"columns\"] = {k: v for k, v in o[\"columns\"].items()\n"
             "                        if \"refTable\\\": \\\"\" + w not in json.dumps(v)}", list);
    return line;
}

/* The installed schema, and what a cut one has lost; what the bridge's MTU is made of no ports. */
static void restore(void)
{
    reschema("");
    DO(VSCTL "set Bridge br-int datapath_type=%s -- set Interface br-int mtu_request=1500",
       datapath());
}

/* All of it goes from a database that has had it at the plug, found by the tag or by the name
 * alone; a QoS row, where there is a table of them, too. */
TEST(an_unplug_needs_little)
{
    static const struct { bool tagged; const char *list; } cuts[] = {
        {true, "Interface.error"}, {false, "Interface.ifindex"},
        {true, "Open_vSwitch.cur_cfg"}, {false, "Bridge.external_ids QoS"},
        {true, "QoS.other_config QoS.type"}, {false, "QoS.queues Queue Port.qos"},
        {true, "QoS Queue Mirror Bridge.external_ids Bridge.datapath_type Open_vSwitch.cur_cfg "
               "Open_vSwitch.next_cfg Interface.error Interface.ifindex Interface.mtu_request"}};
    char *before;
    restore();
    before = everything();
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        plain("tap0", true);
        if (strstr(cuts[i].list, "QoS.type")) {
            options.ovs_qos_max_rate_bps = vif_int_of(1000000);
        }
        REQUIRE(open_host());
        GOOD(plug());
        close_host();
        if (!cuts[i].tagged) {
            DO(VSCTL "remove Port tap0 external_ids vif");
        }
        reschema(without(cuts[i].list));
        REQUIRE(open_host());
        /* A switch may fail on what it lacks. Where it can't be waited for, nobody does. */
        options.ovs_wait = strstr(cuts[i].list, "_cfg") ? VIF_OVS_WAIT_UNSET
                                                        : VIF_OVS_WAIT_COMMITTED;
        GOOD(unplug());
        CHECK(host.result.committed && !host.result.applied);
        GOOD(unplug());
        close_host();
        restore();
        SAME_AS(before);
        REQUIRE(check_failures == 0);
    }
    free(before);
}

/* By its id alone, as gc does it. */
TEST(an_unplug_by_id)
{
    char *before;
    restore();
    before = everything();
    plain("tap0", true);
    REQUIRE(open_host());
    GOOD(plug());
    close_host();
    reschema(without("Open_vSwitch.cur_cfg QoS"));
    REQUIRE(open_host());
    GOOD(vif_unplug_id(&host, VIF_ID, &err));
    close_host();
    restore();
    SAME_AS(before);
    free(before);
}

/* The server names the column; nothing is left, and nothing is said to be. */
TEST(a_plug_says_what_is_missing)
{
    static const char *const lists[][2] = {
        {"Interface.error", "error"}, {"Open_vSwitch.cur_cfg", "cur_cfg"},
        {"Open_vSwitch.cur_cfg Open_vSwitch.next_cfg", "next_cfg"},
        {"Port.external_ids", "external_ids in table Port"},
        {"Bridge.datapath_type", "datapath_type"}};
    char *before;
    restore();
    before = everything();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        plain("tap0", true);
        reschema(without(lists[i][0]));
        REQUIRE(open_host());
        FAILS(plug(), VIF_E_INVAL, lists[i][1]);
        CHECK(strstr(err.text, "left behind") == NULL);
        CHECK(strstr(said, "left behind") == NULL);
        FAILS(look(), VIF_E_INVAL, strrchr(lists[i][0], '.') + 1);
        CHECK(!exists("tap0"));
        close_host();
        restore();
        SAME_AS(before);
    }
    free(before);
}

/* Columns that Open vSwitch 2.5 has not: a plug without them, and a watch. */
TEST(a_watch_does_without)
{
    vif_watch_desc desc = {0};
    vif_subject subject = subject_of();
    vif_result result;
    vif_watch watch;
    size_t n, told;
    plain("tap0", true);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    reschema(without("Interface.mtu_request Port.protected"));
    REQUIRE(open_host());
    GOOD(plug());
    desc.subjects = &subject;
    desc.results = &result;
    desc.count = 1;
    GOOD(vif_watch_start(&watch, &host, &desc, &err));
    for (told = 0; told < 2 && watch.error.status == VIF_OK;) {
        if (!vif_watch_step(&watch, &n)) {
            ovs_sleep(5);
            continue;
        }
        CHECK_INT(result.status, told == 0 ? VIF_OK : VIF_E_DIFFERENT);
        if (told++ == 0) {
            for (int i = 0; i < 200 && !(watch.priv.asked && watch.priv.rows.request == 0); i++) {
                CHECK(!vif_watch_step(&watch, &n));
                ovs_sleep(5);
            }
            DO(VSCTL "--no-wait clear Interface tap0 external_ids 2>&1");
        }
    }
    CHECK_STR(watch.error.text, "");
    CHECK_INT(told, 2);
    vif_watch_stop(&watch);
    GOOD(unplug());
    close_host();
    reschema("");
}

int main(int argc, char **argv)
{
    if (sh("python3 -c 'import json'") != 0) {
        puts("skip schema: needs python3");
        return 0;
    }
    return switch_main(argc, argv);
}
