/* SPDX-License-Identifier: MIT
 * ovs.h: an ovsdb-server, and an ovs-vswitchd where wanted, of the test's own: below a directory
 * that is removed at the end, with no trace elsewhere. Include it first. */
#ifndef OVS_H_INCLUDED
#define OVS_H_INCLUDED
#include "ns.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

static char ovs_dir[] = "/tmp/vif-ovs-XXXXXX";
static pid_t ovs_server = -1, ovs_switch = -1;
static int ovs_port;

static inline int64_t ovs_now(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void ovs_sleep(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

static inline const char *ovs_path(const char *name)
{
    static char path[4][200];
    static unsigned which;
    char *to = path[which++ % 4];
    snprintf(to, 200, "%s/%s", ovs_dir, name);
    return to;
}

/* Starts a program without output; it dies with the test. */
static inline pid_t ovs_spawn(const char *const *argv)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const int null = open("/dev/null", O_RDWR);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

static inline int ovs_wait(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static inline int ovs_do(const char *first, ...)
{
    const char *argv[24] = {first};
    va_list list;
    int n = 1;
    va_start(list, first);
    while (n < 23 && (argv[n] = va_arg(list, const char *)) != NULL) {
        n++;
    }
    va_end(list);
    return ovs_wait(ovs_spawn(argv));
}

/* Whether somebody takes connections there, soon: the socket is there a moment before. */
static inline bool ovs_answers(const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", ovs_path(name));
    for (int i = 0; i < 1000; i++) {
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool good = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
        close(fd);
        if (good) {
            return true;
        }
        ovs_sleep(10);
    }
    return false;
}

static inline bool ovs_start_server(void)
{
    char remote[220], tcp[40], ctl[220];
    unlink(ovs_path("db.sock"));
    snprintf(remote, sizeof remote, "--remote=punix:%s", ovs_path("db.sock"));
    snprintf(tcp, sizeof tcp, "--remote=ptcp:%d:127.0.0.1", ovs_port);
    snprintf(ctl, sizeof ctl, "--unixctl=%s", ovs_path("server.ctl"));
    const char *argv[] = {"ovsdb-server", ovs_path("conf.db"), remote, tcp, ctl, "--no-chdir",
                          "-vconsole:off", NULL};
    ovs_server = ovs_spawn(argv);
    return ovs_answers("db.sock");
}

/* A signal for one process: kill(2) takes 0 and -1 for all there are. */
static inline int ovs_signal(pid_t pid, int signal)
{
    if (pid <= 0) {
        abort();
    }
    return kill(pid, signal);
}

static inline void ovs_kill(pid_t *pid)
{
    if (*pid > 0) {
        kill(*pid, SIGKILL);
        kill(*pid, SIGCONT);
        ovs_wait(*pid);
    }
    *pid = -1;
}

static inline bool ovs_start_switch(void)
{
    char db[220], ctl[220];
    snprintf(db, sizeof db, "unix:%s", ovs_path("db.sock"));
    snprintf(ctl, sizeof ctl, "--unixctl=%s", ovs_path("switch.ctl"));
    const char *argv[] = {"/usr/lib/openvswitch-switch/ovs-vswitchd", db, ctl, "--no-chdir",
                          "-vconsole:off", NULL};
    unlink(ovs_path("switch.ctl"));
    if (access(argv[0], X_OK) != 0) {
        argv[0] = "ovs-vswitchd";
    }
    ovs_switch = ovs_spawn(argv);
    return ovs_answers("switch.ctl");
}

static inline void ovs_stop(void)
{
    ovs_kill(&ovs_switch);
    ovs_kill(&ovs_server);
    ovs_do("rm", "-rf", ovs_dir, (char *)NULL);
}

/* False: not installed. With the one row of Open_vSwitch made. */
static inline bool ovs_start(void)
{
    const char *schema = "/usr/share/openvswitch/vswitch.ovsschema";
    char db[220];
    if (access(schema, R_OK) != 0 || !mkdtemp(ovs_dir)) {
        return false;
    }
    ovs_port = 20000 + (int)(getpid() % 20000);
    setenv("OVS_RUNDIR", ovs_dir, 1);
    setenv("OVS_DBDIR", ovs_dir, 1);
    setenv("OVS_LOGDIR", ovs_dir, 1);
    setenv("OVS_SYSCONFDIR", ovs_dir, 1);
    snprintf(db, sizeof db, "--db=unix:%s", ovs_path("db.sock"));
    return ovs_do("ovsdb-tool", "create", ovs_path("conf.db"), schema, (char *)NULL) == 0 &&
           ovs_start_server() && ovs_do("ovs-vsctl", db, "--no-wait", "init", (char *)NULL) == 0;
}
#endif
