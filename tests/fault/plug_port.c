/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of a tap on a bridge, also one that somebody else has made. */
#include "fault/faults.h"

PLUG(port) UNPLUG(port) REPAIR(port) SEE(port) DRY(port)
PLUG(port_there) UNPLUG(port_there)
PLUG(port_adopted) UNPLUG(port_adopted) REPAIR(port_adopted)
PLUG(rate) UNPLUG(rate) REPAIR(rate) SEE(rate) DRY(rate)
PLUG(guarded) REPAIR(guarded) SEE(guarded) DRY(guarded)
PLUG(too_large)

FAULTS_MAIN
