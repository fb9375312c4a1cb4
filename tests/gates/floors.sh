#!/bin/bash
# SPDX-License-Identifier: MIT
# Arrows run down only, and through the front door: a header uses of another no vif__ name and no
# private field; numbers of attributes stand in vif_netlink.h alone.
set -u
dir=$BUILD/floors
rm -rf "$dir"
mkdir -p "$dir"

report()
{
    if [ -z "$2" ]; then echo "ok $1"; else echo "not ok $1"; sed "s/^/# $1: /" <<<"$2"; fi
}

# Code alone: comments, texts and what the common block has for all are left out.
for header in $HEADERS; do
    sed '/^\/\* vif common block:/,/^\/\* end of the vif common block \*\//s/.*//' "$header" |
        gcc -fpreprocessed -dD -E -P - 2>/dev/null | sed 's/"\([^"\\]\|\\.\)*"/""/g' >"$dir/$header"
done
sed -n '/^\/\* vif common block:/,/^\/\* end of the vif common block \*\//p' vif_objects.h |
    grep -o '\bvif__[a-z0-9_]*\b\|\bVIF__[A-Z0-9_]*\b' | sort -u >"$dir/common"

# names FILE: the private names in it; known FILE: those it declares, not only uses.
names()
{
    grep -o '\bvif__[a-z0-9_]*\b\|\bVIF__[A-Z0-9_]*\b' "$1" | sort -u
}
known()
{
    awk '/^(static|#define|typedef|VIF_API|struct|union|\})/ || inside {print}
         /^(typedef )?enum/ {inside = 1; print} inside && /;/ {inside = 0}' "$1" |
        grep -o '\bvif__[a-z0-9_]*\b\|\bVIF__[A-Z0-9_]*\b' | sort -u
}
for header in $HEADERS; do
    foreign=$(for other in $HEADERS; do
        [ "$other" = "$header" ] || known "$dir/$other"
    done | sort -u)
    report "$header keeps out of the others' private names" "$(
        comm -12 <(names "$dir/$header") - <<<"$foreign" |
            comm -23 - <(known "$dir/$header") | comm -23 - "$dir/common")"
done

# Fields of a sub-struct named priv, by the type's own header only. The objects of other headers are
# known by their names here: nl, nf of vif_netlink.h; ovsdb, db, txn of vif_ovsdb.h; json and out of
# vif_objects.h.
report "private fields are their header's own" "$(cd "$dir" &&
    { grep -no '\b\(nl\|nf\|ovsdb\|db\|txn\)\(\.\|->\)priv\b.*' vif.h
      grep -no '\b\(json\|out\)\(\.\|->\)priv\b.*' vif.h vif_ovsdb.h; } | head -20)"

# A put or a find whose type is a number.
report "numbers of attributes are vif_netlink.h's" "$(cd "$dir" &&
    grep -nE '\bvif_(put_[a-z0-9]+|nest_begin)\([^,]*, *[0-9]|\bvif_attr_find\([^,]*, *[0-9]' \
        $(printf '%s\n' $HEADERS | grep -v vif_netlink.h))"
