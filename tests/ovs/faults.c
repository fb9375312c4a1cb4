/* SPDX-License-Identifier: MIT
 * Plugin ovs when the server dies, stops or answers nonsense, and when the connection breaks
 * between a request and its reply: a real ovsdb-server, a proxy before it, and a peer that is
 * none. */
/* flags: -Wl,--wrap=sendmsg */
#include "switch.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/un.h>

/* What test, proxy and fake peer tell each other. */
static struct shared {
    volatile int mode, at, seen, hits;  /* how it breaks, at which request; requests so far */
    volatile int answer;
    volatile bool stop;
    char command[300];                  /* what somebody else does before that request is done */
} *shared;

static int listener;

static void listen_at(const char *name)
{
    struct sockaddr_un addr;
    memset(&addr, 0, sizeof addr);
    addr.sun_family = AF_UNIX;
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", ovs_path(name));
    unlink(addr.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(listener, 5) != 0) {
        abort();
    }
}

static int dial(const char *name)
{
    struct sockaddr_un addr;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(&addr, 0, sizeof addr);
    addr.sun_family = AF_UNIX;
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s", ovs_path(name));
    return connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0 ? fd : -1;
}

static bool open_host_at(const char *name)
{
    static char where[300];
    vif_host_desc desc = host_desc();
    snprintf(where, sizeof where, "unix:%s", ovs_path(name));
    host_options.ovsdb_connection = where;
    const vif_status st = vif_host_open(&host, &desc, &err);
    CHECK_INT(st, VIF_OK);
    return st == VIF_OK;
}

/* A VIF without a device of the kernel's. */
static void small(int number)
{
    static char id[64], iface[64];
    snprintf(id, sizeof id, "%08x-3c8d-4f44-8fb4-e1d33c16a536", number);
    snprintf(iface, sizeof iface, "%08x-0000-4000-8000-e1d33c16a536", number);
    vhost(VIF_VHOST_CLIENT);
    vif.base.id = id;
    profile.openvswitch.interface_id = iface;
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    options.ovs_commit_timeout_s = vif_u32_of(30);
}

static const char *db_get(const char *table, const char *name, const char *column)
{
    sh("ovs-vsctl --no-wait --timeout=10 --if-exists get %s %s %s", table, name, column);
    return sh_text;
}

static int count_rows(const char *table)
{
    sh("ovs-vsctl --no-wait --timeout=10 --bare --columns=_uuid list %s | grep -c .", table);
    return atoi(sh_text);
}

/* Not there at all, or there as wanted: a check knows of nothing in between. */
static bool all_or_nothing(bool *there)
{
    const vif_status st = look();
    *there = st == VIF_OK;
    return st == VIF_OK ||
        (st == VIF_E_DIFFERENT && difference_count == 1 &&
         strcmp(differences[0].attribute, "exists") == 0);
}

/* ---- a server that dies ---------------------------------------------------------------------- */

static void supervise(void)
{
    unsigned seed = 7;
    if (!ovs_start_server()) {
        abort();
    }
    shared->hits = 0;
    while (shared->hits < 8) {
        seed = seed * 1103515245u + 12345u;
        ovs_sleep(5 + (int)(seed >> 16) % 60);
        if (shared->seen > 0) {
            ovs_kill(&ovs_server);
            ovs_sleep((int)(seed >> 20) % 20);
            ovs_start_server();
            shared->hits++;
        }
    }
    while (!shared->stop) {
        ovs_sleep(5);
    }
    ovs_kill(&ovs_server);
}

TEST(t9_server_killed_while_a_thousand_are_plugged)
{
    enum { COUNT = 1000 };
    static vif_status got[COUNT];
    int i, unknown = 0, refused = 0, rows;
    pid_t child;
    bool there;
    memset(shared, 0, sizeof *shared);
    rows = count_rows("Interface");
    ovs_kill(&ovs_server);
    child = run_in_child(supervise);
    REQUIRE(ovs_answers("db.sock"));
    ovs_sleep(100);
    small(0);
    REQUIRE(open_host());
    for (i = 0; i < COUNT; i++) {
        small(i);
        shared->seen = i + 1;
        got[i] = plug();
        unknown += got[i] == VIF_E_UNKNOWN;
        refused += got[i] != VIF_OK && got[i] != VIF_E_UNKNOWN;
        if (got[i] != VIF_OK && got[i] != VIF_E_UNKNOWN && got[i] != VIF_E_SYSTEM &&
            got[i] != VIF_E_TIMEOUT) {
            CHECK_FAIL("plug %d: %s: %s", i, vif_status_name(got[i]), err.text);
        }
        while (i > COUNT - 50 && shared->hits < 8) {    /* the rest of the kills, before the end */
            ovs_sleep(1);
        }
        if (got[i] == VIF_E_SYSTEM) {
            ovs_sleep(5);
        }
    }
    CHECK_INT(shared->hits, 8);
    for (i = 0; i < COUNT; i++) {
        small(i);
        if (!all_or_nothing(&there)) {
            CHECK_FAIL("VIF %d (%s): %s %s: %s is %s", i, vif_status_name(got[i]), err.text,
                       differences[0].resource, differences[0].attribute, differences[0].found);
        }
        if (got[i] != VIF_E_UNKNOWN && there != (got[i] == VIF_OK)) {
            CHECK_FAIL("VIF %d: %s, but %s", i, vif_status_name(got[i]),
                       there ? "there" : "absent");
        }
    }
    for (i = 0; i < COUNT; i++) {
        small(i);
        GOOD(plug());
    }
    for (i = 0; i < COUNT; i++) {
        small(i);
        GOOD(look());
    }
    CHECK_INT(count_rows("Interface"), rows + COUNT);
    for (i = 0; i < COUNT; i++) {
        small(i);
        GOOD(unplug());
    }
    CHECK_INT(count_rows("Interface"), rows);
    printf("# killed %d times: %d unknown, %d refused of %d\n", shared->hits, unknown, refused,
           COUNT);
    close_host();
    shared->stop = true;
    ovs_wait(child);
    REQUIRE(ovs_start_server());
}

/* While it waits for the switch: committed it is, whatever becomes of the server. */
static void kill_later(void)
{
    for (int i = 0; i < 500; i++) {
        if (sh("ovs-vsctl --no-wait list-ports br-int | grep -q vhu0") == 0) {
            break;
        }
        ovs_sleep(10);
    }
    ovs_sleep(100);
    ovs_signal(ovs_server, SIGKILL);
}

TEST(server_killed_while_the_switch_is_waited_for)
{
    pid_t child;
    small(1);
    options.ovs_wait = VIF_OVS_WAIT_UNSET;
    options.ovs_applied_timeout_ms = 8000;
    options.ovs_commit_timeout_s = vif_u32_of(10);
    REQUIRE(open_host());
    child = run_in_child(kill_later);
    FAILS(plug(), VIF_E_UNCONFIRMED, "");
    CHECK(host.result.committed && !host.result.applied);
    ovs_wait(child);
    ovs_kill(&ovs_server);
    REQUIRE(ovs_start_server());
    small(1);
    ovs_sleep(1100);                    /* the second attempt to connect may not come at once */
    (void)look();
    GOOD(look());
    GOOD(unplug());
    close_host();
}

/* A host without a clock: the next dial is due later, and time passes only while it waits. */
TEST(server_back_after_a_call_that_failed)
{
    vif_host_desc desc = host_desc();
    desc.now_ms = NULL;
    small(1);
    REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
    GOOD(plug());
    ovs_kill(&ovs_server);
    alarm(30);                          /* it looked again and again, without end */
    FAILS(unplug(), VIF_E_SYSTEM, "");
    FAILS(unplug(), VIF_E_SYSTEM, "");
    REQUIRE(ovs_start_server());
    GOOD(unplug());
    alarm(0);
    close_host();
}

/* The server goes, and is back a while later; then the switch, which nobody runs here, has done its
 * part. */
static void restart_later(void)
{
    kill_later();
    ovs_sleep(400);
    ovs_start_server();
    ovs_sleep(300);
    sh("ovs-vsctl --no-wait --timeout=10 set Interface vhu00000001-3c ofport=7 -- set Open_vSwitch "
       ". cur_cfg=$(ovs-vsctl --no-wait --timeout=10 get Open_vSwitch . next_cfg)");
    for (int i = 0; i < 2000 && !shared->stop; i++) {
        ovs_sleep(5);
    }
    ovs_kill(&ovs_server);
}

TEST(server_restarted_while_the_switch_is_waited_for)
{
    pid_t child;
    small(1);
    options.ovs_wait = VIF_OVS_WAIT_UNSET;
    options.ovs_applied_timeout_ms = 9000;
    REQUIRE(open_host());
    shared->stop = false;
    child = run_in_child(restart_later);
    GOOD(plug());
    CHECK(host.result.committed && host.result.applied);
    CHECK_INT(host.result.ofport, 7);
    shared->stop = true;
    ovs_wait(child);
    ovs_kill(&ovs_server);
    REQUIRE(ovs_start_server());
    small(1);
    GOOD(plug());
    GOOD(unplug());
    close_host();
}

/* ---- a server that stops --------------------------------------------------------------------- */

TEST(stopped_server)
{
    int64_t began, took;
    bool there;
    small(2);
    options.ovs_commit_timeout_s = vif_u32_of(1);
    REQUIRE(open_host());
    GOOD(plug());
    GOOD(unplug());
    ovs_signal(ovs_server, SIGSTOP);
    began = ovs_now(NULL);
    FAILS(plug(), VIF_E_UNKNOWN, "in time");
    took = ovs_now(NULL) - began;
    CHECK(took >= 950 && took < 1500);
    began = ovs_now(NULL);
    CHECK_INT(look(), VIF_E_TIMEOUT);   /* looking changes nothing */
    took = ovs_now(NULL) - began;
    CHECK(took >= 950 && took < 1500);
    ovs_signal(ovs_server, SIGCONT);
    CHECK(all_or_nothing(&there));
    GOOD(plug());
    GOOD(look());
    ovs_signal(ovs_server, SIGSTOP);
    CHECK_INT(unplug(), VIF_E_TIMEOUT); /* it looks first: nothing was changed */
    ovs_signal(ovs_server, SIGCONT);
    GOOD(look());
    GOOD(unplug());
    GOOD(unplug());
    close_host();
}

TEST(stopped_server_and_a_tap)
{
    plain("tap0", true);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    options.ovs_commit_timeout_s = vif_u32_of(1);
    REQUIRE(open_host());
    ovs_signal(ovs_server, SIGSTOP);
    CHECK_INT(plug(), VIF_E_UNKNOWN);
    /* as it may have a port: left for the next call to look at */
    CHECK(exists("tap0"));
    ovs_signal(ovs_server, SIGCONT);
    GOOD(plug());
    GOOD(look());
    ovs_signal(ovs_server, SIGSTOP);
    CHECK_INT(unplug(), VIF_E_TIMEOUT);
    CHECK(exists("tap0"));
    ovs_signal(ovs_server, SIGCONT);
    GOOD(unplug());
    CHECK(!exists("tap0"));
    CHECK_STR(db_get("Port", "tap0", "name"), "");
    close_host();
}

TEST(no_server)
{
    plain("tap0", true);
    REQUIRE(open_host_at("nobody.sock"));
    FAILS(plug(), VIF_E_SYSTEM, "");
    CHECK_INT(err.sys_errno, ENOENT);
    CHECK(!exists("tap0"));
    CHECK_INT(unplug(), VIF_E_SYSTEM);
    CHECK_INT(look(), VIF_E_SYSTEM);
    close_host();
}

static int looks_at_the_clock;

static int64_t clock_looked_at(void *user)
{
    looks_at_the_clock++;
    return ovs_now(user);
}

static int silent_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", ovs_path(name));
    return bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 9) == 0
        ? fd : -1;
}

/* Remotes that take the connection and never say a word: a host rests while it waits for them, also
 * one without a clock, for which time passes in no other way. */
TEST(silent_servers)
{
    char two[220];
    const int first = silent_at("first.sock"), second = silent_at("second.sock");
    REQUIRE(first >= 0 && second >= 0);
    snprintf(two, sizeof two, "unix:%s,", ovs_path("first.sock"));
    snprintf(two + strlen(two), sizeof two - strlen(two), "unix:%s", ovs_path("second.sock"));
    for (int with_clock = 0; with_clock < 2; with_clock++) {
        vif_host_desc desc = host_desc();
        plain("tap0", true);
        options.ovs_commit_timeout_s = vif_u32_of(3);
        host_options.ovsdb_connection = two;
        desc.now_ms = with_clock ? clock_looked_at : NULL;
        looks_at_the_clock = 0;
        REQUIRE(vif_host_open(&host, &desc, &err) == VIF_OK);
        alarm(30);
        CHECK(plug() != VIF_OK);
        CHECK(unplug() != VIF_OK);
        alarm(0);
        CHECK(looks_at_the_clock < 2000);
        close_host();
        sh("ip link del tap0");         /* it may be at work, for all that is known */
    }
    close(first);
    close(second);
}

/* A server that runs, and a database without the row that all others hang on: as at boot. */
TEST(database_that_waits_for_its_row)
{
    char remote_arg[220];
    const char *argv[] = {"ovsdb-server", ovs_path("bare.db"), remote_arg, "--unixctl=none",
                          "--no-chdir", "-vconsole:off", NULL};
    pid_t server;
    snprintf(remote_arg, sizeof remote_arg, "--remote=punix:%s", ovs_path("bare.sock"));
    DO("ovsdb-tool create %s /usr/share/openvswitch/vswitch.ovsschema", ovs_path("bare.db"));
    server = ovs_spawn(argv);
    REQUIRE(ovs_answers("bare.sock"));
    REQUIRE(open_host_at("bare.sock"));
    plain("tap0", true);
    options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
    FAILS(plug(), VIF_E_SYSTEM, "ovs-vsctl init");
    CHECK(!host.result.committed && !host.result.applied && !exists("tap0"));
    GOOD(unplug());
    DO("ovs-vsctl --db=unix:%s --no-wait init", ovs_path("bare.sock"));
    CHECK_INT(look(), VIF_E_DIFFERENT);
    GOOD(plug());
    CHECK(host.result.committed);
    GOOD(look());
    GOOD(unplug());
    close_host();
    ovs_kill(&server);
}

/* ---- a proxy that cuts the connection -------------------------------------------------------- */

enum { PASS, CUT_BEFORE, CUT_AFTER, CUT_AFTER_AND_DELETE, CUT_IN_REPLY, CUT_IN_REQUEST, MEDDLE,
       LACK_RESULT, LACK_CFG };

/* One message, or as much as comes at once; 0 at the end. */
static size_t take(int fd, char *to, size_t cap)
{
    size_t len = 0;
    int depth = 0;
    bool quoted = false;
    while (len < cap - 1) {
        if (read(fd, to + len, 1) != 1) {
            return 0;
        }
        const char c = to[len++];
        if (quoted) {
            if (c == '\\') {
                if (read(fd, to + len++, 1) != 1) {
                    return 0;
                }
            } else if (c == '"') {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            break;
        }
    }
    to[len] = '\0';
    return len;
}

static void put(int fd, const char *from, size_t len)
{
    (void)!write(fd, from, len);
}

/* A reply that lacks its last result (not an error, or it would say yes), or has no next_cfg. */
static size_t spoil(char *message, int mode)
{
    const bool lack = mode == LACK_RESULT && strstr(message, "\"details\"") == NULL;
    char *p = lack ? strstr(message, "\"result\":[") : NULL, *last = NULL, *cfg = message;
    int depth = -1;
    for (; p != NULL && (last == NULL || depth >= 0); p++) {
        depth += *p == '[' || *p == '{' ? 1 : *p == ']' || *p == '}' ? -1 : 0;
        if (depth < 0 && last != NULL) {
            memmove(last, p, strlen(p) + 1);
        } else if (depth == 0 && *p == ',') {
            last = p;
        } else if (*p == '\0') {
            break;
        }
    }
    while (mode == LACK_CFG && (cfg = strstr(cfg, "next_cfg")) != NULL) {
        memcpy(cfg, "none_cfg", 8);
    }
    return strlen(message);
}

static void proxy_one(int client)
{
    static char message[1 << 17];
    const int server = dial("db.sock");
    struct pollfd p[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    int mode = PASS;
    size_t len;
    while (server >= 0 && poll(p, 2, -1) > 0) {
        if (p[0].revents != 0) {
            len = take(client, message, sizeof message);
            if (len == 0) {
                break;
            }
            mode = ++shared->seen == shared->at ? shared->mode : PASS;
            shared->hits += mode != PASS;
            if (mode == CUT_BEFORE) {
                break;
            }
            if (mode == MEDDLE) {
                sh("%s", shared->command);
            }
            put(server, message, mode == CUT_IN_REQUEST ? len / 2 : len);
            if (mode == CUT_IN_REQUEST) {
                break;
            }
        }
        if (p[1].revents != 0) {
            len = take(server, message, sizeof message);
            if (len == 0 || mode == CUT_AFTER || mode == CUT_AFTER_AND_DELETE) {
                break;
            }
            len = spoil(message, mode);
            put(client, message, mode == CUT_IN_REPLY ? len / 2 : len);
            if (mode == CUT_IN_REPLY) {
                break;
            }
        }
    }
    if (mode == CUT_AFTER_AND_DELETE) {
        sh("ovs-vsctl --no-wait --if-exists del-port vhu00000003-3c");
    }
    close(server);
    close(client);
}

static void proxy(void)
{
    for (;;) {
        const int client = accept(listener, NULL, NULL);
        if (client >= 0) {
            proxy_one(client);
        }
    }
}

static pid_t between;

static bool open_through_proxy(void)
{
    listen_at("proxy.sock");
    between = run_in_child(proxy);
    return open_host_at("proxy.sock");
}

static void close_proxy(void)
{
    close_host();
    ovs_kill(&between);
    close(listener);
}

static void aim(int mode, int at)
{
    shared->seen = shared->hits = 0;
    shared->mode = mode;
    shared->at = at;
}

/* Every mode at every request of a verb: it ends well all the same, and done once. */
static void cut_everywhere(vif_status (*verb)(void), vif_status want, bool there, bool begin_there)
{
    for (int mode = CUT_BEFORE; mode <= CUT_IN_REQUEST; mode++) {
        for (int at = 1; at < 20; at++) {
            char uuid[64];
            small(3);
            aim(PASS, 0);
            GOOD(begin_there ? plug() : unplug());
            strcpy(uuid, db_get("Port", "vhu00000003-3c", "_uuid"));
            options.ovs_tag = begin_there ? 5 : 0;
            aim(mode, at);
            if (verb() != want) {
                CHECK_FAIL("mode %d at %d: %s: %s", mode, at, vif_status_name(err.status),
                           err.text);
            }
            if (shared->hits == 0) {
                CHECK(at > 1);
                break;
            }
            aim(PASS, 0);
            if (there) {
                GOOD(look());
                if (begin_there && mode != CUT_AFTER_AND_DELETE) {
                    CHECK_STR(db_get("Port", "vhu00000003-3c", "_uuid"), uuid);
                }
            } else {
                CHECK_STR(db_get("Port", "vhu00000003-3c", "name"), "");
            }
        }
    }
}

TEST(t9_connection_cut_between_request_and_reply)
{
    pid_t child;
    int fds, rows = count_rows("Interface");
    listen_at("proxy.sock");
    child = run_in_child(proxy);
    small(3);
    REQUIRE(open_host_at("proxy.sock"));
    GOOD(plug());
    fds = count_fds();
    cut_everywhere(plug, VIF_OK, true, false);
    cut_everywhere(plug, VIF_OK, true, true);           /* a change in place */
    cut_everywhere(unplug, VIF_OK, false, true);
    CHECK_INT(count_fds(), fds);
    CHECK_INT(count_rows("Interface"), rows);
    close_host();
    ovs_kill(&child);
    close(listener);
}

/* T18: somebody else is faster, at any request of the VIF's. */
TEST(t18_others_between_look_and_change)
{
    static const struct { const char *command; vif_status other; bool stays; } others[] = {
        {"ovs-vsctl --no-wait --may-exist add-port br-int foreign", VIF_OK, true},
        {"ovs-vsctl --no-wait --if-exists del-port vhu00000003-3c", VIF_OK, false},
        {"ovs-vsctl --no-wait -- --if-exists del-port vhu00000003-3c -- add-port br-int "
         "vhu00000003-3c -- set Interface vhu00000003-3c external_ids:iface-id=else", VIF_E_EXISTS,
         false},
        {"ovs-vsctl --no-wait -- --if-exists del-port vhu00000003-3c -- --may-exist add-br "
         "br-else -- "
         "add-port br-else vhu00000003-3c -- set Interface vhu00000003-3c "
         "type=dpdkvhostuser external_ids:iface-id=else", VIF_E_EXISTS, false},
        {"ovs-vsctl --no-wait --if-exists del-br br-int -- add-br br-int -- set bridge br-int "
         "datapath_type=netdev", VIF_OK, false},
    };
    REQUIRE(open_through_proxy());
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        for (int verb = 0; verb < 3; verb++) {
            for (int at = 1; at < 20; at++) {
                vif_status st;
                small(3);
                aim(PASS, 0);
                options.ovs_take_over = VIF_TRUE;
                GOOD(verb == 0 ? unplug() : plug());
                sh("ovs-vsctl --no-wait --if-exists del-port foreign");
                options.ovs_take_over = VIF_BOOL_UNSET;
                options.ovs_tag = verb == 1 ? 5 : 0;
                strcpy(shared->command, others[i].command);
                aim(MEDDLE, at);
                st = verb == 2 ? unplug() : plug();
                if (shared->hits == 0) {
                    break;
                }
                if (st != VIF_OK && st != others[i].other) {
                    CHECK_FAIL("%s, verb %d at %d: %s: %s", others[i].command, verb, at,
                               vif_status_name(st), err.text);
                }
                aim(PASS, 0);
                if (others[i].stays) {
                    CHECK_STR(db_get("Port", "foreign", "name"), "foreign");
                }
                sh("ovs-vsctl --no-wait get Interface vhu00000003-3c external_ids:iface-id");
                if (others[i].other == VIF_E_EXISTS && st == VIF_E_EXISTS &&
                    strcmp(sh_text, "else") != 0) {
                    CHECK_FAIL("verb %d at %d: another's port was changed: %s", verb, at, sh_text);
                }
                options.ovs_take_over = VIF_TRUE;
                GOOD(verb == 2 || st != VIF_OK ? VIF_OK : plug());
            }
        }
    }
    options.ovs_take_over = VIF_TRUE;
    GOOD(unplug());
    sh("ovs-vsctl --no-wait --if-exists del-port foreign -- --if-exists del-br br-else");
    close_proxy();
}

/* A port that moves, or goes, between look and change: it ends in the one bridge, and its mirror
 * sees it. */
/* Somebody makes the bridge between any two requests of a plug that would. */
TEST(t18_bridge_that_others_make)
{
    int at, hits = 1;
    REQUIRE(open_through_proxy());
    for (at = 1; at < 20 && hits > 0; at++) {
        small(3);
        options.ovs_take_over = VIF_TRUE;
        network.bridge = at % 2 == 0 ? "br-else" : "tbr-else";
        snprintf(shared->command, sizeof shared->command, "ovs-vsctl --no-wait --may-exist add-br "
                 "%s -- set bridge %s datapath_type=netdev", network.bridge, network.bridge);
        aim(MEDDLE, (at + 1) / 2);
        GOOD(plug());
        hits = shared->hits;
        aim(PASS, 0);
        GOOD(look());
        GOOD(unplug());
        sh("ovs-vsctl --no-wait --if-exists del-br br-else -- --if-exists del-br tbr-else");
    }
    CHECK(at > 4);
    close_proxy();
}

TEST(t18_port_that_moves_between_look_and_change)
{
    static const char *const others[] = {
        "ovs-vsctl --no-wait -- --id=@p get Port vhu00000003-3c -- remove Bridge br-old ports @p "
        "-- add Bridge br-else ports @p",
        "ovs-vsctl --no-wait del-port vhu00000003-3c"};
    REQUIRE(open_through_proxy());
    DO("ovs-vsctl --no-wait add-br br-old -- add-br br-else -- set bridge br-old "
       "datapath_type=netdev -- --id=@m create Mirror name=m0 -- add Bridge br-int mirrors @m");
    for (size_t i = 0; i < 2; i++) {
        for (int at = 1; at < 20 && check_failures == 0; at++) {
            small(3);
            aim(PASS, 0);
            network.bridge = "br-old";
            options.ovs_mirrors = NULL;
            GOOD(plug());
            network.bridge = "br-int";
            options.ovs_mirrors = "m0";
            strcpy(shared->command, others[i]);
            aim(MEDDLE, at);
            GOOD(plug());
            if (shared->hits == 0) {
                CHECK(at > 3);          /* look, look again, change */
                break;
            }
            GOOD(look());
            sh("ovs-vsctl --no-wait --bare --columns=name find Bridge 'ports{>=}'$(ovs-vsctl "
               "--no-wait get Port vhu00000003-3c _uuid)");
            CHECK_STR(sh_text, "br-int");
        }
    }
    GOOD(unplug());
    DO("ovs-vsctl --no-wait del-br br-old -- del-br br-else -- clear Bridge br-int mirrors");
    close_proxy();
}

/* Somebody else at the port's QoS row, before each request: in the end it has its rate. */
TEST(qos_that_changes_meanwhile)
{
    static const char *const others[] = {
        "clear Port vhu0 qos -- --all destroy QoS", "--all destroy QoS",
        "--id=@q create QoS type=linux-sfq -- set Port vhu0 qos=@q",
        "--if-exists del-port vhu0",
        /* the last two of a rate with a queue */
        "clear QoS $(ovs-vsctl --no-wait get Port vhu0 qos) queues -- --all destroy Queue",
        "clear Port vhu0 qos -- --all destroy QoS -- --all destroy Queue"};
    REQUIRE(open_through_proxy());
    for (int i = 0; i < 12; i++) {
        for (int at = 1; at < 20 && check_failures == 0; at++) {
            plain("vhu0", false);
            options.ovs_wait = VIF_OVS_WAIT_COMMITTED;
            options.default_qos_type = "linux-htb";
            *(i < 8 ? &options.ovs_qos_max_rate_bps : &options.port_rate_in_bps) =
                vif_int_of(1000);
            aim(PASS, 0);
            DO("ovs-vsctl --no-wait --if-exists del-port vhu0; "
               "ovs-vsctl --no-wait -- --all destroy QoS -- --all destroy Queue");
            GOOD(plug());
            if (i % 2 != 0) {
                DO("ovs-vsctl --no-wait clear Port vhu0 qos");
            }
            *(i < 8 ? &options.ovs_qos_max_rate_bps : &options.port_rate_in_bps) =
                vif_int_of(2000);
            snprintf(shared->command, sizeof shared->command, "ovs-vsctl --no-wait -- %s",
                     others[i / 2]);
            aim(MEDDLE, at);
            GOOD(plug());
            if (shared->hits == 0) {
                CHECK(at > 3);          /* look, look again, change */
                break;
            }
            aim(PASS, 0);
            GOOD(plug());
            GOOD(look());
            sh("ovs-vsctl --no-wait get QoS $(ovs-vsctl --no-wait get Port vhu0 qos) "
               "other_config:max-rate");
            CHECK_HAS(sh_text, "2000");
        }
    }
    GOOD(unplug());
    DO("ovs-vsctl --no-wait -- --all destroy QoS -- --all destroy Queue");
    close_proxy();
}

/* Other holders of the interface id go, whatever is cut and whoever else removes one. A reply that
 * can't be read leaves what it was about unknown. */
TEST(cut_while_other_holders_go)
{
    int unknown = 0;
    REQUIRE(open_through_proxy());
    for (int mode = CUT_BEFORE; mode <= LACK_RESULT; mode++) {
        for (int at = 1; at < 20 && mode != CUT_AFTER_AND_DELETE; at++) {
            vif_status st;
            small(3);
            aim(PASS, 0);
            GOOD(unplug());
            for (int i = 0; i < 2; i++) {
                DO("ovs-vsctl --no-wait --may-exist add-port br-int stale%d -- set Interface "
                   "stale%d external_ids:iface-id=%s", i, i, profile.openvswitch.interface_id);
            }
            strcpy(shared->command, "ovs-vsctl --no-wait --if-exists del-port stale0");
            options.ovs_remove_stale = VIF_TRUE;
            aim(mode, at);
            st = plug();
            if (mode != LACK_RESULT) {
                GOOD(st);
            } else {
                unknown += st == VIF_E_UNKNOWN;
                if (st != VIF_OK && st != VIF_E_UNKNOWN && st != VIF_E_PROTO) {
                    CHECK_FAIL("at %d: %s: %s: %s", at, vif_status_name(st), err.where, err.text);
                }
            }
            if (shared->hits == 0) {
                CHECK(at > 4);          /* try, look, look again, change, sweep */
                break;
            }
            aim(PASS, 0);
            if (st != VIF_OK) {
                GOOD(plug());
            }
            GOOD(look());
        }
    }
    CHECK_INT(unknown, 3);              /* of the change, of each holder that goes */
    aim(PASS, 0);
    GOOD(unplug());
    close_proxy();
}

/* It was done, or was it? No other word than "unknown" is right; and the next plug settles it. */
TEST(change_whose_reply_is_malformed)
{
    int unknown = 0;
    REQUIRE(open_through_proxy());
    for (int i = 0; i < 4; i++) {
        for (int at = 1; at < 20; at++) {
            vif_status st;
            bool done;
            small(3);
            aim(PASS, 0);
            options.ovs_tag = 6;
            GOOD(i < 2 ? plug() : unplug());
            options.ovs_tag = 5;
            aim(i % 2 ? LACK_RESULT : LACK_CFG, at);
            st = plug();
            if (shared->hits == 0) {
                break;
            }
            aim(PASS, 0);
            done = strcmp(db_get("Port", "vhu00000003-3c", "tag"), "5") == 0;
            if ((st != VIF_E_UNKNOWN && done != (st == VIF_OK)) || err.status != st) {
                CHECK_FAIL("%d at %d: %s, %s: %s", i, at, done ? "done" : "not done",
                           vif_status_name(st), err.text);
            }
            unknown += st == VIF_E_UNKNOWN && done && err.text[0] != '\0';
            GOOD(plug());
            GOOD(look());
        }
    }
    CHECK_INT(unknown, 4);
    aim(PASS, 0);
    GOOD(unplug());
    close_proxy();
}

/* A switch that opens no port: in its place, with the tools at hand. */
static void poor_switch(void)
{
    setpgid(0, 0);
    execlp("sh", "sh", "-c",
           "while n=$(ovs-vsctl --no-wait get Open_vSwitch . next_cfg); do "
           "ovs-vsctl --no-wait -- --if-exists set Interface tap0 ofport=-1 'error=\"broken\"' "
           "-- --if-exists set Interface br-cut ofport=65534 -- set Open_vSwitch . cur_cfg=$n; "
           "done >/dev/null 2>&1", (char *)NULL);
}

/* Taking back, too: a plug that fails leaves nothing, with one cut anywhere in it. */
TEST(cut_while_taking_back)
{
    pid_t child, other;
    vif_status st;
    int at, rows = count_rows("Interface"), hits = 1;
    listen_at("proxy.sock");
    child = run_in_child(proxy);
    other = run_in_child(poor_switch);
    for (int mode = CUT_BEFORE; mode <= CUT_AFTER; mode++) {
        for (at = 1, hits = 1; at < 20 && hits > 0; at++) {
            plain("tap0", true);
            network.bridge = "br-cut";
            options.ovs_commit_timeout_s = vif_u32_of(5);
            aim(mode, at);
            REQUIRE(open_host_at("proxy.sock"));
            st = plug();
            hits = shared->hits;
            if (st != VIF_E_PLUG || strcmp(err.text, "broken") != 0) {
                CHECK_FAIL("mode %d at %d: %s: %s", mode, at, vif_status_name(st), err.text);
            }
            if (exists("tap0") || count_rows("Interface") != rows) {
                sh("ovs-vsctl --no-wait show");
                CHECK_FAIL("mode %d at %d: %s: %s: %s", mode, at, vif_status_name(st), err.text,
                           sh_text);
                sh("ip link del tap0; ovs-vsctl --no-wait --if-exists del-br br-cut");
            }
            close_host();
        }
        CHECK(at > 4);
    }
    kill(-other, SIGKILL);
    ovs_kill(&other);
    ovs_kill(&child);
    close(listener);
}

/* ---- a peer that is none --------------------------------------------------------------------- */

/* What it answers: %d is the request's id. "~" first: slowly; "*": for ever; "!": then it hangs
 * up. */
static const struct { const char *text; bool waits; } answers[] = {
    {"", true}, {"!", false}, {"~{\"id\":%d,\"result\":[", true},
    {"*{\"id\":%d,\"result\":[", false},
    {"*x", false}, {"*[", false}, {"* !", false}, {"*{\"id\":77,\"result\":[]}!", false},
    {"}", false}, {"]", false}, {"nonsense", false}, {"{\"id\":%d,\"result\":[\"\xff\"]}", false},
    {"{\"id\":%d", true}, {"{\"id\":%d,\"result\":[]}", false},
    {"{\"id\":%d,\"result\":{}}", false},
    {"{\"id\":%d,\"result\":7}", false}, {"{\"id\":%d,\"result\":null}", false},
    {"{\"id\":%d}", false},
    {"{\"id\":%d,\"error\":\"unknown method\"}", false},
    {"{\"id\":%d,\"error\":{\"error\":\"unknown database\",\"details\":\"x\"},\"result\":null}",
     false},
    {"{\"id\":%d,\"error\":{},\"result\":null}", false}, {"{\"id\":%d,\"error\":7}", false},
    {"{\"id\":%d,\"error\":null,\"result\":[{\"error\":\"timed out\"},null,null]}", false},
    {"{\"id\":%d,\"error\":null,\"result\":[null,null,null,null,null,null,null,null,null]}", false},
    {"{\"id\":%d,\"error\":null,\"result\":[{},{},{},{},{},{},{},{},{},{}]}", false},
    {"{\"id\":%d,\"error\":null,\"result\":[{},{},{},{},{\"rows\":7},{\"rows\":[7]},{},{},{}]}",
     false},
    {"{\"id\":%d,\"result\":[{\"rows\":[{\"_uuid\":7}]},{\"rows\":{}},{\"rows\":[[]]},"
     "{\"rows\":[{\"name\":[]}]},{\"rows\":null},"
     "{\"rows\":[{\"external_ids\":[\"map\",[[1,2]]]}]}]}",
     false},
    {"{\"id\":\"%d\",\"result\":[]}!", false}, {"{\"id\":null,\"result\":[]}!", false},
    {"{\"id\":%d.0,\"result\":[]}!", false}, {"{\"id\":-1,\"result\":[]}!", false},
    {"{\"method\":\"echo\",\"id\":[{}],\"params\":[%d]}!", false},
    {"{\"method\":\"update3\",\"id\":null,\"params\":[null,\"x\",{}]}!", false},
    {"{\"id\":%d,\"result\":[{\"error\":\"a\\n\\u001b[31m\"}]}", false},
    {"{\"id\":%d,\"result\":[{\"error\":\"referential integrity violation\",\"details\":\"x\"}]}",
     false},
    {"{\"id\":%d,\"result\":[{\"error\":\"resources exhausted\"}]}!", false},
    {"@deep", false}, {"@huge", false}, {"@string", false},
};

static void answer(int fd, int id, const char *how)
{
    static char text[1 << 16];
    const bool slow = *how == '~', ever = *how == '*', ends = *how && how[strlen(how) - 1] == '!';
    int i;
    if (strcmp(how, "@deep") == 0) {
        i = snprintf(text, sizeof text, "{\"id\":%d,\"result\":", id);
        memset(text + i, '[', 40000);
        put(fd, text, 40000);
        return;
    }
    if (*how == '@') {
        i = snprintf(text, sizeof text, "{\"id\":%d,\"result\":[%s", id, how[1] == 's' ? "\"" : "");
        put(fd, text, (size_t)i);
        memset(text, how[1] == 's' ? 'x' : ' ', sizeof text);
        for (i = 0; i < 64 && write(fd, text, sizeof text) > 0; i++) {
        }
        return;
    }
    snprintf(text, sizeof text, how + (slow || ever), id);
    text[strlen(text) - ends] = '\0';
    if (slow) {
        for (i = 0; text[i] != '\0'; i++) {
            put(fd, text + i, 1);
            ovs_sleep(20);
        }
        for (i = 0; i < 500 && write(fd, " ", 1) == 1; i++) {
            ovs_sleep(5);
        }
        return;
    }
    put(fd, text, strlen(text));
    how = text[0] == '\0' || text[1] == '\0' || strstr(text, "77") ? text : "[],";
    for (i = 0; ever && i < 100000 && write(fd, how, strlen(how)) > 0; i++) {
    }
}

static void fake(void)
{
    static char message[1 << 17];
    for (;;) {
        const int client = accept(listener, NULL, NULL);
        while (client >= 0 && take(client, message, sizeof message) > 0) {
            const char *how = answers[shared->answer].text, *id = strstr(message, "\"id\":");
            shared->seen++;
            answer(client, id ? atoi(id + 5) : -1, how);
            if (*how && how[strlen(how) - 1] == '!') {
                break;
            }
        }
        close(client);
    }
}

/* Whatever comes: an end, soon; memory and descriptors as before; nothing of the VIF's on the host,
 * unless the outcome is not known. */
static void nonsense(vif_status (*verb)(void), int which)
{
    const bool unplugs = verb == unplug;
    const int fds = count_fds();
    const size_t held = memory_held;
    int64_t began;
    vif_status st;
    plain("tap0", true);
    options.ovs_commit_timeout_s = vif_u32_of(1);
    options.ovs_applied_timeout_ms = 100;
    shared->answer = which;
    shared->seen = 0;
    if (!open_host_at("fake.sock")) {
        return;
    }
    began = ovs_now(NULL);
    st = verb();
    if (ovs_now(NULL) - began > 3000) {
        CHECK_FAIL("answer %d: %s took %d ms (%d requests)", which, answers[which].text,
                   (int)(ovs_now(NULL) - began), shared->seen);
    }
    if (st != VIF_OK && st != VIF_E_DIFFERENT) {
        CHECK(err.status == st && err.text[0] != '\0');
        for (const char *s = err.text; *s != '\0'; s++) {
            CHECK((unsigned char)*s >= 0x20);
        }
    }
    if (st != VIF_OK && st != VIF_E_UNKNOWN && !unplugs && exists("tap0")) {
        CHECK_FAIL("answer %d: %s left tap0: %s %s", which, answers[which].text,
                   vif_status_name(st), err.text);
    }
    if (shared->seen > 50) {
        CHECK_FAIL("answer %d: %s: %d requests: %s", which, answers[which].text, shared->seen,
                   err.text);
    }
    close_host();
    if (exists("tap0")) {
        sh("ip link del tap0");
    }
    CHECK_INT(count_fds(), fds);
    CHECK_INT(memory_held, held);
}

TEST(nonsense_for_plug)
{
    pid_t child;
    listen_at("fake.sock");
    child = run_in_child(fake);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        nonsense(plug, (int)i);
        ovs_kill(&child);               /* it may be busy still */
        child = run_in_child(fake);
    }
    ovs_kill(&child);
    close(listener);
}

TEST(nonsense_for_unplug_and_check)
{
    pid_t child;
    listen_at("fake.sock");
    child = run_in_child(fake);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const char *how = answers[i].text;
        if (!answers[i].waits && how[0] != '\0' && how[strlen(how) - 1] != '!') {   /* those wait */
            nonsense(unplug, (int)i);
            ovs_kill(&child);
            child = run_in_child(fake);
            nonsense(look, (int)i);
            ovs_kill(&child);
            child = run_in_child(fake);
        }
    }
    ovs_kill(&child);
    close(listener);
}

int main(int argc, char **argv)
{
    int failed;
    shared = (struct shared *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                                   -1, 0);
    if (!ns_enter()) {
        puts("skip ovs: no user namespaces");
        return 0;
    }
    if (!servers(false)) {
        puts("skip ovs: needs openvswitch-switch");
        ovs_stop();
        return 0;
    }
    sh("ovs-vsctl --no-wait add-br br-int -- set bridge br-int datapath_type=netdev");
    failed = check_main(argc, argv);
    ovs_stop();
    return failed;
}
