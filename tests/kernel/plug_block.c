/* SPDX-License-Identifier: MIT */
/* flags: -DVIF_NO_LIBC_ALLOC -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open */
/* flags: -Wl,--wrap=read,--wrap=write,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* vif.h without malloc: in a block of the caller's, and nothing else; os-vif's own objects in JSON;
 * and, where the tests may act as the machine's root, users that a user namespace has not. */
#include "kernel/plug.h"
#include <grp.h>

static _Alignas(16) unsigned char block[VIF_HOST_MEMORY];

static vif_host_desc in_block(void)
{
    vif_host_desc d = vif_host_desc_default();
    d.memory = block;
    d.memory_size = sizeof block;
    return d;
}

static const vif_vif *fixture(const char *path)
{
    static char text[65536], memory[32768];
    vif_arena arena;
    vif_object *o = NULL;
    FILE *f = fopen(path, "r");
    const size_t len = f ? fread(text, 1, sizeof text, f) : 0;
    if (f) {
        fclose(f);
    }
    vif_arena_init(&arena, memory, sizeof memory);
    if (vif_decode(&arena, text, len, &o, &err) != VIF_OK) {
        CHECK_FAIL("%s: %s: %s", path, err.where, err.text);
        return NULL;
    }
    return vif_as_vif(o);
}

TEST(without_memory_there_is_no_host)
{
    vif_host_desc d = vif_host_desc_default();
    CHECK_INT(vif_host_open(&host, &d, &err), VIF_E_NOMEM);
    CHECK_STR(err.where, "memory");
    vif_host_close(&host);
}

TEST(bridge_in_a_block)
{
    vif_options options;
    vif_host_desc d = in_block();
    const vif_vif *vif;
    clean();
    vif = fixture("tests/fixtures/vifs/linux_bridge.json");
    REQUIRE(vif != NULL);
    memset(&options, 0, sizeof options);
    OK(vif_option_set(&options, "create_tap", "true", &err));
    uplink("eth1");
    DO("ip addr add 192.0.2.2/24 dev eth1");
    OK(vif_host_open(&host, &d, &err));
    OK(vif_plug(&host, vif, NULL, &options, &err));
    CHECK_HAS(show("link show", "tapdc065497-3c"), "master brq1b2c3d4e-5f");
    CHECK_HAS(show("link show", "eth1"), "master brq1b2c3d4e-5f");
    CHECK_HAS(show("addr show", "brq1b2c3d4e-5f"), "192.0.2.2/24");
    shim_start(FAULT_NONE, 0, 0);
    OK(vif_plug(&host, vif, NULL, &options, &err));
    shim_stop();
    CHECK_INT(shim.changing + shim.writes + shim.ioctls, 0);
    OK(vif_unplug(&host, vif, NULL, &options, &err));
    CHECK(!exists("tapdc065497-3c"));
    vif_host_close(&host);
}

TEST(tap_in_a_block)
{
    vif_host_desc d = in_block();
    const vif_vif *vif;
    clean();
    vif = fixture("tests/fixtures/vifs/generic_tap.json");
    REQUIRE(vif != NULL);
    ns_write("/proc/sys/net/ipv4/ip_forward", "1");
    OK(vif_host_open(&host, &d, &err));
    OK(vif_plug(&host, vif, NULL, NULL, &err));
    CHECK_HAS(show("link show", "tapdc065497-3c"), "link/ether ee:ee:ee:ee:ee:ee");
    sh("ip route show dev tapdc065497-3c; ip neigh show proxy");
    CHECK_HAS(sh_text, "192.0.2.17");
    CHECK_HAS(sh_text, "192.0.2.1 dev tapdc065497-3c");
    OK(vif_unplug(&host, vif, NULL, NULL, &err));
    CHECK(!exists("tapdc065497-3c"));
    vif_host_close(&host);
}

/* More than the block holds: refused, and taken back. */
TEST(too_much_for_a_block)
{
    vif_host_desc d = in_block();
    FILE *f;
    clean();
    uplink("eth1");
    f = popen("ip -batch -", "w");
    REQUIRE(f != NULL);
    for (int i = 0; i < 400; i++) {
        fprintf(f, "addr add 10.%d.%d.1/24 dev eth1\n", i / 200, i % 200);
    }
    pclose(f);
    dump_host(&was);
    scene_bridge(&s, "br0", "eth1");
    OK(vif_host_open(&host, &d, &err));
    CHECK_INT(plug(), VIF_E_NOMEM);
    CHECK_HAS(err.where, "addresses eth1");
    CHECK(err.text[0] != '\0');
    dump_host(&is);
    CHECK(dump_same(&was, &is, false));
    vif_host_close(&host);
}

/* Of nobody on a machine: "ip -N" gives a group that exists by its name. */
enum { USER = 70107, GROUP = 70108 };

/* In a child with the machine's users, but a network of its own: owner and group by number, and a
 * holder who is that user, and one who is not. */
static int as_root(void)
{
    vif_host_desc d = in_block();
    pid_t pid;
    int status = -1, i;
    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
        return 77;
    }
    scene_tap(&s);
    s.options.tap_owner = vif_u32_of(USER);
    s.options.tap_group = vif_u32_of(GROUP);
    if (vif_host_open(&host, &d, &err) != VIF_OK || plug() != VIF_OK) {
        printf("# %s: %s\n", err.where, err.text);
        return 1;
    }
    sh("ip -N -d link show dev tap0");
    if (!strstr(sh_text, "user 70107") || !strstr(sh_text, "group 70108")) {
        printf("# %s\n", sh_text);
        return 2;
    }
    shim_start(FAULT_NONE, 0, 0);
    if (plug() != VIF_OK || shim.changing != 0) {
        return 3;
    }
    shim_stop();
    s.options.tap_owner = vif_u32_of(199);
    if (plug() != VIF_E_EXISTS) {
        return 4;
    }
    for (i = 0; i < 2; i++) {
        const int fd = open("/dev/net/tun", O_RDWR);
        char ifreq[40] = "tap0";
        short flags = 0x1002;           /* IFF_TAP | IFF_NO_PI */
        memcpy(ifreq + 16, &flags, 2);
        pid = fork();
        if (pid == 0) {
            const gid_t group = i == 0 ? GROUP : 999;
            const uid_t user = i == 0 ? USER : 999;
            if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(user) != 0) {
                _exit(5);
            }
            _exit(ioctl(fd, _IOW('T', 202, int), ifreq) == 0 ? 0 : 9);
        }
        waitpid(pid, &status, 0);
        close(fd);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != (i == 0 ? 0 : 9)) {
            printf("# holder %d: %d\n", i, status);
            return 6;
        }
    }
    s.options.tap_owner = vif_u32_of(USER);
    if (unplug() != VIF_OK || exists("tap0")) {
        return 7;
    }
    vif_host_close(&host);
    return 0;
}

static int root_result = -1;
TEST(owner_and_group_of_the_machine)
{
    if (root_result == 77) {
        SKIP("needs root of the machine");
    }
    CHECK_INT(root_result, 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        const int result = as_root();
        fflush(stdout);
        child_exit(result);
    }
    waitpid(pid, &status, 0);
    root_result = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
    if (!ns_enter()) {
        puts("skip all: no user and network namespaces here");
        return 0;
    }
    return check_main(argc, argv);
}
