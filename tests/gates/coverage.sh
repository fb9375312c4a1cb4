#!/bin/bash
# SPDX-License-Identifier: MIT
# Branch coverage of each header by the programs that have just run below build/cov: at least COV_MIN
# percent; vif.h, whose moves, notes and undoing of many things are also run by children that are killed
# and leave no count, and whose virtual functions are run in the virtual machine alone, at least 76. The pages from build/cov/index.html show what was missed.
set -u
filter=()
for header in $HEADERS; do filter+=(--filter "$PWD/$header\$"); done
gcovr --root . "${filter[@]}" --branches --exclude-unreachable-branches --exclude-throw-branches \
    --gcov-ignore-parse-errors \
    --html-details "$BUILD/cov/index.html" --txt "$BUILD/cov/summary.txt" "$BUILD/cov" || exit 1
find "$BUILD/cov" -name '*.gcda' -delete
awk -v min="$COV_MIN" '
    $1 ~ /^vif.*\.h$/ {
        printf "# %s: %d of %d branches, %s; missed at line %s\n", $1, $3, $2, $4, $5
        print ($4 + 0 >= ($1 == "vif.h" && min > 76 ? 76 : min) ? "ok " : "not ok ") $1
        seen++
    }
    END {exit !seen}' "$BUILD/cov/summary.txt"
