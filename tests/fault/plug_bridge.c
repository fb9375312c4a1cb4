/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of a bridge and its uplink. */
#include "fault/faults.h"

PLUG(new) UNPLUG(new) REPAIR(new)
PLUG(uplink_plain) REPAIR(uplink_plain)
PLUG(uplink_small) REPAIR(uplink_small)
PLUG(uplink_there) REPAIR(uplink_there)

FAULTS_MAIN
