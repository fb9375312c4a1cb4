#!/bin/bash
# SPDX-License-Identifier: MIT
# No frame above 512 bytes, none of a size unknown to the compiler: buffers are the caller's.
# "dynamic,bounded" is a frame that grows by the arguments of a call; its bound is what is shown.
# The gates "symbols" and "size" look into the objects that are made here, so that each has their
# flags; and some of gcc's warnings come from the optimizer, so that they are asked for here.
set -u
limit=512
dir=$BUILD/stack
rm -rf "$dir"
mkdir -p "$dir"
source=$(printf '#define VIF_IMPLEMENTATION\n'; printf '#include "%s"\n' $HEADERS)
for flags in '-O2 -fPIC -fno-stack-protector -Wall -Wextra -Wnull-dereference -Werror' \
    '-Os -fno-asynchronous-unwind-tables'; do
    level=${flags%% *}
    # shellcheck disable=SC2086
    gcc -std=c99 $flags -fstack-usage -I. -x c -c - -o "$dir/all$level.o" <<<"$source" || exit 1
    # file:line:column:function <tab> bytes <tab> static, dynamic or dynamic,bounded
    sort -t'	' -k2,2nr "$dir/all$level.su" | awk -F'\t' -v limit=$limit -v level=$level '
        NR == 1 {largest = $2; where = $1}
        $2 > limit || $3 == "dynamic" {print "# " $1 ": " $2 " bytes, " $3; bad++}
        END {
            print "# " level ": largest frame " largest " bytes: " where
            print (bad || !NR ? "not ok " : "ok ") "frames " level
        }'
done
