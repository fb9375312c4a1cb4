/* SPDX-License-Identifier: MIT
 * check.h: the test runner of vif. A test is TEST(name) { CHECK(...); }; a binary ends with
 * CHECK_MAIN. Each test prints one line: "ok NAME", "not ok NAME" after its complaints, or
 * "skip NAME: reason". Arguments: substrings of the names to run. CHECK_SEED=n shuffles the order
 * (printed on failure). */
#ifndef CHECK_H_INCLUDED
#define CHECK_H_INCLUDED
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct check_test {
    const char *name;
    void (*run)(void);
} check_test;

static check_test check_tests[512];
static int check_count, check_failures, check_skipped;
static char check_reason[200];

static inline void check_register(const char *name, void (*run)(void))
{
    if (check_count == 512) {
        abort();
    }
    check_tests[check_count].name = name;
    check_tests[check_count++].run = run;
}

#define TEST(name) \
    static void test_##name(void); \
    __attribute__((constructor)) static void check_add_##name(void) \
    { check_register(#name, test_##name); } \
    static void test_##name(void)

#define CHECK_FAIL(...) \
    do { \
        printf("# %s:%d: ", __FILE__, __LINE__); \
        printf(__VA_ARGS__); \
        printf("\n"); \
        check_failures++; \
    } while (0)
#define CHECK(cond) do { if (!(cond)) { CHECK_FAIL("%s", #cond); } } while (0)
/* Like CHECK, but leaves the test: for what the rest stands on. */
#define REQUIRE(cond) do { if (!(cond)) { CHECK_FAIL("%s", #cond); return; } } while (0)
#define CHECK_INT(got, want) \
    do { \
        const long long g_ = (long long)(got), w_ = (long long)(want); \
        if (g_ != w_) { CHECK_FAIL("%s: got %lld, want %lld", #got, g_, w_); } \
    } while (0)
#define CHECK_STR(got, want) \
    do { \
        const char *g_ = (got), *w_ = (want); \
        if (strcmp(g_, w_) != 0) { CHECK_FAIL("%s: got \"%s\", want \"%s\"", #got, g_, w_); } \
    } while (0)
#define CHECK_HAS(got, part) \
    do { \
        const char *g_ = (got), *w_ = (part); \
        if (!strstr(g_, w_)) { CHECK_FAIL("%s: \"%s\" lacks \"%s\"", #got, g_, w_); } \
    } while (0)
#define CHECK_BYTES(got, got_len, want, want_len) \
    check_bytes(__FILE__, __LINE__, #got, (got), (size_t)(got_len), (want), (size_t)(want_len))
#define SKIP(...) \
    do { \
        snprintf(check_reason, sizeof check_reason, __VA_ARGS__); \
        check_skipped = 1; \
        return; \
    } while (0)

static inline void check_bytes(const char *file, int line, const char *what, const void *got,
                               size_t got_len, const void *want, size_t want_len)
{
    const unsigned char *g = (const unsigned char *)got, *w = (const unsigned char *)want;
    size_t i = 0;
    while (i < got_len && i < want_len && g[i] == w[i]) {
        i++;
    }
    if (i == got_len && i == want_len) {
        return;
    }
    printf("# %s:%d: %s: %zu bytes, want %zu; differ at %zu\n#  got", file, line, what, got_len,
           want_len, i);
    for (size_t k = i - i % 4; k < got_len && k < i + 24; k++) {
        printf(" %02x", g[k]);
    }
    printf("\n# want");
    for (size_t k = i - i % 4; k < want_len && k < i + 24; k++) {
        printf(" %02x", w[k]);
    }
    printf("\n");
    check_failures++;
}

static inline int check_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(name, argv[i])) {
            return 1;
        }
    }
    return argc < 2;
}

static inline void check_shuffle(unsigned seed)
{
    for (int i = check_count - 1; i > 0; i--) {
        seed = seed * 1103515245u + 12345u;
        const int k = (int)((seed >> 8) % (unsigned)(i + 1));
        const check_test t = check_tests[i];
        check_tests[i] = check_tests[k];
        check_tests[k] = t;
    }
}

static inline int check_main(int argc, char **argv)
{
    int failed = 0;
    if (getenv("CHECK_SEED")) {
        check_shuffle((unsigned)atoi(getenv("CHECK_SEED")));
    }
    for (int i = 0; i < check_count; i++) {
        if (!check_wanted(check_tests[i].name, argc, argv)) {
            continue;
        }
        check_failures = check_skipped = 0;
        check_tests[i].run();
        if (check_failures) {
            printf("not ok %s\n", check_tests[i].name);
            failed++;
        } else if (check_skipped) {
            printf("skip %s: %s\n", check_tests[i].name, check_reason);
        } else {
            printf("ok %s\n", check_tests[i].name);
        }
        fflush(stdout);
    }
    return failed != 0;
}

#define CHECK_MAIN int main(int argc, char **argv) { return check_main(argc, argv); }
#endif
