/* SPDX-License-Identifier: MIT
 * shell.h: shell commands of a test; the links and descriptors there are. */
#ifndef SHELL_H_INCLUDED
#define SHELL_H_INCLUDED
#include "check.h"
#include <dirent.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/wait.h>

/* Runs a command; its output goes to sh_text, without the last newline. Returns the exit status. */
static char sh_text[1 << 18];
__attribute__((format(printf, 1, 2))) static inline int sh(const char *format, ...)
{
    char command[4096];
    va_list args;
    size_t len = 0, got;
    FILE *f;
    va_start(args, format);
    strcpy(command, "{ ");
    vsnprintf(command + 2, sizeof command - 12, format, args);
    va_end(args);
    strcat(command, "\n} 2>&1");
    f = popen(command, "r");
    while (f && (got = fread(sh_text + len, 1, sizeof sh_text - 1 - len, f)) > 0) {
        len += got;
    }
    sh_text[len > 0 && sh_text[len - 1] == '\n' ? len - 1 : len] = '\0';
    return f ? WEXITSTATUS(pclose(f)) : -1;
}

/* The same; a failure is the test's. */
#define DO(...) do { if (sh(__VA_ARGS__) != 0) { CHECK_FAIL("%s", sh_text); } } while (0)

static inline bool exists(const char *link)
{
    return if_nametoindex(link) != 0;
}

static inline int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;
    while (dir && readdir(dir)) {
        n++;
    }
    if (dir) {
        closedir(dir);
    }
    return n;
}
#endif
