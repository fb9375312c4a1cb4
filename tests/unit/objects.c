/* SPDX-License-Identifier: MIT
 * Tests of vif_objects.h: the objects. The fixtures hold what the reference, os-vif on
 * oslo.versionedobjects, does with an object: each line of CLASS.jsonl a primitive, its canonical
 * form and its encodings for older versions; of spelling.jsonl another spelling; of invalid.jsonl an
 * input that it refuses. Run from the root of the repository. */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <arpa/inet.h>
#include "check.h"

/* ---- a tree of a JSON text, for comparing texts ---------------------------------------------- */

typedef struct jv {
    vif_json_type type;
    char *key, *text;                   /* key in an object; text of strings and numbers */
    size_t text_len;
    uint32_t start, end;                /* bytes of the text it was read from */
    struct jv *child, *next;
} jv;

static char *jv_dup(const char *text, size_t len)
{
    char *p = malloc(len + 1);
    memcpy(p, text, len);
    p[len] = '\0';
    return p;
}

static void jv_free(jv *v)
{
    while (v) {
        jv *next = v->next;
        jv_free(v->child);
        free(v->key);
        free(v->text);
        free(v);
        v = next;
    }
}

static jv *jv_value(vif_json *j, vif_json_token *t)
{
    static const vif_json_type close[] = {[VIF_JSON_OBJECT] = VIF_JSON_OBJECT_END,
                                          [VIF_JSON_ARRAY] = VIF_JSON_ARRAY_END};
    jv *v = calloc(1, sizeof *v), **tail = &v->child;
    vif_json_token in;

    v->type = t->type;
    v->start = t->offset;
    if (t->type == VIF_JSON_STRING || t->type == VIF_JSON_INT || t->type == VIF_JSON_REAL) {
        v->text = jv_dup(t->text, t->len);
        v->text_len = t->len;
    }
    if (t->type != VIF_JSON_OBJECT && t->type != VIF_JSON_ARRAY) {
        return v;
    }
    while (vif_json_next(j, &in) != close[v->type]) {
        char *key = NULL;
        if (in.type == VIF_JSON_KEY) {
            key = jv_dup(in.text, in.len);
            vif_json_next(j, &in);
        }
        if (in.type <= VIF_JSON_END || in.type == VIF_JSON_SPACE) {
            free(key);
            jv_free(v);
            return NULL;
        }
        *tail = jv_value(j, &in);
        if (!*tail) {
            free(key);
            jv_free(v);
            return NULL;
        }
        (*tail)->key = key;
        tail = &(*tail)->next;
    }
    v->end = in.offset + 1;
    return v;
}

/* The tree of a text, or NULL if it is not one JSON value. */
static jv *jv_parse(const char *text, size_t len)
{
    static char scratch[65536];
    vif_json j;
    vif_json_token t;
    jv *v;

    vif_json_init(&j, scratch, sizeof scratch);
    vif_json_feed(&j, text, len);
    vif_json_finish(&j);
    if (vif_json_next(&j, &t) <= VIF_JSON_END) {
        return NULL;
    }
    v = jv_value(&j, &t);
    if (v && vif_json_next(&j, &t) != VIF_JSON_END) {
        jv_free(v);
        v = NULL;
    }
    return v;
}

static jv *jv_get(const jv *object, const char *key)
{
    jv *v = object ? object->child : NULL;
    while (v && strcmp(v->key, key) != 0) {
        v = v->next;
    }
    return v;
}

static int jv_count(const jv *v)
{
    int n = 0;
    for (v = v->child; v; v = v->next) {
        n++;
    }
    return n;
}

static int jv_equal(const jv *a, const jv *b, int as_set);

static int jv_has(const jv *list, const jv *item)
{
    const jv *v = list->child;
    while (v && !jv_equal(v, item, 0)) {
        v = v->next;
    }
    return v != NULL;
}

/* The order of keys, and of the names in "versioned_object.changes", carries no meaning. */
static int jv_equal(const jv *a, const jv *b, int as_set)
{
    const jv *x, *y;

    if (!a || !b || a->type != b->type || jv_count(a) != jv_count(b)) {
        return 0;
    }
    if (a->text && (a->text_len != b->text_len || memcmp(a->text, b->text, a->text_len) != 0)) {
        return 0;
    }
    for (x = a->child, y = b->child; x; x = x->next, y = y->next) {
        if (as_set) {
            if (!jv_has(b, x) || !jv_has(a, y)) {
                return 0;
            }
        } else if (a->type == VIF_JSON_ARRAY) {
            if (!jv_equal(x, y, 0)) {
                return 0;
            }
        } else if (!jv_equal(x, jv_get(b, x->key),
                             strcmp(x->key, "versioned_object.changes") == 0)) {
            return 0;
        }
    }
    return 1;
}

/* ---- files ----------------------------------------------------------------------------------- */

static char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    long size;

    if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0) {
        rewind(f);
        text = malloc((size_t)size + 1);
        *len = fread(text, 1, (size_t)size, f);
        text[*len] = '\0';
    }
    if (f) {
        fclose(f);
    }
    return text;
}

typedef struct fixture {
    const char *file, *line;            /* the line's text */
    int number;
    jv *tree;
} fixture;

/* Calls one for each line of a file of fixtures; returns how many there were, or -1. */
static int each_line(const char *name, void (*one)(const fixture *))
{
    char path[200];
    size_t len;
    char *text, *line;
    fixture x = {.file = name};

    snprintf(path, sizeof path, "tests/fixtures/objects/%s.jsonl", name);
    text = slurp(path, &len);
    if (!text) {
        CHECK_FAIL("%s: cannot be read", path);
        return -1;
    }
    for (line = text; *line; ) {
        char *end = strchr(line, '\n');
        *(end ? end : (end = line + strlen(line) - 1)) = '\0';
        x.line = line;
        x.number++;
        x.tree = jv_parse(line, strlen(line));
        if (x.tree) {
            one(&x);
        } else {
            CHECK_FAIL("%s:%d: not JSON", path, x.number);
        }
        jv_free(x.tree);
        line = end + 1;
    }
    free(text);
    return x.number;
}

static const char *text_of(const jv *v)
{
    return v && v->text ? v->text : "";
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* A hook over malloc that counts, and fails from its fail-th allocation on (0: never). */
typedef struct hook {
    int calls, live, fail;
} hook;

static void *hook_resize(void *user, void *ptr, size_t old, size_t size)
{
    hook *h = user;
    (void)old;
    if (size == 0) {
        h->live--;
        free(ptr);
        return NULL;
    }
    if (++h->calls == h->fail || (h->fail > 0 && h->calls > h->fail)) {
        return NULL;
    }
    h->live++;
    return malloc(size);
}

/* The text as the decoder sees it: no byte may be read behind it (a sanitizer's business). */
static vif_status decode(vif_arena *arena, const char *text, size_t len, vif_object **out,
                         vif_error *err)
{
    char *copy = malloc(len ? len : 1);
    vif_status st;
    memcpy(copy, text, len);
    st = vif_decode(arena, copy, len, out, err);
    memset(copy, 'x', len);             /* the object must not borrow from the text */
    free(copy);
    return st;
}

static char encoded[1 << 17];

static vif_status encode(const vif_object *o, const vif_encode_desc *desc, vif_error *err)
{
    vif_json_out out;
    vif_status st;
    vif_json_out_init(&out, encoded, sizeof encoded - 1);
    st = vif_encode(o, desc, &out, err);
    encoded[st == VIF_OK ? out.len : 0] = '\0';
    return st;
}

/* ---- the fixtures ---------------------------------------------------------------------------- */

static char memory[1 << 17];
static const char *const class_files[] = {
    "DatapathOffloadBase", "DatapathOffloadRepresentor", "FixedIP", "FixedIPList", "HostInfo",
    "HostPluginInfo", "HostPortProfileInfo", "HostVIFInfo", "InstanceInfo", "Network", "Route",
    "RouteList", "Subnet", "SubnetList", "VIFBase", "VIFBridge", "VIFDirect", "VIFGeneric",
    "VIFHostDevice", "VIFNestedDPDK", "VIFOpenVSwitch", "VIFPortProfile8021Qbg",
    "VIFPortProfile8021Qbh", "VIFPortProfileBase", "VIFPortProfileFPBridge",
    "VIFPortProfileFPOpenVSwitch", "VIFPortProfileFPTap", "VIFPortProfileK8sDPDK",
    "VIFPortProfileOVSRepresentor", "VIFPortProfileOpenVSwitch", "VIFVHostUser"};
#define CLASS_FILES (sizeof class_files / sizeof class_files[0])

static int backports, back_errors;

static vif_object *fixture_object(const fixture *x, vif_arena *arena)
{
    const jv *p = jv_get(x->tree, "primitive");
    vif_object *o = NULL;
    vif_error err;

    if (decode(arena, x->line + p->start, p->end - p->start, &o, &err) != VIF_OK) {
        CHECK_FAIL("%s:%d: %s: %s", x->file, x->number, err.where, err.text);
        return NULL;
    }
    return o;
}

/* The text must be what the fixture has, and say the same when it is read again. */
static void same_text(const fixture *x, const char *what, const jv *want)
{
    jv *got = jv_parse(encoded, strlen(encoded));

    if (!jv_equal(got, want, 0)) {
        CHECK_FAIL("%s:%d: %s: got %s\n#   want %.*s", x->file, x->number, what, encoded,
                   (int)(want->end - want->start), x->line + want->start);
    }
    jv_free(got);
}

static void check_canonical(const fixture *x, const vif_object *o)
{
    vif_error err;

    if (vif_validate(o, &err) != VIF_OK) {
        CHECK_FAIL("%s:%d: validate: %s: %s", x->file, x->number, err.where, err.text);
    }
    if (encode(o, NULL, &err) != VIF_OK) {
        CHECK_FAIL("%s:%d: encode: %s: %s", x->file, x->number, err.where, err.text);
    } else {
        same_text(x, "canonical", jv_get(x->tree, "canonical"));
    }
}

static void check_backports(const fixture *x, const vif_object *o)
{
    const jv *b;

    for (b = jv_get(x->tree, "backports")->child; b; b = b->next) {
        const char *error = text_of(jv_get(b, "error"));
        vif_encode_desc desc = {.target_major = (uint8_t)atoi(b->key),
                                .target_minor = (uint8_t)atoi(strchr(b->key, '.') + 1)};
        vif_error err = {0};
        const vif_status st = encode(o, &desc, &err);
        backports++;
        if (error[0] == '\0' && st == VIF_OK) {
            same_text(x, b->key, b);
        } else if (st == VIF_OK || st != (strcmp(error, "ObjectActionError") == 0 ? VIF_E_ACTION
                   : strcmp(error, "IncompatibleObjectVersion") == 0 ? VIF_E_VERSION : VIF_OK)) {
            CHECK_FAIL("%s:%d: for %s: %s, want %s", x->file, x->number, b->key,
                       vif_status_name(st), error[0] ? error : "OK");
        } else {
            back_errors++;
            CHECK(err.status == st && err.text[0] != '\0' && err.where[0] != '\0');
        }
    }
}

static void one_object(const fixture *x)
{
    vif_arena arena;
    vif_object *o;

    vif_arena_init(&arena, memory, sizeof memory);
    o = fixture_object(x, &arena);
    if (o) {
        CHECK_STR(vif_class_name((vif_class)o->klass), x->file);
        check_canonical(x, o);
        check_backports(x, o);
    }
}

TEST(objects_as_the_reference)
{
    int objects = 0;

    backports = back_errors = 0;
    for (size_t i = 0; i < CLASS_FILES; i++) {
        objects += each_line(class_files[i], one_object);
    }
    printf("# %d objects, %d encodings for a version, %d of them refused\n", objects, backports,
           back_errors);
    CHECK_INT(objects, 186);
    CHECK_INT(backports, 312);
    CHECK_INT(back_errors, 14);
}

static void one_spelling(const fixture *x)
{
    vif_arena arena;
    vif_object *o;

    vif_arena_init(&arena, memory, sizeof memory);
    o = fixture_object(x, &arena);
    if (o) {
        check_canonical(x, o);
    }
}

TEST(spellings_as_the_reference)
{
    const int n = each_line("spelling", one_spelling);

    printf("# %d spellings\n", n);
    CHECK_INT(n, 113);
}

static vif_status status_of(const char *exception)
{
    static const struct { const char *exception; vif_status status; } map[] = {
        {"KeyError", VIF_E_KEY}, {"UnsupportedObjectError", VIF_E_OBJECT},
        {"IncompatibleObjectVersion", VIF_E_VERSION}, {"InvalidVersion", VIF_E_BAD_VERSION},
        {"ValueError", VIF_E_FIELD}, {"TypeError", VIF_E_FIELD},
        {"ObjectActionError", VIF_E_ACTION}};
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++) {
        if (strcmp(map[i].exception, exception) == 0) {
            return map[i].status;
        }
    }
    return VIF_OK;
}

/* Whether the path has this name between its dots, with or without an index. */
static int on_path(const char *where, const char *name)
{
    const size_t len = strlen(name);

    for (;;) {
        if (strncmp(where, name, len) == 0 && strchr(".[", where[len])) {
            return 1;                   /* strchr finds the NUL too */
        }
        where = strchr(where, '.');
        if (!where) {
            return 0;
        }
        where++;
    }
}

/* Where the value at a path such as "network.subnets.objects[0].cidr" starts in the text; the path of
 * a key of the wrapper, and of a list, is the object that lacks it if it is not there. */
static int offset_fits(const fixture *x, const jv *p, const vif_error *err)
{
    const char *text = x->line + p->start;

    if (err->offset >= p->end - p->start) {
        return 0;
    }
    /* The start of a token: an object, a list, a string, a number or a word. */
    return err->offset == 0 ? text[0] == '{'
        : strchr("{[\"-0123456789tfn", text[err->offset]) != NULL &&
          strchr(" [,:", text[err->offset - 1]) != NULL;
}

static void one_invalid(const fixture *x)
{
    const jv *p = jv_get(x->tree, "primitive");
    const char *text = x->line + p->start;
    const char *error = text_of(jv_get(x->tree, "error"));
    const char *field = text_of(jv_get(x->tree, "field"));
    vif_object mark, *out = &mark;
    vif_error err;
    vif_arena arena;
    vif_status st;

    memset(&err, 'x', sizeof err);
    vif_arena_init(&arena, memory, sizeof memory);
    st = decode(&arena, text, p->end - p->start, &out, &err);
    if (st != status_of(error) || err.status != st) {
        CHECK_FAIL("invalid:%d: %s, want %s: %s: %s", x->number, vif_status_name(st), error,
                   err.where, err.text);
    } else if (!on_path(err.where, field)) {
        CHECK_FAIL("invalid:%d: where \"%s\" lacks \"%s\"", x->number, err.where, field);
    } else if (!offset_fits(x, p, &err)) {
        CHECK_FAIL("invalid:%d: offset %u of %u: %.*s", x->number, err.offset, p->end - p->start,
                   20, text + (err.offset < p->end - p->start ? err.offset : 0));
    }
    CHECK(err.text[0] != '\0' && strlen(err.text) < sizeof err.text);
    CHECK(err.sys_errno == 0);
    CHECK(out == &mark);
    vif_arena_init(&arena, memory, sizeof memory);
    CHECK_INT(vif_decode(&arena, text, p->end - p->start, &out, NULL), st);
}

TEST(invalid_as_the_reference)
{
    const int n = each_line("invalid", one_invalid);

    printf("# %d invalid objects\n", n);
    CHECK_INT(n, 882);
}

CHECK_MAIN
