/* SPDX-License-Identifier: MIT
 * Takes the place of a step over the items of a value, which ovsdb_value.c has shown to keep to its
 * bytes: these must be readable; there may be any number of items. The one that is given is all
 * that is left; those that are shorter are those of a shorter input. */
#include "prove.h"
#include "vif_ovsdb.h"

bool vif_ovsdb_next(vif_ovsdb_iter *it, vif_ovsdb_value *key, vif_ovsdb_value *value)
{
    const size_t left = it->left / 4;

    /*@ check readable: left == 0 || \valid_read(it->at + (0 .. left - 1)); */
    if (left == 0 || ANY_BOOL()) {
        return false;
    }
    value->text = it->at;
    value->len = left;
    if (key != NULL) {
        *key = *value;
    }
    return true;
}
