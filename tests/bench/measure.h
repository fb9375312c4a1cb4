/* SPDX-License-Identifier: MIT
 * measure.h: what all measurements share: a clock, counted allocations, medians, other processes,
 * among them os-vif in a warm one. Include it behind vif_objects.h, with _GNU_SOURCE. */
#ifndef MEASURE_H_INCLUDED
#define MEASURE_H_INCLUDED
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void die(const char *what, const vif_error *err)
{
    fprintf(stderr, "%s: %s%s%s%s%s\n", program_invocation_short_name, what, err ? ": " : "",
            err ? err->where : "", err ? ": " : "", err ? err->text : "");
    exit(1);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline void on_signal(int number)
{
    (void)number;
    exit(1);
}

/* So that what atexit() has noted is done. */
static inline void exit_on_signals(void)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

/* ---- allocations ----------------------------------------------------------------------------- */

extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_calloc(size_t count, size_t size);
static unsigned allocations;
void *malloc(size_t size) { allocations++; return __libc_malloc(size); }
void *realloc(void *ptr, size_t size) { allocations++; return __libc_realloc(ptr, size); }
void *calloc(size_t count, size_t size) { allocations++; return __libc_calloc(count, size); }

/* ---- numbers --------------------------------------------------------------------------------- */

enum { MOST_ROUNDS = 301 };

typedef struct stat3 { double low, median, high; } stat3;   /* quartiles */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Of v or, round by round, of v over another series. */
static stat3 stat_of(const double *v, const double *over, int n)
{
    double s[MOST_ROUNDS];
    for (int i = 0; i < n; i++) {
        s[i] = over ? v[i] / over[i] : v[i];
    }
    qsort(s, (size_t)n, sizeof *s, by_value);
    return (stat3){s[n / 4], n % 2 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2, s[n - 1 - n / 4]};
}

static double median(const double *v, int n)
{
    return stat_of(v, NULL, n).median;
}

/* ---- other processes ------------------------------------------------------------------------- */

/* Runs it to its end, without its output; the time that takes, in us. */
static inline double process(const char *const *argv)
{
    posix_spawn_file_actions_t quiet;
    double start;
    int status;
    pid_t pid;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    start = now_us();
    if (posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        die(argv[0], NULL);
    }
    start = now_us() - start;
    posix_spawn_file_actions_destroy(&quiet);
    return start;
}

static FILE *osvif_in, *osvif_out;      /* NULL: it is not there */
static char osvif_about[128];           /* its first line */

/* A script with os-vif, which answers each line with a number. The second word may be NULL. */
static inline void osvif_start(const char *script, const char *word, const char *word2)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        die("pipe", NULL);
    }
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl("/usr/bin/python3", "python3", "-W", "ignore", script, word, word2, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    osvif_in = fdopen(in[1], "w");
    osvif_out = fdopen(out[0], "r");
    if (!fgets(osvif_about, sizeof osvif_about, osvif_out)) {
        strcpy(osvif_about, "not there\n");
        fclose(osvif_in);
        osvif_in = NULL;
    }
}

static inline double osvif_run(const char *words)
{
    char line[256];
    fprintf(osvif_in, "%s\n", words);
    fflush(osvif_in);
    if (!fgets(line, sizeof line, osvif_out) || !strchr("0123456789", line[0])) {
        die("os-vif fails", NULL);
    }
    return atof(line);
}
#endif
