/* SPDX-License-Identifier: MIT */
/* For fuzz targets (behind vif.h and words.h): a plan that is made twice says the same twice, names
 * only what may be a link, and is refused with words. */
static char plan_memory[1 << 18], plan_said[2][70000];

static void plan_twice(const vif_plan_input *in)
{
    vif_arena arena;
    vif_error err;
    vif_plan p;
    vif_status st;
    size_t i, round;

    for (round = 0; round < 2; round++) {
        char *said = plan_said[round];

        vif_arena_init(&arena, plan_memory, sizeof plan_memory);
        memset(&err, 0, sizeof err);
        st = vif_plan_make(&p, &arena, in, &err);
        if (st != VIF_OK) {
            check_error(&err, st);
            MUST(p.count == 0 && err.text[0] != '\0');
            return;
        }
        for (i = 0; i < p.count; i++) {
            MUST(p.items[i].link[0] == '\0' || vif_ifname_check(p.items[i].link) == NULL);
            MUST(p.items[i].other[0] == '\0' || vif_ifname_check(p.items[i].other) == NULL);
        }
        MUST(vif_plan_print(&p, said, sizeof plan_said[0]) == strlen(said) ||
             strlen(said) == sizeof plan_said[0] - 1);
    }
    MUST(strcmp(plan_said[0], plan_said[1]) == 0);
}
