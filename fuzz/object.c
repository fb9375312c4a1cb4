/* SPDX-License-Identifier: MIT
 * Fuzz target: the objects of vif_objects.h. What decodes must validate, encode, decode again to
 * the same object and encode again to the same bytes, in a buffer of just that size; for every
 * older version and for a manifest it must encode to what decodes, or be refused by the rules. With
 * less memory nothing else comes of it. */
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include <stdlib.h>

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)
enum { MAX = 1 << 15 };

static char memory[3][MAX * 8];
static char text[MAX * 2], second[MAX * 2], lines[MAX * 4];

static bool ends_in_nul(const vif_error *e)
{
    return memchr(e->text, 0, sizeof e->text) != NULL &&
        memchr(e->where, 0, sizeof e->where) != NULL;
}

static void check_refused(const vif_error *e, vif_status st, size_t size)
{
    MUST(st == VIF_E_JSON || st == VIF_E_KEY || st == VIF_E_OBJECT || st == VIF_E_VERSION ||
         st == VIF_E_BAD_VERSION || st == VIF_E_FIELD || st == VIF_E_NOMEM);
    MUST(e->status == st && ends_in_nul(e) && e->text[0] != '\0' && e->offset <= size);
}

static void check_older(const vif_object *o, const vif_encode_desc *desc)
{
    vif_json_out out;
    vif_arena arena;
    vif_object *back = NULL;
    vif_error err = {0};
    vif_status st;

    vif_json_out_init(&out, second, sizeof second);
    st = vif_encode(o, desc, &out, &err);
    if (st != VIF_OK) {
        MUST(st == VIF_E_ACTION || st == VIF_E_VERSION);
        MUST(err.status == st && ends_in_nul(&err));
        MUST(st != VIF_E_VERSION || desc->target_minor > o->minor);
        return;
    }
    vif_arena_init(&arena, memory[2], sizeof memory[2]);
    MUST(vif_decode(&arena, second, out.len, &back, &err) == VIF_OK);
    MUST(back->klass == o->klass && back->minor == (desc->target_major ? desc->target_minor
                                                                       : o->minor));
    MUST(vif_validate(back, &err) == VIF_OK);
}

static void check_versions(const vif_object *o, uint32_t mix)
{
    vif_class_version manifest[VIF_CLASS_COUNT];
    vif_encode_desc desc = {1, 0, NULL, 0};
    unsigned i;

    for (i = 0; i <= 5; i++) {
        desc.target_minor = (uint8_t)i;
        check_older(o, &desc);
    }
    desc.manifest = manifest;
    for (i = 1; i < VIF_CLASS_COUNT; i++) {
        mix = mix * 1103515245u + 12345u;
        if (mix >> 30 != 0) {
            manifest[desc.manifest_count].klass = (vif_class)i;
            manifest[desc.manifest_count].major = 1;
            manifest[desc.manifest_count++].minor =
                (uint8_t)((mix >> 20) % (vif__classes[i].minor + 1u));
        }
    }
    for (i = 0; i <= o->minor; i++) {
        desc.target_minor = (uint8_t)i;
        check_older(o, &desc);
    }
    desc.target_major = desc.target_minor = 0;
    check_older(o, &desc);
}

static void check_object(const vif_object *o)
{
    vif_object *twin = NULL;
    vif_arena arena;
    vif_json_out out, count;
    vif_error err;
    size_t len;

    MUST(vif_validate(o, &err) == VIF_OK);
    vif_json_out_init(&out, text, sizeof text);
    MUST(vif_encode(o, NULL, &out, &err) == VIF_OK);
    vif_json_out_init(&count, NULL, 0);
    MUST(vif_encode(o, NULL, &count, &err) == VIF_E_SPACE && count.len == out.len);
    vif_arena_init(&arena, memory[1] + 1, sizeof memory[1] - 1);
    MUST(vif_decode(&arena, text, out.len, &twin, &err) == VIF_OK);
    MUST(vif_compare(o, twin, &err) == VIF_OK && vif_compare(twin, o, &err) == VIF_OK);
    vif_json_out_init(&count, second, out.len);
    MUST(vif_encode(twin, NULL, &count, &err) == VIF_OK);
    MUST(count.len == out.len && memcmp(text, second, out.len) == 0);
    len = vif_print(o, lines, sizeof lines);
    MUST(len < sizeof lines && strlen(lines) == len && vif_print(o, NULL, 0) == len);
    vif_set_defaults(twin);
    MUST(vif_validate(twin, &err) == VIF_OK);
    vif_json_out_init(&count, second, sizeof second);
    MUST(vif_encode(twin, NULL, &count, &err) == VIF_OK);
}

/* A hook over malloc with so many allocations left. */
static void *resize(void *user, void *ptr, size_t old, size_t size)
{
    unsigned *left = (unsigned *)user;
    (void)old;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    return (*left)-- > 0 ? malloc(size) : NULL;
}

static bool lenient;                    /* fields that no class has are passed over */

static vif_status decode(vif_arena *arena, const char *text, size_t size, vif_object **out,
                         vif_error *err)
{
    vif_decode_desc desc = {0};

    desc.text = text;
    desc.len = size;
    desc.unknown_fields = lenient;
    return vif_decode_with(arena, &desc, out, err);
}

/* With less memory there is the same outcome, or none for want of memory. */
static void check_small(const char *text, size_t size, uint32_t mix, vif_status want)
{
    const size_t cap = mix % 6000;
    unsigned left = mix >> 16 & 7;
    vif_object mark, *o = &mark;
    vif_arena arena;
    char *block = malloc(cap ? cap : 1);
    vif_status st;

    vif_arena_init(&arena, block, cap);
    st = decode(&arena, text, size, &o, NULL);
    MUST(st == want || st == VIF_E_NOMEM);
    MUST(st == VIF_OK ? vif_validate(o, NULL) == VIF_OK : o == &mark);
    vif_arena_init_hook(&arena, block, cap % 700, resize, &left);
    st = decode(&arena, text, size, &o, NULL);
    MUST(st == want || st == VIF_E_NOMEM);
    MUST(st != VIF_OK || vif_validate(o, NULL) == VIF_OK);
    vif_arena_free(&arena);
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vif_object mark, *o = &mark;
    vif_arena arena;
    vif_error err;
    vif_status st;
    char *copy;
    uint32_t mix = 1;
    size_t i;

    if (size > MAX / 4) {
        return 0;
    }
    copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    for (i = 0; i < size; i++) {
        mix = mix * 31 + data[i];
    }
    memset(&err, 'x', sizeof err);
    vif_arena_init(&arena, memory[0], sizeof memory[0]);
    lenient = mix >> 20 & 1;
    st = decode(&arena, copy, size, &o, &err);
    check_small(copy, size, mix, st);
    free(copy);
    if (st != VIF_OK) {
        MUST(o == &mark);
        check_refused(&err, st, size);
        return 0;
    }
    check_object(o);
    check_versions(o, mix);
    return 0;
}
