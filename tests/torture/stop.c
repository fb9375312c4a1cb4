/* SPDX-License-Identifier: MIT
 * Stops a program at one of its system calls, by ptrace: what a power cut, the kernel's OOM killer or an
 * impatient supervisor does to it, at a chosen moment.
 *
 *   stop FILE K kill COMMAND...     SIGKILL where its K-th system call would begin
 *   stop FILE K ERRNO COMMAND...    the K-th is not made and fails with ERRNO (x86-64 only)
 *   stop FILE K +ERRNO COMMAND...   the K-th is made, and fails nevertheless: what it gave is lost
 *   stop FILE K !WORDS COMMAND...   the shell does WORDS where the K-th would begin; then all goes on
 *
 * The calls are counted from 1 behind the exec of COMMAND; K of 0 lets it run. FILE gets a line:
 * how many calls there were, and the number of the K-th (-1: there was none); of K 0, the numbers
 * of all of them, a line each. The exit status is that of COMMAND, or 137 if it was killed.
 *
 * A call that the kernel itself begins again counts once. It begins a write to some settings again
 * hundreds of times while another process holds its lock of networks. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static long calls, hit = -1, numbers[65536];
static enum { KILL, FAIL, LOSE, MEET } how;
static const char *words;

/* ERESTARTSYS, -NOINTR, -NOHAND, -_RESTARTBLOCK: the kernel shows them to nobody but a tracer. */
static int restarts(long result)
{
    return result == -512 || result == -513 || result == -514 || result == -516;
}

/* At its beginning the call is made none, and at its end it has failed. A brk fails in its own
 * way: it gives the break as it is, as it also does for a break of 0. */
static void fail(pid_t child, int error, int begins)
{
#ifdef __x86_64__
    static unsigned long asked;
    struct user_regs_struct regs;

    if (ptrace(PTRACE_GETREGS, child, NULL, &regs) != 0) {
        return;
    }
    if (hit == SYS_brk) {
        asked = begins ? regs.rdi : asked;
        regs.rdi = begins ? 0 : asked;
    } else {
        regs.orig_rax = (unsigned long)-1;
        regs.rax = (unsigned long)-error;
    }
    (void)ptrace(PTRACE_SETREGS, child, NULL, &regs);
#else
    (void)child;
    (void)error;
    (void)begins;
#endif
}

/* The child stands at the beginning or the end of a system call. */
static void at_call(pid_t child, long k, int error)
{
    static int again;
    struct __ptrace_syscall_info info;

    memset(&info, 0, sizeof info);
    (void)ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        again = restarts((long)info.exit.rval);
        if (!again && calls == k && (how == FAIL || how == LOSE)) {
            fail(child, error, 0);
        }
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || again) {
        return;
    }
    numbers[calls++ % 65536] = (long)info.entry.nr;
    if (calls != k) {
        return;
    }
    hit = (long)info.entry.nr;
    if (how == KILL) {
        (void)kill(child, SIGKILL);
    } else if (how == FAIL) {
        fail(child, error, 1);
    } else if (how == MEET) {
        (void)system(words);
    }
}

static int watch(pid_t child, long k, int error)
{
    int status = 0;
    long signal = 0;

    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            at_call(child, k, error);
        } else {
            signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        }
        (void)ptrace(PTRACE_SYSCALL, child, NULL, signal);
        signal = 0;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    const long k = argc > 4 ? atol(argv[2]) : 0;
    const int error = argc > 4 ? atoi(argv[3]) : 0;
    pid_t child;
    int status;
    FILE *out;
    long i;

    if (argc < 5) {
        return 2;
    }
    how = argv[3][0] == '!' ? MEET : argv[3][0] == '+' ? LOSE : error > 0 ? FAIL : KILL;
    words = argv[3] + 1;
    child = fork();
    if (child == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(argv[4], argv + 4);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
        return 2;
    }
    (void)ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    (void)ptrace(PTRACE_SYSCALL, child, NULL, NULL);
    status = watch(child, k, error);
    out = fopen(argv[1], "w");
    if (out) {
        (void)fprintf(out, "%ld %ld\n", calls, hit);
        for (i = 0; k == 0 && i < calls && i < 65536; i++) {
            (void)fprintf(out, "%ld\n", numbers[i]);
        }
        (void)fclose(out);
    }
    return status;
}
