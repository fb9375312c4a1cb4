# SPDX-License-Identifier: MIT
# vif needs no build: copy the headers. This builds and runs what proves them. "make help" lists it.
# GNU make. Everything made goes to $(BUILD); "make BUILD=/tmp/other test" leaves ./build alone.

BUILD   ?= build
PREFIX  ?= /usr/local
ifeq ($(origin CC),default)
CC      := $(if $(shell command -v gcc),gcc,cc)
endif
CFLAGS  ?= -O2 -g
SECONDS ?= 60
HEADERS := $(wildcard vif*.h)
VERSION := $(shell sed -n 's/^\#define VIF_VERSION_\(MAJOR\|MINOR\|PATCH\) *\([0-9]*\).*/\2/p' \
             vif_objects.h 2>/dev/null | paste -sd.)
export BUILD CC HEADERS VERSION

MAKEFLAGS += --no-builtin-rules --no-print-directory
CPUS    := $(shell nproc 2>/dev/null || echo 2)
# One more than this machine has processors: the kernel lets the tests of networks wait most of the time.
ifeq ($(MAKELEVEL)$(filter check test,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell expr $(CPUS) + 1)
endif
.SUFFIXES:
.DELETE_ON_ERROR:

# A test is a file: tests/DIR/*.c is a program with tests/check.h, tests/DIR/*.sh a script; both print
# "ok", "not ok" and "skip" lines and run from here. A first line "/* flags: ... */" adds to the
# compile line. One that touches the kernel makes namespaces of its own first (tests/ns.h).
RUN     := tests/run.sh run
OTHER   := tests/bench/% tests/compile/% tests/fixtures/% tests/gates/% tests/link/%
UNIT    := $(wildcard tests/unit/*.c)
FAST    := $(UNIT) $(wildcard tests/plan/*.c)
TESTS   := $(filter-out $(OTHER),$(wildcard tests/fault/*.c tests/kernel/*.c) \
             $(filter-out tests/fault/% tests/kernel/%,$(wildcard tests/*/*.c)))
SCRIPTS := $(filter-out $(OTHER),$(wildcard tests/*/*.sh))
# What looks at the headers from outside only is linked with one object of them all: it takes an eighth
# of the time to compile. ALONE look inside, or want the implementation otherwise. THERE: what a test
# asks for is there already.
ALONE   := unit/netlink plan/ovs kernel/plug_block kernel/rules ovsdb/server
THERE   := $(shell sed -n 's/^\#define \(VIF_[A-Z_]*_DONE\)$$/-D\1/p' $(HEADERS))
FLAGS    = sed -n '1,20s|.*/\* flags: \(.*\) \*/.*|\1|p' $<
NEEDS   := Makefile $(HEADERS) $(wildcard tests/*.h tests/*/*.h)

help:
	@sed -n 's/^#: //p' Makefile

#: make test           install what the tests need (as root), then all that follows up to "fuzz"
#: make check          the same without installing: what is missing is skipped
#: make vifctl         build/vifctl
#: make demo           plug a real VIF in a namespace, look at it, unplug it
#: make examples       each example, as strict C99
#: make unit           all of tests/*/, once
#: make run/NAME       one of them again, as run/tests/unit/objects; V=1 shows each test that passed

# ---- programs and tests: one template, several compilers and machines -------------------------------

# $(1) name, prefix of the results and directory below build/; $(2) compiler and flags; $(3) sources;
# $(4) tools without which it is skipped; $(5) command that runs it
define variant
$(3:tests/%.c=$(BUILD)/$(1)/%): $(BUILD)/$(1)/%: tests/%.c $(NEEDS)
	@tests/run.sh build $$@ $(2) -std=gnu11 -I. -Itests $$< $$(OBJECT) -o $$@ \
	    $$$$($$(FLAGS))
LINKED_$(1) := $(if $(filter-out tcc,$(1)),$(filter-out $(ALONE:%=$(BUILD)/$(1)/%),\
    $(3:tests/%.c=$(BUILD)/$(1)/%)))
$$(LINKED_$(1)): OBJECT := $(THERE) $(BUILD)/$(1)/vif.o
$$(LINKED_$(1)): $(BUILD)/$(1)/vif.o
$(BUILD)/$(1)/vif.o: examples/vif.c $(NEEDS)
	@tests/run.sh build $$@ $(2) -std=gnu11 -I. -c $$< -o $$@
$(3:tests/%.c=run/$(1)/%): run/$(1)/%: $(BUILD)/$(1)/% | $(BUILD)/locale/de_DE.UTF-8
	@$$(ENV_$(1)) LOCPATH=$(BUILD)/locale $(RUN) -l $(4:%=-n %) -b $$< $(1)/$$* $(5) $$<
RUNS_$(1) := $(3:tests/%.c=run/$(1)/%)
endef

# A locale with a decimal comma, for the tests that nothing depends on it.
$(BUILD)/locale/de_DE.UTF-8:
	@tests/run.sh build $@ localedef --quiet -i de_DE -f UTF-8 $@

# -O0: the sanitizers take their time in compiling, more than in running
SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
MUSL   := -static -idirafter /usr/include -idirafter /usr/include/$(shell uname -m)-linux-gnu
CROSS  := -O0 -static -w
COV    := -O0 --coverage -fprofile-update=atomic -DCOVERAGE

# Only the first says what is wrong with a test's own code, and has a fault at every single step.
ENV_san := FAULT_EVERY=9
ENV_cov := FAULT_EVERY=30
# Emulated machines are to show what depends on the machine, not on each of many inputs.
$(foreach m,aarch64 arm riscv64 s390x,$(eval ENV_$(m) := CHECK_EVERY=10))
$(eval $(call variant,tests,$(CC) -O1 -g -Wall -Wextra,$(TESTS)))
$(eval $(call variant,san,$(CC) -O0 -g1 $(SAN) -w,$(TESTS)))
# Coverage does without these two, and without scripts: they reach next to nothing (less than 1 % of
# the branches of vif.h) that the others do not.
COUNTED := $(filter-out tests/fault/plug_race.c tests/ovs/faults.c,$(TESTS))
$(eval $(call variant,cov,$(CC) $(COV) -w,$(COUNTED)))
$(eval $(call variant,clang,clang -O1 -w,$(FAST),clang))
$(eval $(call variant,tcc,tests/gates/tcc.sh,$(FAST),tcc))
$(eval $(call variant,musl,musl-gcc -O0 $(MUSL) -w,$(FAST),musl-gcc))
$(eval $(call variant,lto,$(CC) -O2 -flto=auto -w,$(UNIT)))
$(eval $(call variant,i686,i686-linux-gnu-gcc $(CROSS),$(FAST),i686-linux-gnu-gcc))
$(eval $(call variant,aarch64,aarch64-linux-gnu-gcc $(CROSS),$(UNIT),\
    aarch64-linux-gnu-gcc qemu-aarch64,qemu-aarch64))
$(eval $(call variant,arm,arm-linux-gnueabihf-gcc $(CROSS),$(UNIT),\
    arm-linux-gnueabihf-gcc qemu-arm,qemu-arm))
$(eval $(call variant,riscv64,riscv64-linux-gnu-gcc $(CROSS),$(UNIT),\
    riscv64-linux-gnu-gcc qemu-riscv64,qemu-riscv64))
$(eval $(call variant,s390x,s390x-linux-gnu-gcc $(CROSS),$(FAST),\
    s390x-linux-gnu-gcc qemu-s390x,qemu-s390x))

# A program without the implementation is linked with the example that is nothing else.
VIFC := $(shell grep -qs VIF_IMPLEMENTATION examples/vifctl.c || echo examples/vif.c)

# Scripts find vifctl, a compiler and a directory of theirs in VIFCTL, CC and BUILD. They run again with
# sanitizers; not those that are there to see what other programs say.
# $(1) name as above; $(2) compiler and flags of its vifctl; $(3) scripts
define scripts
$(BUILD)/$(1)/vifctl: $(wildcard examples/vifctl.c examples/vif.c) $(NEEDS)
	@tests/run.sh build $$@ $(2) -std=c99 -I. examples/vifctl.c $(VIFC) -o $$@
$(3:tests/%=run/$(1)/%): run/$(1)/%: tests/% $(BUILD)/$(1)/vifctl
	@$(RUN) -l $(1)/$$* env BUILD=$(BUILD)/$(1) VIFCTL=$(BUILD)/$(1)/vifctl CC='$(2)' bash $$<
RUNS_$(1) += $(3:tests/%=run/$(1)/%)
endef

AGAIN := $(filter-out tests/ovs/% tests/kernel/reference.sh tests/unit/objects_reference.sh,$(SCRIPTS))
$(eval $(call scripts,tests,$(CC) $(CFLAGS),$(SCRIPTS)))
$(eval $(call scripts,san,$(CC) -O0 -g1 $(SAN),$(AGAIN)))

# Memory errors again, in the very programs of RUNS_tests.
RUNS_memcheck := $(FAST:tests/%.c=run/memcheck/%)
$(RUNS_memcheck): run/memcheck/%: $(BUILD)/tests/% | $(BUILD)/locale/de_DE.UTF-8
	@CHECK_EVERY=10 LOCPATH=$(BUILD)/locale $(RUN) -l -n valgrind -b $< memcheck/$* \
	    valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite $<

# ---- gates: each is a few runs of a script ----------------------------------------------------------

#: make warn           no warning: gcc, clang; C99 to C2x, C++11 to C++20; extern, static; any order
# "make check" leaves out OTHER_WAYS: a dialect's warnings do not depend on the mode, so each compiler
# sees each of both there, not every pair.
STDS       := c99 c11 c17 c2x c++11 c++14 c++17 c++20
WAYS       := c99-extern c11-static c17-extern c2x-static \
              c++11-extern c++14-static c++17-extern c++20-static
RUNS_warn  := $(foreach cc,gcc clang,$(foreach m,extern static,$(STDS:%=run/warn/$(cc)-%-$(m)))) \
              run/warn/everything
OTHER_WAYS := $(filter-out $(foreach w,$(WAYS),run/warn/gcc-$(w) run/warn/clang-$(w)) \
                run/warn/everything,$(RUNS_warn))
$(RUNS_warn): run/warn/%:
	@$(RUN) -n $(if $(filter gcc-c++%,$*),g++,$(if $(filter gcc-%,$*),gcc,clang)) warn/$* \
	    tests/gates/warn.sh $(subst -, ,$*)

#: make link           two translation units, both link modes, C and C++; versions do not mix
#: make symbols        exported names all vif_, no mutable data, libc functions as listed
#: make stack          no frame above 512 bytes, none of variable size
#: make size           -Os text of each header against its budget
#: make shape          lengths of functions and lines, share of comments
#: make install-test   installed headers and vif.pc are enough to compile a program
GATES := link symbols stack size shape install-test
$(foreach g,$(GATES),$(eval RUNS_$(g) := run/$(g)))
$(GATES:%=run/%): run/%: $(BUILD)/tests/vifctl
	@$(RUN) -n gcc $* tests/gates/$*.sh

#: make analyze        gcc -fanalyzer, clang-tidy, cppcheck
RUNS_analyze := run/analyze/gcc run/analyze/clang-tidy run/analyze/cppcheck
$(RUNS_analyze): run/analyze/%:
	@$(RUN) -n $* analyze/$* tests/gates/analyze.sh $*

EXAMPLES      := $(wildcard examples/*.c)
RUNS_examples := $(EXAMPLES:examples/%.c=run/examples/%)
$(RUNS_examples): run/examples/%: examples/%.c
	@$(RUN) examples/$* tests/gates/example.sh $<

# What the README says, and the demo, are tests too.
RUNS_readme := $(patsubst %,run/readme,$(wildcard tests/readme.sh))
run/readme: $(BUILD)/tests/vifctl
	@VIFCTL=$< CFLAGS=-O0 $(RUN) readme bash tests/readme.sh
RUNS_demo := $(patsubst %,run/demo,$(wildcard examples/demo.sh))
run/demo: $(BUILD)/tests/vifctl
	@VIFCTL=$< $(RUN) -b $< demo bash examples/demo.sh

#: make san            all tests with AddressSanitizer and UBSan, the quick ones under valgrind
#: make port           unit and plan tests by other compilers, for other machines (under qemu)
RUNS_port := $(foreach v,clang tcc musl lto i686 aarch64 arm riscv64 s390x,$(RUNS_$(v)))
RUNS_unit := $(RUNS_tests)
RUNS_san  += $(RUNS_memcheck)

# ---- fuzzing ----------------------------------------------------------------------------------------

#: make replay         the fuzz targets on their corpora, with clang each for 3 s more
#: make fuzz           each fuzz target for SECONDS (60); TARGET=name for one; finds go to build/fuzz
FUZZ        := $(filter-out fuzz/replay.c,$(wildcard fuzz/*.c))
TARGET      ?= $(FUZZ:fuzz/%.c=%)
RUNS_replay := $(FUZZ:fuzz/%.c=run/$(if $(shell command -v clang),fuzz,replay)/%)
$(FUZZ:fuzz/%.c=$(BUILD)/replay/%): $(BUILD)/replay/%: fuzz/%.c fuzz/replay.c $(NEEDS)
	@tests/run.sh build $@ $(CC) -O0 -g1 $(SAN) -std=gnu11 -I. -Itests $< fuzz/replay.c -o $@
$(FUZZ:fuzz/%.c=run/replay/%): run/replay/%: $(BUILD)/replay/%
	@$(RUN) -b $< replay/$* $< fuzz/corpus/$*
LIBFUZZER := clang -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
               -std=gnu11 -I. -Itests
$(FUZZ:fuzz/%.c=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: fuzz/%.c $(NEEDS)
	@tests/run.sh build $@ $(LIBFUZZER) -O1 $< -o $@
# For 3 s, 25 s of optimizing are too many.
$(FUZZ:fuzz/%.c=$(BUILD)/quick/fuzz/%): $(BUILD)/quick/fuzz/%: fuzz/%.c $(NEEDS)
	@tests/run.sh build $@ $(LIBFUZZER) -O0 $< -o $@
$(FUZZ:fuzz/%.c=run/fuzz/%): run/fuzz/%: $(BUILD)/quick/fuzz/%
	@$(RUN) -n clang -b $< fuzz/$* env BUILD=$(BUILD)/quick tests/gates/fuzz.sh $* 3
fuzz: $(TARGET:%=fuzz/%)
$(FUZZ:fuzz/%.c=fuzz/%): fuzz/%: $(BUILD)/fuzz/%
	@tests/gates/fuzz.sh $* $(SECONDS)

# ---- coverage, measurements -------------------------------------------------------------------------

#: make cov            branch coverage of the headers by the tests; less than COV_MIN (90) % fails
COV_MIN ?= 90
export COV_MIN
RUNS_cov += $(FUZZ:fuzz/%.c=run/cov/fuzz/%)
$(FUZZ:fuzz/%.c=$(BUILD)/cov/fuzz/%): $(BUILD)/cov/fuzz/%: fuzz/%.c fuzz/replay.c $(NEEDS)
	@tests/run.sh build $@ $(CC) $(COV) -std=gnu11 -I. -Itests $< fuzz/replay.c -o $@
$(FUZZ:fuzz/%.c=run/cov/fuzz/%): run/cov/fuzz/%: $(BUILD)/cov/fuzz/%
	@$(RUN) -b $< cov/fuzz/$* $< fuzz/corpus/$*
COVERAGE := $(RUN) -n gcovr coverage tests/gates/coverage.sh
run/coverage: $(RUNS_cov)
	@$(COVERAGE)
RUNS_cov += run/coverage

#: make bench          the measurements of tests/bench; "tests/install.sh bench" gets what they need
BENCH    := $(wildcard tests/bench/*.sh)
PROGRAMS := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
bench: $(BUILD)/vifctl $(PROGRAMS)
	@for b in $(filter-out $(BENCH:tests/%.sh=$(BUILD)/%),$(PROGRAMS)) $(BENCH); do \
	    case $$b in *.sh) VIFCTL=$< bash $$b ;; *) $$b ;; esac || exit 1; done
bench-needs:
	@tests/install.sh bench
$(BUILD)/bench/%: tests/bench/%.c $(NEEDS) | bench-needs
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -I. -Itests $< -o $@ $$($(FLAGS))

# ---- what people type -------------------------------------------------------------------------------

ALL     := unit warn link symbols stack size shape examples install-test san port replay analyze cov
CHECKED := $(filter-out $(OTHER_WAYS),$(foreach g,$(ALL) readme demo,$(RUNS_$(g))))
.PHONY: help test check faults waiting computing times $(ALL) demo fuzz bench bench-needs vifctl \
        install clean $(sort $(CHECKED)) $(FUZZ:fuzz/%.c=fuzz/%)

$(foreach g,$(ALL),$(eval $(g): $(RUNS_$(g))))
$(ALL):
	@tests/run.sh sum $(RUNS_$@:run/%=%)

# Side by side, each the longest first: faults and other tests that wait, for the kernel and for servers,
# and what computes. The last gives way, so that the others, which look at clocks, find a processor.
# What all need is made before, and coverage counted behind them.
SHARED    := $(foreach v,tests san,$(BUILD)/$(v)/vif.o $(BUILD)/$(v)/vifctl) $(BUILD)/cov/vif.o \
               $(BUILD)/locale/de_DE.UTF-8
CHECKED_IN = $(foreach d,$(1),$(foreach v,tests san cov,$(filter run/$(v)/$(d)/%,$(CHECKED))))
FAULTS    := $(call CHECKED_IN,fault)
WAITING   := $(call CHECKED_IN,kernel ovs ovsdb cli) run/demo
COMPUTING := $(filter-out $(FAULTS) $(WAITING) run/coverage,$(RUNS_analyze) $(RUNS_readme) $(CHECKED))
faults: $(FAULTS)
waiting: $(WAITING)
computing: $(COMPUTING)
check:
	@rm -f $(BUILD)/times
	@$(MAKE) -j$(CPUS) $(SHARED)
	@trap 'kill 0' INT; more=$$(($(CPUS) + 1)); $(MAKE) -j$$more faults & \
	    $(MAKE) -j$$more waiting & nice -n 5 $(MAKE) -j$(CPUS) computing; wait
	@$(COVERAGE)
	@tests/run.sh sum $(CHECKED:run/%=%)

#: make times          what took longest of all that was built and run, in seconds
times:
	@tests/run.sh longest

test:
	@tests/install.sh
	@$(MAKE) check

vifctl: $(BUILD)/vifctl
$(BUILD)/vifctl: examples/vifctl.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c99 -Wall -Wextra $(CFLAGS) -I. examples/vifctl.c $(VIFC) -o $@ $(LDFLAGS)

demo: $(BUILD)/vifctl
	@VIFCTL=$< bash examples/demo.sh

#: make install        headers and vif.pc, below PREFIX (/usr/local) in DESTDIR
install:
	install -d $(BUILD) $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/share/pkgconfig
	install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include
	@printf '%s\n' 'prefix=$(PREFIX)' 'Name: vif' 'Version: $(VERSION)' \
	    'Description: plugs virtual network interfaces; header only' \
	    'Cflags: -I$${prefix}/include' >$(BUILD)/vif.pc
	install -m 644 $(BUILD)/vif.pc $(DESTDIR)$(PREFIX)/share/pkgconfig

#: make clean
clean:
	rm -rf $(BUILD)
