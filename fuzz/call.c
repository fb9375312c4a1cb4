/* SPDX-License-Identifier: MIT
 * Fuzz target: the texts of vif_call_json. The options, behind a NUL the VIF, behind another one
 * the instance. What is taken is what the structs can hold; what is refused says why, in plain
 * ASCII. */
#define VIF_STATIC
#include "vif.h"
#include <stdlib.h>
#include "words.h"

static char memory[1 << 18], said[8192];

/* What is written of an outcome is one JSON object that fits, without a control character. */
static void check_said(const vif_host *host, const vif__called *c, vif_status st)
{
    vif_json_out out;
    size_t i;

    vif_json_out_init(&out, said, VIF_CALL_SPACE);
    vif__call_write(&out, host, c, st);
    MUST(!out.bad && !out.overflow && vif_json_valid(said, out.len));
    for (i = 0; i < out.len; i++) {
        MUST((unsigned char)said[i] >= 0x20 && said[i] != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vif_host host;
    static vif__called c;
    char *text = (char *)malloc(size + 3);
    vif_call call;
    vif_arena arena;
    vif_status st;

    memcpy(text, data, size);
    memset(text + size, 0, 3);
    memset(&c, 0, sizeof c);
    memset(&call, 0, sizeof call);
    vif_arena_init(&arena, memory, sizeof memory);
    c.arena = &arena;
    call.options = text;
    call.vif = text + strlen(text) + 1;
    call.instance = call.vif < text + size ? call.vif + strlen(call.vif) + 1 : NULL;
    call.instance = call.instance != NULL && call.instance < text + size ? call.instance : NULL;
    call.vif = call.vif < text + size ? call.vif : "";
    call.unknown_fields = size % 2 != 0;
    st = vif__call_options(&c, text);
    if (st == VIF_OK) {
        MUST(vif__options_check(&c.options, NULL) == VIF_OK);
        st = vif__call_read(&c, &host, &call);
        MUST(st != VIF_OK || (c.subject.vif != NULL &&
                              vif_validate(&c.subject.vif->object, NULL) == VIF_OK &&
                              (c.subject.instance == NULL) == (call.instance == NULL)));
    }
    if (st != VIF_OK) {
        check_error(&c.err, st);
        MUST(c.err.text[0] != '\0');
    }
    check_said(&host, &c, st);
    free(text);
    return 0;
}
