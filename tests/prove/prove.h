/* SPDX-License-Identifier: MIT
 * What all proofs share: unknown values, unknown bytes, and memory functions as ISO C has them. */
#ifndef PROVE_H
#define PROVE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "__fc_builtin.h"

/* A number of 0 to `most`, a truth value, an object of any content. */
#define UPTO(most) ((size_t)Frama_C_interval(0, (most)))
#define ANY_BOOL() (Frama_C_interval(0, 1) != 0)
#define FILL(object) Frama_C_make_unknown((char *)&(object), sizeof(object))

/* A size of input, and the one that takes half the time: see prove.sh. */
#ifdef LESS_INPUT
#define LESS(most, fewer) fewer
#else
#define LESS(most, fewer) most
#endif

/* Frama-C's contracts want a readable byte even where none is read. ISO C (7.24.1p2) wants a valid
 * pointer, which one behind an object is and NULL is not. */
static void *prove_move(void *to, const void *from, size_t n)
{
    //@ assert pointers: \object_pointer(to) && \object_pointer(from);
    //@ assert not_null: to != \null && from != \null;
    return n > 0 ? memmove(to, from, n) : to;
}
#define memmove prove_move

static void *prove_copy(void *to, const void *from, size_t n)
{
    //@ assert pointers: \object_pointer(to) && \object_pointer(from);
    //@ assert not_null: to != \null && from != \null;
    return n > 0 ? memcpy(to, from, n) : to;
}
#define memcpy prove_copy

#endif
