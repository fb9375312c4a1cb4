/* SPDX-License-Identifier: MIT
 * switch.h: what the tests of plugin ovs with real servers share: VIFs as structs, a host on the
 * test's own ovsdb-server and ovs-vswitchd (userspace datapath, in a namespace of its own), looks
 * at both with their own tools, counters of memory and of deleted links. A test that includes it
 * wraps sendmsg. */
#ifndef SWITCH_H_INCLUDED
#define SWITCH_H_INCLUDED
#include "ovsdb/ovs.h"
#include "shell.h"
#include "wrap.h"
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "ovs/vifs.h"

#define VSCTL "ovs-vsctl --timeout=20 "
/* A column, as ovs-vsctl prints it; "" where there is no such row. */
__attribute__((unused)) static const char *get(const char *table, const char *name,
                                               const char *column)
{
    sh(VSCTL "--if-exists get %s %s %s", table, name, column);
    return sh_text;
}

/* The database gets the installed schema, changed by that line of Python, to which its tables are
 * t; "": as it is installed. The servers are started anew: one that runs goes on telling of the
 * schema that it had, and a switch would write what it was told to have (measured). */
__attribute__((unused)) static void reschema(const char *line)
{
    const bool with_switch = ovs_switch > 0;
    ovs_kill(&ovs_switch);
    ovs_kill(&ovs_server);
    DO("python3 -c 'import json\n"
       "s = json.load(open(\"/usr/share/openvswitch/vswitch.ovsschema\"))\n"
       "t = s[\"tables\"]\n%s\ndel s[\"cksum\"]\njson.dump(s, open(\"%s\", \"w\"))' && "
       "ovsdb-tool convert %s %s", line, ovs_path("schema"), ovs_path("conf.db"),
       ovs_path("schema"));
    CHECK(ovs_start_server() && (!with_switch || ovs_start_switch()));
}

/* All that a plug may leave: the switch as it shows itself, QoS rows, mirrors, links. */
__attribute__((unused)) static char *everything(void)
{
    char *copy;
    sh("{ " VSCTL "--format=csv show -- --columns=type,external_ids,other_config list QoS -- "
       "--columns=external_ids,other_config list Queue -- "
       "--columns=name,tag,trunks,vlan_mode,external_ids,protected list Port -- "
       "--columns=name,type,mtu_request,external_ids list Interface -- "
       "--columns=name,select_src_port,select_dst_port list Mirror | "
       "sed 's/ovn-installed[^,]*//; /^ *error: /d'; ip -o link | "
       "sed 's/^[0-9]*: //; s/ \\(qlen\\|state\\|qdisc\\|mode\\) [^ ]*//g; s/link.ether.*//'; } | "
       "sort");
    copy = (char *)malloc(strlen(sh_text) + 1);
    return strcpy(copy, sh_text);
}

/* Until the switch has done all that is committed. Taking back does not wait for it. */
__attribute__((unused)) static void settle(void)
{
    sh(VSCTL "set Open_vSwitch . other_config:settle=$(date +%%N)");
}

__attribute__((unused)) static pid_t run_in_child(void (*body)(void))
{
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        body();
        _exit(0);
    }
    return pid;
}

#define SAME_AS(before) do { \
        char *now_ = everything(); \
        if (strcmp(now_, before) != 0) { CHECK_FAIL("got\n%s\nwant\n%s", now_, before); } \
        free(now_); } while (0)

/* ---- memory, requests ------------------------------------------------------------------------ */

static size_t memory_calls, memory_held;

static void *counting_resize(void *user, void *ptr, size_t old_size, size_t size)
{
    (void)user;
    memory_calls++;
    memory_held += size - old_size;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, size);
}

static int dellinks, changing;
static int kill_after;                  /* the process dies before so many requests; 0: never */
static int fail_after;                  /* the request that is not sent; 0: none */

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    struct { uint32_t len; uint16_t type, flags; uint32_t seq, pid; } h;
    const unsigned char *p = (const unsigned char *)msg->msg_iov[0].iov_base;
    size_t left = msg->msg_iov[0].iov_len;
    int domain = 0;
    socklen_t size = sizeof domain;
    if (kill_after > 0 && --kill_after == 0) {
        raise(SIGKILL);
    }
    if (fail_after > 0 && --fail_after == 0) {
        errno = ENOBUFS;
        return -1;
    }
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    while (domain == AF_NETLINK && left >= sizeof h) {
        memcpy(&h, p, sizeof h);
        dellinks += h.type == 17;
        changing += h.type >= 16 && h.type < 100 && h.type % 4 != 2;    /* not a GET */
        h.len = (h.len + 3) & ~3u;
        if (h.len < sizeof h || h.len > left) {
            break;
        }
        p += h.len;
        left -= h.len;
    }
    return __real_sendmsg(fd, msg, flags);
}

/* ---- VIFs ------------------------------------------------------------------------------------ */

/* "netdev", the userspace one; or what the environment says, "system": the kernel's. */
static const char *datapath(void)
{
    const char *given = getenv("OVS_DATAPATH");
    return given ? given : "netdev";
}

static void start(vif_class klass)
{
    start_vif(klass);
    profile.openvswitch.datapath_type = datapath();
}

/* VIFOpenVSwitch with a port and, where wanted, a tap. */
__attribute__((unused)) static void plain(const char *name, bool tap)
{
    start(VIF_CLASS_VIFOpenVSwitch);
    vif.openvswitch.vif_name = name;
    profile.openvswitch.create_port = VIF_TRUE;
    profile.openvswitch.create_tap = tap ? VIF_TRUE : VIF_FALSE;
}

/* ---- the host -------------------------------------------------------------------------------- */

static vif_host host;
static vif_error err;
static vif_options host_options;
static char remote[300], said[8192];

static void say(void *user, const vif_event *event)
{
    char line[4096];
    (void)user;
    (void)vif_event_text(event, line, sizeof line);
    if (strlen(said) + strlen(line) + 2 < sizeof said) {
        strcat(said, line);
        strcat(said, "\n");
    }
}

static vif_host_desc host_desc(void)
{
    vif_host_desc desc = vif_host_desc_default();
    snprintf(remote, sizeof remote, "unix:%s", ovs_path("db.sock"));
    host_options.ovsdb_connection = remote;
    desc.options = &host_options;
    desc.resize = counting_resize;
    desc.now_ms = ovs_now;
    desc.log = say;
    return desc;
}

__attribute__((unused)) static bool open_host(void)
{
    const vif_host_desc desc = host_desc();
    const vif_status st = vif_host_open(&host, &desc, &err);
    said[0] = '\0';
    CHECK_INT(st, VIF_OK);
    return st == VIF_OK;
}

/* The end of a test; what a failed one has left does not fail the next. */
static void close_host(void)
{
    vif_host_close(&host);
    CHECK_INT(memory_held, 0);
    memory_held = 0;
    if (check_failures > 0 && ovs_switch > 0) {
        sh("for b in $(" VSCTL "list-br); do " VSCTL "del-br $b; done; " VSCTL "--all destroy QoS; "
           VSCTL "add-br br-int -- set bridge br-int datapath_type=%s; "
           "for l in $(ls /sys/class/net | grep -v '^lo$\\|^ovs-\\|^br-int$'); do ip link del $l; "
           "done", datapath());
    }
}

static vif_difference differences[16];
static size_t difference_count;

__attribute__((unused)) static vif_status plug(void)
{
    memset(&err, 0, sizeof err);
    return vif_plug(&host, &vif, &instance, &options, &err);
}

__attribute__((unused)) static vif_status unplug(void)
{
    memset(&err, 0, sizeof err);
    return vif_unplug(&host, &vif, &instance, &options, &err);
}

static vif_subject subject_of(void)
{
    vif_subject subject;
    memset(&subject, 0, sizeof subject);
    subject.vif = &vif;
    subject.instance = &instance;
    subject.options = &options;
    return subject;
}

__attribute__((unused)) static vif_status look(void)
{
    vif_subject subject = subject_of();
    vif_status st;
    memset(&err, 0, sizeof err);
    subject.differences = differences;
    subject.difference_cap = 16;
    st = vif_check(&host, &subject, &err);
    difference_count = st == VIF_E_DIFFERENT ? host.result.differences : 0;
    return st;
}

/* What a verb would do, in text. */
__attribute__((unused)) static vif_status dry_run(vif_verb verb, bool json, char *text, size_t cap)
{
    const vif_subject subject = subject_of();
    vif_text out = {text, cap, json, 0};
    memset(&err, 0, sizeof err);
    return vif_dry_run(&host, verb, &subject, &out, &err);
}

#define GOOD(call) good_at(__FILE__, __LINE__, #call, call)
static bool good_at(const char *file, int line, const char *what, vif_status st)
{
    if (st != VIF_OK) {
        printf("# %s:%d: %s: %s: %s: %s\n", file, line, what, vif_status_name(st), err.where,
               err.text);
        for (size_t i = 0; st == VIF_E_DIFFERENT && i < difference_count && i < 16; i++) {
            printf("#   %s %s: wanted %s, found %s\n", differences[i].resource,
                   differences[i].attribute, differences[i].wanted, differences[i].found);
        }
        check_failures++;
    }
    return st == VIF_OK;
}

/* Fails so, and says that. */
#define FAILS(call, want, says) do { \
        const vif_status st_ = (call); \
        if (st_ != (want) || err.status != (want) || !strstr(err.text, says)) { \
            CHECK_FAIL("%s: %s: %s: %s", #call, vif_status_name(st_), err.where, err.text); \
        } } while (0)

__attribute__((unused)) static bool differs(const char *attribute, const char *wanted,
                                            const char *found)
{
    for (size_t i = 0; i < difference_count && i < 16; i++) {
        if (strcmp(differences[i].attribute, attribute) == 0 &&
            strcmp(differences[i].wanted, wanted) == 0 &&
            strcmp(differences[i].found, found) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < difference_count && i < 16; i++) {
        printf("# %s %s: wanted %s, found %s\n", differences[i].resource, differences[i].attribute,
               differences[i].wanted, differences[i].found);
    }
    return false;
}

/* A server, and a switch where wanted. False: not installed, or no namespaces. */
static bool servers(bool with_switch)
{
    strcpy(ovs_dir + strlen(ovs_dir) - 6, "XXXXXX");
    if (!ovs_start()) {
        return false;
    }
    return !with_switch || (ovs_start_switch() &&
                            sh(VSCTL "add-br br-int -- "
                               "set bridge br-int datapath_type=%s", datapath()) == 0);
}

/* The main of a test with a switch. */
__attribute__((unused)) static int switch_main(int argc, char **argv)
{
    int failed;
    if (!ns_enter()) {
        puts("skip ovs: no user namespaces");
        return 0;
    }
    if (!servers(true)) {
        puts("skip ovs: needs openvswitch-switch");
        ovs_stop();
        return 0;
    }
    failed = check_main(argc, argv);
    ovs_stop();
    return failed;
}
#endif
