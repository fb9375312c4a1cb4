/* SPDX-License-Identifier: MIT
 * Fuzz target: vifctl's arguments and what it reads. The input is words, each with a NUL, up to
 * an empty one; the rest is the standard input. Only verbs that change and ask nothing: convert,
 * info, help. Whatever comes, it ends with one of its exit statuses. */
/* libFuzzer: -max_len=4096 */
#define _GNU_SOURCE
#define main vifctl_main
#include "examples/vifctl.c"
#undef main

enum { WORDS = 16, MAX = 4096 };

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";            /* a command leaves its memory to the end of the process */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const verbs[] = {"convert", "info", "help"};
    static char bytes[MAX + 2];
    static vifctl ctl;
    char verb[8], *words[WORDS + 2] = {verb}, *at = bytes + 1;
    FILE *const out = stdout, *const err = stderr;
    int ends[2], n = 1, status;

    if (size == 0 || size > MAX || pipe(ends) != 0) {
        return 0;
    }
    memcpy(bytes, data, size);
    bytes[size] = bytes[size + 1] = '\0';
    (void)snprintf(verb, sizeof verb, "%s", verbs[data[0] % 3]);
    for (; at < bytes + size && *at != '\0' && n <= WORDS; at += strlen(at) + 1) {
        for (char *c = at; *c != '\0'; c++) {
            *c = *c == '/' ? '_' : *c;  /* no file but the standard input */
        }
        words[n++] = at;
    }
    at = at < bytes + size ? at + 1 : bytes + size;
    if (at < bytes + size && write(ends[1], at, (size_t)(bytes + size - at)) < 0) {
        return 0;
    }
    (void)close(ends[1]);
    (void)dup2(ends[0], 0);
    (void)close(ends[0]);
    clearerr(stdin);
    memset(&ctl, 0, sizeof ctl);
    stdout = stderr = fopen("/dev/null", "w");
    if (stdout) {
        status = run(&ctl, words);
        (void)fclose(stdout);
        if (status < EXIT_DONE || status > EXIT_UNKNOWN) {
            __builtin_trap();
        }
    }
    stdout = out;
    stderr = err;
    return 0;
}
