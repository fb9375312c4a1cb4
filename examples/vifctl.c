/* SPDX-License-Identifier: MIT
 * vifctl: os-vif's objects from the command line; the reference user of vif.h. The table of verbs
 * and options comes first: the parser, the help and the completion read it, and tests hold the
 * manual page against it. Then output and files, the verbs of VIFs, "show" (vif_netlink.h and
 * vif_ovsdb.h alone), "ovs", help and the command line. */
#define _POSIX_C_SOURCE 200809L
#define VIF_STATIC      /* means VIF_IMPLEMENTATION, too; what is not used is left out */
#include "vif.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_DIFFERENT, EXIT_UNKNOWN, EXIT_UNTOLD };
enum { INPUT_MAX = VIF_TEXT_MOST, FILES_MAX = 4096, OVSDB_MS = 10000 };

/* ---- the table of verbs and options ---------------------------------------------------------- */

typedef struct vifctl vifctl;

typedef struct option {
    char letter;
    const char *name, *value;           /* value NULL: a switch */
    const char *help;
} option;

typedef struct command {
    const char *name;                   /* a second word tells commands of one first word apart */
    const char *options;                /* letters; every command takes -h, too */
    const char *operands;
    int least, most;                    /* operands, the second word among them */
    int (*run)(vifctl *ctl);
    const char *help, *more;            /* a line, and what else is to be said */
} command;

static int run_plug(vifctl *ctl);
static int run_check(vifctl *ctl);
static int run_watch(vifctl *ctl);
static int run_plan(vifctl *ctl);
static int run_convert(vifctl *ctl);
static int run_info(vifctl *ctl);
static int run_show(vifctl *ctl);
static int run_list(vifctl *ctl);
static int run_gc(vifctl *ctl);
static int run_recover(vifctl *ctl);
static int run_ovs(vifctl *ctl);
static int run_net(vifctl *ctl);
static int run_net_gc(vifctl *ctl);
static int run_switch(vifctl *ctl);
static int run_help(vifctl *ctl);

static const option options[] = {
    {'c', "config", "KEY=VALUE", "an option of vif, listed below; may be repeated"},
    {'C', "container", "NAME", "the file holds NICs, of this container or virtual machine"},
    {'d', "ovsdb", "REMOTE", "the OVSDB: unix:PATH or tcp:ADDRESS:PORT"},
    {'g', "dot", NULL, "as a picture in the language of graphviz's dot"},
    {'h', "help", NULL, "how the verb is used"},
    {'I', "id", "ID", "a VIF by its id alone; may be repeated"},
    {'i', "instance", "FILE", "the VIFs' InstanceInfo"},
    {'j', "json", NULL, "one JSON object instead of text"},
    {'l', "lax", NULL, "ignore fields that a class does not have"},
    {'m', "manifest", "CLASS=VERSION", "a class's version that it accepts; may be repeated"},
    {'N', "netns", "PATH|PID", "the guest's network namespace, for its end of a veth pair"},
    {'n', "dry-run", NULL, "only print what would be removed"},
    {'o', "owner", "OWNER", "the owner in the tags of links and rows (local)"},
    {'p', "port-group", "NAME", "the port group of a virtual switch for the VIFs"},
    {'s', "state", "DIR", "the directory of notes and locks (/run/vif)"},
    {'t', "target", "VERSION", "the version of the object that the receiver accepts"},
    {'u', "unplug", NULL, "plan an unplug"},
    {'w', "words", NULL, "for programs: verbs, options, operands and keys, one on each line"}
};

static const command commands[] = {
    {"plug", "CcdijlNops", "FILE...", 1, FILES_MAX, run_plug,
     "makes the host as the VIFs want it; what is right already stays untouched",
     "Nothing is changed before all files have been read and found valid."},
    {"unplug", "CcdIijlNops", "[FILE]...", 0, FILES_MAX, run_plug,
     "removes what is the VIFs' own; succeeds if that is gone already",
     "With --id it removes what carries the VIF's tag. Borrowed things can't be told from the id."},
    {"check", "CcdijlNops", "FILE...", 1, FILES_MAX, run_check,
     "compares the host with the VIFs; exits with 3 if it differs", NULL},
    {"watch", "CcdijlNops", "FILE...", 1, FILES_MAX, run_watch,
     "prints which VIFs are as wanted, and every change of that",
     "It looks at a VIF when its links, addresses, routes or rows of Open vSwitch change."},
    {"plan", "CcdijlNopsu", "FILE", 1, 1, run_plan,
     "prints what plug (or unplug) would do; changes nothing", NULL},
    {"convert", "lmt", "[FILE]", 0, 1, run_convert,
     "writes objects in canonical form, or as an older receiver needs them",
     "A file holds one object over any number of lines, or one object on each line. In place of "
     "an object that is refused it writes one with the members error, path and why."},
    {"info", "", "[CLASS]...", 0, VIF_CLASS_COUNT, run_info,
     "prints what the plugins accept, as a HostInfo", NULL},
    {"show", "dgj", "[NAME]...", 0, FILES_MAX, run_show,
     "prints bridges with their ports, VIFs' links, addresses and routes",
     "A NAME is that of a link, or a VIF's id. With --ovsdb it also prints the bridges and ports "
     "of Open vSwitch."},
    {"list", "djo", "", 0, 0, run_list,
     "prints the VIFs of an owner that are on the host, with their links and rows", NULL},
    {"gc", "cdjnos", "FILE", 1, 1, run_gc,
     "unplugs the VIFs of an owner whose ids are not in FILE",
     "FILE has one id on each line. It is read after a look at the host, so that a VIF that is "
     "plugged meanwhile is safe. If it has no ids, nothing is done."},
    {"recover", "jns", "", 0, 0, run_recover,
     "finishes or takes back a move of an uplink's addresses whose plug was killed",
     "The next plug or unplug on that bridge would do the same."},
    {"ovs transact", "d", "FILE", 2, 2, run_ovs,
     "sends one operation of RFC 7047, or a list of them, to the OVSDB", NULL},
    {"ovs select", "d", "TABLE [COLUMN | COLUMN[:KEY]=VALUE]...", 2, 64, run_ovs,
     "prints the rows of a table that match, one on each line", NULL},
    {"ovs monitor", "d", "TABLE [COLUMN]...", 2, 64, run_ovs,
     "prints the rows of a table, and then each change as it comes", NULL},
    {"net bridge-add", "cdo", "JSON|FILE", 2, 2, run_net,
     "makes a bridge from {bridge, options}; refuses one that exists", NULL},
    {"net bridge-del", "cdo", "JSON|FILE", 2, 2, run_net,
     "removes a bridge with all its ports: {bridge}", NULL},
    {"net port-add", "cdo", "JSON|FILE", 2, 2, run_net,
     "puts a port on a bridge: {bridge, port, vlan, options}", NULL},
    {"net port-del", "cdo", "JSON|FILE", 2, 2, run_net,
     "removes a port: {port, bridge}", NULL},
    {"net bond-add", "cdo", "JSON|FILE", 2, 2, run_net,
     "makes a port with several links: {bridge, port, links, mode, lacp}", NULL},
    {"net gc", "nos", "", 1, 1, run_net_gc,
     "removes networks of the kernel on which nobody has a port; prints their bridges", NULL},
    {"net set", "cdo", "JSON|FILE", 2, 2, run_net,
     "sets columns of a row: {table, record, values}", NULL},
    {"net vlan-ensure", "cdo", "JSON|FILE", 2, 2, run_net,
     "makes what is missing of a VLAN, {master, vlan, name}; prints its bridge", NULL},
    {"net vxlan-ensure", "cdo", "JSON|FILE", 2, 2, run_net,
     "makes what is missing of a VXLAN, {master, vxlan, name}; prints its bridge", NULL},
    {"net vtep-ensure", "cdo", "JSON|FILE", 2, 2, run_net,
     "makes the kernel's device of a VXLAN, {bridge, vnid}; prints its name", NULL},
    {"net vtep-del", "cdo", "JSON|FILE", 2, 2, run_net,
     "removes that device: {vnid}", NULL},
    {"net net-del", "cdo", "JSON|FILE", 2, 2, run_net,
     "removes a VLAN or VXLAN on which nobody has a port", NULL},
    {"switch list", "djos", "", 1, 1, run_switch,
     "prints the virtual switches of the host as JSON, one on each line", NULL},
    {"switch groups", "djos", "", 1, 1, run_switch,
     "prints the port groups that VIFs may be in, with VLAN and switch", NULL},
    {"switch ports", "djos", "NAME", 2, 2, run_switch,
     "prints the ports of a switch: uplinks, VIFs with their port groups, others", NULL},
    {"switch nics", "djos", "", 1, 1, run_switch,
     "prints the host's network cards, which may be uplinks", NULL},
    {"switch define", "cdos", "JSON|FILE", 2, 2, run_switch,
     "makes a switch from {name, backend, uplinks, mtu, teaming, shaping, security, port_groups}",
     NULL},
    {"switch edit", "cdos", "JSON|FILE", 2, 2, run_switch,
     "changes the switch of that name to what this says, and the ports in its groups", NULL},
    {"switch undefine", "cdos", "NAME", 2, 2, run_switch,
     "removes the switch, unless it has ports beside its uplinks", NULL},
    {"help", "w", "[VERB]...", 0, 2, run_help, "explains how a verb is used", NULL}
};
enum { OPTION_COUNT = sizeof options / sizeof *options,
       COMMAND_COUNT = sizeof commands / sizeof *commands };

/* One VIF, by its file or its id, or of many that were found. */
typedef struct subject {
    const char *path, *id;
    const vif_vif *vif;                 /* NULL: what was found says what is its own, or */
    vif_nic *nic;                       /* it is one of these */
    vif_member member;                  /* in that port group, if there is one */
    char *changes;                      /* of each its line, what was done, the kind, and how many
                                         * microseconds it took; with NULs */
    size_t changes_len, change_count;
    vif_difference *differences;
    size_t difference_count, difference_cap;
} subject;

struct vifctl {
    const command *command;
    char **operands;
    int operand_count;
    const char *ids[FILES_MAX];         /* of --id */
    int id_count;
    bool dry, json, dot, lax, unplug, words, help;
    const char *instance_path, *owner, *state, *container, *port_group;
    vif_member member;                  /* the port group, and its switch */
    const char *subject;                /* the file in hand, for messages */
    vif_options options;
    vif_encode_desc encode;
    vif_class_version manifest[VIF_CLASS_COUNT];
    const vif_instance_info *instance;
    size_t subject_count;
    subject *subjects;
    vif_found *found;                   /* what carries the owner's tags */
    size_t found_count, at;             /* at: the subject that a call for one is about */
    vif_result *results;                /* of the subjects */
    vif_arena arena;
    vif_host host;
    char *text;                         /* room for output */
    size_t text_cap;
};

/* ---- memory, output -------------------------------------------------------------------------- */

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

/* realloc that does not come back without memory; never while a verb is changing the host. */
static void *need(void *ptr, size_t count, size_t size)
{
    void *p = count < SIZE_MAX / size ? realloc(ptr, count * size) : NULL;
    if (!p) {
        fputs("vifctl: E_NOMEM: out of memory\n", stderr);
        exit(EXIT_REFUSED);
    }
    return p;
}

static void *need_zeroed(size_t count, size_t size)
{
    void *p = need(NULL, count + 1, size);
    memset(p, 0, (count + 1) * size);
    return p;
}

/* How many bytes of UTF-8 a terminal would obey or hide rather than show, and which code point:
 * DEL, the C1 controls, what changes the direction of writing, what has no width. */
static size_t unshown(const char *text, size_t len, unsigned *point)
{
    const unsigned char *c = (const unsigned char *)text;
    if (*c == 0x7f) {
        *point = 0x7f;
        return 1;
    }
    if (len > 1 && *c == 0xc2 && c[1] < 0xa0) {
        *point = c[1];
        return 2;
    }
    if (len > 2 && *c == 0xe2 && (c[1] == 0x80 || c[1] == 0x81)) {
        *point = 0x2000u + (c[1] - 0x80u) * 64 + (c[2] & 63u);
        return (*point >= 0x200b && *point <= 0x200f) || (*point >= 0x2028 && *point <= 0x202e) ||
               *point >= 0x2060 ? 3 : 0;
    }
    return 0;
}

/* JSON, all of it valid UTF-8 without raw controls below 0x20 but white space: what terminals would
 * obey can only be in strings, and is escaped there. */
static void put_json(const char *json, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned point;
        const size_t n = unshown(json + i, len - i, &point);
        if (n > 0) {
            fwrite(json + from, 1, i - from, stdout);
            printf("\\u%04x", point);
            i += n - 1;
            from = i + 1;
        }
    }
    fwrite(json + from, 1, len - from, stdout);
}

/* Text for people, on one line, of printable ASCII only. The library has escaped most of it
 * already, quotes included, which need no escape here. */
static void put_plain(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (strncmp(text, "\\x22", 4) == 0) {
            fputc('"', file);
            text += 3;
        } else if (*text >= ' ' && *text <= '~') {
            fputc(*text, file);
        } else {
            fprintf(file, "\\x%02x", (unsigned)(unsigned char)*text);
        }
    }
}

/* before, then a JSON string; null for no text. */
static void put_string(const char *before, const char *text)
{
    fputs(before, stdout);
    if (text) {
        const size_t cap = strlen(text) * 6 + 2;
        char *buf = (char *)need(NULL, cap, 1);
        vif_json_out out;
        vif_json_out_init(&out, buf, cap);
        vif_json_string(&out, text);
        put_json(buf, out.len);
        free(buf);
    } else {
        fputs("null", stdout);
    }
}

static void put_member(const char *before, const char *key, const char *text)
{
    put_string(before, key);
    put_string(":", text);
}

/* null where there is none. */
static void put_number(const char *key, int64_t number, bool given)
{
    put_string(",", key);
    if (given) {
        printf(":%lld", (long long)number);
    } else {
        fputs(":null", stdout);
    }
}

static void put_bool(const char *key, bool value)
{
    put_string(",", key);
    fputs(value ? ":true" : ":false", stdout);
}

/* ---- errors ---------------------------------------------------------------------------------- */

#define ERRNO_MAP(X) \
    X(EPERM) X(ENOENT) X(EINTR) X(EIO) X(ENXIO) X(EBADF) X(EAGAIN) X(ENOMEM) X(EACCES) X(EBUSY) \
    X(EEXIST) X(ENODEV) X(ENOTDIR) X(EISDIR) X(EINVAL) X(ENFILE) X(EMFILE) X(ENOSPC) X(EROFS) \
    X(ERANGE) X(ENAMETOOLONG) X(ENOSYS) X(ELOOP) X(EPROTONOSUPPORT) X(EOPNOTSUPP) \
    X(EAFNOSUPPORT) X(EADDRINUSE) X(EADDRNOTAVAIL) X(ENETDOWN) X(ENETUNREACH) \
    X(ENOBUFS) X(ETIMEDOUT) X(EPIPE) X(ECONNREFUSED) X(ECONNRESET) X(EHOSTUNREACH)

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
    char words[256];
    fprintf(stderr, "vifctl: %s%s", ctl->command->name, ctl->subject ? " " : "");
    put_plain(stderr, ctl->subject ? ctl->subject : "");
    fputs(": ", stderr);
    put_plain(stderr, err->where);
    fprintf(stderr, "%s%s", err->where[0] ? ": " : "", vif_status_name(err->status));
    if (err->sys_errno) {
        fprintf(stderr, " (%s %d)", errno_name(err->sys_errno), err->sys_errno);
    }
    fputs(": ", stderr);
    put_plain(stderr, words_of(err, words));
    fputc('\n', stderr);
}

/* What is said of an outcome, and the exit status. */
static const char *outcome_of(vif_status status, int *exit_status)
{
    static const struct {
        vif_status status;
        int exit_status;
        const char *word;
    } outcomes[] = {{VIF_OK, EXIT_DONE, "done"}, {VIF_E_DIFFERENT, EXIT_DIFFERENT, "different"},
                    {VIF_E_UNKNOWN, EXIT_UNKNOWN, "unknown"},
                    {VIF_E_UNCONFIRMED, EXIT_UNKNOWN, "unconfirmed"},
                    {VIF_E_CANCELED, EXIT_REFUSED, "canceled"}};
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        if (outcomes[i].status == status) {
            *exit_status = outcomes[i].exit_status;
            return outcomes[i].word;
        }
    }
    *exit_status = EXIT_REFUSED;
    return "refused";
}

static bool has_failed(vif_status status)
{
    return status != VIF_OK && status != VIF_E_DIFFERENT;
}

/* Members of a JSON object: how it ended, and for what reason if it failed. */
static void put_outcome(const char *before, vif_status status, const vif_error *err)
{
    int exit_status;
    char words[256];
    put_member(before, "status", outcome_of(status, &exit_status));
    if (has_failed(status)) {
        put_member(",", "error", vif_status_name(err->status));
        put_number("errno", err->sys_errno, err->sys_errno != 0);
        put_member(",", "where", err->where);
        put_member(",", "why", words_of(err, words));
    }
}

static int fail(const vifctl *ctl, const vif_error *err)
{
    int exit_status;
    outcome_of(err->status, &exit_status);
    put_error(ctl, err);
    if (ctl->json) {
        put_outcome("{", err->status, err);
        puts("}");
    }
    return exit_status;
}

static int usage(const vifctl *ctl, const char *what, const char *which)
{
    fprintf(stderr, "vifctl: %s", what);
    put_plain(stderr, which);
    fprintf(stderr, " (see vifctl help%s%s)\n", ctl->command ? " " : "",
            ctl->command ? ctl->command->name : "");
    return EXIT_USAGE;
}

/* ---- files ----------------------------------------------------------------------------------- */

static FILE *open_file(vifctl *ctl, const char *path, vif_error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    ctl->subject = path;
    if (!file) {
        set_error(err, VIF_E_SYSTEM, errno, "open", strerror(errno));
    }
    return file;
}

typedef struct input {
    char *at;
    size_t len, cap;
} input;

/* Appends what is left of the file, or the next line of it, and a NUL. */
static bool read_text(FILE *file, bool line, input *t, vif_error *err)
{
    int c = 0;
    errno = 0;
    do {
        if (t->len + 1 >= t->cap) {
            t->cap = t->cap * 2 + 4096;
            t->at = (char *)need(t->at, t->cap, 1);
        }
        c = getc_unlocked(file);
        t->at[t->len] = (char)c;
        t->len += c != EOF;
    } while (c != EOF && t->len < INPUT_MAX && !(line && c == '\n'));
    t->at[t->len] = '\0';
    if (ferror(file)) {
        set_error(err, VIF_E_SYSTEM, errno, "read", strerror(errno));
    } else if (t->len == INPUT_MAX) {
        set_error(err, VIF_E_TOO_BIG, 0, "read", "an object takes at most 16 MB of text");
    }
    return !ferror(file) && t->len < INPUT_MAX;
}

static void close_file(FILE *file)
{
    if (file && file != stdin) {
        fclose(file);
    }
}

/* All of a file. */
static bool read_file(vifctl *ctl, const char *path, input *t, vif_error *err)
{
    FILE *file = open_file(ctl, path, err);
    const bool good = file && read_text(file, false, t, err);
    close_file(file);
    return good;
}

static vif_status decode(vifctl *ctl, const input *t, vif_object **o, vif_error *err)
{
    const vif_decode_desc desc = {t->at, t->len, ctl->lax};
    return vif_decode_with(&ctl->arena, &desc, o, err);
}

/* Reads the one object of a file into the arena. It must be of that class, or of one below. */
static vif_object *load(vifctl *ctl, const char *path, vif_class klass, vif_error *err)
{
    vif_object *o = NULL;
    input t = {NULL, 0, 0};
    if (read_file(ctl, path, &t, err) &&
        decode(ctl, &t, &o, err) == VIF_OK &&
        !vif_is_a(o, klass)) {
        set_error(err, VIF_E_OBJECT, 0, vif_class_name((vif_class)o->klass),
                  klass == VIF_CLASS_VIFBase ? "is not a VIF" : "is not an InstanceInfo");
        o = NULL;
    }
    free(t.at);
    return o;
}

static void make_subjects(vifctl *ctl, size_t count)
{
    ctl->subject_count = count;
    ctl->subjects = (subject *)need_zeroed(count, sizeof *ctl->subjects);
    ctl->results = (vif_result *)need_zeroed(count, sizeof *ctl->results);
}

/* The NICs of a container, in one file, so that they are looked at together. */
static bool load_nics(vifctl *ctl, vif_error *err)
{
    enum { NICS_MAX = 256 };
    vif_nic *nics = (vif_nic *)vif_arena_alloc(&ctl->arena, NICS_MAX * sizeof *nics);
    input t = {NULL, 0, 0};
    size_t count = NICS_MAX;
    bool good = nics && read_file(ctl, ctl->operands[0], &t, err);
    if (good) {
        const vif_nic_desc desc = {t.at, t.len, ctl->container};
        good = vif_nic_decode(&ctl->arena, &desc, nics, &count, err) == VIF_OK;
    }
    free(t.at);
    make_subjects(ctl, good ? count : 0);
    for (size_t i = 0; i < ctl->subject_count; i++) {
        ctl->subjects[i].nic = &nics[i];
        ctl->subjects[i].id = vif_nic_subject(&nics[i], NULL).id;
    }
    return good;
}

/* The instance and all VIFs: one that is not good is found before anything is changed. */
static bool load_all(vifctl *ctl, vif_error *err)
{
    const char *path = ctl->instance_path;
    const vif_object *o = path ? load(ctl, path, VIF_CLASS_InstanceInfo, err) : NULL;
    bool good = !path || o;
    if (ctl->container) {
        return load_nics(ctl, err);
    }
    ctl->instance = o ? &vif_as_any(o)->instance_info : NULL;
    make_subjects(ctl, (size_t)(ctl->operand_count + ctl->id_count));
    for (int i = 0; i < ctl->operand_count && good; i++) {
        subject *s = &ctl->subjects[i];
        s->path = ctl->operands[i];
        o = load(ctl, ctl->operands[i], VIF_CLASS_VIFBase, err);
        good = o != NULL;
        s->vif = o ? vif_as_vif(o) : NULL;
        s->id = o ? s->vif->base.id : NULL;
    }
    for (int i = 0; i < ctl->id_count; i++) {
        ctl->subjects[ctl->operand_count + i].id = ctl->ids[i];
    }
    return good;
}

/* ---- what became of VIFs --------------------------------------------------------------------- */

#define STATS_NAME(name) #name,

static int64_t now_ms(void *user)
{
    struct timespec t = {0, 0};
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_us(void *user)
{
    struct timespec t = {0, 0};
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Changes are kept until the verb is over: neither a reader that is slow or gone nor memory that
 * runs out may stop it half way. Refusals are in the results. What a switch's edit does to ports is
 * about no subject of ours. */
static void take_change(void *user, const vif_event *event)
{
    const vifctl *ctl = (const vifctl *)user;
    subject *s = ctl->subjects ? &ctl->subjects[ctl->at + event->subject] : NULL;
    char line[2048], us[24] = "";
    const char *const texts[] = {line, event->what, event->kind, us};
    const size_t wanted = vif_event_text(event, line, sizeof line);
    size_t len = strlen(event->what) + strlen(event->kind) + 4;
    char *changes;
    if (event->error || !s) {
        return;
    }
    if (wanted >= sizeof line) {
        snprintf(line, sizeof line, "%s: %s", event->what, event->kind);
    }
    vif_cat_int(us, sizeof us, event->us);
    len += strlen(line) + strlen(us);
    changes = (char *)realloc(s->changes, s->changes_len + len);
    s->change_count++;
    for (int i = 0; changes && i < 4; i++) {
        memcpy(changes + s->changes_len, texts[i], strlen(texts[i]) + 1);
        s->changes_len += strlen(texts[i]) + 1;
    }
    s->changes = changes ? changes : s->changes;
}

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

static bool open_host(vifctl *ctl, vif_error *err)
{
    vif_host_desc desc = vif_host_desc_default();
    desc.options = &ctl->options;
    desc.owner = ctl->owner;
    desc.state_dir = ctl->state;
    desc.now_ms = now_ms;
    desc.now_us = now_us;
    desc.seed = (uint32_t)now_ms(NULL);
    desc.log = take_change;
    desc.user = ctl;
    return vif_host_open(&ctl->host, &desc, err) == VIF_OK &&
           (!ctl->port_group || vif_port_group_find(&ctl->host, &ctl->arena, ctl->port_group,
                                                    &ctl->member, err) == VIF_OK);
}

static void put_result(const vif_result *r)
{
    put_member(",", "link", r->link[0] ? r->link : NULL);
    put_number("ifindex", r->ifindex, r->ifindex != 0);
    put_member(",", "port", r->port[0] ? r->port : NULL);
    put_number("ofport", r->ofport, r->ofport != 0);
    put_member(",", "vdpa", r->vdpa[0] ? r->vdpa : NULL);
    put_member(",", "pci_address", r->pci_address[0] ? r->pci_address : NULL);
    put_member(",", "dev_driver", r->dev_driver[0] ? r->dev_driver : NULL);
    put_member(",", "bridge", r->bridge[0] ? r->bridge : NULL);
    put_member(",", "address", r->address[0] ? r->address : NULL);
    put_bool("committed", r->committed);
    put_bool("applied", r->applied);
    put_bool("ready", r->ready);
}

/* Of a line "applied: tap tap0 (own) mtu=1500" the name is what stands behind the kind. */
static void put_change_json(const char *before, const char *line, const char *what,
                            const char *kind, const char *us)
{
    char name[128] = "";
    const char *start = line + strlen(what) + strlen(kind) + 3;
    const char *end = strlen(line) > strlen(what) + strlen(kind) + 3 ? strstr(start, " (") : NULL;
    if (end && end - start < (int)sizeof name) {
        memcpy(name, start, (size_t)(end - start));
        name[end - start] = '\0';
    }
    put_member(before, "what", what);
    put_member(",", "kind", kind);
    put_member(",", "name", name[0] ? name : NULL);
    printf(",\"us\":%s}", us);
}

static void put_changes(const vifctl *ctl, const subject *s)
{
    const char *line = s->changes, *end = line + s->changes_len;
    fputs(ctl->json ? ",\"changes\":[" : "", stdout);
    while (line < end) {
        const char *what = line + strlen(line) + 1, *kind = what + strlen(what) + 1;
        const char *us = kind + strlen(kind) + 1;
        if (ctl->json) {
            put_change_json(line > s->changes ? ",{" : "{", line, what, kind, us);
        } else {
            fputs("  ", stdout);
            put_plain(stdout, line);
            putchar('\n');
        }
        line = us + strlen(us) + 1;
    }
    fputs(ctl->json ? "]" : "", stdout);
}

static void put_differences(const vifctl *ctl, const subject *s)
{
    fputs(ctl->json ? ",\"differences\":[" : "", stdout);
    for (const vif_difference *d = s->differences; d < s->differences + s->difference_count; d++) {
        const char *const parts[] = {ctl->subject_count > 1 ? "  " : "", d->resource, ": ",
                                     d->attribute, ": wanted ", d->wanted, ", found ", d->found};
        if (ctl->json) {
            put_member(d > s->differences ? ",{" : "{", "resource", d->resource);
            put_member(",", "attribute", d->attribute);
            put_member(",", "wanted", d->wanted);
            put_member(",", "found", d->found);
            putchar('}');
        }
        for (size_t k = 0; k < sizeof parts / sizeof *parts && !ctl->json; k++) {
            put_plain(stdout, parts[k]);
        }
        fputs(ctl->json ? "" : "\n", stdout);
    }
    fputs(ctl->json ? "]" : "", stdout);
}

static bool only_looks(const vifctl *ctl)
{
    return ctl->command->run == run_check || ctl->command->run == run_watch;
}

static void put_subject_json(const vifctl *ctl, const subject *s, const vif_result *r)
{
    put_member("{", "file", s->path);
    put_member(",", ctl->command->run == run_recover ? "uplink" : "vif", s->id);
    put_outcome(",", r->status, &r->error);
    if (only_looks(ctl)) {
        put_differences(ctl, s);
    } else {
        put_result(r);
        put_changes(ctl, s);
    }
    putchar('}');
}

/* For people: its changes or differences and a last line, which names the file where there are
 * several. */
static void put_subject(const vifctl *ctl, const subject *s, const vif_result *r)
{
    const bool check = only_looks(ctl), failed = has_failed(r->status);
    const char *word = failed ? "failed" : r->status == VIF_E_DIFFERENT ? "different"
                     : check ? "as wanted"
                     : ctl->dry ? ctl->command->run == run_gc ? "dead" : "to be recovered"
                     : s->change_count > 0 ? "done" : "nothing to do";
    (check ? put_differences : put_changes)(ctl, s);
    if (ctl->subject_count > 1 || ctl->command->run == run_gc ||
        ctl->command->run == run_recover) {
        put_plain(stdout, s->path ? s->path : s->id);
        printf(": %s\n", word);
    } else if (!failed && r->status != VIF_E_DIFFERENT) {
        puts(word);
    }
}

/* The worst of all outcomes. */
static vif_status whole_status(const vifctl *ctl)
{
    static const char order[] = {EXIT_DONE, EXIT_DIFFERENT, EXIT_REFUSED,
                                 EXIT_UNKNOWN};
    vif_status worst = VIF_OK;
    int so_far = EXIT_DONE, now;
    for (size_t i = 0; i < ctl->subject_count; i++) {
        outcome_of(ctl->results[i].status, &now);
        if ((const char *)memchr(order, now, sizeof order) >
            (const char *)memchr(order, so_far, sizeof order)) {
            so_far = now;
            worst = ctl->results[i].status;
        }
    }
    return worst;
}

/* All that the host has counted. */
static void put_stats(const vifctl *ctl)
{
    static const char *const names[] = {VIF_STATS_MAP(STATS_NAME)};
    uint64_t values[sizeof names / sizeof *names];
    vif_stats stats;
    vif_host_stats(&ctl->host, &stats);
    memcpy(values, &stats, sizeof values);
    fputs(",\"stats\":{", stdout);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        printf("%s\"%s\":%llu", i > 0 ? "," : "", names[i], (unsigned long long)values[i]);
    }
    putchar('}');
}

static int put_subjects(vifctl *ctl)
{
    int exit_status;
    const char *word = outcome_of(whole_status(ctl), &exit_status);
    if (ctl->json) {
        put_member("{", "status", word);
        fputs(",\"vifs\":[\n", stdout);
    }
    for (size_t i = 0; i < ctl->subject_count; i++) {
        ctl->subject = ctl->subjects[i].path ? ctl->subjects[i].path : ctl->subjects[i].id;
        if (has_failed(ctl->results[i].status)) {
            put_error(ctl, &ctl->results[i].error);
        }
        fputs(!ctl->json ? "" : i > 0 ? ",\n " : " ", stdout);
        (ctl->json ? put_subject_json : put_subject)(ctl, &ctl->subjects[i], &ctl->results[i]);
    }
    if (ctl->json) {
        fputs("]", stdout);
        put_number("requests", ctl->host.nl.count.requests, true);
        put_number("round_trips", ctl->host.nl.count.datagrams_sent, true);
        put_number("transactions", (int64_t)ctl->host.ovsdb.count.replies, true);
        put_stats(ctl);
        puts("}");
    }
    return exit_status;
}

/* ---- plug, unplug: one job ------------------------------------------------------------------- */

static volatile sig_atomic_t stopped;   /* how often somebody wanted it to stop */

static void stop(int signal_number)
{
    (void)signal_number;
    stopped++;
}

/* Signals are taken only while there is nothing to do but wait: each call of the kernel ends. */
static void hold_signals(sigset_t *before)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    sigset_t held;
    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigemptyset(&held);
    signal(SIGPIPE, SIG_IGN);           /* "| head" must not end it half way */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(&held, numbers[i]);
        sigaction(numbers[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &held, before);
}

/* Until there is something to do, somebody wants it to stop, or a second has passed. */
static void wait_for(const vif_want *want, const sigset_t *signals)
{
    const int64_t left = want->deadline_ms - now_ms(NULL);
    const int64_t ms = left < 0 ? 0 : left > 1000 ? 1000 : left;
    const struct timespec timeout = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    if (want->fd >= 0 && want->fd < FD_SETSIZE && want->read) {
        FD_SET(want->fd, &in);
    }
    if (want->fd >= 0 && want->fd < FD_SETSIZE && want->write) {
        FD_SET(want->fd, &out);
    }
    pselect(want->fd + 1, &in, &out, NULL, &timeout, signals);
}

/* On a terminal, once it takes long: the kernel answers at once, so it is one of these. */
static void say_waiting(const vifctl *ctl, const vif_job *job)
{
    static const char *const whom[] = {"the OVSDB server", "Open vSwitch", "OVN's controller"};
    const vif_ovs_wait until = ctl->options.ovs_wait;
    fprintf(stderr, "vifctl: %s: waiting for %s (%lu of %lu done; Ctrl-C ends it)\n",
            ctl->command->name, whom[until == VIF_OVS_WAIT_COMMITTED ? 0
                                     : until == VIF_OVS_WAIT_READY ? 2 : 1],
            (unsigned long)job->done,
            (unsigned long)ctl->subject_count);
}

/* The first wish to stop is heeded in order, the second at once. */
static void run_job(vifctl *ctl, vif_job *job)
{
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const int64_t start = now_ms(NULL);
    bool said = !terminal, cancelled = false;
    sigset_t signals;
    hold_signals(&signals);
    while (vif_job_step(job) && stopped < 2) {
        const vif_want want = vif_host_want(&ctl->host);
        if (want.deadline_ms > now_ms(NULL)) {
            wait_for(&want, &signals);
        }
        if (!said && now_ms(NULL) - start >= 1000) {
            say_waiting(ctl, job);
            said = true;
        }
        if (stopped && !cancelled) {
            cancelled = true;
            vif_job_cancel(job);
        }
    }
}

/* What was not over when it was stopped: vif says so of each; the rest in a line. */
static void say_stopped(const vifctl *ctl, const vif_job *job)
{
    const bool plug = ctl->command->name[0] == 'p';
    if (stopped) {
        fprintf(stderr, "vifctl: %s: stopped: %lu of %lu done, %s\n", ctl->command->name,
                (unsigned long)(job->done - job->failed), (unsigned long)ctl->subject_count,
                stopped > 1 ? "the rest is left half way: plug or unplug again"
                : plug ? "the rest is as it was before" : "the rest is left: unplug again");
    }
}

/* What carries the owner's tags (vif_list), or is noted (vif_notes); looked at again if there was
 * more than room. */
static bool find_all(vifctl *ctl, vif_status (*list)(vif_host *host, vif_found *out, size_t cap,
                                                     size_t *count, vif_error *err),
                     vif_error *err)
{
    size_t cap = 0, count = 256;
    vif_status status = VIF_OK;
    while (status == VIF_OK && count > cap) {
        cap = count;
        ctl->found = (vif_found *)need(ctl->found, cap, sizeof *ctl->found);
        status = list(&ctl->host, ctl->found, cap, &count, err);
    }
    ctl->found_count = count;
    return status == VIF_OK;
}

/* What the library is to know of it. */
static vif_subject subject_of(const vifctl *ctl, subject *s)
{
    vif_subject of;
    memset(&of, 0, sizeof of);
    if (s->nic) {
        of = vif_nic_subject(s->nic, NULL);
    } else if (ctl->port_group && s->vif) {
        s->member = ctl->member;
        s->member.vif = s->vif;
        of = vif_member_subject(&s->member, NULL);
    }
    of.vif = of.plan ? NULL : s->vif;
    of.instance = ctl->instance;
    of.id = s->id;
    of.found = ctl->found;
    of.found_count = ctl->found_count;
    of.differences = s->differences;
    of.difference_cap = s->difference_cap;
    return of;
}

/* All subjects in one job. */
static void run_subjects(vifctl *ctl, vif_verb verb)
{
    static vif_job job;
    vif_subject *subjects = (vif_subject *)need_zeroed(ctl->subject_count, sizeof *subjects);
    vif_job_desc desc;
    vif_error err;
    memset(&desc, 0, sizeof desc);
    desc.verb = verb;
    desc.count = ctl->subject_count;
    desc.results = ctl->results;
    desc.subjects = subjects;
    for (size_t i = 0; i < desc.count; i++) {
        subjects[i] = subject_of(ctl, &ctl->subjects[i]);
        set_error(&ctl->results[i].error, VIF_E_UNKNOWN, 0, "", "stopped before it was over");
        ctl->results[i].status = VIF_E_UNKNOWN;
    }
    if (vif_job_start(&job, &ctl->host, &desc, &err) == VIF_OK) {
        run_job(ctl, &job);
        say_stopped(ctl, &job);
        (void)!vif_job_finish(&job, &err);
    }
    free(subjects);
}

static int run_plug(vifctl *ctl)
{
    vif_error err;
    if (ctl->operand_count + ctl->id_count == 0) {
        return usage(ctl, "something is missing: ", "FILE or --id");
    }
    if (!load_all(ctl, &err) || !open_host(ctl, &err) ||
        (ctl->id_count && !find_all(ctl, vif_list, &err))) {
        return fail(ctl, &err);
    }
    run_subjects(ctl, ctl->command->name[0] == 'p' ? VIF_PLUG : VIF_UNPLUG);
    return put_subjects(ctl);
}

/* ---- list, gc -------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const vif_found *x = (const vif_found *)a, *y = (const vif_found *)b;
    const int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->kind, y->kind) ? strcmp(x->kind, y->kind)
           : strcmp(x->name, y->name);
}

/* Of one VIF, from first up to end. */
static void put_found(const vifctl *ctl, const vif_found *first, const vif_found *end)
{
    if (ctl->json) {
        put_member(first > ctl->found ? ",\n {" : "\n {", "vif", first->id);
    } else {
        put_plain(stdout, first->id);
    }
    for (const vif_found *f = first; f < end; f++) {
        if (ctl->json) {
            put_member(f > first ? ",{" : ",\"own\":[{", "kind", f->kind);
            put_member(",", "name", f->name);
            put_number("index", f->index, f->index != 0);
            putchar('}');
        } else {
            fputs("  ", stdout);
            put_plain(stdout, f->kind);
            putchar(' ');
            put_plain(stdout, f->name);
        }
    }
    fputs(ctl->json ? "]}" : "\n", stdout);
}

static int run_list(vifctl *ctl)
{
    vif_error err;
    const vif_found *f, *next;
    if (!open_host(ctl, &err) || !find_all(ctl, vif_list, &err)) {
        return fail(ctl, &err);
    }
    qsort(ctl->found, ctl->found_count, sizeof *ctl->found, by_id);
    fputs(ctl->json ? "{\"status\":\"done\",\"vifs\":[" : "", stdout);
    for (f = ctl->found; f < ctl->found + ctl->found_count; f = next) {
        for (next = f; next < ctl->found + ctl->found_count && strcmp(next->id, f->id) == 0;) {
            next++;
        }
        put_found(ctl, f, next);
    }
    fputs(ctl->json ? "]}\n" : "", stdout);
    return EXIT_DONE;
}

/* Blanks, and an editor's byte order mark. */
static const char blanks[] = " \t\xef\xbb\xbf\r\n";

/* Whether a line is that text, but for blanks around it: a stray one must cost no VIF its life. */
static bool is_line(const char *line, size_t n, const char *text)
{
    const size_t len = strlen(text), before = strspn(line, blanks);
    const bool whole = n == len && memcmp(line, text, n) == 0;
    const char *from = line + (before < n ? before : 0);
    return whole || (n >= (size_t)(from - line) + len && memcmp(from, text, len) == 0 &&
                     strspn(from + len, blanks) >= n - len - (size_t)(from - line));
}

/* Whether the text has that line. */
static bool has_line(const input *t, const char *line)
{
    const char *at = t->at;
    while (*at) {
        const size_t n = strcspn(at, "\r\n");
        if (is_line(at, n, line)) {
            return true;
        }
        at += n;
        at += strspn(at, "\r\n");
    }
    return false;
}

/* What was found, sorted by id, and does not live: each becomes a subject. */
static void gather_dead(vifctl *ctl, const input *live)
{
    size_t count = 0;
    make_subjects(ctl, ctl->found_count);
    for (size_t i = 0; i < ctl->found_count; i++) {
        const char *id = ctl->found[i].id;
        if ((i == 0 || strcmp(ctl->found[i - 1].id, id) != 0) &&
            vif_found_is_of_vif(&ctl->found[i]) && !has_line(live, id)) {
            ctl->subjects[count++].id = id;
        }
    }
    ctl->subject_count = count;
}

static int run_gc(vifctl *ctl)
{
    input live = {NULL, 0, 0};
    vif_error err;
    if (!open_host(ctl, &err) || !find_all(ctl, vif_list, &err) ||
        !read_file(ctl, ctl->operands[0], &live, &err)) {
        free(live.at);
        return fail(ctl, &err);
    }
    if (strspn(live.at, blanks) >= live.len) {
        free(live.at);
        set_error(&err, VIF_E_INVAL, 0, "", "no id in it: unplug --id takes away the last ones");
        return fail(ctl, &err);
    }
    qsort(ctl->found, ctl->found_count, sizeof *ctl->found, by_id);
    gather_dead(ctl, &live);
    free(live.at);
    if (ctl->dry) {
        for (size_t i = 0; i < ctl->subject_count; i++) {
            set_error(&ctl->results[i].error, VIF_OK, 0, "", "");
        }
        return put_subjects(ctl);
    }
    run_subjects(ctl, VIF_UNPLUG);
    return put_subjects(ctl);
}

static int run_recover(vifctl *ctl)
{
    vif_error err;
    if (!open_host(ctl, &err) || !find_all(ctl, vif_notes, &err)) {
        return fail(ctl, &err);
    }
    make_subjects(ctl, ctl->found_count);
    for (; ctl->at < ctl->found_count; ctl->at++) {
        ctl->subjects[ctl->at].id = ctl->found[ctl->at].name;
        set_error(&ctl->results[ctl->at].error, VIF_OK, 0, "", "");
        if (!ctl->dry) {
            (void)!vif_recover(&ctl->host, &ctl->found[ctl->at], NULL);
            ctl->results[ctl->at] = ctl->host.result;
        }
    }
    return put_subjects(ctl);
}

/* ---- check ----------------------------------------------------------------------------------- */

/* Room for so many differences of a subject. */
static void make_room(subject *s, size_t cap)
{
    s->differences = (vif_difference *)need(s->differences, cap, sizeof *s->differences);
    s->difference_cap = cap;
}

/* Looks again while there is more to say than room, which may change meanwhile. */
static void check_again(vifctl *ctl, subject *s, vif_result *r)
{
    while (r->status == VIF_E_DIFFERENT && r->differences > s->difference_cap) {
        vif_subject of;
        make_room(s, r->differences);
        of = subject_of(ctl, s);
        (void)!vif_check(&ctl->host, &of, NULL);
        *r = ctl->host.result;
    }
    s->difference_count = r->status == VIF_E_DIFFERENT ? r->differences : 0;
}

static int run_check(vifctl *ctl)
{
    vif_error err;
    if (!load_all(ctl, &err) || !open_host(ctl, &err)) {
        return fail(ctl, &err);
    }
    for (size_t i = 0; i < ctl->subject_count; i++) {
        make_room(&ctl->subjects[i], 32);
    }
    run_subjects(ctl, VIF_CHECK);
    for (size_t i = 0; i < ctl->subject_count; i++) {
        check_again(ctl, &ctl->subjects[i], &ctl->results[i]);
    }
    return put_subjects(ctl);
}

/* ---- watch ----------------------------------------------------------------------------------- */

/* Until there is news: the watch and the host each have something to wait for. */
static void wait_for_news(const vifctl *ctl, const vif_watch *watch)
{
    const vif_want wants[2] = {vif_watch_want(watch), vif_host_want(&ctl->host)};
    const int64_t now = now_ms(NULL);
    struct pollfd fds[2];
    int64_t left = 60000;
    for (int i = 0; i < 2; i++) {
        const int64_t ms = wants[i].deadline_ms - now;
        fds[i].fd = wants[i].fd;
        fds[i].events = (short)((wants[i].read ? POLLIN : 0) | (wants[i].write ? POLLOUT : 0));
        left = ms < left ? ms : left;
    }
    poll(fds, 2, left > 0 ? (int)left : 0);
}

static int run_watch(vifctl *ctl)
{
    static vif_watch watch;
    vif_watch_desc desc;
    vif_subject *subjects;
    vif_error err;
    size_t n;
    if (!load_all(ctl, &err) || !open_host(ctl, &err)) {
        return fail(ctl, &err);
    }
    subjects = (vif_subject *)need_zeroed(ctl->subject_count, sizeof *subjects);
    for (n = 0; n < ctl->subject_count; n++) {
        make_room(&ctl->subjects[n], 64);
        subjects[n] = subject_of(ctl, &ctl->subjects[n]);
    }
    memset(&desc, 0, sizeof desc);
    desc.subjects = subjects;
    desc.results = ctl->results;
    desc.count = ctl->subject_count;
    if (vif_watch_start(&watch, &ctl->host, &desc, &watch.error) != VIF_OK) {
        free(subjects);
        return fail(ctl, &watch.error);
    }
    while (watch.error.status == VIF_OK && !ferror(stdout)) {
        while (vif_watch_step(&watch, &n)) {
            subject *s = &ctl->subjects[n];
            vif_result *r = &ctl->results[n];
            s->difference_count = r->differences < s->difference_cap ? r->differences
                                                                     : s->difference_cap;
            ctl->subject = s->path;
            if (has_failed(r->status)) {
                put_error(ctl, &r->error);
            }
            (ctl->json ? put_subject_json : put_subject)(ctl, s, r);
            fputs(ctl->json ? "\n" : "", stdout);
            fflush(stdout);
        }
        wait_for_news(ctl, &watch);
    }
    err = watch.error;
    vif_watch_stop(&watch);
    free(subjects);
    ctl->subject = NULL;
    return err.status == VIF_OK ? EXIT_REFUSED : fail(ctl, &err);
}

/* ---- plan ------------------------------------------------------------------------------------ */

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
    const vif_view view = {.link = no_link, .user = &none};
    const vif_subject of = subject_of(ctl, ctl->subjects);
    const vif_plan_input in = {
        .verb = ctl->unplug ? VIF_UNPLUG : VIF_PLUG, .vif = of.vif, .plan = of.plan,
        .object = of.object, .id = of.id, .instance = ctl->instance, .options = &ctl->options,
        .view = of.vif ? &view : NULL, .owner = ctl->owner ? ctl->owner : "local"};
    vif_plan plan;
    size_t len;
    char words[256];
    fputs("vifctl: plan: the host can't be looked at (", stderr);
    put_plain(stderr, words_of(err, words));
    fputs("): planned for an empty one\n", stderr);
    if (vif_plan_make(&plan, &ctl->arena, &in, err) != VIF_OK) {
        return fail(ctl, err);
    }
    len = vif_plan_print(&plan, NULL, 0) + 1;
    ctl->text = (char *)need(ctl->text, len, 1);
    vif_plan_print(&plan, ctl->text, len);
    fputs(ctl->text, stdout);
    return EXIT_DONE;
}

static int plan_one(vifctl *ctl, subject *subject)
{
    const vif_subject of = subject_of(ctl, subject);
    vif_text text = {NULL, 0, ctl->json, 4096};
    vif_status status = VIF_E_SPACE;
    vif_error err;
    while (status == VIF_E_SPACE && text.len >= text.cap) {
        text.cap = text.len + 1;
        text.buf = ctl->text = (char *)need(ctl->text, text.cap, 1);
        status = vif_dry_run(&ctl->host, ctl->unplug ? VIF_UNPLUG : VIF_PLUG, &of, &text, &err);
    }
    if (status != VIF_OK) {
        return fail(ctl, &err);
    }
    fputs(ctl->json ? "{\"status\":\"done\"," : "", stdout);
    put_json(ctl->text + ctl->json, text.len - ctl->json);
    return EXIT_DONE;
}

static int run_plan(vifctl *ctl)
{
    int exit_status = EXIT_DONE;
    vif_error err;
    if (!load_all(ctl, &err)) {
        return fail(ctl, &err);
    }
    if (!open_host(ctl, &err)) {
        return err.status == VIF_E_SYSTEM && !ctl->json ? plan_without_host(ctl, &err)
                                                        : fail(ctl, &err);
    }
    for (size_t i = 0; i < ctl->subject_count; i++) {
        const int one = plan_one(ctl, &ctl->subjects[i]);
        exit_status = one > exit_status ? one : exit_status;
    }
    return exit_status;
}

/* ---- convert, info --------------------------------------------------------------------------- */

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
        put_json(ctl->text, out.len);
        putchar('\n');
    }
    return status;
}

/* Whether the text breaks off within an object, or is white space: more of it belongs to it. */
static bool is_open(const input *t)
{
    vif_json json;
    vif_json_token token;
    vif_json_type type;
    vif_json_init(&json, NULL, 0);
    vif_json_feed(&json, t->at, t->len);
    type = vif_json_next(&json, &token);
    if (type == VIF_JSON_OBJECT) {
        type = vif_json_skip(&json, type);
    }
    return type == VIF_JSON_MORE;
}

static bool convert_text(vifctl *ctl, const input *t)
{
    const input line = {t->at, t->len - (t->len > 0 && t->at[t->len - 1] == '\n'), 0};
    vif_object *o = NULL;
    char words[256];
    vif_error err;
    const bool good = decode(ctl, &line, &o, &err) == VIF_OK &&
                      put_object(ctl, o, &err) == VIF_OK;
    if (!good) {
        put_member("{", "error", vif_status_name(err.status));
        put_member(",", "path", err.where);
        put_member(",", "why", words_of(&err, words));
        puts("}");
    }
    vif_arena_free(&ctl->arena);
    return good;
}

/* One object over many lines if the first line that is not blank does not end it, else one each. */
static int run_convert(vifctl *ctl)
{
    int result = EXIT_DONE;
    input t = {NULL, 0, 0};
    vif_error err;
    FILE *file = open_file(ctl, ctl->operand_count > 0 ? ctl->operands[0] : "-", &err);
    bool good = file && read_text(file, true, &t, &err);
    while (good && !feof(file) && is_open(&t)) {
        const bool blank = strspn(t.at, " \t\r\n") >= t.len;
        good = read_text(file, blank, &t, &err);
    }
    while (good && t.len > 0 && !ferror(stdout)) {
        result = convert_text(ctl, &t) ? result : EXIT_REFUSED;
        t.len = 0;
        good = read_text(file, true, &t, &err);
    }
    free(t.at);
    close_file(file);
    return good ? result : fail(ctl, &err);
}

static int run_info(vifctl *ctl)
{
    vif_class permitted[VIF_CLASS_COUNT];
    const size_t count = (size_t)ctl->operand_count;
    const vif_describe_desc desc = {NULL, 0, permitted, count};
    vif_host_info *info = NULL;
    vif_error err;
    for (size_t i = 0; i < count; i++) {
        permitted[i] = vif_class_find(ctl->operands[i], strlen(ctl->operands[i]));
        if (permitted[i] == VIF_CLASS_NONE) {
            return usage(ctl, "no such class: ", ctl->operands[i]);
        }
    }
    if (vif_host_describe(&desc, &ctl->arena, &info, &err) != VIF_OK ||
        put_object(ctl, &info->object, &err) != VIF_OK) {
        return fail(ctl, &err);
    }
    return EXIT_DONE;
}

/* ---- show: what there is --------------------------------------------------------------------- */

typedef struct shown {                  /* a link */
    uint32_t index, flags, mtu, master, lower;  /* lower: 0 if none, or in another namespace */
    uint32_t far_lower, far_netns;              /* there: its index, 0 if none; which one it is */
    uint16_t vlan;                              /* its id, or 0 */
    char name[64], kind[16], mac[18];           /* the name is escaped */
    char owner[256], vif[256];          /* from the tag of vif; empty: it carries none */
    bool port, drawn;                   /* of a bridge; in the picture */
    char card_port[32];                 /* what a card's switch calls it: "p0", "pf0vf1"; or "" */
    unsigned char card[33];             /* which card's: length and bytes */
    uint32_t functions;                 /* virtual ones, of a physical function */
} shown;

typedef struct function {               /* a virtual function of a card */
    uint32_t index;                     /* of its physical function's link */
    vif_vf vf;
} function;

typedef struct fact {                   /* an address or a route of a link */
    uint32_t index;
    bool route, has_gateway;
    vif_ip ip, gateway;
} fact;

typedef struct ovs_port {
    char uuid[37], name[130], vif[128], type[64], error[128], peer[130];
    int64_t tag, ofport;                /* -1: none */
    size_t bridge;                      /* number, from 1 */
} ovs_port;

typedef struct ovs_bridge {
    char name[130], datapath[64];
} ovs_bridge;

typedef struct picture {
    shown *links;
    fact *facts;
    function *functions;
    ovs_bridge *bridges;
    ovs_port *ports;
    size_t link_count, fact_count, function_count, bridge_count, port_count;
    char (*names)[256];                 /* that were asked for, escaped; none: all */
    size_t name_count;
    bool utf8, any;
    int width;                          /* of the column of names */
} picture;

/* Printable ASCII from what may hold any byte; a quote needs no escape. */
static void escape(char *to, size_t cap, const char *text, size_t len)
{
    const char *quote;
    while ((quote = (const char *)memchr(text, '"', len)) != NULL) {
        vif_cat_escaped(to, cap, text, (size_t)(quote - text));
        vif_cat(to, cap, "\"");
        len -= (size_t)(quote - text) + 1;
        text = quote + 1;
    }
    vif_cat_escaped(to, cap, text, len);
}

/* "vif:<owner>:<id of the VIF>" */
static void take_tag(shown *s, const char *alias, size_t len)
{
    const char *end = len > 4 && memcmp(alias, "vif:", 4) == 0
                          ? (const char *)memchr(alias + 4, ':', len - 4) : NULL;
    if (end) {
        escape(s->owner, sizeof s->owner, alias + 4, (size_t)(end - alias) - 4);
        escape(s->vif, sizeof s->vif, end + 1, len - (size_t)(end - alias) - 1);
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
    vif_vlan vlan;
    p->links = (shown *)need(p->links, p->link_count + 1, sizeof *p->links);
    s = &p->links[p->link_count++];
    memset(s, 0, sizeof *s);
    s->index = (uint32_t)link->index;
    s->flags = link->flags;
    s->mtu = link->mtu;
    s->master = link->master;
    if (link->present & VIF_LINK_LINK_NETNSID) {
        s->far_lower = link->link;
        s->far_netns = (uint32_t)link->link_netnsid;
    } else {
        s->lower = link->link;
    }
    if (strcmp(link->kind, "vlan") == 0 && vif_vlan_parse(link->kind_data, &vlan)) {
        s->vlan = vlan.id;
    }
    escape(s->name, sizeof s->name, link->name, strlen(link->name));
    escape(s->kind, sizeof s->kind, is_tap(link) ? "tap" : link->kind,
                    is_tap(link) ? 3 : strlen(link->kind));
    if (link->present & VIF_LINK_MAC) {
        vif_mac_format(link->mac, s->mac);
    }
    if (link->present & VIF_LINK_ALIAS) {
        take_tag(s, (const char *)link->alias.data, link->alias.len);
    }
}

/* What a card says of a link: IFLA_PHYS_SWITCH_ID is 36, IFLA_PHYS_PORT_NAME 38. */
static void take_card(picture *p, const vif_nl_msg *msg)
{
    const vif_nl_view attrs = {msg->data + 16, msg->len - 16};  /* behind struct ifinfomsg */
    shown *s = &p->links[p->link_count - 1];
    uint32_t count = 0;
    vif_nl_view view;
    vif_vf vf;
    if (vif_attr_find(attrs, 38, &view) && view.len < sizeof s->card_port) {
        escape(s->card_port, sizeof s->card_port, (const char *)view.data,
               view.len > 0 && view.data[view.len - 1] == 0 ? view.len - 1 : view.len);
    }
    if (vif_attr_find(attrs, 36, &view) && view.len < sizeof s->card) {
        s->card[0] = (unsigned char)view.len;
        memcpy(s->card + 1, view.data, view.len);
    }
    for (uint32_t n = 0; vif_vf_parse(msg, n, &vf, &count, NULL) == VIF_OK; n++) {
        p->functions = (function *)need(p->functions, p->function_count + 1,
                                        sizeof *p->functions);
        p->functions[p->function_count].index = s->index;
        p->functions[p->function_count++].vf = vf;
        s->functions = n + 1;
    }
}

static void take_fact(picture *p, uint32_t index, bool route, uint8_t family,
                      const uint8_t bytes[16], uint8_t prefix, const uint8_t *gateway)
{
    const vif_ip none = {{0}, family == VIF_AF_INET ? 4 : 16, 0};
    fact *f;
    p->facts = (fact *)need(p->facts, p->fact_count + 1, sizeof *p->facts);
    f = &p->facts[p->fact_count++];
    f->index = index;
    f->route = route;
    f->has_gateway = gateway != NULL;
    f->ip = f->gateway = none;
    f->ip.prefix = prefix;
    memcpy(f->ip.bytes, bytes, sizeof f->ip.bytes);
    if (gateway) {
        memcpy(f->gateway.bytes, gateway, sizeof f->gateway.bytes);
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
        take_card(p, msg);
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
    const size_t links = p->link_count, facts = p->fact_count, functions = p->function_count;
    vif_status status = VIF_E_INTERRUPTED;
    vif_nl_event event;
    vif_nl_msg msg;
    for (int tries = 0; tries < 20 && status == VIF_E_INTERRUPTED; tries++) {
        vif_buf copy = *request;
        p->link_count = links;
        p->fact_count = facts;
        p->function_count = functions;
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

static int by_index(const void *a, const void *b)
{
    const uint32_t i = ((const shown *)a)->index, k = ((const shown *)b)->index;
    return i < k ? -1 : i > k;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const shown *)a)->name, ((const shown *)b)->name);
}

/* While links are sorted by index. NULL for 0, and for an index that is not there. */
static shown *link_at(const picture *p, uint32_t index)
{
    shown key;
    key.index = index;
    return index == 0 || p->link_count == 0 ? NULL
        : (shown *)bsearch(&key, p->links, p->link_count, sizeof key, by_index);
}

static vif_status look(picture *p, vif_error *err)
{
    static unsigned char receive[131072], mem[256];     /* 200 bytes a virtual function */
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
            vif_nl_put_link_dump(&request, VIF_AF_UNSPEC, 0, NULL, VIF_EXT_VF | VIF_EXT_SKIP_STATS);
        } else if (i < 3) {
            vif_nl_put_addr_dump(&request, family, 0);
        } else {
            vif_nl_put_route_dump(&request, family, 0, VIF_TABLE_MAIN);
        }
        status = dump(&nl, &request, p, err);
        if (status == VIF_E_KERNEL &&
            (nl.exchange.error.sys_errno == ENOENT || nl.exchange.error.sys_errno == EOPNOTSUPP)) {
            status = VIF_OK;            /* no table yet, or no IPv6 in this kernel */
        }
    }
    vif_nl_close(&nl);
    return status;
}

/* ---- show: what Open vSwitch has; only this reads whole tables ------------------------------- */

static void take_port(picture *p, vif_ovsdb_value row)
{
    ovs_port *port;
    p->ports = (ovs_port *)need(p->ports, p->port_count + 1, sizeof *p->ports);
    port = &p->ports[p->port_count++];
    memset(port, 0, sizeof *port);
    port->tag = port->ofport = -1;
    vif_ovsdb_uuid(vif_ovsdb_member(row, "_uuid"), port->uuid);
    vif_ovsdb_text(vif_ovsdb_member(row, "name"), port->name, sizeof port->name);
    vif_ovsdb_int(vif_ovsdb_member(row, "tag"), &port->tag);
    vif_ovsdb_text(vif_ovsdb_map_get(vif_ovsdb_member(row, "external_ids"), "vif"), port->vif,
                   sizeof port->vif);
}

static int by_uuid(const void *a, const void *b)
{
    return strcmp(((const ovs_port *)a)->uuid, ((const ovs_port *)b)->uuid);
}

static int by_port_name(const void *a, const void *b)
{
    return strcmp(((const ovs_port *)a)->name, ((const ovs_port *)b)->name);
}

/* While ports are sorted by name. */
static ovs_port *port_named(const picture *p, const char *name)
{
    ovs_port key;
    key.name[0] = '\0';
    vif_cat(key.name, sizeof key.name, name);
    return p->port_count == 0 ? NULL
        : (ovs_port *)bsearch(&key, p->ports, p->port_count, sizeof key, by_port_name);
}

/* What an interface says of itself, to the port of its name. */
static void take_interface(picture *p, vif_ovsdb_value row)
{
    char name[130];
    ovs_port *port;
    vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
    port = port_named(p, name);
    if (port) {
        vif_ovsdb_text(vif_ovsdb_member(row, "type"), port->type, sizeof port->type);
        vif_ovsdb_int(vif_ovsdb_member(row, "ofport"), &port->ofport);
        vif_ovsdb_text(vif_ovsdb_member(row, "error"), port->error, sizeof port->error);
        vif_ovsdb_text(vif_ovsdb_map_get(vif_ovsdb_member(row, "options"), "peer"), port->peer,
                       sizeof port->peer);
    }
}

/* A bridge, and to its ports, sorted by uuid, that they are its own. */
static void take_bridge(picture *p, vif_ovsdb_value row)
{
    vif_ovsdb_iter it = vif_ovsdb_set_of(vif_ovsdb_member(row, "ports"));
    vif_ovsdb_value value;
    ovs_bridge *b;
    ovs_port key;
    p->bridges = (ovs_bridge *)need(p->bridges, p->bridge_count + 1, sizeof *p->bridges);
    b = &p->bridges[p->bridge_count++];
    vif_ovsdb_text(vif_ovsdb_member(row, "name"), b->name, sizeof b->name);
    vif_ovsdb_text(vif_ovsdb_member(row, "datapath_type"), b->datapath, sizeof b->datapath);
    while (vif_ovsdb_next(&it, NULL, &value)) {
        ovs_port *port = !vif_ovsdb_uuid(value, key.uuid) || p->port_count == 0 ? NULL
            : (ovs_port *)bsearch(&key, p->ports, p->port_count, sizeof key, by_uuid);
        if (port) {
            port->bridge = p->bridge_count;
        }
    }
}

static void take_rows(picture *p, vif_ovsdb_event *reply, int operation,
                      void (*take_row)(picture *p, vif_ovsdb_value row))
{
    vif_ovsdb_iter rows = vif_ovsdb_rows(reply, operation);
    vif_ovsdb_value row;
    while (vif_ovsdb_next(&rows, NULL, &row)) {
        take_row(p, row);
    }
}

static vif_status look_at_ovs(const vifctl *ctl, picture *p, vif_error *err)
{
    static vif_ovsdb db;
    static char request[1024];
    static const char *const columns[3][7] = {
        {"Port", "_uuid", "name", "tag", "external_ids", NULL},
        {"Interface", "name", "type", "ofport", "error", "options", NULL},
        {"Bridge", "name", "datapath_type", "ports", NULL}};
    vif_ovsdb_txn txn;
    vif_ovsdb_event reply;
    vif_status status;
    vif_ovsdb_begin(&txn, request, sizeof request, "Open_vSwitch");
    for (int i = 0; i < 3; i++) {
        vif_ovsdb_select(&txn, columns[i][0]);
        for (int k = 1; columns[i][k]; k++) {
            vif_ovsdb_column(&txn, columns[i][k]);
        }
    }
    status = open_ovsdb(ctl, &db, err)
                 ? vif_ovsdb_call(&db, &txn, now_ms(NULL) + OVSDB_MS, &reply, err) : err->status;
    if (status == VIF_OK) {
        take_rows(p, &reply, 0, take_port);
        qsort(p->ports, p->port_count, sizeof *p->ports, by_port_name);
        take_rows(p, &reply, 1, take_interface);
        qsort(p->ports, p->port_count, sizeof *p->ports, by_uuid);
        take_rows(p, &reply, 2, take_bridge);
        qsort(p->ports, p->port_count, sizeof *p->ports, by_port_name);
    }
    vif_ovsdb_close(&db);
    return status;
}

/* ---- show: which of it is asked for ---------------------------------------------------------- */

/* Whether one of the names is asked for, or none in particular. */
static bool is_wanted(const picture *p, const char *name, const char *vif)
{
    for (size_t i = 0; i < p->name_count; i++) {
        const size_t len = strlen(p->names[i]), vif_len = strlen(vif);
        if (strcmp(name, p->names[i]) == 0 || strcmp(vif, p->names[i]) == 0 ||
            (vif_len > len && vif[vif_len - len - 1] == ':' &&
             strcmp(vif + vif_len - len, p->names[i]) == 0)) {
            return true;
        }
    }
    return p->name_count == 0;
}

static bool port_wanted(const picture *p, const ovs_port *port)
{
    const ovs_bridge *b = &p->bridges[port->bridge - 1];
    return is_wanted(p, port->name, port->vif) || is_wanted(p, b->name, "");
}

static bool bridge_wanted(const picture *p, size_t number)
{
    bool wanted = is_wanted(p, p->bridges[number - 1].name, "");
    for (const ovs_port *port = p->ports; port < p->ports + p->port_count; port++) {
        wanted = wanted || (port->bridge == number && port_wanted(p, port));
    }
    return wanted;
}

static bool number_of(const char *text, const char *end, int64_t *number)
{
    return end > text && vif_int_parse(text, (size_t)(end - text), number);
}

/* Which function a link stands for: the numbers of "pf0vf1", or of "c0pf0vf1"; another machine's
 * function has another controller. */
static bool stands_for(const shown *s, int64_t *pf, int64_t *vf)
{
    const char *at = strncmp(s->card_port, "c0", 2) == 0 ? s->card_port + 2 : s->card_port;
    const char *middle = strstr(at, "vf");
    return strncmp(at, "pf", 2) == 0 && middle && number_of(at + 2, middle, pf) &&
           number_of(middle + 2, at + strlen(at), vf);
}

/* The representor of a physical function's virtual function, or NULL: of the same card, and where
 * the card has several physical functions, of the one whose port is so numbered. */
static shown *representor(const picture *p, const shown *physical, uint32_t number)
{
    const char *name = physical->card_port;
    int64_t port, pf, vf;
    const bool numbered = *name == 'p' && number_of(name + 1, name + strlen(name), &port);
    for (shown *s = p->links; s < p->links + p->link_count; s++) {
        if (s->card[0] && memcmp(s->card, physical->card, sizeof s->card) == 0 &&
            stands_for(s, &pf, &vf) && vf == number &&
            (!numbered || port == pf)) {
            return s;
        }
    }
    return NULL;
}

/* A physical function is drawn with its representors: if it is asked for, or one of them is. */
static void mark_cards(picture *p)
{
    for (shown *s = p->links; s < p->links + p->link_count; s++) {
        bool wanted = s->functions > 0 && (s->drawn || is_wanted(p, s->name, s->vif));
        for (uint32_t n = 0; n < s->functions; n++) {
            const shown *r = representor(p, s, n);
            wanted = wanted || (r && r->drawn);
        }
        s->drawn = s->drawn || wanted;
        for (uint32_t n = 0; n < s->functions && s->drawn; n++) {
            shown *r = representor(p, s, n);
            if (r) {
                r->drawn = true;
            }
        }
    }
}

/* Marks what is drawn: bridges and their ports, VIFs' links, and, of names, what they name. */
static void mark(picture *p)
{
    for (shown *s = p->links; s < p->links + p->link_count; s++) {
        shown *master = link_at(p, s->master);
        const bool wanted = is_wanted(p, s->name, s->vif);
        s->port = master && strcmp(master->kind, "bridge") == 0;
        if (s->port && (wanted || is_wanted(p, master->name, master->vif))) {
            s->drawn = master->drawn = true;
        } else if (wanted && (s->vif[0] || strcmp(s->kind, "bridge") == 0 || p->name_count > 0)) {
            s->drawn = true;
        }
    }
    mark_cards(p);
    for (const shown *s = p->links; s < p->links + p->link_count; s++) {
        const int width = (int)strlen(s->name) + (s->port ? 3 : 0);
        p->width = s->drawn && width > p->width ? width : p->width;
    }
}

/* The first name that is nothing's, or NULL. */
static const char *unknown_name(const picture *p)
{
    for (size_t i = 0; i < p->name_count; i++) {
        picture one = *p;
        bool found = false;
        one.names = p->names + i;
        one.name_count = 1;
        for (const shown *s = p->links; s < p->links + p->link_count && !found; s++) {
            found = is_wanted(&one, s->name, s->vif);
        }
        for (size_t b = 1; b <= p->bridge_count && !found; b++) {
            found = bridge_wanted(&one, b);
        }
        if (!found) {
            return p->names[i];
        }
    }
    return NULL;
}

/* ---- show: as text --------------------------------------------------------------------------- */

static void format_fact(const fact *f, char buf[116])
{
    buf[0] = '\0';
    if (f->route && f->ip.prefix == 0) {
        vif_cat(buf, 116, "default");
    } else {
        vif_ip_format(&f->ip, f->ip.prefix < f->ip.len * 8, buf);
    }
    if (f->has_gateway) {
        vif_cat(buf, 116, " via ");
        vif_ip_format(&f->gateway, false, buf + strlen(buf));
    }
}

static void put_facts(const picture *p, const shown *s, const char *indent)
{
    char buf[116];
    for (int route = 0; route < 2; route++) {
        for (const fact *f = p->facts; f < p->facts + p->fact_count; f++) {
            if (f->index == s->index && f->route == (route == 1)) {
                format_fact(f, buf);
                printf("%s%s %s\n", indent, route ? "route" : "address", buf);
            }
        }
    }
}

static void put_functions(const picture *p, const shown *s, const char *indent)
{
    char mac[18];
    for (const function *f = p->functions; f < p->functions + p->function_count; f++) {
        const shown *r = f->index == s->index ? representor(p, s, f->vf.number) : NULL;
        if (f->index != s->index) {
            continue;
        }
        vif_mac_format(f->vf.mac, mac);
        printf("%sfunction %lu  %s", indent, (unsigned long)f->vf.number, mac);
        if (f->vf.vlan != 0) {
            printf("  VLAN %lu", (unsigned long)f->vf.vlan);
        }
        printf(r ? "  representor %s\n" : "\n", r ? r->name : "");
    }
}

static const char *name_at(const picture *p, uint32_t index)
{
    for (const shown *s = p->links; s < p->links + p->link_count && index != 0; s++) {
        if (s->index == index) {
            return s->name;
        }
    }
    return "";
}

static bool is_pair(const shown *s)
{
    return strcmp(s->kind, "veth") == 0 || strcmp(s->kind, "netkit") == 0;
}

/* branch comes before the link's name, indent before its addresses and routes. */
static void put_link(picture *p, const shown *s, const char *branch, const char *indent)
{
    const char *lower = name_at(p, s->lower);
    const char *relation = is_pair(s) ? "  peer " : "  over ";
    printf("%s%-*s  %-6s  %-4s  mtu %-5lu  %s%s%s", branch, p->width - (*branch ? 3 : 0),
           s->name, s->kind[0] ? s->kind : "-", s->flags & VIF_IFF_UP ? "up" : "down",
           (unsigned long)s->mtu, s->mac, *lower || s->far_lower ? relation : "", lower);
    if (s->far_lower) {
        printf("link %lu of namespace %ld", (unsigned long)s->far_lower,
               (long)(int32_t)s->far_netns);
    }
    if (s->vlan) {
        printf("  VLAN %u", (unsigned)s->vlan);
    }
    if (*s->card_port) {
        printf("  port %s", s->card_port);
    }
    printf(!s->vif[0] ? "\n" : strcmp(s->owner, "local") ? "  %s%s (%s)\n" : "  %s%s\n",
           strcmp(s->vif, "shared") == 0 ? "" : "VIF ", s->vif, s->owner);
    put_functions(p, s, indent);
    put_facts(p, s, indent);
    p->any = true;
}

/* In ASCII and in UTF-8, of a port and of the last one. */
static const char *const branches[2][2] = {{"|- ", "`- "}, {"├─ ", "└─ "}};

/* A bridge with its ports, or a link that is not a port of one. */
static void put_root(picture *p, const shown *root)
{
    const shown *s = p->links, *last = NULL;
    for (; s < p->links + p->link_count; s++) {
        last = s->drawn && s->port && s->master == root->index ? s : last;
    }
    put_link(p, root, "", !last ? "   " : p->utf8 ? "│  " : "|  ");
    for (s = p->links; last && s <= last; s++) {
        if (s->drawn && s->port && s->master == root->index) {
            put_link(p, s, branches[p->utf8][s == last],
                     s == last ? "      " : p->utf8 ? "│     " : "|     ");
        }
    }
}

static void put_ovs_port(const ovs_port *port, const char *branch)
{
    fputs(branch, stdout);
    put_plain(stdout, port->name);
    fputs("  ", stdout);
    put_plain(stdout, port->type[0] ? port->type : "system");
    if (port->ofport >= 0) {
        printf("  port %lld", (long long)port->ofport);
    }
    fputs(port->error[0] ? "  " : "", stdout);
    put_plain(stdout, port->error);
    if (port->tag >= 0) {
        printf("  tag %lld", (long long)port->tag);
    }
    fputs(port->vif[0] ? "  " : "", stdout);
    put_plain(stdout, port->vif);
    putchar('\n');
}

static void put_ovs_bridge(picture *p, size_t number)
{
    const ovs_bridge *b = &p->bridges[number - 1];
    const ovs_port *last = NULL, *port = p->ports;
    put_plain(stdout, b->name);
    fputs("  Open vSwitch  ", stdout);
    put_plain(stdout, b->datapath[0] ? b->datapath : "system");
    putchar('\n');
    for (; port < p->ports + p->port_count; port++) {
        last = port->bridge == number && port_wanted(p, port) ? port : last;
    }
    for (port = p->ports; last && port <= last; port++) {
        if (port->bridge == number && port_wanted(p, port)) {
            put_ovs_port(port, branches[p->utf8][port == last]);
        }
    }
    p->any = true;
}

static void put_tree(picture *p)
{
    for (const shown *s = p->links; s < p->links + p->link_count; s++) {
        if (s->drawn && !s->port) {
            put_root(p, s);
        }
    }
    for (size_t number = 1; number <= p->bridge_count; number++) {
        if (bridge_wanted(p, number)) {
            put_ovs_bridge(p, number);
        }
    }
    if (!p->any) {
        puts("no bridge, no VIF");
    }
}

/* ---- show: as JSON --------------------------------------------------------------------------- */

static void put_facts_json(const picture *p, const shown *s, bool route)
{
    const char *before = route ? ",\"routes\":[{" : ",\"addresses\":[{";
    char buf[116];
    for (const fact *f = p->facts; f < p->facts + p->fact_count; f++) {
        if (f->index == s->index && f->route == route) {
            buf[0] = '\0';
            vif_ip_format(&f->ip, false, buf);
            put_member(before, route ? "destination" : "address", buf);
            put_number("prefix", f->ip.prefix, true);
            buf[0] = '\0';
            if (route && f->has_gateway) {
                vif_ip_format(&f->gateway, false, buf);
            }
            if (route) {
                put_member(",", "gateway", f->has_gateway ? buf : NULL);
            }
            putchar('}');
            before = ",{";
        }
    }
    fputs(before[1] == '{' ? "]" : route ? ",\"routes\":[]" : ",\"addresses\":[]", stdout);
}

static void put_functions_json(const picture *p, const shown *s)
{
    const char *before = ",\"functions\":[{";
    char mac[18];
    for (const function *f = p->functions; f < p->functions + p->function_count; f++) {
        const shown *r = f->index == s->index ? representor(p, s, f->vf.number) : NULL;
        if (f->index == s->index) {
            vif_mac_format(f->vf.mac, mac);
            put_member(before, "mac", mac);
            put_number("number", f->vf.number, true);
            put_number("vlan", f->vf.vlan, f->vf.vlan != 0);
            put_member(",", "representor", r ? r->name : NULL);
            putchar('}');
            before = ",{";
        }
    }
    fputs(before[1] == '{' ? "]" : ",\"functions\":[]", stdout);
}

static void put_link_json(picture *p, const shown *s)
{
    put_member(p->any ? ",\n {" : "\n {", "name", s->name);
    put_number("index", s->index, true);
    put_member(",", "kind", s->kind[0] ? s->kind : NULL);
    put_number("master", s->master, s->master != 0);
    put_number("lower", s->lower, s->lower != 0);
    put_number("far_lower", s->far_lower, s->far_lower != 0);
    put_number("far_netns", (int32_t)s->far_netns, s->far_lower != 0);
    put_number("vlan", s->vlan, s->vlan != 0);
    put_member(",", "mac", s->mac[0] ? s->mac : NULL);
    put_number("mtu", s->mtu, true);
    put_bool("up", s->flags & VIF_IFF_UP);
    put_member(",", "owner", s->vif[0] ? s->owner : NULL);
    put_member(",", "vif", s->vif[0] ? s->vif : NULL);
    put_member(",", "card_port", s->card_port[0] ? s->card_port : NULL);
    put_functions_json(p, s);
    put_facts_json(p, s, false);
    put_facts_json(p, s, true);
    putchar('}');
    p->any = true;
}

static void put_ports_json(const picture *p, size_t number)
{
    const char *before = ",\"ports\":[";
    for (const ovs_port *port = p->ports; port < p->ports + p->port_count; port++) {
        if (port->bridge == number && port_wanted(p, port)) {
            fputs(before, stdout);
            put_member("\n  {", "name", port->name);
            put_member(",", "type", port->type);
            put_number("ofport", port->ofport, port->ofport >= 0);
            put_number("tag", port->tag, port->tag >= 0);
            put_member(",", "error", port->error[0] ? port->error : NULL);
            put_member(",", "peer", port->peer[0] ? port->peer : NULL);
            put_member(",", "vif", port->vif[0] ? port->vif : NULL);
            putchar('}');
            before = ",";
        }
    }
    fputs(before[1] ? ",\"ports\":[]}" : "]}", stdout);
}

static void put_picture_json(picture *p)
{
    fputs("{\"status\":\"done\",\"links\":[", stdout);
    for (const shown *s = p->links; s < p->links + p->link_count; s++) {
        if (s->drawn) {
            put_link_json(p, s);
        }
    }
    fputs("],\"bridges\":[", stdout);
    p->any = false;
    for (size_t number = 1; number <= p->bridge_count; number++) {
        if (bridge_wanted(p, number)) {
            const ovs_bridge *b = &p->bridges[number - 1];
            put_member(p->any ? ",\n {" : "\n {", "name", b->name);
            put_member(",", "datapath_type", b->datapath);
            put_ports_json(p, number);
            p->any = true;
        }
    }
    puts("]}");
}

/* ---- show: as a picture ---------------------------------------------------------------------- */

/* What stands in a quoted string of the language of dot. */
static void put_dot(const char *before, const char *text)
{
    fputs(before, stdout);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            printf("\\%c", *text);
        } else if (*text >= ' ' && *text <= '~') {
            putchar(*text);
        } else {
            printf("\\\\x%02x", (unsigned)(unsigned char)*text);
        }
    }
}

/* A node, with all that is known of the link in its label, in which \n ends a line. */
static void put_dot_link(const picture *p, const shown *s)
{
    const shown *master = NULL;
    const bool shared = strcmp(s->vif, "shared") == 0;
    char buf[116];
    for (const shown *m = p->links; m < p->links + p->link_count; m++) {
        master = s->port && m->index == s->master ? m : master;
    }
    put_dot("    \"", s->name);
    put_dot("\" [label=\"", s->name);
    put_dot("\\n", s->kind[0] ? s->kind : "device");
    printf(", mtu %lu%s", (unsigned long)s->mtu, s->flags & VIF_IFF_UP ? "" : ", down");
    if (master && strcmp(master->vif, "shared") == 0 && !s->vif[0] && strcmp(s->kind, "tap") != 0) {
        fputs(", uplink", stdout);
    }
    if (s->vif[0] && !shared) {
        put_dot("\\nVIF ", s->vif);
    }
    for (const fact *f = p->facts; f < p->facts + p->fact_count; f++) {
        if (f->index == s->index) {
            format_fact(f, buf);
            printf("\\n%s%s", f->route ? "route " : "", buf);
        }
    }
    printf("\" fillcolor=\"%s\"];\n", strcmp(s->kind, "bridge") == 0 ? "#cfe2f3"
                                      : s->vif[0] ? "#d9ead3" : "#fff2cc");
}

/* To its master, and to its peer or lower device, also where that is in another namespace, of which
 * only a number is seen; of a pair the line is drawn once. */
static void put_dot_edges(const picture *p, const shown *s)
{
    if (s->far_lower) {
        put_dot("    \"", s->name);
        printf("\" -- \"link %lu of namespace %ld\" [style=dotted label=\"%s\"];\n",
               (unsigned long)s->far_lower, (long)(int32_t)s->far_netns,
               is_pair(s) ? s->kind : "over");
    }
    for (const shown *o = p->links; o < p->links + p->link_count; o++) {
        const bool pair = o->lower == s->index && s->lower == o->index;
        const bool below = s->lower == o->index && s->lower != 0 && !(pair && o->index < s->index);
        if (o->drawn && o != s && ((s->port && s->master == o->index) || below)) {
            put_dot("    \"", s->name);
            put_dot("\" -- \"", o->name);
            if (below) {
                printf("\" [style=%s label=\"%s\"];\n", pair ? "dashed" : "dotted",
                       pair ? s->kind : "over");
            } else {
                puts("\";");
            }
        }
    }
}

/* From a physical function to the representors of its virtual ones. */
static void put_dot_functions(const picture *p, const shown *s)
{
    for (uint32_t n = 0; n < s->functions; n++) {
        const shown *r = representor(p, s, n);
        if (r) {
            put_dot("    \"", s->name);
            put_dot("\" -- \"", r->name);
            printf("\" [style=dotted label=\"function %lu\"];\n", (unsigned long)n);
        }
    }
}

static shown *link_of_port(const picture *p, const ovs_port *port)
{
    char name[64] = "";
    escape(name, sizeof name, port->name, strlen(port->name));
    for (shown *s = p->links; s < p->links + p->link_count; s++) {
        if (strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

/* A port that is no link of the kernel's has a node of its own. */
static void put_dot_port(const picture *p, const ovs_port *port)
{
    const ovs_bridge *b = &p->bridges[port->bridge - 1];
    const bool own = !link_of_port(p, port);
    if (strcmp(port->name, b->name) == 0) {
        return;
    }
    if (own) {
        put_dot("    \"port ", port->name);
        put_dot("\" [label=\"", port->name);
        put_dot("\\n", port->type[0] ? port->type : "system");
        puts("\"];");
    }
    put_dot(own ? "    \"port " : "    \"", port->name);
    put_dot("\" -- \"switch ", b->name);
    printf("\" [label=\"");
    if (port->ofport >= 0) {
        printf("port %lld", (long long)port->ofport);
    }
    if (port->tag >= 0) {
        printf("\\ntag %lld", (long long)port->tag);
    }
    put_dot(port->error[0] ? "\\n" : "", port->error);
    puts("\"];");
    if (port->peer[0] && strcmp(port->name, port->peer) < 0) {
        put_dot("    \"port ", port->name);
        put_dot("\" -- \"port ", port->peer);
        puts("\" [style=dashed label=\"patch\"];");
    }
}

static void put_picture_dot(picture *p)
{
    for (const ovs_port *port = p->ports; port < p->ports + p->port_count; port++) {
        shown *s = link_of_port(p, port);
        if (s && port->bridge && strcmp(port->name, p->bridges[port->bridge - 1].name) != 0) {
            s->drawn = s->drawn || port_wanted(p, port);
        }
    }
    for (const shown *s = p->links; s < p->links + p->link_count; s++) {
        for (shown *o = p->links; o < p->links + p->link_count && s->drawn; o++) {
            o->drawn = o->drawn || (s->lower != 0 && s->lower == o->index);
        }
    }
    puts("graph host {\n    rankdir=LR;\n    node [shape=box style=\"rounded,filled\" "
         "fillcolor=white fontname=\"sans-serif\" fontsize=10];\n"
         "    edge [fontname=\"sans-serif\" fontsize=9];");
    for (const shown *s = p->links; s < p->links + p->link_count; s++) {
        if (s->drawn) {
            put_dot_link(p, s);
            put_dot_edges(p, s);
            put_dot_functions(p, s);
        }
    }
    for (size_t number = 1; number <= p->bridge_count; number++) {
        const ovs_bridge *b = &p->bridges[number - 1];
        if (bridge_wanted(p, number)) {
            put_dot("    \"switch ", b->name);
            put_dot("\" [label=\"", b->name);
            put_dot("\\nOpen vSwitch, ", b->datapath[0] ? b->datapath : "system");
            puts("\" fillcolor=\"#ead1dc\"];");
        }
    }
    for (const ovs_port *port = p->ports; port < p->ports + p->port_count; port++) {
        if (port->bridge && port_wanted(p, port)) {
            put_dot_port(p, port);
        }
    }
    puts("}");
}

/* ---- show: the whole ------------------------------------------------------------------------- */

static bool locale_is_utf8(void)
{
    const char *locale = getenv("LC_ALL");
    locale = locale && *locale ? locale : getenv("LC_CTYPE");
    locale = locale && *locale ? locale : getenv("LANG");
    return locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8"));
}

static int put_picture(vifctl *ctl, picture *p)
{
    vif_error err;
    const char *unknown = unknown_name(p);
    if (unknown) {
        ctl->subject = unknown;
        set_error(&err, VIF_E_NO_INTERFACE, 0, "", "no such link, no such VIF");
        return fail(ctl, &err);
    }
    qsort(p->links, p->link_count, sizeof *p->links, by_index);
    mark(p);
    qsort(p->links, p->link_count, sizeof *p->links, by_name);
    (ctl->dot ? put_picture_dot : ctl->json ? put_picture_json : put_tree)(p);
    return EXIT_DONE;
}

static int run_show(vifctl *ctl)
{
    picture p;
    vif_error err;
    int result = EXIT_REFUSED;
    memset(&p, 0, sizeof p);
    p.utf8 = locale_is_utf8();
    p.name_count = (size_t)ctl->operand_count;
    p.names = (char (*)[256])need(NULL, p.name_count + 1, sizeof *p.names);
    for (size_t i = 0; i < p.name_count; i++) {
        p.names[i][0] = '\0';
        escape(p.names[i], sizeof *p.names, ctl->operands[i], strlen(ctl->operands[i]));
    }
    if (look(&p, &err) != VIF_OK ||
        (ctl->options.ovsdb_connection && look_at_ovs(ctl, &p, &err) != VIF_OK)) {
        result = fail(ctl, &err);
    } else {
        result = put_picture(ctl, &p);
    }
    free(p.links);
    free(p.facts);
    free(p.functions);
    free(p.bridges);
    free(p.ports);
    free(p.names);
    return result;
}

/* ---- net ------------------------------------------------------------------------------------- */

static vif_status idle_networks(vif_host *host, vif_found *out, size_t cap, size_t *count,
                                vif_error *err)
{
    const vif_gc_networks_desc desc = {out, cap, true};
    return vif_gc_networks(host, &desc, count, err);
}

/* Those that have got a port since they were listed stay. */
static int run_net_gc(vifctl *ctl)
{
    vif_gc_networks_desc desc;
    vif_error err;
    size_t count;
    if (!open_host(ctl, &err) || !find_all(ctl, idle_networks, &err)) {
        return fail(ctl, &err);
    }
    desc.out = ctl->found;
    desc.cap = ctl->found_count;
    desc.dry = false;
    if (!ctl->dry && vif_gc_networks(&ctl->host, &desc, &count, &err) != VIF_OK) {
        return fail(ctl, &err);
    }
    ctl->found_count = ctl->dry || count > ctl->found_count ? ctl->found_count : count;
    for (size_t i = 0; i < ctl->found_count; i++) {
        puts(ctl->found[i].name);
    }
    return EXIT_DONE;
}

/* vifctl net vlan-ensure '{"master":"backplane","vlan":100}': arguments as they are, or a file of
 * them. */
static int run_net(vifctl *ctl)
{
    const char *given = ctl->operands[1];
    input t = {NULL, 0, 0};
    vif_net_command command;
    vif_error err;
    char out[65];
    const bool json = *given == '{' || *given == '[';
    bool good = json || read_file(ctl, given, &t, &err);
    command.name = ctl->operands[0];
    command.args = json ? given : t.at;
    command.len = json ? strlen(given) : t.len;
    make_subjects(ctl, 1);
    good = good && open_host(ctl, &err) && vif_net_run(&ctl->host, &command, out, &err) == VIF_OK;
    free(t.at);
    if (!good) {
        return fail(ctl, &err);
    }
    if (*out) {
        puts(out);
    }
    return EXIT_DONE;
}

/* ---- switch ---------------------------------------------------------------------------------- */

/* Objects, a line each; with --json a list of them in one object. */
static void begin_list(const vifctl *ctl, const char *name)
{
    if (ctl->json) {
        put_member("{", "status", "done");
        printf(",\"%s\":[", name);
    }
}

static void begin_item(const vifctl *ctl, bool first)
{
    fputs(!ctl->json ? "" : first ? "\n " : ",\n ", stdout);
}

static void end_item(const vifctl *ctl)
{
    fputs(ctl->json ? "" : "\n", stdout);
}

static void end_list(const vifctl *ctl)
{
    fputs(ctl->json ? "]}\n" : "", stdout);
}

/* Where one can't be read the others are told, but for --json, whose object begins with the
 * status. */
static bool find_switches(vifctl *ctl, vif_switches *all, vif_error *err)
{
    return vif_switch_list(&ctl->host, &ctl->arena, all, err) == VIF_OK ||
        (!ctl->json && all->count > 0);
}

static int list_switches(vifctl *ctl, vif_error *err)
{
    vif_switches all;
    err->status = VIF_OK;
    if (!find_switches(ctl, &all, err)) {
        return fail(ctl, err);
    }
    begin_list(ctl, "switches");
    for (size_t i = 0; i < all.count; i++) {
        const size_t len = vif_switch_encode(&all.items[i], NULL, 0);
        char *text = (char *)need(NULL, len + 1, 1);
        (void)vif_switch_encode(&all.items[i], text, len + 1);
        begin_item(ctl, i == 0);
        put_json(text, len);
        end_item(ctl);
        free(text);
    }
    end_list(ctl);
    return err->status == VIF_OK ? EXIT_DONE : fail(ctl, err);
}

/* Those of the host itself are left out. */
static int list_groups(vifctl *ctl, vif_error *err)
{
    vif_switches all;
    bool first = true;
    err->status = VIF_OK;
    if (!find_switches(ctl, &all, err)) {
        return fail(ctl, err);
    }
    begin_list(ctl, "port_groups");
    for (const vif_switch *sw = all.items; sw < all.items + all.count; sw++) {
        for (const vif_port_group *g = sw->groups; g < sw->groups + sw->group_count; g++) {
            if (g->management != VIF_TRUE) {
                begin_item(ctl, first);
                put_member("{", "port_group", g->name);
                put_number("vlan", g->vlan.value, g->vlan.state == VIF_STATE_SET);
                put_member(",", "switch", sw->name);
                putchar('}');
                end_item(ctl);
                first = false;
            }
        }
    }
    end_list(ctl);
    return err->status == VIF_OK ? EXIT_DONE : fail(ctl, err);
}

static int list_ports(vifctl *ctl, vif_error *err)
{
    static const char *const roles[] = {"vif", "uplink", "host", "foreign"};
    vif_switch_ports ports;
    if (vif_switch_port_list(&ctl->host, &ctl->arena, ctl->operands[1], &ports, err) != VIF_OK) {
        return fail(ctl, err);
    }
    begin_list(ctl, "ports");
    for (const vif_switch_port *p = ports.items; p < ports.items + ports.count; p++) {
        begin_item(ctl, p == ports.items);
        put_member("{", "port", p->name);
        put_member(",", "role", roles[p->role]);
        put_member(",", "vif", *p->id ? p->id : NULL);
        put_member(",", "port_group", *p->group ? p->group : NULL);
        put_member(",", "mac", *p->mac ? p->mac : NULL);
        putchar('}');
        end_item(ctl);
    }
    end_list(ctl);
    return EXIT_DONE;
}

static int list_nics(vifctl *ctl, vif_error *err)
{
    enum { MOST = 256 };
    vif_physical_nic *nics = (vif_physical_nic *)vif_arena_alloc(&ctl->arena, MOST * sizeof *nics);
    size_t count = 0;
    if (!nics || vif_switch_nics(&ctl->host, nics, MOST, &count, err) != VIF_OK) {
        return fail(ctl, err);
    }
    begin_list(ctl, "nics");
    for (const vif_physical_nic *n = nics; n < nics + (count < MOST ? count : MOST); n++) {
        char mac[18];
        vif_mac_format(n->mac, mac);
        begin_item(ctl, n == nics);
        put_member("{", "name", n->name);
        put_member(",", "mac", mac);
        put_member(",", "pci_address", *n->pci_address ? n->pci_address : NULL);
        put_member(",", "driver", *n->driver ? n->driver : NULL);
        put_number("speed_mbps", n->speed_mbps, n->speed_mbps != 0);
        put_bool("up", n->up);
        put_bool("carrier", n->carrier);
        put_member(",", "switch", *n->used_by ? n->used_by : NULL);
        putchar('}');
        end_item(ctl);
    }
    end_list(ctl);
    return EXIT_DONE;
}

/* The switch of a text or a file, or by its name. */
static int change_switch(vifctl *ctl, const char *word, vif_error *err)
{
    const char *given = ctl->operands[1];
    input t = {NULL, 0, 0};
    const bool json = *given == '{';
    vif_status status;
    vif_switch sw;
    if (strcmp(word, "undefine") == 0) {
        return vif_switch_undefine(&ctl->host, given, err) == VIF_OK ? EXIT_DONE : fail(ctl, err);
    }
    if (!json && !read_file(ctl, given, &t, err)) {
        free(t.at);
        return fail(ctl, err);
    }
    status = vif_switch_decode(&ctl->arena, json ? given : t.at, json ? strlen(given) : t.len, &sw,
                               err);
    free(t.at);
    if (status == VIF_OK) {
        status = strcmp(word, "define") == 0 ? vif_switch_define(&ctl->host, &sw, err)
               : vif_switch_edit(&ctl->host, &sw, err);
    }
    return status == VIF_OK ? EXIT_DONE : fail(ctl, err);
}

static int run_switch(vifctl *ctl)
{
    const char *word = ctl->operands[0];
    vif_error err;
    if (!open_host(ctl, &err)) {
        return fail(ctl, &err);
    }
    return strcmp(word, "list") == 0 ? list_switches(ctl, &err)
         : strcmp(word, "groups") == 0 ? list_groups(ctl, &err)
         : strcmp(word, "ports") == 0 ? list_ports(ctl, &err)
         : strcmp(word, "nics") == 0 ? list_nics(ctl, &err) : change_switch(ctl, word, &err);
}

/* ---- ovs: an OVSDB by hand ------------------------------------------------------------------- */

static void put_value(vif_ovsdb_value value)
{
    put_json(value.text, value.len);
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

static bool send_operations(vif_ovsdb *db, const char *text, size_t len, vif_ovsdb_event *reply,
                            vif_error *err)
{
    static const char head[] = "[\"Open_vSwitch\",";
    const int count = count_operations(text, len, err);
    const vif_ovsdb_value ops = vif_ovsdb_view(text, len);
    const size_t list = vif_ovsdb_type(ops) == VIF_JSON_ARRAY ? 1 : 0;
    const int64_t end = now_ms(NULL) + OVSDB_MS;
    int64_t id = 0;
    char *params;
    bool good;
    if (count == 0) {
        return false;
    }
    params = (char *)need(NULL, sizeof head + ops.len + 1, 1);
    memcpy(params, head, sizeof head - 1);
    memcpy(params + sizeof head - 1, ops.text + list, ops.len - 2 * list);
    memcpy(params + sizeof head - 1 + ops.len - 2 * list, "]", 2);
    good = vif_ovsdb_ready(db, end, err) == VIF_OK &&
           vif_ovsdb_send(db, "transact", params, &id, err) == VIF_OK &&
           vif_ovsdb_await(db, id, end, reply, err) == VIF_OK &&
           vif_ovsdb_check(reply, count, err) == VIF_OK;
    free(params);
    return good;
}

/* vifctl ovs transact OPERATIONS.json: a JSON list of operations (RFC 7047 section 5.2), or one. */
static int ovs_transact(vifctl *ctl, vif_ovsdb *db, vif_error *err)
{
    input t = {NULL, 0, 0};
    vif_ovsdb_event reply;
    const bool good = read_file(ctl, ctl->operands[1], &t, err) &&
                      send_operations(db, t.at, t.len, &reply, err);
    free(t.at);
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
    static vif_ovsdb db;
    vif_error err;
    const char verb = ctl->operands[0][0];
    const int result = !open_ovsdb(ctl, &db, &err) ? fail(ctl, &err)
                       : (verb == 't' ? ovs_transact : verb == 's' ? ovs_select : ovs_monitor)(
                             ctl, &db, &err);
    vif_ovsdb_close(&db);
    return result;
}

/* ---- help ------------------------------------------------------------------------------------ */

#define KEY_NUMBER "NUMBER"
#define KEY_MAYBE "NUMBER"
#define KEY_RATE "NUMBER"
#define KEY_LIMIT "NUMBER"
#define KEY_DROP_ACTION "DROP|REJECT"
#define KEY_OVS_WAIT "committed|applied|ready"
#define KEY_LINK_STATE "auto|enable|disable"
#define KEY_TEXT "TEXT"
#define KEY_SWITCH "SWITCH"
#define KEY_ROW(name, kind) {#name, KEY_##kind},
static const struct { const char *name, *kind; } keys[] = {VIF_OPTION_MAP(KEY_ROW)};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

/* Prints words up to that column; lines that follow are indented. */
static int put_wrapped(const char *words, int column, int indent)
{
    while (*words) {
        const int len = (int)strcspn(words, " ");
        if (column + len > 79 && column > indent) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        printf("%.*s", len, words);
        column += len;
        words += len;
        if (*words == ' ') {
            words++;
            column += column < 79;
            fputs(column <= 79 && (int)strcspn(words, " ") + column <= 79 ? " " : "", stdout);
        }
    }
    return column;
}

/* vifctl VERB [-a] [-b VALUE]... OPERANDS, on one line: a test looks for it in the manual page. */
static void put_synopsis(const command *c)
{
    printf("vifctl %s", c->name);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &options[i];
        if (strchr(c->options, o->letter)) {
            printf(" [-%c%s%s]%s", o->letter, o->value ? " " : "", o->value ? o->value : "",
                   strchr("cIm", o->letter) ? "..." : "");
        }
    }
    printf("%s%s\n", c->operands[0] ? " " : "", c->operands);
}

static bool takes(const command *c, const option *o)
{
    return o->letter == 'h' || strchr(c->options, o->letter);
}

static void put_command_help(const command *c)
{
    fputs("usage: ", stdout);
    put_synopsis(c);
    printf("\nvifctl %s ", c->name);
    put_wrapped(c->help, (int)strlen(c->name) + 8, 0);
    puts(".");
    put_wrapped(c->more ? c->more : "", 0, 0);
    puts(c->more ? "\n" : "");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &options[i];
        if (takes(c, o)) {
            const int column = printf("  -%c, --%s%s%s", o->letter, o->name, o->value ? " " : "",
                                      o->value ? o->value : "");
            printf("%*s%s\n", column < 30 ? 30 - column : 2, "", o->help);
        }
    }
    if (strchr(c->options, 'c')) {
        puts("\nKEY=VALUE (vif.h and vifctl(1) say what they mean):");
        for (int i = 0; i < KEY_COUNT; i++) {
            printf("  %s=%s\n", keys[i].name, keys[i].kind);
        }
    }
}

/* verb NAME SYNOPSIS; option VERB LETTER NAME VALUE; key NAME KIND: by tabs. */
static void put_words(void)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const command *c = &commands[i];
        printf("verb\t%s\t", c->name);
        put_synopsis(c);
        for (int k = 0; k < OPTION_COUNT; k++) {
            if (takes(c, &options[k])) {
                printf("option\t%s\t-%c\t--%s\t%s\n", c->name, options[k].letter, options[k].name,
                       options[k].value ? options[k].value : "");
            }
        }
    }
    for (int i = 0; i < KEY_COUNT; i++) {
        printf("key\t%s\t%s\n", keys[i].name, keys[i].kind);
    }
}

static void put_help(void)
{
    puts("usage: vifctl VERB [OPTION]... [OPERAND]...\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const int column = printf("  %s", commands[i].name);
        printf("%*s", 20 - column, "");
        put_wrapped(commands[i].help, 20, 20);
        putchar('\n');
    }
    puts("\nvifctl help VERB says more. A FILE named - is the standard input.\n"
         "Exit status: 0 done; 1 refused or failed; 2 usage; 3 check found differences;\n"
         "4 outcome unknown, or not confirmed.");
}

/* ---- the command line ------------------------------------------------------------------------ */

/* The command of these words; of the first alone, if the second may still come. */
static const command *find_command(const char *first, const char *second)
{
    const size_t len = strlen(first);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i].name;
        if (strncmp(name, first, len) == 0 &&
            (name[len] == '\0' ||
             (name[len] == ' ' && (!second || strcmp(name + len + 1, second) == 0)))) {
            return &commands[i];
        }
    }
    return NULL;
}

static int run_help(vifctl *ctl)
{
    const char *first = ctl->operand_count > 0 ? ctl->operands[0] : NULL;
    const char *second = ctl->operand_count > 1 ? ctl->operands[1] : NULL;
    const command *c = first ? find_command(first, second) : NULL;
    if (first && (!c || (second && !strchr(c->name, ' ')))) {
        return usage(ctl, "no such command: ", c || !second ? first : second);
    }
    if (ctl->words) {
        put_words();
    } else if (!c) {
        put_help();
    } else if (second || !strchr(c->name, ' ')) {
        put_command_help(c);
    } else {                            /* all of that first word */
        const size_t len = strcspn(c->name, " ") + 1;
        for (const command *d = c; strncmp(d->name, c->name, len) == 0; d++) {
            fputs(d > c ? "\n" : "", stdout);
            put_command_help(d);
        }
    }
    return EXIT_DONE;
}

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
        return usage(ctl, "no such class: ", name);
    }
    if (!parse_version(version, &v->major, &v->minor)) {
        return usage(ctl, "not a version: ", version);
    }
    ctl->encode.manifest = ctl->manifest;
    ctl->encode.manifest_count += ctl->encode.manifest_count + 1 < VIF_CLASS_COUNT;
    return EXIT_DONE;
}

/* KEY=VALUE of -c, CLASS=VERSION of -m */
static int take_pair(vifctl *ctl, char letter, char *pair)
{
    char *value = strchr(pair, '=');
    vif_error err;
    if (!value) {
        return usage(ctl, letter == 'c' ? "not KEY=VALUE: " : "not CLASS=VERSION: ", pair);
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

/* A namespace that has gone took with it what was in there: all the better for an unplug. */
static int take_netns(vifctl *ctl, const char *value)
{
    const bool pid = value[strspn(value, "0123456789")] == '\0';
    char path[4096] = "";
    vif_error err;
    int fd;
    vif_cat(path, sizeof path, pid ? "/proc/" : "");
    vif_cat(path, sizeof path, value);
    vif_cat(path, sizeof path, pid ? "/ns/net" : "");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ctl->options.netns_fd = vif_u32_of((uint32_t)fd);
    } else if (errno != ENOENT || ctl->command->name[0] != 'u') {
        (void)vif_fail(&err, VIF_E_SYSTEM, errno, path, NULL);
        ctl->subject = "--netns";
        put_error(ctl, &err);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int take_option(vifctl *ctl, char letter, char *value)
{
    switch (letter) {
    case 'C': ctl->container = value; return EXIT_DONE;
    case 'p': ctl->port_group = value; return EXIT_DONE;
    case 'd': ctl->options.ovsdb_connection = value; return EXIT_DONE;
    case 'g': ctl->dot = true; return EXIT_DONE;
    case 'h': ctl->help = true; return EXIT_DONE;
    case 'I':
        ctl->ids[ctl->id_count] = value;
        ctl->id_count += ctl->id_count + 1 < FILES_MAX;
        return EXIT_DONE;
    case 'i': ctl->instance_path = value; return EXIT_DONE;
    case 'j': ctl->json = true; return EXIT_DONE;
    case 'l': ctl->lax = true; return EXIT_DONE;
    case 'N': return take_netns(ctl, value);
    case 'n': ctl->dry = true; return EXIT_DONE;
    case 'o': ctl->owner = value; return EXIT_DONE;
    case 's': ctl->state = value; return EXIT_DONE;
    case 't':
        return parse_version(value, &ctl->encode.target_major, &ctl->encode.target_minor)
                   ? EXIT_DONE : usage(ctl, "not a version: ", value);
    case 'u': ctl->unplug = true; return EXIT_DONE;
    case 'w': ctl->words = true; return EXIT_DONE;
    default: return take_pair(ctl, letter, value);
    }
}

/* The command's option of that letter, or else of that name. */
static const option *find_option(const command *c, char letter, const char *name, size_t len)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const option *o = &options[i];
        if (takes(c, o) && (letter ? o->letter == letter
                                   : strncmp(o->name, name, len) == 0 && o->name[len] == '\0')) {
            return o;
        }
    }
    return NULL;
}

/* One argument that starts with '-': --name, --name=value, or letters, of which the last may have a
 * value behind it. What a value is missing, the next argument is. Returns how many were used up; 0:
 * *result says why none. */
static int parse_option(vifctl *ctl, char **arg, int *result)
{
    char *word = arg[0] + 1, *value = NULL, said[3] = "-";
    const bool is_long = *word == '-';
    int used = 1;
    do {
        const size_t len = is_long ? strcspn(++word, "=") : 1;
        const option *o = find_option(ctl->command, is_long ? '\0' : *word, word, len);
        const char *spelt = is_long ? arg[0] : said;
        said[1] = *word;
        word += len;
        if (!o) {
            *result = usage(ctl, "no such option here: ", spelt);
            return 0;
        }
        if (o->value) {
            value = *word ? word + (is_long ? 1 : 0) : arg[used++];
            word = NULL;
        } else if (is_long && *word) {
            *result = usage(ctl, "takes no value: ", spelt);
            return 0;
        }
        if (o->value && !value) {
            *result = usage(ctl, "no value for ", spelt);
            return 0;
        }
        *result = take_option(ctl, o->letter, value);
    } while (*result == EXIT_DONE && word && *word);
    return used;
}

/* Options and operands in any order; the operands are gathered at the front of argv. */
static int parse(vifctl *ctl, char **argv)
{
    bool only_operands = false;
    int result = EXIT_DONE;
    char **arg = argv;
    ctl->operands = argv;
    while (*arg && result == EXIT_DONE) {
        if (!only_operands && strcmp(*arg, "--") == 0) {
            only_operands = true;
            arg++;
        } else if (!only_operands && (*arg)[0] == '-' && (*arg)[1]) {
            arg += parse_option(ctl, arg, &result);
        } else {
            argv[ctl->operand_count++] = *arg++;
        }
    }
    return result;
}

/* The command's second word, if it has one, and the number of operands. */
static int settle(vifctl *ctl)
{
    const char *space = strchr(ctl->command->name, ' '), *verb = ctl->operands[0];
    if (space && ctl->operand_count > 0) {
        const size_t len = (size_t)(space - ctl->command->name);
        const command *c = ctl->command;
        while (c < commands + COMMAND_COUNT && strncmp(c->name, ctl->command->name, len) == 0 &&
               strcmp(c->name + len + 1, verb) != 0) {
            c++;
        }
        if (c == commands + COMMAND_COUNT || strncmp(c->name, ctl->command->name, len) != 0) {
            char what[40] = "no such command: ";
            strncat(what, ctl->command->name, len + 1);
            return usage(ctl, what, verb);
        }
        ctl->command = c;
    }
    if (ctl->container && ctl->operand_count + ctl->id_count != 1) {
        return usage(ctl, "with --container, one FILE is wanted", "");
    }
    if (ctl->operand_count < ctl->command->least) {
        return usage(ctl, "something is missing: ", ctl->command->operands);
    }
    if (ctl->operand_count > ctl->command->most) {
        return usage(ctl, "one too many: ", ctl->operands[ctl->command->most]);
    }
    return EXIT_DONE;
}

static int run(vifctl *ctl, char **argv)
{
    int result;
    if (!find_command(argv[0], NULL)) {
        return usage(ctl, "no such command: ", argv[0]);
    }
    ctl->command = argv[1] ? find_command(argv[0], argv[1]) : NULL;    /* its options are known */
    ctl->command = ctl->command ? ctl->command : find_command(argv[0], NULL);
    vif_arena_init_hook(&ctl->arena, NULL, 0, resize, NULL);
    result = parse(ctl, argv + 1);
    if (result == EXIT_DONE && ctl->help) {
        put_command_help(ctl->command);
    } else if (result == EXIT_DONE) {
        result = settle(ctl);
        result = result == EXIT_DONE ? ctl->command->run(ctl) : result;
    }
    for (size_t i = 0; i < ctl->subject_count; i++) {
        free(ctl->subjects[i].changes);
        free(ctl->subjects[i].differences);
    }
    free(ctl->subjects);
    free(ctl->results);
    free(ctl->found);
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

/* A reader that went away has what it wanted, and the verb's own outcome counts. What was done and
 * can't be told has a status of its own: it must not look like a refusal, after which the host
 * would be as it was. */
static int close_output(int result)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE) {
        fprintf(stderr, "vifctl: standard output: E_SYSTEM (%s %d): %s\n", errno_name(errno), errno,
                strerror(errno));
        result = result == EXIT_DONE ? EXIT_UNTOLD : result;
    }
    return result;
}

int main(int argc, char **argv)
{
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
        put_help();
    } else {
        result = argc > 1 ? run(&ctl, argv + 1) : usage(&ctl, "which command?", "");
    }
    return close_output(result);
}
