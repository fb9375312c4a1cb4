/* SPDX-License-Identifier: MIT
 * Macros that a program, or a header of its platform, may have defined before ours. */
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) min(a, b)
#define MAX(a, b) max(a, b)
#define linux 1
#define unix 1
#define i386 1
#define arm 1
#define sun 1
#define I (1.0)
#define N 7
#define OK 0
#define ERROR -1
#define E_INVAL 7
#define E_NOMEM 7
#define E_JSON 7
#define E_KERNEL 7
#define EINVAL_ 7
#define TRUE 1
#define FALSE 0
#define BIT(n) (1 << (n))
#define ALIGN(x) (x)
#define ARRAY_SIZE(x) (sizeof(x) / sizeof(x)[0])
#define LINK 7
#define ADDR 7
#define ROUTE 7
#define NEIGH 7
#define BRIDGE 7
#define VLAN 7
#define PORT 7
#define STRING 7
#define INT 7
#define BOOL 7
#define UUID 7
#define MAC 7
#define IP 7
#define LIST 7
#define OBJECT 7
#define ENUM 7
#define NONE 7
#define DONE 7
#define UNUSED
#define X(a) (a)
#define ROW(a) (a)
#define FIELD(a) (a)
#define major(x) (x)
#define minor(x) (x)
#define makedev(x, y) (x)
#define check(x) (x)
#define require(x) (x)
#define assert(x) ((void)(x))
#define small char
#define near
#define far
#define VIF_IMPLEMENTATION
#include "vif.h"
