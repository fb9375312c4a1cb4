/* SPDX-License-Identifier: MIT
 * The implementation of vif as one file of a program: the other files only include the header. */
#define VIF_IMPLEMENTATION
#include "vif.h"
