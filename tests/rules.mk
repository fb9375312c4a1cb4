# SPDX-License-Identifier: MIT
# How the tests are found, built and run: what the Makefile includes. The targets that people type stand
# there with their words; here is what they are made of.

# ---- what is a test ---------------------------------------------------------------------------------

RUN     := tests/run.sh run
OTHER   := tests/bench/% tests/compile/% tests/fixtures/% tests/gates/% tests/link/% \
             tests/prove/% tests/torture/% tests/vm/%
UNIT    := $(wildcard tests/unit/*.c)
FAST    := $(UNIT) $(wildcard tests/plan/*.c)
TESTS   := $(filter-out $(OTHER),$(wildcard tests/fault/*.c tests/kernel/*.c) \
             $(filter-out tests/fault/% tests/kernel/%,$(wildcard tests/*/*.c)))
SCRIPTS := $(filter-out $(OTHER),$(wildcard tests/*/*.sh))
# What looks at the headers from outside only is linked with one object of them all: it takes an eighth
# of the time to compile. ALONE look inside, or want the implementation otherwise; they are
# not optimized, as that takes longer than they run. THERE: what a test
# asks for is there already.
ALONE   := unit/netlink plan/ovs plan/vswitch kernel/plug_block kernel/rules ovs/rates ovsdb/server
THERE   := $(shell sed -n 's/^\#define \(VIF_[A-Z_]*_DONE\)$$/-D\1/p' $(HEADERS))
FLAGS    = sed -n '1,30s|.*/\* flags: \(.*\) \*/.*|\1|p' $<
NEEDS   := Makefile tests/rules.mk $(HEADERS) $(wildcard tests/*.h tests/*/*.h)

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
$(ALONE:%=$(BUILD)/$(1)/%): OBJECT := -O0
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
COV    := --coverage -fprofile-update=atomic -DCOVERAGE

# Only the first says what is wrong with a test's own code. It has a fault at every seventh step:
# FAULT_EVERY=1 make run/tests/fault/plug_tap has one at each; KILL_EVERY is the same of kills.
ENV_tests := FAULT_EVERY=$(or $(FAULT_EVERY),7) KILL_EVERY=$(or $(KILL_EVERY),7)
ENV_san := FAULT_EVERY=31 KILL_EVERY=17
# Emulated machines are to show what depends on the machine, not on each of many inputs.
$(foreach m,aarch64 arm riscv64 s390x,$(eval ENV_$(m) := CHECK_EVERY=10))
# COVER=1: they also count the branches that they take, for run/coverage.
$(eval $(call variant,tests,$(CC) -O1 -g -Wall -Wextra $(if $(COVER),$(COV)),$(TESTS)))
$(eval $(call variant,san,$(CC) -O0 -g1 $(SAN) -w,$(TESTS)))
# Of undefined behaviour this one also sees arithmetic on null pointers.
UBSAN  := -fsanitize=undefined -fno-sanitize-recover=all
$(eval $(call variant,clang,clang -O0 -w $(UBSAN),$(FAST),clang))
$(eval $(call variant,tcc,tests/gates/tcc.sh,$(FAST),tcc))
$(eval $(call variant,musl,musl-gcc -O0 $(MUSL) -w,$(FAST),musl-gcc))
$(eval $(call variant,lto,$(CC) -O2 -flto=auto -w,$(UNIT)))
$(eval $(call variant,i686,i686-linux-gnu-gcc $(CROSS),$(FAST),\
    i686-linux-gnu-gcc qemu-i386,qemu-i386))
$(eval $(call variant,aarch64,aarch64-linux-gnu-gcc $(CROSS),$(UNIT),\
    aarch64-linux-gnu-gcc qemu-aarch64,qemu-aarch64))
$(eval $(call variant,arm,arm-linux-gnueabihf-gcc $(CROSS),$(UNIT),\
    arm-linux-gnueabihf-gcc qemu-arm,qemu-arm))
$(eval $(call variant,riscv64,riscv64-linux-gnu-gcc $(CROSS),$(UNIT),\
    riscv64-linux-gnu-gcc qemu-riscv64,qemu-riscv64))
$(eval $(call variant,s390x,s390x-linux-gnu-gcc $(CROSS),$(FAST),\
    s390x-linux-gnu-gcc qemu-s390x,qemu-s390x))

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

AGAIN := $(filter-out tests/ovs/% tests/kernel/reference.sh tests/unit/objects_reference.sh \
             tests/cli/cni_runtimes.sh tests/cli/cni_host_local.sh tests/cli/libvirt_net.sh \
             tests/cli/services.sh,$(SCRIPTS))
$(eval $(call scripts,tests,$(CC) $(CFLAGS),$(SCRIPTS)))
$(eval $(call scripts,san,$(CC) -O0 -g1 $(SAN),$(AGAIN)))

# Memory errors again, in the very programs of RUNS_tests.
RUNS_memcheck := $(FAST:tests/%.c=run/memcheck/%)
$(RUNS_memcheck): run/memcheck/%: $(BUILD)/tests/% | $(BUILD)/locale/de_DE.UTF-8
	@CHECK_EVERY=10 LOCPATH=$(BUILD)/locale $(RUN) -l -n valgrind -b $< memcheck/$* \
	    valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite $<

# ---- gates: each is a few runs of a script ----------------------------------------------------------

# "make check" leaves out OTHER_WAYS: the oldest and the newest dialects, in one mode each, find
# nearly all.
STDS       := c99 c11 c17 c2x c++11 c++14 c++17 c++20
WAYS       := gcc-c99-extern gcc-c++20-static clang-c2x-static clang-c++11-extern everything
RUNS_warn  := $(foreach cc,gcc clang,$(foreach m,extern static,$(STDS:%=run/warn/$(cc)-%-$(m)))) \
              run/warn/everything
OTHER_WAYS := $(filter-out $(WAYS:%=run/warn/%),$(RUNS_warn))
$(RUNS_warn): run/warn/%:
	@$(RUN) -n $(if $(filter gcc-c++%,$*),g++,$(if $(filter gcc-%,$*),gcc,clang)) warn/$* \
	    tests/gates/warn.sh $(subst -, ,$*)

GATES := link symbols stack size floors shape install-test
$(foreach g,$(GATES),$(eval RUNS_$(g) := run/$(g)))
$(GATES:%=run/%): run/%: $(BUILD)/tests/vifctl
	@$(RUN) -n gcc $* tests/gates/$*.sh
run/symbols run/size: run/stack

RUNS_analyze := run/analyze/gcc run/analyze/clang-tidy run/analyze/cppcheck
$(RUNS_analyze): run/analyze/%:
	@$(RUN) -n $* analyze/$* tests/gates/analyze.sh $*

EXAMPLES      := $(wildcard examples/*.c)
RUNS_examples := $(EXAMPLES:examples/%.c=run/examples/%)
$(RUNS_examples): run/examples/%: examples/%.c
	@$(RUN) examples/$* tests/gates/example.sh $<
# Those of several files are linked with the object of this one.
$(filter-out run/examples/vif,$(RUNS_examples)): run/examples/vif

# What the README says, and the demo, are tests too.
RUNS_readme := $(patsubst %,run/readme,$(wildcard tests/readme.sh))
run/readme: $(BUILD)/tests/vifctl
	@VIFCTL=$< CFLAGS=-O0 $(RUN) readme bash tests/readme.sh
RUNS_demo := $(patsubst %,run/demo,$(wildcard examples/demo.sh))
run/demo: $(BUILD)/tests/vifctl
	@VIFCTL=$< $(RUN) -b $< demo bash examples/demo.sh

RUNS_port := $(foreach v,clang tcc musl lto i686 aarch64 arm riscv64 s390x,$(RUNS_$(v)))
RUNS_unit := $(RUNS_tests)
RUNS_san  += $(RUNS_memcheck)

# ---- fuzzing ----------------------------------------------------------------------------------------

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
# For 1 s, 25 s of optimizing are too many, and all that a debugger may ask.
$(FUZZ:fuzz/%.c=$(BUILD)/quick/fuzz/%): $(BUILD)/quick/fuzz/%: fuzz/%.c $(NEEDS)
	@tests/run.sh build $@ $(LIBFUZZER) -O0 -gline-tables-only $< -o $@
$(FUZZ:fuzz/%.c=run/fuzz/%): run/fuzz/%: $(BUILD)/quick/fuzz/%
	@$(RUN) -n clang -b $< fuzz/$* env BUILD=$(BUILD)/quick tests/gates/fuzz.sh $* 1
fuzz: $(TARGET:%=fuzz/%)
$(FUZZ:fuzz/%.c=fuzz/%): fuzz/%: $(BUILD)/fuzz/%
	@tests/gates/fuzz.sh $* $(SECONDS)

# ---- coverage, measurements -------------------------------------------------------------------------

# What the tests took, of a BUILD that was made with COVER=1. Not two long ones, nor scripts and
# fuzz targets: they reach next to nothing that the others do not.
run/coverage:
	@$(RUN) -n gcovr coverage tests/gates/coverage.sh
RUNS_cov = $(filter-out $(ONCE),$(TESTS:tests/%.c=run/tests/%))
cov:
	@$(MAKE) COVER=1 BUILD=$(BUILD)/counted $(RUNS_cov)
	@$(MAKE) COVER=1 BUILD=$(BUILD)/counted run/coverage
	@BUILD=$(BUILD)/counted tests/run.sh sum $(RUNS_cov:run/%=%) coverage

BENCH    := $(wildcard tests/bench/*.sh)
PROGRAMS := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
bench: $(BUILD)/vifctl $(PROGRAMS)
	@for b in $(filter-out $(BENCH:tests/%.sh=$(BUILD)/%),$(PROGRAMS)) $(BENCH); do \
	    case $$b in *.sh) VIFCTL=$< bash $$b ;; *) $$b ;; esac || exit 1; done
bench-needs:
	@tests/install.sh bench
# One round of a benchmark shows that it still plays what vif says.
run/bench/plug: tests/bench/plug.c $(NEEDS)
	@tests/run.sh build $(BUILD)/once/plug $(CC) -std=gnu11 -O0 -I. -Itests $< \
	    -o $(BUILD)/once/plug $$($(FLAGS))
	@ROUNDS=1 $(RUN) -b $(BUILD)/once/plug bench/plug $(BUILD)/once/plug flows
$(BUILD)/bench/%: tests/bench/%.c $(NEEDS) | bench-needs
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -I. -Itests $< -o $@ $$($(FLAGS))

# ---- proofs -----------------------------------------------------------------------------------------

# tests/prove/README.md says what a proof is. The first line of one, "parts: A B C", has it run once a part.
PROOFS      := $(filter-out tests/prove/any_%,$(wildcard tests/prove/*.c))
RUNS_prove  := $(foreach p,$(PROOFS),$(foreach part,$(shell tests/prove/prove.sh parts $(p)),\
                 run/prove/$(p:tests/prove/%.c=%)-$(part)))
$(RUNS_prove): run/prove/%: $(NEEDS)
	@$(RUN) -l -n frama-c prove/$* tests/prove/prove.sh run $*

prove-selftest:
	@tests/prove/prove.sh selftest

# ---- in a virtual machine ---------------------------------------------------------------------------

# What this host's kernel may lack: tests/vm/vm.sh. The machine sees the programs that are built here.
export VM ?= $(or $(XDG_CACHE_HOME:%=%/vif),$(abspath $(BUILD)))/vm
GUEST := kernel/netlink kernel/netns kernel/bond kernel/vlans kernel/rules kernel/ports \
         fault/plug_vlans ovs/ports
$(BUILD)/tests/vm/ports: tests/vm/ports.c $(NEEDS)
	@tests/run.sh build $@ $(CC) -O1 -g -std=gnu11 -I. -Itests $< -o $@
$(BUILD)/tests/vm/cni: examples/cni.c $(NEEDS)
	@tests/run.sh build $@ $(CC) -O0 -std=c99 -Wall -Wextra -I. $< -o $@
run/vm: $(BUILD)/tests/vifctl $(addprefix $(BUILD)/tests/vm/,ports cni) $(GUEST:%=$(BUILD)/tests/%)
	@TIMEOUT=1200 VIFCTL=$< $(RUN) -l -n qemu-system-x86_64 vm tests/vm/vm.sh
test-vm: run/vm
	@tests/run.sh sum vm

# ---- torture ----------------------------------------------------------------------------------------

# "make check" tries some of the calls of three flows, and a few rounds of eight processes at once;
# "make torture" all of them, with ROUNDS of the latter. TARGET=ovsdb breaks the messages of each
# flow with a switch.
FLOWS        := $(shell tests/torture/torture.sh flows)
CROWDS       := crowd-together crowd-apart
EVERY        ?= 1
ROUNDS       ?= 100
RUNS_torture := $(patsubst %,run/torture/%,bridge-tap tap switch-linux $(CROWDS))
OVSDB_FLOWS  := $(patsubst %,ovsdb-%,$(filter ovs% vhost% switch-ovs,$(FLOWS)))
ALL_torture  := $(patsubst %,run/torture/%,$(FLOWS) $(CROWDS) $(OVSDB_FLOWS))
$(BUILD)/torture/stop: tests/torture/stop.c
	@tests/run.sh build $@ $(CC) -O1 -Wall -Wextra -std=gnu11 $< -o $@
$(BUILD)/torture/nothing: | $(BUILD)/torture/stop
	@echo 'int main(void) { return 0; }' | tests/run.sh build $@ $(CC) -O1 -static -x c - -o $@
$(BUILD)/torture/vifctl: examples/vifctl.c $(NEEDS)
	@tests/run.sh build $@ $(CC) -O1 -g -static -std=c99 -I. $< $(VIFC) -o $@
TORTURE := VIFCTL=$(BUILD)/torture/vifctl STOP=$(BUILD)/torture/stop
$(ALL_torture) $(ALL_torture:run/%=%): $(addprefix $(BUILD)/torture/,stop nothing vifctl)
$(FLOWS:%=run/torture/%): run/torture/%:
	@$(TORTURE) $(RUN) -l -b $(BUILD)/torture/vifctl torture/$* tests/torture/torture.sh $* 97
$(OVSDB_FLOWS:%=run/torture/%): run/torture/ovsdb-%:
	@DEEDS=break WAYS='cut late flood flip.1' $(TORTURE) $(RUN) -l -n python3 -b $(BUILD)/torture/vifctl \
	    torture/ovsdb-$* tests/torture/torture.sh $* 7
$(CROWDS:%=run/torture/%): run/torture/crowd-%:
	@$(TORTURE) $(RUN) -l -b $(BUILD)/torture/vifctl torture/crowd-$* tests/torture/crowd.sh $* 3
# Not the TARGET that fuzzing has where nothing is said.
torture: $(addprefix torture/,$(if $(filter file,$(origin TARGET)),$(FLOWS) $(CROWDS) $(OVSDB_FLOWS),\
             $(patsubst ovsdb,$(OVSDB_FLOWS),$(TARGET))))
$(FLOWS:%=torture/%): torture/%:
	@$(TORTURE) tests/torture/torture.sh $* $(EVERY)
$(OVSDB_FLOWS:%=torture/%): torture/ovsdb-%:
	@DEEDS=break $(TORTURE) tests/torture/torture.sh $* $(EVERY)
$(CROWDS:%=torture/%): torture/crowd-%:
	@$(TORTURE) tests/torture/crowd.sh $* $(ROUNDS)

# ---- all of it --------------------------------------------------------------------------------------

ALL     := unit warn link symbols stack size floors shape examples install-test san port replay \
             analyze prove
# What takes as long again as all the rest: the tests of the kernel, of servers and of faults a second
# time with sanitizers (those that take longest to compile are left to "make san"), what the first
# time covered, proofs, guests that boot. "make slow" has it, which CI runs behind "make test".
SAN_ALONE := run/san/kernel/plug_block run/san/kernel/rules run/san/ovs/rates
SLOW    := $(filter-out $(SAN_ALONE),$(filter run/san/kernel/% run/san/ovs/% run/san/cli/% \
             run/san/fault/%,$(RUNS_san))) \
             $(RUNS_prove) \
             run/analyze/gcc run/bench/plug run/torture/ovs-hybrid run/torture/ovsdb-ovs-plain \
             run/tests/ovs/guests.sh $(if $(COVER),run/coverage)
# Two long ones are there with sanitizers alone; "make san" has valgrind.
ONCE    := run/tests/fault/plug_race run/tests/ovs/faults $(RUNS_memcheck)
CHECKED := $(filter-out $(OTHER_WAYS) $(SLOW) $(SAN_ALONE) $(ONCE),\
             $(foreach g,$(ALL) readme demo torture,$(RUNS_$(g))))
.PHONY: help test check slow cov faults waiting computing times $(ALL) prove-selftest torture demo \
        fuzz bench bench-needs vifctl run/vm test-vm \
        install clean $(ALL_torture:run/%=%) $(sort $(CHECKED) $(SLOW) $(SAN_ALONE) $(ONCE)) \
        $(FUZZ:fuzz/%.c=fuzz/%)

$(foreach g,$(ALL),$(eval $(g): $(RUNS_$(g))))
$(ALL):
	@tests/run.sh sum $(RUNS_$@:run/%=%)

# Side by side, each the longest first: faults and other tests that wait, for the kernel and for servers,
# and what computes. The last gives way, so that the others, which look at clocks, find a processor.
# What all need is made before.
SHARED    := $(BUILD)/tests/vif.o $(BUILD)/tests/vifctl $(BUILD)/san/vif.o $(BUILD)/locale/de_DE.UTF-8
CHECKED_IN = $(foreach d,$(1),$(foreach v,tests san,$(filter run/$(v)/$(d)/%,$(CHECKED))))
FAULTS    := $(call CHECKED_IN,fault)
WAITING   := $(call CHECKED_IN,kernel ovs ovsdb cli) run/demo $(RUNS_torture)
COMPUTING := $(filter-out $(FAULTS) $(WAITING) $(SLOW),$(RUNS_analyze) $(RUNS_readme) $(CHECKED))
faults: $(FAULTS)
waiting: $(WAITING)
computing: $(COMPUTING)

slow: export LESS := 1
slow: $(SLOW)
	@tests/run.sh sum $(SLOW:run/%=%)

times:
	@tests/run.sh longest

check:
	@rm -f $(BUILD)/times
	@$(MAKE) -j$(CPUS) $(SHARED)
	@trap 'kill 0' INT; more=$$(($(CPUS) + 1)); $(MAKE) -j$$more faults & \
	    $(MAKE) -j$$more waiting & nice -n 5 $(MAKE) -j$(CPUS) computing; wait
	@tests/run.sh sum $(CHECKED:run/%=%)

