# SPDX-License-Identifier: MIT
# vif needs no build: copy the headers. This builds and runs what proves them.
# GNU make. Everything made goes to $(BUILD); "make BUILD=/tmp/other test" leaves ./build alone.
#
#: make test           install what the tests need (as root), then all that "make check" runs
#: make check          the same without installing: what is missing is skipped
#: make slow           what CI runs after "make test": long tests, sanitizers (COVER=1: coverage)
#: make unit           all of tests/*/, once
#: make run/NAME       one of them again, as run/tests/unit/objects; V=1 shows each test that passed
#: make vifctl         build/vifctl
#: make demo           plug a real VIF in a namespace, look at it, unplug it
#: make examples       each example, as strict C99
#: make install        headers, vif.pc, vifctl with its page, examples, below PREFIX (/usr/local) in DESTDIR
#: make clean
#:
#: make warn           no warning: gcc, clang; C99 to C2x, C++11 to C++20; extern, static; any order
#: make link           two translation units, both link modes, C and C++; versions do not mix
#: make symbols        exported names all vif_, no mutable data, libc functions as listed
#: make stack          no frame above 512 bytes, none of variable size
#: make size           -Os text of each header against its budget
#: make floors         headers keep out of each other's private names and fields
#: make shape          lengths of functions and lines, share of comments
#: make install-test   installed headers and vif.pc are enough to compile a program
#: make analyze        gcc -fanalyzer, clang-tidy, cppcheck
#: make san            all tests with AddressSanitizer and UBSan, the quick ones under valgrind
#: make port           unit and plan tests by other compilers, for other machines (under qemu)
#: make cov            branch coverage of the headers by the tests; less than COV_MIN (90) % fails
#:
#: make prove          Frama-C: no undefined behaviour of a parser, whatever the bytes; N=64 for longer
#: make prove-selftest that each proof fails where a defect is planted
#: make test-vm        what needs another kernel, in a virtual machine: VLANs, bonds, NICs with SR-IOV
#: make torture        a kill, an error, others at work at each system call of each verb, a broken message to
#:                     or from the OVSDB server; TARGET=name (ovsdb: the latter alone)
#: make replay         the fuzz targets on their corpora, with clang each for 3 s more
#: make fuzz           each fuzz target for SECONDS (60); TARGET=name for one; finds go to build/fuzz
#: make bench          the measurements of tests/bench; "tests/install.sh bench" gets what they need
#: make times          what took longest of all that was built and run, in seconds

BUILD   ?= build
PREFIX  ?= /usr/local
ifeq ($(origin CC),default)
CC      := $(if $(shell command -v gcc),gcc,cc)
endif
CFLAGS  ?= -O2 -g
SECONDS ?= 60
COV_MIN ?= 90
HEADERS := $(wildcard vif*.h)
VERSION := $(shell sed -n 's/^\#define VIF_VERSION_\(MAJOR\|MINOR\|PATCH\) *\([0-9]*\).*/\2/p' \
             vif_objects.h 2>/dev/null | paste -sd.)
export BUILD CC COV_MIN HEADERS VERSION

MAKEFLAGS += --no-builtin-rules --no-print-directory
CPUS    := $(shell nproc 2>/dev/null || echo 2)
# One more than this machine has processors: the kernel lets the tests of networks wait most of the time.
ifeq ($(MAKELEVEL)$(filter check test,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell expr $(CPUS) + 1)
endif
.SUFFIXES:
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#: *//p' Makefile

test:
	@tests/install.sh
	@$(MAKE) check

# A program that has the implementation in it needs no other file; else examples/vif.c is linked with it.
VIFC := $(shell grep -qs VIF_IMPLEMENTATION examples/vifctl.c || echo examples/vif.c)
vifctl: $(BUILD)/vifctl
$(BUILD)/vifctl: examples/vifctl.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c99 -Wall -Wextra $(CFLAGS) -I. examples/vifctl.c $(VIFC) -o $@ $(LDFLAGS)

demo: $(BUILD)/vifctl
	@VIFCTL=$< bash examples/demo.sh

TO = $(DESTDIR)$(PREFIX)
install: $(BUILD)/vifctl
	install -d $(TO)/include $(TO)/bin $(TO)/share/pkgconfig $(TO)/share/man/man1 \
	    $(TO)/share/bash-completion/completions $(TO)/share/doc/vif/examples/vifs
	install -m 644 $(HEADERS) $(TO)/include
	install $< $(TO)/bin
	install -m 644 examples/vifctl.1 $(TO)/share/man/man1
	install -m 644 examples/vifctl.bash-completion $(TO)/share/bash-completion/completions/vifctl
	install -m 644 LICENSE README.md CHANGELOG.md $(TO)/share/doc/vif
	install -m 644 $(wildcard examples/*.c examples/*.sh) $(TO)/share/doc/vif/examples
	install -m 644 $(wildcard examples/vifs/*) $(TO)/share/doc/vif/examples/vifs
	@printf '%s\n' 'prefix=$(PREFIX)' 'Name: vif' 'Version: $(VERSION)' \
	    'Description: plugs virtual network interfaces; header only' \
	    'Cflags: -I$${prefix}/include' >$(BUILD)/vif.pc
	install -m 644 $(BUILD)/vif.pc $(TO)/share/pkgconfig

clean:
	rm -rf $(BUILD)

# A test is a file: tests/DIR/*.c is a program with tests/check.h, tests/DIR/*.sh a script; both print
# "ok", "not ok" and "skip" lines and run from here. A first line "/* flags: ... */" adds to the
# compile line. One that touches the kernel makes namespaces of its own first (tests/ns.h). A new file
# is found by itself; tests/rules.mk has the compile lines and the order.
include tests/rules.mk
