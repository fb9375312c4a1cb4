/* SPDX-License-Identifier: MIT
 * All of a program in one file: other code, ours in the middle, other code. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LEFT, RIGHT };
struct link { int next; };
struct addr { int port; };
struct route { int gateway; };

#define VIF_IMPLEMENTATION
#include "vif.h"
#include "vif_netlink.h"
#include "vif_objects.h"

struct host { int plan; };
struct plan { int link; };
int main(void)
{
    const struct link link = {LEFT};
    const struct plan plan = {RIGHT};
    return link.next + plan.link - 1;
}
