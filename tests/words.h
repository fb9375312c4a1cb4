/* SPDX-License-Identifier: MIT
 * words.h: what fuzz targets ask of every error. Include it behind vif.h. */
#ifndef WORDS_H_INCLUDED
#define WORDS_H_INCLUDED

#define MUST(cond) do { if (!(cond)) { __builtin_trap(); } } while (0)

/* The status that was returned, and texts of plain ASCII. */
static void check_error(const vif_error *err, vif_status st)
{
    const char *p;

    MUST(err->status == st);
    for (p = err->where; *p != '\0'; p++) {
        MUST(*p >= 0x20 && *p < 0x7f);
    }
    for (p = err->text; *p != '\0'; p++) {
        MUST(*p >= 0x20 && *p < 0x7f);
    }
}
#endif
