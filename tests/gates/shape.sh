#!/bin/bash
# SPDX-License-Identifier: MIT
# The shape of the code: functions short (median at most 12 lines between the braces, nine in ten at
# most 40, none over 70) and public ones with at most five parameters, lines at most 100 columns,
# declarations at most 1050 lines of code, and of comment at
# least so many hundredths a line of code, in the declarations and in the implementation. 100 and 14 are
# wanted; a header that has not come so far has what it has for a floor, which only rises.
set -u
export LC_ALL=C.UTF-8
floors='
vif.h           100 14
vif_netlink.h  100 14
vif_objects.h  100 14
vif_ovsdb.h   100 14'
for header in $HEADERS; do
    awk '
        # A function: "{" alone in the first column, up to "}" in the first column.
        /^\{$/ {start = NR; next}
        /^\}/ && start {print NR - start - 1, previous; start = 0}
        !start && /^[A-Za-z].*\(/ {previous = NR ": " $0}
    ' "$header" | sort -n >"$BUILD/shape"
    awk -v header="$header" '
        {length_of[NR] = $1; what[NR] = $0}
        END {
            if (!NR) {
                print "# " header ": no functions"; exit
            }
            median = length_of[int((NR + 1) / 2)]
            ninth = length_of[int(NR * 0.9 + 0.999)]
            printf "# %s: %d functions, lines: median %d, p90 %d, longest %d\n",
                   header, NR, median, ninth, length_of[NR]
            for (i = NR; i > 0 && length_of[i] > 70; i--) {
                print "# over 70: " what[i]
            }
            print (median > 12 || ninth > 40 || length_of[NR] > 70 ? "not ok " : "ok ") header " functions"
        }' "$BUILD/shape"
    awk -v header="$header" '
        length($0) > 100 {print "# " header ":" NR ": " length($0) " columns"; bad++}
        /\t/ {print "# " header ":" NR ": a tab"; bad++}
        / $/ {print "# " header ":" NR ": space at the end"; bad++}
        END {print (bad ? "not ok " : "ok ") header " lines"}' "$header"
    # No public function takes more than five parameters.
    awk '
        /^VIF_API / {declaration = ""}
        /^VIF_API /, /[;{]$/ {
            declaration = declaration $0
            if ($0 !~ /[;{]$/) next
            name = declaration
            gsub(/\([^()]*\)(\([^()]*\))+/, "f", declaration)   # pointers to functions
            if (gsub(/,/, "", declaration) > 4) {
                sub(/\(.*/, "", name); sub(/.* \**/, "", name)
                print "# more than 5 parameters: " name; bad = 1
            }
        }
        END {print (bad ? "not ok " : "ok ") "'"$header"' parameters"}' "$header"
    # Lines with comment in them against lines with code, before and in the implementation.
    awk -v header="$header" -v floors="$floors" '
        /^#if defined\(VIF_IMPLEMENTATION\) && !defined/ {part = 1; declarations = NR - common}
        # The common block has an implementation of its own before the declarations of the header.
        /^\/\* end of the vif common block \*\// {part = 0; common = NR - declarations}
        {
            code_part = $0
            said = inside
            if (inside && !sub(/^.*\*\//, "", code_part)) code_part = ""
            else inside = 0
            gsub(/\/\*([^*]|\*[^\/])*\*\//, "<>", code_part)
            said += gsub(/<>/, "", code_part)
            if (sub(/\/\*.*/, "", code_part)) said = inside = 1
            comment[part + 0] += said > 0
            code[part + 0] += code_part ~ /[^ ]/
        }
        END {
            if (!declarations) declarations = NR
            declared = comment[0] / (code[0] ? code[0] : 1)
            implemented = comment[1] / (code[1] ? code[1] : 1)
            printf "# %s: comment:code %.2f in the declarations, %.2f in the implementation\n", header,
                   declared, implemented
            floor[1] = 100
            floor[2] = 14
            split(substr(floors, index(floors, "\n" header " ") + 1 + length(header)), floor, " ")
            if (int(declared * 100) > floor[1] && floor[1] < 100 ||
                int(implemented * 100) > floor[2] && floor[2] < 14) {
                printf "# %s: its floor in tests/gates/shape.sh can rise\n", header
            }
            print (declared * 100 < floor[1] || implemented * 100 < floor[2] ? "not ok " : "ok ") \
                  header " comments"
            printf "# %s: %d lines of declarations, %d of them code; %d in all\n", header,
                   declarations, code[0], NR
            print (code[0] > 1050 ? "not ok " : "ok ") header " declarations"
        }' "$header"
done
