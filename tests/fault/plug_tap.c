/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of a tap, plain and routed, and of an agent's own plugin. */
#include "fault/faults.h"

PLUG(tap) UNPLUG(tap) REPAIR(tap)
PLUG(wrong_owner)
PLUG(routed) UNPLUG(routed) REPAIR(routed) SEE(routed) DRY(routed)
PLUG(routed_silent)
PLUG(own) UNPLUG(own) REPAIR(own) SEE(own)
PLUG(own_refused)

FAULTS_MAIN
