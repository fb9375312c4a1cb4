/* SPDX-License-Identifier: MIT */
#ifndef TWO_H_INCLUDED
#define TWO_H_INCLUDED
#include <stddef.h>
size_t one_encode(char *buf, size_t cap);
int one_true(vif_options *options);
const void *one_address(void);
#endif
