#!/bin/sh
# SPDX-License-Identifier: MIT
# warn.sh COMPILER DIALECT extern|static: every way to include the headers, without a warning.
# warn.sh everything: clang -Weverything.
# Run from the root. HEADERS: the headers there are.
set -eu
dir=$BUILD/warn/$(echo "$*" | tr ' ' -)
rm -rf "$dir"
mkdir -p "$dir"

# The first failure ends it: the others would say the same.
try()
{
    "$@" || { echo "# by: $*"; exit 1; }
}

# write NAME HEADER...: a file that includes these, in that order.
write()
{
    file=$dir/$1.c
    shift
    { echo "#define VIF_IMPLEMENTATION"; printf '#include "%s"\n' "$@"; } >"$file"
}

reversed=$(printf '%s\n' $HEADERS | sort -r)
rotated=$(printf '%s\n' $HEADERS | { read -r first; cat; echo "$first"; })
for header in $HEADERS; do write "only_${header%.h}" "$header"; done
write forward $HEADERS
write backward $reversed
write rotated $rotated
alone=$(ls "$dir"/*.c)

c_flags="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual \
    -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wpointer-arith -Wvla -Wswitch-enum -Wformat=2 \
    -Wnull-dereference -Wdouble-promotion -Wwrite-strings -Wold-style-definition -Wredundant-decls"
cxx_flags="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wundef \
    -Wpointer-arith -Wvla -Wformat=2 -Wnull-dereference -Wdouble-promotion"

# Left out: padding and macros that a program may not use are no defects; declarations between
# statements are C99; a default beside all cases is for values from outside; C keeps only __x and _X
# for itself, not x__y; VIF_STATIC marks functions as unused that may well be used. What this clang
# does not know is of newer ones.
if [ "$1" = everything ]; then
    for mode in -DEXTERN -DVIF_STATIC; do
        for file in $alone; do
            try clang -std=c99 -fsyntax-only $mode -I. -Werror -Weverything -ferror-limit=5 \
                -Wno-unknown-warning-option -Wno-padded -Wno-unused-macros \
                -Wno-declaration-after-statement -Wno-covered-switch-default \
                -Wno-reserved-id-macro -Wno-reserved-identifier -Wno-used-but-marked-unused \
                -Wno-unsafe-buffer-usage -Wno-pre-c11-compat "$file"
        done
    done
    exit
fi

compiler=$1 std=$2 mode=$3
case $std in
c++*) flags="-x c++ $cxx_flags" ;;
*) flags=$c_flags ;;
esac
case $std-$compiler in
c++*-gcc) compiler=g++ ;;
c++*-clang) compiler=clang++ ;;
esac
case $compiler in
g*) flags="$flags -Wcast-align=strict -Wlogical-op -Wswitch-default -fmax-errors=5" ;;
*) flags="$flags -Wcast-align -ferror-limit=5" ;;
esac
[ "$mode" = extern ] || flags="$flags -DVIF_STATIC"
flags="-std=$std -Werror $flags -fvisibility=hidden -I."

# Every compiler and language see every way once, between them in the oldest and newest dialect and in
# both modes; the others see the one that finds most.
case $std-$compiler-$mode in
c99-gcc-extern | c2x-clang-static | c++11-clang++-extern | c++20-g++-static)
    files="$alone $(ls tests/compile/*.c)" ;;
*) files="$dir/forward.c tests/compile/hostile.c" ;;
esac
for file in $files; do
    try $compiler $flags -fsyntax-only "$file"
done
