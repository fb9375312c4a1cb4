#!/bin/sh
# SPDX-License-Identifier: MIT
# tcc.sh ARGUMENTS SOURCE -o OUTPUT: compiles a test with tcc, which runs no constructors: the tests of
# the file, which register by them, are called from a main around the file's own.
set -eu
source='' output='' previous=''
for argument; do
    case $argument in *.c) source=$argument ;; esac
    [ "$previous" = -o ] && output=$argument
    previous=$argument
done
{
    printf '#define main main_of_file\n#include "%s"\n#undef main\n' "$source"
    echo 'int main(int argc, char **argv)'
    echo '{'
    sed -n 's/^TEST(\(\w*\)).*/    check_add_\1();/p' "$source"
    echo '    return main_of_file(argc, argv);'
    echo '}'
} >"$output.c"
exec tcc -std=gnu11 -I. -Itests "$output.c" -o "$output"
