/* SPDX-License-Identifier: MIT
 * plug.h: what the kernel and fault tests of vif.h share: a namespace, VIFs as structs, a canonical
 * text of all that a host's network is (read without vif's own parsers), and a shim around the
 * system calls of the library that counts, fails, loses and spoils them. A test that includes it
 * wraps sendmsg, recvmsg, poll, open, read, write, ioctl, socket, bind and setsockopt. */
#ifndef PLUG_H_INCLUDED
#define PLUG_H_INCLUDED
#include "ns.h"
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <linux/capability.h>
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "shell.h"
#include "wrap.h"

#define VIF_ID "dc065497-3c8d-4f44-8fb4-e1d33c16a536"
#define TAG "vif:local:" VIF_ID

/* ---- looks ----------------------------------------------------------------------------------- */

__attribute__((unused)) static const char *show(const char *what, const char *name)
{
    sh("ip -d %s dev %s", what, name);
    return sh_text;
}

__attribute__((unused)) static int file_int(const char *format, const char *name)
{
    char path[200], text[32] = "";
    FILE *f;
    snprintf(path, sizeof path, format, name);
    f = fopen(path, "r");
    if (!f) {
        return -1;
    }
    if (!fgets(text, sizeof text, f)) {
        text[0] = '\0';
    }
    fclose(f);
    return atoi(text);
}

/* ---- the shim -------------------------------------------------------------------------------- */

enum fault {
    FAULT_NONE,
    FAULT_CALL,         /* the k-th system call fails with shim.error, and was not made */
    FAULT_LOST,         /* the k-th request is sent, all its answers are lost: ENOBUFS */
    FAULT_LATE,         /* the k-th request is sent, its answers come after the deadline */
    FAULT_RECEIVE,      /* the k-th datagram received is lost: ENOBUFS, and all behind it */
    FAULT_REFUSE,       /* the k-th request is one that the kernel knows not: EOPNOTSUPP */
    FAULT_NO_CAP,       /* the k-th request or ioctl is made without CAP_NET_ADMIN */
    FAULT_NO_NF,        /* the k-th socket for nftables is not to be had: shim.error */
    FAULT_NO_FD,        /* the k-th open finds no free descriptor: EMFILE */
    FAULT_DEAD,         /* from the k-th request on nothing can be sent or received any more */
    FAULT_DEAD_LOST,    /* the same, but the k-th request itself is still carried out */
    FAULT_KILL          /* the process is killed at the k-th system call */
};

static struct shim {
    bool on;
    enum fault fault;
    int k, error, at;
    bool hit, losing, late;
    int late_left;
    unsigned calls, sends, receives, changing, writes, ioctls, opens;
    int meddle_at;              /* before the meddle_at-th request or ioctl … */
    bool meddles_writes;        /* … or write … */
    const char *meddle;         /* … this command is run, as if somebody else had been faster */
    bool meddled;
    int meddle_status;
    char changes[4096];         /* the types of the changing requests, and files opened to write */
} shim;

static void shim_start(enum fault fault, int k, int error)
{
    memset(&shim, 0, sizeof shim);
    shim.fault = fault;
    shim.k = k;
    shim.error = error;
    shim.on = true;
}

__attribute__((unused)) static void shim_stop(void)
{
    shim.on = false;
}

static void shim_note(const char *text)
{
    if (strlen(shim.changes) + strlen(text) + 2 < sizeof shim.changes) {
        strcat(shim.changes, text);
        strcat(shim.changes, " ");
    }
}

/* Links whose name begins so have no kind in what is received, as hardware has none. */
static const char *shim_hardware;

static void shim_hide_kind(unsigned char *at, ssize_t left)
{
    for (struct nlmsghdr *m = (struct nlmsghdr *)(void *)at; NLMSG_OK(m, left);
         m = NLMSG_NEXT(m, left)) {
        struct rtattr *a = IFLA_RTA(NLMSG_DATA(m)), *info = NULL;
        int len = (int)m->nlmsg_len - (int)NLMSG_LENGTH(sizeof(struct ifinfomsg));
        bool named = false;
        for (; m->nlmsg_type == RTM_NEWLINK && RTA_OK(a, len); a = RTA_NEXT(a, len)) {
            named |= a->rta_type == IFLA_IFNAME &&
                strncmp((const char *)RTA_DATA(a), shim_hardware, strlen(shim_hardware)) == 0;
            info = a->rta_type == IFLA_LINKINFO ? a : info;
        }
        if (named && info) {
            info->rta_type = 0x3ff0;
        }
    }
}

/* Somebody else acts now. */
static void shim_meddle(void)
{
    if (shim.on && shim.meddle && --shim.meddle_at == 0) {
        shim.on = false;
        shim.meddle_status = sh("%s", shim.meddle);
        shim.on = shim.meddled = true;
    }
}

/* Whether this is the call that goes wrong. */
static bool shim_here(enum fault fault)
{
    if (!shim.on || shim.fault != fault || ++shim.at != shim.k) {
        return false;
    }
    shim.hit = true;
    return true;
}

static bool shim_fails(void)
{
    shim.calls += shim.on;
    if (shim_here(FAULT_KILL)) {
        raise(SIGKILL);
    }
    if (shim_here(FAULT_CALL)) {
        errno = shim.error;
        return true;
    }
    return false;
}

/* CAP_NET_ADMIN taken from, or given back to, the thread. */
static void shim_cap(bool on)
{
    static struct __user_cap_data_struct all[2];
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct some[2];
    if (on) {
        syscall(SYS_capset, &head, all);
        return;
    }
    syscall(SYS_capget, &head, all);
    memcpy(some, all, sizeof some);
    some[0].effective &= ~(1u << CAP_NET_ADMIN);
    syscall(SYS_capset, &head, some);
}

/* Which of the messages change something; spoils them if asked to. rtnetlink: a GET's low bits are
 * 2. nfnetlink: NFT_MSG_GET* of subsystem 10 (1, 4, 7, 10, 13, 16, 19, 22). */
static bool shim_protocol_is_nf(int fd)
{
    int protocol = 0;
    socklen_t len = sizeof protocol;
    return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 && protocol == 12;
}

static void shim_look(int fd, const struct msghdr *msg, bool spoil)
{
    const bool nf = shim_protocol_is_nf(fd);
    unsigned char *data = msg->msg_iov[0].iov_base;
    size_t left = msg->msg_iov[0].iov_len;
    while (left >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr *h = (struct nlmsghdr *)data;
        const size_t step = NLMSG_ALIGN(h->nlmsg_len) < left ? NLMSG_ALIGN(h->nlmsg_len) : left;
        const bool get = nf ? (h->nlmsg_type & 255) % 3 == 1 : (h->nlmsg_type & 3) == 2;
        char text[24];
        if (!get) {
            shim.changing++;
            snprintf(text, sizeof text, "%s%u", nf ? "nf" : "", h->nlmsg_type);
            shim_note(text);
        }
        if (spoil) {
            h->nlmsg_type = nf ? 10 << 8 | 250 : 4000;
        }
        data += step;
        left -= step;
    }
}

/* Frames are no requests: what they change is the neighbours' matter. */
static bool shim_is_packet(int fd)
{
    int domain = 0;
    socklen_t len = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == 17;
}

/* What sends and receives below the shim: a test may have a kernel of its own there. */
static ssize_t (*shim_send)(int fd, const struct msghdr *msg, int flags) = __real_sendmsg;
static ssize_t (*shim_receive)(int fd, struct msghdr *msg, int flags) = __real_recvmsg;

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    ssize_t n;
    bool nocap, spoil;
    if (shim_is_packet(fd)) {
        return shim.on && shim_fails() ? -1 : shim_send(fd, msg, flags);
    }
    shim_meddle();
    if (!shim.on) {
        return shim_send(fd, msg, flags);
    }
    shim.sends++;
    if (shim_fails()) {
        return -1;
    }
    if ((shim.fault == FAULT_DEAD || shim.fault == FAULT_DEAD_LOST) && shim.hit) {
        errno = EPERM;
        return -1;
    }
    if (shim_here(FAULT_DEAD)) {
        errno = EPERM;
        return -1;
    }
    spoil = shim_here(FAULT_REFUSE);
    shim_look(fd, msg, spoil);
    nocap = shim_here(FAULT_NO_CAP);
    if (nocap) {
        shim_cap(false);
    }
    n = shim_send(fd, msg, flags);
    if (nocap) {
        shim_cap(true);
    }
    shim.late = false;
    if (shim_here(FAULT_LOST) || shim_here(FAULT_DEAD_LOST)) {
        shim.losing = true;
    }
    if (shim_here(FAULT_LATE)) {
        shim.late = true;
    }
    return n;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    if (shim.on && shim.late) {
        shim.late = false;
        return 0;
    }
    if (shim.on && shim_fails()) {
        return -1;
    }
    return __real_poll(fds, count, timeout);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
    if (!shim.on) {
        const ssize_t got = shim_receive(fd, msg, flags);
        if (shim_hardware && got > 0 && (flags & MSG_PEEK) == 0) {
            shim_hide_kind((unsigned char *)msg->msg_iov[0].iov_base, got);
        }
        return got;
    }
    shim.receives++;
    if (shim.losing || shim_here(FAULT_RECEIVE)) {
        char drop[65536];
        shim.losing = false;
        while (recv(fd, drop, sizeof drop, MSG_DONTWAIT) >= 0) {
        }
        errno = ENOBUFS;
        return -1;
    }
    if (shim_fails()) {
        return -1;
    }
    return shim_receive(fd, msg, flags);
}

int __wrap_open(const char *path, int flags, ...)
{
    struct rlimit was, none = {0, 0};
    int fd, number;
    va_list args;
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    if (!shim.on) {
        return __real_open(path, flags, mode);
    }
    shim.opens++;
    /* A lock is no change: it is gone when the verb ends. */
    if ((flags & O_ACCMODE) != O_RDONLY && strcmp(path, "/dev/net/tun") != 0 &&
        !strstr(path, ".lock")) {
        shim.writes++;
        shim_note(path);
    }
    if (shim_fails()) {
        return -1;
    }
    if (!shim_here(FAULT_NO_FD)) {
        return __real_open(path, flags, mode);
    }
    getrlimit(RLIMIT_NOFILE, &was);
    none.rlim_max = was.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    fd = __real_open(path, flags, mode);
    number = errno;
    setrlimit(RLIMIT_NOFILE, &was);
    errno = number;
    return fd;
}

ssize_t __wrap_read(int fd, void *data, size_t len)
{
    return shim.on && shim_fails() ? -1 : __real_read(fd, data, len);
}

/* Not NULL: what a file of a tree that plays sysfs does once it is written. */
static void (*shim_written)(int fd);

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    if (shim.meddles_writes) {
        shim_meddle();
    }
    const ssize_t n = shim.on && shim_fails() ? -1 : __real_write(fd, data, len);
    if (n > 0 && shim_written) {
        shim_written(fd);
    }
    return n;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    void *arg;
    int result, number;
    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    shim_meddle();
    if (!shim.on) {
        return __real_ioctl(fd, request, arg);
    }
    shim.ioctls++;
    if (shim_fails()) {
        return -1;
    }
    if (!shim_here(FAULT_NO_CAP)) {
        return __real_ioctl(fd, request, arg);
    }
    shim_cap(false);
    result = __real_ioctl(fd, request, arg);
    number = errno;
    shim_cap(true);
    errno = number;
    return result;
}

int __wrap_socket(int domain, int type, int protocol)
{
    if (protocol == 12 && shim_here(FAULT_NO_NF)) {
        errno = shim.error;
        return -1;
    }
    return shim.on && shim_fails() ? -1 : __real_socket(domain, type, protocol);
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
    return shim.on && shim_fails() ? -1 : __real_bind(fd, addr, len);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    return shim.on && shim_fails() ? -1 : __real_setsockopt(fd, level, name, value, len);
}

/* ---- the canonical text of a host ------------------------------------------------------------ */

typedef struct dump {
    char *lines[4096];
    int count;
} dump;

static char dump_line[16384];
static int dump_order, dump_last;

static void dump_free(dump *d)
{
    for (int i = 0; i < d->count; i++) {
        free(d->lines[i]);
    }
    d->count = 0;
}

__attribute__((format(printf, 1, 2))) static void dump_put(const char *format, ...)
{
    const size_t used = strlen(dump_line);
    va_list args;
    va_start(args, format);
    vsnprintf(dump_line + used, sizeof dump_line - used, format, args);
    va_end(args);
}

static void dump_end(dump *d)
{
    if (d->count < 4096) {
        d->lines[d->count++] = strdup(dump_line);
    }
    dump_line[0] = '\0';
}

static void dump_hex(const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++) {
        dump_put("%02x", p[i]);
    }
}

static const char *dump_name(unsigned index)
{
    static char name[4][IF_NAMESIZE];
    static int n;
    char *to = name[n = (n + 1) % 4];
    return index == 0 ? "-" : if_indextoname(index, to) ? to : "?";
}

static bool dump_among(int type, const unsigned char *list)
{
    return memchr(list, type, strlen((const char *)list)) != NULL;
}

#define DUMP_EACH(a, data, len) \
    for (int left_ = ((a) = (struct rtattr *)(data), (int)(len)); RTA_OK(a, left_); \
         (a) = RTA_NEXT(a, left_))

static void dump_attrs(const void *data, size_t len, const unsigned char *skip)
{
    struct rtattr *a;
    DUMP_EACH(a, data, len) {
        const int type = a->rta_type & NLA_TYPE_MASK;
        if (!dump_among(type, skip)) {
            dump_put(" %d=", type);
            dump_hex(RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
}

static void dump_linkinfo(const void *data, size_t len, bool *bridge)
{
    char kind[32] = "", slave[32] = "";
    struct rtattr *a;
    DUMP_EACH(a, data, len) {
        const int type = a->rta_type & NLA_TYPE_MASK;
        if (type == IFLA_INFO_KIND || type == IFLA_INFO_SLAVE_KIND) {
            snprintf(type == IFLA_INFO_KIND ? kind : slave, 32, "%s", (char *)RTA_DATA(a));
            dump_put(" %s=%s", type == IFLA_INFO_KIND ? "kind" : "slave", (char *)RTA_DATA(a));
        } else if (type == IFLA_INFO_DATA) {
            /* a bridge's ids, timers, querier and number of learned entries */
            dump_put(" data:");
            dump_attrs(RTA_DATA(a), RTA_PAYLOAD(a), strcmp(kind, "bridge") != 0
                ? (const unsigned char *)""
                : (const unsigned char *)"\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x2f\x30");
        } else if (type == IFLA_INFO_SLAVE_DATA) {
            /* a port's state, cost, ids, timers and groups */
            dump_put(" port:");
            dump_attrs(RTA_DATA(a), RTA_PAYLOAD(a), (const unsigned char *)
                       "\x01\x03\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x29");
        }
    }
    *bridge = strcmp(kind, "bridge") == 0;
}

static void dump_af_spec(const void *data, size_t len)
{
    struct rtattr *a, *b;
    DUMP_EACH(a, data, len) {
        const int family = a->rta_type & NLA_TYPE_MASK;
        struct rtattr *const af = a;
        DUMP_EACH(b, RTA_DATA(af), RTA_PAYLOAD(af)) {
            const int type = b->rta_type & NLA_TYPE_MASK;
            const unsigned *conf = RTA_DATA(b);
            if (family == AF_INET6 && type == IFLA_INET6_ADDR_GEN_MODE) {
                dump_put(" ipv6.gen=%d", *(unsigned char *)RTA_DATA(b));
            }
            /* the settings; IPv4's are counted from 1 */
            for (size_t i = 0; type == (family == AF_INET ? IFLA_INET_CONF : IFLA_INET6_CONF) &&
                 i < RTA_PAYLOAD(b) / 4; i++) {
                if (conf[i] != 0) {
                    dump_put(" ipv%d.%zu=%u", family == AF_INET ? 4 : 6,
                             family == AF_INET ? i + 1 : i, conf[i]);
                }
            }
        }
    }
}

static void dump_link(dump *d, const struct nlmsghdr *h)
{
    const struct ifinfomsg *i = NLMSG_DATA(h);
    const size_t len = h->nlmsg_len - NLMSG_LENGTH(sizeof *i);
    bool bridge = false;
    struct rtattr *a;
    dump_put("link %s flags=%x", dump_name((unsigned)i->ifi_index),
             i->ifi_flags & ~(0x70000u | IFF_RUNNING));
    DUMP_EACH(a, (char *)i + NLMSG_ALIGN(sizeof *i), len) {
        if ((a->rta_type & NLA_TYPE_MASK) == IFLA_LINKINFO) {
            dump_linkinfo(RTA_DATA(a), RTA_PAYLOAD(a), &bridge);
        } else if ((a->rta_type & NLA_TYPE_MASK) == IFLA_AF_SPEC) {
            dump_af_spec(RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
    DUMP_EACH(a, (char *)i + NLMSG_ALIGN(sizeof *i), len) {
        const int type = a->rta_type & NLA_TYPE_MASK;
        unsigned index = 0;
        if (type == IFLA_MASTER || type == IFLA_LINK) {
            memcpy(&index, RTA_DATA(a), 4);
            dump_put(" %s=%s", type == IFLA_MASTER ? "master" : "lower", dump_name(index));
        } else if (bridge && (type == IFLA_ADDRESS || type == IFLA_TSO_MAX_SIZE)) {
            continue;                   /* its ports' lowest, or random */
        } else if (!dump_among(type, (const unsigned char *)
                   /* qdisc, stats, map, operstate, linkinfo, stats64, af_spec, group's carrier */
                   "\x06\x07\x0e\x10\x12\x17\x1a\x21\x23\x2f\x30\x3e")) {
            dump_put(" %d=", type);
            dump_hex(RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
    dump_end(d);
}

/* Addresses keep their order on the link: which one is first decides which is used. */
static void dump_addr(dump *d, const struct nlmsghdr *h)
{
    const struct ifaddrmsg *i = NLMSG_DATA(h);
    struct rtattr *a;
    if (i->ifa_family == AF_INET6 && i->ifa_scope == RT_SCOPE_LINK) {
        return;
    }
    dump_order = dump_last == (int)i->ifa_index ? dump_order + 1 : 0;
    dump_last = (int)i->ifa_index;
    dump_put("addr %s %d #%d /%d scope=%d", dump_name(i->ifa_index), i->ifa_family,
             i->ifa_family == AF_INET ? dump_order : 0, i->ifa_prefixlen, i->ifa_scope);
    DUMP_EACH(a, IFA_RTA(i), IFA_PAYLOAD(h)) {
        unsigned value;
        if (a->rta_type == IFA_CACHEINFO) {
            dump_put(" life=");
            dump_hex(RTA_DATA(a), 8);   /* preferred and valid; then time stamps */
        } else if (a->rta_type == IFA_FLAGS) {
            memcpy(&value, RTA_DATA(a), 4);
            dump_put(" flags=%x", value & ~(unsigned)IFA_F_TENTATIVE);
        } else {
            dump_put(" %d=", a->rta_type);
            dump_hex(RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
    dump_end(d);
}

static void dump_nexthops(const void *data, size_t len)
{
    const struct rtnexthop *n = data;
    for (int left = (int)len; RTNH_OK(n, left);) {
        dump_put(" [%s w=%d f=%x", dump_name((unsigned)n->rtnh_ifindex), n->rtnh_hops,
                 n->rtnh_flags & RTNH_F_ONLINK);
        dump_attrs(RTNH_DATA(n), n->rtnh_len - sizeof *n, (const unsigned char *)"");
        dump_put("]");
        left -= RTNH_ALIGN(n->rtnh_len);
        n = RTNH_NEXT(n);
    }
}

static void dump_route(dump *d, const struct nlmsghdr *h)
{
    const struct rtmsg *r = NLMSG_DATA(h);
    const bool v6 = r->rtm_family == AF_INET6;
    struct rtattr *a;
    DUMP_EACH(a, RTM_RTA(r), RTM_PAYLOAD(h)) {
        const unsigned char *to = RTA_DATA(a);
        if (v6 && a->rta_type == RTA_DST && (to[0] == 0xfe || to[0] == 0xff)) {
            return;                     /* link-local and multicast come and go with carriers */
        }
    }
    if (v6 && r->rtm_protocol == RTPROT_KERNEL) {
        return;                         /* follow from the addresses, some with a delay */
    }
    dump_put("route %d dst/%d src/%d tos=%d table=%d proto=%d scope=%d type=%d flags=%x",
             r->rtm_family, r->rtm_dst_len, r->rtm_src_len, r->rtm_tos, r->rtm_table,
             r->rtm_protocol, r->rtm_scope, r->rtm_type, r->rtm_flags & RTNH_F_ONLINK);
    DUMP_EACH(a, RTM_RTA(r), RTM_PAYLOAD(h)) {
        unsigned index;
        if (a->rta_type == RTA_OIF) {
            memcpy(&index, RTA_DATA(a), 4);
            dump_put(" dev=%s", dump_name(index));
        } else if (a->rta_type == RTA_MULTIPATH) {
            dump_nexthops(RTA_DATA(a), RTA_PAYLOAD(a));
        } else if (a->rta_type != RTA_CACHEINFO) {
            dump_put(" %d=", a->rta_type);
            dump_hex(RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
    dump_end(d);
}

static void dump_neigh(dump *d, const struct nlmsghdr *h)
{
    const struct ndmsg *n = NLMSG_DATA(h);
    struct rtattr *a;
    if ((n->ndm_flags & NTF_PROXY) == 0 && (n->ndm_state & NUD_PERMANENT) == 0) {
        return;
    }
    dump_put("neigh %d %s flags=%x state=%x", n->ndm_family, dump_name((unsigned)n->ndm_ifindex),
             n->ndm_flags, n->ndm_state);
    DUMP_EACH(a, (char *)n + NLMSG_ALIGN(sizeof *n), h->nlmsg_len - NLMSG_LENGTH(sizeof *n)) {
        if (a->rta_type == NDA_DST || a->rta_type == NDA_LLADDR) {
            dump_put(" %d=", a->rta_type);
            dump_hex(RTA_DATA(a), RTA_PAYLOAD(a));
        }
    }
    dump_end(d);
}

/* nftables' tables, chains, rules, sets and their elements; handles, counters and positions out. */
static void dump_nf(dump *d, const struct nlmsghdr *h)
{
    char *p = (char *)NLMSG_DATA(h);
    static const unsigned char skip[8][4] = {
        "\x03\x04\x06", "\x02\x06\x08", "\x03\x06", "", "\x08", "", "", ""};
    dump_put("nf %d %02x", h->nlmsg_type & 255, (unsigned char)p[0]);
    dump_attrs(p + 4, h->nlmsg_len - NLMSG_LENGTH(4), skip[(h->nlmsg_type & 255) / 3 % 8]);
    dump_end(d);
}

/* Those that the kernel has put there by itself have the handle 0. */
static void dump_qdisc(dump *d, const struct nlmsghdr *h)
{
    const struct tcmsg *t = NLMSG_DATA(h);
    if (t->tcm_handle != 0) {
        dump_put("qdisc %s %x:%x", dump_name((unsigned)t->tcm_ifindex), t->tcm_parent,
                 t->tcm_handle);
        /* without counters and how often it is used */
        dump_attrs((const char *)t + NLMSG_ALIGN(sizeof *t), h->nlmsg_len - NLMSG_LENGTH(sizeof *t),
                   (const unsigned char *)"\x03\x04\x07\x0c");
        dump_end(d);
    }
}

/* VLANs of a bridge or of its port, as ranges. */
static void dump_vlans(dump *d, const struct nlmsghdr *h)
{
    const struct br_vlan_msg *v = NLMSG_DATA(h);
    dump_put("vlans %s", dump_name(v->ifindex));
    dump_attrs((const char *)v + NLMSG_ALIGN(sizeof *v), h->nlmsg_len - NLMSG_LENGTH(sizeof *v),
               (const unsigned char *)"");
    dump_end(d);
}

static bool dump_ask(dump *d, int fd, unsigned type, const void *head, size_t head_len,
                     void (*each)(dump *, const struct nlmsghdr *))
{
    static char reply[65536];
    struct {
        struct nlmsghdr h;
        char body[32];
    } ask;
    memset(&ask, 0, sizeof ask);
    memcpy(ask.body, head, head_len);
    ask.h.nlmsg_len = (unsigned)NLMSG_LENGTH(head_len);
    ask.h.nlmsg_type = (unsigned short)type;
    ask.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    if (send(fd, &ask, ask.h.nlmsg_len, 0) < 0) {
        return false;
    }
    for (;;) {
        int len = (int)recv(fd, reply, sizeof reply, 0);
        if (len <= 0) {
            return false;
        }
        for (struct nlmsghdr *h = (struct nlmsghdr *)reply; NLMSG_OK(h, (unsigned)len);
             h = NLMSG_NEXT(h, len)) {
            if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
                return true;
            }
            each(d, h);
        }
    }
}

static int dump_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Not ipv6/conf/default/addr_gen_mode: while another changes a link, its reader spins in the
 * kernel. */
static void dump_files(dump *d)
{
    static const char *const paths[] = {
        "ipv4/ip_forward", "ipv4/conf/all/forwarding", "ipv4/conf/all/proxy_arp",
        "ipv4/conf/default/forwarding", "ipv4/conf/default/proxy_arp", "ipv4/conf/all/arp_ignore",
        "ipv6/conf/all/forwarding", "ipv6/conf/all/proxy_ndp", "ipv6/conf/all/disable_ipv6",
        "ipv6/conf/default/forwarding", "ipv6/conf/default/disable_ipv6"};
    char path[200];
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        snprintf(path, sizeof path, "/proc/sys/net/%s", paths[i]);
        dump_put("sysctl %s=%d", paths[i], file_int("%s", path));
        dump_end(d);
    }
}

/* All of it, sorted. */
__attribute__((unused)) static void dump_host(dump *d)
{
    static const unsigned nf[] = {1, 4, 7, 10, 13};     /* NFT_MSG_GET* */
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    const int nffd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    struct ifinfomsg link = {0};
    struct ifaddrmsg addr = {0};
    struct rtmsg route = {0};
    struct ndmsg neigh = {0};
    struct tcmsg qdisc = {0};
    struct br_vlan_msg vlans = {.family = AF_BRIDGE};
    dump_free(d);
    dump_order = dump_last = 0;
    dump_ask(d, fd, RTM_GETLINK, &link, sizeof link, dump_link);
    dump_ask(d, fd, RTM_GETADDR, &addr, sizeof addr, dump_addr);
    dump_ask(d, fd, RTM_GETQDISC, &qdisc, sizeof qdisc, dump_qdisc);
    dump_ask(d, fd, RTM_GETVLAN, &vlans, sizeof vlans, dump_vlans);
    for (int family = AF_INET; family == AF_INET || family == AF_INET6;
         family = family == AF_INET ? AF_INET6 : 0) {
        route.rtm_family = neigh.ndm_family = (unsigned char)family;
        dump_ask(d, fd, RTM_GETROUTE, &route, sizeof route, dump_route);
        neigh.ndm_flags = 0;
        dump_ask(d, fd, RTM_GETNEIGH, &neigh, sizeof neigh, dump_neigh);
        neigh.ndm_flags = NTF_PROXY;
        dump_ask(d, fd, RTM_GETNEIGH, &neigh, sizeof neigh, dump_neigh);
    }
    for (int i = 0; i < 4 && nffd >= 0; i++) {
        dump_ask(d, nffd, 10u << 8 | nf[i], "\0\0\0", 4, dump_nf);
    }
    dump_files(d);
    close(fd);
    if (nffd >= 0) {
        close(nffd);
    }
    qsort(d->lines, (size_t)d->count, sizeof *d->lines, dump_compare);
}

/* A line that the other side has not: of a line on the same thing there, only what differs. */
static void dump_show(const char *which, const char *line, const dump *other)
{
    const char *const space = strchr(line, ' ');
    const size_t head = (size_t)(space + 1 - line) + strcspn(space + 1, " ");
    const char *twin = "";
    char word[6000], seek[6002];
    for (int i = 0; i < other->count && strncmp(line, "link", 4) == 0; i++) {
        if (strncmp(other->lines[i], line, head + 1) == 0) {
            twin = other->lines[i];
        }
    }
    printf("#   %s: %.*s", which, (int)head, line);
    for (line += head; *line == ' '; line += strlen(word) + 1) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(line + 1, " "), line + 1);
        snprintf(seek, sizeof seek, " %s", word);
        if (!strstr(twin, seek)) {
            printf(" %s", word);
        }
    }
    printf("\n");
}

/* Whether both are the same; says how they differ, unless quiet. */
__attribute__((unused)) static bool dump_same(const dump *was, const dump *is, bool quiet)
{
    int i = 0, k = 0, n = 0;
    while (i < was->count || k < is->count) {
        const int c = i == was->count ? 1 : k == is->count ? -1
                    : strcmp(was->lines[i], is->lines[k]);
        if (c == 0) {
            i++;
            k++;
            continue;
        }
        if (!quiet && n < 12) {
            dump_show(c < 0 ? "was" : "now", c < 0 ? was->lines[i] : is->lines[k],
                      c < 0 ? is : was);
        }
        n++;
        if (c < 0) {
            i++;
        } else {
            k++;
        }
    }
    return n == 0;
}

/* ---- VIFs ------------------------------------------------------------------------------------ */

typedef struct scene {
    vif_vif vif;
    vif_network network;
    vif_subnet_list subnets;
    vif_subnet subnet[3];
    vif_fixed_ip_list ips[3];
    vif_fixed_ip ip[3][3];
    vif_port_profile profile;
    vif_options options;
} scene;

static void scene_network(scene *s)
{
    vif_object_init(&s->network, VIF_CLASS_Network);
    s->network.id = "b82c1929-051e-481d-8110-4669916c7915";
    s->network.multi_host = VIF_FALSE;
    s->network.should_provide_bridge = VIF_TRUE;
    s->network.should_provide_vlan = VIF_FALSE;
    s->network.mtu = vif_int_of(1450);
    s->vif.base.network = &s->network;
    s->vif.base.id = VIF_ID;
    s->vif.base.address = "22:52:25:62:e2:aa";
    s->vif.base.has_traffic_filtering = VIF_TRUE;
}

/* A VIFBridge "tap0" on a bridge with an uplink (may be NULL). */
__attribute__((unused)) static void scene_bridge(scene *s, const char *bridge, const char *uplink)
{
    memset(s, 0, sizeof *s);
    vif_object_init(&s->vif, VIF_CLASS_VIFBridge);
    scene_network(s);
    s->network.bridge_interface = uplink;
    s->vif.bridge.vif_name = "tap0";
    s->vif.bridge.bridge_name = bridge;
}

/* The same, and the tap is to be made. */
__attribute__((unused)) static void scene_bridge_tap(scene *s, const char *bridge,
                                                     const char *uplink)
{
    scene_bridge(s, bridge, uplink);
    s->options.create_tap = VIF_TRUE;
}

/* A VIFGeneric "tap0" */
__attribute__((unused)) static void scene_tap(scene *s)
{
    memset(s, 0, sizeof *s);
    vif_object_init(&s->vif, VIF_CLASS_VIFGeneric);
    scene_network(s);
    s->vif.generic.vif_name = "tap0";
}

/* Adds a subnet: its gateway (may be NULL), and up to three addresses. */
__attribute__((unused)) static void scene_subnet(scene *s, const char *gateway, const char *a,
                                                 const char *b, const char *c)
{
    const size_t n = s->subnets.objects.count++;
    const char *const text[3] = {a, b, c};
    if (n == 0) {
        vif_object_init(&s->subnets, VIF_CLASS_SubnetList);
        s->subnets.objects.items = s->subnet;
        s->subnets.objects.count = 1;
        s->network.subnets = &s->subnets;
    }
    vif_object_init(&s->subnet[n], VIF_CLASS_Subnet);
    vif_object_init(&s->ips[n], VIF_CLASS_FixedIPList);
    s->ips[n].objects.items = s->ip[n];
    for (size_t i = 0; i < 3 && text[i]; i++) {
        vif_object_init(&s->ip[n][i], VIF_CLASS_FixedIP);
        s->ip[n][i].address = text[i];
        s->ips[n].objects.count++;
    }
    s->subnet[n].ips = &s->ips[n];
    s->subnet[n].gateway = gateway;
}

__attribute__((unused)) static void scene_profile(scene *s, const char *mac)
{
    vif_object_init(&s->profile, VIF_CLASS_VIFPortProfileFPTap);
    s->profile.fp_tap.mac_address = mac;
    s->vif.base.port_profile = &s->profile;
}

/* ---- a host that counts its memory ----------------------------------------------------------- */

static struct memory {
    long bytes;
    int calls, fail_at;
    bool failed;
} memory;

static void *memory_resize(void *user, void *ptr, size_t old_size, size_t size)
{
    struct memory *m = user;
    void *p;
    if (size == 0) {
        m->bytes -= (long)old_size;
        free(ptr);
        return NULL;
    }
    if (++m->calls == m->fail_at) {
        m->failed = true;
        return NULL;
    }
    p = realloc(ptr, size);
    m->bytes += (long)size - (long)old_size;
    return p;
}

__attribute__((unused)) static vif_host_desc counted(void)
{
    vif_host_desc d = vif_host_desc_default();
    memset(&memory, 0, sizeof memory);
    d.resize = memory_resize;
    d.resize_user = &memory;
    return d;
}

/* ---- the host under test, its VIF ------------------------------------------------------------ */

__attribute__((unused)) static vif_host host;
__attribute__((unused)) static scene s;
static vif_error err;

/* What plug and unplug are for, where that is no VIF; `many` of them. */
static const vif_subject *instead;
static size_t many = 1;
static vif_result results[8];

static inline vif_status verb_instead(vif_verb verb)
{
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    memset(results, 0, sizeof results);
    d.verb = verb;
    d.subjects = instead;
    d.count = many;
    d.results = results;
    return vif_verb_many(&host, &d, &err);
}

static inline vif_status plug(void)
{
    memset(&err, 0, sizeof err);
    return instead ? verb_instead(VIF_PLUG) : vif_plug(&host, &s.vif, NULL, &s.options, &err);
}

static inline vif_status unplug(void)
{
    memset(&err, 0, sizeof err);
    return instead ? verb_instead(VIF_UNPLUG) : vif_unplug(&host, &s.vif, NULL, &s.options, &err);
}

/* The differences of that VIF: *count of them, the first cap in out. */
__attribute__((unused)) static vif_status check_with(const vif_options *options,
                                                     vif_difference *out, size_t cap,
                                                     size_t *count, vif_error *e)
{
    vif_subject subject;
    vif_status st;
    memset(&subject, 0, sizeof subject);
    subject.vif = &s.vif;
    subject.options = options;
    subject.differences = out;
    subject.difference_cap = cap;
    st = vif_check(&host, &subject, e);
    *count = st == VIF_E_DIFFERENT ? host.result.differences : 0;
    return st;
}

/* What a verb would do to it, in text; dry_len is how long that is. */
static size_t dry_len;
__attribute__((unused)) static vif_status dry_run(vif_verb verb, const vif_options *options,
                                                  bool json, char *text, size_t cap)
{
    vif_text out = {text, cap, json, 0};
    vif_subject subject;
    vif_status st;
    memset(&subject, 0, sizeof subject);
    memset(&err, 0, sizeof err);
    subject.vif = &s.vif;
    subject.options = options;
    st = vif_dry_run(&host, verb, &subject, &out, &err);
    dry_len = out.len;
    return st;
}

#define OK(call) \
    do { const vif_status st_ = (call); \
         if (st_ != VIF_OK) { CHECK_FAIL("%s: %s %s: %s", #call, vif_status_name(st_), err.where, \
                                         err.text); } } while (0)

/* ---- a run in a process of its own; what it says is kept until it is asked for --------------- */

typedef struct child {
    pid_t pid;
    FILE *said;
} child;

/* As _exit, but what was counted for coverage is not lost. */
#ifdef COVERAGE
void __gcov_dump(void);
#else
#define __gcov_dump() ((void)0)
#endif
__attribute__((unused, noreturn)) static void child_exit(int status)
{
    __gcov_dump();
    _exit(status);
}

__attribute__((unused)) static child child_start(int (*run)(const void *arg), const void *arg)
{
    child c;
    fflush(stdout);
    c.said = tmpfile();
    c.pid = fork();
    if (c.pid == 0) {
        if (c.said) {
            dup2(fileno(c.said), 1);
            dup2(fileno(c.said), 2);
        }
        const int result = run(arg);
        fflush(stdout);
        child_exit(result);
    }
    return c;
}

/* What it said, once it has ended; its exit status, or 128 and the signal that ended it. */
static int child_ended(child *c, int status)
{
    int letter;
    if (c->said) {
        rewind(c->said);
        while ((letter = fgetc(c->said)) != EOF) {
            putchar(letter);
        }
        fclose(c->said);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The same, waiting for it. */
__attribute__((unused)) static int child_finish(child *c)
{
    int status = 0;
    const bool ended = c->pid > 0 && waitpid(c->pid, &status, 0) == c->pid;
    return child_ended(c, ended ? status : 1 << 8);
}

/* The host as a test has noted it (dump_host(&was)), and as it is now. */
static dump was, is;

__attribute__((unused)) static bool same_host(void)
{
    dump_host(&is);
    return dump_same(&was, &is, false);
}

/* A plug is refused before anything is done. */
#define REFUSED_PLUG(status_, where_, text_) \
    do { CHECK_INT(plug(), status_); CHECK_HAS(err.where, where_); CHECK_HAS(err.text, text_); \
         CHECK(same_host()); } while (0)

/* ---- kills and faults ------------------------------------------------------------------------ */

/* What a test says of a verb that is killed, or fails: opens a host; that all is as plugged; as
 * unplugged. */
typedef struct killing {
    bool (*opened)(void);
    void (*is_plugged)(void);
    void (*is_unplugged)(void);
    int k;                              /* the call, of a plug; below 0: of an unplug */
} killing;

static int killed_run(const void *arg)
{
    const killing *kill = (const killing *)arg;
    const bool un = kill->k < 0;
    if (!kill->opened()) {
        return 1;
    }
    shim_start(FAULT_KILL, un ? -kill->k : kill->k, 0);
    return (un ? unplug() : plug()) == VIF_OK ? 0 : 2;
}

/* Killed at each call, or at each KILL_EVERYth: the same again makes it right, the opposite takes
 * all of it back. */
__attribute__((unused)) static void kill_at_each_call(killing kill)
{
    for (int way = 0; way < 4; way++) {
        const char *every = getenv("KILL_EVERY");
        const int step = every && atoi(every) > 0 ? atoi(every) : 1;
        for (int k = 1 + way % step, status = 128 + SIGKILL; status != 0 && k < 200; k += step) {
            child c;
            kill.k = way % 2 == 0 ? k : -k;
            if (kill.k < 0) {
                OK(plug());
            }
            c = child_start(killed_run, &kill);
            status = child_finish(&c);
            CHECK(status == 0 || status == 128 + SIGKILL);
            if (way / 2 == 0) {
                OK(plug());
                kill.is_plugged();
            }
            OK(unplug());
            kill.is_unplugged();
        }
    }
}

/* A plug that fails is taken back, unless it says that it could not; and whatever was left, the
 * same again makes it right, or takes it away. */
__attribute__((unused)) static void faults_of(killing fails, enum fault fault, int error,
                                              bool at_unplug)
{
    const char *every = getenv("FAULT_EVERY");
    bool hit = true;
    for (int k = 1; hit && k < 200; k += every ? atoi(every) : 1) {
        vif_status st;
        if (at_unplug) {
            OK(plug());
        }
        shim_start(fault, k, error);
        st = at_unplug ? unplug() : plug();
        hit = shim.hit;
        shim_stop();
        if (!at_unplug && st != VIF_OK && st != VIF_E_UNKNOWN && !strstr(err.text, "left behind")) {
            fails.is_unplugged();
        }
        OK(plug());
        fails.is_plugged();
        OK(unplug());
        fails.is_unplugged();
    }
    CHECK(!hit);
}

__attribute__((unused)) static void fault_at_each_call(killing fails)
{
    for (int un = 0; un < 2; un++) {
        faults_of(fails, FAULT_CALL, ENOMEM, un);
        faults_of(fails, FAULT_LOST, 0, un);
        faults_of(fails, FAULT_RECEIVE, 0, un);
        faults_of(fails, FAULT_REFUSE, 0, un);
        faults_of(fails, FAULT_NO_CAP, 0, un);
    }
}

/* ---- a clean namespace for each test --------------------------------------------------------- */

/* Everything but lo goes; the global settings are as in a fresh namespace, without waiting for
 * duplicate addresses. */
__attribute__((unused)) static void clean(void)
{
    struct if_nameindex *all = if_nameindex();
    for (int pass = 0; pass < 2; pass++) {
        for (struct if_nameindex *i = all; i && i->if_index != 0; i++) {
            if (strcmp(i->if_name, "lo") != 0 && if_nametoindex(i->if_name)) {
                sh("ip link del dev %s", i->if_name);
            }
        }
    }
    if_freenameindex(all);
    sh("ip route flush table all proto static; ip -6 route flush proto static; nft flush ruleset");
    ns_write("/proc/sys/net/ipv4/ip_forward", "0");
    ns_write("/proc/sys/net/ipv6/conf/all/forwarding", "0");
    ns_write("/proc/sys/net/ipv6/conf/all/proxy_ndp", "0");
    ns_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
    ns_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
    ns_write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
    ns_write("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
}

/* The uplink of the tests, a veth with a peer that is up. */
__attribute__((unused)) static void uplink(const char *name)
{
    DO("ip link add %s address 02:00:00:00:01:01 type veth peer name %s-peer address "
       "02:00:00:00:01:02 && ip link set %s-peer up", name, name, name);
}

#define PLUG_MAIN \
    int main(int argc, char **argv) \
    { \
        if (!ns_enter()) { \
            puts("skip all: no user and network namespaces here"); \
            return 0; \
        } \
        return check_main(argc, argv); \
    }
#endif
