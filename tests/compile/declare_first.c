/* SPDX-License-Identifier: MIT
 * Declarations first, the implementation later in the same file: a header between may include
 * ours. */
#include "vif.h"
#include "vif_objects.h"
vif_status declared(void);
vif_status declared(void) { return VIF_OK; }
#ifndef VIF_IMPLEMENTATION              /* VIF_STATIC has implied it */
#define VIF_IMPLEMENTATION
#endif
#include "vif_netlink.h"
#include "vif.h"
