/* SPDX-License-Identifier: MIT
 * Included twice, with the implementation each time. */
#define VIF_IMPLEMENTATION
#include "vif.h"
#include "vif_netlink.h"
#include "vif_objects.h"
#include "vif.h"
#include "vif_objects.h"
#include "vif_netlink.h"
