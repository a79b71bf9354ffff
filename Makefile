# l2x: everything that is built lands in build/.
#
#   make            the daemon, the tool and the BPF objects
#   make check      unit tests under ASan and UBSan (no privilege needed)
#   make tests      every test program, also those that need root
#   make asan       build/asan/l2xd, the daemon under ASan and UBSan
#   make fuzz       the libFuzzer targets
#   make install    DESTDIR= PREFIX=/usr
#
# Sources are found by folder, so a new file needs no edit here:
#   bpf/NAME.bpf.c              -> build/bpf/NAME.bpf.o and NAME.skel.h
#   userspace/{base,proto,world,switch}/*.c -> the library of all programs
#   userspace/program/*.c       -> l2xd (l2xctl*.c: the tool l2xctl)
#   tests/unit/test_NAME.c      -> build/tests/unit/test_NAME (cmocka)
#   tests/bpf/test_NAME.c       -> build/tests/bpf/test_NAME (needs root)
#   tests/bpf/NAME.bpf.c        -> build/tests/bpf/NAME.bpf.o and skeleton
#   tests/bpf/bench_NAME.c      -> build/tests/bpf/bench_NAME
#   tests/fuzz/fuzz_NAME.c      -> build/fuzz/fuzz_NAME

CC     ?= gcc
CLANG  ?= clang
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PREFIX ?= /usr
B      := build

PKGS    := libbpf libxdp libuv jansson libmnl nettle libcyaml
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Werror
# libxdp's header lives in a folder of its own; system headers are not warned about
CPPFLAGS += -D_GNU_SOURCE -Iinclude -Iuserspace -I$(B)/bpf -I$(B)/tests/bpf \
	    $(shell pkg-config --cflags $(PKGS))
CFLAGS  ?= -O2 -g
CSTD    := -std=gnu11
# what ships is hardened; tests/net/test_surroundings.py reads it from the binaries
HARDEN  := -fstack-protector-strong -fstack-clash-protection \
	   -D_FORTIFY_SOURCE=2 -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LDLIBS  += $(shell pkg-config --libs $(PKGS)) -lelf -lz
SAN     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	   -fno-sanitize-recover=all
ARCHINC := $(shell $(CC) -print-multiarch)
BPFFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror \
	    -Wno-unused-parameter -Iinclude -Ibpf -I/usr/include/$(ARCHINC)

LIB_SRC  := $(wildcard $(patsubst %,userspace/%/*.c,base proto world switch))
CTL_SRC  := $(wildcard userspace/program/l2xctl*.c)
D_SRC    := $(filter-out $(CTL_SRC),$(wildcard userspace/program/*.c))
BPF_SRC  := $(wildcard bpf/*.bpf.c)
TBPF_SRC := $(wildcard tests/bpf/*.bpf.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
BT_SRC   := $(wildcard tests/bpf/test_*.c tests/bpf/bench_*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
# what unit tests and BPF tests share; unit tests see l2xctl's parts too
UNIT_AUX := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c)) \
	    $(filter-out userspace/program/l2xctl.c,$(CTL_SRC))
BT_AUX   := $(filter-out $(BT_SRC) $(TBPF_SRC),$(wildcard tests/bpf/*.c))

# tests and benches drive the shipped loader and what the keeper opens
LOADER   := $(wildcard userspace/program/loader*.c \
	    userspace/program/keeper_open.c userspace/program/keeper_filter.c \
	    userspace/program/keeper_netlink.c)

BPF_OBJ  := $(BPF_SRC:%.c=$(B)/%.o)
BPF_SKEL := $(BPF_SRC:%.bpf.c=$(B)/%.skel.h)
TBPF_SKEL := $(TBPF_SRC:%.bpf.c=$(B)/%.skel.h)
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
BT_BIN   := $(BT_SRC:%.c=$(B)/%)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)

plain = $(1:%.c=$(B)/obj/%.o)
asan  = $(1:%.c=$(B)/asan/obj/%.o)
fuzz  = $(1:%.c=$(B)/fuzz/obj/%.o)

all: $(BPF_OBJ) $(if $(D_SRC),$(B)/l2xd) $(if $(CTL_SRC),$(B)/l2xctl)

# ---- BPF -------------------------------------------------------------------
$(B)/%.bpf.o: %.bpf.c $(wildcard bpf/*.h include/*.h tests/bpf/bench.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@
$(B)/tests/bpf/generic.bpf.o: bpf/l2x.bpf.c
$(B)/%.skel.h: $(B)/%.bpf.o
	$(BPFTOOL) gen skeleton $< > $@.tmp && mv $@.tmp $@

# ---- objects: plain, sanitized, fuzzed -------------------------------------
$(B)/obj/%.o: %.c | $(BPF_SKEL) $(TBPF_SKEL)
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(CPPFLAGS) $(HARDEN) $(CFLAGS) $(WARN) -MMD -MP \
		-c $< -o $@
$(B)/asan/obj/%.o: %.c | $(BPF_SKEL) $(TBPF_SKEL)
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(CPPFLAGS) $(SAN) $(WARN) -MMD -MP -c $< -o $@
$(B)/fuzz/obj/%.o: %.c | $(BPF_SKEL)
	@mkdir -p $(@D)
	$(CLANG) $(CSTD) $(CPPFLAGS) $(SAN) -fsanitize=fuzzer-no-link $(WARN) \
		-MMD -MP -c $< -o $@

$(B)/libl2x.a: $(call plain,$(LIB_SRC))
	@rm -f $@; ar rcs $@ $^
$(B)/asan/libl2x.a: $(call asan,$(LIB_SRC))
	@rm -f $@; ar rcs $@ $^
$(B)/fuzz/libl2x.a: $(call fuzz,$(LIB_SRC))
	@rm -f $@; ar rcs $@ $^

# ---- programs --------------------------------------------------------------
$(B)/l2xd: $(call plain,$(D_SRC)) $(B)/libl2x.a
	$(CC) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/l2xctl: $(call plain,$(CTL_SRC)) $(B)/libl2x.a
	$(CC) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/asan/l2xd: $(call asan,$(D_SRC)) $(B)/asan/libl2x.a
	$(CC) $(SAN) -o $@ $^ $(LDLIBS)
$(B)/asan/l2xctl: $(call asan,$(CTL_SRC)) $(B)/asan/libl2x.a
	$(CC) $(SAN) -o $@ $^ $(LDLIBS)

# ---- tests -----------------------------------------------------------------
$(B)/tests/unit/%: $(B)/asan/obj/tests/unit/%.o $(call asan,$(UNIT_AUX)) \
		$(B)/asan/libl2x.a
	@mkdir -p $(@D)
	$(CC) $(SAN) -o $@ $^ -lcmocka $(LDLIBS)
$(B)/tests/unit/test_keeper_engine: \
		$(call asan,userspace/program/keeper_engine.c)
$(B)/tests/bpf/%: $(B)/obj/tests/bpf/%.o $(call plain,$(BT_AUX) $(LOADER)) \
		$(B)/libl2x.a
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lcmocka $(LDLIBS)
$(B)/fuzz/fuzz_%: $(B)/fuzz/obj/tests/fuzz/fuzz_%.o $(B)/fuzz/libl2x.a
	@mkdir -p $(@D)
	$(CLANG) $(SAN) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
		$(filter %.a,$^) $(LDLIBS)
# a node's surroundings: the library's own of the same name are left out
$(B)/fuzz/fuzz_node: $(call fuzz,$(wildcard tests/fuzz/node_*.c))

unit-tests: $(UNIT_BIN)
bpf-tests: $(BT_BIN)
asan: $(B)/asan/l2xd
fuzz: $(FUZZ_BIN)
tests: unit-tests bpf-tests fuzz asan
# every source once, for another compiler: make CC=clang B=build/clang objects
objects: $(call plain,$(LIB_SRC) $(CTL_SRC) $(D_SRC) $(UNIT_SRC) $(UNIT_AUX) \
	$(BT_SRC) $(BT_AUX))

check: unit-tests
	@set -e; for t in $(UNIT_BIN); do \
		CMOCKA_MESSAGE_OUTPUT=TAP $$t; done

# ---- the rest --------------------------------------------------------------
install: all
	install -D -m 755 $(B)/l2xd $(DESTDIR)$(PREFIX)/sbin/l2xd
	install -D -m 755 $(B)/l2xctl $(DESTDIR)$(PREFIX)/bin/l2xctl
	for f in etc/*.yaml; do \
		install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/l2x/$$(basename $$f); \
	done
	for f in man/*.[0-9]; do \
		install -D -m 644 $$f \
		$(DESTDIR)$(PREFIX)/share/man/man$${f##*.}/$$(basename $$f); \
	done
	install -D -m 644 etc/l2xctl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/l2xctl

clean:
	rm -rf $(B)

.PHONY: all check tests unit-tests bpf-tests asan fuzz objects install clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
