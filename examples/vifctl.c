/* SPDX-License-Identifier: MIT
 * vifctl: os-vif's objects from the command line; the reference user of vif.h. Messages and files
 * come first, then the verbs, "show" (vif_netlink.h and vif_ovsdb.h alone), "ovs", the command
 * line. */
#define _POSIX_C_SOURCE 200809L
#define VIF_STATIC      /* means VIF_IMPLEMENTATION, too; what is not used is left out */
#include "vif.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_DIFFERENT, EXIT_UNKNOWN };

typedef struct vifctl vifctl;

typedef struct command {
    const char *name, *options;         /* for getopt; j is --json, u --unplug, w --ovsdb */
    int least, most;                    /* operands */
    int (*run)(vifctl *ctl);
} command;

struct vifctl {
    const command *command;
    char **operands;
    int operand_count, change_count;
    bool json, unplug;
    const char *instance_path, *owner;
    const char *subject;                /* the file in hand, for messages */
    vif_options options;
    vif_encode_desc encode;
    vif_class_version manifest[VIF_CLASS_COUNT];
    const vif_vif *vif;
    const vif_instance_info *instance;
    vif_arena arena;
    vif_host host;
    char *text;                         /* room for output */
    size_t text_cap;
};

/* ---- memory, messages ----------------------------------------------------------------------- */

static void *resize(void *user, void *ptr, size_t old_size, size_t size)
{
    (void)user;
    (void)old_size;
    if (size > 0) {
        return realloc(ptr, size);
    }
    free(ptr);
    return NULL;
}

/* realloc that does not come back without memory. */
static void *need(void *ptr, size_t count, size_t size)
{
    void *p = count < SIZE_MAX / size ? realloc(ptr, count * size) : NULL;
    if (!p) {
        fputs("vifctl: E_NOMEM: out of memory\n", stderr);
        exit(EXIT_REFUSED);
    }
    return p;
}

/* before, then a JSON string. */
static void put_string(const char *before, const char *text)
{
    const size_t cap = strlen(text) * 6 + 2;
    char *buf = (char *)need(NULL, cap, 1);
    vif_json_out out;
    vif_json_out_init(&out, buf, cap);
    vif_json_string(&out, text);
    fputs(before, stdout);
    fwrite(buf, 1, out.len, stdout);
    free(buf);
}

static void put_member(const char *before, const char *key, const char *text)
{
    put_string(before, key);
    put_string(":", text);
}

#define ERRNO_MAP(X) \
    X(EPERM) X(ENOENT) X(EINTR) X(EIO) X(ENXIO) X(EBADF) X(EAGAIN) X(ENOMEM) X(EACCES) X(EBUSY) \
    X(EEXIST) X(ENODEV) X(ENOTDIR) X(EISDIR) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOSPC) X(EROFS) \
    X(ERANGE) X(ENAMETOOLONG) X(ENOSYS) X(ELOOP) X(EPROTONOSUPPORT) X(EOPNOTSUPP) \
    X(EAFNOSUPPORT) X(EADDRINUSE) X(EADDRNOTAVAIL) X(ENETDOWN) X(ENETUNREACH) \
    X(ENOBUFS) X(ETIMEDOUT) X(EPIPE)

static const char *errno_name(int number)
{
#define ERRNO_CASE(name) case name: return #name;
    switch (number) {
    ERRNO_MAP(ERRNO_CASE)
    default: return "errno";
    }
}

static void set_error(vif_error *err, vif_status status, int number, const char *where,
                      const char *text)
{
    memset(err, 0, sizeof *err);
    err->status = status;
    err->sys_errno = number;
    vif_cat(err->where, sizeof err->where, where);
    vif_cat(err->text, sizeof err->text, text);
}

/* The other side's words, or ours; behind them the byte of an object's text that is at fault. */
static const char *words_of(const vif_error *err, char buf[256])
{
    const bool decoding = err->status < VIF_E_JSON && err->status >= VIF_E_BAD_VERSION;
    buf[0] = '\0';
    vif_cat(buf, 200, err->text[0] ? err->text : vif_status_words(err->status));
    if (err->status == VIF_E_JSON || (decoding && err->offset != 0)) {
        snprintf(buf + strlen(buf), 32, " (byte %lu)", (unsigned long)err->offset);
    }
    return buf;
}

/* One line: what failed, at which step, the code, the words. */
static void put_error(const vifctl *ctl, const vif_error *err)
{
    char subject[512] = "", number[32] = "", words[256];
    if (ctl->subject) {
        vif_cat(subject, sizeof subject, " ");
        vif_cat_escaped(subject, sizeof subject, ctl->subject, strlen(ctl->subject));
    }
    if (err->sys_errno) {
        snprintf(number, sizeof number, " (%s %d)", errno_name(err->sys_errno), err->sys_errno);
    }
    fprintf(stderr, "vifctl: %s%s: %s%s%s%s: %s\n", ctl->command->name, subject, err->where,
            err->where[0] ? ": " : "", vif_status_name(err->status), number, words_of(err, words));
}

static int fail(const vifctl *ctl, const vif_error *err)
{
    const bool unknown = err->status == VIF_E_UNKNOWN;
    char words[256];
    put_error(ctl, err);
    if (ctl->json) {
        put_member(ctl->change_count > 0 ? "]," : "{", "status", unknown ? "unknown" : "refused");
        put_member(",", "error", vif_status_name(err->status));
        printf(",\"errno\":%d", err->sys_errno);
        put_member(",", "where", err->where);
        put_member(",", "why", words_of(err, words));
        puts("}");
    }
    return unknown ? EXIT_UNKNOWN : EXIT_REFUSED;
}

static int usage(const char *what, const char *which)
{
    char text[200] = "";
    vif_cat_escaped(text, sizeof text, which, strlen(which));
    fprintf(stderr, "vifctl: %s%s (see vifctl --help)\n", what, text);
    return EXIT_USAGE;
}

/* ---- files ---------------------------------------------------------------------------------- */

static FILE *open_file(vifctl *ctl, const char *path, vif_error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    ctl->subject = path;
    if (!file) {
        set_error(err, VIF_E_SYSTEM, errno, "open", strerror(errno));
    }
    return file;
}

/* After getdelim returned n. */
static bool close_file(FILE *file, ssize_t n, vif_error *err)
{
    const bool good = n >= 0 || feof(file);
    if (!good) {
        set_error(err, VIF_E_SYSTEM, errno, "read", strerror(errno));
    }
    if (file != stdin) {
        fclose(file);
    }
    return good;
}

/* Reads the one object of a file into the arena. It must be of that class, or of one below. What
 * follows a NUL need not be read: it is no JSON. */
static vif_object *load(vifctl *ctl, const char *path, vif_class klass, vif_error *err)
{
    FILE *file = open_file(ctl, path, err);
    vif_object *o = NULL;
    char *text = NULL;
    size_t cap = 0;
    if (file) {
        const ssize_t n = getdelim(&text, &cap, '\0', file);
        if (close_file(file, n, err) &&
            vif_decode(&ctl->arena, text, n > 0 ? (size_t)n : 0, &o, err) == VIF_OK &&
            !vif_is_a(o, klass)) {
            set_error(err, VIF_E_OBJECT, 0, vif_class_name((vif_class)o->klass),
                      klass == VIF_CLASS_VIFBase ? "is not a VIF" : "is not an InstanceInfo");
            o = NULL;
        }
    }
    free(text);
    return o;
}

static bool load_both(vifctl *ctl, vif_error *err)
{
    const char *path = ctl->instance_path;
    const vif_object *instance = path ? load(ctl, path, VIF_CLASS_InstanceInfo, err) : NULL;
    const vif_object *vif =
        path && !instance ? NULL : load(ctl, ctl->operands[0], VIF_CLASS_VIFBase, err);
    ctl->instance = instance ? &vif_as_any(instance)->instance_info : NULL;
    ctl->vif = vif ? vif_as_vif(vif) : NULL;
    return vif != NULL;
}

/* ---- plug, unplug, check, plan -------------------------------------------------------------- */

static int64_t now_ms(void *user)
{
    struct timespec t = {0, 0};
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void put_change(void *user, const char *text)
{
    vifctl *ctl = (vifctl *)user;
    ctl->change_count++;
    if (ctl->json) {
        put_string(ctl->change_count > 1 ? "," : "{\"changes\":[", text);
    } else {
        printf("  %s\n", text);
    }
}

static bool open_host(vifctl *ctl, vif_error *err)
{
    vif_host_desc desc = vif_host_desc_default();
    desc.options = &ctl->options;
    desc.owner = ctl->owner;
    desc.now_ms = now_ms;
    desc.seed = (uint32_t)now_ms(NULL);
    desc.log = put_change;
    desc.user = ctl;
    return vif_host_open(&ctl->host, &desc, err) == VIF_OK;
}

/* What Open vSwitch was asked and said, where it was. */
static void put_port(const vif_host *host)
{
    const vif_ovs_result *r = &host->result;
    if (host->ovsdb.count.messages_out == 0) {
        return;
    }
    printf(",\"transactions\":%lu,\"bytes_received\":%lu,\"committed\":%s,\"applied\":%s,"
           "\"ready\":%s", (unsigned long)host->ovsdb.count.replies,
           (unsigned long)host->ovsdb.count.bytes_in, r->committed ? "true" : "false",
           r->applied ? "true" : "false", r->ready ? "true" : "false");
    if (r->port[0]) {
        put_member(",", "port", r->port);
        printf(",\"ofport\":%ld,\"ifindex\":%ld", (long)r->ofport, (long)r->ifindex);
    }
}

static int run_plug(vifctl *ctl)
{
    const bool plug = ctl->command->name[0] == 'p';
    vif_error err;
    if (!load_both(ctl, &err) || !open_host(ctl, &err) ||
        (plug ? vif_plug(&ctl->host, ctl->vif, ctl->instance, NULL, &err)
              : vif_unplug(&ctl->host, ctl->vif, ctl->instance, NULL, &err)) != VIF_OK) {
        return fail(ctl, &err);
    }
    if (ctl->json) {
        printf("%s],\"status\":\"done\",\"requests\":%lu,\"round_trips\":%lu",
               ctl->change_count > 0 ? "" : "{\"changes\":[",
               (unsigned long)ctl->host.nl.count.requests,
               (unsigned long)ctl->host.nl.count.datagrams_sent);
        put_port(&ctl->host);
        puts("}");
    } else {
        puts(ctl->change_count > 0 ? "done" : "nothing to do");
    }
    return EXIT_DONE;
}

static void put_differences(const vifctl *ctl, const vif_difference *d, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ctl->json) {
            put_member(i > 0 ? ",{" : "[{", "resource", d[i].resource);
            put_member(",", "attribute", d[i].attribute);
            put_member(",", "wanted", d[i].wanted);
            put_member(",", "found", d[i].found);
            putchar('}');
        } else {
            printf("%s: %s: wanted %s, found %s\n", d[i].resource, d[i].attribute, d[i].wanted,
                   d[i].found);
        }
    }
    if (ctl->json || count == 0) {
        puts(!ctl->json ? "as wanted" : count > 0 ? "]" : "[]");
    }
}

/* Looks again if there was more to say than room, which may change meanwhile. */
static int run_check(vifctl *ctl)
{
    vif_difference *d = NULL;
    size_t cap = 0, count = 32;
    vif_status status = VIF_E_DIFFERENT;
    vif_error err;
    if (!load_both(ctl, &err) || !open_host(ctl, &err)) {
        return fail(ctl, &err);
    }
    while (status == VIF_E_DIFFERENT && count > cap) {
        cap = count;
        d = (vif_difference *)need(d, cap, sizeof *d);
        status = vif_check(&ctl->host, ctl->vif, ctl->instance, NULL, d, cap, &count, &err);
    }
    if (status == VIF_OK || status == VIF_E_DIFFERENT) {
        put_differences(ctl, d, status == VIF_OK ? 0 : count);
    }
    free(d);
    return status == VIF_OK ? EXIT_DONE
           : status == VIF_E_DIFFERENT ? EXIT_DIFFERENT : fail(ctl, &err);
}

/* A host without links, for plans where the real one can't be looked at. */
static const vif_link_info *no_link(void *user, const char *name)
{
    vif_link_info *none = (vif_link_info *)user;
    memset(none, 0, sizeof *none);
    vif_cat(none->name, sizeof none->name, name);
    return none;
}

static int plan_without_host(vifctl *ctl, vif_error *err)
{
    vif_link_info none;
    const vif_view view = {no_link, &none, NULL, NULL};
    const vif_plan_input in = {ctl->unplug ? VIF_UNPLUG : VIF_PLUG, ctl->vif, ctl->instance,
                               &ctl->options, &view, ctl->owner ? ctl->owner : "local"};
    vif_plan plan;
    size_t len;
    char words[256];
    fprintf(stderr, "vifctl: plan: the host can't be looked at (%s): planned for an empty one\n",
            words_of(err, words));
    if (vif_plan_make(&plan, &ctl->arena, &in, NULL, 0, err) != VIF_OK) {
        return fail(ctl, err);
    }
    len = vif_plan_print(&plan, NULL, 0) + 1;
    ctl->text = (char *)need(ctl->text, len, 1);
    vif_plan_print(&plan, ctl->text, len);
    if (ctl->json) {
        put_member("{", "plan", ctl->text);
        puts("}");
    } else {
        fputs(ctl->text, stdout);
    }
    return EXIT_DONE;
}

static int run_plan(vifctl *ctl)
{
    size_t len = 4096, cap = 0;
    vif_status status = VIF_E_SPACE;
    vif_error err;
    if (!load_both(ctl, &err)) {
        return fail(ctl, &err);
    }
    if (!open_host(ctl, &err)) {
        return err.status == VIF_E_SYSTEM ? plan_without_host(ctl, &err) : fail(ctl, &err);
    }
    while (status == VIF_E_SPACE && len >= cap) {
        cap = len + 1;
        ctl->text = (char *)need(ctl->text, cap, 1);
        status = vif_dry_run(&ctl->host, ctl->unplug ? VIF_UNPLUG : VIF_PLUG, ctl->vif,
                             ctl->instance, NULL, ctl->json, ctl->text, cap, &len, &err);
    }
    if (status != VIF_OK) {
        return fail(ctl, &err);
    }
    fwrite(ctl->text, 1, len, stdout);
    return EXIT_DONE;
}

/* ---- convert, info -------------------------------------------------------------------------- */

static vif_status put_object(vifctl *ctl, const vif_object *o, vif_error *err)
{
    vif_status status;
    vif_json_out out;
    do {
        vif_json_out_init(&out, ctl->text, ctl->text_cap);
        status = vif_encode(o, &ctl->encode, &out, err);
        if (status == VIF_E_SPACE) {
            ctl->text_cap = out.len + 1024;
            ctl->text = (char *)need(ctl->text, ctl->text_cap, 1);
        }
    } while (status == VIF_E_SPACE);
    if (status == VIF_OK) {
        fwrite(ctl->text, 1, out.len, stdout);
        putchar('\n');
    }
    return status;
}

static int run_convert(vifctl *ctl)
{
    int result = EXIT_DONE;
    char *line = NULL, words[256];
    size_t cap = 0;
    ssize_t n = 0;
    vif_error err;
    FILE *file = open_file(ctl, ctl->operand_count > 0 ? ctl->operands[0] : "-", &err);
    if (!file) {
        return fail(ctl, &err);
    }
    while (!ferror(stdout) && (n = getline(&line, &cap, file)) > 0) {
        const size_t len = (size_t)n - (line[n - 1] == '\n');
        vif_object *o = NULL;
        if (vif_decode(&ctl->arena, line, len, &o, &err) != VIF_OK ||
            put_object(ctl, o, &err) != VIF_OK) {
            put_member("{", "error", vif_status_name(err.status));
            put_member(",", "path", err.where);
            put_member(",", "why", words_of(&err, words));
            puts("}");
            result = EXIT_REFUSED;
        }
        vif_arena_free(&ctl->arena);
    }
    free(line);
    return close_file(file, n, &err) ? result : fail(ctl, &err);
}

static int run_info(vifctl *ctl)
{
    vif_class permitted[VIF_CLASS_COUNT];
    const size_t count = (size_t)ctl->operand_count;
    vif_host_info *info = NULL;
    vif_error err;
    for (size_t i = 0; i < count; i++) {
        permitted[i] = vif_class_find(ctl->operands[i], strlen(ctl->operands[i]));
        if (permitted[i] == VIF_CLASS_NONE) {
            return usage("no such class: ", ctl->operands[i]);
        }
    }
    if (vif_host_describe(NULL, 0, permitted, count, &ctl->arena, &info, &err) != VIF_OK ||
        put_object(ctl, &info->object, &err) != VIF_OK) {
        return fail(ctl, &err);
    }
    return EXIT_DONE;
}

/* ---- show ----------------------------------------------------------------------------------- */

typedef struct shown {                  /* a link */
    uint32_t index, flags, mtu, master, lower;  /* lower: 0 if none, or in another namespace */
    char name[64], kind[16], mac[18];           /* the name is escaped */
    char owner[256], vif[256];          /* from the tag of vif; empty: it carries none */
} shown;

typedef struct fact {                   /* an address or a route of a link */
    uint32_t index;
    bool route;
    char text[116];
} fact;

typedef struct picture {
    shown *links;
    fact *facts;
    size_t link_count, fact_count;
    bool json, any;
    int width;                          /* of the column of names */
} picture;

/* "vif:<owner>:<id of the VIF>" */
static void take_tag(shown *s, const char *alias, size_t len)
{
    const char *end = len > 4 && memcmp(alias, "vif:", 4) == 0
                          ? (const char *)memchr(alias + 4, ':', len - 4) : NULL;
    if (end) {
        vif_cat_escaped(s->owner, sizeof s->owner, alias + 4, (size_t)(end - alias) - 4);
        vif_cat_escaped(s->vif, sizeof s->vif, end + 1, len - (size_t)(end - alias) - 1);
    }
}

/* Links of the kind "tun" are taps or layer 3 tunnels: IFLA_TUN_TYPE is 3, IFF_TAP is 2. */
static bool is_tap(const vif_link *link)
{
    vif_nl_view type;
    return strcmp(link->kind, "tun") == 0 && (link->present & VIF_LINK_KIND_DATA) &&
           vif_attr_find(link->kind_data, 3, &type) && type.len == 1 && type.data[0] == 2;
}

static void take_link(picture *p, const vif_link *link)
{
    shown *s;
    p->links = (shown *)need(p->links, p->link_count + 1, sizeof *p->links);
    s = &p->links[p->link_count++];
    memset(s, 0, sizeof *s);
    s->index = (uint32_t)link->index;
    s->flags = link->flags;
    s->mtu = link->mtu;
    s->master = link->master;
    s->lower = link->present & VIF_LINK_LINK_NETNSID ? 0 : link->link;
    vif_cat_escaped(s->name, sizeof s->name, link->name, strlen(link->name));
    vif_cat(s->kind, sizeof s->kind, is_tap(link) ? "tap" : link->kind);
    if (link->present & VIF_LINK_MAC) {
        vif_mac_format(link->mac, s->mac);
    }
    if (link->present & VIF_LINK_ALIAS) {
        take_tag(s, (const char *)link->alias.data, link->alias.len);
    }
}

static void take_fact(picture *p, uint32_t index, bool route, uint8_t family,
                      const uint8_t bytes[16], uint8_t prefix, const uint8_t *gateway)
{
    vif_ip ip = {{0}, family == VIF_AF_INET ? 4 : 16, prefix};
    fact *f;
    p->facts = (fact *)need(p->facts, p->fact_count + 1, sizeof *p->facts);
    f = &p->facts[p->fact_count++];
    memset(f, 0, sizeof *f);
    f->index = index;
    f->route = route;
    memcpy(ip.bytes, bytes, sizeof ip.bytes);
    if (route && prefix == 0) {
        vif_cat(f->text, sizeof f->text, "default");
    } else {
        vif_ip_format(&ip, prefix < ip.len * 8, f->text);
    }
    if (gateway) {
        vif_cat(f->text, sizeof f->text, " via ");
        memcpy(ip.bytes, gateway, sizeof ip.bytes);
        vif_ip_format(&ip, false, f->text + strlen(f->text));
    }
}

/* The kernel's own routes say nothing that the addresses do not. */
static void take(picture *p, const vif_nl_msg *msg)
{
    vif_link link;
    vif_addr a;
    vif_nl_route r;
    if (vif_link_parse(msg, &link)) {
        take_link(p, &link);
    } else if (vif_addr_parse(msg, &a) && a.scope == VIF_SCOPE_UNIVERSE) {
        take_fact(p, (uint32_t)a.index, false, a.family,
                  a.present & VIF_ADDR_LOCAL ? a.local : a.address, a.prefix_len, NULL);
    } else if (vif_nl_route_parse(msg, &r) && r.protocol != VIF_RTPROT_KERNEL) {
        take_fact(p, r.oif, true, r.family, r.dst, r.dst_len,
                  r.present & VIF_NL_ROUTE_GATEWAY ? r.gateway : NULL);
    }
}

/* A table that changes while it is read is read again from its start. */
static vif_status dump(vif_nl *nl, const vif_buf *request, picture *p, vif_error *err)
{
    const size_t links = p->link_count, facts = p->fact_count;
    vif_status status = VIF_E_INTERRUPTED;
    vif_nl_event event;
    vif_nl_msg msg;
    for (int tries = 0; tries < 20 && status == VIF_E_INTERRUPTED; tries++) {
        vif_buf copy = *request;
        p->link_count = links;
        p->fact_count = facts;
        status = vif_nl_send(nl, &copy, err);
        while (status == VIF_OK && (event = vif_nl_next(nl, &msg, err)) != VIF_NL_DONE) {
            if (event == VIF_NL_MESSAGE) {
                take(p, &msg);
            }
        }
        status = status == VIF_OK ? nl->exchange.error.status : status;
    }
    return status;
}

static vif_status look(picture *p, vif_error *err)
{
    static unsigned char receive[32768], mem[256];
    vif_nl_desc desc = vif_nl_desc_default();
    vif_status status;
    vif_nl nl;
    desc.buffer = receive;
    desc.buffer_cap = sizeof receive;
    desc.now_ms = now_ms;
    status = vif_nl_open(&nl, &desc, err);
    for (int i = 0; i < 5 && status == VIF_OK; i++) {
        const uint8_t family = i % 2 ? VIF_AF_INET : VIF_AF_INET6;
        vif_buf request;
        vif_buf_init(&request, mem, sizeof mem);
        if (i == 0) {
            vif_nl_put_link_dump(&request, VIF_AF_UNSPEC, 0, NULL, 0);
        } else if (i < 3) {
            vif_nl_put_addr_dump(&request, family, 0);
        } else {
            vif_nl_put_route_dump(&request, family, 0, VIF_TABLE_MAIN);
        }
        status = dump(&nl, &request, p, err);
        if (status == VIF_E_KERNEL && nl.exchange.error.sys_errno == ENOENT) {
            status = VIF_OK;            /* a namespace that never had a route has no table */
        }
    }
    vif_nl_close(&nl);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const shown *)a)->name, ((const shown *)b)->name);
}

/* "" for 0, and for an index that is not there. */
static const char *name_of(const picture *p, uint32_t index)
{
    for (size_t i = 0; i < p->link_count && index != 0; i++) {
        if (p->links[i].index == index) {
            return p->links[i].name;
        }
    }
    return "";
}

/* As members of JSON, or as lines with that indent. */
static void put_facts(const picture *p, const shown *s, bool route, const char *indent)
{
    const char *before = route ? ",\"routes\":[" : ",\"addresses\":[";
    if (p->json) {
        fputs(before, stdout);
        before = "";
    }
    for (const fact *f = p->facts; f < p->facts + p->fact_count; f++) {
        if (f->index == s->index && f->route == route && p->json) {
            put_string(before, f->text);
            before = ",";
        } else if (f->index == s->index && f->route == route) {
            printf("%s%s %s\n", indent, route ? "route" : "address", f->text);
        }
    }
    fputs(p->json ? "]" : "", stdout);
}

/* branch comes before the link's name, indent before its addresses and routes. */
static void put_link(picture *p, const shown *s, const char *branch, const char *indent)
{
    const char *lower = name_of(p, s->lower);
    const char *relation = strcmp(s->kind, "veth") == 0 ? "  peer " : "  over ";
    if (p->json) {
        put_member(p->any ? ",\n {" : "[{", "name", s->name);
        put_member(",", "kind", s->kind);
        put_member(",", "master", name_of(p, s->master));
        put_member(",", "over", lower);
        put_member(",", "mac", s->mac);
        put_member(",", "owner", s->owner);
        put_member(",", "vif", s->vif);
        printf(",\"mtu\":%lu,\"up\":%s", (unsigned long)s->mtu, s->flags & 1 ? "true" : "false");
    } else {
        printf("%s%-*s  %-6s  %-4s  mtu %-5lu  %s%s%s", branch, p->width - (*branch ? 3 : 0),
               s->name, s->kind[0] ? s->kind : "-", s->flags & 1 ? "up" : "down",
               (unsigned long)s->mtu, s->mac, *lower ? relation : "", lower);
        printf(!s->vif[0] ? "\n" : strcmp(s->owner, "local") ? "  %s%s (%s)\n" : "  %s%s\n",
               strcmp(s->vif, "shared") == 0 ? "" : "VIF ", s->vif, s->owner);
    }
    put_facts(p, s, false, indent);
    put_facts(p, s, true, indent);
    fputs(p->json ? "}" : "", stdout);
    p->any = true;
}

/* A bridge with its ports, or a link of vif's that is not a port of anything. */
static void put_root(picture *p, const shown *root, bool utf8)
{
    const shown *s = p->links, *last = NULL;
    for (; s < p->links + p->link_count; s++) {
        last = s->master == root->index ? s : last;
    }
    put_link(p, root, "", !last ? "   " : utf8 ? "│  " : "|  ");
    for (s = p->links; last && s < last; s++) {
        if (s->master == root->index) {
            put_link(p, s, utf8 ? "├─ " : "|- ", utf8 ? "│     " : "|     ");
        }
    }
    if (last) {
        put_link(p, last, utf8 ? "└─ " : "`- ", "      ");
    }
}

static bool locale_is_utf8(void)
{
    const char *locale = getenv("LC_ALL");
    locale = locale && *locale ? locale : getenv("LC_CTYPE");
    locale = locale && *locale ? locale : getenv("LANG");
    return locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8"));
}

static bool is_root(const shown *s)
{
    return strcmp(s->kind, "bridge") == 0 || (s->vif[0] && s->master == 0);
}

/* ---- ovs: an OVSDB by hand ---------------------------------------------------------------- */

enum { OVSDB_MS = 10000 };

/* The OVSDB that the options name, or the host's own. */
static bool open_ovsdb(const vifctl *ctl, vif_ovsdb *db, vif_error *err)
{
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    desc.remote = ctl->options.ovsdb_connection ? ctl->options.ovsdb_connection : VIF_OVSDB_REMOTES;
    desc.resize = resize;
    desc.in_cap = desc.out_cap = 65536;
    desc.max_message = (size_t)1 << 28;
    desc.now_ms = now_ms;
    return vif_ovsdb_open(db, &desc, err) == VIF_OK &&
           vif_ovsdb_ready(db, now_ms(NULL) + OVSDB_MS, err) == VIF_OK;
}

static void put_value(vif_ovsdb_value value)
{
    fwrite(value.text, 1, value.len, stdout);
}

static int refuse_text(vif_error *err, const char *why, size_t byte)
{
    set_error(err, VIF_E_JSON, 0, "", why);
    err->offset = (uint32_t)byte;
    return 0;
}

/* How many operations the text is, white space aside: a list of them, or one. 0, and *err, for
 * anything else, as the server would see only what comes first. */
static int count_operations(const char *text, size_t len, vif_error *err)
{
    static const char blank[] = " \t\r\n";
    vif_ovsdb_iter each = vif_ovsdb_each(vif_ovsdb_view(text, len));
    vif_ovsdb_value op;
    vif_json json;
    vif_json_token token;
    vif_json_type first, type;
    size_t at = strspn(text, blank);
    int count = 0;
    set_error(err, VIF_E_INVAL, 0, "", "no operations");
    if (at == len) {
        return 0;
    }
    vif_json_init(&json, NULL, 0);
    vif_json_feed(&json, text, len);
    vif_json_finish(&json);
    first = type = vif_json_next(&json, &token);
    if (first == VIF_JSON_ARRAY || first == VIF_JSON_OBJECT) {
        type = vif_json_skip(&json, first);
    }
    if (type == VIF_JSON_ERROR) {
        return refuse_text(err, json.why, json.offset);
    }
    if (type != VIF_JSON_END) {
        return refuse_text(err, "no list of operations, nor one", at);
    }
    vif_json_next(&json, &token);       /* its end */
    at = token.offset + strspn(text + token.offset, blank);
    if (at < len) {
        return refuse_text(err, "the operations end before the text", at);
    }
    while (vif_ovsdb_next(&each, NULL, &op)) {
        count++;
    }
    return first == VIF_JSON_OBJECT ? 1 : count;
}

/* The end of a list is that of the params, too. */
static bool send_operations(vif_ovsdb *db, const char *text, size_t len, vif_ovsdb_event *reply,
                            vif_error *err)
{
    static const char head[] = "[\"Open_vSwitch\",";
    const int count = count_operations(text, len, err);
    const vif_ovsdb_value ops = vif_ovsdb_view(text, len);
    const size_t list = vif_ovsdb_type(ops) == VIF_JSON_ARRAY ? 1 : 0;
    char *params;
    bool good;
    if (count == 0) {
        return false;
    }
    params = (char *)need(NULL, ops.len + sizeof head, 1);
    memcpy(params, head, sizeof head - 1);
    memcpy(params + sizeof head - 1, ops.text + list, ops.len - list);
    params[sizeof head - 1 + ops.len] = ']';
    good = vif_ovsdb_ask(db, "transact", params, sizeof head + ops.len - 2 * list,
                         now_ms(NULL) + OVSDB_MS, reply, err) == VIF_OK &&
           vif_ovsdb_check(reply, count, err) == VIF_OK;
    free(params);
    return good;
}

/* vifctl ovs transact OPERATIONS.json: a JSON list of operations (RFC 7047 section 5.2), or one.
 * What follows a NUL need not be read: it is no JSON. */
static int ovs_transact(vifctl *ctl, vif_ovsdb *db, vif_error *err)
{
    FILE *file = open_file(ctl, ctl->operands[1], err);
    char *text = NULL;
    size_t cap = 0;
    const ssize_t n = file ? getdelim(&text, &cap, '\0', file) : -1;
    vif_ovsdb_event reply;
    const bool good = file && close_file(file, n, err) &&
                      send_operations(db, n > 0 ? text : "", n > 0 ? (size_t)n : 0, &reply, err);
    free(text);
    if (!good) {
        return fail(ctl, err);
    }
    put_value(reply.result);
    putchar('\n');
    return EXIT_DONE;
}

/* COLUMN=VALUE or COLUMN:KEY=VALUE; a value that is a number or boolean is meant as one. */
static void put_where(vif_ovsdb_txn *txn, char *clause)
{
    char *value = strchr(clause, '='), *key;
    int64_t number;
    *value++ = '\0';
    key = strchr(clause, ':');
    if (key) {
        *key++ = '\0';
        vif_ovsdb_where(txn, clause, "includes");
        vif_ovsdb_put_map(txn);
        vif_ovsdb_put_text(txn, key);
        vif_ovsdb_put_text(txn, value);
        vif_ovsdb_put_end(txn);
        return;
    }
    vif_ovsdb_where(txn, clause, "==");
    if (strcmp(clause, "_uuid") == 0) {
        vif_ovsdb_put_uuid(txn, value);
    } else if (vif_int_parse(value, strlen(value), &number)) {
        vif_ovsdb_put_int(txn, number);
    } else if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0) {
        vif_ovsdb_put_bool(txn, *value == 't');
    } else {
        vif_ovsdb_put_text(txn, value);
    }
}

/* vifctl ovs select TABLE [COLUMN | COLUMN=VALUE]...: a row a line, as JSON */
static int ovs_select(vifctl *ctl, vif_ovsdb *db, vif_error *err)
{
    static char text[16384];
    vif_ovsdb_txn txn;
    vif_ovsdb_event reply;
    vif_ovsdb_iter rows;
    vif_ovsdb_value row;
    vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
    vif_ovsdb_select(&txn, ctl->operands[1]);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 2; i < ctl->operand_count; i++) {
            if (pass == 1 && strchr(ctl->operands[i], '=')) {
                put_where(&txn, ctl->operands[i]);
            } else if (pass == 0 && !strchr(ctl->operands[i], '=')) {
                vif_ovsdb_column(&txn, ctl->operands[i]);
            }
        }
    }
    if (vif_ovsdb_call(db, &txn, now_ms(NULL) + OVSDB_MS, &reply, err) != VIF_OK) {
        return fail(ctl, err);
    }
    for (rows = vif_ovsdb_rows(&reply, 0); vif_ovsdb_next(&rows, NULL, &row);) {
        put_value(row);
        putchar('\n');
    }
    return EXIT_DONE;
}

static void put_change_row(const vif_ovsdb_change *change)
{
    static const char *const types[] = {"initial", "insert", "modify", "delete"};
    printf("{\"change\":\"%s\",\"uuid\":", types[change->type]);
    put_value(change->uuid);
    if (change->row.text) {
        fputs(",\"row\":", stdout);
        put_value(change->row);
    }
    puts("}");
}

/* The connection failed, the server says no, or no more. */
static int end_monitor(vifctl *ctl, const vif_ovsdb *db, const vif_ovsdb_event *event,
                       vif_error *err)
{
    *err = db->error;
    if (err->status == VIF_OK && (event->type == VIF_OVSDB_MONITOR_CANCELED ||
                                  vif_ovsdb_check(event, 0, err) == VIF_OK)) {
        set_error(err, VIF_E_SYSTEM, 0, "", "canceled: the database was changed or removed");
    }
    return fail(ctl, err);
}

/* vifctl ovs monitor TABLE [COLUMN]...: the rows, then each change, a line each, until ended */
static int ovs_monitor(vifctl *ctl, vif_ovsdb *db, vif_error *err)
{
    const vif_ovsdb_watch watch = {ctl->operands[1],
                                   ctl->operand_count > 2
                                       ? (const char *const *)(ctl->operands + 2) : NULL,
                                   (size_t)ctl->operand_count - 2, NULL};
    vif_ovsdb_monitor monitor;
    vif_ovsdb_changes changes;
    vif_ovsdb_change change;
    vif_ovsdb_event event;
    ctl->subject = watch.table;
    memset(&monitor, 0, sizeof monitor);
    monitor.name = "vifctl";
    monitor.database = "Open_vSwitch";
    monitor.watches = &watch;
    monitor.watch_count = 1;
    if (vif_ovsdb_monitor_start(db, &monitor, err) != VIF_OK) {
        return fail(ctl, err);
    }
    for (;;) {
        const vif_ovsdb_event_type type = vif_ovsdb_step(db, now_ms(NULL), &event);
        const vif_ovsdb_take take = vif_ovsdb_monitor_take(db, &monitor, &event, &changes);
        if (type == VIF_OVSDB_CLOSED || type == VIF_OVSDB_MONITOR_CANCELED ||
            take == VIF_OVSDB_REFUSED) {
            return end_monitor(ctl, db, &event, err);
        }
        while ((take == VIF_OVSDB_SNAPSHOT || take == VIF_OVSDB_CHANGES) &&
               vif_ovsdb_next_change(&changes, &change)) {
            put_change_row(&change);
        }
        if (type == VIF_OVSDB_NOTHING) {
            if (fflush(stdout) != 0 || ferror(stdout)) {
                return EXIT_REFUSED;    /* main says why */
            }
            vif_ovsdb_poll(db, INT64_MAX);
        }
    }
}

static int run_ovs(vifctl *ctl)
{
    static const struct {
        const char *name;
        int (*run)(vifctl *ctl, vif_ovsdb *db, vif_error *err);
    } verbs[] = {{"transact", ovs_transact}, {"select", ovs_select}, {"monitor", ovs_monitor}};
    static vif_ovsdb db;
    vif_error err;
    int result;
    size_t i = 0;
    while (i < 3 && strcmp(verbs[i].name, ctl->operands[0]) != 0) {
        i++;
    }
    if (i == 3) {
        return usage("no such command: ovs ", ctl->operands[0]);
    }
    result = open_ovsdb(ctl, &db, &err) ? verbs[i].run(ctl, &db, &err) : fail(ctl, &err);
    vif_ovsdb_close(&db);
    return result;
}

/* ---- show: bridges of Open vSwitch -------------------------------------------------------- */

typedef struct ovs_port {
    char uuid[37], name[130], vif[256];
    size_t bridge;                      /* row of its bridge, from 1 */
    int64_t tag;
    char state[288];                    /* room for all of its parts: UTF-8 is not cut */
} ovs_port;

static void take_ports(vif_ovsdb_iter rows, ovs_port *ports)
{
    vif_ovsdb_value row;
    for (; vif_ovsdb_next(&rows, NULL, &row); ports++) {
        memset(ports, 0, sizeof *ports);
        ports->tag = -1;
        vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), ports->uuid);
        vif_ovsdb_text(vif_ovsdb_member(row, "name"), ports->name, sizeof ports->name);
        vif_ovsdb_int(vif_ovsdb_member(row, "tag"), &ports->tag);
        vif_ovsdb_text(vif_ovsdb_map_get(vif_ovsdb_member(row, "external_ids"), "vif"), ports->vif,
                       sizeof ports->vif);
    }
}

/* What an interface says of itself, to the port of its name. */
static void take_interface(vif_ovsdb_value row, ovs_port *ports, size_t count)
{
    char name[130], text[128];
    int64_t ofport = 0;
    size_t i = 0;
    vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
    while (i < count && strcmp(ports[i].name, name) != 0) {
        i++;
    }
    if (i == count) {
        return;
    }
    vif_ovsdb_text(vif_ovsdb_member(row, "type"), text, sizeof text);
    vif_cat(ports[i].state, sizeof ports[i].state, text[0] ? text : "system");
    if (vif_ovsdb_int(vif_ovsdb_member(row, "ofport"), &ofport)) {
        vif_cat(ports[i].state, sizeof ports[i].state, "  port ");
        vif_cat_int(ports[i].state, sizeof ports[i].state, ofport);
    }
    if (vif_ovsdb_text(vif_ovsdb_member(row, "error"), text, sizeof text)) {
        vif_cat(ports[i].state, sizeof ports[i].state, "  ");
        vif_cat(ports[i].state, sizeof ports[i].state, text);
    }
}

/* Text of a database: a terminal gets none of its control bytes. */
static void put_escaped(const char *before, const char *text)
{
    fputs(before, stdout);
    for (; *text; text++) {
        char c[5] = "";
        vif_cat_escaped(c, sizeof c, text, 1);
        fputs(c, stdout);
    }
}

static void put_ovs_port(const ovs_port *p, bool json, const char *before)
{
    if (json) {
        put_member(before, "name", p->name);
        put_member(",", "state", p->state);
        put_member(",", "tag_of_vif", p->vif);
        printf(",\"tag\":%ld}", (long)p->tag);
        return;
    }
    put_escaped(before, p->name);
    put_escaped("  ", p->state);
    if (p->tag >= 0) {
        printf("  tag %ld", (long)p->tag);
    }
    put_escaped(p->vif[0] ? "  " : "", p->vif);
    putchar('\n');
}

static int by_uuid(const void *a, const void *b)
{
    return strcmp(((const ovs_port *)a)->uuid, ((const ovs_port *)b)->uuid);
}

static int by_port_name(const void *a, const void *b)
{
    return strcmp(((const ovs_port *)a)->name, ((const ovs_port *)b)->name);
}

/* Which of the ports, sorted by uuid, are the bridge's. */
static void take_bridge(vif_ovsdb_value row, size_t number, ovs_port *ports, size_t count)
{
    vif_ovsdb_iter it = vif_ovsdb_set_of(vif_ovsdb_member(row, "ports"));
    vif_ovsdb_value value;
    ovs_port key;
    while (vif_ovsdb_next(&it, NULL, &value)) {
        ovs_port *p = !vif_ovsdb_uuid(value, key.uuid) ? NULL
            : (ovs_port *)bsearch(&key, ports, count, sizeof *ports, by_uuid);
        if (p) {
            p->bridge = number;
        }
    }
}

static void put_ovs_bridge(vif_ovsdb_value row, size_t number, const ovs_port *ports, size_t count,
                           bool json)
{
    const bool utf8 = locale_is_utf8();
    const ovs_port *last = ports, *p;
    char name[130], datapath[64];
    bool any = false;
    vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
    vif_ovsdb_text(vif_ovsdb_member(row, "datapath_type"), datapath, sizeof datapath);
    if (json) {
        put_member(number == 1 ? "[{" : ",\n {", "bridge", name);
        put_member(",", "datapath_type", datapath);
        fputs(",\"ports\":[", stdout);
    } else {
        put_escaped("", name);
        put_escaped("  Open vSwitch  ", datapath[0] ? datapath : "system");
        putchar('\n');
    }
    for (p = ports; p < ports + count; p++) {
        last = p->bridge == number ? p : last;
    }
    for (p = ports; p < ports + count; p++) {
        if (p->bridge == number) {
            put_ovs_port(p, json, json ? any ? ",{" : "{" : p < last ? utf8 ? "├─ " : "|- "
                                  : utf8 ? "└─ " : "`- ");
            any = true;
        }
    }
    fputs(json ? "]}" : "", stdout);
}

/* All bridges with their ports; only this reads whole tables. */
static int show_ovs(vifctl *ctl)
{
    static vif_ovsdb db;
    static char text[1024];
    static const char *const columns[3][6] = {{"Bridge", "name", "datapath_type", "ports", NULL},
        {"Port", "_uuid", "name", "tag", "external_ids", NULL},
        {"Interface", "name", "type", "ofport", "error", NULL}};
    vif_ovsdb_txn txn;
    vif_ovsdb_event reply;
    vif_ovsdb_iter rows;
    vif_ovsdb_value row;
    vif_error err;
    ovs_port *ports;
    size_t count = 0, bridges = 0;
    vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
    for (int i = 0; i < 3; i++) {
        vif_ovsdb_select(&txn, columns[i][0]);
        for (int k = 1; columns[i][k]; k++) {
            vif_ovsdb_column(&txn, columns[i][k]);
        }
    }
    if (!open_ovsdb(ctl, &db, &err) ||
        vif_ovsdb_call(&db, &txn, now_ms(NULL) + OVSDB_MS, &reply, &err) != VIF_OK) {
        vif_ovsdb_close(&db);
        return fail(ctl, &err);
    }
    for (rows = vif_ovsdb_rows(&reply, 1); vif_ovsdb_next(&rows, NULL, &row);) {
        count++;
    }
    ports = (ovs_port *)need(NULL, count + 1, sizeof *ports);
    take_ports(vif_ovsdb_rows(&reply, 1), ports);
    for (rows = vif_ovsdb_rows(&reply, 2); vif_ovsdb_next(&rows, NULL, &row);) {
        take_interface(row, ports, count);
    }
    qsort(ports, count, sizeof *ports, by_uuid);
    for (rows = vif_ovsdb_rows(&reply, 0); vif_ovsdb_next(&rows, NULL, &row);) {
        take_bridge(row, ++bridges, ports, count);
    }
    qsort(ports, count, sizeof *ports, by_port_name);
    bridges = 0;
    for (rows = vif_ovsdb_rows(&reply, 0); vif_ovsdb_next(&rows, NULL, &row);) {
        put_ovs_bridge(row, ++bridges, ports, count, ctl->json);
    }
    fputs(!ctl->json ? "" : bridges > 0 ? "]\n" : "[]\n", stdout);
    free(ports);
    vif_ovsdb_close(&db);
    return EXIT_DONE;
}

static int run_show(vifctl *ctl)
{
    picture p = {NULL, NULL, 0, 0, ctl->json, false, 0};
    vif_error err;
    if (look(&p, &err) != VIF_OK) {
        return fail(ctl, &err);
    }
    qsort(p.links, p.link_count, sizeof *p.links, by_name);
    for (const shown *s = p.links; s < p.links + p.link_count; s++) {
        const int width = (int)strlen(s->name) + (is_root(s) ? 0 : 3);
        if ((is_root(s) || s->master != 0) && width > p.width) {
            p.width = width;
        }
    }
    for (const shown *s = p.links; s < p.links + p.link_count; s++) {
        if (is_root(s)) {
            put_root(&p, s, locale_is_utf8());
        }
    }
    if (p.json) {
        puts(p.any ? "]" : "[]");
    }
    free(p.links);
    free(p.facts);
    if (ctl->options.ovsdb_connection) {
        return show_ovs(ctl);
    }
    if (!p.json && !p.any) {
        puts("no bridge, no VIF");
    }
    return EXIT_DONE;
}

/* ---- the command line ----------------------------------------------------------------------- */

static const command commands[] = {
    {"plug", ":i:c:o:j-:", 1, 1, run_plug},
    {"unplug", ":i:c:o:j-:", 1, 1, run_plug},
    {"check", ":i:c:o:j-:", 1, 1, run_check},
    {"plan", ":i:c:o:ju-:", 1, 1, run_plan},
    {"convert", ":t:m:-:", 0, 1, run_convert},
    {"info", ":-:", 0, VIF_CLASS_COUNT, run_info},
    {"show", ":jw-:", 0, 0, run_show},
    {"ovs", ":w-:", 2, 64, run_ovs},
    {NULL, NULL, 0, 0, NULL}
};

static const char help[] =
    "usage: vifctl plug|unplug|check [-i INSTANCE.json] [-c KEY=VALUE]... [-o OWNER] [--json]\n"
    "              [--ovsdb REMOTE] VIF.json|-\n"
    "       vifctl plan [--unplug] [-i ...] [-c ...]... [-o OWNER] [--json] VIF.json|-\n"
    "       vifctl convert [-t VERSION] [-m CLASS=VERSION]... [FILE|-]\n"
    "       vifctl info [CLASS...]\n"
    "       vifctl show [--json] [--ovsdb REMOTE]\n"
    "       vifctl ovs [--ovsdb REMOTE] transact OPERATIONS.json|-\n"
    "       vifctl ovs [--ovsdb REMOTE] select TABLE [COLUMN | COLUMN[:KEY]=VALUE]...\n"
    "       vifctl ovs [--ovsdb REMOTE] monitor TABLE [COLUMN]...\n"
    "       vifctl --help | --version\n\n"
    "plug     makes the host as the VIF wants it; what already is stays untouched\n"
    "unplug   takes away what is the VIF's own; what is gone already is success\n"
    "check    compares the host with the VIF\n"
    "plan     says what plug (or unplug) would do; changes nothing\n"
    "convert  one object a line in, one a line out, canonical; -t, -m: for an older receiver\n"
    "info     what the plugins take, as HostInfo, for these VIF classes\n"
    "show     bridges with their ports, links of VIFs, their addresses and routes\n"
    "ovs      the database of Open vSwitch by hand, as JSON (RFC 7047)\n\n"
    "--ovsdb REMOTE: unix:PATH or tcp:ADDRESS:PORT (the usual sockets are tried)\n"
    "-o OWNER: name in the tags of links (local). Exit status: 0 done; 1 refused or failed;\n"
    "2 usage; 3 check found differences; 4 outcome unknown. KEY=VALUE:\n";

/* "1.4" */
static bool parse_version(const char *text, uint8_t *major, uint8_t *minor)
{
    const char *dot = strchr(text, '.');
    int64_t a, b;
    if (!dot || !vif_int_parse(text, (size_t)(dot - text), &a) || a < 1 || a > 255 ||
        !vif_int_parse(dot + 1, strlen(dot + 1), &b) || b < 0 || b > 255) {
        return false;
    }
    *major = (uint8_t)a;
    *minor = (uint8_t)b;
    return true;
}

static int take_manifest(vifctl *ctl, const char *name, const char *version)
{
    vif_class_version *v = &ctl->manifest[ctl->encode.manifest_count];
    v->klass = vif_class_find(name, strlen(name));
    if (v->klass == VIF_CLASS_NONE) {
        return usage("no such class: ", name);
    }
    if (!parse_version(version, &v->major, &v->minor)) {
        return usage("not a version: ", version);
    }
    ctl->encode.manifest = ctl->manifest;
    ctl->encode.manifest_count += ctl->encode.manifest_count + 1 < VIF_CLASS_COUNT;
    return EXIT_DONE;
}

/* KEY=VALUE of -c, CLASS=VERSION of -m */
static int take_pair(vifctl *ctl, int letter, char *pair)
{
    char *value = strchr(pair, '=');
    vif_error err;
    if (!value) {
        return usage(letter == 'c' ? "not KEY=VALUE: " : "not CLASS=VERSION: ", pair);
    }
    *value++ = '\0';
    if (letter == 'm') {
        return take_manifest(ctl, pair, value);
    }
    if (vif_option_set(&ctl->options, pair, value, &err) != VIF_OK) {
        ctl->subject = "-c";
        put_error(ctl, &err);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* --ovsdb REMOTE or --ovsdb=REMOTE, where the command takes options of the host */
static bool take_ovsdb(vifctl *ctl, const char *value, char **argv)
{
    if (strncmp(value, "ovsdb", 5) != 0 || !strpbrk(ctl->command->options, "cw")) {
        return false;
    }
    if (value[5] == '=') {
        ctl->options.ovsdb_connection = value + 6;
    } else if (value[5] == '\0' && argv[optind]) {
        ctl->options.ovsdb_connection = argv[optind++];
    }
    return value[5] == '=' || (value[5] == '\0' && ctl->options.ovsdb_connection);
}

static int take_option(vifctl *ctl, int letter, char *value, char **argv)
{
    const char rejected[] = {'-', (char)optopt, '\0'};
    if (letter == '-' && take_ovsdb(ctl, value, argv)) {
        return EXIT_DONE;
    }
    if (letter == '-') {
        letter = strcmp(value, "json") == 0 ? 'j' : strcmp(value, "unplug") == 0 ? 'u' : '?';
        if (!strchr(ctl->command->options, letter)) {
            return usage("no such option here: --", value);
        }
    }
    switch (letter) {
    case 'i': ctl->instance_path = value; return EXIT_DONE;
    case 'o': ctl->owner = value; return EXIT_DONE;
    case 'j': ctl->json = true; return EXIT_DONE;
    case 'u': ctl->unplug = true; return EXIT_DONE;
    case 't':
        return parse_version(value, &ctl->encode.target_major, &ctl->encode.target_minor)
                   ? EXIT_DONE : usage("not a version: ", value);
    case 'c': case 'm': return take_pair(ctl, letter, value);
    case ':': return usage("no value for ", rejected);
    default: return usage("no such option here: ", rejected);
    }
}

/* Options and operands in any order; the operands are gathered at the front of argv. */
static int parse(vifctl *ctl, int argc, char **argv)
{
    int result = EXIT_DONE;
    ctl->operands = argv;
    opterr = 0;
    while (optind < argc && result == EXIT_DONE) {
        const int letter = getopt(argc, argv, ctl->command->options);
        if (letter != -1) {
            result = take_option(ctl, letter, optarg, argv);
        } else if (optind < argc) {
            argv[ctl->operand_count++] = argv[optind++];
        }
    }
    if (result == EXIT_DONE && ctl->operand_count < ctl->command->least) {
        return usage("a file (or -) is missing for ", ctl->command->name);
    }
    if (result == EXIT_DONE && ctl->operand_count > ctl->command->most) {
        return usage("one too many: ", ctl->operands[ctl->command->most]);
    }
    return result;
}

static int run(vifctl *ctl, int argc, char **argv)
{
    int result;
    for (ctl->command = commands; ctl->command->name; ctl->command++) {
        if (strcmp(ctl->command->name, argv[0]) == 0) {
            break;
        }
    }
    if (!ctl->command->name) {
        return usage("no such command: ", argv[0]);
    }
    vif_arena_init_hook(&ctl->arena, NULL, 0, resize, NULL);
    result = parse(ctl, argc, argv);
    result = result == EXIT_DONE ? ctl->command->run(ctl) : result;
    vif_host_close(&ctl->host);
    vif_arena_free(&ctl->arena);
    free(ctl->text);
    return result;
}

/* A socket must not take the place of a closed standard file: what is printed would go to a server.
 * What takes it is open the wrong way round, so that use fails as before. */
static bool hold_standard_files(void)
{
    int fd = 0;
    while (fd < 3 && (fcntl(fd, F_GETFD) >= 0 ||
                      open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) == fd)) {
        fd++;
    }
    return fd == 3;
}

int main(int argc, char **argv)
{
#define HELP_NUMBER "NUMBER"
#define HELP_MAYBE "NUMBER"
#define HELP_TEXT "TEXT"
#define HELP_SWITCH "SWITCH"
#define HELP_OPTION(name, kind) "  " #name "=" HELP_##kind "\n"
    static vifctl ctl;
    const char *first = argc > 1 ? argv[1] : "";
    int result = EXIT_DONE;
    if (!hold_standard_files()) {
        perror("vifctl: /dev/null");
        return EXIT_REFUSED;
    }
    if (strcmp(first, "--version") == 0) {
        printf("vifctl %d.%d.%d\n", VIF_VERSION_MAJOR, VIF_VERSION_MINOR, VIF_VERSION_PATCH);
    } else if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        printf("%s%s", help, VIF_OPTION_MAP(HELP_OPTION));
    } else {
        result = argc > 1 ? run(&ctl, argc - 1, argv + 1) : usage("which command?", "");
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "vifctl: standard output: E_SYSTEM (%s %d): %s\n", errno_name(errno), errno,
                strerror(errno));
        return result == EXIT_DONE ? EXIT_REFUSED : result;
    }
    return result;
}
