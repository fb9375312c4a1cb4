/* SPDX-License-Identifier: MIT
 * Jobs: many VIFs at once on a real ovsdb-server and ovs-vswitchd, in few transactions; one that is
 * bad fails alone; what is cancelled is taken back; calls from callbacks are refused; what a VIF in
 * flight takes of memory, and that nothing is kept. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"
#include <poll.h>
#include <signal.h>

enum { MANY = 200 };

typedef struct one {
    vif_vif vif;
    vif_port_profile profile;
    char id[40], name[16], bridge[16], mac[18];
} one;

static one ones[MANY];
static vif_subject subjects[MANY];
static vif_result results[MANY];
static size_t memory_most, memory_blocks;

static void *most_resize(void *user, void *ptr, size_t old_size, size_t size)
{
    void *at = counting_resize(user, ptr, old_size, size);
    memory_most = memory_held > memory_most ? memory_held : memory_most;
    memory_blocks += old_size == 0 && size > 0 && size <= 4096;
    return at;
}

/* Each a VIFOpenVSwitch with a tap, if so wanted; else with an internal port. */
static void fill(bool tap)
{
    plain("x", tap);
    options.ovs_type = tap ? NULL : "internal";
    options.ovs_applied_timeout_ms = 60000;
    for (size_t i = 0; i < MANY; i++) {
        one *o = &ones[i];
        o->vif = vif;
        o->profile = profile;
        snprintf(o->id, sizeof o->id, "%08x-0000-4000-8000-000000000000", (unsigned)i);
        snprintf(o->name, sizeof o->name, "m%zu", i);
        snprintf(o->mac, sizeof o->mac, "02:00:00:00:%02x:%02x", (unsigned)i >> 8,
                 (unsigned)i & 255);
        o->vif.base.id = o->id;
        o->vif.base.address = o->mac;
        o->vif.openvswitch.vif_name = o->name;
        o->profile.openvswitch.interface_id = o->id;
        o->vif.base.port_profile = &o->profile;
        memset(&subjects[i], 0, sizeof subjects[i]);
        subjects[i].vif = &o->vif;
        subjects[i].instance = &instance;
        subjects[i].options = &options;
    }
}

/* Each a hybrid VIF: a Linux bridge, a veth pair, and a port. */
static void fill_hybrid(void)
{
    fill(false);
    hybrid();
    for (size_t i = 0; i < MANY; i++) {
        one *o = &ones[i];
        snprintf(o->bridge, sizeof o->bridge, "qbr%08x-ab", (unsigned)i);
        o->vif = vif;
        o->vif.base.id = o->id;
        o->vif.base.address = o->mac;
        o->vif.base.port_profile = &o->profile;
        o->vif.bridge.vif_name = o->name;
        o->vif.bridge.bridge_name = o->bridge;
    }
}

static vif_status many(vif_verb verb, size_t count)
{
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    memset(&err, 0, sizeof err);
    d.verb = verb;
    d.subjects = subjects;
    d.results = results;
    d.count = count;
    return vif_verb_many(&host, &d, &err);
}

static bool open_counted(void)
{
    vif_host_desc desc = host_desc();
    desc.resize = most_resize;
    desc.log = NULL;
    return GOOD(vif_host_open(&host, &desc, &err));
}

static uint64_t sent(void)
{
    return host.ovsdb.count.messages_out;
}

TEST(many_taps)
{
    char *before = everything();
    uint64_t messages, bytes;
    size_t held;
    fill(true);
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 1));
    GOOD(many(VIF_UNPLUG, 1));
    messages = sent();
    held = memory_most = memory_held;
    memory_blocks = 0;
    GOOD(many(VIF_PLUG, MANY));
    printf("# plug of %d: %d messages, %d bytes a VIF in flight\n", MANY,
           (int)(sent() - messages), (int)((memory_most - held) / MANY));
    CHECK(sent() - messages <= 4);      /* the change, the wait; each may be cut in two */
    for (size_t i = 0; i < MANY; i++) {
        if (results[i].status != VIF_OK || !results[i].applied || results[i].ofport <= 0 ||
            strcmp(results[i].link, ones[i].name) != 0 || results[i].ifindex <= 0) {
            CHECK_FAIL("%zu: %s ofport %d link %s", i, vif_status_name(results[i].status),
                       (int)results[i].ofport, results[i].link);
        }
    }
    messages = sent();
    changing = 0;
    GOOD(many(VIF_PLUG, MANY));
    CHECK_INT(changing, 0);
    GOOD(many(VIF_CHECK, MANY));
    messages = sent();
    dellinks = 0;
    bytes = host.ovsdb.count.bytes_out;
    GOOD(many(VIF_UNPLUG, MANY));
    bytes = host.ovsdb.count.bytes_out - bytes;
    printf("# unplug: %d messages, %d bytes a VIF, %d deletions\n", (int)(sent() - messages),
           (int)(bytes / MANY), dellinks);
    CHECK(bytes / MANY < 1000);         /* few operations: by the tag, and one for all ports */
    CHECK(sent() - messages <= 6);
    CHECK_INT(dellinks, 1);
    CHECK(memory_held <= held + 1024 * 1024);   /* the connection's buffers alone have grown */
    SAME_AS(before);
    vif_host_close(&host);
    CHECK_INT(memory_held, 0);
    free(before);
}

/* A VIF in flight takes a block of 4 KB, whatever is done with it, beside what is all VIFs'. */
static void in_flight(size_t count)
{
    for (vif_verb verb = VIF_PLUG; verb <= VIF_CHECK; verb++) {
        for (int again = 0; again < 2; again++) {
            memory_blocks = 0;
            GOOD(many(verb, count));
            CHECK_INT(memory_blocks, count);
        }
        if (verb == VIF_UNPLUG) {
            GOOD(many(VIF_PLUG, count));
        }
    }
    GOOD(many(VIF_UNPLUG, count));
}

TEST(memory_in_flight)
{
    fill(true);
    REQUIRE(open_counted());
    in_flight(20);
    fill_hybrid();
    in_flight(20);
    vif_host_close(&host);
    CHECK_INT(memory_held, 0);
}

/* A link of somebody else's in every group that could be chosen is never deleted: the group is
 * taken then, and links go one by one. Here the test knows the number that comes next. */
TEST(somebody_elses_group)
{
    fill(true);
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 3));
    DO("ip link add stranger type veth peer name stranger1");
    for (int i = -40; i < 200; i++) {   /* each a number near that of the next request */
        if (i % 3 == 0) {
            sh("ip link set stranger group %u",
               (unsigned)(host.nl.priv.next_seq + (uint32_t)i) | 0x80000000u);
            dellinks = 0;
            GOOD(many(VIF_UNPLUG, 3));
            CHECK(exists("stranger") && !exists("m0") && !exists("m2"));
            if (dellinks > 1) {
                break;                  /* the number was met: they went one by one */
            }
            GOOD(many(VIF_PLUG, 3));
        }
    }
    CHECK(dellinks == 3 || dellinks == 1);
    DO("ip link del stranger");
    (void)many(VIF_UNPLUG, 3);
    vif_host_close(&host);
}

/* Wherever one is bad (the planner, the kernel, the server at an operation of its, at the end), it
 * alone fails, with its own error. */
static void one_is_bad(size_t bad, vif_status want)
{
    CHECK(many(VIF_PLUG, 20) != VIF_OK);
    for (size_t i = 0; i < 20; i++) {
        if (results[i].status != (i == bad ? want : VIF_OK)) {
            CHECK_FAIL("%zu: %s: %s: %s", i, vif_status_name(results[i].status),
                       results[i].error.where, results[i].error.text);
        }
    }
    CHECK(results[bad].error.text[0] != '\0' && err.status == want);
}

TEST(one_is_bad_for_the_planner)
{
    char *before = everything();
    fill(false);
    REQUIRE(open_counted());
    ones[7].vif.openvswitch.vif_name = "no/name";
    one_is_bad(7, VIF_E_FIELD);
    ones[7].vif.openvswitch.vif_name = ones[7].name;
    GOOD(many(VIF_UNPLUG, 20));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

TEST(one_is_bad_for_the_kernel)
{
    char *before;
    DO("ip link add m9 type veth peer name other9");
    before = everything();
    fill(true);
    REQUIRE(open_counted());
    one_is_bad(9, VIF_E_EXISTS);
    CHECK(exists("other9"));
    subjects[9] = subjects[10];
    GOOD(many(VIF_UNPLUG, 20));
    SAME_AS(before);
    DO("ip link del other9");
    vif_host_close(&host);
    free(before);
}

TEST(one_is_bad_for_the_server)
{
    static vif_options odd;
    char *before;
    reschema("t[\"Port\"][\"columns\"][\"tag\"][\"type\"][\"key\"][\"maxInteger\"] = 100");
    before = everything();
    fill(true);
    REQUIRE(open_counted());
    odd = options;
    odd.ovs_tag = 200;                  /* not with this schema: the operation is named */
    subjects[13].options = &odd;
    CHECK(many(VIF_PLUG, 20) != VIF_OK);
    for (size_t i = 0; i < 20; i++) {
        CHECK((results[i].status == VIF_OK) == (i != 13));
    }
    CHECK_HAS(results[13].error.text, "200 is not in the valid range 0 to 100");
    subjects[13].options = &options;
    GOOD(many(VIF_UNPLUG, 20));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
    reschema("");
}

/* Some are there already: the try is refused, all look, and only what differs changes. */
TEST(some_are_there)
{
    char *before = everything();
    fill(false);
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 10));
    GOOD(many(VIF_PLUG, 40));
    GOOD(many(VIF_CHECK, 40));
    GOOD(many(VIF_UNPLUG, 40));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

/* A check of many says of each what differs, with as much of it as the caller has room for. */
TEST(check_of_many)
{
    vif_difference found[40][2];
    memset(found, 0, sizeof found);
    fill(true);
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 40));
    DO("ip link set %s mtu 1100 down", ones[7].name);
    DO("ip link set %s mtu 1000", ones[9].name);
    for (size_t i = 0; i < 40; i++) {
        subjects[i].differences = found[i];
        subjects[i].difference_cap = i == 7 ? 1 : 2;
    }
    CHECK_INT(many(VIF_CHECK, 40), VIF_E_DIFFERENT);
    for (size_t i = 0; i < 40; i++) {
        CHECK_INT(results[i].status, i == 7 || i == 9 ? VIF_E_DIFFERENT : VIF_OK);
        CHECK_INT(results[i].differences, i == 7 ? 2 : i == 9);
        CHECK((found[i][0].attribute[0] != '\0') == (i == 7 || i == 9));
        CHECK(found[i][1].attribute[0] == '\0');
    }
    CHECK_STR(found[9][0].attribute, "mtu");
    CHECK_STR(found[9][0].found, "1000");
    CHECK_HAS(found[9][0].resource, ones[9].name);
    CHECK_STR(found[7][0].attribute, "mtu");
    fill(true);
    GOOD(many(VIF_PLUG, 40));
    GOOD(many(VIF_CHECK, 40));
    GOOD(many(VIF_UNPLUG, 40));
    vif_host_close(&host);
}

/* Separate jobs, an event loop around them. */
TEST(jobs_in_a_loop)
{
    enum { JOBS = 50 };
    static vif_job jobs[JOBS];
    char *before = everything();
    uint64_t messages;
    fill(true);
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 1));
    GOOD(many(VIF_UNPLUG, 1));
    messages = sent();
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < JOBS; i++) {
            vif_job_desc d;
            memset(&d, 0, sizeof d);
            d.verb = pass == 0 ? VIF_PLUG : VIF_UNPLUG;
            d.subjects = &subjects[i];
            d.count = 1;
            d.results = &results[i];
            CHECK_INT(vif_job_start(&jobs[i], &host, &d, &err), VIF_OK);
            CHECK_INT(vif_job_finish(&jobs[i], NULL), VIF_E_BUSY);
        }
        while (vif_host_step(&host) > 0) {
            const vif_want want = vif_host_want(&host);
            const int64_t now = vif_ovsdb_now(&host.ovsdb);
            struct pollfd p = {want.fd, (short)((want.read ? POLLIN : 0) |
                               (want.write ? POLLOUT : 0)), 0};
            const int64_t ms = want.deadline_ms - now;
            if (want.deadline_ms > now) {
                poll(&p, want.fd >= 0, ms < 1000 ? (int)ms : 1000);
            }
        }
        for (size_t i = 0; i < JOBS; i++) {
            CHECK_INT(vif_job_finish(&jobs[i], &err), VIF_OK);
        }
        if (pass == 0) {
            CHECK(sent() - messages <= 4);
            GOOD(many(VIF_CHECK, JOBS));
        }
    }
    SAME_AS(before);
    vif_host_close(&host);
    CHECK_INT(memory_held, 0);
    free(before);
}

/* Cancelled before step k, for every k: all of it is there, or nothing. */
/* Steps until the switch, which is stopped, is waited for; how long it may take, in ms. */
static int64_t patience(size_t count)
{
    const uint64_t replies = host.ovsdb.count.replies;
    vif_want want = {-1, false, false, 0};
    vif_job_desc d;
    vif_job job;
    int64_t ms = 0;
    memset(&d, 0, sizeof d);
    d.subjects = subjects;
    d.count = count;
    d.results = results;
    CHECK_INT(vif_job_start(&job, &host, &d, &err), VIF_OK);
    while (vif_job_step(&job)) {
        struct pollfd p;
        want = vif_host_want(&host);
        ms = want.deadline_ms - vif_ovsdb_now(&host.ovsdb);
        p = (struct pollfd){want.fd, (short)((want.read ? POLLIN : 0) | (want.write ? POLLOUT : 0)),
                            0};
        if (ms > 0 && host.ovsdb.count.replies > replies) {
            break;
        }
        if (ms > 0) {
            poll(&p, want.fd >= 0, 1000);
        }
    }
    ovs_signal(ovs_switch, SIGCONT);
    while (vif_job_step(&job)) {
        poll(NULL, 0, 1);
    }
    GOOD(vif_job_finish(&job, &err));
    GOOD(many(VIF_UNPLUG, count));
    ovs_signal(ovs_switch, SIGSTOP);
    return ms;
}

/* By default the switch may take longer for more. */
TEST(time_for_many)
{
    int64_t one, all;
    fill(false);
    options.ovs_applied_timeout_ms = 0;
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 1));
    GOOD(many(VIF_UNPLUG, 1));
    ovs_signal(ovs_switch, SIGSTOP);
    one = patience(1);
    all = patience(41);
    ovs_signal(ovs_switch, SIGCONT);
    CHECK(one > 8000 && one <= 11000);
    CHECK(all > 11000 && all <= 13000);
    vif_host_close(&host);
}

TEST(cancel_anywhere)
{
    char *before = everything();
    bool over = false;
    int plugged = 0, gone = 0;
    fill(true);
    for (int k = 0; !over; k++) {
        vif_job job;
        vif_job_desc d;
        vif_status st;
        int step = 0;
        REQUIRE(open_counted());
        memset(&d, 0, sizeof d);
        d.verb = VIF_PLUG;
        d.subjects = subjects;
        d.count = 3;
        d.results = results;
        CHECK_INT(vif_job_start(&job, &host, &d, &err), VIF_OK);
        while (vif_job_step(&job)) {
            if (step++ == k) {
                vif_job_cancel(&job);
            }
        }
        over = step <= k;
        st = vif_job_finish(&job, &err);
        CHECK(st == VIF_OK || st == VIF_E_CANCELED);
        for (int i = 0; i < 3; i++) {
            CHECK(results[i].status == VIF_OK || results[i].status == VIF_E_CANCELED);
            CHECK_INT(exists(ones[i].name), results[i].status == VIF_OK);
            plugged += results[i].status == VIF_OK;
            gone += results[i].status != VIF_OK;
        }
        GOOD(many(VIF_UNPLUG, 3));
        vif_host_close(&host);
        CHECK_INT(memory_held, 0);
        k += k / 8;
    }
    CHECK(plugged > 0 && gone > 0);
    settle();
    SAME_AS(before);
    free(before);
}

/* A call from the log is refused, and the one around it goes on as if nothing had been. */
static vif_status inner[3];

static void call_again(void *user, const vif_event *event)
{
    const vif_subject subject = subject_of();
    (void)user;
    (void)event;
    inner[0] = vif_check(&host, &subject, NULL);
    inner[1] = vif_plug(&host, &vif, &instance, &options, NULL);
    inner[2] = vif_port_data_set(&host, "tap0", "x", NULL);
}

TEST(calls_from_a_callback)
{
    vif_host_desc desc = host_desc();
    char *before = everything();
    plain("tap0", true);
    desc.log = call_again;
    REQUIRE(GOOD(vif_host_open(&host, &desc, &err)));
    GOOD(plug());
    for (int i = 0; i < 3; i++) {
        CHECK_INT(inner[i], VIF_E_BUSY);
    }
    GOOD(look());
    DO("ip -o link show tap0");
    CHECK_HAS(sh_text, ",UP");
    GOOD(unplug());
    SAME_AS(before);
    close_host();
    free(before);
}

/* Memory of the caller's: so many at once as it holds, one after the other in its pieces. */
TEST(memory_of_the_job)
{
    static unsigned char memory[3 * VIF_JOB_MEMORY];
    vif_job_desc d;
    char *before = everything();
    fill(true);
    REQUIRE(open_counted());
    memset(&d, 0, sizeof d);
    d.verb = VIF_PLUG;
    d.subjects = subjects;
    d.count = 10;
    d.results = results;
    d.memory = memory;
    d.memory_size = sizeof memory;
    GOOD(vif_verb_many(&host, &d, &err));
    GOOD(many(VIF_CHECK, 10));
    d.verb = VIF_UNPLUG;
    GOOD(vif_verb_many(&host, &d, &err));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

/* ---- list, gc, unplug by id ------------------------------------------------------------------ */

static vif_found found[MANY * 4];

static size_t listed(const char *id)
{
    size_t n = 0, count;
    GOOD(vif_list(&host, found, MANY * 4, &count, &err));
    for (size_t i = 0; i < count; i++) {
        n += strcmp(found[i].id, id) == 0;
    }
    return n;
}

TEST(what_is_whose)
{
    char *before = everything();
    fill(true);
    REQUIRE(open_counted());
    CHECK_INT(listed(ones[0].id), 0);
    GOOD(many(VIF_PLUG, 3));
    CHECK_INT(listed(ones[0].id), 2);   /* its tap, its port */
    CHECK_INT(listed(ones[2].id), 2);
    GOOD(vif_unplug_id(&host, ones[1].id, &err));
    CHECK_INT(listed(ones[1].id), 0);
    CHECK(exists("m0") && !exists("m1") && exists("m2"));
    GOOD(vif_unplug_id(&host, ones[1].id, &err));
    GOOD(vif_unplug_id(&host, "nobody", &err));
    DO("ip link set m0 down; ip link set m0 name renamed; ip link set renamed up");
    GOOD(vif_unplug_id(&host, ones[0].id, &err));
    CHECK(!exists("renamed"));
    GOOD(many(VIF_UNPLUG, 3));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

/* A hybrid VIF, with a bridge and a veth pair of its own, and one with a bridge of the switch. */
TEST(all_of_a_vif_by_its_id)
{
    char *before = everything();
    hybrid();
    REQUIRE(open_counted());
    GOOD(plug());
    GOOD(vif_unplug_id(&host, VIF_ID, &err));
    SAME_AS(before);
    plain("tap0", true);
    options.per_port_bridge = VIF_TRUE;
    GOOD(plug());
    GOOD(vif_unplug_id(&host, VIF_ID, &err));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

/* The last that leaves takes a trunk's bridge along: of several at once, of one known by its id. */
TEST(trunk_bridge_of_many)
{
    char *before = everything();
    fill(true);
    network.bridge = "tbr-12345678-9a";
    REQUIRE(open_counted());
    GOOD(many(VIF_PLUG, 3));
    GOOD(vif_unplug_id(&host, ones[0].id, &err));
    GOOD(many(VIF_CHECK, 3) == VIF_E_DIFFERENT ? VIF_OK : VIF_E_INVAL);
    CHECK_INT(results[0].status, VIF_E_DIFFERENT);
    CHECK_INT(results[1].status, VIF_OK);
    GOOD(many(VIF_UNPLUG, 3));
    SAME_AS(before);
    GOOD(many(VIF_PLUG, 1));
    GOOD(vif_unplug_id(&host, ones[0].id, &err));
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

/* gc with those of the first so many that live; how many others were found. */
static size_t collected(size_t living)
{
    const char *live[2] = {ones[0].id, ones[1].id};
    vif_gc_desc d;
    size_t dead = 0;
    memset(&d, 0, sizeof d);
    d.found = found;
    d.live = &live[2 - living];
    d.live_count = living;
    GOOD(vif_list(&host, found, MANY * 4, &d.found_count, &err));
    GOOD(vif_gc(&host, &d, &dead, &err));
    return dead;
}

/* A trunk's bridge is every VIF's that is on it: each finds it by its own tag, and lets go of it
 * where another stays, whoever made it, whichever goes first, and however. */
TEST(trunk_bridge_is_each_ones)
{
    char *before = everything(), text[2048];
    size_t first, verb;
    vif_gc_desc d;
    vif_text out = {text, sizeof text, false, 0};
    fill(true);
    network.bridge = "tbr-12345678-9a";
    REQUIRE(open_counted());
    for (first = 0; first < 2; first++) {
        for (verb = 0; verb < 3; verb++) {
            const size_t second = 1 - first;
            GOOD(many(VIF_PLUG, 1));
            GOOD(many(VIF_PLUG, 2));
            CHECK_INT(listed(ones[first].id), 3);       /* tap, port, bridge */
            CHECK_INT(listed(ones[second].id), 3);
            GOOD(vif_dry_run(&host, VIF_UNPLUG, &subjects[first], &out, &err));
            CHECK_HAS(text, "leave   ovs bridge tbr-12345678-9a");
            GOOD(verb == 0 ? vif_unplug(&host, subjects[first].vif, &instance, &options, &err)
                 : verb == 1 ? vif_unplug_id(&host, ones[first].id, &err) : VIF_OK);
            /* The list has the first one's as long as there is any. */
            CHECK_INT(first == 0 ? collected(1) : listed(ones[1].id) > 0, verb == 2);
            GOOD(first == 0 || verb != 2 ? VIF_OK : vif_unplug_id(&host, ones[1].id, &err));
            CHECK_INT(listed(ones[first].id), 0);
            CHECK_INT(listed(ones[second].id), 3);
            GOOD(vif_check(&host, &subjects[second], &err));
            GOOD(vif_dry_run(&host, VIF_UNPLUG, &subjects[second], &out, &err));
            CHECK_HAS(text, "remove  ovs bridge tbr-12345678-9a");
            GOOD(verb == 0 ? vif_unplug(&host, subjects[second].vif, &instance, &options, &err)
                 : verb == 1 ? vif_unplug_id(&host, ones[second].id, &err) : VIF_OK);
            CHECK_INT(collected(0), verb == 2);
            SAME_AS(before);
        }
    }
    GOOD(many(VIF_PLUG, 2));            /* both at once, in one transaction */
    CHECK_INT(listed(ones[1].id), 3);
    CHECK_INT(collected(0), 2);
    SAME_AS(before);
    GOOD(many(VIF_PLUG, 1));            /* of a list that lacks the port: it stays its own */
    CHECK_INT(listed(ones[0].id), 3);
    memset(&d, 0, sizeof d);
    for (d.found = found; strcmp(d.found->kind, "ovs bridge") != 0; d.found++) {}
    d.found_count = 1;
    GOOD(vif_gc(&host, &d, &verb, &err));
    CHECK_INT(listed(ones[0].id), 3);
    CHECK_INT(collected(0), 1);
    SAME_AS(before);
    vif_host_close(&host);
    free(before);
}

/* The dead go, the living and other owners' stay, and what came after the list. */
TEST(garbage)
{
    static const char *live[2];
    vif_gc_desc d;
    vif_host_desc other = host_desc();
    vif_host theirs;
    size_t dead;
    char *before = everything();
    fill(true);
    other.owner = "other";
    REQUIRE(open_counted());
    REQUIRE(GOOD(vif_host_open(&theirs, &other, &err)));
    GOOD(vif_plug(&theirs, subjects[30].vif, &instance, &options, &err));
    GOOD(many(VIF_PLUG, 20));
    memset(&d, 0, sizeof d);
    GOOD(vif_list(&host, found, MANY * 4, &d.found_count, &err));
    CHECK_INT(d.found_count, 40);
    GOOD(vif_plug(&host, subjects[21].vif, &instance, &options, &err));
    live[0] = ones[3].id;
    live[1] = ones[5].id;
    d.found = found;
    d.live = live;
    d.live_count = 2;
    d.dry = true;
    GOOD(vif_gc(&host, &d, &dead, &err));
    CHECK_INT(dead, 18);
    CHECK(exists("m0"));
    d.dry = false;
    dellinks = 0;
    GOOD(vif_gc(&host, &d, &dead, &err));
    CHECK_INT(dead, 18);
    CHECK_INT(dellinks, 1);
    CHECK(!exists("m0") && exists("m3") && exists("m5") && exists("m21") && exists("m30"));
    d.live_count = 0;
    GOOD(vif_list(&host, found, MANY * 4, &d.found_count, &err));
    GOOD(vif_gc(&host, &d, &dead, &err));
    CHECK_INT(dead, 3);
    GOOD(vif_unplug(&theirs, subjects[30].vif, &instance, &options, &err));
    SAME_AS(before);
    vif_host_close(&theirs);
    vif_host_close(&host);
    memory_held = 0;
    free(before);
}

int main(int argc, char **argv)
{
    return switch_main(argc, argv);
}
