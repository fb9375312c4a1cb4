/* SPDX-License-Identifier: MIT
 * Tests of vif_objects.h: the JSON reader and writer. The tables of accepted and refused texts
 * follow RFC 8259 section by section. */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <locale.h>
#include <unistd.h>
#include "check.h"

#define LEN(array) (sizeof (array) / sizeof (array)[0])

/* ---- a run of the reader as text ------------------------------------------------------------- */

static const char *const type_names[] = {"error", "more", "end", "{", "}", "[", "]", "key", "str",
                                         "int",
                                         "real", "true", "false", "null", "space"};

typedef struct trace {
    char text[1 << 17];
    size_t len;
    int values, errors;
} trace;

static void trace_add(trace *t, const char *text, size_t len)
{
    if (len > 0 && len < sizeof t->text - t->len - 1) {
        memcpy(t->text + t->len, text, len);
        t->len += len;
        t->text[t->len] = '\0';
    }
}

static void trace_token(trace *t, const vif_json_token *k)
{
    char head[80];
    const char *name = type_names[k->type + 1];
    snprintf(head, sizeof head, "%u %s %zu %lld ", k->offset, name, k->len, (long long)k->integer);
    trace_add(t, head, strlen(head));
    trace_add(t, k->text, k->len);
    trace_add(t, "\n", 1);
    t->values += k->type == VIF_JSON_END;
}

static void trace_error(trace *t, const vif_json *j)
{
    char line[200];
    snprintf(line, sizeof line, "error at %u: %s\n", j->offset, j->why);
    trace_add(t, line, strlen(line));
    t->errors++;
}

/* Reads pieces of text, each a copy of its own in memory of just its size: the first of at bytes,
 * the rest of step bytes each. The scratch has cap bytes, and grow more each time that it is too
 * small; it moves then. */
static void run(trace *t, const char *text, size_t len, size_t at, size_t step, size_t cap,
                size_t grow)
{
    vif_json j;
    vif_json_token k;
    char *scratch = malloc(cap ? cap : 1), *piece = NULL;
    size_t done = 0;

    t->len = 0;
    t->values = t->errors = 0;
    t->text[0] = '\0';
    vif_json_init(&j, scratch, cap);
    for (;;) {
        const vif_json_type type = vif_json_next(&j, &k);
        if (type != k.type) {
            trace_add(t, "type differs\n", 13);
        }
        if (type == VIF_JSON_MORE) {
            size_t n = done == 0 ? at : step;
            n = n < len - done ? n : len - done;
            free(piece);
            piece = NULL;
            if (done == len) {
                vif_json_finish(&j);
                continue;
            }
            piece = malloc(n ? n : 1);
            memcpy(piece, text + done, n);
            vif_json_feed(&j, piece, n);
            done += n;
            if (at == 0) {
                at = step;
            }
        } else if (type == VIF_JSON_SPACE) {
            char *larger = malloc(cap + grow);
            vif_json_scratch(&j, larger, cap + grow);
            memset(scratch, 'x', cap);
            free(scratch);
            scratch = larger;
            cap += grow;
        } else if (type == VIF_JSON_ERROR) {
            trace_error(t, &j);
            break;
        } else {
            trace_token(t, &k);
        }
    }
    if (vif_json_next(&j, &k) != VIF_JSON_ERROR) {
        trace_add(t, "not sticky\n", 11);
    }
    free(scratch);
    free(piece);
}

static trace one, other;

/* The tokens do not depend on where the text is cut, nor on the scratch. */
static void check_splits(const char *text, size_t len)
{
    size_t i;

    run(&one, text, len, len, len, len + 4, 1);
    for (i = 0; i <= len; i++) {
        run(&other, text, len, i, len, len + 4, 1);
        if (strcmp(one.text, other.text) != 0) {
            CHECK_FAIL("split at %zu of %.60s:\n%swhole:\n%s", i, text, other.text, one.text);
            return;
        }
    }
    for (i = 1; i < 4; i++) {
        run(&other, text, len, i, i, 0, i);
        if (strcmp(one.text, other.text) != 0) {
            CHECK_FAIL("pieces of %zu of %.60s:\n%swhole:\n%s", i, text, other.text, one.text);
            return;
        }
    }
    run(&other, text, len, len, len, 0, 1);
    CHECK_STR(other.text, one.text);
}

/* Whether a text is just one JSON value. */
static int accepts(const char *text, size_t len)
{
    vif_json j;
    vif_json_token k;
    vif_json_type type;
    char scratch[4096];

    vif_json_init(&j, scratch, sizeof scratch);
    vif_json_feed(&j, text, len);
    vif_json_finish(&j);
    do {
        type = vif_json_next(&j, &k);
    } while (type > VIF_JSON_END && type != VIF_JSON_SPACE);
    while (j.priv.at < j.priv.end && memchr(" \t\r\n", *j.priv.at, 4)) {
        j.priv.at++;
    }
    return type == VIF_JSON_END && j.priv.at == j.priv.end;
}

typedef struct sample {
    const char *text;
    size_t len;
} sample;
#define S(text) {text, sizeof text - 1}

/* ---- what is JSON ---------------------------------------------------------------------------- */

static const sample good[] = {
    /* §2 structure and blanks */
    S("null"), S("true"), S("false"), S("0"), S("\"\""), S("[]"), S("{}"), S(" []"), S("[] "),
    S("\t\r\n [ \t] \r\n"), S("{ }"), S("[\n1\n,\n2\n]"), S("{ \"a\" : 1 , \"b\" : 2 }"),
    S("[[]]"), S("[{}]"), S("{\"a\":{}}"), S("[[],[[]],{\"x\":[{}]}]"),
    /* §3 literals */
    S("[true,false,null]"), S("{\"null\":null,\"true\":true}"),
    /* §4 objects: empty, double and odd keys */
    S("{\"\":0}"), S("{\"a\":1,\"a\":1}"), S("{\"a\":1,\"a\":2}"), S("{\"\\u0061\":1}"),
    S("{\"a b\\tc\":[]}"), S("{\"\xc3\xa9\":\"\xe2\x82\xac\"}"),
    /* §6 numbers */
    S("-0"), S("1"), S("-1"), S("10"), S("123456789"), S("0.0"), S("-0.0"), S("0.5"), S("1.25"),
    S("10.01"), S("0e0"), S("0E0"), S("1e5"), S("1E5"), S("1e+5"), S("1e-5"), S("1E+05"),
        S("-1.5e-7"),
    S("0.00000000000000000000000000001"), S("1e400"), S("-1e-400"), S("0e99999"),
    S("9223372036854775807"), S("-9223372036854775808"), S("9223372036854775808"),
    S("123456789012345678901234567890"), S("[0,-0,1]"), S("[1e1,0.1]"),
    /* §7 strings */
    S("\"a\""), S("\"\\\"\""), S("\"\\\\\""), S("\"\\/\""), S("\"/\""), S("\"\\b\\f\\n\\r\\t\""),
    S("\"\\u0041\""), S("\"\\u00e9\""), S("\"\\u00E9\""), S("\"\\u20AC\""), S("\"\\uD83D\\uDE00\""),
    S("\"\\ud83d\\ude00\""), S("\"\\ud800\\udc00\""), S("\"\\udbff\\udfff\""), S("\"\\u0001\""),
    S("\"\\u001f\""), S("\"\x7f\""), S("\"\\u007f\""), S("\"\\uffff\""), S("\"\\ufdd0\""),
    S("\"\\\\u0000\""), S("\"\\\\\\\"\""), S("\"'\""), S("\"//\""), S("\"/* */\""), S("\" \""),
    S("\"[{}],:\""), S("\"abcdefgh\""), S("\"abcdefghi\\njklmnopqrstuvwx\""),
    /* §8.1 UTF-8, the ends of every length */
    S("\"\xc2\x80\""), S("\"\xdf\xbf\""), S("\"\xe0\xa0\x80\""), S("\"\xed\x9f\xbf\""),
    S("\"\xee\x80\x80\""), S("\"\xef\xbf\xbf\""), S("\"\xf0\x90\x80\x80\""),
    S("\"\xf4\x8f\xbf\xbf\""), S("\"\xf0\x9f\x98\x80 and \xe2\x82\xac\""), S("\"\xe2\x80\xa8\"")};

static const sample bad[] = {
    /* nothing, or no whole value */
    S(""), S(" "), S("["), S("{"), S("[1"), S("[1,"), S("[[]"), S("{\"a\""), S("{\"a\":"),
        S("{\"a\":1"),
    S("{\"a\":1,"), S("\""), S("\"a"), S("\"\\"), S("\"\\u"), S("\"\\u00"), S("\"\\u004"), S("-"),
    S("1."), S("1e"), S("1e+"), S("t"), S("tru"), S("nul"), S("fals"), S("\"\xe2\x82"),
        S("\"\\ud83d"),
    /* too much */
    S("[]]"), S("{}}"), S("1 2"), S("[] []"), S("null,"), S("[] x"), S("\"\"\"\""), S("1]"),
        S("true}"),
    S("{} #"), S("[]\f"), S("1\v"), S("nulll"), S("truefalse"),
    /* commas, colons, brackets */
    S("[,]"), S("[1,]"), S("[,1]"), S("[1,,2]"), S("[1 2]"), S("[\"a\" \"b\"]"), S("[1;2]"),
        S("[1:2]"),
    S("[}"), S("{]"), S("[1}"), S("{\"a\":1]"), S("]"), S("}"), S(","), S(":"), S("{,}"),
    S("{\"a\":1,}"), S("{,\"a\":1}"), S("{\"a\"}"), S("{\"a\",1}"), S("{\"a\":}"), S("{\"a\"::1}"),
    S("{\"a\" 1}"), S("{\"a\":1 \"b\":2}"), S("{\"a\":1,,\"b\":2}"), S("{\"a\":1:2}"), S("{:1}"),
    S("[1,{]"), S("[\"a\",:]"), S("[[],]"),
    /* keys that are no strings */
    S("{a:1}"), S("{1:1}"), S("{null:1}"), S("{'a':1}"), S("{[]:1}"), S("{{}:1}"),
        S("{\"a\":1,b:2}"),
    /* literals */
    S("True"), S("NULL"), S("nil"), S("undefined"), S("NaN"), S("Infinity"), S("-Infinity"),
        S("nan"),
    S("tRue"), S("trux"), S("nul]"), S("[nul]"), S("[tru,1]"), S("[fals e]"),
    /* numbers */
    S("+1"), S("01"), S("-01"), S("00"), S("-00"), S("1.e1"), S(".5"), S("-.5"), S("0."), S("[1.]"),
    S("0.e1"), S("1e1.5"), S("1e"), S("[1e]"), S("1E-"), S("[1E+]"), S("1ee2"), S("--1"), S("-+1"),
    S("1-"), S("1+1"), S("1-1"), S("0x10"), S("0b1"), S("1_000"), S("1,000"), S("1 000"), S("-a"),
        S("- 1"),
    S("1.2.3"), S("1.-2"), S("1a"), S("12e"), S("1f"), S("1.0L"), S("\xd9\xa1"), S("[-]"),
        S("[01]"),
    S("\xef\xbc\x91"), S("0e"), S("0e+"), S("-0."),
    /* strings */
    S("'a'"), S("a"), S("\"\n\""), S("\"\t\""), S("\"\x1f\""), S("\"\0\""), S("\"a\0b\""),
        S("\"\\a\""),
    S("\"\\v\""), S("\"\\0\""), S("\"\\x41\""), S("\"\\'\""), S("\"\\U0041\""), S("\"\\u\""),
    S("\"\\u12\""), S("\"\\u123\""), S("\"\\u123g\""), S("\"\\u 123\""), S("\"\\u+123\""),
        S("\"\\u-123\""),
    S("\"\\u0x12\""), S("\"\\ \""), S("\"\\\n\""), S("\"\\\xc3\xa9\""), S("\"\\u00\xc3\xa9\""),
        S("\"\\\""),
    S("\"\\\\\\\""), S("[\"a]"), S("[\"a\\\"]"), S("\"\\u0000\""), S("\"\\u003\x81\""),
    S("\"\\u\x91\x91\x91\x91\""), S("\"\\\0\""), S("\"\\u00\0""0\""),
    /* surrogates */
    S("\"\\ud800\""), S("\"\\udbff\""), S("\"\\udc00\""), S("\"\\udfff\""), S("\"\\ud83d\\ud83d\""),
    S("\"\\ude00\\ud83d\""), S("\"\\ud83dx\""), S("\"\\ud83d\\n\""), S("\"\\ud83d\\\\\""),
    S("\"\\ud83d\\u0041\""), S("\"\\ud83d\\ue000\""), S("\"\\ud83d\\udbff\""), S("\"\\ud83d\\u\""),
    S("\"\\ud83d \\ude00\""), S("\"\\ud83d\\ude0\""),
    /* UTF-8: stray, cut, overlong, surrogates, too large */
    S("\"\x80\""), S("\"\xbf\""), S("\"\xc2\""), S("\"\xc2\xc2\""), S("\"\xe2\x82\""),
        S("\"\xe2\x28\xa1\""),
    S("\"\xf0\x9f\x98\""), S("\"\xc0\x80\""), S("\"\xc1\xbf\""), S("\"\xe0\x80\x80\""),
    S("\"\xe0\x9f\xbf\""), S("\"\xf0\x80\x80\x80\""), S("\"\xf0\x8f\xbf\xbf\""),
        S("\"\xed\xa0\x80\""),
    S("\"\xed\xbf\xbf\""), S("\"\xed\xa0\xbd\xed\xb8\x80\""), S("\"\xf4\x90\x80\x80\""),
    S("\"\xf5\x80\x80\x80\""), S("\"\xf8\x88\x80\x80\x80\""), S("\"\xfe\""), S("\"\xff\""),
        S("\"\xc3\\n\""),
    S("\"\xc3\"\""), S("\"\xe9\""), S("{\"\xff\":1}"), S("\"\xf0\x9f\\u0041\""),
    /* marks, comments, blanks that are none */
    S("\xef\xbb\xbf[]"), S("\xff\xfe[\0]\0"), S("/**/[]"), S("[]//"), S("[1/**/]"), S("#\n[]"),
        S("\xc2\xa0[]"),
    S("[\xe2\x80\x83]"), S("[\v]"), S("[\f]"), S("\0"), S("[\0]"), S("[1\0]"), S("[]\0"), S("<a/>"),
        S("(1)"),
    S("\xe2\x80\x9c""a\xe2\x80\x9d"), S("[\x1b]"), S("\x7f")};

TEST(json_accepts_what_is_json)
{
    size_t i;

    for (i = 0; i < LEN(good); i++) {
        if (!accepts(good[i].text, good[i].len)) {
            CHECK_FAIL("refused: %s", good[i].text);
        }
    }
    printf("# %zu texts\n", i);
    CHECK_INT(i, LEN(good));
}

TEST(json_refuses_what_is_not)
{
    size_t i;

    for (i = 0; i < LEN(bad); i++) {
        if (accepts(bad[i].text, bad[i].len)) {
            CHECK_FAIL("accepted: %s", bad[i].text);
        }
    }
    printf("# %zu texts\n", i);
}

TEST(json_same_tokens_however_it_is_cut)
{
    size_t i;

    for (i = 0; i < LEN(good); i++) {
        check_splits(good[i].text, good[i].len);
    }
    for (i = 0; i < LEN(bad); i++) {
        check_splits(bad[i].text, bad[i].len);
    }
}

static const char long_text[] =
    " {\"versioned_object.name\" : \"VIFBridge\", \"numbers\":[ -1.5e+10,0, 12345678901234567890,"
    "-7 ],\r\n"
    "\t\"e\\u00e9\\ud83d\\ude00\\\\\\\"\" : {\"\": [true , false,null , [ ] , { } ]},"
    "\"\xe2\x82\xac\":\"a "
    "string of more than eight bytes, \\n with an escape,"
    " \xf0\x9f\x98\x80 and one at its end \\t\" } \n";

TEST(json_same_tokens_in_a_long_text)
{
    check_splits(long_text, sizeof long_text - 1);
    CHECK_INT(one.values, 1);
}

/* Several texts on one stream, with and without blanks between them. */
TEST(json_several_texts_on_a_stream)
{
    static const char stream[] = "{\"id\":1}{\"id\":2} [3]\n\"four\"5 6\ttrue null\"\"[]7";
    vif_json j;
    vif_json_token k;
    char scratch[16];

    check_splits(stream, sizeof stream - 1);
    CHECK_INT(one.values, 11);
    CHECK_INT(one.errors, 1);           /* at the end, where the next value would start */
    CHECK_HAS(one.text, "44 int 1 7 7");

    /* A text is over with its last byte: no need to wait for what follows, but behind a number. */
    vif_json_init(&j, scratch, sizeof scratch);
    vif_json_feed(&j, "[1]", 3);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_ARRAY);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_INT);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_ARRAY_END);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_END);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_MORE);
    vif_json_feed(&j, "12", 2);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_MORE);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_MORE);
    vif_json_feed(&j, "3", 1);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_MORE);
    vif_json_feed(&j, "", 0);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_MORE);
    vif_json_finish(&j);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_INT);
    CHECK_INT(k.integer, 123);
    CHECK_INT(k.offset, 3);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_END);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_ERROR);
}

TEST(json_numbers_at_the_end_of_a_piece)
{
    static const char *const numbers[] = {"0", "-0", "12", "-12", "1.5", "-1.5e3", "1E+22",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e5"};
    char text[80];
    size_t i;

    for (i = 0; i < LEN(numbers); i++) {
        snprintf(text, sizeof text, "[%s,%s]%s %s", numbers[i], numbers[i], numbers[i], numbers[i]);
        check_splits(text, strlen(text));
        CHECK_INT(one.values, 3);
    }
}

/* ---- what the tokens hold -------------------------------------------------------------------- */

static char first_scratch[4096];

/* The first token of a text. */
static vif_json_token first(const char *text, size_t len)
{
    vif_json j;
    vif_json_token k;

    vif_json_init(&j, first_scratch, sizeof first_scratch);
    vif_json_feed(&j, text, len);
    vif_json_finish(&j);
    (void)vif_json_next(&j, &k);
    return k;
}

TEST(json_integers_are_exact)
{
    static const struct { const char *text; vif_json_type type; long long value; } cases[] = {
        {"0", VIF_JSON_INT, 0}, {"-0", VIF_JSON_INT, 0}, {"7", VIF_JSON_INT, 7},
        {"-9007199254740993", VIF_JSON_INT, -9007199254740993}, {"9007199254740993", VIF_JSON_INT,
        9007199254740993}, {"9223372036854775806", VIF_JSON_INT, INT64_MAX - 1},
        {"9223372036854775807", VIF_JSON_INT, INT64_MAX}, {"9223372036854775808", VIF_JSON_REAL, 0},
        {"-9223372036854775808", VIF_JSON_INT, INT64_MIN}, {"-9223372036854775809", VIF_JSON_REAL,
                                                            0},
        {"18446744073709551616", VIF_JSON_REAL, 0}, {"18446744073709551617", VIF_JSON_REAL, 0},
        {"92233720368547758070", VIF_JSON_REAL, 0}, {"1.0", VIF_JSON_REAL, 0},
        {"1e0", VIF_JSON_REAL, 0}, {"1400.0", VIF_JSON_REAL, 0}, {"14E2", VIF_JSON_REAL, 0}};
    size_t i;

    for (i = 0; i < LEN(cases); i++) {
        const vif_json_token k = first(cases[i].text, strlen(cases[i].text));
        CHECK_INT(k.type, cases[i].type);
        CHECK_BYTES(k.text, k.len, cases[i].text, strlen(cases[i].text));
        if (cases[i].type == VIF_JSON_INT) {
            CHECK_INT(k.integer, cases[i].value);
        }
    }
}

TEST(json_strings_are_decoded)
{
    static const struct { sample in, want; } cases[] = {
        {S("\"\""), S("")}, {S("\"plain\""), S("plain")}, {S("\"\\\"\\\\\\/\""), S("\"\\/")},
        {S("\"\\b\\f\\n\\r\\t\""), S("\b\f\n\r\t")}, {S("\"\\u0041\\u00e9\\u20ac\""),
                                                      S("A\xc3\xa9\xe2\x82\xac")},
        {S("\"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uffff\""),
         S("\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf")},
        {S("\"\\uD800\\uDC00\\udbff\\uDFFF\""), S("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
        {S("\"\\uD83d\\ude00\""), S("\xf0\x9f\x98\x80")},
            {S("\"a\\nb\xc3\xa9\\tc\""), S("a\nb\xc3\xa9\tc")},
        {S("\"\\\\u0041\""), S("\\u0041")}, {S("\"0123456789abcdef\\u003d\""),
                                             S("0123456789abcdef=")},
        {S("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""), S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")}};
    size_t i;

    for (i = 0; i < LEN(cases); i++) {
        const vif_json_token k = first(cases[i].in.text, cases[i].in.len);
        CHECK_INT(k.type, VIF_JSON_STRING);
        CHECK_BYTES(k.text, k.len, cases[i].want.text, cases[i].want.len);
        check_splits(cases[i].in.text, cases[i].in.len);
    }
}

/* Every code point as \u and as UTF-8 gives the same bytes; there are no others. */
TEST(json_every_code_point)
{
    char text[32];
    unsigned c;

    for (c = 1; c < 0x110000; c += c < 0x3000 || (c > 0xd700 && c < 0xe100) ? 1 : 61) {
        vif_json_token k;
        char utf8[8];
        const int n = c >= 0x10000
            ? snprintf(text, sizeof text, "\"\\u%04x\\u%04X\"", 0xd800 + ((c - 0x10000) >> 10),
                       0xdc00 + ((c - 0x10000) & 0x3ff))
            : snprintf(text, sizeof text, "\"\\u%04X\"", c);
        size_t len;
        k = first(text, (size_t)n);
        if (c >= 0xd800 && c < 0xe000) {
            CHECK_INT(k.type, VIF_JSON_ERROR);
            continue;
        }
        len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (k.type != VIF_JSON_STRING || k.len != len) {
            CHECK_FAIL("U+%04X: type %d, %zu bytes", c, k.type, k.len);
            return;
        }
        memcpy(utf8, k.text, len);
        snprintf(text, sizeof text, "\"%.*s\"", (int)len, utf8);
        if (c >= 0x20 && c != '"' && c != '\\') {
            k = first(text, len + 2);
            if (k.type != VIF_JSON_STRING || k.len != len || memcmp(k.text, utf8, len) != 0) {
                CHECK_FAIL("U+%04X as UTF-8", c);
                return;
            }
        }
    }
}

/* Every pair, and many a triple, of bytes beyond ASCII, against the table of RFC 3629 §4. */
TEST(json_every_sequence_of_bytes)
{
    unsigned a, b, c;

    for (a = 0x80; a < 0x100; a++) {
        for (b = 0x80; b < 0x100; b++) {
            const char two[] = {'"', (char)a, (char)b, '"'};
            CHECK_INT(accepts(two, 4), a >= 0xc2 && a < 0xe0 && b < 0xc0);
            for (c = 0x7f; c < 0xc2; c += 0x21) {
                const char three[] = {'"', (char)a, (char)b, (char)c, '"'};
                const int low = a == 0xe0 ? 0xa0 : 0x80, high = a == 0xed ? 0x9f : 0xbf;
                const int whole = a >= 0xe0 && a < 0xf0 && (int)b >= low && (int)b <= high &&
                    c >= 0x80 && c < 0xc0;
                const int with_ascii = a >= 0xc2 && a < 0xe0 && b < 0xc0 && c == 0x7f;
                CHECK_INT(accepts(three, 5), whole || with_ascii);
            }
        }
    }
}

/* The text of a token without escapes is the input itself; a reader needs no scratch for it. */
TEST(json_tokens_are_views)
{
    static const char text[] = "[\"view\", 12.5, {\"key\":1}]";
    vif_json j;
    vif_json_token k;

    vif_json_init(&j, NULL, 0);
    vif_json_feed(&j, text, sizeof text - 1);
    vif_json_finish(&j);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_ARRAY);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_STRING);
    CHECK(k.text == text + 2 && k.len == 4);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_REAL);
    CHECK(k.text == text + 9 && k.len == 4);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_OBJECT);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_KEY);
    CHECK(k.text == text + 17 && k.len == 3);
}

TEST(json_offsets_and_words_of_errors)
{
    static const struct { const char *text; unsigned offset; const char *why; } cases[] = {
        {"[1,]", 3, "value expected"}, {"[1 2]", 3, "',' or ']'"}, {"{\"a\" 1}", 5, "':' expected"},
        {"{1:2}", 1, "'\"' of a key"}, {"{\"a\":1,}", 7, "'\"' of a key"},
            {"[01]", 2, "malformed number"},
        {"[1.]", 3, "digit expected"}, {"\"\\q\"", 2, "unknown escape"},
            {"\"\\u12x4\"", 5, "four hex"},
        {"\"\\ud800\"", 7, "surrogate"}, {"\"ab\ncd\"", 3, "control character"},
        {"\"abc\xff\"", 4, "UTF-8"}, {"\"\\u0000\"", 6, "U+0000"}, {"[tru]", 4, "value expected"},
        {"{\"a\":1", 6, "ends in the middle"}, {"{\"a\":[1}", 7, "',' or ']'"},
            {"  @", 2, "value expected"}};
    size_t i;

    for (i = 0; i < LEN(cases); i++) {
        vif_json j;
        vif_json_token k;
        char scratch[64];
        vif_json_init(&j, scratch, sizeof scratch);
        vif_json_feed(&j, cases[i].text, strlen(cases[i].text));
        vif_json_finish(&j);
        while (vif_json_next(&j, &k) != VIF_JSON_ERROR && k.type != VIF_JSON_END) {
        }
        CHECK_INT(k.type, VIF_JSON_ERROR);
        CHECK_INT(j.offset, cases[i].offset);
        CHECK_HAS(j.why ? j.why : "", cases[i].why);
    }
}

/* A scratch that is too small for what it has to take over stays what it was. */
TEST(json_smaller_scratch)
{
    vif_json j;
    vif_json_token k;
    char eight[8], two[2], large[32];

    vif_json_init(&j, eight, sizeof eight);
    vif_json_feed(&j, "\"\\nabcd\\nefgh\\n\"", 16);
    vif_json_finish(&j);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_SPACE);
    vif_json_scratch(&j, two, sizeof two);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_SPACE);
    vif_json_scratch(&j, large, sizeof large);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_STRING);
    CHECK_BYTES(k.text, k.len, "\nabcd\nefgh\n", 11);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static size_t nest(char *text, int depth, const char *open, const char *close)
{
    size_t len = 0;
    int i;

    for (i = 0; i < depth; i++) {
        len += (size_t)sprintf(text + len, "%s", open);
    }
    len += (size_t)sprintf(text + len, "%s", open[0] == '{' ? "0" : "");
    for (i = 0; i < depth; i++) {
        len += (size_t)sprintf(text + len, "%s", close);
    }
    return len;
}

TEST(json_depth)
{
    static const char *const kinds[][2] = {{"[", "]"}, {"{\"k\":", "}"}, {"[[", "]]"},
                                           {"[{\"\":[", "]}]"}};
    char text[4096];
    size_t i, len;

    for (i = 0; i < LEN(kinds); i++) {
        const int each = i < 2 ? 1 : i == 2 ? 2 : 3;
        len = nest(text, VIF_JSON_DEPTH / each, kinds[i][0], kinds[i][1]);
        CHECK(accepts(text, len));
        check_splits(text, len);
        len = nest(text, VIF_JSON_DEPTH / each + 1, kinds[i][0], kinds[i][1]);
        CHECK(!accepts(text, len));
        CHECK_HAS((run(&one, text, len, len, len, 9, 1), one.text), "nested too deeply");
    }
    memset(text, '[', sizeof text);
    CHECK(!accepts(text, sizeof text));
    /* Depth counts what is open, not what was. */
    for (i = 0; i < 500; i++) {
        memcpy(text + i * 8, i == 0 ? "[[{}],[]" : ",[{}],[]", 8);
    }
    memcpy(text + i * 8, "]", 2);
    CHECK(accepts(text, strlen(text)));
}

TEST(json_text_at_any_address)
{
    static char buffer[sizeof long_text + 8];
    size_t i;

    run(&one, long_text, sizeof long_text - 1, 9999, 9999, 256, 1);
    for (i = 1; i < 4; i++) {
        vif_json j;
        vif_json_token k;
        static char scratch[260];
        memcpy(buffer + i, long_text, sizeof long_text);
        other.len = 0;
        vif_json_init(&j, scratch + i, 256);
        vif_json_feed(&j, buffer + i, sizeof long_text - 1);
        vif_json_finish(&j);
        while (vif_json_next(&j, &k) != VIF_JSON_ERROR) {
            trace_token(&other, &k);
        }
        trace_error(&other, &j);
        CHECK_STR(other.text, one.text);
    }
}

/* ---- reading over ---------------------------------------------------------------------------- */

TEST(json_skip)
{
    size_t i;

    for (i = 0; i < LEN(good); i++) {
        char text[400], scratch[200];
        vif_json j;
        vif_json_token k;
        const int n = snprintf(text, sizeof text, "[0,%.*s,{\"x\":%.*s,\"y\":0}]%.*s ",
                               (int)good[i].len,
                               good[i].text, (int)good[i].len, good[i].text, (int)good[i].len,
                               good[i].text);
        vif_json_init(&j, scratch, sizeof scratch);
        vif_json_feed(&j, text, (size_t)n);
        vif_json_finish(&j);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_ARRAY);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_INT);
        CHECK_INT(vif_json_skip(&j, VIF_JSON_MORE), VIF_JSON_END);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_OBJECT);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_KEY);
        CHECK_INT(vif_json_skip(&j, VIF_JSON_MORE), VIF_JSON_END);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_KEY);
        CHECK_BYTES(k.text, k.len, "y", 1);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_INT);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_OBJECT_END);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_ARRAY_END);
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_END);
        if (vif_json_next(&j, &k) == VIF_JSON_OBJECT || k.type == VIF_JSON_ARRAY) {
            CHECK_INT(vif_json_skip(&j, k.type), VIF_JSON_END);
        }
        CHECK_INT(vif_json_next(&j, &k), VIF_JSON_END);
    }
    for (i = 0; i < LEN(bad); i++) {
        char scratch[200];
        vif_json j;
        run(&one, bad[i].text, bad[i].len, bad[i].len, 1, 200, 1);
        vif_json_init(&j, scratch, sizeof scratch);
        vif_json_feed(&j, bad[i].text, bad[i].len);
        vif_json_finish(&j);
        if (one.values == 0) {
            CHECK_INT(vif_json_skip(&j, VIF_JSON_MORE), VIF_JSON_ERROR);
            CHECK(j.why != NULL);
        }
    }
}

/* What nobody wants needs no room, however long it is. */
TEST(json_skip_without_scratch)
{
    char text[600];
    vif_json j;
    vif_json_token k;

    alarm(20);
    strcpy(text, "[\"\\n");
    memset(text + 4, 'y', 200);
    strcpy(text + 204, "\\u0041\\ud83d\\ude00");
    memset(text + 222, 'z', 200);
    strcpy(text + 422, "\\t\", 123456789, 1.5e100, {\"\\u0041\":\"\\u0042\"}]");
    vif_json_init(&j, NULL, 0);
    vif_json_feed(&j, text, strlen(text));
    vif_json_finish(&j);
    CHECK_INT(vif_json_skip(&j, VIF_JSON_MORE), VIF_JSON_END);
    CHECK_INT(vif_json_next(&j, &k), VIF_JSON_END);
    alarm(0);
}

TEST(json_skip_stops_for_more)
{
    vif_json j;
    char scratch[64];

    vif_json_init(&j, scratch, sizeof scratch);
    vif_json_feed(&j, "[1,[2,", 6);
    CHECK_INT(vif_json_skip(&j, VIF_JSON_MORE), VIF_JSON_MORE);
}

/* ---- the writer ------------------------------------------------------------------------------ */

static void write_sample(vif_json_out *o)
{
    vif_json_open(o, '{');
    vif_json_key(o, "text");
    vif_json_string(o, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    vif_json_key(o, "k\"\n");
    vif_json_text(o, "a\0b", 3);
    vif_json_key(o, "list");
    vif_json_open(o, '[');
    vif_json_int(o, 0);
    vif_json_int(o, -1);
    vif_json_int(o, INT64_MAX);
    vif_json_int(o, INT64_MIN);
    vif_json_bool(o, true);
    vif_json_bool(o, false);
    vif_json_null(o);
    vif_json_raw(o, "1.50", 4);
    vif_json_open(o, '[');
    vif_json_close(o, ']');
    vif_json_open(o, '{');
    vif_json_close(o, '}');
    vif_json_string(o, "");
    vif_json_close(o, ']');
    vif_json_key(o, "");
    vif_json_null(o);
    vif_json_close(o, '}');
}

static const char sample_text[] =
    "{"
    "\"text\":"
    "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\","
    "\"k\\\"\\n\":\"a\\u0000b\",\"list\":[0,-1,9223372036854775807,-9223372036854775808,true,"
    "false,null,"
    "1.50,[],{},\"\"],\"\":null}";

TEST(json_writer)
{
    char buffer[512];
    vif_json_out o;

    vif_json_out_init(&o, buffer, sizeof buffer);
    write_sample(&o);
    CHECK_BYTES(buffer, o.len, sample_text, sizeof sample_text - 1);
    CHECK(!o.overflow && !o.bad);
}

TEST(json_writer_every_size_of_buffer)
{
    const size_t whole = sizeof sample_text - 1;
    size_t cap, shift;
    vif_json_out o;

    vif_json_out_init(&o, NULL, 0);
    write_sample(&o);
    CHECK_INT(o.len, whole);
    CHECK(o.overflow && !o.bad);
    vif_json_out_init(&o, NULL, 100);
    write_sample(&o);
    CHECK_INT(o.len, whole);
    for (cap = 0; cap <= whole + 1; cap++) {
        for (shift = 0; shift < 4; shift++) {
            char *buffer = malloc(cap + shift + 1);
            memset(buffer, '#', cap + shift + 1);
            vif_json_out_init(&o, buffer + shift, cap);
            write_sample(&o);
            CHECK_INT(o.len, whole);
            CHECK_INT(o.overflow, cap < whole);
            CHECK(buffer[cap + shift] == '#' && (shift == 0 || buffer[shift - 1] == '#'));
            if (!o.overflow) {
                CHECK_BYTES(buffer + shift, o.len, sample_text, whole);
            }
            free(buffer);
        }
    }
}

/* No control character leaves the writer as it is: nor do U+0080 to U+009F, which terminals take for
 * commands, and bytes that are no UTF-8, which some take for characters of another set. */
TEST(json_writer_writes_no_control_character)
{
    char text[8], buffer[64], want[64];
    vif_json_out o;
    unsigned c;

    for (c = 0x7f; c <= 0xff; c++) {
        const int n = c == 0x7f ? sprintf(text, "a%cb", (int)c)
            : sprintf(text, "a%c%cb", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 63)));
        memset(buffer, 0, sizeof buffer);
        vif_json_out_init(&o, buffer, sizeof buffer);
        vif_json_text(&o, text, (size_t)n);
        if (c < 0xa0) {
            sprintf(want, "\"a\\u%04xb\"", c);
        } else {
            sprintf(want, "\"%s\"", text);
        }
        CHECK_STR(buffer, want);
        CHECK(!o.bad);
    }
    for (c = 0x80; c <= 0xff; c++) {
        sprintf(text, "a%cb\xc2", (int)c);
        memset(buffer, 0, sizeof buffer);
        vif_json_out_init(&o, buffer, sizeof buffer);
        vif_json_text(&o, text, strlen(text));
        sprintf(want, "\"a\\u%04xb\\u00c2\"", c);
        CHECK_STR(buffer, want);
        CHECK(o.bad);
    }
}

/* No text at all, and no memory, are texts and memory of no bytes. */
TEST(json_of_null)
{
    vif_json j;
    vif_json_token t;
    vif_json_out o;

    vif_json_init(&j, NULL, 0);
    CHECK_INT(vif_json_next(&j, &t), VIF_JSON_MORE);
    vif_json_feed(&j, NULL, 0);
    CHECK_INT(vif_json_next(&j, &t), VIF_JSON_MORE);
    vif_json_feed(&j, "\"", 1);
    CHECK_INT(vif_json_next(&j, &t), VIF_JSON_MORE);
    vif_json_feed(&j, NULL, 0);
    CHECK_INT(vif_json_next(&j, &t), VIF_JSON_MORE);
    vif_json_feed(&j, "\"", 1);
    CHECK_INT(vif_json_next(&j, &t), VIF_JSON_STRING);
    CHECK(t.len == 0 && t.text != NULL);
    vif_json_init(&j, NULL, 0);
    vif_json_finish(&j);
    CHECK_INT(vif_json_skip(&j, VIF_JSON_MORE), VIF_JSON_ERROR);
    vif_json_out_init(&o, NULL, 0);
    vif_json_raw(&o, NULL, 0);
    CHECK(o.len == 0 && !o.overflow);
    vif_json_text(&o, NULL, 0);
    CHECK(o.len == 3 && o.overflow);    /* with a comma */
}

TEST(json_writer_marks_what_is_not_utf8)
{
    size_t i;

    for (i = 0; i < 256; i++) {
        const char two[] = {(char)i, 'x', '\0'};
        char buffer[64];
        vif_json_out o;
        vif_json_out_init(&o, buffer, sizeof buffer);
        vif_json_text(&o, two, 2);
        CHECK_INT(o.bad, i >= 0x80);
        vif_json_out_init(&o, NULL, 0);
        vif_json_text(&o, two, 1);
        CHECK_INT(o.bad, i >= 0x80);
        vif_json_string(&o, "fine");
        CHECK_INT(o.bad, i >= 0x80);    /* sticky */
    }
    for (i = 0; i < LEN(bad); i++) {    /* the strings of the table that are bad for their bytes */
        const sample s = bad[i];
        char buffer[256];
        vif_json_out o;
        const int is_utf8 = s.len > 2 && (unsigned char)s.text[1] >= 0x80 && s.text[0] == '"' &&
            !strchr(s.text, '\\') && !memchr(s.text + 1, '"', s.len - 2);
        if (is_utf8) {
            vif_json_out_init(&o, buffer, sizeof buffer);
            vif_json_text(&o, s.text + 1, s.len - 2);
            CHECK(o.bad);
            vif_json_out_init(&o, buffer, sizeof buffer);
            vif_json_open(&o, '{');
            vif_json_key(&o, "\xff");
            CHECK(o.bad);
        }
    }
}

TEST(json_writer_depth)
{
    char buffer[256];
    vif_json_out o;
    int i;

    vif_json_out_init(&o, buffer, sizeof buffer);
    for (i = 0; i < VIF_JSON_DEPTH; i++) {
        vif_json_open(&o, '[');
    }
    CHECK(!o.bad);
    for (i = 0; i < VIF_JSON_DEPTH; i++) {
        vif_json_close(&o, ']');
    }
    CHECK(!o.bad && !o.overflow);
    CHECK(accepts(buffer, o.len));
    vif_json_out_init(&o, buffer, sizeof buffer);
    for (i = 0; i <= VIF_JSON_DEPTH; i++) {
        vif_json_open(&o, '[');
    }
    CHECK(o.bad);
    for (i = 0; i <= VIF_JSON_DEPTH; i++) {
        vif_json_close(&o, ']');
    }
    CHECK(o.bad && o.len == 2 * VIF_JSON_DEPTH + 2);
}

/* Far more levels than a byte counts, and more ends than starts, are marked and nothing else. */
TEST(json_writer_depth_beyond_reason)
{
    vif_json_out o;
    int i;

    vif_json_out_init(&o, NULL, 0);
    for (i = 0; i < 1000; i++) {
        vif_json_open(&o, '{');
    }
    CHECK(o.bad);
    vif_json_out_init(&o, NULL, 0);
    vif_json_close(&o, ']');
    vif_json_open(&o, '[');
    CHECK(o.bad);
}

/* What the writer wrote, the reader reads. */
TEST(json_writer_and_reader)
{
    char buffer[512];
    vif_json_out o;
    unsigned seed = 1;
    int i;

    for (i = 0; i < 20000; i++) {
        char in[24];
        size_t n = 0, want;
        vif_json_token k;
        const unsigned count = (seed >> 16) % 5;
        unsigned c = 0, u;
        for (u = 0; u <= count; u++) {
            seed = seed * 1103515245u + 12345u;
            c = (seed >> 9) % (u % 2 ? 0x110000 : 0x100);
            c = c == 0 || (c >= 0xd800 && c < 0xe000) ? '"' : c;
            if (c < 0x80) {
                in[n++] = (char)c;
            } else if (c < 0x800) {
                in[n++] = (char)(0xc0 | c >> 6);
                in[n++] = (char)(0x80 | (c & 63));
            } else if (c < 0x10000) {
                in[n++] = (char)(0xe0 | c >> 12);
                in[n++] = (char)(0x80 | (c >> 6 & 63));
                in[n++] = (char)(0x80 | (c & 63));
            } else {
                in[n++] = (char)(0xf0 | c >> 18);
                in[n++] = (char)(0x80 | (c >> 12 & 63));
                in[n++] = (char)(0x80 | (c >> 6 & 63));
                in[n++] = (char)(0x80 | (c & 63));
            }
        }
        vif_json_out_init(&o, buffer, sizeof buffer);
        vif_json_text(&o, in, n);
        want = o.len;
        CHECK(!o.bad);
        k = first(buffer, want);
        if (k.type != VIF_JSON_STRING || k.len != n || memcmp(k.text, in, n) != 0) {
            CHECK_FAIL("%.*s", (int)want, buffer);
            return;
        }
    }
}

/* Neither digits nor the decimal point depend on the locale. */
TEST(json_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ar_EG.UTF-8", "tr_TR.UTF-8"};
    char buffer[512];
    vif_json_out o;
    size_t i;
    int found = 0;

    for (i = 0; i < LEN(names); i++) {
        if (setlocale(LC_ALL, names[i])) {
            found++;
            vif_json_out_init(&o, buffer, sizeof buffer);
            write_sample(&o);
            CHECK_BYTES(buffer, o.len, sample_text, sizeof sample_text - 1);
            CHECK_INT(first("1.5", 3).type, VIF_JSON_REAL);
            CHECK_INT(first("1,5", 3).type, VIF_JSON_INT);
        }
    }
    setlocale(LC_ALL, "C");
    if (!found) {
        SKIP("no locale with another decimal point is installed");
    }
}

CHECK_MAIN
