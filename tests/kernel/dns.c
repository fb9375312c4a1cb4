/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* flags: -Wl,--wrap=openat,--wrap=renameat,--wrap=unlinkat,--wrap=fchmod,--wrap=fchown */
/* flags: -Wl,--wrap=ftruncate,--wrap=fsync,--wrap=rename,--wrap=unlink */
/* Name servers in a container's resolv.conf: added, found, taken away; whatever the container makes
 * of the file, and whenever a process dies. */
#include "kernel/inside.h"
#include <pthread.h>
#include <sys/file.h>

#define FILE_ROOT "/run/c"
#define RESOLV FILE_ROOT "/etc/resolv.conf"
#define OTHERS "# by hand\nsearch example.org\nnameserver\t192.0.2.9\noptions ndots:2\n"
#define OURS "nameserver 192.0.2.53\nnameserver 2001:db8::53\n"

/* ---- the shim for what only this kind calls -------------------------------------------------- */

#define WRAP(type, name, params, args) \
    type __real_##name params; \
    type __wrap_##name params { return shim.on && shim_fails() ? -1 : __real_##name args; }
WRAP(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
WRAP(int, unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
WRAP(int, ftruncate, (int fd, off_t len), (fd, len))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, unlink, (const char *a), (a))
int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...)
{
    va_list args;
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return shim.on && shim_fails() ? -1 : __real_openat(dir, name, flags, mode);
}

/* ---- scene ----------------------------------------------------------------------------------- */

static const char *servers[] = {"192.0.2.53", "2001:db8::53", "192.0.2.53"};
static char in_place[64];

static void log_event(void *user, const vif_event *event)
{
    (void)user;
    if (strcmp(event->what, "written in place") == 0) {
        snprintf(in_place, sizeof in_place, "%s %s", event->kind, event->resource->want.dns->file);
    }
}

static bool open_host(void)
{
    vif_host_desc d = vif_host_desc_default();
    in_place[0] = '\0';
    d.log = log_event;
    d.timeout_ms = 400;
    d.state_dir = "/run/vif";
    return vif_host_open(&host, &d, &err) == VIF_OK;
}

static const char *content(const char *path)
{
    static char text[80000];
    FILE *f = fopen(path, "r");
    size_t len = 0;
    if (!f) {
        return "(none)";
    }
    len = fread(text, 1, sizeof text - 1, f);
    text[len] = '\0';
    fclose(f);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL && fputs(text, f) >= 0);
    if (f) {
        fclose(f);
    }
}

static bool started(void)
{
    clean();
    if (ns >= 0) {
        close(ns);
    }
    ns = ns_new_net();
    DO("umount -q " RESOLV "; rm -rf " FILE_ROOT " /run/vif /run/out && "
       "mkdir -p " FILE_ROOT "/etc");
    write_file(RESOLV, OTHERS);
    scene_tap(&s);
    scene_subnet(&s, NULL, "192.0.2.17", NULL, NULL);
    scene_subnet(&s, NULL, NULL, NULL, NULL);
    s.subnet[0].cidr = "192.0.2.0/24";
    s.subnet[1].cidr = "2001:db8::/64";
    s.subnet[0].dns.items = servers;
    s.subnet[0].dns.count = 1;
    s.subnet[1].dns.items = servers + 1;
    s.subnet[1].dns.count = 2;
    s.options.netns_fd = vif_u32_of((uint32_t)ns);
    s.options.dns_root = FILE_ROOT;
    s.options.dns_file = "etc/resolv.conf";
    return ns >= 0 && opened() && (vif_host_close(&host), open_host());
}
#define START() do { REQUIRE(started()); } while (0)

/* Nothing is left of ours: in the state directory, and beside the file. */
static void nothing_left(void)
{
    sh("ls -A /run/vif 2>/dev/null; ls -A " FILE_ROOT "/etc | grep -v '^resolv.conf$'");
    CHECK_STR(sh_text, "");
    CHECK(!exists("tap0"));
}

static vif_status check(vif_difference *d, size_t *count)
{
    return check_with(&s.options, d, 4, count, &err);
}

TEST(plug_check_and_unplug)
{
    vif_difference d[4];
    struct stat was, is;
    char text[8192];
    size_t count = 0;
    const int fds = count_fds();
    START();
    DO("chmod 640 " RESOLV " && chown 0:0 " RESOLV);
    CHECK_INT(stat(RESOLV, &was), 0);
    OK(dry_run(VIF_PLUG, &s.options, false, text, sizeof text));
    CHECK_HAS(text, "dns etc/resolv.conf (own) root=" FILE_ROOT " servers=192.0.2.53,2001:db8::53; "
              "server is none");
    CHECK_STR(content(RESOLV), OTHERS);
    OK(plug());
    CHECK_STR(content(RESOLV), OTHERS OURS);
    CHECK_INT(stat(RESOLV, &is), 0);
    CHECK_INT(is.st_mode, was.st_mode);
    CHECK_INT(is.st_uid, was.st_uid);
    CHECK(is.st_ino != was.st_ino);     /* another file, whole from the first moment */
    CHECK_STR(in_place, "");
    CHECK_INT(check(d, &count), VIF_OK);
    was = is;
    OK(plug());
    CHECK_INT(stat(RESOLV, &is), 0);
    CHECK_INT(is.st_ino, was.st_ino);
    DO("sed -i /192.0.2.53/d " RESOLV);
    CHECK_INT(check(d, &count), VIF_E_DIFFERENT);
    CHECK_INT(count, 1);
    CHECK_STR(d[0].resource, "dns etc/resolv.conf");
    CHECK_STR(d[0].attribute, "server");
    CHECK_STR(d[0].wanted, "192.0.2.53");
    CHECK_STR(d[0].found, "none");
    OK(plug());
    CHECK_STR(content(RESOLV), OTHERS "nameserver 2001:db8::53\nnameserver 192.0.2.53\n");
    OK(dry_run(VIF_UNPLUG, &s.options, false, text, sizeof text));
    CHECK_HAS(text, "dns etc/resolv.conf (own) root=" FILE_ROOT "\n");
    OK(unplug());
    CHECK_STR(content(RESOLV), OTHERS);
    CHECK_INT(stat(RESOLV, &is), 0);
    CHECK_INT(is.st_mode, was.st_mode);
    nothing_left();
    OK(unplug());
    vif_host_close(&host);
    CHECK_INT(count_fds(), fds + 1);
}

/* A server that is there stays there, in whatever spelling; what only looks like one is none. */
TEST(lines_of_others)
{
    const char *text = "#nameserver 192.0.2.53\n nameserver 192.0.2.53\nnameserver192.0.2.53\n"
                       "nameserver \t2001:0db8:0:0::53 # here\nnameserver 192.0.2.533\nnameserver";
    char want[512];
    START();
    write_file(RESOLV, text);
    OK(plug());
    snprintf(want, sizeof want, "%s\nnameserver 192.0.2.53\n", text);
    CHECK_STR(content(RESOLV), want);
    OK(unplug());
    snprintf(want, sizeof want, "%s\n", text);  /* its last line has an end now */
    CHECK_STR(content(RESOLV), want);
    nothing_left();
    write_file(RESOLV, OURS);           /* nothing to do: nothing is ours */
    OK(plug());
    OK(unplug());
    CHECK_STR(content(RESOLV), OURS);
    nothing_left();
    OK(plug());
    write_file(RESOLV, "nameserver 192.0.2.53 # mine now\n");
    OK(plug());
    OK(unplug());
    CHECK_STR(content(RESOLV), "nameserver 192.0.2.53 # mine now\n");
    vif_host_close(&host);
}

TEST(a_file_that_is_missing)
{
    struct stat is, dir;
    START();
    CHECK_INT(remove(RESOLV), 0);
    OK(plug());
    CHECK_STR(content(RESOLV), OURS);
    CHECK(stat(RESOLV, &is) == 0 && stat(FILE_ROOT "/etc", &dir) == 0);
    CHECK_INT(is.st_mode, S_IFREG | 0644);
    CHECK_INT(is.st_uid, dir.st_uid);
    OK(unplug());
    CHECK_STR(content(RESOLV), "(none)");
    nothing_left();
    OK(plug());
    write_file(RESOLV, OURS "options rotate\n");
    OK(unplug());
    CHECK_STR(content(RESOLV), "options rotate\n");
    nothing_left();
    OK(plug());
    DO("rm -r " FILE_ROOT "/etc");      /* the container has gone */
    OK(unplug());
    sh("ls -A /run/vif");
    CHECK_STR(sh_text, "");
    CHECK(plug() == VIF_E_SYSTEM && err.sys_errno == ENOENT);
    CHECK_HAS(err.text, "etc/resolv.conf");
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* Another NIC of the same container, made without the first one's knowledge. */
static void second_nic(void)
{
    s.vif.base.id = "5d4b6a0e-4b8e-4a38-a1a4-6d5f5c0d9a11";
    s.vif.generic.vif_name = "tap1";
    s.options.netns_link = "eth1";
}

static void first_nic(void)
{
    s.vif.base.id = VIF_ID;
    s.vif.generic.vif_name = "tap0";
    s.options.netns_link = NULL;
}

TEST(two_nics_of_a_container)
{
    for (int order = 0; order < 2; order++) {
        START();
        CHECK_INT(remove(RESOLV), 0);
        OK(plug());
        second_nic();
        s.subnet[1].dns.count = 0;      /* one server that both have */
        OK(plug());
        CHECK_STR(content(RESOLV), OURS);
        if (order == 0) {
            OK(unplug());
            CHECK_STR(content(RESOLV), OURS);
            first_nic();
        } else {
            first_nic();
            OK(unplug());
            CHECK_STR(content(RESOLV), "nameserver 192.0.2.53\n");
            second_nic();
        }
        OK(unplug());
        CHECK_STR(content(RESOLV), "(none)");
        nothing_left();
        vif_host_close(&host);
    }
}

/* A NIC that says its servers itself. */
TEST(a_nic_of_a_container)
{
    vif_nic nic;
    vif_subject subject;
    vif_job_desc d;
    START();
    DO("ip link add br0 type bridge && ip link set br0 up");
    memset(&nic, 0, sizeof nic);
    memset(&d, 0, sizeof d);
    nic.type = VIF_NIC_BRIDGE;
    nic.container = "17";
    nic.id = "br0";
    nic.cidr = "192.0.2.17/24";
    nic.dns.items = servers;
    nic.dns.count = 2;
    subject = vif_nic_subject(&nic, &s.options);
    d.verb = VIF_PLUG;
    d.subjects = &subject;
    d.count = 1;
    d.results = &host.result;
    OK(vif_verb_many(&host, &d, &err));
    CHECK_STR(content(RESOLV), OTHERS OURS);
    d.verb = VIF_UNPLUG;
    OK(vif_verb_many(&host, &d, &err));
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
    vif_host_close(&host);
}

/* Another network: what is not wanted any more goes. */
TEST(servers_that_change)
{
    static const char *other[] = {"198.51.100.53"};
    START();
    OK(plug());
    s.subnet[1].dns.items = other;
    s.subnet[1].dns.count = 1;
    OK(plug());
    CHECK_STR(content(RESOLV), OTHERS "nameserver 192.0.2.53\nnameserver 198.51.100.53\n");
    OK(unplug());
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
    vif_host_close(&host);
}

/* What fails behind the file takes the lines back, and brings those of before. */
TEST(taken_back)
{
    static const char *other[] = {"198.51.100.53"};
    START();
    DO("ip link add up0 type veth peer name up0-peer && ip link set up0-peer up");
    vif_object_init(&s.vif, VIF_CLASS_VIFMacvlanNested);
    s.vif.base.id = VIF_ID;
    s.vif.base.network = &s.network;
    s.vif.macvlan_nested.vif_name = "tap0";
    s.network.bridge_interface = "up0";
    s.options.l3_announce = VIF_TRUE;
    DO("ip link set up0-peer down");
    s.options.l3_settle_ms = 30;
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_HAS(err.where, "announcement");
    CHECK(!strstr(err.text, "left behind"));
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
    DO("ip link set up0-peer up");
    s.options.l3_settle_ms = 0;
    OK(plug());
    CHECK_STR(content(RESOLV), OTHERS OURS);
    DO("ip link set up0-peer down");
    s.options.l3_settle_ms = 30;
    s.subnet[1].dns.items = other;
    s.subnet[1].dns.count = 1;
    CHECK_INT(plug(), VIF_E_TIMEOUT);
    CHECK_STR(content(RESOLV), OTHERS OURS);
    OK(unplug());
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
    vif_host_close(&host);
}

/* A container that leads elsewhere is refused by name, and nothing there is read or written. */
static void refused(const char *setup, const char *file, int number, const char *words)
{
    static char was[sizeof sh_text];
    START();
    write_file("/run/out", "secret\n");
    DO("%s", setup);
    sh("find " FILE_ROOT " /run/out | sort");
    strcpy(was, sh_text);
    s.options.dns_file = file;
    shim_start(FAULT_NONE, 0, 0);
    CHECK_INT(plug(), VIF_E_SYSTEM);
    shim_stop();
    CHECK_INT(shim.changing, 0);        /* before anything else is made */
    CHECK_INT(err.sys_errno, number);
    CHECK_HAS(err.text, words);
    CHECK_HAS(err.text, file);
    CHECK_STR(content("/run/out"), "secret\n");
    sh("find " FILE_ROOT " /run/out | sort");
    CHECK_STR(sh_text, was);
    sh("ls -A /run/vif 2>/dev/null");
    CHECK_STR(sh_text, "");
    vif_host_close(&host);
}

TEST(containers_that_lead_elsewhere)
{
    refused("ln -sf /run/out " RESOLV, "etc/resolv.conf", ELOOP, "symbolic link");
    refused("ln -sf nothing " RESOLV, "/etc/resolv.conf", ELOOP, "symbolic link");
    refused("rm -r " FILE_ROOT "/etc && ln -s /run " FILE_ROOT "/etc", "etc/out", ENOTDIR,
            "symbolic link");
    refused("mkdir -p " FILE_ROOT "/a && ln -s ../etc " FILE_ROOT "/a/b", "a/b/resolv.conf",
            ENOTDIR, "symbolic link");
    refused("true", "etc/../../out", EINVAL, "no name");
    refused("true", "..", EINVAL, "no name");
    refused("true", "etc/resolv.conf/", ENOTDIR, "no directory");
    refused("rm " RESOLV " && mkfifo " RESOLV, "etc/resolv.conf", EINVAL, "no regular file");
    refused("rm " RESOLV " && mkdir " RESOLV, "etc/resolv.conf", EINVAL, "no regular file");
    refused("true", "etc/resolv.conf/a", ENOTDIR, "no directory");
}

/* The same once it is plugged: an unplug goes on without. */
TEST(containers_that_lead_elsewhere_later)
{
    static const char *const setups[] = {
        "ln -sf /run/out " RESOLV, "rm " RESOLV " && mkfifo " RESOLV,
        "rm " RESOLV, "rm -r " FILE_ROOT "/etc && ln -s /run " FILE_ROOT "/etc",
        "rm -r " FILE_ROOT "/etc && echo > " FILE_ROOT "/etc",
        "ln -s /run/out " FILE_ROOT "/etc/.resolv.conf.vif"};
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++) {
        START();
        write_file("/run/out", OURS);
        OK(plug());
        DO("%s", setups[i]);
        OK(unplug());
        CHECK(!exists("tap0"));
        CHECK_STR(content("/run/out"), OURS);
        sh("ls -A /run/vif");
        CHECK_STR(sh_text, "");
        vif_host_close(&host);
    }
}

/* While it is plugged the container swaps its directory for a link to somewhere else, and back, as
 * fast as it can. */
static volatile bool swapping;
static void *swap(void *unused)
{
    (void)unused;
    while (swapping) {
        (void)syscall(SYS_renameat2, AT_FDCWD, FILE_ROOT "/etc", AT_FDCWD, FILE_ROOT "/link", 2);
    }
    return NULL;
}

TEST(a_container_that_races)
{
    pthread_t thread;
    int done = 0, refusals = 0;
    START();
    DO("mkdir /run/out && printf 'secret\\n' >/run/out/resolv.conf && ln -s /run/out "
       FILE_ROOT "/link");
    swapping = true;
    CHECK_INT(pthread_create(&thread, NULL, swap, NULL), 0);
    /* At least so often, and until either has won: on a busy machine turns come seldom. */
    for (int i = 0; i < 60 || ((done == 0 || refusals == 0) && i < 3000); i++) {
        const vif_status st = plug();
        done += st == VIF_OK;
        refusals += st == VIF_E_SYSTEM;
        (void)unplug();
    }
    swapping = false;
    pthread_join(thread, NULL);
    CHECK(done > 0 && refusals > 0);
    CHECK_STR(content("/run/out/resolv.conf"), "secret\n");
    sh("ls -A /run/out");
    CHECK_STR(sh_text, "resolv.conf");
    vif_host_close(&host);
    DO("rm -rf /run/out " FILE_ROOT);
}

/* A file that is mounted there can't be replaced: it is written over, and that is said. */
TEST(a_file_that_is_mounted)
{
    struct stat was, is;
    START();
    write_file("/run/out", OTHERS);
    DO("mount --bind /run/out " RESOLV);
    CHECK_INT(stat(RESOLV, &was), 0);
    OK(plug());
    CHECK_STR(content(RESOLV), OTHERS OURS);
    CHECK_STR(in_place, "dns etc/resolv.conf");
    CHECK_INT(stat(RESOLV, &is), 0);
    CHECK_INT(is.st_ino, was.st_ino);
    in_place[0] = '\0';
    OK(plug());
    CHECK_STR(in_place, "");
    OK(unplug());
    CHECK_STR(in_place, "dns etc/resolv.conf");
    CHECK_STR(content("/run/out"), OTHERS);
    nothing_left();
    DO("umount " RESOLV);
    vif_host_close(&host);
}

/* The note leads from the tag to the file. */
TEST(unplug_with_other_options)
{
    vif_found found[8];
    size_t count = 0, dead = 0;
    vif_gc_desc gc;
    for (int way = 0; way < 3; way++) {
        START();
        OK(plug());
        s.options.dns_file = s.options.dns_root = NULL;
        s.network.subnets = NULL;
        if (way == 0) {
            s.options.netns_fd.set = false;
            OK(unplug());
        } else {
            DO("ip link del tap0");     /* only the file is left */
            OK(vif_list(&host, found, 8, &count, &err));
            CHECK_INT(count, 1);
            CHECK_STR(found[0].id, VIF_ID);
            CHECK_STR(found[0].kind, "dns");
            if (way == 1) {
                OK(vif_unplug_id(&host, VIF_ID, &err));
            } else {
                memset(&gc, 0, sizeof gc);
                gc.found = found;
                gc.found_count = count;
                OK(vif_gc(&host, &gc, &dead, &err));
                CHECK_INT(dead, 1);
            }
        }
        CHECK_STR(content(RESOLV), OTHERS);
        nothing_left();
        vif_host_close(&host);
    }
}

/* One file a VIF: what it has in another has to go first, and is named. */
TEST(another_file)
{
    START();
    OK(plug());
    write_file(FILE_ROOT "/etc/other", OTHERS);
    s.options.dns_file = "etc/other";
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, FILE_ROOT "/etc/resolv.conf: unplug it first");
    CHECK_STR(content(FILE_ROOT "/etc/other"), OTHERS);
    OK(unplug());
    CHECK_STR(content(RESOLV), OTHERS);
    OK(plug());
    CHECK_STR(content(FILE_ROOT "/etc/other"), OTHERS OURS);
    OK(unplug());
    CHECK_STR(content(FILE_ROOT "/etc/other"), OTHERS);
    vif_host_close(&host);
}

TEST(limits)
{
    static char big[65600];
    char root[1100];
    vif_host_desc d = vif_host_desc_default();
    START();
    memset(big, '#', 65400);
    big[65399] = '\n';
    write_file(RESOLV, big);
    OK(plug());
    OK(unplug());
    CHECK_STR(content(RESOLV), big);
    OK(plug());
    memset(big, '#', 65537);
    write_file(RESOLV, big);            /* an unplug leaves it alone */
    OK(unplug());
    CHECK_STR(content(RESOLV), big);
    nothing_left();
    big[65500] = '\0';
    write_file(RESOLV, big);
    CHECK_INT(plug(), VIF_E_TOO_BIG);
    CHECK_HAS(err.text, "64 KB");
    CHECK(!exists("tap0"));
    memset(root, '/', sizeof root);
    root[1024] = '\0';
    s.options.dns_root = root;
    CHECK_INT(plug(), VIF_E_INVAL);
    CHECK_STR(err.where, "dns_file");
    CHECK_HAS(err.text, "1 to 1023 bytes");
    s.options.dns_root = FILE_ROOT;
    s.options.dns_file = "etc/a\nb";
    CHECK_INT(plug(), VIF_E_INVAL);
    s.options.dns_file = "etc/resolv.conf";
    s.options.dns_root = root;
    strcpy(root + 1023 - strlen(FILE_ROOT), FILE_ROOT);
    write_file(RESOLV, OTHERS);
    OK(plug());
    CHECK_STR(content(RESOLV), OTHERS OURS);
    OK(unplug());
    CHECK_STR(content(RESOLV), OTHERS);
    vif_host_close(&host);
    d.state_dir = "/run/out";           /* without a note there are no lines */
    REQUIRE(vif_host_open(&host, &d, &err) == VIF_OK);
    write_file("/run/out", "");         /* an absent directory is made when it is needed */
    CHECK_INT(plug(), VIF_E_SYSTEM);
    CHECK_STR(content(RESOLV), OTHERS);
    CHECK(!exists("tap0"));
    vif_host_close(&host);
}

/* Somebody else at work on the file is waited for, as long as for the kernel. */
TEST(locked)
{
    struct dirent *e;
    char path[300] = "";
    START();
    OK(plug());
    DIR *dir = opendir("/run/vif");
    while (dir && (e = readdir(dir)) != NULL) {
        if (strstr(e->d_name, ".file")) {
            snprintf(path, sizeof path, "/run/vif/%s", e->d_name);
        }
    }
    closedir(dir);
    strcpy(strstr(path, ".file"), ".lock");
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK_INT(flock(fd, LOCK_EX), 0);
    CHECK_INT(unplug(), VIF_E_CONFLICT);
    CHECK_HAS(err.text, "at work on this file");
    CHECK(!exists("tap0"));             /* the rest does not wait for it */
    CHECK_STR(content(RESOLV), OTHERS OURS);
    close(fd);
    OK(unplug());
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
    vif_host_close(&host);
}

/* Whatever call fails: the file is as it was, or as it is to be; and the next plug makes it so. */
TEST(failure_at_each_step)
{
    static const int errors[] = {EIO, ENOSPC, EACCES};
    for (size_t e = 0; e < 3; e++) {
        bool hit = true;
        for (int k = 1; hit && check_failures == 0; k++) {
            START();
            shim_start(FAULT_CALL, k, errors[e]);
            const vif_status st = plug();
            shim_stop();
            hit = shim.hit;
            if (st != VIF_OK) {
                CHECK_STR(content(RESOLV), OTHERS);
            }
            OK(plug());
            CHECK_STR(content(RESOLV), OTHERS OURS);
            shim_start(FAULT_CALL, k, errors[e]);
            (void)unplug();
            shim_stop();
            hit = hit || shim.hit;
            CHECK(strncmp(content(RESOLV), OTHERS, strlen(OTHERS)) == 0);
            OK(unplug());
            CHECK_STR(content(RESOLV), OTHERS);
            nothing_left();
            if (check_failures > 0) {
                printf("# error %d at %d: %s\n", errors[e], k, vif_status_name(st));
            }
            vif_host_close(&host);
        }
    }
}

static void is_plugged(void)
{
    CHECK_STR(content(RESOLV), OTHERS OURS);
}

static void is_unplugged(void)
{
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
}

TEST(kill_at_each_call_of_it)
{
    START();
    kill_at_each_call((killing){open_host, is_plugged, is_unplugged, 0});
    vif_host_close(&host);
}

static void is_mounted_unplugged(void)
{
    /* Killed while it was written over, the file may end in empty lines. */
    char text[512];
    snprintf(text, sizeof text, "%s", content(RESOLV));
    while (strlen(text) > 1 && strcmp(text + strlen(text) - 2, "\n\n") == 0) {
        text[strlen(text) - 1] = '\0';
    }
    CHECK_STR(text, OTHERS);
    write_file(RESOLV, OTHERS);
}

static void is_mounted_plugged(void)
{
    CHECK_HAS(content(RESOLV), "nameserver 192.0.2.53\n");
    CHECK_HAS(content(RESOLV), "nameserver 2001:db8::53\n");
    CHECK(strncmp(content(RESOLV), OTHERS, strlen(OTHERS)) == 0);
}

TEST(kill_at_each_call_where_it_is_mounted)
{
    START();
    write_file("/run/out", OTHERS);
    DO("mount --bind /run/out " RESOLV);
    kill_at_each_call((killing){open_host, is_mounted_plugged, is_mounted_unplugged, 0});
    DO("umount " RESOLV);
    vif_host_close(&host);
}

/* Processes that know nothing of each other, each with a NIC of one container. */
static int many_run(const void *arg)
{
    const int n = *(const int *)arg;
    static char id[40], tap[16], link[16];
    int status = 0;
    snprintf(id, sizeof id, "nic-%d", n);
    snprintf(tap, sizeof tap, "tap%d", n);
    snprintf(link, sizeof link, "net%d", n);
    s.vif.base.id = id;
    s.vif.generic.vif_name = tap;
    s.options.netns_link = link;
    s.subnet[0].ips = NULL;
    s.subnet[1].dns.count = (size_t)n % 2 * 2;
    vif_host_desc d = vif_host_desc_default();
    if (vif_host_open(&host, &d, &err) != VIF_OK) {
        return 1;
    }
    for (int i = 0; i < 12; i++) {
        status |= plug() != VIF_OK || !strstr(content(RESOLV), "nameserver 192.0.2.53\n");
        status |= unplug() != VIF_OK;
        if (status) {
            printf("# %s: %s %s\n", id, err.where, err.text);
            return 2;
        }
    }
    return 0;
}

TEST(many_at_once)
{
    static const int numbers[] = {0, 1, 2, 3};
    child children[4];
    START();
    vif_host_close(&host);
    for (int i = 0; i < 4; i++) {
        children[i] = child_start(many_run, &numbers[i]);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(child_finish(&children[i]), 0);
    }
    CHECK_STR(content(RESOLV), OTHERS);
    nothing_left();
}

PLUG_MAIN
