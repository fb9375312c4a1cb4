/* SPDX-License-Identifier: MIT
 * inside.h: a guest's network namespace, for the tests of what is made in one. */
#ifndef INSIDE_H_INCLUDED
#define INSIDE_H_INCLUDED
#include "kernel/plug.h"

static int ns = -1;                     /* the guest's */

/* A command of ip's, inside; what it says is in sh_text. */
#define INSIDE(format, ...) \
    sh("nsenter --net=/proc/%d/fd/%d ip " format, (int)getpid(), ns, ##__VA_ARGS__)
#define DO_INSIDE(...) do { if (INSIDE(__VA_ARGS__) != 0) { CHECK_FAIL("%s", sh_text); } } while (0)

static const char *owner;               /* NULL: the default one */

static bool opened(void)
{
    vif_host_desc d = vif_host_desc_default();
    memset(&host, 0, sizeof host);
    d.owner = owner;
    return vif_host_open(&host, &d, &err) == VIF_OK;
}
#endif
