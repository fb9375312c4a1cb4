#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs of several files, by every compiler and mixed: they link, and all print the same.
set -u
dir=$BUILD/link
rm -rf "$dir"
mkdir -p "$dir"
files='tests/link/one.c tests/link/two.c'
reference=

# report NAME STATUS
report()
{
    if [ "$2" -eq 0 ]; then echo "ok $1"; else echo "not ok $1"; fi
}

# same NAME PROGRAM: runs and prints what the first one printed.
same()
{
    local said
    said=$("$2") || { report "$1" 1; return; }
    reference=${reference:-$said}
    [ "$said" = "$reference" ] || echo "# $said, not $reference"
    [ "$said" = "$reference" ]
    report "$1" $?
}

# program NAME COMPILER...: in both modes; with VIF_STATIC there are two private copies.
program()
{
    local name=$1
    shift
    command -v "$1" >/dev/null || { echo "skip $name: needs $1"; return; }
    "$@" -I. -c examples/vif.c -o "$dir/$name-vif.o" &&
        "$@" -I. $files -x none "$dir/$name-vif.o" -o "$dir/$name-extern" &&
        same "$name-extern" "$dir/$name-extern" || report "$name-extern" 1
    # Private copies are no matter of link time; of each language, one compiler's are enough.
    case $name in gcc-lto | clang*) return ;; esac
    "$@" -I. -DVIF_STATIC $files -o "$dir/$name-static" && same "$name-static" "$dir/$name-static" ||
        report "$name-static" 1
}

# mixed NAME PROGRAM COMPILE-USERS: a program of C and C++, with the implementation of another one.
mixed()
{
    local o
    command -v g++ >/dev/null || { echo "skip $1: needs g++"; return; }
    for o in one two; do
        $3 -I. -c "tests/link/$o.c" -o "$dir/$1-$o.o" || break
    done && g++ "$dir/$1"-*.o "$dir/$2-vif.o" -o "$dir/$1" && same "$1" "$dir/$1" || report "$1" 1
}

program gcc gcc -std=c99
program gcc-lto gcc -std=c99 -O0 -flto
program clang clang -std=c2x
program tcc tcc
program g++ g++ -x c++ -std=c++20
program clang++ clang++ -x c++ -std=c++11
mixed c-used-from-c++ gcc 'g++ -x c++'
mixed c++-used-from-c g++ 'gcc -std=c99'

# Headers of different versions refuse each other, whichever comes first.
next=$(($(sed -n 's/^#define VIF_VERSION_NUM \([0-9]*\).*/\1/p' vif_objects.h) + 1))
for changed in $HEADERS; do
    mkdir -p "$dir/$changed"
    cp $HEADERS "$dir/$changed"
    sed -i "s/VIF_VERSION_NUM $((next - 1))/VIF_VERSION_NUM $next/
            s/VIF_VERSION_NUM != $((next - 1))/VIF_VERSION_NUM != $next/" "$dir/$changed/$changed"
    cmp -s "$changed" "$dir/$changed/$changed" && echo "# $changed has no version in it"
    for other in $HEADERS; do
        [ "$other" = "$changed" ] && continue
        printf '#include "%s"\n' "$changed" "$other" >"$dir/$changed/mixed.c"
        gcc -std=c99 -fsyntax-only "$dir/$changed/mixed.c" 2>&1 | grep -q 'different version'
        report "newer-$changed-with-$other" $?
    done
done

# What is cut is code: with each macro every type has the size that it has without, so that files with
# different cuts are one program.
cuts=$(sed -n 's/^#ifn\?def \(VIF_NO_[A-Z_]*\).*/\1/p' $HEADERS | sort -u)
{
    printf '#include "%s"\n' $HEADERS
    printf '#include <stdio.h>\nint main(void)\n{\n'
    sed -n 's/^} \(vif_[a-z][a-z0-9_]*\);.*/    printf("\1 %zu\\n", sizeof(\1));/p' $HEADERS
    printf '    return 0;\n}\n'
} >"$dir/types.c"
gcc -std=c99 -I. "$dir/types.c" -o "$dir/types" && "$dir/types" >"$dir/types.whole"
[ "$(wc -l <"$dir/types.whole")" -gt 50 ]
report types $?
gcc -std=c99 -I. -c tests/link/one.c -o "$dir/whole-one.o"
# clang sees without making code what is left unused.
compiles="gcc -c -o $dir/cut-vif.o"
! command -v clang >/dev/null || compiles='clang -fsyntax-only'
for cut in $cuts; do
    gcc -std=c99 -D"$cut" -I. "$dir/types.c" -o "$dir/types" &&
        "$dir/types" | diff "$dir/types.whole" - >"$dir/types.diff"
    report "types-with-$cut" $?
    head -3 "$dir/types.diff" | sed 's/^/# /'
    # What vif.h does needs POSIX.
    [ "$cut" = VIF_NO_POSIX ] ||
        $compiles -std=c99 -Wall -Wextra -Werror -D"$cut" -I. examples/vif.c
    report "compiles-with-$cut" $?
    gcc -std=c99 -D"$cut" -I. tests/link/two.c "$dir/whole-one.o" "$dir/gcc-vif.o" \
        -o "$dir/with-$cut" && same "program-with-$cut" "$dir/with-$cut" || report "program-with-$cut" 1
done

# All cuts at once, but for that of what vif.h needs: the least that an embedder may have.
$compiles -std=c99 -Wall -Wextra -Werror $(printf ' -D%s' $cuts | sed 's/ -DVIF_NO_POSIX//') -I. \
    examples/vif.c
report compiles-with-all-cuts $?

# What must not compile, with a word of the reason in its first lines: "says: WORD".
for file in tests/*/*.c.fail; do
    [ -f "$file" ] || continue
    word=$(sed -n '1,5s/.*says: *\([^ ]*\).*/\1/p' "$file")
    ! gcc -std=gnu11 -I. -Itests -fsyntax-only -x c "$file" >"$dir/fail.log" 2>&1 &&
        grep -q "${word:-error}" "$dir/fail.log"
    report "$(basename "$file")" $?
done

# The part that two headers share, so that each can be copied alone, is the same to the letter.
block()
{
    sed -n '/^\/\* vif common block:/,/^\/\* end of the vif common block \*\//p' "$1"
}
block vif_objects.h >"$dir/common"
[ "$(wc -l <"$dir/common")" -gt 20 ] && block vif_netlink.h | diff "$dir/common" -
report common-block $?
