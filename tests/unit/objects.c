/* SPDX-License-Identifier: MIT
 * Tests of vif_objects.h: the objects. The fixtures hold what the reference, os-vif on
 * oslo.versionedobjects, does with an object: each line of CLASS.jsonl a primitive, its canonical
 * form and its encodings for older versions; of spelling.jsonl another spelling; of invalid.jsonl
 * an input that it refuses. Run from the root of the repository. */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <arpa/inet.h>
#include <unistd.h>
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
static bool lenient;                    /* fields that the class does not have are passed over */

static vif_status decode(vif_arena *arena, const char *text, size_t len, vif_object **out,
                         vif_error *err)
{
    char *copy = malloc(len ? len : 1);
    vif_status st;
    memcpy(copy, text, len);
    if (lenient) {
        vif_decode_desc desc = {0};
        desc.text = copy;
        desc.len = len;
        desc.unknown_fields = true;
        st = vif_decode_with(arena, &desc, out, err);
    } else {
        st = vif_decode(arena, copy, len, out, err);
    }
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

static uint8_t minor_of(const char *version)
{
    return (uint8_t)atoi(strchr(version, '.') + 1);
}

static int manifest_refused;

/* tests/fixtures/manifest.py made these: encodings for a version and a manifest. */
static void one_manifest(const fixture *x)
{
    vif_class_version rows[64];
    vif_encode_desc desc = {0, 0, rows, 0};
    const char *target = text_of(jv_get(x->tree, "target"));
    const char *error = text_of(jv_get(x->tree, "error"));
    const jv *m;
    vif_arena arena;
    vif_error err = {0};
    vif_status st;
    vif_object *o;

    vif_arena_init(&arena, memory, sizeof memory);
    o = fixture_object(x, &arena);
    if (!o) {
        return;
    }
    if (target[0]) {
        desc.target_major = 1;
        desc.target_minor = minor_of(target);
    }
    for (m = jv_get(x->tree, "manifest")->child; m; m = m->next) {
        vif_class_version *row = &rows[desc.manifest_count++];
        row->klass = vif_class_find(m->key, strlen(m->key));
        row->major = 1;
        row->minor = minor_of(m->text);
        CHECK(row->klass != VIF_CLASS_NONE);
    }
    st = encode(o, &desc, &err);
    if (error[0] == '\0' && st == VIF_OK) {
        same_text(x, "with the manifest", jv_get(x->tree, "encoded"));
    } else if (st != (strcmp(error, "ObjectActionError") == 0 ? VIF_E_ACTION
                      : strcmp(error, "InvalidTargetVersion") == 0 ? VIF_E_VERSION : VIF_OK)) {
        CHECK_FAIL("manifest:%d: %s, want %s", x->number, vif_status_name(st), error);
    } else {
        manifest_refused++;
        CHECK(err.status == st && err.text[0] != '\0');
    }
}

TEST(manifests_as_the_reference)
{
    const int n = (manifest_refused = 0, each_line("manifest", one_manifest));

    printf("# %d encodings for a manifest, %d of them refused\n", n, manifest_refused);
    CHECK_INT(n, 64);
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

/* Whether the offset is in the text, and where something starts there. */
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

/* ---- objects built by hand ------------------------------------------------------------------- */

/* A VIF with something of every kind, tied together from plain structs. */
typedef struct built {
    vif_direct vif;
    vif_port_profile profile;
    vif_datapath_offload offload;
    vif_network network;
    vif_subnet_list subnet_list;
    vif_subnet subnet[2];
    vif_fixed_ip_list ip_list;
    vif_fixed_ip ip[3];
    vif_route_list route_list;
    vif_route route[1];
    const char *dns[2];
} built;

static void build(built *b)
{
    int i;

    memset(b, 0, sizeof *b);
    vif_object_init(&b->vif, VIF_CLASS_VIFDirect);
    vif_object_init(&b->profile, VIF_CLASS_VIFPortProfile8021Qbg);
    vif_object_init(&b->offload, VIF_CLASS_DatapathOffloadRepresentor);
    vif_object_init(&b->network, VIF_CLASS_Network);
    vif_object_init(&b->subnet_list, VIF_CLASS_SubnetList);
    vif_object_init(&b->ip_list, VIF_CLASS_FixedIPList);
    vif_object_init(&b->route_list, VIF_CLASS_RouteList);
    vif_object_init(&b->route[0], VIF_CLASS_Route);
    for (i = 0; i < 3; i++) {
        vif_object_init(&b->ip[i], VIF_CLASS_FixedIP);
        b->ip[i].address = i == 2 ? "fe80::1" : "10.0.0.7";
    }
    for (i = 0; i < 2; i++) {
        vif_object_init(&b->subnet[i], VIF_CLASS_Subnet);
        b->subnet[i].cidr = "10.0.0.0/8";
    }
    b->vif.vif_name = "eth0";
    b->vif.dev_address = "0000:03:1f.7";
    b->vif.mode = VIF_DIRECT_VEPA;
    b->vif.id = "not a UUID";
    b->vif.address = "22:52:25:62:e2:aa";
    b->vif.network = &b->network;
    b->vif.active = VIF_TRUE;
    b->vif.preserve_on_delete = VIF_FALSE;
    b->vif.port_profile = &b->profile;
    b->profile.qbg.manager_id = vif_int_of(INT64_MIN);
    b->profile.qbg.type_id = vif_int_of(0);
    b->profile.qbg.datapath_offload = &b->offload;
    b->offload.representor.representor_name = vif_null()->text;
    b->offload.representor.representor_address = "";
    b->network.multi_host = b->network.should_provide_bridge = VIF_FALSE;
    b->network.should_provide_vlan = VIF_FALSE;
    b->network.mtu.state = VIF_STATE_NULL;
    b->network.vlan = vif_int_of(INT64_MAX);
    b->network.bridge_interface = vif_null()->text;
    b->network.subnets = &b->subnet_list;
    b->subnet_list.objects.items = b->subnet;
    b->subnet_list.objects.count = 2;
    b->dns[0] = "8.8.8.8";
    b->dns[1] = "::1";
    b->subnet[0].dns.items = b->dns;
    b->subnet[0].dns.count = 2;
    b->subnet[0].ips = &b->ip_list;
    b->subnet[1].dns.items = b->dns;    /* set, and empty */
    b->subnet[1].routes = &b->route_list;
    b->ip_list.objects.items = b->ip;
    b->ip_list.objects.count = 3;
    b->route_list.objects.items = b->route;
}

#define W(class, version, data) \
    "{\"versioned_object.name\":\"" class "\",\"versioned_object.namespace\":\"os_vif\"," \
    "\"versioned_object.version\":\"" version "\",\"versioned_object.data\":{" data "}}"

static const char built_text[] = W("VIFDirect", "1.0",
    "\"vif_name\":\"eth0\",\"dev_address\":\"0000:03:1f.7\",\"mode\":\"vepa\","
    "\"id\":\"not a UUID\","
    "\"address\":\"22:52:25:62:e2:aa\",\"network\":"
    W("Network", "1.1", "\"subnets\":"
        W("SubnetList", "1.0", "\"objects\":["
            W("Subnet", "1.0", "\"cidr\":\"10.0.0.0/8\",\"dns\":[\"8.8.8.8\",\"::1\"],\"ips\":"
                W("FixedIPList", "1.0", "\"objects\":["
                    W("FixedIP", "1.0", "\"address\":\"10.0.0.7\"") ","
                    W("FixedIP", "1.0", "\"address\":\"10.0.0.7\"") ","
                    W("FixedIP", "1.0", "\"address\":\"fe80::1\"") "]")) ","
            W("Subnet", "1.0", "\"cidr\":\"10.0.0.0/8\",\"dns\":[],\"routes\":"
                W("RouteList", "1.0", "\"objects\":[]")) "]")
        ",\"multi_host\":false,\"should_provide_bridge\":false,\"should_provide_vlan\":false"
        ",\"bridge_interface\":null,\"vlan\":9223372036854775807,\"mtu\":null")
    ",\"active\":true,\"preserve_on_delete\":false,\"port_profile\":"
    W("VIFPortProfile8021Qbg", "1.1",
      "\"manager_id\":-9223372036854775808,\"type_id\":0,\"datapath_offload\":"
        W("DatapathOffloadRepresentor", "1.0",
          "\"representor_name\":null,\"representor_address\":\"\"")));

static const vif_object *top(const built *b)
{
    return &b->vif.object;
}

TEST(objects_by_hand)
{
    built b;
    vif_arena arena;
    vif_object *o = NULL;
    vif_error err;
    const vif_vif *v;

    build(&b);
    CHECK_INT(vif_validate(top(&b), &err), VIF_OK);
    CHECK_INT(encode(top(&b), NULL, &err), VIF_OK);
    CHECK_STR(encoded, built_text);
    vif_arena_init(&arena, memory, sizeof memory);
    REQUIRE(decode(&arena, built_text, strlen(built_text), &o, &err) == VIF_OK);
    CHECK_INT(err.status, VIF_OK);
    CHECK_INT(vif_compare(top(&b), o, &err), VIF_OK);
    CHECK_INT(vif_compare(o, top(&b), &err), VIF_OK);
    v = vif_as_vif(o);
    REQUIRE(v != NULL);
    CHECK(v == &vif_as_any(o)->vif && vif_is_a(o, VIF_CLASS_VIFBase) &&
          vif_is_a(o, VIF_CLASS_VIFDirect));
    CHECK(!vif_is_a(o, VIF_CLASS_VIFBridge) && !vif_is_a(o, VIF_CLASS_Network));
    CHECK(v->direct.mode == VIF_DIRECT_VEPA && v->direct.vlan_name == NULL &&
          v->base.plugin == NULL);
    CHECK(v->base.active == VIF_TRUE && v->base.has_traffic_filtering == VIF_BOOL_UNSET);
    CHECK(vif_is_null(v->base.network->bridge_interface) &&
          !vif_has(v->base.network->bridge_interface));
    CHECK(vif_has(v->base.network) && !vif_has(v->direct.vlan_name) && !vif_is_null(NULL));
    CHECK(v->base.network->mtu.state == VIF_STATE_NULL && v->base.network->vlan.value == INT64_MAX);
    CHECK(v->base.network->subnets->objects.count == 2);
    CHECK(v->base.network->subnets->objects.items[1].dns.items != NULL);
    CHECK(v->base.network->subnets->objects.items[1].dns.count == 0);
    CHECK(v->base.network->subnets->objects.items[0].routes == NULL);
    CHECK_STR(v->base.network->subnets->objects.items[0].ips->objects.items[2].address, "fe80::1");
    CHECK(v->base.port_profile->qbg.type_id.state == VIF_STATE_SET);
    CHECK(v->base.port_profile->qbg.type_id_version.state == VIF_STATE_UNSET);
    CHECK_STR(v->base.port_profile->base.datapath_offload->representor.representor_address, "");
    CHECK(!vif_has_text(v->base.port_profile->base.datapath_offload->representor.representor_name));
    /* Reading through the null value is safe: every field of it is unset. */
    CHECK(vif_null()->network.subnets == NULL && vif_null()->vif.base.network == NULL);
    CHECK(vif_is_null(&vif_null()->network) && !vif_has_text(vif_null()->text));
    CHECK_INT(vif_null()->object.klass, VIF_CLASS_NONE);
}

TEST(classes)
{
    int i;

    for (i = 1; i < VIF_CLASS_COUNT; i++) {
        const char *name = vif_class_name((vif_class)i);
        vif_any any;
        vif_error err;
        memset(&any, 'x', sizeof any);
        vif_object_init(&any, (vif_class)i);
        CHECK_INT(any.object.klass, i);
        CHECK_INT(any.object.major, 1);
        CHECK_INT(any.object.changes, 0);
        CHECK_INT(vif_class_find(name, strlen(name)), i);
        CHECK_INT(vif_class_find(name, strlen(name) - 1) == (vif_class)i, 0);
        CHECK_INT(vif_validate(&any.object, &err), VIF_OK);
        CHECK_INT(encode(&any.object, NULL, &err), VIF_OK);
        CHECK_HAS(encoded, name);
        CHECK(vif_is_a(&any.object, (vif_class)i) && !vif_is_a(&any.object, VIF_CLASS_COUNT));
        CHECK((vif_as_vif(&any.object) != NULL) == (strncmp(name, "VIF", 3) == 0 &&
                                                    !strstr(name, "Profile")));
    }
    CHECK_INT(i - 1, 34);
    CHECK_STR(vif_class_name(VIF_CLASS_NONE), "");
    CHECK_STR(vif_class_name(VIF_CLASS_COUNT), "");
    CHECK_STR(vif_class_name((vif_class)-1), "");
    CHECK_INT(vif_class_find("", 0), VIF_CLASS_NONE);
    CHECK_INT(vif_class_find("VIFBridge\0", 10), VIF_CLASS_NONE);
    CHECK_INT(vif_class_find("vifbridge", 9), VIF_CLASS_NONE);
}

TEST(status_names_and_words)
{
    int i;

    for (i = 0; strcmp(vif_status_name((vif_status)i), "E_?") != 0; i--) {
        const char *name = vif_status_name((vif_status)i);
        REQUIRE(i > -100);
        CHECK(i == 0 ? strcmp(name, "OK") == 0 : strncmp(name, "E_", 2) == 0);
        CHECK(vif_status_words((vif_status)i)[0] != '\0');
    }
    CHECK(i < VIF_E_UNCONFIRMED);
    CHECK_STR(vif_status_name(VIF_E_FIELD), "E_FIELD");
    CHECK_HAS(vif_status_words(VIF_E_FIELD), "ValueError");
    CHECK_STR(vif_status_name(VIF_E_DIFFERENT), "E_DIFFERENT");
    CHECK_STR(vif_status_name((vif_status)1), "E_?");
    CHECK_STR(vif_status_name((vif_status)(i - 1)), "E_?");
    CHECK_STR(vif_status_name((vif_status)-4096), "E_?");
    CHECK(vif_status_words((vif_status)-4096)[0] != '\0');
}

/* ---- validate -------------------------------------------------------------------------------- */

static void wrong(const built *b, const char *where, const char *text, int line)
{
    vif_error err;
    const vif_status st = (memset(&err, 'x', sizeof err), vif_validate(top(b), &err));

    if (st != VIF_E_FIELD || err.status != st || strcmp(err.where, where) != 0 ||
        !strstr(err.text, text)) {
        CHECK_FAIL("line %d: %s at \"%s\": %s; want \"%s\": %s", line, vif_status_name(st),
                   st == VIF_OK ? "" : err.where, st == VIF_OK ? "" : err.text, where, text);
    }
    CHECK_INT(vif_validate(top(b), NULL), st);
}

#define WRONG(change, where, text) \
    do { build(&b); change; wrong(&b, where, text, __LINE__); } while (0)

TEST(validate_refuses)
{
    static const char *const null_item[] = {"1.1.1.1", NULL};
    static const char *const bad_item[] = {"1.1.1.1", "1.1.1"};
    built b;

    WRONG(b.vif.address = "22:52:25:62:e2", "address", "MAC");
    WRONG(b.vif.address = "", "address", "MAC");
    WRONG(b.vif.id = vif_null()->text, "id", "null");
    WRONG(b.vif.id = "\xff", "id", "");
    WRONG(b.vif.vif_name = "eth\xc3", "vif_name", "");
    WRONG(b.vif.vlan_name = vif_null()->text, "vlan_name", "null");
    WRONG(b.vif.dev_address = "0000:03:2f.7", "dev_address", "PCI");
    WRONG(b.vif.dev_address = "0000:03:1f,7", "dev_address", "PCI");
    WRONG(b.vif.mode = (vif_direct_mode)4, "mode", "");
    WRONG(b.vif.mode = (vif_direct_mode)-1, "mode", "");
    WRONG(b.vif.active = (vif_bool)3, "active", "true or false");
    WRONG(b.vif.active = (vif_bool)-1, "active", "true or false");
    WRONG(b.vif.port_profile = &vif_null()->port_profile, "port_profile", "null");
    WRONG(b.profile.qbg.manager_id.state = VIF_STATE_NULL, "port_profile.manager_id", "null");
    WRONG(b.vif.network = (const vif_network *)(const void *)&b.profile, "network",
          "another class");
    WRONG(b.profile.object.klass = VIF_CLASS_Network, "port_profile", "another class");
    WRONG(b.profile.object.klass = VIF_CLASS_NONE, "port_profile", "class");
    WRONG(b.profile.object.klass = 255, "port_profile", "class");
    WRONG(b.offload.object.klass = VIF_CLASS_COUNT, "port_profile.datapath_offload", "class");
    WRONG(b.network.label = vif_null()->text, "network.label", "null");
    WRONG(b.network.subnets = &vif_null()->subnet_list, "network.subnets", "null");
    WRONG(b.subnet[1].cidr = "10/8", "network.subnets.objects[1].cidr", "network");
    WRONG(b.subnet[1].cidr = "10.0.0.0/33", "network.subnets.objects[1].cidr", "Subnet");
    WRONG(b.subnet[0].gateway = "10.0.0.0/8", "network.subnets.objects[0].gateway", "IP address");
    WRONG(b.ip[2].address = "fe80::1::", "network.subnets.objects[0].ips.objects[2].address",
          "FixedIP");
    WRONG(b.ip[0].address = "010.0.0.1", "network.subnets.objects[0].ips.objects[0].address",
          "IP address");
    WRONG(b.subnet[0].dns.items = bad_item, "network.subnets.objects[0].dns", "");
    WRONG(b.subnet[0].dns.items = null_item, "network.subnets.objects[0].dns", "");
    WRONG(memcpy(&b.subnet[0].dns.items, &(const void *){vif_null()}, sizeof(void *)),
          "network.subnets.objects[0].dns", "null");
    WRONG(memcpy(&b.subnet_list.objects.items, &(const void *){vif_null()}, sizeof(void *)),
          "network.subnets.objects", "null");
    WRONG(b.vif.object.klass = VIF_CLASS_NONE, "", "class");
    WRONG(b.vif.object.klass = 200, "", "class");
    WRONG(b.subnet[1].object.klass = VIF_CLASS_NONE, "network.subnets.objects[1]", "class");
    /* Its fields would lie beyond the item. */
    WRONG(b.ip[1].object.klass = VIF_CLASS_Network, "network.subnets.objects[0].ips.objects[1]",
          "class");
    WRONG(b.route_list.objects.count = 1; b.route[0].object.klass = VIF_CLASS_FixedIPList,
          "network.subnets.objects[1].routes.objects[0]", "class");
}

/* Two words are fewer than an enum's values can count. */
TEST(validate_enums_of_two_words)
{
    vif_any any;

    vif_object_init(&any, VIF_CLASS_VIFVHostUser);
    any.vif.vhost_user.mode = VIF_VHOST_SERVER;
    CHECK_INT(vif_validate(&any.object, NULL), VIF_OK);
    any.vif.vhost_user.mode = (vif_vhost_mode)3;
    CHECK_INT(vif_validate(&any.object, NULL), VIF_E_FIELD);
    vif_object_init(&any, VIF_CLASS_VIFHostDevice);
    any.vif.host_device.dev_type = VIF_DEV_GENERIC;
    CHECK_INT(encode(&any.object, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "\"dev_type\":\"generic\"");
    any.vif.host_device.dev_type = (vif_dev_type)3;
    CHECK_INT(vif_validate(&any.object, NULL), VIF_E_FIELD);
}

/* Every text that a kind refuses, and that decode refuses too. */
TEST(validate_and_decode_agree_on_text)
{
    static const char *const texts[] = {"", " ", "1.2.3.4", "1.2.3.4/0", "1.2.3.4/32", "1.2.3.4/33",
                                        "1.2.3.4/",
        "1.2.3.4/-1", "1.2.3.4/08", "1.2.3.4/255.255.255.0", "1.2.3", "1.2.3.4.5", "256.1.1.1",
            "1.2.3.4 ", "0x1.2.3.4",
        "::", "::/0", "::1", "::1/128", "::1/129", ":::", "1::2::3", "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7",
        "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:5",
            "fe80::1%eth0", "12345::",
        "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
            ":", "1:", ":1", "g::",
        "22:52:25:62:e2:aa", "22-52-25-62-E2-AA", "22:52-25:62-e2:aa", "2252.2562.e2aa",
            "22:52:25:62:e2:a", "22:52:25:62:e2:aag",
        "0000:03:1f.7", "0000:03:1F.7", "0000:03:1f.8", "0000:03:20.0", "0000:03:1f:7",
            "000:03:1f.7", "vepa", "bridge", "VEPA",
        "passthrough", "vep", "vepax"};
    static const struct { const char *class, *field; } places[] = {
        {"FixedIP", "address"}, {"Route", "cidr"}, {"VIFBase", "address"},
            {"VIFDirect", "dev_address"}};
    size_t i, k;

    for (k = 0; k < 4; k++) {
        for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            char text[400];
            vif_any any;
            vif_arena arena;
            vif_object *o;
            vif_error err;
            vif_status st, st2;
            const vif_class klass = vif_class_find(places[k].class, strlen(places[k].class));
            snprintf(text, sizeof text, W("%s", "1.0", "\"%s\":\"%s\""), places[k].class,
                     places[k].field, texts[i]);
            vif_arena_init(&arena, memory, sizeof memory);
            st = decode(&arena, text, strlen(text), &o, &err);
            vif_object_init(&any, klass);
            any.fixed_ip.address = k == 0 ? texts[i] : any.fixed_ip.address;
            any.route.cidr = k == 1 ? texts[i] : any.route.cidr;
            any.vif.base.address = k == 2 ? texts[i] : any.vif.base.address;
            any.vif.direct.dev_address = k == 3 ? texts[i] : any.vif.direct.dev_address;
            st2 = vif_validate(&any.object, NULL);
            if (st != st2) {
                CHECK_FAIL("%s.%s \"%s\": decode %s, validate %s", places[k].class, places[k].field,
                           texts[i],
                           vif_status_name(st), vif_status_name(st2));
            }
        }
    }
}

/* Objects tied in a knot, by way of casts: refused, and nobody runs for ever or too deep. */
TEST(knots_are_refused)
{
    built b;
    vif_error err;
    vif_network knot;
    char buffer[64];

    build(&b);
    vif_object_init(&knot, VIF_CLASS_Network);
    knot.subnets = (const vif_subnet_list *)(const void *)&knot;
    b.vif.network = &knot;
    CHECK_INT(vif_validate(top(&b), &err), VIF_E_FIELD);
    CHECK_STR(err.where, "network.subnets");
    CHECK_INT(encode(top(&b), NULL, &err), VIF_E_FIELD);
    CHECK_HAS(err.text, "class");
    CHECK_INT(vif_compare(top(&b), top(&b), &err), VIF_E_FIELD);
    (void)vif_print(top(&b), buffer, sizeof buffer);
}

/* What cannot be encoded is refused, with the path, even when validate was not asked. */
TEST(encode_refuses_what_it_cannot_write)
{
    built b;
    vif_error err;

    build(&b);
    b.network.label = "\xff";
    CHECK_INT(encode(top(&b), NULL, &err), VIF_E_FIELD);
    CHECK_HAS(err.text, "UTF-8");
    build(&b);
    b.subnet[1].object.klass = VIF_CLASS_NONE;
    CHECK_INT(encode(top(&b), NULL, &err), VIF_E_FIELD);
    CHECK_HAS(err.where, "network.subnets.objects[1]");
    build(&b);
    b.vif.object.klass = 77;
    CHECK_INT(encode(top(&b), NULL, &err), VIF_E_FIELD);
}

TEST(encode_every_size_of_buffer)
{
    const size_t whole = strlen(built_text);
    built b;
    vif_json_out out;
    vif_error err;
    size_t cap;

    build(&b);
    vif_json_out_init(&out, NULL, 0);
    CHECK_INT(vif_encode(top(&b), NULL, &out, &err), VIF_E_SPACE);
    CHECK_INT(out.len, whole);
    CHECK_INT(err.status, VIF_E_SPACE);
    for (cap = 0; cap <= whole + 1; cap++) {
        char *buffer = malloc(cap + 1);
        buffer[cap] = '#';
        vif_json_out_init(&out, buffer, cap);
        CHECK_INT(vif_encode(top(&b), NULL, &out, NULL), cap < whole ? VIF_E_SPACE : VIF_OK);
        CHECK_INT(out.len, whole);
        CHECK_INT(buffer[cap], '#');
        free(buffer);
    }
}

/* ---- changes, versions, defaults ------------------------------------------------------------- */

static vif_object *decoded(const char *text, vif_arena *arena)
{
    vif_object *o = NULL;
    vif_error err;

    vif_arena_init(arena, memory, sizeof memory);
    if (decode(arena, text, strlen(text), &o, &err) != VIF_OK) {
        CHECK_FAIL("%s: %s: %.200s", err.where, err.text, text);
        return NULL;
    }
    return o;
}

static void refused(const char *text, vif_status want, const char *where, const char *why, int line)
{
    vif_arena arena;
    vif_object mark, *o = &mark;
    vif_error err;
    vif_status st;

    vif_arena_init(&arena, memory, sizeof memory);
    memset(&err, 'x', sizeof err);
    st = decode(&arena, text, strlen(text), &o, &err);
    if (st != want || err.status != want || strcmp(err.where, where) != 0 ||
        !strstr(err.text, why)) {
        CHECK_FAIL("line %d: %s at \"%s\": %s; want %s at \"%s\": %s", line, vif_status_name(st),
                   st == VIF_OK ? "" : err.where, st == VIF_OK ? "" : err.text,
                       vif_status_name(want), where, why);
    }
    CHECK(o == &mark || st == VIF_OK);
}

#define REFUSED(text, status, where, why) refused(text, status, where, why, __LINE__)
TEST(changes)
{
    vif_arena arena;
    vif_object *o;
    vif_any any;

    /* Only names of fields that are set come back; an unknown name, or one twice, does no harm. */
    o = decoded("{\"versioned_object.changes\":[\"name\",\"uuid\",\"name\",\"what\",\"\","
                "\"project_id\"],"
                "\"versioned_object.name\":\"InstanceInfo\","
                "\"versioned_object.namespace\":\"os_vif\","
                "\"versioned_object.version\":\"1.0\",\"versioned_object.data\":{\"name\":\"n\","
                "\"uuid\":\"u\"}}",
                &arena);
    REQUIRE(o);
    CHECK_INT(encode(o, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "\"versioned_object.changes\":[\"name\",\"uuid\"]");
    /* Bit n is field n, the class's own first, then its parent's. */
    vif_object_init(&any, VIF_CLASS_VIFBridge);
    any.vif.bridge.vif_name = "v";
    any.vif.bridge.id = "i";
    any.vif.object.changes = 1u << 0 | 1u << 2 | 1u << 1;
    CHECK_INT(encode(&any.object, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "\"versioned_object.changes\":[\"id\",\"vif_name\"]");
    any.vif.object.changes = UINT32_MAX;
    CHECK_INT(encode(&any.object, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "\"versioned_object.changes\":[\"id\",\"vif_name\"]");
}

TEST(versions)
{
    static const struct { const char *version; vif_status status; } cases[] = {
        {"1.0", VIF_OK}, {"1.1", VIF_OK}, {"1.2", VIF_E_VERSION}, {"1.10", VIF_E_VERSION},
            {"2.0", VIF_E_VERSION},
        {"0.9", VIF_E_VERSION}, {"1.255", VIF_E_VERSION}, {"1.256", VIF_E_BAD_VERSION},
            {"257.0", VIF_E_BAD_VERSION},
        {"1.", VIF_E_BAD_VERSION}, {".1", VIF_E_BAD_VERSION}, {"", VIF_E_BAD_VERSION},
            {"1.0.", VIF_E_BAD_VERSION},
        {"1,0", VIF_E_BAD_VERSION}, {"-1.0", VIF_E_BAD_VERSION}, {"1.-1", VIF_E_BAD_VERSION},
            {"1.x", VIF_E_BAD_VERSION},
        {"4294967297.0", VIF_E_BAD_VERSION}, {"1.4294967296", VIF_E_BAD_VERSION}};
    vif_encode_desc desc = {0, 0, NULL, 0};
    char text[300];
    vif_arena arena;
    vif_object *o;
    vif_error err;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, W("VIFVHostUser", "%s", "\"vif_name\":\"v\""), cases[i].version);
        vif_arena_init(&arena, memory, sizeof memory);
        if (decode(&arena, text, strlen(text), &o, &err) != cases[i].status) {
            CHECK_FAIL("\"%s\" is not %s", cases[i].version, vif_status_name(cases[i].status));
        }
        if (cases[i].status == VIF_OK) {
            CHECK_INT(encode(o, NULL, &err), VIF_OK);
            CHECK_STR(encoded, text);   /* with the version that was received */
        } else {
            CHECK_HAS(err.where, "versioned_object.version");
        }
    }
    o = decoded(W("VIFVHostUser", "1.0.7", "\"vif_name\":\"v\""), &arena);
    REQUIRE(o);
    CHECK_INT(o->minor, 0);
    REFUSED(W("VIFVHostUser", "1.0.x", ""), VIF_E_BAD_VERSION, "versioned_object.version", "version");
    /* An older version of itself: no newer target than what it is. */
    o = decoded(W("VIFVHostUser", "1.0", "\"vif_name\":\"v\""), &arena);
    REQUIRE(o);
    desc.target_major = 1;
    desc.target_minor = 1;
    CHECK_INT(encode(o, &desc, &err), VIF_E_VERSION);
    desc.target_minor = 0;
    CHECK_INT(encode(o, &desc, &err), VIF_OK);
    CHECK_HAS(encoded, "vif_name");
    o = decoded(W("VIFVHostUser", "1.1", "\"vif_name\":\"v\""), &arena);
    REQUIRE(o);
    CHECK_INT(encode(o, &desc, &err), VIF_OK);
    CHECK_STR(encoded, W("VIFVHostUser", "1.0", ""));
    desc.target_major = 2;
    CHECK_INT(encode(o, &desc, &err), VIF_E_VERSION);
    desc.target_major = 0;              /* its own version; the minor says nothing then */
    desc.target_minor = 7;
    CHECK_INT(encode(o, &desc, &err), VIF_OK);
    CHECK_STR(encoded, W("VIFVHostUser", "1.1", "\"vif_name\":\"v\""));
}

TEST(defaults)
{
    static const struct { vif_class klass; const char *text; } cases[] = {
        {VIF_CLASS_VIFBase,
         "\"active\":true,\"preserve_on_delete\":false,\"has_traffic_filtering\":false"},
        {VIF_CLASS_VIFBridge,
         "\"active\":true,\"preserve_on_delete\":false,\"has_traffic_filtering\":false"},
        {VIF_CLASS_VIFPortProfileBase, ""}, {VIF_CLASS_Route, ""},
        {VIF_CLASS_VIFPortProfileOpenVSwitch,
         "\"create_port\":false,\"create_tap\":false,\"multiqueue\":false"},
        {VIF_CLASS_VIFPortProfileFPOpenVSwitch,
         "\"hybrid_plug\":false,\"create_port\":false,\"create_tap\":false,\"multiqueue\":false"}};
    size_t i;
    vif_any any;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vif_object_init(&any, cases[i].klass);
        vif_set_defaults(&any.object);
        CHECK_INT(encode(&any.object, NULL, NULL), VIF_OK);
        CHECK_HAS(encoded, cases[i].text);
        CHECK_INT(any.object.changes == 0, cases[i].text[0] == '\0');
    }
    /* What is set stays, and what is below is left alone. */
    vif_object_init(&any, VIF_CLASS_VIFBase);
    any.vif.base.active = VIF_FALSE;
    any.vif.base.plugin = "p";
    vif_set_defaults(&any.object);
    CHECK(any.vif.base.active == VIF_FALSE && any.vif.base.preserve_on_delete == VIF_FALSE);
    CHECK_INT(encode(&any.object, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "changes\":[\"has_traffic_filtering\",\"preserve_on_delete\"]");
    {
        built b;
        build(&b);
        vif_object_init(&b.profile, VIF_CLASS_VIFPortProfileOpenVSwitch);
        vif_set_defaults(&b.vif.object);
        CHECK(b.profile.openvswitch.create_port == VIF_BOOL_UNSET);
        CHECK(b.vif.has_traffic_filtering == VIF_FALSE);
        vif_set_defaults(&b.vif.object);
    }
}

/* Kuryr's classes, of which there are no fixtures. */
TEST(kuryr)
{
    static const char *const texts[] = {
        W("VIFVlanNested", "1.0",
          "\"vif_name\":\"eth0\",\"vlan_id\":17,\"id\":\"u\",\"address\":null,\"active\":true"),
        W("VIFMacvlanNested", "1.0", "\"vif_name\":\"eth0\",\"id\":\"u\",\"plugin\":\"noop\""),
        W("VIFDPDKNested", "1.0",
          "\"vif_name\":\"eth0\",\"pci_address\":\"anything\",\"dev_driver\":\"virtio\","
          "\"id\":\"u\"")};
    static const vif_class parents[] = {VIF_CLASS_VIFBase, VIF_CLASS_VIFBase,
                                        VIF_CLASS_VIFNestedDPDK};
    size_t i;

    for (i = 0; i < 3; i++) {
        vif_arena arena;
        vif_object *o = decoded(texts[i], &arena);
        REQUIRE(o);
        CHECK(vif_is_a(o, parents[i]) && vif_is_a(o, VIF_CLASS_VIFBase));
        CHECK_STR(vif_as_vif(o)->base.id, "u");
        CHECK_INT(encode(o, NULL, NULL), VIF_OK);
        CHECK_STR(encoded, texts[i]);
    }
    REFUSED(W("VIFVlanNested", "1.0", "\"vlan_id\":null"), VIF_E_FIELD, "vlan_id", "null");
    REFUSED(W("VIFVlanNested", "1.1", ""), VIF_E_VERSION, "versioned_object.version", "1.1");
}

/* The reference's Network gives itself values when it is made, and decode makes one. */
TEST(network_gets_what_the_reference_gives)
{
    vif_arena arena;
    vif_object *o = decoded(W("Network", "1.1", "\"vlan\":5"), &arena);

    REQUIRE(o);
    CHECK_INT(encode(o, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "\"versioned_object.data\":{\"subnets\":{");
    CHECK_HAS(encoded, "\"versioned_object.data\":{\"objects\":[]},"
                       "\"versioned_object.changes\":[\"objects\"]},");
    CHECK_HAS(encoded, "\"multi_host\":false,\"should_provide_bridge\":false,"
                       "\"should_provide_vlan\":false,\"vlan\":5,\"mtu\":null},"
                       "\"versioned_object.changes\":[\"subnets\"]}");
}

/* ---- compare and print ----------------------------------------------------------------------- */

static void differs(const built *a, const built *b, const char *where, int line)
{
    vif_error err;
    const vif_status st = (memset(&err, 0, sizeof err), vif_compare(top(a), top(b), &err));

    if (st != VIF_E_DIFFERENT || strcmp(err.where, where) != 0 || err.text[0] == '\0') {
        CHECK_FAIL("line %d: %s at \"%s\": %s; want \"%s\"", line, vif_status_name(st), err.where,
                   err.text, where);
    }
    CHECK_INT(vif_compare(top(b), top(a), NULL), st);
}

#define DIFFERS(change, where) \
    do { build(&a); build(&b); change; differs(&a, &b, where, __LINE__); } while (0)

TEST(compare)
{
    static const char *const other_dns[] = {"8.8.8.8", "::2"};
    built a, b;
    vif_error err;

    build(&a);
    build(&b);
    CHECK_INT(vif_compare(top(&a), top(&b), &err), VIF_OK);
    b.vif.object.minor = 9;
    b.vif.object.changes = 77;
    b.network.object.minor = 0;
    CHECK_INT(vif_compare(top(&a), top(&b), &err), VIF_OK);
    DIFFERS(b.vif.vif_name = "eth1", "vif_name");
    DIFFERS(b.vif.mode = VIF_DIRECT_BRIDGE, "mode");
    DIFFERS(b.vif.active = VIF_FALSE, "active");
    DIFFERS(b.network.vlan.value = 1, "network.vlan");
    DIFFERS(b.ip[2].address = "fe80::2", "network.subnets.objects[0].ips.objects[2].address");
    DIFFERS(b.subnet[0].dns.items = other_dns, "network.subnets.objects[0].dns");
    DIFFERS(b.subnet[0].dns.count = 1, "network.subnets.objects[0].dns");
    DIFFERS(b.ip_list.objects.count = 2, "network.subnets.objects[0].ips.objects");
    DIFFERS(b.offload.representor.representor_address = "x",
            "port_profile.datapath_offload.representor_address");
    /* Set, null, unset: three different things. */
    DIFFERS(b.network.mtu = vif_int_of(0), "network.mtu");
    DIFFERS(b.network.mtu.state = VIF_STATE_UNSET, "network.mtu");
    DIFFERS(b.vif.network = NULL, "network");
    DIFFERS(b.vif.network = &vif_null()->network, "network");
    DIFFERS(b.vif.vlan_name = "x", "vlan_name");
    DIFFERS(b.vif.preserve_on_delete = VIF_BOOL_UNSET, "preserve_on_delete");
    DIFFERS(b.vif.address = vif_null()->text, "address");
    DIFFERS(b.offload.object.klass = VIF_CLASS_DatapathOffloadBase,
            "port_profile.datapath_offload");
    build(&a);
    vif_object_init(&b.vif, VIF_CLASS_VIFBridge);
    CHECK_INT(vif_compare(top(&a), top(&b), &err), VIF_E_DIFFERENT);
}

TEST(print)
{
    static const char want[] =
        "vif_name: \"eth0\"\ndev_address: \"0000:03:1f.7\"\nmode: \"vepa\"\nid: \"not a UUID\"\n"
        "address: \"22:52:25:62:e2:aa\"\n"
        "network.subnets.objects[0].cidr: \"10.0.0.0/8\"\n"
        "network.subnets.objects[0].dns: [\"8.8.8.8\",\"::1\"]\n"
        "network.subnets.objects[0].ips.objects[0].address: \"10.0.0.7\"\n"
        "network.subnets.objects[0].ips.objects[1].address: \"10.0.0.7\"\n"
        "network.subnets.objects[0].ips.objects[2].address: \"fe80::1\"\n"
        "network.subnets.objects[1].cidr: \"10.0.0.0/8\"\n"
        "network.subnets.objects[1].dns: []\n"
        "network.multi_host: false\nnetwork.should_provide_bridge: false\n"
        "network.should_provide_vlan: false\n"
        "network.bridge_interface: null\nnetwork.vlan: 9223372036854775807\nnetwork.mtu: null\n"
        "active: true\npreserve_on_delete: false\n"
        "port_profile.manager_id: -9223372036854775808\nport_profile.type_id: 0\n"
        "port_profile.datapath_offload.representor_name: null\n"
        "port_profile.datapath_offload.representor_address: \"\"\n";
    const size_t whole = sizeof want - 1;
    char buffer[4096];
    built b;
    size_t cap;

    build(&b);
    CHECK_INT(vif_print(top(&b), buffer, sizeof buffer), whole);
    CHECK_STR(buffer, want);
    CHECK_INT(vif_print(top(&b), NULL, 0), whole);
    for (cap = 0; cap <= whole + 2; cap++) {
        char *exact = malloc(cap + 1);
        exact[cap] = '#';
        CHECK_INT(vif_print(top(&b), exact, cap), whole);
        CHECK_INT(exact[cap], '#');
        if (cap > 0) {
            CHECK(memchr(exact, '\0', cap) != NULL && strncmp(exact, want, strlen(exact)) == 0);
        }
        if (cap > whole) {
            CHECK_STR(exact, want);
        }
        free(exact);
    }
    /* A terminal is not to be taken over by a name. */
    b.vif.vif_name = "\x1b[2J\n\x7f\"\\";
    (void)vif_print(top(&b), buffer, sizeof buffer);
    CHECK(strchr(buffer, '\x1b') == NULL);
}

/* ---- values against libc --------------------------------------------------------------------- */

static unsigned seed = 1;

/* CHECK_EVERY=n in the environment, for slow machines: only an n-th of what is tried. */
static int every(void)
{
    const char *n = getenv("CHECK_EVERY");
    return n && atoi(n) > 0 ? atoi(n) : 1;
}

static unsigned rnd(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

/* Bytes of an address with runs of zeros, as those are what is hard. */
static void random_bytes(uint8_t *bytes, int n)
{
    int i;
    for (i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(rnd(3) ? 0 : rnd(4) ? rnd(256) : 255);
    }
    if (n == 16 && rnd(3) == 0) {
        memset(bytes, 0, 10);
        bytes[10] = bytes[11] = (uint8_t)(rnd(2) ? 255 : 0);
    }
}

TEST(ip_format)
{
    static const char *const texts[] = {
        "::", "::1", "::ffff", "::1:0:0", "::1:2:3", "::1.2.3.4", "::255.0.0.0", "::ffff:1.2.3.4",
        "::ffff:0:102:304", "1::", "1:2::", "1:0:0:2::3", "1::2:0:0:3:4", "1:0:2:3:4:5:6:7",
        "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6::", "::1:2:3:4:5:6",
        "fe80::1ff:fe23:4567:890a", "2001:db8::a:b:c:d", "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
        "0.0.0.0", "1.20.255.0"};
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        char got[52];
        vif_ip ip;
        memset(&ip, 0, sizeof ip);
        ip.len = strchr(texts[i], ':') ? 16 : 4;
        CHECK_INT(inet_pton(ip.len == 16 ? AF_INET6 : AF_INET, texts[i], ip.bytes), 1);
        vif_ip_format(&ip, false, got);
        CHECK_STR(got, texts[i]);
    }
}

/* As glibc writes it; another libc, which may write another text, reads the same address in it. */
TEST(ip_format_as_libc)
{
    int i;

    for (i = 0; i < 100000 / every(); i++) {
        char want[INET6_ADDRSTRLEN + 8], got[52];
        vif_ip ip, back;
        memset(&ip, 0, sizeof ip);
        ip.len = i % 4 ? 16 : 4;
        ip.prefix = (uint8_t)rnd(ip.len * 8u + 1);
        random_bytes(ip.bytes, ip.len);
        inet_ntop(ip.len == 4 ? AF_INET : AF_INET6, ip.bytes, want, sizeof want);
        vif_ip_format(&ip, false, got);
#ifndef __GLIBC__
        uint8_t read[16];
        REQUIRE(inet_pton(ip.len == 4 ? AF_INET : AF_INET6, got, read) == 1);
        REQUIRE(memcmp(read, ip.bytes, ip.len) == 0);
        strcpy(want, got);
#endif
        if (strcmp(got, want) != 0) {
            CHECK_FAIL("got %s, want %s", got, want);
            return;
        }
        CHECK(vif_ip_parse(got, strlen(got), false, &back));
        CHECK(back.len == ip.len && back.prefix == ip.len * 8 &&
              memcmp(back.bytes, ip.bytes, 16) == 0);
        vif_ip_format(&ip, true, got);
        snprintf(want + strlen(want), 8, "/%d", ip.prefix);
        CHECK_STR(got, want);
        CHECK(vif_ip_parse(got, strlen(got), true, &back));
        CHECK(!vif_ip_parse(got, strlen(got), false, &ip));
        ip.prefix = back.prefix;
    }
}

TEST(ip_parse_as_inet_pton)
{
    static const char alphabet[] = "0123456789abcdefABCDEFg:.:.::/ %";
    int i, good = 0;

    for (i = 0; i < 150000 / every(); i++) {
        char text[80];
        uint8_t bytes[16], want[16];
        vif_ip got;
        int n, k, family;
        random_bytes(bytes, 16);
        inet_ntop(i % 3 ? AF_INET6 : AF_INET, bytes, text, sizeof text);
        if (i % 5 == 0) {               /* not compressed, leading zeros, capitals */
            snprintf(text, sizeof text, "%x:%02X:%x:0%x:%x:%x:%x:%x", bytes[0], bytes[1], bytes[2],
                     bytes[3],
                     bytes[4], bytes[5] * 257u, bytes[6], bytes[7]);
        }
        for (k = (int)rnd(4); k > 0; k--) {
            const size_t len = strlen(text), at = rnd((unsigned)len + 1);
            if (rnd(3) == 0 && at < len) {
                memmove(text + at, text + at + 1, len - at);
            } else if (rnd(2) && len < 70) {
                memmove(text + at + 1, text + at, len - at + 1);
                text[at] = alphabet[rnd(sizeof alphabet - 1)];
            } else if (at < len) {
                text[at] = alphabet[rnd(sizeof alphabet - 1)];
            }
        }
        n = (int)strlen(text);
        family = memchr(text, ':', (size_t)n) ? AF_INET6 : AF_INET;
        k = inet_pton(family, text, want) == 1;
        if (vif_ip_parse(text, (size_t)n, false, &got) != k) {
            CHECK_FAIL("\"%s\": %s by inet_pton", text, k ? "taken" : "refused");
            return;
        }
        if (k) {
            good++;
            CHECK(got.len == (family == AF_INET ? 4 : 16) && memcmp(got.bytes, want, got.len) == 0);
        }
    }
    CHECK(good > 25000 / every());
}

/* A text has no NUL; what is behind it is not read. */
TEST(ip_parse_reads_no_further)
{
    static const char *const texts[] = {"1.2.3.4", "::", "1::", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8",
                                        "::1/64", "1.2.3.4/24", "::/",
                                        "1.2.3.4/", "1.2.3.", ":", ""};
    size_t i, n;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (n = 0; n <= strlen(texts[i]); n++) {
            char *exact = malloc(n ? n : 1), text[40];
            vif_ip a, b;
            uint8_t mac[6];
            int64_t number;
            memcpy(exact, texts[i], n);
            snprintf(text, sizeof text, "%.*s", (int)n, texts[i]);
            CHECK_INT(vif_ip_parse(exact, n, true, &a), vif_ip_parse(text, n, true, &b));
            (void)vif_mac_parse(exact, n, mac);
            (void)vif_int_parse(exact, n, &number);
            free(exact);
        }
    }
}

TEST(mac_parse_and_format)
{
    int i;

    for (i = 0; i < 50000 / every(); i++) {
        uint8_t mac[6], back[6];
        char text[18], upper[24];
        int k;
        random_bytes(mac, 6);
        vif_mac_format(mac, text);
        snprintf(upper, sizeof upper, "%02X-%02x-%02X-%02x-%02X-%02x", mac[0], mac[1], mac[2],
                 mac[3], mac[4], mac[5]);
        CHECK_INT(strlen(text), 17);
        CHECK(vif_mac_parse(text, 17, back) && memcmp(mac, back, 6) == 0);
        CHECK(vif_mac_parse(upper, 17, back) && memcmp(mac, back, 6) == 0);
        k = (int)rnd(17);
        upper[k] = (char)rnd(256);
        if (!memchr("0123456789abcdefABCDEF", upper[k], 22) &&
            !(k % 3 == 2 && memchr(":-", upper[k], 2))) {
            CHECK(!vif_mac_parse(upper, 17, back));
        } else if (k % 3 == 2) {
            CHECK_INT(vif_mac_parse(upper, 17, back), upper[k] == ':' || upper[k] == '-');
        }
        CHECK(!vif_mac_parse(text, 16, back));
    }
}

TEST(uuid_parse_and_format)
{
    int i;

    for (i = 0; i < 20000 / every(); i++) {
        vif_uuid uuid, back;
        char text[37], other[37];
        int k;
        random_bytes(uuid.bytes, 16);
        memset(&back, 0, sizeof back);
        vif_uuid_format(&uuid, text);
        CHECK_INT(strlen(text), 36);
        CHECK(vif_uuid_parse(text, 36, &back) && memcmp(&uuid, &back, sizeof uuid) == 0);
        for (k = 0; k < 37; k++) {
            other[k] = (char)(text[k] >= 'a' ? text[k] - 'a' + 'A' : text[k]);
        }
        CHECK(vif_uuid_parse(other, 36, &back) && memcmp(&uuid, &back, sizeof uuid) == 0);
        CHECK(!vif_uuid_parse(text, 35, &back) && !vif_uuid_parse(text, 37, &back));
        k = (int)rnd(36);
        other[k] = (char)rnd(256);
        if (other[k] == '-' ? text[k] != '-' : !memchr("0123456789abcdefABCDEF", other[k], 22) ||
            text[k] == '-') {
            memset(&back, 7, sizeof back);
            CHECK(!vif_uuid_parse(other, 36, &back) && back.bytes[0] == 7);
        }
    }
}

/* What Python's uuid.uuid5(UUID("68da264a-847f-42a8-8ab0-5e774aee3d95"), name) says; names are the
 * alphabet over and over. Lengths are those around the ends of SHA-1's blocks. */
TEST(uuid_of_a_name)
{
    static const struct { size_t len; const char *id; } known[] = {
        {0, "ebc3b350-48eb-5837-966c-8943901d5be5"}, {38, "66023a0f-6a88-5947-b016-edfcc964559c"},
        {39, "8215f677-20d4-5870-8d40-206ca5ba1bff"}, {40, "ca25da6d-1a6a-5aa5-818a-a6d99a58d9af"},
        {46, "c632ab74-1b38-5e26-8df5-b08180cf7c9c"}, {47, "69e92fe8-1381-56d6-9729-5022693b043c"},
        {48, "98e0c296-4b4d-570f-8c2b-927b704a33bf"}, {49, "7cec657c-f462-5f92-a8bc-a2d8520a62c1"},
        {103, "00b3b370-93fd-5451-814c-70a6355add42"},
        {104, "54c9968c-6850-57ee-b5f1-6247a21abb40"},
        {111, "ac3a1811-8040-594e-88c4-a7ba6e201a19"},
        {112, "7045504c-f7fc-59dc-a943-c40d201e4f1b"},
        {113, "0698daa7-40c9-5acc-910c-5263b4e3275a"},
        {1000, "7846f6a0-1a73-567f-a385-a1ceb5b9dfa2"},
        {70000, "f43f6332-65dd-5641-b0e9-a2f7c8327a1f"}};
    static char name[70000];
    const char *space_text = "68da264a-847f-42a8-8ab0-5e774aee3d95";
    vif_uuid space, id;
    char text[37];
    size_t i;

    for (i = 0; i < sizeof name; i++) {
        name[i] = (char)('a' + i % 26);
    }
    CHECK(vif_uuid_parse(space_text, 36, &space));
    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        vif_uuid_v5(&space, name, known[i].len, &id);
        vif_uuid_format(&id, text);
        CHECK_STR(text, known[i].id);
    }
}

TEST(int_parse)
{
    static const struct { const char *text; int good; long long value; } cases[] = {
        {"0", 1, 0}, {"-0", 1, 0}, {"007", 1, 7}, {"9223372036854775807", 1, INT64_MAX},
            {"9223372036854775808", 0, 0},
        {"-9223372036854775808", 1, INT64_MIN}, {"-9223372036854775809", 0, 0},
            {"99999999999999999999", 0, 0},
        {"18446744073709551616", 0, 0}, {"000000000000000000000000000001", 1, 1}, {"", 0, 0},
            {"-", 0, 0}, {"+1", 0, 0},
        {" 1", 0, 0}, {"1 ", 0, 0}, {"1_0", 0, 0}, {"--1", 0, 0}, {"1.0", 0, 0}, {"1e1", 0, 0},
            {"0x1", 0, 0}};
    size_t i;
    int64_t got;
    char text[32];

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        got = 4711;
        CHECK_INT(vif_int_parse(cases[i].text, strlen(cases[i].text), &got), cases[i].good);
        CHECK_INT(got, cases[i].good ? cases[i].value : 4711);
    }
    for (i = 0; i < 100000u / (size_t)every(); i++) {
        const uint64_t bits = (uint64_t)rnd(1 << 22) << 42 | (uint64_t)rnd(1 << 22) << 21 |
            rnd(1 << 21);
        const int64_t value = (int64_t)bits >> rnd(63);
        snprintf(text, sizeof text, "%lld", (long long)value);
        CHECK(vif_int_parse(text, strlen(text), &got) && got == value);
        text[0] = '\0';
        vif_cat_int(text, sizeof text, value);
        CHECK(vif_int_parse(text, strlen(text), &got) && got == value);
    }
}

TEST(cat_cuts)
{
    char *exact;
    size_t cap;

    for (cap = 1; cap < 30; cap++) {
        exact = malloc(cap);
        exact[0] = '\0';
        vif_cat(exact, cap, "abc");
        vif_cat_int(exact, cap, -1234567);
        vif_cat_escaped(exact, cap, "\x01\xff\"\\x", 5);
        vif_cat(exact, cap, "");
        CHECK(memchr(exact, '\0', cap) != NULL);
        CHECK(strncmp("abc-1234567\\x01\\xff\\x22\\x5cx", exact, strlen(exact)) == 0);
        CHECK(strlen(exact) + 4 >= cap || strlen(exact) == 28);
        free(exact);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

TEST(arena_of_every_size)
{
    char *fixed = malloc(16384);
    const size_t len = strlen(built_text);
    size_t size, needs = 0;
    built b;

    build(&b);
    for (size = 0; size < 16384 && needs == 0; size++) {
        vif_arena arena;
        vif_object mark, *o = &mark;
        vif_error err;
        vif_status st;
        char *exact = malloc(size + 1);
        memset(exact, 'x', size + 1);
        vif_arena_init(&arena, exact, size);
        st = vif_decode(&arena, built_text, len, &o, &err);
        CHECK_INT(exact[size], 'x');
        if (st == VIF_OK) {
            const vif_vif copy = *vif_as_vif(o);    /* the whole union may be copied */
            needs = size;
            CHECK_INT(vif_compare(&copy.object, top(&b), &err), VIF_OK);
            CHECK(arena.total <= size);
        } else if (st != VIF_E_NOMEM || err.status != st || o != &mark) {
            CHECK_FAIL("%zu bytes: %s", size, vif_status_name(st));
            needs = 1;
        }
        vif_arena_free(&arena);
        free(exact);
    }
    printf("# %zu bytes of JSON in %zu bytes of arena\n", len, needs);
    CHECK(needs > 1000);
    for (size = 0; size < 64; size++) { /* any alignment of the caller's memory */
        vif_arena arena;
        vif_object *o;
        vif_arena_init(&arena, fixed + size, needs + 64);
        CHECK_INT(vif_decode(&arena, built_text, len, &o, NULL), VIF_OK);
        CHECK_INT((uintptr_t)o % sizeof(int64_t), 0);
        CHECK_INT(vif_validate(o, NULL), VIF_OK);
    }
    free(fixed);
}

/* Text with escapes is put together in the arena: every size of that, too. */
TEST(arena_of_every_size_with_escapes)
{
    static const char text[] = W("InstanceInfo", "1.0",
                                 "\"n\\u0061me\":"
                                 "\"\\u00e9\\ud83d\\ude00 and much \\t more than that\","
                                 "\"project_id\":\"x\\ny\\nz\\u0041 and a long,"
                                 " long tail of it \\n\","
                                 "\"uuid\":\"\\\\\"");
    size_t size;
    int good = 0;

    for (size = 0; size < 4096; size++) {
        char *exact = malloc(size + 1);
        vif_arena arena;
        vif_object *o;
        vif_status st;
        alarm(20);
        vif_arena_init(&arena, exact, size);
        st = vif_decode(&arena, text, sizeof text - 1, &o, NULL);
        alarm(0);
        if (st == VIF_OK) {
            good++;
            CHECK_STR(vif_as_any(o)->instance_info.name,
                      "\xc3\xa9\xf0\x9f\x98\x80 and much \t more than that");
            CHECK_STR(vif_as_any(o)->instance_info.uuid, "\\");
        } else {
            CHECK_INT(st, VIF_E_NOMEM);
            CHECK_INT(good, 0);         /* more memory never hurts */
        }
        free(exact);
    }
    CHECK(good > 0);
}

/* A string that is skipped, longer than all the memory there is. */
TEST(skipped_strings_take_no_memory)
{
    char *text = malloc(20000);
    vif_arena arena;
    vif_object *o;
    int n;

    alarm(20);
    n = sprintf(text, "{\"unknown\":[\"\\n");
    memset(text + n, 'y', 9000);
    n += 9000;
    n += sprintf(text + n, "\\u0041");
    memset(text + n, 'z', 9000);
    n += 9000;
    sprintf(text + n, "\\n\"],%s", &W("FixedIP", "1.0", "\"address\":\"::1\"")[1]);
    vif_arena_init(&arena, memory, 3000);
    CHECK_INT(vif_decode(&arena, text, strlen(text), &o, NULL), VIF_OK);
    alarm(0);
    free(text);
}

TEST(hook_fails_at_every_allocation)
{
    int fail;
    vif_status st = VIF_E_NOMEM;
    built b;

    build(&b);
    for (fail = 1; fail < 200 && st == VIF_E_NOMEM; fail++) {
        hook h = {0, 0, fail};
        char small[512];
        vif_arena arena;
        vif_object mark, *o = &mark;
        vif_arena_init_hook(&arena, fail % 2 ? small : NULL, fail % 2 ? sizeof small : 0,
                            hook_resize, &h);
        st = vif_decode(&arena, built_text, strlen(built_text), &o, NULL);
        if (st == VIF_OK) {
            CHECK_INT(vif_compare(o, top(&b), NULL), VIF_OK);
        } else {
            CHECK_INT(st, VIF_E_NOMEM);
            CHECK(o == &mark);
            h.fail = 0;                 /* memory is back: another try with the same arena works */
            CHECK_INT(vif_decode(&arena, built_text, strlen(built_text), &o, NULL), VIF_OK);
            CHECK_INT(vif_validate(o, NULL), VIF_OK);
        }
        vif_arena_free(&arena);
        CHECK_INT(h.live, 0);
        vif_arena_free(&arena);
        CHECK_INT(h.live, 0);
    }
    CHECK_INT(st, VIF_OK);
    CHECK(fail > 2);
}

/* Objects larger than a block of the hook, with escapes: the scratch moves from block to block. */
TEST(hook_with_large_objects)
{
    enum { ITEMS = 3000 };
    char *text = malloc(ITEMS * 250 + 1000);
    hook h = {0, 0, 0};
    vif_arena arena;
    vif_object *o = NULL;
    vif_error err;
    int i, n = sprintf(text, "{\"versioned_object.data\":{\"objects\":[");

    for (i = 0; i < ITEMS; i++) {
        n += sprintf(text + n,
                     "%s" W("Route", "1.0",
                            "\"interface\":\"\\u00e9%d%.*s\\n\",\"gateway\":\"10.1.%d.%d\""),
                     i ? "," : "", i, i % 40, "........................................", i / 250,
                         i % 250);
    }
    n += sprintf(text + n,
                 "]},\"versioned_object.name\":\"RouteList\","
                 "\"versioned_object.namespace\":\"os_vif\","
                 "\"versioned_object.version\":\"1.0\"}");
    vif_arena_init_hook(&arena, NULL, 0, hook_resize, &h);
    CHECK_INT(decode(&arena, text, (size_t)n, &o, &err), VIF_OK);
    REQUIRE(o != NULL);
    CHECK_INT(vif_as_any(o)->route_list.objects.count, ITEMS);
    for (i = 0; i < ITEMS; i++) {
        const vif_route *r = &vif_as_any(o)->route_list.objects.items[i];
        char want[100];
        snprintf(want, sizeof want, "\xc3\xa9%d%.*s\n", i, i % 40,
                 "........................................");
        if (strcmp(r->interface, want) != 0) {
            CHECK_FAIL("%d: \"%s\"", i, r->interface);
            break;
        }
    }
    printf("# %d bytes of JSON in %zu bytes of arena, %d blocks\n", n, arena.total, h.calls);
    vif_arena_free(&arena);
    CHECK_INT(h.live, 0);
    free(text);
}

TEST(arena_alone)
{
    char block[256];
    vif_arena arena;
    hook h = {0, 0, 0};
    char *text, *big;
    volatile size_t most = SIZE_MAX;    /* or the compiler warns of what is asked for */
    size_t i;

    vif_arena_init(&arena, NULL, 100);
    CHECK(vif_arena_alloc(&arena, 1) == NULL && vif_arena_text(&arena, "", 0) == NULL);
    vif_arena_init(&arena, block, sizeof block);
    CHECK(vif_arena_alloc(&arena, most) == NULL && vif_arena_alloc(&arena, most - 8) == NULL);
    CHECK(vif_arena_text(&arena, "x", most) == NULL &&
          vif_arena_text(&arena, "x", most - 1) == NULL);
    text = vif_arena_text(&arena, "abc", 3);
    REQUIRE(text);
    CHECK_STR(text, "abc");
    big = vif_arena_alloc(&arena, 100);
    REQUIRE(big);
    CHECK_INT((uintptr_t)big % 16, 0);
    for (i = 0; i < 100; i++) {
        CHECK_INT(big[i], 0);
    }
    CHECK(vif_arena_alloc(&arena, 200) == NULL);
    CHECK(vif_arena_alloc(&arena, 100) != NULL);
    vif_arena_init_hook(&arena, block, sizeof block, hook_resize, &h);
    CHECK(vif_arena_alloc(&arena, most) == NULL && vif_arena_alloc(&arena, most - 64) == NULL);
    CHECK_INT(h.calls, 0);
    big = vif_arena_alloc(&arena, 100000);
    REQUIRE(big);
    memset(big, 'x', 100000);
    CHECK(vif_arena_alloc(&arena, 100000) != NULL && vif_arena_alloc(&arena, 0) != NULL);
    vif_arena_free(&arena);
    CHECK_INT(h.live, 0);
    CHECK_INT(h.calls, 2);
}

/* ---- texts that mean ill --------------------------------------------------------------------- */

#define IP(address) W("FixedIP", "1.0", "\"address\":" address)
#define HEAD(class, version) \
    "\"versioned_object.name\":\"" class "\",\"versioned_object.namespace\":\"os_vif\"," \
    "\"versioned_object.version\":\"" version "\""

TEST(decode_refuses_texts_that_are_no_object)
{
    REFUSED("", VIF_E_JSON, "", "");
    REFUSED(" ", VIF_E_JSON, "", "");
    REFUSED("{", VIF_E_JSON, "", "");
    REFUSED("{}", VIF_E_KEY, "versioned_object.namespace", "");
    REFUSED("[]", VIF_E_OBJECT, "", "object");
    REFUSED("null", VIF_E_OBJECT, "", "object");
    REFUSED("\"VIFBase\"", VIF_E_OBJECT, "", "object");
    REFUSED("1", VIF_E_OBJECT, "", "object");
    REFUSED(IP("\"::1\"") "x", VIF_E_JSON, "", "behind");
    REFUSED(IP("\"::1\"") "{}", VIF_E_JSON, "", "behind");
    REFUSED(IP("\"::1\"") ",", VIF_E_JSON, "", "behind");
    REFUSED("[" IP("\"::1\"") "]", VIF_E_OBJECT, "", "object");
    REFUSED("{" HEAD("FixedIP", "1.0") ",\"versioned_object.data\":[]}", VIF_E_FIELD,
            "versioned_object.data", "");
    REFUSED("{" HEAD("FixedIP", "1.0") ",\"versioned_object.data\":null}", VIF_E_FIELD,
            "versioned_object.data", "");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.changes\":{},\"versioned_object.data\":{}}", VIF_E_FIELD,
            "versioned_object.changes", "list");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.changes\":[1],\"versioned_object.data\":{}}", VIF_E_FIELD,
            "versioned_object.changes", "strings");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.changes\":[[]],\"versioned_object.data\":{}}", VIF_E_FIELD,
            "versioned_object.changes", "strings");
}

/* Every way in which the reference is lenient and vif is not: the list STRICT of the header. */
TEST(decode_is_strict)
{
    REFUSED(W("VIFBase", "1.0", "\"active\":1"), VIF_E_FIELD, "active", "true or false");
    REFUSED(W("VIFBase", "1.0", "\"active\":\"true\""), VIF_E_FIELD, "active", "true or false");
    REFUSED(W("VIFBase", "1.0", "\"active\":[]"), VIF_E_FIELD, "active", "true or false");
    REFUSED(W("VIFBase", "1.0", "\"active\":{}"), VIF_E_FIELD, "active", "true or false");
    REFUSED(IP("1"), VIF_E_FIELD, "address", "IP address");
    REFUSED(IP("[]"), VIF_E_FIELD, "address", "IP address");
    REFUSED(IP("[\"1.2.3.4\"]"), VIF_E_FIELD, "address", "IP address");
    REFUSED(W("FixedIP", "1.0", "\"floating_ips\":[1]"), VIF_E_FIELD, "floating_ips", "IP address");
    REFUSED(W("FixedIP", "1.0", "\"floating_ips\":{\"1.1.1.1\":1}"), VIF_E_FIELD, "floating_ips",
            "list");
    REFUSED(W("FixedIP", "1.0", "\"floating_ips\":[null]"), VIF_E_FIELD, "floating_ips", "");
    REFUSED(W("Network", "1.1", "\"mtu\":1.5"), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":1500.0"), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":1e3"), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":true"), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":\" 1_0 \""), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":\"+5\""), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":\"\xd9\xa1\""), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"mtu\":9223372036854775808"), VIF_E_FIELD, "mtu", "integer");
    REFUSED(W("Network", "1.1", "\"label\":1.5"), VIF_E_FIELD, "label", "string");
    REFUSED(W("Network", "1.1", "\"label\":true"), VIF_E_FIELD, "label", "string");
    REFUSED(W("Network", "1.1", "\"id\":true"), VIF_E_FIELD, "id", "string");
    REFUSED(W("Network", "1.1", "\"id\":[]"), VIF_E_FIELD, "id", "string");
    REFUSED(IP("\"10.1\""), VIF_E_FIELD, "address", "IP address");
    REFUSED(IP("\"010.1.2.3\""), VIF_E_FIELD, "address", "IP address");
    REFUSED(IP("\"0x7f.1\""), VIF_E_FIELD, "address", "IP address");
    REFUSED(IP("\"2130706433\""), VIF_E_FIELD, "address", "IP address");
    REFUSED(W("Route", "1.0", "\"cidr\":\"10/8\""), VIF_E_FIELD, "cidr", "network");
    REFUSED(W("Route", "1.0", "\"cidr\":\"10.0.0.0/255.0.0.0\""), VIF_E_FIELD, "cidr", "network");
    REFUSED(W("Route", "1.0", "\"cidr\":\"10.0.0.0/0.255.255.255\""), VIF_E_FIELD, "cidr",
            "network");
    REFUSED(W("VIFDirect", "1.0", "\"dev_address\":\"0000:03:1fx7\""), VIF_E_FIELD, "dev_address",
            "PCI");
    REFUSED(W("VIFDirect", "1.0", "\"dev_address\":\"0000:03:1f.7\\n\""), VIF_E_FIELD,
            "dev_address", "PCI");
    REFUSED(W("VIFBase", "1.0", "\"address\":\"22:52:25:62:e2:aa\\n\""), VIF_E_FIELD, "address",
            "MAC");
    REFUSED(W("Network", "1.1", "\"label\":\"a\",\"label\":\"a\""), VIF_E_JSON, "label",
            "duplicate key");
    REFUSED(W("Network", "1.1", "\"label\":\"a\\u0000b\""), VIF_E_JSON, "label", "U+0000");
    REFUSED(W("Network", "1.1", "\"label\":\"\xff\""), VIF_E_JSON, "label", "UTF-8");
    REFUSED(W("Network", "1.1", "\"label\":'a'"), VIF_E_JSON, "label", "value expected");
    REFUSED(W("Network", "1.1", "\"mtu\":NaN"), VIF_E_JSON, "mtu", "value expected");
    REFUSED("\xef\xbb\xbf" IP("\"::1\""), VIF_E_JSON, "", "value expected");
}

TEST(decode_refuses_duplicate_keys)
{
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.name\":\"FixedIP\",\"versioned_object.data\":{}}", VIF_E_JSON,
            "versioned_object.name", "duplicate");
    REFUSED("{\"versioned_object.data\":{}," HEAD("FixedIP", "1.0")
            ",\"versioned_object.name\":\"Route\"}", VIF_E_JSON,
            "versioned_object.name", "duplicate");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.data\":{},\"versioned_object.data\":{}}", VIF_E_JSON,
            "versioned_object.data", "duplicate");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.changes\":[],\"versioned_object.data\":{},"
            "\"versioned_object.changes\":[]}", VIF_E_JSON, "versioned_object.changes",
                "duplicate");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.version\":\"1.0\",\"versioned_object.data\":{}}", VIF_E_JSON,
            "versioned_object.version", "duplicate");
    REFUSED("{" HEAD("FixedIP", "1.0")
            ",\"versioned_object.n\\u0061me\":\"FixedIP\",\"versioned_object.data\":{}}",
            VIF_E_JSON, "versioned_object.name", "duplicate");
    REFUSED(W("Network", "1.1", "\"mtu\":1,\"m\\u0074u\":1"), VIF_E_JSON, "mtu", "duplicate");
}

/* Any order of keys; the data first, too, at every level. */
TEST(decode_in_any_order)
{
    static const char inner[] =
        "{\"versioned_object.data\":{\"address\":\"::1\"},\"versioned_object.version\":\"1.0\","
        "\"versioned_object.namespace\":\"os_vif\",\"versioned_object.name\":\"FixedIP\"}";
    static const char format[] =
        "{\"x\":1,\"versioned_object.changes\":[\"subnets\"],\"versioned_object.data\":{\"subnets\":"
        "{\"versioned_object.data\":{\"objects\":["
        "{\"versioned_object.data\":{\"ips\":{\"versioned_object.data\":{\"objects\":[%s,%s]},"
        HEAD("FixedIPList", "1.0") "}}," HEAD("Subnet", "1.0") "}]}," HEAD("SubnetList", "1.0") "}},"
        "\"y\":{\"versioned_object.name\":[]}," HEAD("Network", "1.0") "}";
    char text[4000];
    vif_arena arena;
    vif_object *o;

    snprintf(text, sizeof text, format, inner, inner);
    o = decoded(text, &arena);
    REQUIRE(o);
    CHECK_INT(vif_as_any(o)->network.subnets->objects.items[0].ips->objects.count, 2);
    CHECK_INT(encode(o, NULL, NULL), VIF_OK);
    CHECK_HAS(encoded, "\"versioned_object.changes\":[\"subnets\"]");
    /* The errors are the same then. */
    REFUSED("{\"versioned_object.data\":{\"address\":1}," HEAD("FixedIP", "1.0") "}", VIF_E_FIELD,
            "address", "IP address");
    REFUSED("{\"versioned_object.data\":{\"address\":1}," HEAD("Nothing", "1.0") "}", VIF_E_OBJECT,
            "versioned_object.name", "no such class");
    REFUSED("{\"versioned_object.data\":{\"address\":1}," HEAD("FixedIP", "1.1") "}", VIF_E_VERSION,
            "versioned_object.version", "");
    REFUSED("{\"versioned_object.data\":{},\"versioned_object.name\":\"FixedIP\","
            "\"versioned_object.namespace\":\"os_vif\"}",
            VIF_E_KEY, "versioned_object.version", "missing");
    REFUSED("{\"versioned_object.data\":{}", VIF_E_JSON, "", "");
    REFUSED("{\"versioned_object.data\":{},\"versioned_object.name\":", VIF_E_JSON, "", "");
    REFUSED("{\"versioned_object.data\":{\"a\":tru}}", VIF_E_JSON, "", "value expected");
}

TEST(decode_refuses_what_it_does_not_know)
{
    REFUSED(W("VIFBridge", "1.0", "\"vif_name\":\"tap0\",\"brigde_name\":\"br0\""), VIF_E_FIELD,
            "brigde_name", "VIFBridge: no such field: \"brigde_name\"");
    REFUSED(W("VIFBase", "1.0", "\"network\":" W("Network", "1.1", "\"mtu\":1,\"MTU\":9000")),
            VIF_E_FIELD, "network.MTU", "Network: no such field");
    REFUSED(W("RouteList", "1.0", "\"objects\":[" W("Route", "1.0", "")
              "," W("Route", "1.0", "\"cidrs\":[{\"a\":1}]") "]"), VIF_E_FIELD,
            "objects[1].cidrs", "Route: no such field");
    REFUSED(W("Route", "1.0", "\"\":1"), VIF_E_FIELD, "", "no such field: \"\"");
    REFUSED(W("Route", "1.0", "\"c\\u009b\\u001b[31m\":1"), VIF_E_FIELD,
            "c\\xc2\\x9b\\x1b[31m", "no such field: \"c\\xc2\\x9b\\x1b[31m\"");
    REFUSED("{\"versioned_object.nane\":\"Route\"}", VIF_E_FIELD, "versioned_object.nane",
            "no such field");
    REFUSED("{" HEAD("Route", "1.0") ",\"versioned_object.data\":{},"
            "\"versioned_object.change\":[]}", VIF_E_FIELD, "versioned_object.change",
            "Route: no such field");
    /* A field of a later version of the class is known, as the reference has it. */
    REFUSED(W("Network", "1.0", "\"mtu\":1500"), VIF_OK, "", "");
}

TEST(decode_passes_over_what_it_does_not_know)
{
    vif_arena arena;
    vif_object *o;

    lenient = true;
    o = decoded("{\"a\":[{\"versioned_object.name\":1}],\"versioned_object.\":1,"
                "\"versioned_object.names\":{},"
        HEAD("Route", "1.0")
            ",\"versioned_object.data\":{\"new\":{\"versioned_object.name\":\"x\",\"d\":[1.5e3,"
            "\"\\n\"]},"
        "\"interface\":\"i\",\"interfac\":1,\"interfaces\":2,\"\":3}, \"z\":null } \n", &arena);

    REQUIRE(o);
    CHECK_INT(encode(o, NULL, NULL), VIF_OK);
    CHECK_STR(encoded, W("Route", "1.0", "\"interface\":\"i\""));
    /* but only if it is JSON, of a sane depth */
    REFUSED(W("Route", "1.0", "\"new\":[1,]"), VIF_E_JSON, "", "value expected");
    REFUSED(W("Route", "1.0", "\"interface\":\"i\",\"interface\":\"j\""), VIF_E_JSON, "interface",
            "duplicate");
    REFUSED(W("Route", "1.0",
              "\"new\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
                  VIF_E_JSON, "",
            "nested too deeply");
    lenient = false;
}

/* What is read has an end: of the text, of lists; and what a program built, too. */
TEST(bounds)
{
    const size_t most = VIF_LIST_MOST;
    const char *const route = W("Route", "1.0", "");
    const size_t cap = (most + 1) * (strlen(route) + 1) + 1000;
    char *text = malloc(VIF_TEXT_MOST + 1u > cap ? VIF_TEXT_MOST + 1u : cap);
    int which;

    for (which = 0; which < 4; which++) {
        const size_t count = most + (size_t)(which & 1);
        const char *item = which < 2 ? "\"::1\"" : route;
        size_t i, n = (size_t)sprintf(text, which < 2
            ? "{" HEAD("FixedIP", "1.0") ",\"versioned_object.data\":{\"floating_ips\":["
            : "{" HEAD("RouteList", "1.0") ",\"versioned_object.data\":{\"objects\":[");
        hook h = {0, 0, 0};
        vif_arena arena;
        vif_object *o = NULL;
        vif_error err;
        for (i = 0; i < count; i++) {
            n += (size_t)sprintf(text + n, "%s%s", i > 0 ? "," : "", item);
        }
        n += (size_t)sprintf(text + n, "]}}");
        vif_arena_init_hook(&arena, NULL, 0, hook_resize, &h);
        if (count == most) {
            CHECK_INT(vif_decode(&arena, text, n, &o, &err), VIF_OK);
        } else {
            CHECK_INT(vif_decode(&arena, text, n, &o, &err), VIF_E_FIELD);
            CHECK_STR(err.where, which < 2 ? "floating_ips" : "objects[65536]");
            CHECK_HAS(err.text, "more than 65536 items");
        }
        vif_arena_free(&arena);
    }
    {
        vif_arena arena;
        vif_object *o = NULL;
        vif_error err;
        memset(text, ' ', VIF_TEXT_MOST + 1u);
        memcpy(text, route, strlen(route));
        vif_arena_init(&arena, memory, sizeof memory);
        CHECK_INT(vif_decode(&arena, text, VIF_TEXT_MOST, &o, &err), VIF_OK);
        CHECK_INT(vif_decode(&arena, text, VIF_TEXT_MOST + 1u, &o, &err), VIF_E_TOO_BIG);
        CHECK_HAS(err.text, "16777216");
    }
    free(text);
    for (which = 0; which < 2; which++) {
        built b;
        vif_error err;
        vif_json_out out;
        build(&b);
        *(which ? &b.route_list.objects.count : &b.subnet[0].dns.count) = SIZE_MAX - 7;
        CHECK_INT(vif_validate(&b.vif.object, &err), VIF_E_FIELD);
        vif_json_out_init(&out, NULL, 0);
        CHECK_HAS(err.text, "more than 65536 items");
        CHECK_INT(vif_encode(&b.vif.object, NULL, &out, &err), VIF_E_FIELD);
        CHECK_HAS(err.text, "more than 65536 items");
        CHECK_STR(err.where, which ? "network.subnets.objects[1].routes.objects"
                                   : "network.subnets.objects[0].dns");
        (void)vif_print(&b.vif.object, NULL, 0);
    }
}

/* No text and no memory are texts and memory of no bytes. */
TEST(null_is_nothing)
{
    vif_arena arena;
    vif_object mark, *o = &mark;
    vif_uuid space = {{0}}, id;
    vif_error err;
    uint8_t mac[6];
    char text[8] = "";
    int64_t number;
    vif_ip ip;

    vif_arena_init(&arena, NULL, 0);
    CHECK(vif_arena_alloc(&arena, 0) == NULL && vif_arena_text(&arena, NULL, 0) == NULL);
    CHECK_INT(vif_decode(&arena, NULL, 0, &o, &err), VIF_E_NOMEM);
    vif_arena_free(&arena);
    vif_arena_init(&arena, memory, sizeof memory);
    CHECK_STR(vif_arena_text(&arena, NULL, 0), "");
    CHECK_INT(vif_decode(&arena, NULL, 0, &o, &err), VIF_E_JSON);
    CHECK(o == &mark);
    CHECK(!vif_ip_parse(NULL, 0, true, &ip) && !vif_mac_parse(NULL, 0, mac));
    CHECK(!vif_int_parse(NULL, 0, &number) && !vif_uuid_parse(NULL, 0, &id));
    CHECK_INT(vif_class_find(NULL, 0), VIF_CLASS_NONE);
    vif_uuid_v5(&space, NULL, 0, &id);
    vif_cat_escaped(text, sizeof text, NULL, 0);
    CHECK_STR(text, "");
}

/* What a terminal would take for a command is printed as an escape, valid UTF-8 or not. */
TEST(print_is_for_terminals)
{
    vif_instance_info info;
    char text[400];

    vif_object_init(&info, VIF_CLASS_InstanceInfo);
    info.name = "\xc2\x9b" "31m \x1b]0;x\x07 \x7f \xc3\xa9";
    info.uuid = "\x9b" "31m \xff\xc2";
    CHECK(vif_print(&info.object, text, sizeof text) < sizeof text);
    CHECK_STR(text, "uuid: \"\\u009b31m \\u00ff\\u00c2\"\n"
              "name: \"\\u009b31m \\u001b]0;x\\u0007 \\u007f \xc3\xa9\"\n");
}

TEST(decode_refuses_another_class)
{
    REFUSED(W("VIFBase", "1.0", "\"network\":" IP("\"::1\"")), VIF_E_FIELD, "network",
            "another class");
    REFUSED(W("VIFBase", "1.0", "\"port_profile\":" W("VIFBase", "1.0", "")), VIF_E_FIELD,
            "port_profile", "another class");
    REFUSED(W("VIFBase", "1.0", "\"network\":[]"), VIF_E_FIELD, "network", "object");
    REFUSED(W("VIFBase", "1.0", "\"network\":{}"), VIF_E_KEY, "network.versioned_object.namespace",
            "missing");
    REFUSED(W("RouteList", "1.0", "\"objects\":[" IP("\"::1\"") "]"), VIF_E_FIELD, "objects[0]",
            "another class");
    REFUSED(W("RouteList", "1.0", "\"objects\":[" W("Route", "1.0", "") ",1]"), VIF_E_FIELD,
            "objects[1]", "object");
    REFUSED(W("RouteList", "1.0", "\"objects\":[" W("Route", "1.0", "")
              "," W("Route", "1.0", "\"cidr\":\"x\"") "]"), VIF_E_FIELD,
            "objects[1].cidr", "Route");
    REFUSED(W("RouteList", "1.0", "\"objects\":{}"), VIF_E_FIELD, "objects", "list");
    REFUSED(W("RouteList", "1.0", "\"objects\":null"), VIF_E_FIELD, "objects", "null");
    REFUSED(W("FixedIP", "1.0", "\"floating_ips\":null"), VIF_E_FIELD, "floating_ips", "null");
    REFUSED(W("FixedIP", "1.0", "\"floating_ips\":[\"1.1.1.1\",\"::1\",\"1.1.1\"]"), VIF_E_FIELD,
            "floating_ips", "1.1.1");
}

/* The value that was wrong is in the words, escaped and cut; the offset is where it starts. */
TEST(errors_show_the_value)
{
    vif_arena arena;
    vif_object *o;
    vif_error err;
    char text[2000], *at;

    snprintf(text, sizeof text, "%s", IP("\"\x1b[2J\\n\xc3\xa9\\u0001 and so on\""));
    vif_arena_init(&arena, memory, sizeof memory);
    CHECK_INT(decode(&arena, text, strlen(text), &o, &err),
              VIF_E_JSON);    /* a control character */
    snprintf(text, sizeof text, "%s", IP("\"\\u001b[2J\\n\xc3\xa9 and so on\""));
    CHECK_INT(decode(&arena, text, strlen(text), &o, &err), VIF_E_FIELD);
    CHECK_HAS(err.text, "FixedIP: not an IP address: \"\\x1b[2J\\x0a\\xc3\\xa9 and so on\"");
    CHECK_INT(err.offset, (int)(strstr(text, "\"\\u001b") - text));
    snprintf(text, sizeof text, "%s", IP("\"__________\""));
    at = strstr(text, "__");
    memmove(at + 1000, at + 10, strlen(at + 10) + 1);
    memset(at, '_', 1000);
    CHECK_INT(decode(&arena, text, strlen(text), &o, &err), VIF_E_FIELD);
    CHECK_INT(strlen(err.text), sizeof err.text - 1);
    CHECK_INT(err.text[strlen(err.text) - 1], '"');
    CHECK_INT(err.offset, (int)(at - 1 - text));
}

/* Cut anywhere, a text is refused, and nothing behind its end is read. */
TEST(decode_every_prefix)
{
    const size_t whole = strlen(built_text);
    size_t n;

    for (n = 0; n < whole; n++) {
        vif_arena arena;
        vif_object mark, *o = &mark;
        vif_error err;
        vif_status st;
        vif_arena_init(&arena, memory, sizeof memory);
        st = decode(&arena, built_text, n, &o, &err);
        if (st != VIF_E_JSON || o != &mark || err.offset > n) {
            CHECK_FAIL("the first %zu bytes: %s at %u", n, vif_status_name(st), err.offset);
            break;
        }
    }
}

/* Any byte of it changed: no crash, and what is taken is valid. */
TEST(decode_every_byte_changed)
{
    static const char bytes[] = "\0\"\\{}[],:0e-.n \xff\x1f";
    const size_t whole = strlen(built_text), step = (size_t)every();
    char *text = malloc(whole + 1);
    size_t i, k;
    int taken = 0;

    for (i = 0; i < whole; i++) {
        for (k = i % step; k < sizeof bytes - 1; k += step) {
            vif_arena arena;
            vif_object *o;
            vif_error err;
            memcpy(text, built_text, whole + 1);
            text[i] = bytes[k];
            vif_arena_init(&arena, memory, sizeof memory);
            if (vif_decode(&arena, text, whole, &o, &err) == VIF_OK) {
                taken++;
                CHECK_INT(vif_validate(o, &err), VIF_OK);
                CHECK_INT(encode(o, NULL, &err), VIF_OK);
            } else {
                CHECK(err.text[0] != '\0' && err.offset <= whole);
            }
        }
    }
    CHECK(taken > 0);
    free(text);
}

CHECK_MAIN
