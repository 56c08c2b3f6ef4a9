# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
#
#   make              the module, the command and the library, in build/
#   make demo         installs what is needed, builds, runs a shop on loopback  (S3=1: Ceph + MariaDB)
#   make check        installs what is needed, builds, runs every test
#   make check-unit   the unit tests only;  make check-server: the real-server suite only
#   make check-fault  kills, power cuts and disk faults of the fill engine
#   make check-sanitize   unit and fault tests under ASan+UBSan, then under TSan
#   make prove        the random and fault tests in their full counts, noted in tests/PROOF.md
#   make teeth        takes one protection after the other away: the tests must notice
#   make bench        measures beside the installed peers
#   make fuzz         the fuzz targets, with clang; tests/fuzz/run_fuzz.sh runs one
#   make format lint  clang-format in place; clang-format and clang-tidy as checks
#   make install      the module through apxs's directories, the command into PREFIX/bin, units and examples
#
# The one flat file is deliberate: a plain make that an Apache module author can read in a minute.

APXS    ?= $(firstword $(wildcard /usr/bin/apxs /usr/bin/apxs2) apxs)
PREFIX  ?= /usr/local
BUILD   ?= build
PYTHON  ?= /usr/bin/python3
CLANG_FORMAT ?= clang-format
CLANG_TIDY   ?= clang-tidy
CXX_FUZZ     ?= clang++

# What the user may set (OPT, SANITIZE) apart from what the project needs.
OPT      ?= -O2 -g
SANITIZE ?=
CXXSTD   := -std=c++20 -Wall -Wextra -Werror -fno-gnu-unique -fvisibility=hidden \
            -fvisibility-inlines-hidden -fPIC -pthread
# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) '$(2)')

ifneq ($(SANITIZE),)
SANFLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer \
            -Wno-maybe-uninitialized $(if $(findstring thread,$(SANITIZE)),-Wno-tsan)
endif
ALL_CXXFLAGS = $(CXXSTD) $(OPT) -D_FILE_OFFSET_BITS=64 -I. -MMD -MP $(SANFLAGS) $(CXXFLAGS)
ALL_LDFLAGS  = -pthread $(SANFLAGS) $(LDFLAGS)
LIBS         = -lcurl -lcrypto -lz
# What S3's answers in XML are read with, and what decodes sound to find where it is quiet.
WRITE_LIBS   = -lexpat -lmpg123
# The command reaches the shop's database through APR's drivers, as httpd does.
TOOL_LIBS    = $(shell apu-1-config --link-ld 2>/dev/null) $(shell apr-1-config --link-ld 2>/dev/null)

# Only the module sees httpd's flags: the library cannot use what it cannot include.
# -isystem, so that httpd's own warnings are not ours; never for /usr/include, which must come last.
HTTPD_INCLUDES := $(sort $(shell $(APXS) -q INCLUDEDIR 2>/dev/null) \
                    $(patsubst -I%,%,$(shell apr-1-config --includes 2>/dev/null) $(shell apu-1-config --includes 2>/dev/null)))
HTTPD_CPPFLAGS := $(shell $(APXS) -q CPPFLAGS 2>/dev/null) $(shell $(APXS) -q EXTRA_CPPFLAGS 2>/dev/null) \
                  $(addprefix -isystem ,$(filter-out /usr/include,$(HTTPD_INCLUDES)))

# What writes to an origin is a library of its own, which the module is never linked with.
WRITE_SRC  := $(wildcard common/s3write/*.cc common/publish/*.cc common/stock/*.cc common/ingest/*.cc common/split/*.cc)
COMMON_SRC := $(filter-out $(WRITE_SRC),$(wildcard common/*/*.cc))
MODULE_SRC := $(wildcard mod_audiodl/*.cc)
TOOL_SRC   := $(wildcard audiodl/*.cc)
UNIT_SRC   := $(wildcard tests/unit/*.cc tests/unit/*/*.cc)
FAULT_SRC  := $(wildcard tests/fault/*.cc)
FAULT_KIT  := tests/unit/main.cc tests/unit/fetch/fake_origin.cc tests/unit/fetch/fill_rig.cc
BENCH_KIT  := $(wildcard tests/bench/kit/*.cc)
BENCH_SRC  := $(wildcard tests/bench/*.cc)
ALL_SRC    := $(COMMON_SRC) $(WRITE_SRC) $(MODULE_SRC) $(TOOL_SRC) $(UNIT_SRC) $(BENCH_KIT) $(BENCH_SRC) \
              $(FAULT_SRC) $(wildcard tests/fuzz/*.cc)
ALL_HDR    := $(wildcard common/*/*.h mod_audiodl/*.h audiodl/*.h tests/unit/*.h tests/unit/*/*.h \
              tests/bench/kit/*.h tests/fuzz/*.h tests/fault/*.h)

comma := ,
objects = $(patsubst %.cc,$(BUILD)/%.o,$(1))

LIB    := $(BUILD)/libaudiodl.a
WRITER := $(BUILD)/libaudiodl-write.a
MODULE := $(BUILD)/mod_audiodl.so
TOOL   := $(BUILD)/audiodl-bin/audiodl
UNIT   := $(BUILD)/unit-tests
FAULT  := $(BUILD)/fault-tests
BENCH  := $(patsubst tests/bench/%.cc,$(BUILD)/bench/%,$(BENCH_SRC))
FUZZ   := $(patsubst tests/fuzz/%_fuzz.cc,$(BUILD)/fuzz/bin/%,$(wildcard tests/fuzz/*_fuzz.cc))

.DELETE_ON_ERROR:
.PHONY: all lib unit check check-unit check-fault check-server check-sanitize demo bench prove teeth \
        fuzz format lint install clean deps

all: $(MODULE) $(TOOL)

lib: $(LIB)
unit: $(UNIT)

$(LIB): $(call objects,$(COMMON_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(WRITER): $(call objects,$(WRITE_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(MODULE): $(call objects,$(MODULE_SRC)) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CXX) -shared $(ALL_LDFLAGS) -Wl,-z,defs -Wl,--unresolved-symbols=ignore-all -o $@ $^ $(LIBS)

$(TOOL): $(call objects,$(TOOL_SRC)) $(WRITER) $(LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(WRITE_LIBS) $(TOOL_LIBS)

$(UNIT): $(call objects,$(UNIT_SRC)) $(WRITER) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(WRITE_LIBS)

# What the fault tests have under their control: system calls as the C library names them with
# 64-bit offsets, and audiodl::CurrentBootId() as the compiler names it.
FAULT_CALLS := open64 openat64 pwrite64 write pread64 fallocate64 ftruncate64 rename fdatasync \
               unlink unlinkat mkdir fstat64 stat64 lstat64 statvfs64 flock fcntl64 \
               _ZN7audiodl13CurrentBootIdEv
$(FAULT): $(call objects,$(FAULT_SRC) $(FAULT_KIT)) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) $(addprefix -Wl$(comma)--wrap=,$(FAULT_CALLS)) -o $@ $^ $(LIBS)

$(BUILD)/mod_audiodl/%.o: mod_audiodl/%.cc
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_CXXFLAGS) $(HTTPD_CPPFLAGS) -c -o $@ $<

# The one file of the command that sees APR.
$(BUILD)/audiodl/sql_database.o: CXXFLAGS += $(shell apr-1-config --cppflags 2>/dev/null) \
                                 $(addprefix -isystem ,$(filter-out /usr/include,$(HTTPD_INCLUDES)))

$(BENCH): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(call objects,$(BENCH_KIT)) $(LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ -lssl $(LIBS)

# Catch2 2 is one header of 18,000 lines: compiled once it saves each test two thirds of its time.
# With it, and under the sanitizers, g++ 12 sees two dangers in the standard library that are not there.
CATCH := $(BUILD)/pch/catch.h
TEST_WARNINGS := -Wno-array-bounds -Wno-maybe-uninitialized
# Half the time to compile; what is tested stays as it is shipped.
TEST_OPT := $(if $(SANITIZE),,-O1 -g1)
$(BUILD)/tests/unit/main.o: CXXFLAGS += $(TEST_WARNINGS)
$(CATCH): tests/unit/catch.h
	@mkdir -p $(@D)
	@cp $< $@
$(CATCH).gch: $(CATCH)
	$(call say,PCH,$<)
	$(Q)$(CXX) $(filter-out -MMD -MP,$(ALL_CXXFLAGS)) $(TEST_OPT) -x c++-header -o $@ $<
$(filter-out $(BUILD)/tests/unit/main.o,$(call objects,$(UNIT_SRC) $(FAULT_SRC))): $(BUILD)/%.o: %.cc $(CATCH).gch
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_CXXFLAGS) $(TEST_OPT) $(TEST_WARNINGS) -include $(CATCH) -c -o $@ $<

# libFuzzer comes with clang. All of what parses what strangers send is instrumented.
FUZZ_FLAGS := -std=c++20 -O2 -g -I. -MMD -MP -D_FILE_OFFSET_BITS=64 -fsanitize=fuzzer-no-link,address,undefined \
              -fno-sanitize-recover=all
FUZZ_SRC   := $(wildcard common/audio/*.cc common/base/*.cc common/session/*.cc common/link/*.cc common/http/*.cc) common/cache/chunk_name.cc common/s3/uri.cc common/s3/byte_range.cc \
              $(filter-out common/cluster/health_client.cc,$(wildcard common/cluster/*.cc)) \
              $(addprefix common/ledger/,delivered_parts.cc frame_counter.cc ledger_entry.cc)
FUZZ_LIB   := $(patsubst %.cc,$(BUILD)/fuzz/obj/%.o,$(FUZZ_SRC))
$(BUILD)/fuzz/obj/%.o: %.cc
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX_FUZZ) $(FUZZ_FLAGS) -c -o $@ $<
$(FUZZ): $(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/obj/tests/fuzz/%_fuzz.o $(FUZZ_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX_FUZZ) -fsanitize=fuzzer,address,undefined -o $@ $^ -lcrypto
fuzz: $(FUZZ)
-include $(patsubst %.o,%.d,$(FUZZ_LIB)) $(patsubst %,$(BUILD)/fuzz/obj/tests/fuzz/%_fuzz.d,$(notdir $(FUZZ)))

$(BUILD)/%.o: %.cc
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_CXXFLAGS) -c -o $@ $<

-include $(patsubst %.o,%.d,$(call objects,$(ALL_SRC)))

# --- what people type ---------------------------------------------------------------------------

# The purpose decides what is installed: build, demo, s3demo or check.
PURPOSE ?= check
deps:
	@sh tests/servers/install_deps.sh $(PURPOSE)

# The inner make starts only when its compiler and apxs are there.
check:
	@$(MAKE) --no-print-directory deps PURPOSE=check
	@$(MAKE) --no-print-directory -j$$(nproc) all $(UNIT) $(FAULT)
	@$(PYTHON) tests/run_check.py

.PHONY: check-format
check-unit: $(UNIT)
	$(UNIT) -w NoAssertions

check-fault: $(FAULT)
	$(FAULT) -w NoAssertions

check-server: $(MODULE) $(TOOL)
	cd tests/server && $(PYTHON) -m pytest -q $(TESTS)

check-sanitize:
	$(MAKE) SANITIZE=address,undefined BUILD=build/asan OPT='-O1 -g' check-unit check-fault
	TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp" \
	  $(MAKE) SANITIZE=thread BUILD=build/tsan OPT='-O1 -g' check-unit check-fault

bench: all $(BENCH)
	$(PYTHON) tests/bench/bench.py $(SCENARIOS)

# The full counts behind tests/PROOF.md, part by part: make prove PART=herd SEED=7
prove: all $(UNIT) $(FAULT)
	$(PYTHON) tests/prove/prove.py $(PART) $(if $(SEED),--seed $(SEED))

# Minutes: what is broken on purpose is compiled anew each time.
teeth: $(UNIT) $(FAULT)
	$(PYTHON) tests/fault/teeth.py

demo:
	@$(MAKE) --no-print-directory deps PURPOSE=$(if $(S3),s3demo,demo)
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@S3=$(S3) $(PYTHON) tests/demo/demo.py

format:
	$(CLANG_FORMAT) -i $(ALL_SRC) $(ALL_HDR)

check-format:
	$(CLANG_FORMAT) --dry-run -Werror $(ALL_SRC) $(ALL_HDR)

lint: check-format
	printf '%s\n' $(COMMON_SRC) $(WRITE_SRC) $(TOOL_SRC) $(MODULE_SRC) | xargs -P2 -n4 sh -c \
	  '$(CLANG_TIDY) --quiet "$$@" -- $(filter-out -fno-gnu-unique,$(CXXSTD)) -D_FILE_OFFSET_BITS=64 -I. $(filter-out -f%,$(HTTPD_CPPFLAGS)) 2>/dev/null' tidy

install: all
	install -d $(DESTDIR)$(shell $(APXS) -q LIBEXECDIR) $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 $(MODULE) $(DESTDIR)$(shell $(APXS) -q LIBEXECDIR)/mod_audiodl.so
	install -m 0755 $(TOOL) $(DESTDIR)$(PREFIX)/bin/audiodl
	install -m 0644 audiodl/audiodl.1 $(DESTDIR)$(PREFIX)/share/man/man1/audiodl.1
	install -D -m 0755 conf/unison/audiodl-replicate $(DESTDIR)$(PREFIX)/lib/audiodl/audiodl-replicate
	install -m 0755 conf/hooks/* $(DESTDIR)$(PREFIX)/lib/audiodl
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/share/doc/audiodl
	install -D -m 0644 conf/sysusers/audiodl.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/audiodl.conf
	set -e; for unit in conf/systemd/*; do \
	  to=$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}; \
	  sed 's,/usr/local/,$(PREFIX)/,g' $$unit > $$to; chmod 0644 $$to; done
	cp -R --no-preserve=mode,ownership README.md conf $(DESTDIR)$(PREFIX)/share/doc/audiodl

clean:
	rm -rf build
