# nfqd: see `make help`. No configure step; every tool and folder can be set on the command line.
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
MANDIR     ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
LOCALSTATEDIR ?= /var
INIT       ?= systemd
UNITDIR    ?= $(PREFIX)/lib/systemd/system
INITDIR    ?= /etc/init.d
BASHDIR    ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions
BUILD      ?= build
CC         ?= cc
CFLAGS     ?= -O2 -g
PKGCONFIG  ?= pkg-config
V          ?= 0

ifeq ($(strip $(BUILD)),)
$(error BUILD is empty; expected the folder to build in, as in make BUILD=build)
endif

VERSION  := 0.1.0
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' -DLOCALSTATEDIR='"$(LOCALSTATEDIR)"' -I.
OURFLAGS := -std=c11 $(WARNINGS) $(HARDEN) -MMD -MP

SHARED_PKGS := sqlite3
NFQD_PKGS   := libmaxminddb libnetfilter_queue libmnl smartcols jansson libcap-ng libseccomp libxxhash $(SHARED_PKGS)
PCAPMON_PKGS := libmaxminddb libpcap zlib libzstd jansson smartcols libcap-ng libseccomp libxxhash $(SHARED_PKGS)

LIB_SRC     := $(wildcard lib/*/*.c)
NFQD_SRC    := $(wildcard nfqd/*.c nfqd/*/*.c)
PCAPMON_SRC := $(wildcard pcapmon/*.c pcapmon/*/*.c)
SCHEMA      := $(BUILD)/schema.c
LIB_OBJ     := $(LIB_SRC:%.c=$(BUILD)/%.o) $(BUILD)/schema.o
NFQD_OBJ    := $(NFQD_SRC:%.c=$(BUILD)/%.o)
PCAPMON_OBJ := $(PCAPMON_SRC:%.c=$(BUILD)/%.o)
MANUALS     := nfqd/nfqd.8 nfqd/nfqd.conf.5 pcapmon/pcapmon.8

JOBS := $(shell nproc 2>/dev/null || echo 1) # at once, where a target builds more than one tree

MAKEFLAGS += --no-print-directory
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $(2))

.PHONY: all unit shim deps demo check check-all check-unit check-gateway check-played check-systemd check-deb check-rounds check-vm check-sanitize soak fuzz fuzzers bench bench-judge lint install uninstall dist deb clean help
all: $(BUILD)/bin/nfqd $(BUILD)/bin/pcapmon

$(BUILD)/bin/nfqd: $(NFQD_OBJ) $(BUILD)/libshared.a
$(BUILD)/bin/nfqd: LIBS = $(shell $(PKGCONFIG) --libs $(NFQD_PKGS)) -lm
$(BUILD)/bin/pcapmon: $(PCAPMON_OBJ) $(BUILD)/libshared.a
$(BUILD)/bin/pcapmon: LIBS = $(shell $(PKGCONFIG) --libs $(PCAPMON_PKGS)) -lm
$(BUILD)/bin/nfqd $(BUILD)/bin/pcapmon:
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS)

$(BUILD)/libshared.a: $(LIB_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

# Files are compiled anew when a folder that is compiled in has changed.
FOLDERS := $(SYSCONFDIR) $(LOCALSTATEDIR)
$(BUILD)/folders: force
	@mkdir -p $(@D)
	@echo '$(FOLDERS)' | cmp -s - $@ || echo '$(FOLDERS)' >$@
.PHONY: force

$(BUILD)/%.o: %.c $(BUILD)/folders
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(OURFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/schema.o: $(SCHEMA)
	$(Q)$(CC) $(CPPFLAGS) $(OURFLAGS) $(CFLAGS) -c -o $@ $<

$(SCHEMA): schema/embed $(sort $(wildcard schema/*.sql))
	@mkdir -p $(@D)
	$(Q)sh schema/embed gate wire >$@

# Unit tests: tests/unit mirrors the folders; each file there is a cmocka program, linked with everything but the two main
# files, and with what several of them share, tests/unit/common.
UNIT_SRC := $(wildcard tests/unit/lib/*/*.c tests/unit/nfqd/*/*.c tests/unit/pcapmon/*/*.c)
UNIT     := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
unit: $(UNIT)
$(UNIT): LIBS = $(shell $(PKGCONFIG) --libs cmocka $(NFQD_PKGS) $(PCAPMON_PKGS)) -lm
$(UNIT): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libcommon.a $(BUILD)/libtested.a $(BUILD)/libshared.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
JUDGE_LIVES := bots branches chance clients domains life monitors population scanners servers world
$(BUILD)/unit/lib/judge/resent $(BUILD)/unit/lib/judge/population $(BUILD)/unit/lib/judge/reasons: $(JUDGE_LIVES:%=$(BUILD)/tests/judge/%.o)

UNIT_COMMON := $(wildcard tests/unit/common/*.c)
$(BUILD)/libcommon.a: $(UNIT_COMMON:%.c=$(BUILD)/%.o)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

$(BUILD)/libtested.a: $(filter-out %/main.o,$(NFQD_OBJ) $(PCAPMON_OBJ))
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

SANITIZE := BUILD=$(BUILD)/sanitize HARDEN=-fPIE \
	CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined"

# Fuzzers: each tests/fuzz/fuzz_NAME.c is a libFuzzer harness, linked like a unit test. Everything is built by clang in a
# separate folder.
FUZZING := BUILD=$(BUILD)/fuzz CC=clang HARDEN=-fPIE \
	CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ     := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/bin/%)
FUZZ_SECONDS ?= 600
fuzzers: $(FUZZ)
$(FUZZ): LIBS = $(shell $(PKGCONFIG) --libs $(NFQD_PKGS) $(PCAPMON_PKGS)) -lm
$(BUILD)/bin/fuzz_sql $(BUILD)/bin/fuzz_pages: $(BUILD)/tests/fuzz/databases.o
$(FUZZ): $(BUILD)/bin/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libtested.a $(BUILD)/libshared.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -pie -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

fuzz:
	@$(MAKE) $(FUZZING) fuzzers
	@BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run

CHECK_GROUPS ?= unit golden structure gateway systemd rounds sanitize fuzz # of check-all

deps: # installs missing packages, or stops with a message if not permitted
	@contrib/install-deps $(if $(filter vm,$(CHECK_GROUPS)),--vm) $(if $(filter deb,$(CHECK_GROUPS)),--deb)

GATEWAY_TESTED := $(BUILD)/bench/flood $(BUILD)/bench/bench_judge
check: CHECK_GROUPS = unit golden structure gateway
check: deps
	@$(MAKE) -j$(JOBS) all unit $(GATEWAY_TESTED) shim
	@BUILD=$(BUILD) BRIEF=1 tests/run unit golden structure gateway

check-all: deps
	@$(MAKE) -j$(JOBS) all unit $(GATEWAY_TESTED) shim
	@$(MAKE) -j$(JOBS) $(SANITIZE) all unit
	@$(MAKE) -j$(JOBS) $(FUZZING) fuzzers
	@BUILD=$(BUILD) tests/run $(CHECK_GROUPS)

check-unit: all unit
	@BUILD=$(BUILD) tests/run unit golden structure

check-gateway: all $(GATEWAY_TESTED) shim
	@BUILD=$(BUILD) tests/run gateway

check-systemd: all
	@BUILD=$(BUILD) tests/run systemd

check-deb: # the packages are built by themselves, from the source archive
	@BUILD=$(BUILD) tests/run deb

check-rounds: all
	@BUILD=$(BUILD) ROUNDS=$(or $(ROUNDS),1000) tests/run rounds

# Faults at random for hours, under traffic: no part of `make check-all`.
SOAK_MINUTES ?= 120
# Hosts of tests/judge played through a gateway, six hours of each in minutes; PLAY=printer for some kinds.
PLAY ?=
check-played: all $(BUILD)/bench/bench_judge shim
	@BUILD=$(BUILD) PLAY="$(PLAY)" tests/gateway/run a-host-played

soak: all $(BUILD)/bench/flood shim
	@BUILD=$(BUILD) tests/soak/run $(SOAK_MINUTES) $(SEED)

check-vm: CHECK_GROUPS = vm
check-vm: deps
	@$(MAKE) all $(BUILD)/bench/flood shim
	@BUILD=$(BUILD) tests/run vm

check-sanitize:
	@$(MAKE) $(SANITIZE) all unit
	@BUILD=$(BUILD) tests/run sanitize

demo:
	@BUILD=$(BUILD) contrib/demo

BENCH_SRC := $(wildcard tests/bench/*.c)
BENCH     := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
$(BENCH): LIBS = $(shell $(PKGCONFIG) --libs $(NFQD_PKGS) $(PCAPMON_PKGS)) -lm
$(BENCH): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libtested.a $(BUILD)/libshared.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(LIBS)
$(BUILD)/bench/drop_all: LIBS = $(shell $(PKGCONFIG) --libs libnetfilter_queue libmnl)

# Preloaded by gateway tests: a wrong clock, a trace of writes, a child that was taken over.
SHIM_SRC := $(wildcard tests/shim/*.c)
SHIM     := $(SHIM_SRC:tests/shim/%.c=$(BUILD)/shim/%.so)
shim: $(SHIM)
$(SHIM): $(BUILD)/shim/%.so: tests/shim/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=c11 $(WARNINGS) -O2 -g -fPIC -shared -o $@ $<

bench: all $(BENCH)
	@BUILD=$(BUILD) FULL=$(FULL) tests/bench/run $(ONLY)

# The classifier against a synthetic population: tests/judge. Seeds 1 to 9 were used for tuning.
JUDGE_SRC := $(wildcard tests/judge/*.c)
$(BUILD)/bench/bench_judge: $(JUDGE_SRC:%.c=$(BUILD)/%.o) $(BUILD)/libtested.a $(BUILD)/libshared.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $^ $(shell $(PKGCONFIG) --libs $(PCAPMON_PKGS)) -lm

SEEDS ?= $(shell seq 101 110)
HOSTS ?= 200
HOSTS_TODAY ?= 4
bench-judge: $(BUILD)/bench/bench_judge
	@$< -n $(HOSTS) $(SEEDS)
	@$< -n $(HOSTS) -r $(SEEDS)
	@for o in -t "-t -m" "-t -r" "-t -m -r"; do for d in "" -d; do $< -n $(HOSTS_TODAY) $$o $$d $(SEEDS) || exit 1; done; done

LINTED := $(LIB_SRC) $(NFQD_SRC) $(PCAPMON_SRC) $(UNIT_SRC) $(UNIT_COMMON) $(BENCH_SRC) $(JUDGE_SRC) $(FUZZ_SRC) tests/fuzz/databases.c $(SHIM_SRC)
# cppcheck does not see that fatal() never returns, hence the suppressed check.
lint:
	clang-format --dry-run -Werror $(LINTED) $(wildcard lib/*/*.h nfqd/*.h nfqd/*/*.h pcapmon/*.h pcapmon/*/*.h tests/judge/*.h)
	clang-tidy --quiet $(LIB_SRC) $(NFQD_SRC) $(PCAPMON_SRC) $(BENCH_SRC) -- -std=c11 $(CPPFLAGS)
	cppcheck --quiet --std=c11 --suppress=nullPointerRedundantCheck --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		$(CPPFLAGS) $(LIB_SRC) $(NFQD_SRC) $(PCAPMON_SRC)

# The services: units of systemd, or with INIT=openrc scripts of OpenRC.
SERVICES := $(if $(filter openrc,$(INIT)),$(INITDIR)/nfqd $(INITDIR)/pcapmon,$(UNITDIR)/nfqd.service $(UNITDIR)/pcapmon.service)
# What `make install` leaves, and `make uninstall` removes; besides, the sample configuration.
INSTALLED := $(SBINDIR)/nfqd $(SBINDIR)/pcapmon $(SERVICES) \
	$(BASHDIR)/nfqd $(BASHDIR)/pcapmon $(ZSHDIR)/_nfqd $(ZSHDIR)/_pcapmon \
	$(foreach manual,$(MANUALS),$(MANDIR)/man$(subst .,,$(suffix $(manual)))/$(notdir $(manual)))
CONFIG    := $(SYSCONFDIR)/nfqd/nfqd.conf

install: all
	install -d $(addprefix $(DESTDIR),$(sort $(dir $(INSTALLED) $(CONFIG))))
	install -m 755 $(BUILD)/bin/nfqd $(BUILD)/bin/pcapmon $(DESTDIR)$(SBINDIR)
	for program in nfqd pcapmon; do install -m 644 contrib/completion/nfqd.bash $(DESTDIR)$(BASHDIR)/$$program && \
		install -m 644 contrib/completion/_nfqd $(DESTDIR)$(ZSHDIR)/_$$program || exit 1; done
	for manual in $(MANUALS); do to=$(DESTDIR)$(MANDIR)/man$${manual##*.}/$${manual##*/}; \
		sed 's|/etc/nfqd|$(SYSCONFDIR)/nfqd|g; s|/var/lib/nfqd|$(LOCALSTATEDIR)/lib/nfqd|g' $$manual >$$to && \
		chmod 644 $$to || exit 1; done
	for service in $(SERVICES); do from=contrib/$(if $(filter openrc,$(INIT)),openrc/)$${service##*/}; \
		sed 's|@SBINDIR@|$(SBINDIR)|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' $$from >$(DESTDIR)$$service && \
		chmod $(if $(filter openrc,$(INIT)),755,644) $(DESTDIR)$$service || exit 1; done
	[ -e $(DESTDIR)$(CONFIG) ] || install -m 644 contrib/nfqd.conf $(DESTDIR)$(CONFIG)

# Stops nothing and removes no kernel rules: docs/operations.md, "Removal".
uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	if cmp -s contrib/nfqd.conf $(DESTDIR)$(CONFIG); then rm $(DESTDIR)$(CONFIG); fi
	if [ -e $(DESTDIR)$(CONFIG) ]; then echo 'kept, as it is not the sample: $(DESTDIR)$(CONFIG)'; \
		else rmdir $(DESTDIR)$(SYSCONFDIR)/nfqd 2>/dev/null || :; fi

# A source archive that builds, tests and packages without git: the same bytes from the same files.
DIST := $(BUILD)/nfqd-$(VERSION).tar.xz
dist:
	@mkdir -p $(BUILD)
	$(call say,DIST,$(DIST))
	$(Q)contrib/dist nfqd-$(VERSION) $(DIST) $(BUILD)

# Debian packages, in a folder of their own: contrib/debian. BUILD, CC and the like are not those of the packages.
DEB := $(BUILD)/deb
deb: dist
	$(call say,DEB,$(DEB)/*.deb)
	$(Q)contrib/make-deb nfqd $(VERSION) $(abspath $(DIST)) $(abspath $(DEB))

clean:
	rm -rf $(BUILD)

help:
	@echo 'make                 build nfqd and pcapmon in $(BUILD)/bin'
	@echo 'make demo            a gateway, a mail server and a spam bot on this machine: half a minute (root)'
	@echo 'make check           the tests that take minutes: does it work here? installs missing packages (root)'
	@echo 'make check-all       all tests, also under the sanitizers, with fuzzers and systemd: half an hour (root)'
	@echo 'make check-unit      unit, golden and structure tests (any user)'
	@echo 'make check-gateway   tests with real packets, in network namespaces (root)'
	@echo 'make check-played    hosts of tests/judge through a gateway, six hours of each (root); PLAY=printer for some'
	@echo 'make check-systemd   the units under a systemd that boots in a container (root)'
	@echo 'make check-deb       the packages: lintian, the same bytes twice, installation to purge in such a container (root)'
	@echo 'make check-rounds    ROUNDS=1000 rounds of random policies, packets and rules of others, SEED=N repeats them (root)'
	@echo 'make check-vm        the same with the nft back end on Debian'"'"'s kernel, under qemu, in 30 to 60 minutes (root)'
	@echo 'make soak            faults at random under traffic for SOAK_MINUTES=$(SOAK_MINUTES); SEED=N repeats them (root)'
	@echo 'make check-sanitize  unit and golden tests built with -fsanitize=address,undefined'
	@echo 'make fuzz            each fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS) (clang); 2 minutes of it are part of make check-all'
	@echo 'make bench           cost of the gate per connection, throughput in a flood, cost of the log;'
	@echo '                     FULL=1: long floods, written to docs/figures.md; ONLY=pcapmon: one part (root)'
	@echo 'make bench-judge     accuracy of the classifier on a synthetic population; SEEDS="1 2" HOSTS=200 HOSTS_TODAY=4'
	@echo 'make lint            clang-format, clang-tidy, cppcheck'
	@echo 'make install         to DESTDIR and PREFIX=$(PREFIX); an existing nfqd.conf is kept; INIT=openrc: no units'
	@echo 'make uninstall       removes what install has put there; a changed nfqd.conf is kept'
	@echo 'make dist            source archive $(DIST)'
	@echo 'make deb             Debian packages in $(DEB) (contrib/install-deps --deb)'
	@echo 'make clean           remove $(BUILD)'
	@echo 'Settings: CC CFLAGS LDFLAGS BUILD PREFIX SYSCONFDIR LOCALSTATEDIR INIT UNITDIR INITDIR BASHDIR ZSHDIR V=1'

-include $(FUZZ_SRC:%.c=$(BUILD)/%.d) $(BUILD)/tests/fuzz/databases.d
-include $(UNIT_SRC:%.c=$(BUILD)/%.d) $(UNIT_COMMON:%.c=$(BUILD)/%.d)
-include $(JUDGE_SRC:%.c=$(BUILD)/%.d)
-include $(LIB_OBJ:.o=.d) $(NFQD_OBJ:.o=.d) $(PCAPMON_OBJ:.o=.d)
