/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A PCI device's driver, for a guest and back, in a tree that behaves like the kernel's (unbind,
 * drivers_probe, driver_override): each call fails, and the process is killed at each. The real
 * kernel with real devices is in tests/vm/inside/hostdev.sh. */
#include "kernel/plug.h"
#include "kernel/tree.h"

#define ADDRESS "0000:03:00.0"
#define BUS "%s/bus/pci/"
#define DEVICE BUS "devices/" ADDRESS "/"

static const char *native;              /* what takes the device by itself */
static const char *before;              /* what it had: "DRIVER|OVERRIDE" */

/* A file's text without its newline. */
static const char *line_of(const char *format)
{
    static char text[300];
    char path[200];
    FILE *f;
    snprintf(path, sizeof path, format, root);
    f = fopen(path, "r");
    text[f ? fread(text, 1, sizeof text - 1, f) : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (f) {
        fclose(f);
    }
    return text;
}

static void write_to(const char *format, const char *text)
{
    char path[200];
    FILE *f;
    snprintf(path, sizeof path, format, root);
    f = fopen(path, "w");
    REQUIRE(f);
    fprintf(f, "%s\n", text);
    fclose(f);
}

/* Binds the device; "": to nothing. */
static void bind_to(const char *driver)
{
    char path[200], target[200], text[300] = "PCI_CLASS=20000\nPCI_ID=8086:10CA";
    snprintf(path, sizeof path, DEVICE "driver", root);
    snprintf(target, sizeof target, BUS "drivers/%s", root, driver);
    unlink(path);
    if (*driver && access(target, F_OK) == 0) {
        CHECK_INT(symlink(target, path), 0);
        snprintf(text, sizeof text, "DRIVER=%s\nPCI_CLASS=20000\nPCI_ID=8086:10CA", driver);
    }
    write_to(DEVICE "uevent", text);
}

/* What the kernel does when a file of these is written. */
static void kernel(int fd)
{
    char link[40], path[200] = "", override[64];
    const char *end;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) <= 0 || strncmp(path, root, strlen(root)) != 0) {
        return;
    }
    end = strrchr(path, '/');
    if (strcmp(end, "/driver_override") == 0) {
        CHECK_INT(ftruncate(fd, lseek(fd, 0, SEEK_CUR)), 0);
        snprintf(override, sizeof override, "%s", line_of(DEVICE "driver_override"));
        write_to(DEVICE "driver_override", *override ? override : "(null)");
    } else if (strcmp(end, "/unbind") == 0) {
        bind_to("");
    } else if (strcmp(end, "/drivers_probe") == 0 &&
               strncmp(line_of(DEVICE "uevent"), "DRIVER", 6) != 0) {
        snprintf(override, sizeof override, "%s", line_of(DEVICE "driver_override"));
        bind_to(strcmp(override, "(null)") == 0 ? native : override);
    }
}

static const char *now(void)
{
    static char text[200];
    char driver[64] = "";
    const char *uevent = line_of(DEVICE "uevent");
    sscanf(uevent, "DRIVER=%63s", driver);
    snprintf(text, sizeof text, "%s|%s", driver, line_of(DEVICE "driver_override"));
    return text;
}

static void is_plugged(void)
{
    CHECK_STR(now(), "vfio-pci|vfio-pci");
}

static void is_unplugged(void)
{
    CHECK_STR(now(), before);
    sh("ls -A %s 2>/dev/null", state);
    CHECK_STR(sh_text, "");
}

/* The device has that driver, and somebody has set that override; had: what both look like. */
static bool started(const char *driver, const char *override, const char *had)
{
    if (root[0] == '\0') {
        strcpy(root, "/tmp/vif-driver.XXXXXX");
        if (!mkdtemp(root) || atexit(remove_tree) != 0) {
            return false;
        }
        snprintf(state, sizeof state, "%s/state", root);
        sh("mkdir -p %s/bus/pci/devices/" ADDRESS " %s/bus/pci/drivers/igbvf "
           "%s/bus/pci/drivers/vfio-pci %s/bus/pci/drivers/other", root, root, root, root);
        sh("cd %s/bus/pci && touch drivers_probe drivers/igbvf/unbind drivers/vfio-pci/unbind "
           "drivers/other/unbind", root);
        write_to(DEVICE "class", "0x020000");
    }
    shim_written = kernel;
    native = "igbvf";
    before = had;
    write_to(DEVICE "driver_override", override);
    bind_to(driver);
    memset(&s, 0, sizeof s);
    vif_object_init(&s.vif, VIF_CLASS_VIFHostDevice);
    scene_network(&s);
    s.vif.base.plugin = "hostdev";
    s.vif.host_device.dev_type = VIF_DEV_GENERIC;
    s.vif.host_device.dev_address = ADDRESS;
    return opened();
}

/* Plugged twice and unplugged twice, from each state that a device may be in; `had` is what it is
 * to look like afterwards. */
#define ROUND_TRIP(name, driver, override, had) \
    TEST(name) \
    { \
        REQUIRE(started(driver, override, had)); \
        OK(plug()); \
        CHECK_STR(now(), "vfio-pci|vfio-pci"); \
        OK(plug()); \
        CHECK_STR(now(), "vfio-pci|vfio-pci"); \
        OK(unplug()); \
        is_unplugged(); \
        OK(unplug()); \
        vif_host_close(&host); \
    }

ROUND_TRIP(with_a_driver, "igbvf", "(null)", "igbvf|(null)")
/* Somebody has chosen the driver before: it was not ours, and it is left as it was. */
ROUND_TRIP(with_an_override, "other", "other", "other|other")
ROUND_TRIP(without_a_driver, "", "(null)", "|(null)")
/* It is bound already: to nobody's surprise it is that afterwards, too. */
ROUND_TRIP(with_the_driver, "vfio-pci", "vfio-pci", "vfio-pci|vfio-pci")

/* Meanwhile somebody gives it to another driver: that one keeps it. */
TEST(given_to_another)
{
    REQUIRE(started("igbvf", "(null)", "other|other"));
    OK(plug());
    write_to(DEVICE "driver_override", "other");
    bind_to("other");
    OK(unplug());
    is_unplugged();
    vif_host_close(&host);
}

/* Notes that are no notes: the plug that would have written them has changed nothing. */
TEST(notes_of_any_sort)
{
    static const char *const spoiled[] = {
        ": >%s", "truncate -s 20 %s", "truncate -s -16 %s", "head -c 70000 /dev/zero >%s",
        "head -c 5000 /dev/urandom >%s"};
    char note[200];
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++) {
        char command[300];
        REQUIRE(started("igbvf", "(null)", "igbvf|(null)"));
        OK(plug());
        sh("ls %s/*.driver | tr -d '\\n'", state);
        snprintf(note, sizeof note, "%.190s", sh_text);
        note[strcspn(note, "\n")] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(command, sizeof command, spoiled[i], note);
#pragma GCC diagnostic pop
        DO("%s", command);
        OK(unplug());                   /* it has no say any more: nothing is touched */
        is_plugged();
        OK(plug());                     /* and the next has one again */
        OK(unplug());
        is_plugged();                   /* as that one has found it */
        DO("rm -rf %s", state);
        vif_host_close(&host);
    }
    /* Another VIF's, and names that lead elsewhere. */
    REQUIRE(started("igbvf", "(null)", "igbvf|(null)"));
    OK(plug());
    s.vif.base.id = "00000000-0000-4000-8000-000000000001";
    CHECK_INT(plug(), VIF_E_EXISTS);
    CHECK_HAS(err.text, "the device belongs to " TAG);
    OK(unplug());
    is_plugged();
    s.vif.base.id = VIF_ID;
    DO("cd %s && n=$(ls *.driver) && p=${n%%%%.*} && cp $n $p...driver && cp $n $p.driver && "
       "cp $n $p.-x.driver && cp $n \"$p.$(head -c 80 /dev/zero | tr '\\0' a).driver\" && "
       "mkdir $p.dir.driver && mkfifo $p.fifo.driver && ln -s loop.driver $p.loop.driver", state);
    OK(unplug());
    CHECK_STR(now(), "igbvf|(null)");
    DO("rm -rf %s", state);
    vif_host_close(&host);
}

/* The directory of the notes is shut: before the plug it is refused, and afterwards said. */
TEST(a_directory_that_is_shut)
{
    REQUIRE(started("igbvf", "(null)", "igbvf|(null)"));
    DO("rm -rf %s && ln -s /proc/self/nowhere %s", state, state);
    CHECK(plug() != VIF_OK);
    CHECK_HAS(err.text, state);
    CHECK_STR(now(), before);
    DO("rm %s && echo >%s", state, state);
    CHECK(plug() != VIF_OK);
    CHECK_STR(now(), before);
    DO("rm %s", state);
    vif_host_close(&host);
}

/* An unplug finds the device by its note, and does not take for gone what it could not open. */
TEST(out_of_descriptors)
{
    vif_found found;
    size_t count;
    bool hit = true;
    for (int k = 1; hit && k < 100; k++) {
        vif_status st;
        REQUIRE(started("igbvf", "(null)", "igbvf|(null)"));
        OK(plug());
        shim_start(FAULT_NO_FD, k, 0);
        st = vif_list(&host, &found, 1, &count, &err);
        shim_stop();
        CHECK(st == VIF_OK ? count == 1 : err.sys_errno == EMFILE);
        s.vif.host_device.dev_address = "0000:04:00.0";
        shim_start(FAULT_NO_FD, k, 0);
        st = unplug();
        hit = shim.hit;
        shim_stop();
        if (st == VIF_OK) {
            is_unplugged();
        } else {
            CHECK_INT(err.sys_errno, EMFILE);
        }
        OK(unplug());
        is_unplugged();
        vif_host_close(&host);
    }
    CHECK(!hit);
}

static void faults(const char *driver, const char *override, const char *had)
{
    const killing all = {opened, is_plugged, is_unplugged, 0};
    static const int errors[] = {EBUSY, EPERM, ENOMEM};
    REQUIRE(started(driver, override, had));
    for (int i = 0; i < 3; i++) {
        faults_of(all, FAULT_CALL, errors[i], false);
        faults_of(all, FAULT_CALL, errors[i], true);
    }
    kill_at_each_call(all);
    vif_host_close(&host);
}

/* An unplug that failed may have restored the override alone, with which the device would go to its
 * own driver at the next probe: a plug sees that, and the last unplug gives back what was first. */
TEST(an_unplug_that_failed_and_a_plug)
{
    bool hit = true;
    REQUIRE(started("igbvf", "(null)", "igbvf|(null)"));
    for (int k = 1; hit && k < 60; k++) {
        OK(plug());
        shim_start(FAULT_CALL, k, EBUSY);
        (void)!unplug();
        hit = shim.hit;
        shim_stop();
        OK(plug());
        is_plugged();
        OK(unplug());
        is_unplugged();
    }
    CHECK(!hit);
    vif_host_close(&host);
}

TEST(each_call) { faults("igbvf", "(null)", "igbvf|(null)"); }
TEST(each_call_with_an_override) { faults("other", "other", "other|other"); }
TEST(each_call_without_a_driver) { faults("", "(null)", "|(null)"); }

PLUG_MAIN
