/* SPDX-License-Identifier: MIT
 * cni.c: whole processes of plugins of CNI, as a runtime starts them; cni.sh says which.
 *   cni pairs COUNT NAME PLUGIN CONF PLUGIN CONF  by turns: an ADD and a DEL of each, in each of
 *                                                 COUNT namespaces; medians and their ratio
 *   cni hundred PLUGIN CONF [CONF]                100 ADDs, and the time that 100 DELs take, or one
 *                                                 GC with the second configuration
 * A time is that from posix_spawn(), which copies nothing of this process, to the end of waitpid().
 * So the plugin's exec and exit are in it and those of what it starts, and no shell's fork is. */
#define _GNU_SOURCE
#include "vif_objects.h"
#include "bench/measure.h"
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

static char dir[4096];                  /* where the namespaces are, as files: 0, 1 and so on */

static void namespaces(int count)
{
    const int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    char path[4128];
    if (!getcwd(dir, sizeof dir)) {
        die("getcwd", NULL);
    }
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%d", dir, i);
        close(open(path, O_CREAT | O_CLOEXEC, 0600));
        if (unshare(CLONE_NEWNET) != 0 ||
            mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) != 0 ||
            setns(own, CLONE_NEWNET) != 0) {
            die("a namespace", NULL);
        }
    }
    close(own);
}

static double call(const char *plugin, const char *conf, const char *verb, int container)
{
    char *const argv[] = {(char *)plugin, NULL};
    posix_spawn_file_actions_t io;
    char netns[4128], id[16];
    int status;
    double took;
    pid_t pid;
    snprintf(netns, sizeof netns, "%s/%d", dir, container);
    snprintf(id, sizeof id, "c%d", container);
    setenv("CNI_COMMAND", verb, 1);
    setenv("CNI_CONTAINERID", id, 1);
    setenv("CNI_NETNS", netns, 1);
    posix_spawn_file_actions_init(&io);
    posix_spawn_file_actions_addopen(&io, 0, conf, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&io, 1, "out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    took = now_us();
    if (posix_spawn(&pid, plugin, &io, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "%s %s with %s: see %s/out: ", plugin, verb, conf, dir);
        die("failed", NULL);
    }
    took = now_us() - took;
    posix_spawn_file_actions_destroy(&io);
    return took;
}

static void pairs(int count, const char *name, char **plugins)
{
    static double took[2][2][MOST_ROUNDS];      /* of ADD and DEL; of either plugin */
    static const char *const verbs[2] = {"ADD", "DEL"};
    for (int i = 0; i < count; i++) {
        for (int v = 0; v < 2; v++) {
            for (int p = 0; p < 2; p++) {
                setenv("CNI_IFNAME", p ? "eth1" : "eth0", 1);
                took[v][p][i] = call(plugins[2 * p], plugins[2 * p + 1], verbs[v], i);
            }
        }
    }
    for (int v = 0; v < 2; v++) {
        const double a = median(took[v][0], count), b = median(took[v][1], count);
        printf("%-14s %s %8.0f %8.0f   %.1f\n", name, verbs[v], a, b, a / b);
    }
}

static double hundred(const char *plugin, const char *conf, const char *gc)
{
    double took = 0;
    setenv("CNI_IFNAME", "eth0", 1);
    for (int i = 0; i < 100; i++) {
        call(plugin, conf, "ADD", i);
    }
    for (int i = 0; i < (gc ? 1 : 100); i++) {
        took += call(plugin, gc ? gc : conf, gc ? "GC" : "DEL", i);
    }
    return took;
}

int main(int argc, char **argv)
{
    if (argc == 8 && strcmp(argv[1], "pairs") == 0 && atoi(argv[2]) <= MOST_ROUNDS) {
        namespaces(atoi(argv[2]));
        pairs(atoi(argv[2]), argv[3], argv + 4);
    } else if (argc >= 4 && strcmp(argv[1], "hundred") == 0) {
        namespaces(100);
        printf("%.0f\n", hundred(argv[2], argv[3], argv[4]));
    } else {
        fprintf(stderr, "see tests/bench/cni.c\n");
        return 2;
    }
    return 0;
}
