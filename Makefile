# launchsec: confidential VMs for KubeVirt. `make help` lists the targets.
# SPDX-License-Identifier: Apache-2.0

# Of the next release; `make dist` sets it to what git describes.
VERSION ?= $(shell sed -n 's/^\#define LAUNCHSEC_VERSION "\(.*\)"/\1/p' include/launchsec/version.h)
# Where docs/ is on the web, for links in SARIF (docs/ci.md), such as https://git.example.com/launchsec/blob/main.
HOMEPAGE ?=

ifeq ($(origin CC),default)
CC := gcc
endif
PYTHON ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
OBJCOPY ?= objcopy
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
CPPCHECK ?= cppcheck
PROTOC_C ?= protoc-c
# To test what is for another architecture: EMULATOR runs a program of it, TESTED is one that runs launchsec so.
# tests/arch/run sets these.
EMULATOR ?=
TESTED ?= $(PROGRAM)

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
# Below DATADIR/zsh: site-functions, where zsh looks everywhere but for packages of Debian, which take
# vendor-completions.
ZSHDIR ?= site-functions
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include

# BUILD is where everything goes; the sanitizer builds of CI have their own.
BUILD ?= build

# One line a step; V=1 shows the whole commands.
say := $(if $(V),: ,@echo )
CFLAGS ?= -O2 -g
SANITIZE ?=

comma := ,
LIBRARIES := libxml-2.0 json-c yaml-0.1 hogweed nettle gmp zlib libnghttp2 libprotobuf-c
ifeq ($(filter clean static configmap image dist reproduce advisories check-packages check-arch,$(MAKECMDGOALS)),)
ifndef STATIC_LIBRARIES
ifneq ($(shell $(PKG_CONFIG) --exists $(LIBRARIES) && echo yes),yes)
$(error not all of these libraries are installed: $(LIBRARIES); on Debian: apt-get install libxml2-dev libjson-c-dev libyaml-dev nettle-dev zlib1g-dev libnghttp2-dev libprotobuf-c-dev pkg-config)
endif
endif
endif
LIBRARY_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null | sed 's/-I/-isystem /g')
# The hook is a process for each call, and each shared library costs it some 0.1 ms to start. EMBED
# names those that are linked in instead (EMBED="yaml nettle nghttp2 protobuf-c"); updates of their
# packages do not reach launchsec then.
EMBED ?=
# json-c before 0.18 goes on with wrong results where an allocation of its own fails. So it is linked
# in, and its allocations end the process: src/base/wrap.c.
OLD_JSON := $(shell $(PKG_CONFIG) --atleast-version=0.18 json-c || echo json-c)
WRAPPED := $(if $(OLD_JSON),-Wl$(comma)--wrap=malloc$(comma)--wrap=calloc$(comma)--wrap=realloc$(comma)--wrap=strdup)
EMBEDDED := $(patsubst %,-l%,$(sort $(EMBED) $(OLD_JSON)))
SHARED := $(filter-out $(EMBEDDED),$(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null))
LIBRARY_LIBS := $(WRAPPED) $(if $(EMBEDDED),-Wl$(comma)-Bstatic$(comma)--start-group $(EMBEDDED) -Wl$(comma)--end-group$(comma)-Bdynamic) $(SHARED)

# launchsec apply --connect needs libvirt's headers here, and its library where it runs: nothing is
# linked. LIBVIRT=no builds without, LIBVIRT=yes fails where they are not found.
HAS_LIBVIRT := $(shell $(PKG_CONFIG) --exists libvirt && echo yes || echo no)
LIBVIRT ?= $(HAS_LIBVIRT)
ifdef STATIC_LIBRARIES
override LIBVIRT := no
endif
ifeq ($(LIBVIRT),yes)
ifneq ($(HAS_LIBVIRT),yes)
$(error LIBVIRT=yes, and no libvirt is installed; on Debian: apt-get install libvirt-dev)
endif
LIBRARY_CFLAGS += $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags libvirt))
endif

# launchsec measure --launcher needs libarchive's headers here, and its library where it runs. It is not
# linked either: that would bring nine more libraries to the start of every hook call. LIBARCHIVE=no
# builds without, LIBARCHIVE=yes fails where they are not found.
HAS_LIBARCHIVE := $(shell $(PKG_CONFIG) --exists libarchive && echo yes || echo no)
LIBARCHIVE ?= $(HAS_LIBARCHIVE)
ifdef STATIC_LIBRARIES
override LIBARCHIVE := no
endif
ifeq ($(LIBARCHIVE),yes)
ifneq ($(HAS_LIBARCHIVE),yes)
$(error LIBARCHIVE=yes, and no libarchive is installed; on Debian: apt-get install libarchive-dev)
endif
LIBRARY_CFLAGS += $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags libarchive))
endif

# The static executable: deploy/static/build-libraries has made these, for musl.
ifdef STATIC_LIBRARIES
LIBRARY_CFLAGS := -isystem $(STATIC_LIBRARIES)/include -DLIBXML_STATIC -DNGHTTP2_STATICLIB
LIBRARY_LIBS := -static-pie -Wl,-z,text,-z,pack-relative-relocs -L$(STATIC_LIBRARIES)/lib $(STATIC_ARCHIVES:%=-l%)
RELRO := $(BUILD)/obj/deploy/static/relro.o
endif

# The same libraries for glibc, with MemorySanitizer in them.
ifdef MSAN_LIBRARIES
LIBRARY_CFLAGS := -isystem $(MSAN_LIBRARIES)/include -DLIBXML_STATIC -DNGHTTP2_STATICLIB
LIBRARY_LIBS := -L$(MSAN_LIBRARIES)/lib $(STATIC_ARCHIVES:%=-l%)
endif

# A compiler newer than those that this is tested with may warn of more: WERROR=no builds anyway.
WERROR ?= -Werror
ifeq ($(WERROR),no)
override WERROR :=
endif
WARNINGS := -Wall -Wextra -Wpedantic $(WERROR) -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wmissing-declarations -Wold-style-definition -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wvla -Wswitch-enum -Wredundant-decls \
	-Wnull-dereference -Wimplicit-fallthrough
# What the compiler has against what an input might do to the program. Kept out: -fno-delete-null-
# pointer-checks, without which gcc warns of no null pointers; -fzero-call-used-regs, 4 KB in the
# static executable for little.
accepted = $(if $(shell $(CC) -Werror $(1) -S -o /dev/null -x c /dev/null 2>&1 || echo no),,$(1))
HARDENING := -fstack-protector-strong -fstack-clash-protection -fPIE -fno-strict-aliasing
ZEROED := $(call accepted,-ftrivial-auto-var-init=zero)
ifeq ($(ZEROED),) # clang before 16 wants to be asked twice
ZEROED := $(call accepted,-ftrivial-auto-var-init=zero \
	-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
endif
# Sanitizers look for what these would hide.
ifeq ($(SANITIZE),)
HARDENING += $(ZEROED)
ifneq ($(filter -O%,$(filter-out -O0,$(CFLAGS))),)
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif
endif
# Marks for the processor's own checks of returns and of indirect calls. They count where all
# that is linked has them, which musl has not.
ifndef STATIC_LIBRARIES
HARDENING += $(call accepted,-fcf-protection=full) $(call accepted,-mbranch-protection=standard)
endif
# These open files and look into the process when the server is long in its sandbox.
ifneq ($(SANITIZE)$(findstring --coverage,$(CFLAGS)),)
HARDENING += -DLSEC_UNCONFINED
endif
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DLAUNCHSEC_VERSION='"$(VERSION)"' \
	-DLAUNCHSEC_HOMEPAGE='"$(HOMEPAGE)"' -Iinclude -Isrc \
	-isystem $(BUILD)/proto \
	$(WARNINGS) $(HARDENING) $(LIBRARY_CFLAGS) $(SANITIZE) $(CFLAGS)
ALL_LDFLAGS := $(if $(STATIC_LIBRARIES),,-pie) -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed $(SANITIZE) $(LDFLAGS)

# The library: what include/launchsec declares, without I/O but for looking at this host.
LIBRARY_SOURCES := $(sort $(wildcard src/base/*.c src/annotations/*.c src/attest/*.c src/measure/*.c src/domain/*.c src/core/*.c src/input/*.c src/host/*.c))
SERVER_SOURCES := $(sort $(wildcard src/log/*.c src/sandbox/*.c src/transport/*.c src/services/*.c))
LIBVIRT_CLIENT := src/libvirt/client.c src/libvirt/virt.c src/libvirt/check.c
LIBVIRT_SOURCES := $(filter-out $(if $(filter yes,$(LIBVIRT)),%/no_client.c,$(LIBVIRT_CLIENT)), \
	$(sort $(wildcard src/libvirt/*.c)))
LAUNCHER_TREE := src/launcher/tree.c src/launcher/node.c src/launcher/find.c
LAUNCHER_SOURCES := $(if $(filter yes,$(LIBARCHIVE)),$(filter-out %/no_launcher.c, \
	$(sort $(wildcard src/launcher/*.c))),src/launcher/no_launcher.c $(LAUNCHER_TREE))
CLI_SOURCES := $(filter-out $(if $(filter yes,$(LIBARCHIVE)),%/no_launcher_list.c,%/launcher_list.c), \
	$(sort $(wildcard src/cli/*.c src/lint/*.c))) $(LIBVIRT_SOURCES) $(LAUNCHER_SOURCES) $(SERVER_SOURCES)
# Messages that the server itself reads or writes, as C; made by `make proto`.
PROTOS := info callbacks_v1alpha3 plugin health
PROTO_HEADERS := $(PROTOS:%=$(BUILD)/proto/%.pb-c.h)
PROTO_OBJECTS := $(PROTOS:%=$(BUILD)/proto/%.pb-c.o)
# Shells' completion, as string literals of C.
SCRIPTS := $(patsubst %,$(BUILD)/proto/completion/%.inc,launchsec.bash _launchsec launchsec.fish)
TOOL_SOURCES := $(sort $(wildcard src/tools/*.c))
# QEMU's emulation of a process has no seccomp and no subreapers, that of a system has (boot).
BOOTED := test_sandbox test_sandbox_layers test_sandbox_replace test_libvirt_worker
UNIT_SOURCES := $(filter-out $(if $(filter yes,$(LIBVIRT)),,%/test_libvirt_client.c) $(if $(EMULATOR),$(BOOTED:%=tests/unit/%.c)), \
	$(sort $(wildcard tests/unit/test_*.c)))
# tests/fuzz/fuzz_NAME.c is the target NAME; images are read with libarchive only.
FUZZ_TARGETS := $(filter-out $(if $(filter yes,$(LIBARCHIVE)),,launcher), \
	$(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c))))
FUZZ_SOURCES := $(filter-out tests/fuzz/fuzz_%.c tests/fuzz/replay.c,$(sort $(wildcard tests/fuzz/*.c)))
C_FILES := $(sort $(wildcard deploy/static/*.c src/*/*.[ch] include/*/*.h tests/unit/*.[ch] tests/fuzz/*.[ch] \
	tests/arch/*.c tests/bench/*.c docs/examples/*.c))

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIBRARY := $(BUILD)/liblaunchsec.a
PROGRAM := $(BUILD)/launchsec
DOCGEN := $(BUILD)/docgen
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SOURCES))
DOCS := docs/annotations.md docs/lint.md docs/qemu-arguments.md docs/launchsec.1 docs/onDefineDomain.1 \
	deploy/policies/annotations/policy.yaml

.PHONY: FORCE all lib proto static cfi configmap image dist reproduce advisories check-packages check-arch boot help demo docs install uninstall clean \
	check check-unit check-golden check-launcher check-server check-docs check-fuzz-regressions check-qemu-judge check-bounded \
	check-static check-deploy check-admission check-hardening check-cfi check-msan check-faults check-libvirt check-install \
	soak fuzz bench fmt check-fmt lint analyze
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAM)

lib: $(LIBRARY)

proto: $(PROTO_HEADERS)

# Their names, in the order in which they are linked; some packages have more than one.
STATIC_ARCHIVES_OF = "$$(awk '!/^\#/ { print $$1 }' $(1) | tr ',\n' '  ')"

# Small and reproducible: no paths, no build id, nothing that nobody calls; optimized as one program, libraries
# included. -g is for deploy/static/sizes.
STATIC := $(BUILD)/static
STATIC_CFLAGS := -Oz -g -flto=auto -fno-caller-saves -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -ffile-prefix-map=$(CURDIR)=.
static: deploy/static/libraries
	@[ "$$(uname -m)" = x86_64 ] || { echo 'static: for x86-64 only, see docs/deploy.md; make builds the program' >&2; exit 1; }
	deploy/static/build-libraries $(STATIC)/libraries
	@$(MAKE) BUILD=$(STATIC)/build CC=$(STATIC)/libraries/musl/bin/musl-gcc CFLAGS='$(STATIC_CFLAGS)' \
		STATIC_LIBRARIES=$(STATIC)/libraries \
		STATIC_ARCHIVES=$(call STATIC_ARCHIVES_OF,$<) \
		AR=gcc-ar LDFLAGS='$(STATIC_CFLAGS) -Wl,--gc-sections,--build-id=none' $(STATIC)/build/launchsec
	@strip -s -R .comment -o $(STATIC)/launchsec $(STATIC)/build/launchsec
	@deploy/static/sizes $(STATIC)/build/launchsec
	@stat -c '%n: %s bytes' $(STATIC)/launchsec

# What users deploy: docs/deploy.md.
configmap: static
	@mkdir -p $(BUILD)/configmaps
	@cp configmaps/kustomization.yaml configmaps/config.json $(BUILD)/configmaps/
	@install -m644 $(STATIC)/launchsec $(BUILD)/configmaps/onDefineDomain
	@configmaps/write launchsec onDefineDomain=$(STATIC)/launchsec > $(BUILD)/configmaps/launchsec.yaml
	@configmaps/write launchsec-config config.json=configmaps/config.json > $(BUILD)/configmaps/launchsec-config.yaml

image: static
	@PYTHON=$(PYTHON) deploy/image/build $(VERSION) $(STATIC) $(BUILD)/image

# A release of what is committed, in a build root: docs/release.md. reproduce makes it twice, and compares.
ROOT ?= $(BUILD)/root
DIST ?= $(BUILD)/dist
dist:
	packaging/dist $(DIST) $(ROOT)

reproduce:
	packaging/reproduce $(BUILD)/reproduce

# Vulnerabilities that Debian has fixed since the pinned versions of what is linked in.
advisories:
	deploy/static/check-advisories $(BUILD)/advisories

# What make dist has made, in its build root.
check-packages:
	deploy/static/in-root $(ROOT) tests/install/packages deb $(DIST)
	deploy/static/in-root $(ROOT) tests/install/packages rpm $(DIST)

help:
	@echo 'Build'
	@echo '  make                  build/launchsec; LIBVIRT=no: without --connect, yes: demand it; LIBARCHIVE=no:'
	@echo '                        without --launcher, yes: demand it; WERROR=no: compiler warnings are no errors'
	@echo '  make static           build/static/launchsec, one file of some 800 KB that needs nothing else'
	@echo '  make configmap image  it as a ConfigMap, in build/configmaps; as an OCI image, in build/image'
	@echo '  make dist reproduce   a release, in build/dist; twice, and compared; check-packages: .deb, .rpm'
	@echo '  make advisories       what Debian has fixed since in the libraries of the static executable'
	@echo '  make cfi              with control flow integrity of clang, in build/cfi'
	@echo '  make install          program, man page, completion, library (PREFIX, DESTDIR)'
	@echo '  make demo             what the hook changes in a domain of KubeVirt, and why'
	@echo '  make docs             write again what is made from the tables'
	@echo 'Test (docs/testing.md says what each needs)'
	@echo '  make check            check-unit, -qemu-judge, -golden, -launcher, -server, -docs and -fuzz-regressions'
	@echo '  make check-bounded    no cost grows faster than its input; memory for the largest VMIs'
	@echo '  make check-static     golden and server tests of the static executable'
	@echo '  make check-deploy     the ConfigMap, the image, the manifests'
	@echo '  make check-admission  the admission policies in the plugins of Kubernetes'
	@echo '  make check-install    what make install leaves; the library from C and C++'
	@echo '  make check-hardening  what protects the executables; check-cfi: golden and server tests with cfi'
	@echo '  make check-arch       for arm64 and s390x, in QEMU (ARCHES=s390x ARCH_TESTS=check-unit)'
	@echo '  make check-msan       with MemorySanitizer, in the libraries too'
	@echo '  make check-faults     every system call fails once, disks are full'
	@echo '  make check-libvirt    real libvirts and QEMUs take every output'
	@echo '  make soak             1,000,000 requests to a server, good and bad (SOAK="--requests N")'
	@echo '  make fuzz             all fuzz targets (TARGETS=), each for FUZZ_SECONDS=60, FUZZ_JOBS=2 side by side'
	@echo '  make bench            time and memory beside xmllint, a Python hook and Go servers'
	@echo 'Style'
	@echo '  make fmt check-fmt    clang-format'
	@echo '  make lint analyze     clang-tidy and cppcheck; gcc -fanalyzer'
	@echo '  make clean'

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(say)CC $< && $(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# In C, texts are read as bytes, which are the same on the wire: protobuf-c has
# no length for a text, so what a client puts behind a NUL would go unnoticed.
$(BUILD)/proto/%.pb-c.h: src/services/proto/%.proto Makefile
	@mkdir -p $(@D)
	$(say)PROTOC $< && sed -E 's/^( *)(repeated )?string /\1\2bytes /' $< > $(@D)/$*.proto && \
		$(PROTOC_C) --proto_path=$(@D) --c_out=$(@D) $(@D)/$*.proto

$(SCRIPTS): $(BUILD)/proto/completion/%.inc: docs/completion/% Makefile
	@mkdir -p $(@D)
	$(say)QUOTE $< && sed '/^\t*# /d; s/[\\"]/\\&/g; s/\t/\\t/g; s/.*/"&\\n"/' $< > $@

$(PROTO_OBJECTS): %.o: %.h Makefile
	$(say)CC $*.c && $(CC) $(ALL_CFLAGS) -w -c $*.c -o $@

$(call objects,$(SERVER_SOURCES) $(UNIT_SOURCES) $(filter %/answers.c,$(FUZZ_SOURCES)) $(wildcard tests/fuzz/fuzz_server.c)): | $(PROTO_HEADERS)
$(call objects,src/cli/completion.c): $(SCRIPTS)

$(LIBRARY): $(call objects,$(LIBRARY_SOURCES))
	$(say)AR $@ && rm -f $@ && $(AR) rcs $@ $^

# What is installed: one object in which only what include/launchsec declares can be seen from outside.
# A json-c that has to be linked in is in it, with its allocations wrapped and its names hidden; so
# whoever links the library needs no --wrap.
INSTALLED := $(BUILD)/installed/liblaunchsec.a
$(INSTALLED): $(LIBRARY) $(wildcard include/launchsec/*.h)
	@mkdir -p $(@D)
	$(say)AR $@ && grep -oEh '\blsec_[a-z0-9_]+' include/launchsec/*.h | sort -u > $(@D)/public && \
		$(CC) -r -nostdlib $(WRAPPED) -Wl,--whole-archive $(LIBRARY) -Wl,--no-whole-archive \
			$(if $(OLD_JSON),-Wl$(comma)-Bstatic -ljson-c) -o $(@D)/launchsec.o && \
		$(OBJCOPY) --keep-global-symbols=$(@D)/public $(@D)/launchsec.o && \
		rm -f $@ && $(AR) rcsD $@ $(@D)/launchsec.o

# There is no server in it, and of json-c what is linked in is not asked for.
$(BUILD)/installed/launchsec.pc: packaging/launchsec.pc.in Makefile FORCE
	@mkdir -p $(@D) && sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@REQUIRES@|$(filter-out $(OLD_JSON) libnghttp2 libprotobuf-c,$(LIBRARIES))|' $< > $@

# Newer than what was linked the other way, with or without libvirt and libarchive.
CHOICE := $(BUILD)/choices
$(CHOICE): FORCE
	@mkdir -p $(BUILD) && { echo $(LIBVIRT) $(LIBARCHIVE) | cmp -s - $@ || echo $(LIBVIRT) $(LIBARCHIVE) > $@; }
FORCE:

$(PROGRAM): $(CHOICE) $(RELRO) $(call objects,$(CLI_SOURCES)) $(PROTO_OBJECTS) $(LIBRARY)
	$(say)LD $@ && $(CC) $(ALL_LDFLAGS) $(filter %.o %.a,$^) $(LIBRARY_LIBS) -o $@

$(DOCGEN): $(CHOICE) $(call objects,$(TOOL_SOURCES)) $(filter-out %/main.o,$(call objects,$(CLI_SOURCES))) $(PROTO_OBJECTS) $(LIBRARY)
	$(say)LD $@ && $(CC) $(ALL_LDFLAGS) $(filter %.o %.a,$^) $(LIBRARY_LIBS) -o $@

# With clang's check that an indirect call goes to a function of its type, for which it has to see
# the whole program: build/cfi/launchsec. Without marks for the processor: clang 14's jump
# tables go wrong with both.
cfi:
	@$(MAKE) BUILD=$(BUILD)/cfi CC=clang AR=llvm-ar LIBVIRT=no LIBARCHIVE=no \
		CFLAGS='-O2 -g -flto=thin -fvisibility=hidden -fsanitize=cfi -fcf-protection=none' \
		LDFLAGS='-fuse-ld=lld -flto=thin -fsanitize=cfi' $(BUILD)/cfi/launchsec

check-cfi: cfi
	$(PYTHON) tests/golden/run.py --binary $(BUILD)/cfi/launchsec
	$(PYTHON) tests/server/run.py --binary $(BUILD)/cfi/launchsec $(SERVER_TESTS)

# Tests.

$(BUILD)/unit/%: $(CHOICE) $(BUILD)/obj/tests/unit/%.o $(filter-out %/main.o,$(call objects,$(CLI_SOURCES))) $(PROTO_OBJECTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(say)LD $@ && $(CC) $(ALL_LDFLAGS) $(filter %.o %.a,$^) $(LIBRARY_LIBS) $(shell $(PKG_CONFIG) --libs cmocka) -o $@

check: check-unit check-qemu-judge check-golden check-launcher check-server check-docs check-fuzz-regressions

# Seconds until a test is killed that hangs; some wait a minute for the server's own limits.
UNIT_LIMIT ?= 600
check-unit: $(UNIT_TESTS)
	@failed=; for test in $(UNIT_TESTS); do \
		timeout -s KILL $(UNIT_LIMIT) $(EMULATOR) $$test || { \
			[ $$? != 137 ] || echo "$$test: killed; its limit is $(UNIT_LIMIT) s"; \
			failed="$$failed $$test"; }; \
	done; [ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

# For run.py alone: the program refuses variables that it does not know.
unexport LAUNCHSEC_REGENERATE
check-golden: $(PROGRAM) $(BUILD)/unit/toml_reader
	$(PYTHON) tests/golden/squeeze.py --self-test tests/golden/captures
	$(PYTHON) tests/golden/test_properties.py
	$(PYTHON) tests/golden/test_idblock.py
	$(PYTHON) tests/golden/test_idblock_command.py --binary $(TESTED)
	LAUNCHSEC_REGENERATE=$(LAUNCHSEC_REGENERATE) $(PYTHON) tests/golden/run.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_prefixes.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_initdata.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_provision.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_expect.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_output.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_lint.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_init.py --binary $(TESTED)
	$(PYTHON) tests/golden/test_toml.py --reader '$(EMULATOR) $(BUILD)/unit/toml_reader'

# Images at random against an overlay of the test's own; what hostile ones cost. IMAGES: how many.
IMAGES ?= 150
check-launcher: $(PROGRAM)
ifeq ($(LIBARCHIVE),yes)
	$(PYTHON) tests/launcher/differential.py --binary $(TESTED) --count $(IMAGES)
	$(PYTHON) tests/launcher/bounds.py --binary $(TESTED)
else
	@echo 'check-launcher: built without libarchive (Debian: libarchive-dev), so nothing to test'
endif

# What is said of QEMU's arguments, against a model of QEMU (QEMU=qemu-system-x86_64: and the model against that).
check-qemu-judge: $(BUILD)/unit/qemu_judge
	$(PYTHON) tests/qemu/test_model.py
	$(PYTHON) tests/qemu/check_judge.py --judge $<
	$(if $(QEMU),$(PYTHON) tests/qemu/check_judge.py --qemu $(QEMU) --count 1000)
	$(if $(QEMU),$(PYTHON) tests/measure/check_cpus.py --qemu $(QEMU))

check-server: $(PROGRAM)
	$(PYTHON) tests/server/run.py --binary $(TESTED) $(SERVER_TESTS)

# Instructions are counted, so the machine may be busy; it needs valgrind. BOUNDED: kinds of input.
check-bounded: $(PROGRAM)
	$(PYTHON) tests/bounded/run.py --binary $(PROGRAM) $(BOUNDED)
	$(PYTHON) tests/bounded/memory.py --binary $(PROGRAM)

# Of the dynamic and, after `make static`, of the static executable.
check-hardening: $(PROGRAM)
	$(PYTHON) tests/hardening/check.py --binary $(PROGRAM) --objects $(BUILD)/obj/src \
		$(if $(wildcard $(STATIC)/launchsec),--static $(STATIC)/launchsec)

check-docs: $(PROGRAM) $(DOCGEN)
	$(PYTHON) tests/docs/check.py --binary $(PROGRAM) --docgen $(DOCGEN)

# With MemorySanitizer, which has to see what the libraries write: they are built with it, but for libc,
# which it knows, and cmocka, which hands nothing to the program.
check-msan: deploy/static/libraries
	deploy/static/build-libraries $(BUILD)/msan/libraries memory-sanitizer $(STATIC)/libraries/sources
	@$(MAKE) BUILD=$(BUILD)/msan CC=clang CFLAGS='-O1 -gline-tables-only' \
		LIBVIRT=no LIBARCHIVE=no SANITIZE='-fsanitize=memory -fno-omit-frame-pointer' MSAN_LIBRARIES=$(BUILD)/msan/libraries \
		STATIC_ARCHIVES=$(call STATIC_ARCHIVES_OF,$<) \
		check-unit check-golden check-fuzz-regressions

# Not part of check: they need autotools, buildah, Node.js and npm packages, and root.
check-static: static
	$(PYTHON) tests/golden/run.py --binary $(STATIC)/launchsec
	$(PYTHON) tests/server/run.py --binary $(STATIC)/launchsec $(SERVER_TESTS)

check-deploy: $(PROGRAM) configmap image
	$(PYTHON) tests/deploy/run.py --binary $(PROGRAM) --build $(BUILD) $(DEPLOY_TESTS)

# Needs a C++ compiler (CXX).
check-install: $(PROGRAM)
	CC='$(CC)' $(PYTHON) tests/install/run.py --binary $(PROGRAM) --build $(BUILD)

# The same policies in Kubernetes' own admission plugins, from Debian sid; the sandbox is kept for the next time.
check-admission: $(PROGRAM) configmap
	$(PYTHON) tests/deploy/run.py --binary $(PROGRAM) --build $(BUILD) --kubernetes $(BUILD)/sandboxes test_policies test_injection test_kubernetes

# For other architectures, s390x with the highest byte first: cross compilers, tests in QEMU. Without the server's
# tests that expect a sandbox, measure time, or compile Go.
ARCHES ?= arm64 s390x
ARCH_TESTS ?= boot check-unit check-golden check-launcher check-server check-fuzz-regressions
check-arch:
	+@for architecture in $(ARCHES); do \
		MAKE='$(MAKE)' tests/arch/run $(BUILD)/$$architecture $$architecture $(ARCH_TESTS) \
			SERVER_TESTS='test_calls test_http2 test_kubevirt test_node' || exit 1; \
	done

# Of tests/arch/run.
boot: $(BOOTED:%=$(BUILD)/unit/%)
	tests/arch/boot $(ARCHITECTURE) $(SYSROOT) '$(EMULATOR)' $(BUILD)/boot $^

# Not part of check either: strace has to be allowed to trace, as root to mount; FAULTS=--all takes minutes.
check-faults: $(PROGRAM)
	$(PYTHON) tests/faults/run.py --binary $(PROGRAM) \
		$(if $(wildcard $(STATIC)/launchsec),--static $(STATIC)/launchsec) $(FAULTS)

# Memory and descriptors stay flat, every answer is right: some ten minutes.
soak: $(PROGRAM)
	$(PYTHON) tests/soak/soak.py --binary $(PROGRAM) $(SOAK)

# The sandboxes are kept there for the next time.
check-libvirt: $(PROGRAM)
	$(PYTHON) tests/libvirt/run.py --binary $(PROGRAM) --folder $(BUILD)/sandboxes

# Fuzzing: docs/testing.md. $(FUZZ)/targets has the programs with libFuzzer, $(FUZZ)/replay those
# that run on files, with any compiler.
FUZZ := $(BUILD)/fuzz
FUZZ_SECONDS ?= 60
FUZZ_JOBS ?= 2
FUZZ_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_LIBRARY := $(BUILD)/libfuzz.a

fuzz: $(FUZZ)/corpus/made
	@$(MAKE) BUILD=$(FUZZ)/build FUZZ=$(FUZZ) CC=clang CFLAGS='-O1 -gline-tables-only' \
		SANITIZE='-fsanitize=fuzzer-no-link $(FUZZ_FLAGS)' $(FUZZ_TARGETS:%=$(FUZZ)/targets/%)
	@$(PYTHON) tests/fuzz/run.py --build $(FUZZ) --seconds $(FUZZ_SECONDS) --jobs $(FUZZ_JOBS) \
		$(or $(TARGETS),$(FUZZ_TARGETS))

# What was found once, and the seeds: in files, so any compiler will do.
check-fuzz-regressions: $(FUZZ_TARGETS:%=$(BUILD)/replay/%) $(FUZZ)/corpus/made
	@for name in $(FUZZ_TARGETS); do \
		find tests/fuzz/regressions/$$name $(FUZZ)/corpus/$$name -type f 2>/dev/null | sort | \
			xargs $(EMULATOR) $(BUILD)/replay/$$name || exit 1; \
	done

$(FUZZ)/corpus/made: tests/fuzz/make_seeds.py $(wildcard tests/golden/captures/* tests/golden/cases/*/*.case)
	$(say)SEEDS $(@D) && $(PYTHON) $< $(@D) && touch $@

# The server's parts, what reads a libvirt's answers, and what reads images are taken out of the archive
# where a target asks for them; the server's has a clock of its own.
FUZZED := $(SERVER_SOURCES) $(LAUNCHER_SOURCES) $(wildcard src/lint/*.c) $(patsubst %,src/libvirt/%.c,answer capabilities facts judge)
$(FUZZ_LIBRARY): $(call objects,$(FUZZ_SOURCES) $(FUZZED)) $(PROTO_OBJECTS)
	$(say)AR $@ && mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(FUZZ)/targets/server $(BUILD)/replay/server: FUZZ_LINK := -Wl,--wrap=lsec_clock

$(FUZZ)/targets/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_LIBRARY) $(LIBRARY)
	@mkdir -p $(@D)
	$(say)LD $@ && $(CC) -fsanitize=fuzzer $(ALL_LDFLAGS) $(FUZZ_LINK) $^ $(LIBRARY_LIBS) -o $@

$(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(FUZZ_LIBRARY) $(LIBRARY)
	@mkdir -p $(@D)
	$(say)LD $@ && $(CC) $(ALL_LDFLAGS) $(FUZZ_LINK) $^ $(LIBRARY_LIBS) -o $@

# A real KubeVirt domain becomes confidential, once for each TEE, explained.
demo: $(PROGRAM)
	@docs/demo/demo.sh $(PROGRAM)

$(BUILD)/bench/count: $(BUILD)/obj/tests/bench/count.o $(LIBRARY)
	@mkdir -p $(@D)
	$(say)LD $@ && $(CC) $(ALL_LDFLAGS) $^ $(LIBRARY_LIBS) -o $@

bench: $(PROGRAM) $(BUILD)/bench/count
	$(PYTHON) tests/bench/instructions.py --binary $(PROGRAM) --count $(BUILD)/bench/count
	$(PYTHON) tests/bench/bench.py --binary launchsec=$(PROGRAM) $(BENCH)
	$(PYTHON) tests/bench/measure.py --binary $(PROGRAM)
	$(PYTHON) tests/bench/server_bench.py --binary launchsec=$(PROGRAM) $(BENCH)

# Documents that are made from the tables; check-docs compares.

docs: $(DOCGEN)
	@for doc in $(DOCS); do mkdir -p $$(dirname $$doc); $(DOCGEN) $$doc > $$doc.new && mv $$doc.new $$doc || \
		{ rm -f $$doc.new; echo "$$doc: not written" >&2; exit 1; }; done

install: $(PROGRAM) $(INSTALLED) $(BUILD)/installed/launchsec.pc
	install -Dm755 $(PROGRAM) $(DESTDIR)$(BINDIR)/launchsec
	ln -sf launchsec $(DESTDIR)$(BINDIR)/onDefineDomain
	ln -sf launchsec $(DESTDIR)$(BINDIR)/kubectl-launchsec
	install -m755 docs/completion/kubectl_complete-launchsec $(DESTDIR)$(BINDIR)/
	install -Dm644 docs/launchsec.1 $(DESTDIR)$(MANDIR)/man1/launchsec.1
	install -m644 docs/onDefineDomain.1 $(DESTDIR)$(MANDIR)/man1/onDefineDomain.1
	install -Dm644 docs/completion/launchsec.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/launchsec
	install -Dm644 docs/completion/_launchsec $(DESTDIR)$(DATADIR)/zsh/$(ZSHDIR)/_launchsec
	install -Dm644 docs/completion/launchsec.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/launchsec.fish
	install -Dm644 $(INSTALLED) $(DESTDIR)$(LIBDIR)/liblaunchsec.a
	install -Dm644 $(BUILD)/installed/launchsec.pc $(DESTDIR)$(LIBDIR)/pkgconfig/launchsec.pc
	install -d $(DESTDIR)$(INCLUDEDIR)/launchsec
	install -m644 include/launchsec/*.h $(DESTDIR)$(INCLUDEDIR)/launchsec/

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/launchsec $(DESTDIR)$(BINDIR)/onDefineDomain
	rm -f $(DESTDIR)$(BINDIR)/kubectl-launchsec $(DESTDIR)$(BINDIR)/kubectl_complete-launchsec
	rm -f $(DESTDIR)$(MANDIR)/man1/launchsec.1 $(DESTDIR)$(MANDIR)/man1/onDefineDomain.1
	rm -f $(DESTDIR)$(DATADIR)/bash-completion/completions/launchsec
	rm -f $(DESTDIR)$(DATADIR)/zsh/$(ZSHDIR)/_launchsec
	rm -f $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/launchsec.fish
	rm -f $(DESTDIR)$(LIBDIR)/liblaunchsec.a $(DESTDIR)$(LIBDIR)/pkgconfig/launchsec.pc
	rm -rf $(DESTDIR)$(INCLUDEDIR)/launchsec

# Style and static analysis.

fmt:
	@$(CLANG_FORMAT) -i $(C_FILES)

check-fmt:
	$(CLANG_FORMAT) --dry-run --Werror $(C_FILES)

# A file at a time, so that -j helps. clang does not know all that gcc is told.
TIDIED := $(patsubst %.c,$(BUILD)/tidy/%.ok,$(filter-out $(if $(filter yes,$(LIBVIRT)),,%/client.c) $(if $(filter yes,$(LIBARCHIVE)),,src/launcher/tar.c),$(filter src/%.c,$(C_FILES))))
HEADERS := $(filter %.h,$(C_FILES))
$(BUILD)/tidy/%.ok: %.c Makefile .clang-tidy $(HEADERS) | $(PROTO_HEADERS) $(SCRIPTS)
	@mkdir -p $(@D)
	$(say)TIDY $< && $(CLANG_TIDY) --quiet $< -- $(filter-out -Werror $(ZEROED),$(ALL_CFLAGS)) 2>/dev/null && touch $@

# cppcheck's memleak does not see that cleanup attributes free, and structures take over.
lint: $(TIDIED)
	$(PYTHON) tests/layers/check.py
	$(CPPCHECK) --quiet --std=c11 --enable=warning,performance,portability \
		--suppress=memleak \
		--error-exitcode=1 -j2 -Iinclude -Isrc src

# gcc's own analyzer, a file at a time. Without what gcc 12 gets wrong: it loses sight of memory that a
# structure takes over or a cleanup attribute frees (the sanitizers and valgrind look for leaks), and of checks
# that a loop makes of an array's members.
ANALYZED := $(patsubst %.c,$(BUILD)/analyze/%.o,$(filter src/%.c,$(C_FILES)))
ANALYZER := -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-possible-null-argument
analyze: $(ANALYZED)

$(ANALYZED): $(BUILD)/analyze/%.o: %.c Makefile $(HEADERS) | $(PROTO_HEADERS) $(SCRIPTS)
	@mkdir -p $(@D)
	$(say)ANALYZE $< && $(CC) $(ALL_CFLAGS) $(ANALYZER) -c $< -o $@

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
