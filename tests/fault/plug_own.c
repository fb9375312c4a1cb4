/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of an agent's own plugin. */
#include "fault/faults.h"

PLUG(own) UNPLUG(own) REPAIR(own) SEE(own)
PLUG(own_refused)

FAULTS_MAIN
