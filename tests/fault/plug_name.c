/* SPDX-License-Identifier: MIT */
/* flags: -Wl,--wrap=sendmsg,--wrap=recvmsg,--wrap=poll,--wrap=open,--wrap=read,--wrap=write */
/* flags: -Wl,--wrap=ioctl,--wrap=socket,--wrap=bind,--wrap=setsockopt */
/* A fault at every step of a link that gets a name, and its own one back. */
#include "fault/faults.h"

PLUG(name) UNPLUG(name) SEE(name) DRY(name)
PLUG(name_refused)

FAULTS_MAIN
