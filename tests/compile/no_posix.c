/* SPDX-License-Identifier: MIT
 * Without sockets: builder, exchange, parsers, objects. */
#define VIF_NO_POSIX
#define VIF_IMPLEMENTATION
#include "vif_objects.h"
#include "vif_netlink.h"
