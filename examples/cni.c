/* SPDX-License-Identifier: MIT
 * cni.c: a plugin for the networks of podman, containerd, CRI-O and others: CNI 1.1, all its verbs.
 *   cc -Os -static -I. examples/cni.c -o /opt/cni/bin/vif
 * A network is configured as with the stock plugins:
 *   {"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "vif", "bridge": "cni0",
 *    "isGateway": true, "ipMasq": true, "ipam": {"type": "host-local", "subnet": "10.22.0.0/16",
 *    "routes": [{"dst": "0.0.0.0/0"}]}, "capabilities": {"portMappings": true, "mac": true,
 *    "bandwidth": true}}]}
 * IPAM of type host-local needs no other program. It uses the files of the stock plugin of that
 * name, so that either may take over from the other at any time, or work beside it. A configuration
 * that it does not understand goes to the stock plugin, if CNI_PATH has it; with "exec": true in
 * "ipam" every configuration does. Any other type of IPAM is a plugin in CNI_PATH.
 * "mode" is one of
 *   bridge   (default) a port of "bridge". With "isGateway" the bridge is this network's own, and
 *            is made if it is missing; otherwise it has to exist
 *   macvlan  over "master"
 *   vlan     over "master", with "vlanId"
 *   ovs      a port of "bridge", with "vlan" and "ovsdb"
 * With "pool": "10.22.0.1/16" in place of "isGateway" and "ipam" the library gives the addresses;
 * a pool of IPv4 and one of IPv6 are separated by a comma. "mtu", "vlan", "macspoofchk",
 * "hairpinMode", "portIsolation", "enabledad", "isDefaultGateway" and "dns" mean the same as in the
 * stock plugins. So does "mac", but a second container with that MAC on the bridge is refused.
 * Ports are published without another plugin. "netkit": true makes a netkit pair (Linux 6.7) in
 * place of a veth pair. GC needs the list of attachments, even if it is empty.
 * Everything that a network has on this host carries the tags of the owner "cni.NAME", so that GC
 * of one network leaves those of others alone. */
#define _GNU_SOURCE
#define VIF_IMPLEMENTATION
#define VIF_NO_DIRECT
#define VIF_NO_DRY_RUN
#define VIF_NO_HOSTDEV
#define VIF_NO_WATCH
#include "vif.h"
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NS_GET_NSTYPE = 0xb703 };       /* of linux/nsfs.h */
enum { TEXT = 1 << 20, LEAVES = 1 << 14, FOUND = 4096, DIFFERENCES = 16 };
enum { IPS = 8, ROUTES = 32, PORTS = 256, RANGES = 64 };
enum { VERSION_1 = 3 };                 /* of versions[]: the first whose results have no family */
enum {                                  /* codes of the spec; from 100 on they are a plugin's own */
    BAD_VERSION = 1, UNSUPPORTED, NO_CONTAINER, BAD_ENVIRONMENT, BAD_IO, BAD_JSON, BAD_CONFIG,
    TRY_AGAIN = 11, NOT_AVAILABLE = 50, FAILED = 100, DIFFERS
};

static const char *const versions[] = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"};
static size_t version;                  /* of the configuration, one of these */
static const char *command, *container, *netns, *ifname;        /* the environment */
static bool leased;                     /* IPAM has given what a failure has to give back */
static vif_host host;
static vif_arena arena;
static char room[4 * TEXT], answer[TEXT];

/* ---- JSON: each value with the path that leads to it, as "ips.0.address" --------------------- */

typedef struct leaf {
    const char *path, *text;            /* of a number as it is written, or "true" */
    uint32_t offset;                    /* where it begins */
    bool seen;                          /* get() has returned it */
} leaf;

typedef struct document {
    char text[TEXT];
    size_t len, count, next;            /* bytes; leaves; where get() looks first */
    leaf leaves[LEAVES];
} document;

static const char attachments[] = "cni.dev/valid-attachments";
static bool listed;                     /* there is such a list, be it empty */
static document conf, lease;            /* the configuration, and what IPAM said */

/* Lists are read in their order, so the search goes on where the last one has ended. */
__attribute__((format(printf, 2, 3))) static const char *get(document *d, const char *format, ...)
{
    char path[256];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    for (size_t i = 0; i < d->count; i++) {
        leaf *l = &d->leaves[(d->next + i) % d->count];
        if (strcmp(l->path, path) == 0) {
            d->next = (d->next + i + 1) % d->count;
            l->seen = true;
            return l->text;
        }
    }
    return NULL;
}

/* Of CNI_ARGS, "KEY=VALUE;KEY=VALUE". */
static const char *argument(const char *key)
{
    const size_t len = strlen(key);
    const char *at = getenv("CNI_ARGS");
    while (at && (strncmp(at, key, len) != 0 || at[len] != '=')) {
        at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL;
    }
    at = at ? at + len + 1 : "";
    return *at && *at != ';' ? vif_arena_text(&arena, at, strcspn(at, ";")) : NULL;
}

/* A text of the configuration; an empty one is none. */
static const char *word(const char *path)
{
    const char *text = get(&conf, "%s", path);
    return text && *text ? text : NULL;
}

static bool is(const char *path)
{
    const char *text = get(&conf, "%s", path);
    return text && strcmp(text, "true") == 0;
}

static bool add_leaf(document *d, const char *path, const char *text, size_t len, uint32_t offset)
{
    leaf *l = &d->leaves[d->count];
    if (d->count == LEAVES) {
        return false;
    }
    l->path = vif_arena_text(&arena, path, strlen(path));
    l->text = vif_arena_text(&arena, text, len);
    l->offset = offset;
    l->seen = false;
    d->count++;
    return l->path && l->text;
}

static bool add_token(document *d, const char *path, const vif_json_token *t)
{
    const char *word = t->type == VIF_JSON_TRUE ? "true" : "false";
    if (t->type == VIF_JSON_TRUE || t->type == VIF_JSON_FALSE) {
        return add_leaf(d, path, word, strlen(word), t->offset);
    }
    return t->type == VIF_JSON_NULL || add_leaf(d, path, t->text, t->len, t->offset);
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const leaf *const *)a)->path, (*(const leaf *const *)b)->path);
}

/* Of two values for one key nobody knows which is meant. */
static bool has_twins(document *d)
{
    static leaf *sorted[LEAVES];
    size_t i;
    for (i = 0; i < d->count; i++) {
        sorted[i] = &d->leaves[i];
    }
    qsort(sorted, d->count, sizeof *sorted, by_path);
    for (i = 1; i < d->count && by_path(&sorted[i - 1], &sorted[i]) != 0; i++) {
        /* another one */
    }
    return i < d->count;
}

/* False: it is no JSON, or more than that, or too much of it. */
static bool parse(document *d)
{
    struct { size_t end; bool list; int items; } in[VIF_JSON_DEPTH + 1] = {{0, false, 0}}, *at = in;
    static char scratch[TEXT];          /* the longest string there can be */
    char path[1024] = "";
    vif_json_token t;
    vif_json json;
    size_t len;
    d->count = d->next = 0;
    vif_json_init(&json, scratch, sizeof scratch);
    vif_json_feed(&json, d->text, d->len);
    vif_json_finish(&json);
    while (vif_json_next(&json, &t) > VIF_JSON_MORE && t.type != VIF_JSON_END) {
        if (t.type == VIF_JSON_OBJECT_END || t.type == VIF_JSON_ARRAY_END) {
            at--;
            continue;
        }
        len = at->end;
        if (t.type == VIF_JSON_KEY) {
            snprintf(path + len, sizeof path - len, "%s%.*s", len ? "." : "", (int)t.len, t.text);
            listed |= strcmp(path, attachments) == 0;
            continue;
        }
        if (at->list) {
            snprintf(path + len, sizeof path - len, ".%d", at->items++);
        }
        if (t.type == VIF_JSON_OBJECT || t.type == VIF_JSON_ARRAY) {
            (++at)->end = strlen(path);
            at->list = t.type == VIF_JSON_ARRAY;
            at->items = 0;
        } else if (t.type == VIF_JSON_SPACE || !add_token(d, path, &t)) {
            return false;
        }
    }
    while (t.type == VIF_JSON_END && t.offset < d->len &&
           memchr(" \t\r\n", d->text[t.offset], 4)) {
        t.offset++;
    }
    return t.type == VIF_JSON_END && t.offset == d->len && !has_twins(d);
}

/* ---- answers --------------------------------------------------------------------------------- */

static int ipam(const char *verb);

static bool print(vif_json_out *out)
{
    vif_json_close(out, '}');
    printf("%.*s\n", (int)out->len, answer);
    return fflush(stdout) == 0;
}

static void begin(vif_json_out *out)
{
    vif_json_out_init(out, answer, sizeof answer);
    vif_json_open(out, '{');
    vif_json_key(out, "cniVersion");
    vif_json_string(out, versions[version]);
}

static void pair(vif_json_out *out, const char *key, const char *value)
{
    if (value && *value) {
        vif_json_key(out, key);
        vif_json_string(out, value);
    }
}

__attribute__((noreturn)) static void die(int code, const char *what, const char *why)
{
    char text[512];
    vif_json_out out;
    if (leased) {
        (void)ipam("DEL");
    }
    snprintf(text, sizeof text, "%s%s%s", what, *what ? ": " : "", why);
    begin(&out);
    vif_json_key(&out, "code");
    vif_json_int(&out, code);
    pair(&out, "msg", text);
    print(&out);
    exit(1);
}

/* What the library has refused, in the spec's codes. */
__attribute__((noreturn)) static void die_of(const vif_error *err)
{
    const vif_status st = err->status;
    const int code = strcmp(err->where, "container") == 0 ? BAD_ENVIRONMENT
        : st == VIF_E_FIELD || st == VIF_E_INVAL || st == VIF_E_NO_INTERFACE ? BAD_CONFIG
        : st == VIF_E_TIMEOUT || st == VIF_E_BUSY || st == VIF_E_INTERRUPTED ||
          st == VIF_E_CONFLICT ? TRY_AGAIN
        : st == VIF_E_SYSTEM || st == VIF_E_KERNEL ? BAD_IO : FAILED;
    die(code, err->where, err->text[0] ? err->text : vif_status_name(st));
}

/* ---- addresses of type host-local ------------------------------------------------------------ */

/* They are given as the stock plugin of that name gives them, and written down in its files: so
 * either can go on where the other has stopped, and both may work at once. dataDir/NETWORK has a
 * file for each address that is taken, which says by whom; one for each set of ranges with the
 * address that was given last, because the search goes on behind it; and the file "lock". A file
 * appears with all that is in it: so a DEL finds whatever was taken by one that was killed. */
typedef struct range {
    vif_ip subnet, gateway, first, last;
    int set;                            /* an address is given of each set */
} range;

static range ranges[RANGES];
static int range_count, set_count;
static vif_ip asked[IPS];               /* by the runtime, and not yet given */
static int asked_count;
static const char *strange;             /* what is wrong, or only the stock plugin understands */
static char store[4096];                /* the directory */
static int store_fd, store_lock;        /* open descriptors: the directory, its lock */
static const char *live_names[FOUND];   /* attachments that GC is told of, as in the files */
static size_t live_count;
static int store_error;                 /* what has failed there, an errno */

static int order(const vif_ip *a, const vif_ip *b)
{
    return a->len != b->len ? a->len - b->len : memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static bool between(const vif_ip *low, const vif_ip *ip, const vif_ip *high)
{
    return order(low, ip) <= 0 && order(ip, high) <= 0;
}

/* The first or last address of a network: the bits behind the prefix are clear, or set. */
static vif_ip edge(vif_ip ip, bool last)
{
    for (unsigned i = ip.prefix; i < ip.len * 8u; i++) {
        const unsigned bit = 0x80u >> i % 8;
        ip.bytes[i / 8] = (uint8_t)(last ? ip.bytes[i / 8] | bit : ip.bytes[i / 8] & ~bit);
    }
    return ip;
}

static vif_ip after(vif_ip ip)
{
    for (unsigned i = ip.len; i-- > 0 && ++ip.bytes[i] == 0;) {
        /* carries */
    }
    return ip;
}

static void read_ip(const char *at, const char *key, bool net, vif_ip *ip)
{
    const char *text = get(&conf, "%s.%s", at, key);
    if (text && *text && !vif_ip_parse(text, strlen(text), net, ip)) {
        strange = at;
    }
}

/* A gateway may be anywhere. In ::/80 the stock plugin writes addresses in another way. */
static const char *why_strange(const range *r)
{
    static const uint8_t zeros[10];
    const vif_ip *net = &r->subnet, begin = edge(*net, false), end = edge(*net, true);
    if (net->len == 0 || net->prefix > net->len * 8 - 2 || order(&begin, net) != 0 ||
        (net->len == 16 && memcmp(net->bytes, zeros, sizeof zeros) == 0)) {
        return "ipam.subnet";
    }
    for (const range *other = ranges; other < r; other++) {
        if (between(&r->first, &other->first, &r->last) ||
            between(&other->first, &r->first, &other->last) ||
            (other->set == r->set && other->subnet.len != net->len)) {
            return "ipam.ranges";
        }
    }
    return !between(&begin, &r->first, &r->last) ? "ipam.rangeStart"
        : order(&r->last, &end) > 0 ? "ipam.rangeEnd" : strange;
}

static void read_range(const char *at)
{
    range *r = &ranges[range_count];
    if (range_count == RANGES) {
        strange = "ipam.ranges";
        return;
    }
    memset(r, 0, sizeof *r);
    read_ip(at, "subnet", true, &r->subnet);
    r->first = r->gateway = after(edge(r->subnet, false));
    r->last = edge(r->subnet, true);
    r->last.bytes[3] = (uint8_t)(r->last.bytes[3] - (r->last.len == 4));  /* no broadcasts */
    r->set = set_count;
    read_ip(at, "gateway", false, &r->gateway);
    read_ip(at, "rangeStart", false, &r->first);
    read_ip(at, "rangeEnd", false, &r->last);
    strange = why_strange(r);
    range_count++;
}

static void read_sets(const char *base)
{
    static char at[64];                 /* what is strange may be there */
    for (int i = 0; !strange && get(&conf, "%s.%d.0.subnet", base, i); i++, set_count++) {
        for (int k = 0; !strange && get(&conf, "%s.%d.%d.subnet", base, i, k); k++) {
            snprintf(at, sizeof at, "%s.%d.%d", base, i, k);
            read_range(at);
        }
    }
}

/* The addresses that the runtime asks for; podman names each twice. */
static void read_asked(const char *text)
{
    vif_ip ip;
    int i = 0;
    if (!text) {
        return;
    }
    strange = vif_ip_parse(text, strlen(text), true, &ip) ? strange : "ipam.ips";
    while (i < asked_count && order(&asked[i], &ip) != 0) {
        i++;
    }
    if (i == IPS) {
        strange = "ipam.ips";
    } else {
        asked[i] = ip;
        asked_count += i == asked_count;
    }
}

/* A leaf of the result. */
__attribute__((format(printf, 2, 3))) static void say(const char *text, const char *format, ...)
{
    char path[64];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    if (text && !add_leaf(&lease, path, text, strlen(text), 0)) {
        strange = "ipam.routes";
    }
}

static void read_resolv_conf(const char *path)
{
    static const char *const lists[2] = {"search", "options"}, *const space = " \t\r\n";
    static char domain[1024];
    char line[1024], *rest, *key, *word;
    int count[2] = {0, 0}, servers = 0;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    while (f && fgets(line, sizeof line, f)) {
        key = strtok_r(line, space, &rest);
        word = key ? strtok_r(NULL, space, &rest) : NULL;
        if (word && strcmp(key, "nameserver") == 0) {
            say(word, "dns.nameservers.%d", servers++);
        } else if (word && strcmp(key, "domain") == 0) {
            strcpy(domain, word);
        }
        for (int i = 0; word && i < 2; i++) {
            for (; word && strcmp(key, lists[i]) == 0; word = strtok_r(NULL, space, &rest)) {
                say(word, "dns.%s.%d", lists[i], count[i]++);
            }
        }
    }
    say(*domain ? domain : NULL, "dns.domain");
    strange = f && fclose(f) == 0 ? strange : "ipam.resolvConf";
}

/* What an ADD has to know goes into the arrays above, but routes and dns into the result. False: it
 * is not for us, and strange says why. A leaf that nobody has looked at is strange, too. */
static bool read_config(void)
{
    static const char *const asking[2] = {"args.cni", "runtimeConfig"};
    const char *text;
    strange = NULL;
    lease.count = 0;
    range_count = set_count = asked_count = 0;
    read_sets("runtimeConfig.ipRanges");
    if (get(&conf, "ipam.subnet")) {
        read_range("ipam");
        set_count++;
    }
    read_sets("ipam.ranges");
    strange = set_count > IPS ? "ipam.ranges" : set_count == 0 ? "ipam.subnet" : strange;
    read_asked(argument("IP"));
    for (int k = 0; k < 2; k++) {
        for (int i = 0; (text = get(&conf, "%s.ips.%d", asking[k], i)) != NULL; i++) {
            read_asked(text);
        }
    }
    for (int i = 0; (text = get(&conf, "ipam.routes.%d.dst", i)) != NULL; i++) {
        say(text, "routes.%d.dst", i);
        say(get(&conf, "ipam.routes.%d.gw", i), "routes.%d.gw", i);
    }
    (void)get(&conf, "ipam.dataDir");
    text = get(&conf, "ipam.resolvConf");
    if (text && *text) {
        read_resolv_conf(text);
    }
    for (size_t i = 0; i < conf.count && !strange; i++) {
        const leaf *l = &conf.leaves[i];
        if (!l->seen && (strncmp(l->path, "ipam.", 5) == 0 ||
                         strncmp(l->path, "runtimeConfig.ipRanges.", 23) == 0)) {
            strange = l->path;
        }
    }
    return !strange;
}

/* Another process has the lock for some ms, or it hangs. 0, or an errno. */
static int open_store(bool make)
{
    const char *base = get(&conf, "ipam.dataDir");
    int ms = 0;
    snprintf(store, sizeof store, "%s/%s/", base && *base ? base : "/var/lib/cni/networks",
             get(&conf, "name"));
    for (char *p = store; make && (p = strchr(p + 1, '/')) != NULL; *p = '/') {
        *p = '\0';
        (void)mkdir(store, 0755);
    }
    store_fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store_fd < 0) {
        return errno;
    }
    store_lock = openat(store_fd, "lock", O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0750);
    while (store_lock >= 0 && flock(store_lock, LOCK_EX | LOCK_NB) != 0 && ms++ < 10000) {
        usleep(1000);
    }
    return store_lock < 0 ? errno : ms > 10000 ? EBUSY : 0;
}

/* What a file says, without the space behind it: of an address "CONTAINER\r\nINTERFACE", or what
 * plugins of old wrote, "CONTAINER". */
static const char *content(const char *name)
{
    static char text[1024];
    const int fd = openat(store_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    while (len > 0 && memchr(" \t\r\n", text[len - 1], 4)) {
        len--;
    }
    text[len > 0 && !memchr(text, 0, (size_t)len) ? len : 0] = '\0';
    return text;
}

/* 0, or an errno. A new file is there with all that is in it, or not at all. */
static int put(const char *name, const char *text)
{
    static const char part[] = "vif.part";
    const ssize_t len = (ssize_t)strlen(text);
    ssize_t done;
    int fd;
    (void)unlinkat(store_fd, part, 0);
    fd = openat(store_fd, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return errno;
    }
    done = write(fd, text, (size_t)len);
    close(fd);
    return done == len && renameat(store_fd, part, store_fd, name) == 0 ? 0
        : done < 0 || done == len ? errno : ENOSPC;
}

/* The file of the next address that is taken; *whose is what it says. */
static const char *next_taken(DIR *dir, vif_ip *ip, const char **whose)
{
    const struct dirent *e = NULL;
    while (dir && (e = readdir(dir)) != NULL &&
           !vif_ip_parse(e->d_name, strlen(e->d_name), false, ip)) {
        /* another file */
    }
    *whose = e ? content(e->d_name) : "";
    return e ? e->d_name : NULL;
}

static const char *attachment(void)
{
    static char text[512];
    snprintf(text, sizeof text, "%s\r\n%s", container, ifname);
    return text;
}

static bool is_free(const vif_ip *ip)
{
    char name[52];
    struct stat st;
    vif_ip_format(ip, false, name);
    return fstatat(store_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/* Of a set; of any, if that is -1. */
static const range *range_of(int set, const vif_ip *ip)
{
    for (const range *r = ranges; r < ranges + range_count; r++) {
        if ((set < 0 || r->set == set) && between(&r->first, ip, &r->last)) {
            return r;
        }
    }
    return NULL;
}

static const range *choose_asked(int set, vif_ip *ip)
{
    for (int i = 0; i < asked_count; i++) {
        const range *r = range_of(set, &asked[i]);
        if (r) {
            *ip = asked[i];
            asked[i] = asked[--asked_count];
            if (order(ip, &r->gateway) == 0 || !is_free(ip)) {
                die(FAILED, "ipam", "the address that is asked for is not free");
            }
            return r;
        }
    }
    return NULL;
}

/* The next free address of a set, behind that which it gave last. */
static const range *choose(int set, vif_ip *ip)
{
    const range *first = ranges, *end = ranges + range_count, *r = choose_asked(set, ip);
    const char *text;
    char last[32];
    vif_ip from;
    if (r) {
        return r;
    }
    while (first->set != set) {
        first++;
    }
    while (end[-1].set != set) {
        end--;
    }
    snprintf(last, sizeof last, "last_reserved_ip.%d", set);
    text = content(last);
    r = vif_ip_parse(text, strlen(text), false, &from) ? range_of(set, &from) : NULL;
    if (!r) {
        r = end - 1;
        from = r->last;
    }
    *ip = from;
    do {
        if (order(ip, &r->last) < 0) {
            *ip = after(*ip);
        } else {
            r = r + 1 < end ? r + 1 : first;
            *ip = r->first;
        }
        if (order(ip, &r->gateway) != 0 && is_free(ip)) {
            return r;
        }
    } while (order(ip, &from) != 0);
    die(TRY_AGAIN, "ipam", "no address is free");
}

static bool is_mine(const char *whose)
{
    return strcmp(whose, attachment()) == 0 || strcmp(whose, container) == 0;
}

static bool is_stale(const char *whose)
{
    size_t i = 0;
    while (i < live_count && strcmp(live_names[i], whose) != 0) {
        i++;
    }
    return i == live_count && strchr(whose, '\n');
}

/* Gives back what is held by "whose"; or else what GC finds, but for files that no plugin of today
 * has written. How many that were. */
static int release(const char *whose)
{
    const char *name, *text;
    DIR *dir = opendir(store);
    int count = 0;
    vif_ip ip;
    while ((name = next_taken(dir, &ip, &text)) != NULL) {
        if (whose ? strcmp(text, whose) == 0 : is_stale(text)) {
            store_error = unlinkat(store_fd, name, 0) == 0 ? store_error : errno;
            count++;
        }
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

/* Everything is looked at before the first address is taken. */
static void take(void)
{
    const char *name, *whose;
    const range *of[IPS];
    char text[52], last[32];
    DIR *dir = opendir(store);
    vif_ip ip[IPS];
    while ((name = next_taken(dir, ip, &whose)) != NULL) {
        if (range_of(-1, ip) && is_mine(whose)) {
            die(FAILED, name, "is given to this interface already");
        }
    }
    for (int n = 0; n < set_count; n++) {
        of[n] = choose(n, &ip[n]);
    }
    if (asked_count > 0) {
        die(BAD_CONFIG, "ipam", "an address that is asked for is in none of the ranges");
    }
    for (int n = 0; n < set_count && store_error == 0; n++) {
        vif_ip_format(&ip[n], false, text);
        snprintf(last, sizeof last, "last_reserved_ip.%d", n);
        store_error = put(text, attachment());
        store_error = store_error ? store_error : put(last, text);
        ip[n].prefix = of[n]->subnet.prefix;
        vif_ip_format(&ip[n], true, text);
        say(text, "ips.%d.address", n);
        vif_ip_format(&of[n]->gateway, false, text);
        say(text, "ips.%d.gateway", n);
    }
    if (store_error != 0) {
        release(attachment());
    }
    closedir(dir);
}

/* An address may be another plugin's, but not another container's; and one has to be there. */
static void check_held(void)
{
    const char *ip, *whose;
    char name[64];
    int held = 0;
    for (int i = 0; (ip = get(&conf, "prevResult.ips.%d.address", i)) != NULL; i++) {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(ip, "/"), ip);
        whose = strchr(name, '.') || strchr(name, ':') ? content(name) : "";
        held += is_mine(whose);
        if (*whose && !is_mine(whose)) {
            die(DIFFERS, name, "is given to another container");
        }
    }
    if (held == 0) {
        die(DIFFERS, "ipam", "no address is given to this container");
    }
}

/* 0; or an errno, which is also in store_error. The directory is made for an ADD, and for a STATUS,
 * to see whether it can be. */
static int host_local(const char *verb)
{
    store_error = open_store(*verb == 'A' || *verb == 'S');
    if (store_error == ENOENT && (*verb == 'D' || *verb == 'G')) {
        return store_error = 0;         /* nothing has ever been given */
    } else if (store_error != 0) {
        return store_error;
    } else if (*verb == 'A') {
        take();
    } else if (*verb == 'C') {
        check_held();
    } else if (*verb == 'G') {
        release(NULL);
    } else if (*verb == 'D' && release(attachment()) == 0) {
        release(container);             /* of an old plugin, which named no interface */
    }
    close(store_lock);
    close(store_fd);
    return store_error;
}

/* ---- IPAM ------------------------------------------------------------------------------------ */

/* The program of a plugin, in CNI_PATH. */
static bool find(const char *name, char path[4096])
{
    const char *dirs = getenv("CNI_PATH");
    for (size_t len; dirs && *dirs && !strchr(name, '/'); dirs += len + (dirs[len] == ':')) {
        len = strcspn(dirs, ":");
        snprintf(path, 4096, "%.*s/%s", (int)len, dirs, name);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* The configuration for IPAM. It is asked in 1.0.0 at most, but for what only 1.1.0 has: it says
 * the same, and host-local before 1.5 knows no later one. */
static int conf_file(const char *verb)
{
    const bool later = strcmp(verb, "GC") == 0 || strcmp(verb, "STATUS") == 0;
    const int fd = memfd_create("conf", MFD_CLOEXEC);
    size_t i = 0;
    while (i < conf.count && strcmp(conf.leaves[i].path, "cniVersion") != 0) {
        i++;
    }
    if (i < conf.count && strcmp(conf.leaves[i].text, "1.1.0") == 0 && !later) {
        memcpy(conf.text + conf.leaves[i].offset, "\"1.0.0\"", 7);
    }
    if (write(fd, conf.text, conf.len) != (ssize_t)conf.len || lseek(fd, 0, SEEK_SET) != 0) {
        die(BAD_IO, "ipam", "no memory for its configuration");
    }
    return fd;
}

/* Whether addresses are given by this program. What was given can be taken back whatever the
 * configuration says by now. */
static bool is_own(const char *verb)
{
    const char *type = word("ipam.type");
    return type && strcmp(type, "host-local") == 0 && !is("ipam.exec") &&
           ((strcmp(verb, "ADD") != 0 && strcmp(verb, "STATUS") != 0) || read_config());
}

/* Has the network's IPAM do that: what it gives is then in lease. Its exit status, or an errno; 0
 * if the network has none. */
static int ipam(const char *verb)
{
    const char *type = word("ipam.type");
    char path[4096];
    int out[2], status = 0;
    ssize_t got;
    pid_t pid;
    leased = false;
    if (!type) {
        return 0;
    }
    if (is_own(verb)) {
        return host_local(verb);
    }
    if (!find(type, path)) {
        die(BAD_CONFIG, strange ? strange : "ipam.type",
            strange ? "is not understood, and CNI_PATH has no host-local that might"
                    : "CNI_PATH has no such plugin");
    }
    if (pipe2(out, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
        die(BAD_IO, "ipam", "no process for it");
    }
    if (pid == 0) {
        dup2(conf_file(verb), STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        setenv("CNI_COMMAND", verb, 1);
        execl(path, path, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    lease.len = 0;
    while ((got = read(out[0], lease.text + lease.len, TEXT - lease.len)) > 0) {
        lease.len += (size_t)got;
    }
    close(out[0]);
    waitpid(pid, &status, 0);
    if (!parse(&lease)) {
        lease.count = 0;
    }
    return status;
}

/* The same; its failure is ours, in its own words. */
static void ipam_done(const char *verb)
{
    const int status = ipam(verb);
    if (store_error != 0) {
        die(store_error == EBUSY ? TRY_AGAIN : BAD_IO, store, strerror(store_error));
    }
    if (status != 0 && lease.count == 0) {
        die(FAILED, "ipam", "failed without a word");
    }
    if (status != 0) {
        printf("%.*s\n", (int)lease.len, lease.text);
        exit(1);
    }
}

/* Verbs that only 1.1.0 has: an older plugin is not asked. */
static void ipam_later(const char *verb)
{
    const char *text;
    int i = 0;
    if (is_own(verb)) {
        ipam_done(verb);
        return;
    }
    ipam_done("VERSION");
    while ((text = get(&lease, "supportedVersions.%d", i)) != NULL && strcmp(text, "1.1.0") != 0) {
        i++;
    }
    if (text) {
        ipam_done(verb);
    }
}

/* ---- the attachment, as the library has it --------------------------------------------------- */

static struct {
    vif_nic nic;                        /* modes bridge and macvlan */
    vif_vif vif;                        /* modes vlan and ovs */
    vif_port_profile profile;
    vif_network network;
    vif_subnet_list list;
    vif_subnet subnets[IPS];
    vif_fixed_ip_list ips[IPS];
    vif_fixed_ip ip[IPS];
    const char *gateways[IPS];          /* those of the addresses, default or not */
    vif_route_list routes[IPS];
    vif_route route[IPS][ROUTES];
    vif_options options;
    vif_subject subject;
    vif_difference differences[DIFFERENCES];
    const char *ports[PORTS];
    char uuid[37], link[16], mac[18], pool[112];
    char alternative[16];               /* of a MAC that is asked for, or "" */
} it;

static uint32_t number(const char *path, uint32_t most)
{
    const char *text = get(&conf, "%s", path);
    int64_t value = 0;
    if (text && (!vif_int_parse(text, strlen(text), &value) || value < 0 || value > most)) {
        die(BAD_CONFIG, path, "is out of its range");
    }
    return (uint32_t)value;
}

static void name_uuid(const char *name, vif_uuid *id)
{
    static const vif_uuid space = {{0x6d, 0x1c, 0x02, 0x9b, 0x8e, 0x53, 0x45, 0xa7,
                                    0xb1, 0x33, 0x0c, 0x5f, 0x9e, 0x24, 0x71, 0xd8}};
    vif_uuid_v5(&space, name, strlen(name), id);
}

/* What is made of a container's id and its interface's name, always the same: the NIC's number, its
 * link on the host, its MAC if nobody names another. */
static void identify(void)
{
    char text[512];
    vif_uuid id;
    snprintf(text, sizeof text, "%s/%s/%s", get(&conf, "name"), container, ifname);
    name_uuid(text, &id);
    vif_uuid_format(&id, it.uuid);
    snprintf(it.link, sizeof it.link, "vif%.8s%.4s", it.uuid, it.uuid + 9);
    memcpy(&it.nic.index, id.bytes, sizeof it.nic.index);
    id.bytes[0] = (uint8_t)((id.bytes[0] & 0xfc) | 2);          /* one that nobody was given */
    vif_mac_format(id.bytes, it.mac);
    it.nic.container = strlen(container) > 64 ? it.uuid : container;
    it.subject = vif_nic_subject(&it.nic, &it.options);
}

/* The MAC that the runtime or the network asks for. */
static const char *wanted_mac(void)
{
    static char mac[18];
    const char *text = word("runtimeConfig.mac");
    uint8_t bytes[6];
    text = text ? text : argument("MAC");
    text = text ? text : word("mac");
    if (text && vif_mac_parse(text, strlen(text), bytes)) {
        vif_mac_format(bytes, mac);
        return mac;
    }
    return text ? text : it.mac;
}

/* A MAC that is asked for belongs to one container on a bridge. The link on the host has it as an
 * alternative name (Linux 5.5), which the kernel gives to no second one; it goes with the link. */
static void name_mac(void)
{
    const char *bridge = it.nic.id ? it.nic.id : it.network.bridge;
    char text[128], uuid[37];
    vif_uuid id;
    if (it.nic.hwaddr != it.mac && bridge && it.nic.type != VIF_NIC_MACVLAN) {
        snprintf(text, sizeof text, "%s/%u/%s", bridge, it.options.ovs_tag + it.options.port_vlan,
                 it.nic.hwaddr);
        name_uuid(text, &id);
        vif_uuid_format(&id, uuid);
        snprintf(it.alternative, sizeof it.alternative, "mac%.8s%.4s", uuid, uuid + 9);
    }
}

/* The link of another container that has the MAC; NULL: none. */
static const char *mac_holder(void)
{
    static char name[IF_NAMESIZE];
    const unsigned index = *it.alternative ? if_nametoindex(it.alternative) : 0;
    return index != 0 && index != if_nametoindex(it.link) ? if_indextoname(index, name) : NULL;
}

static void claim_mac(void)
{
    enum { PROPERTIES = 52, ALTERNATIVE = 53 };         /* IFLA_PROP_LIST, IFLA_ALT_IFNAME */
    unsigned char replies[8192], request[256];
    vif_nl_desc desc = {0};
    vif_link link;
    vif_error err;
    size_t message, list;
    vif_buf buf;
    vif_nl nl;
    desc.buffer = replies;
    desc.buffer_cap = sizeof replies;
    memset(&link, 0, sizeof link);
    link.index = (int32_t)if_nametoindex(it.link);
    link.present = VIF_LINK_INDEX;
    if (!*it.alternative || vif_nl_open(&nl, &desc, &err) != VIF_OK) {
        return;
    }
    vif_buf_init(&buf, request, sizeof request);
    message = vif_nl_link_begin(&buf, VIF_RTM_NEWLINKPROP, VIF_NLM_F_EXCL, &link);
    list = vif_nest_begin(&buf, PROPERTIES);
    vif_put_str(&buf, ALTERNATIVE, it.alternative);
    vif_nest_end(&buf, list);
    vif_nl_end(&buf, message);
    (void)!vif_nl_request(&nl, &buf, &err);     /* mac_holder() says whose it is then */
    vif_nl_close(&nl);
}

/* Whether the nth address of a result is this interface's: a later plugin may have added others. */
static bool is_here(document *d, const char *at, int n)
{
    const char *place = get(d, "%sips.%d.interface", at, n);
    const char *name = place ? get(d, "%sinterfaces.%s.name", at, place) : NULL;
    return !name || strcmp(name, ifname) == 0;
}

/* Whether a route leads over an address that is another interface's. */
static bool is_elsewhere(document *d, const char *at, const char *via)
{
    const char *text;
    vif_ip gateway, net, first, last;
    for (int i = 0; via && (text = get(d, "%sips.%d.address", at, i)) != NULL; i++) {
        if (!is_here(d, at, i) && vif_ip_parse(text, strlen(text), true, &net) &&
            vif_ip_parse(via, strlen(via), false, &gateway)) {
            first = edge(net, false);
            last = edge(net, true);
            if (between(&first, &gateway, &last)) {
                return true;
            }
        }
    }
    return false;
}

/* The routes of the nth address's family, if it is the first of that. */
static void add_routes(document *d, const char *at, int n)
{
    const bool six = strchr(it.subnets[n].cidr, ':') != NULL;
    const char *gateway = it.gateways[n], *to, *via;
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        if ((strchr(it.subnets[i].cidr, ':') != NULL) == six) {
            return;
        }
    }
    it.subnets[n].gateway = is("isDefaultGateway") ? gateway : NULL;
    for (int i = 0; (to = get(d, "%sroutes.%d.dst", at, i)) != NULL; i++) {
        via = get(d, "%sroutes.%d.gw", at, i);
        if ((strchr(to, ':') != NULL) == six && !is_elsewhere(d, at, via)) {
            if (count == ROUTES) {
                die(UNSUPPORTED, "ipam.routes", "more than 32 of a family");
            }
            vif_object_init(&it.route[n][count], VIF_CLASS_Route);
            it.route[n][count].cidr = to;
            if (strcmp(to, six ? "::/0" : "0.0.0.0/0") == 0) {
                it.subnets[n].gateway = NULL;   /* IPAM has a default route already */
            }
            it.route[n][count++].gateway = via ? via : gateway;
        }
    }
    vif_object_init(&it.routes[n], VIF_CLASS_RouteList);
    it.routes[n].objects.items = it.route[n];
    it.routes[n].objects.count = count;
    it.subnets[n].routes = &it.routes[n];
}

/* The gateway of the nth address is an address of the bridge's, the first of its family. */
static void add_gateway(int n)
{
    const char *cidr = it.subnets[n].cidr, *gateway = it.gateways[n];
    const size_t used = strlen(it.pool);
    for (int i = 0; i < n; i++) {
        if ((strchr(it.subnets[i].cidr, ':') != NULL) == (strchr(cidr, ':') != NULL)) {
            return;
        }
    }
    if (gateway && (!it.nic.pool || it.nic.pool == it.pool)) {
        snprintf(it.pool + used, sizeof it.pool - used, "%s%s%s", used > 0 ? "," : "", gateway,
                 cidr + strcspn(cidr, "/"));
        it.nic.pool = it.pool;
    }
}

/* The addresses of a result, which stands in d behind that path. */
static void add_addresses(document *d, const char *at)
{
    const char *text;
    int n = 0;
    for (int i = 0; (text = get(d, "%sips.%d.address", at, i)) != NULL; i++) {
        if (!is_here(d, at, i)) {
            continue;
        } else if (n == IPS) {
            die(UNSUPPORTED, "ipam", "more than 8 addresses");
        }
        vif_object_init(&it.subnets[n], VIF_CLASS_Subnet);
        vif_object_init(&it.ips[n], VIF_CLASS_FixedIPList);
        vif_object_init(&it.ip[n], VIF_CLASS_FixedIP);
        it.ip[n].address = vif_arena_text(&arena, text, strcspn(text, "/"));
        it.ips[n].objects.items = &it.ip[n];
        it.ips[n].objects.count = 1;
        it.subnets[n].cidr = text;
        it.subnets[n].ips = &it.ips[n];
        it.gateways[n] = get(d, "%sips.%d.gateway", at, i);
        add_routes(d, at, n);
        if (it.nic.type == VIF_NIC_DEFAULT) {
            add_gateway(n);
        }
        n++;
    }
    it.list.objects.count = (size_t)n;
}

/* The addresses that the library has given, for the result: as if IPAM had said them. */
static void add_pool(const char *addresses)
{
    size_t n = 0;
    for (char text[52]; n < 2 && vif_list_next(&addresses, text, sizeof text); n++) {
        const bool six = strchr(text, ':') != NULL;
        const char *pools = it.nic.pool;
        char pool[52];
        it.subnets[n].cidr = vif_arena_text(&arena, text, strlen(text));
        while (vif_list_next(&pools, pool, sizeof pool) && (strchr(pool, ':') != NULL) != six) {
            /* of the other family */
        }
        it.subnets[n].gateway = it.gateways[n] =
            vif_arena_text(&arena, pool, strcspn(pool, "/"));
    }
    it.list.objects.count = n;
}

/* Ports of the host, as the runtime publishes them. */
static void add_ports(void)
{
    const char *base = "runtimeConfig.portMappings", *port, *to, *on, *protocol;
    char text[64];
    int n = 0;
    for (;; n++) {
        port = get(&conf, "%s.%d.hostPort", base, n);
        to = get(&conf, "%s.%d.containerPort", base, n);
        if (!port && !to) {
            break;
        } else if (n == PORTS) {
            die(UNSUPPORTED, base, "are more than 256");
        }
        on = get(&conf, "%s.%d.hostIP", base, n);
        protocol = get(&conf, "%s.%d.protocol", base, n);
        if (on && *on && strcmp(on, "0.0.0.0") != 0 && strcmp(on, "::") != 0) {
            die(UNSUPPORTED, "runtimeConfig.portMappings.hostIP", on);
        }
        snprintf(text, sizeof text, "%s:%s:%s", protocol && *protocol ? protocol : "tcp",
                 port ? port : "0", to ? to : "");
        for (char *c = text; *c >= 'A' && *c <= 'Z'; c++) {
            *c = (char)(*c - 'A' + 'a');
        }
        for (int i = 0; i < n; i++) {
            if (strncmp(it.ports[i], text, (size_t)(strrchr(text, ':') + 1 - text)) == 0) {
                die(BAD_CONFIG, base, "one port of the host cannot lead to two places");
            }
        }
        it.ports[n] = vif_arena_text(&arena, text, strlen(text));
    }
    if (n > 0 && it.nic.type != VIF_NIC_DEFAULT) {
        die(UNSUPPORTED, base, "needs \"isGateway\": true");
    }
    it.nic.ports.items = it.ports;
    it.nic.ports.count = (size_t)n;
}

/* A rate and a burst in bits, as the runtime wants them: kubelet says 2147483647 for a burst that
 * nobody has named, and the library has a better one. */
static void add_rate(const char *which, vif_int *rate, uint32_t *bytes)
{
    const char *text = get(&conf, "runtimeConfig.bandwidth.%sRate", which);
    const char *burst = get(&conf, "runtimeConfig.bandwidth.%sBurst", which);
    int64_t bps = 0, bits = 0;
    if ((text && !vif_int_parse(text, strlen(text), &bps)) || bps < 0 ||
        (burst && !vif_int_parse(burst, strlen(burst), &bits)) || bits < 0) {
        die(BAD_CONFIG, "runtimeConfig.bandwidth", "bits are whole numbers from 0 on");
    }
    if (bps > 0) {
        *rate = vif_int_of(bps);
        bits = bits < 2147483647 ? bits : 0;
        *bytes = (uint32_t)(bits / 8);
    }
}

/* What comes to the container is what the host's end of its pair sends. */
static void add_bandwidth(void)
{
    add_rate("ingress", &it.options.port_rate_in_bps, &it.options.port_rate_in_burst_bytes);
    add_rate("egress", &it.options.port_rate_out_bps, &it.options.port_rate_out_burst_bytes);
    if ((it.options.port_rate_in_bps.value > 0 || it.options.port_rate_out_bps.value > 0) &&
        (it.nic.type == VIF_NIC_MACVLAN || it.vif.object.klass == VIF_CLASS_VIFVlanNested)) {
        die(UNSUPPORTED, "runtimeConfig.bandwidth", "this mode has no link on the host");
    }
}

/* Modes that a NIC does not have are VIFs: of that class, for that plugin. */
static void describe_vif(vif_class class_of, const char *plugin)
{
    vif_object_init(&it.network, VIF_CLASS_Network);
    vif_object_init(&it.vif, class_of);
    it.network.subnets = &it.list;
    it.vif.base.id = it.nic.tag;
    it.vif.base.address = it.nic.hwaddr;
    it.vif.base.network = &it.network;
    it.vif.base.plugin = plugin;
    it.subject = (vif_subject){.vif = &it.vif, .options = &it.options};
}

static void describe_ovs(void)
{
    const char *bridge = word("bridge");
    describe_vif(VIF_CLASS_VIFOpenVSwitch, "ovs");
    vif_object_init(&it.profile, VIF_CLASS_VIFPortProfileOpenVSwitch);
    it.profile.openvswitch.interface_id = it.uuid;
    it.profile.openvswitch.create_port = VIF_TRUE;
    it.vif.base.port_profile = &it.profile;
    it.network.bridge = it.vif.openvswitch.bridge_name = bridge ? bridge : "br0";
    it.vif.openvswitch.vif_name = it.link;
    it.options.ovs_tag = number("vlan", 4095);
}

static void describe_vlan(void)
{
    describe_vif(VIF_CLASS_VIFVlanNested, "nested");
    it.vif.vlan_nested.vif_name = it.link;
    it.vif.vlan_nested.vlan_id = vif_int_of(number("vlanId", 4094));
    it.options.vlan_interface = word("master");
}

static void describe_mode(void)
{
    const char *mode = word("mode"), *bridge = word("bridge");
    const bool gateway = is("isGateway") || is("isDefaultGateway") || is("ipMasq");
    it.nic.pool = word("pool");
    it.nic.subnets = it.nic.pool ? NULL : &it.list;
    if (it.nic.pool && word("ipam.type")) {
        die(BAD_CONFIG, "pool", "takes the place of ipam");
    }
    if (!mode || strcmp(mode, "bridge") == 0) {
        it.nic.type = gateway || it.nic.pool ? VIF_NIC_DEFAULT : VIF_NIC_BRIDGE;
        it.nic.id = bridge ? bridge : "cni0";
        it.nic.masquerade = is("ipMasq") ? VIF_TRUE : VIF_FALSE;
        it.options.port_vlan = number("vlan", 4094);
    } else if (strcmp(mode, "macvlan") == 0) {
        it.nic.type = VIF_NIC_MACVLAN;
        it.nic.id = word("master");
    } else if (strcmp(mode, "vlan") == 0) {
        describe_vlan();
    } else if (strcmp(mode, "ovs") == 0) {
        describe_ovs();
    } else {
        die(BAD_CONFIG, "mode", "is none of bridge, macvlan, vlan, ovs");
    }
}

/* All but its addresses. */
static void describe(void)
{
    static const char *const missing[] = {"promiscMode", "vlanTrunk", "disableContainerInterface"};
    unsigned eth;
    identify();
    vif_object_init(&it.list, VIF_CLASS_SubnetList);
    it.list.objects.items = it.subnets;
    it.nic.name = ifname;
    it.nic.link = it.link;
    it.nic.hwaddr = wanted_mac();
    it.options.netns_link = ifname;
    it.options.network_device_mtu = number("mtu", 65535);
    it.options.l3_metric = sscanf(ifname, "eth%3u", &eth) == 1 ? 1000 + eth
        : 2000 + it.nic.index % 1000;   /* of each NIC another one, so eth0's default route wins */
    it.options.l3_dad = is("enabledad") ? VIF_TRUE : VIF_BOOL_UNSET;
    it.options.port_spoofchk = is("macspoofchk") ? VIF_TRUE : VIF_BOOL_UNSET;
    it.options.port_hairpin = is("hairpinMode") ? VIF_TRUE : VIF_BOOL_UNSET;
    it.options.netns_netkit = is("netkit") ? VIF_TRUE : VIF_BOOL_UNSET;
    it.options.port_isolated = is("portIsolation") ? VIF_TRUE : VIF_BOOL_UNSET;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        if (is(missing[i]) || get(&conf, "%s.0.id", missing[i]) ||
            get(&conf, "%s.0.minID", missing[i])) {
            die(UNSUPPORTED, missing[i], "is something that only the stock plugin does");
        }
    }
    describe_mode();
    name_mac();
    add_bandwidth();
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static void open_host(void)
{
    static char owner[65];
    vif_host_desc desc = vif_host_desc_default();
    vif_error err;
    snprintf(owner, sizeof owner, "cni.%s", get(&conf, "name"));
    desc.owner = owner;
    desc.options = &it.options;
    it.options.ovsdb_connection = get(&conf, "ovsdb");
    if (vif_host_open(&host, &desc, &err) != VIF_OK) {
        die_of(&err);
    }
}

/* The container's namespace. A DEL does without: it may have gone, nobody knows it any more, or no
 * ADD can have been there. */
static void open_netns(bool must)
{
    struct stat its, ours;
    const int fd = netns && *netns ? open(netns, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    const bool is_net = fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
    const bool is_own = is_net && fstat(fd, &its) == 0 && stat("/proc/self/ns/net", &ours) == 0 &&
                        its.st_dev == ours.st_dev && its.st_ino == ours.st_ino;
    if (is_net && !is_own) {
        it.options.netns_fd = vif_u32_of((uint32_t)fd);
    } else if (must) {
        die(fd < 0 ? NO_CONTAINER : BAD_ENVIRONMENT, "CNI_NETNS",
            fd < 0 ? "is not there" : is_own ? "is the host's" : "is no network namespace");
    }
}

static vif_status run(vif_verb verb, vif_result *result, vif_error *err)
{
    vif_job_desc d;
    memset(&d, 0, sizeof d);
    d.verb = verb;
    d.subjects = &it.subject;
    d.count = 1;
    d.results = result;
    return vif_verb_many(&host, &d, err);
}

/* "interfaces" of the result: the bridge, the host's end, and the container's, whose place this
 * returns. */
static int put_interfaces(vif_json_out *out, const vif_result *result)
{
    const char *const names[3] = {it.nic.type == VIF_NIC_MACVLAN ? NULL
                                      : it.nic.id ? it.nic.id : it.network.bridge,
                                  if_nametoindex(result->link) ? result->link : NULL, ifname};
    int place = 0;
    vif_json_key(out, "interfaces");
    vif_json_open(out, '[');
    for (int i = 0; i < 3; i++) {
        if (names[i]) {
            vif_json_open(out, '{');
            pair(out, "name", names[i]);
            pair(out, "mac", i == 2 ? it.nic.hwaddr : NULL);
            pair(out, "sandbox", i == 2 ? netns : NULL);
            vif_json_close(out, '}');
            place += i < 2;
        }
    }
    vif_json_close(out, ']');
    return place;
}

static void put_addresses(vif_json_out *out, int place)
{
    vif_json_key(out, "ips");
    vif_json_open(out, '[');
    for (size_t i = 0; i < it.list.objects.count; i++) {
        vif_json_open(out, '{');
        pair(out, "version", version >= VERSION_1 ? NULL
                                 : strchr(it.subnets[i].cidr, ':') ? "6" : "4");
        vif_json_key(out, "interface");
        vif_json_int(out, place);
        pair(out, "address", it.subnets[i].cidr);
        pair(out, "gateway", it.gateways[i]);
        vif_json_close(out, '}');
    }
    vif_json_close(out, ']');
    vif_json_key(out, "routes");
    vif_json_open(out, '[');
    for (size_t i = 0; i < it.list.objects.count; i++) {
        for (size_t k = 0; k < it.routes[i].objects.count + 1; k++) {
            const bool own = k < it.routes[i].objects.count;
            const char *all = strchr(it.subnets[i].cidr, ':') ? "::/0" : "0.0.0.0/0";
            if (own || it.subnets[i].gateway) {
                vif_json_open(out, '{');
                pair(out, "dst", own ? it.route[i][k].cidr : all);
                pair(out, "gw", own ? it.route[i][k].gateway : it.subnets[i].gateway);
                vif_json_close(out, '}');
            }
        }
    }
    vif_json_close(out, ']');
}

/* Of the network, or else of IPAM. */
static void put_dns(vif_json_out *out)
{
    static const char *const lists[3] = {"nameservers", "search", "options"};
    document *d = get(&conf, "dns.nameservers.0") || get(&conf, "dns.search.0") ||
                  get(&conf, "dns.options.0") || word("dns.domain") ? &conf : &lease;
    const char *text;
    vif_json_key(out, "dns");
    vif_json_open(out, '{');
    pair(out, "domain", get(d, "dns.domain"));
    for (int i = 0; i < 3; i++) {
        if (get(d, "dns.%s.0", lists[i])) {
            vif_json_key(out, lists[i]);
            vif_json_open(out, '[');
            for (int k = 0; (text = get(d, "dns.%s.%d", lists[i], k)) != NULL; k++) {
                vif_json_string(out, text);
            }
            vif_json_close(out, ']');
        }
    }
    vif_json_close(out, '}');
}

/* This host is the gateway, so it forwards. The library only ever looks whether it does. */
static void forward(void)
{
    static const char path[] = "/proc/sys/net/ipv4/ip_forward";
    char text[8] = "";
    vif_error err;
    if (vif_file_read(path, text, sizeof text, &err) == VIF_OK && text[0] == '0') {
        (void)!vif_file_write(path, "1", &err);
    }
}

static void refuse_mac(const char *link)
{
    if (link) {
        die(FAILED, "mac, which another container of this bridge has", link);
    }
}

static void add(void)
{
    vif_json_out out;
    vif_result result;
    vif_error err;
    describe();
    open_netns(true);
    add_ports();
    open_host();
    refuse_mac(mac_holder());
    ipam_done("ADD");
    leased = true;
    add_addresses(&lease, "");
    if (it.nic.type == VIF_NIC_DEFAULT) {
        forward();
    }
    if (run(VIF_PLUG, &result, &err) != VIF_OK) {
        die_of(&err);
    }
    claim_mac();
    if (mac_holder()) {
        (void)run(VIF_UNPLUG, &result, &err);
        refuse_mac(mac_holder());
    }
    if (it.nic.pool && !it.nic.subnets) {
        add_pool(result.address);
    }
    begin(&out);
    put_addresses(&out, put_interfaces(&out, &result));
    put_dns(&out);
    if (!print(&out)) {                 /* the runtime knows of nothing, so nothing may be there */
        (void)run(VIF_UNPLUG, &result, &err);
        die(BAD_IO, "stdout", "takes no result");
    }
}

/* Whatever fails, the rest is done. */
static void del(void)
{
    vif_result result;
    vif_error err;
    vif_status st;
    describe();
    open_netns(false);
    open_host();
    st = run(VIF_UNPLUG, &result, &err);
    ipam_done("DEL");
    if (st != VIF_OK) {
        die_of(&err);
    }
}

static void check(void)
{
    char text[4096] = "";
    vif_result result;
    vif_error err;
    vif_status st;
    if (!get(&conf, "prevResult.cniVersion")) {
        die(BAD_CONFIG, "prevResult", "is not set");
    }
    describe();
    open_netns(true);
    add_ports();
    open_host();
    add_addresses(&conf, "prevResult.");
    ipam_done("CHECK");
    it.subject.differences = it.differences;
    it.subject.difference_cap = DIFFERENCES;
    st = run(VIF_CHECK, &result, &err);
    for (size_t i = 0; st == VIF_E_DIFFERENT && i < result.differences && i < DIFFERENCES; i++) {
        const vif_difference *d = &it.differences[i];
        const size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s %s: wanted %s, found %s", len ? "; " : "",
                 d->resource, d->attribute, d->wanted, d->found);
    }
    if (st != VIF_OK && st != VIF_E_DIFFERENT) {
        die_of(&err);
    } else if (st != VIF_OK) {
        die(DIFFERS, ifname, text);
    }
}

/* What is found first, and then is none of the attachments that are still valid, goes. */
static void gc(void)
{
    static const char *tags[FOUND];
    static vif_found found[FOUND];
    vif_gc_desc d;
    vif_error err;
    size_t dead;
    memset(&d, 0, sizeof d);
    if (!listed) {
        die(BAD_CONFIG, attachments, "is not set, and without it all would go");
    }
    open_host();
    if (vif_list(&host, found, FOUND, &d.found_count, &err) != VIF_OK) {
        die_of(&err);
    }
    d.found_count = d.found_count < FOUND ? d.found_count : FOUND;
    d.found = found;
    d.live = tags;
    while ((container = get(&conf, "%s.%zu.containerID", attachments, live_count)) != NULL &&
           (ifname = get(&conf, "%s.%zu.ifname", attachments, live_count)) != NULL) {
        if (live_count == FOUND) {
            die(FAILED, attachments, "has too many of them");
        }
        identify();
        tags[live_count] = vif_arena_text(&arena, it.nic.tag, strlen(it.nic.tag));
        live_names[live_count++] = vif_arena_text(&arena, attachment(), strlen(attachment()));
    }
    d.live_count = live_count;
    if (vif_gc(&host, &d, &dead, &err) != VIF_OK) {
        die_of(&err);
    }
    ipam_later("GC");
}

/* Whether an ADD can be: IPAM is there, what the network is connected to, and nftables if it is
 * needed. */
static void status(void)
{
    const char *type = word("ipam.type"), *link;
    const bool rules = is("ipMasq") || is("macspoofchk") || is("capabilities.portMappings");
    const vif_nft_rules any = {.bridge = "lo"};
    vif_nl_desc desc = {0};
    unsigned char memory[2048];
    vif_nft_found found;
    char path[4096];
    vif_error err;
    vif_nl nf;
    vif_buf buf;
    if (type && !is_own("STATUS") && !find(type, path)) {
        die(NOT_AVAILABLE, strange ? strange : "ipam.type", "CNI_PATH has no plugin for it");
    }
    describe_mode();
    link = it.nic.type == VIF_NIC_BRIDGE ? it.nic.id : get(&conf, "master");
    if (link && !if_nametoindex(link)) {
        die(NOT_AVAILABLE, link, "no such link");
    }
    open_host();
    desc.protocol = VIF_NETLINK_NETFILTER;
    desc.buffer = answer;
    desc.buffer_cap = sizeof answer;
    vif_buf_init(&buf, memory, sizeof memory);
    if (rules && (vif_nl_open(&nf, &desc, &err) != VIF_OK ||
                  vif_nft_test(&nf, &buf, &any, &found, &err) != VIF_OK)) {
        die(NOT_AVAILABLE, "nftables", err.text);
    }
    ipam_later("STATUS");
}

static void tell_versions(void)
{
    vif_json_out out;
    begin(&out);
    vif_json_key(&out, "supportedVersions");
    vif_json_open(&out, '[');
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        vif_json_string(&out, versions[i]);
    }
    vif_json_close(&out, ']');
    print(&out);
}

static const struct verb {
    const char *name;
    void (*run)(void);
    size_t since;                       /* of versions[] */
    bool attachment, netns;             /* needs a container and interface; and the namespace */
} verbs[] = {
    {"ADD", add, 0, true, true}, {"DEL", del, 0, true, false}, {"CHECK", check, 2, true, true},
    {"GC", gc, 4, false, false}, {"STATUS", status, 4, false, false},
    {"VERSION", tell_versions, 0, false, false}};

/* What the spec calls a name, of networks and containers: both become parts of paths. */
static bool is_name(const char *text, size_t most)
{
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return text && *text && !strchr("_.-", *text) && text[strspn(text, all)] == '\0' &&
           strlen(text) <= most;
}

/* The environment and the configuration, as far as every verb needs them. */
static const struct verb *start(void)
{
    const size_t count = sizeof verbs / sizeof *verbs, known = sizeof versions / sizeof *versions;
    const char *name, *wanted;
    size_t i = 0;
    while (i < count && strcmp(verbs[i].name, command) != 0) {
        i++;
    }
    if (i == count) {
        die(BAD_ENVIRONMENT, "CNI_COMMAND", "is none of ADD, DEL, CHECK, GC, STATUS, VERSION");
    }
    if (!parse(&conf)) {
        die(BAD_JSON, "", "the network is no JSON, has a key twice, or is too much of it");
    }
    wanted = get(&conf, "cniVersion") ? get(&conf, "cniVersion") : "0.1.0";
    while (version < known && strcmp(versions[version], wanted) != 0) {
        version++;
    }
    if (version == known || version < verbs[i].since) {
        version = known - 1;
        if (verbs[i].run != tell_versions) {
            die(BAD_VERSION, "cniVersion", wanted);
        }
    }
    name = get(&conf, "name");
    if (verbs[i].run != tell_versions && !is_name(name, 60)) {
        die(BAD_CONFIG, "name", "1 to 60 letters, digits, and _ . - behind the first are required");
    }
    if (verbs[i].attachment && !is_name(container, 256)) {
        die(BAD_ENVIRONMENT, "CNI_CONTAINERID", container && *container
            ? "has invalid characters or is longer than 256" : "is not set");
    }
    if (verbs[i].attachment && (!ifname || vif_ifname_check(ifname))) {
        die(BAD_ENVIRONMENT, "CNI_IFNAME", ifname ? vif_ifname_check(ifname) : "is not set");
    }
    if (verbs[i].netns && (!netns || !*netns)) {
        die(BAD_ENVIRONMENT, "CNI_NETNS", "is not set");
    }
    return &verbs[i];
}

int main(void)
{
    ssize_t got;
    command = getenv("CNI_COMMAND") ? getenv("CNI_COMMAND") : "";
    container = getenv("CNI_CONTAINERID");
    netns = getenv("CNI_NETNS");
    ifname = getenv("CNI_IFNAME");
    vif_arena_init(&arena, room, sizeof room);
    while ((got = read(STDIN_FILENO, conf.text + conf.len, TEXT - conf.len)) > 0) {
        conf.len += (size_t)got;
    }
    start()->run();
    return 0;
}
