# Sekisho. `make help` lists what there is. Needs GNU make and a Debian 12; `make deps` installs the rest.

BUILD      ?= build
CC         ?= cc
CLANG      ?= clang
PREFIX     ?= /usr
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec/sekisho
MULTIARCH  := $(shell $(CC) -print-multiarch)
PAMDIR     ?= /lib/$(MULTIARCH)/security
NSSDIR     ?= /lib/$(MULTIARCH)
SUDODIR    ?= $(PREFIX)/libexec/sudo
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share
DESTDIR    ?=
UNITDIR    ?= $(PREFIX)/lib/systemd/system
CMD        ?=

WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
           -Wcast-qual -Wvla -Wundef -Wwrite-strings -Werror
HARDEN   = -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2
CPPFLAGS = -Iinclude -Ilib -Ipolicyd -I. -D_GNU_SOURCE -DSEKISHO_LIBEXEC='"$(LIBEXECDIR)"'
CFLAGS  ?= -O2 -g
SAN      =
ALL_C    = -std=gnu11 -fPIC -fvisibility=hidden $(WARN) $(if $(SAN),,$(HARDEN)) $(CFLAGS) $(SAN)
ALL_LD   = -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS) $(SAN)
PIE      = -pie

POLICYD_LIBS = -lpwquality -lsqlite3 -ljansson -loath -linih -lqrencode -lseccomp -lcap -lcrypto
WARDEN_LIBS  = -lpam -lcap -lseccomp -lcrypto -laudit
CLI_LIBS     = -lsqlite3 -ljansson -lqrencode -linih -loath -lcap -lcrypto -lcrypt
MODULE_LIBS  = -lpam

Q          = $(if $(V),,@)
say        = $(if $(V),,@printf '  %-5s %s\n' $(1) $@)

objects    = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIB_O      = $(call objects,$(wildcard lib/*.c))
POLICYD_C  = $(filter-out policyd/main.c,$(wildcard policyd/*.c policyd/*/*.c))
POLICYD_O  = $(call objects,$(POLICYD_C))
MODULE_O   = $(call objects,$(wildcard pam_module/*.c) policyd/policy/nearest.c rollback/sha256.c)
SUDO_O     = $(call objects,$(wildcard sudo_plugin/*.c) pam_module/hmac.c)
NSS_O      = $(call objects,$(wildcard nss_module/*.c))
WARDEN_O   = $(call objects,$(wildcard warden/*.c))
WORKER_O   = $(call objects,$(wildcard worker/*.c))
CLI_O      = $(call objects,$(wildcard cli/*.c cli/*/*.c))
RUN_O         = $(call objects,$(wildcard run/*.c))
ROLLBACK_O    = $(call objects,$(filter-out rollback/main.c,$(wildcard rollback/*.c)))
UNIT       = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ       = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
MO         = $(patsubst po/%.po,$(BUILD)/locale/%/LC_MESSAGES/sekisho.mo,$(wildcard po/*.po))
PROGRAMS   = $(BUILD)/sekisho-policyd $(BUILD)/sekisho-warden $(BUILD)/sekisho-worker $(BUILD)/sekisho \
             $(BUILD)/sekisho-rollback $(BUILD)/sekisho-run
MODULES    = $(BUILD)/pam_sekisho.so $(BUILD)/libnss_sekisho.so.2 $(BUILD)/sekisho_sudo.so
TOOLS      = $(patsubst tests/lib/%.c,$(BUILD)/tests/%,$(filter-out tests/lib/lib%.c tests/lib/fakeclock.c,$(wildcard tests/lib/*.c))) \
             $(BUILD)/tests/libfakeclock.so $(BUILD)/tests/libtold.so $(BUILD)/tests/libstore.so $(BUILD)/tests/gocheck \
             $(BUILD)/tests/sekisho-rollback
BENCH_TOOLS = $(BUILD)/bench/client $(BUILD)/bench/driver $(BUILD)/bench/enrol $(BUILD)/bench/host $(BUILD)/bench/records $(BUILD)/bench/lookup $(BUILD)/bench/decide \
              $(BUILD)/bench/groups $(BUILD)/bench/connections \
              $(BUILD)/bench/libnss_bench.so.2

.PHONY: all help deps build tools unit asan check demo sandbox torture bench sample-reports fuzz coverage evidence install uninstall deb boot clean
all: build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: ## install the packages that building and testing need
	@tests/deps

build: $(PROGRAMS) $(MODULES) $(MO) ## build everything
tools: $(TOOLS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_C) -MMD -MP -c -o $@ $<

$(BUILD)/cli/%.o $(BUILD)/tests/test_cli_paper $(BUILD)/tests/test_cli_paper_yearly: CPPFLAGS += -Icli
# The page's own files stand in the program.
$(BUILD)/cli/report/page.o: cli/report/page.js cli/report/page.css
$(BUILD)/cli/report/controls_page.o: cli/report/page.css cli/report/controls.css
$(BUILD)/cli/paper/sheet.o: cli/paper/sheet.css
$(BUILD)/cli/paper/dates.o: conf/eras

$(BUILD)/libsekisho.a: $(LIB_O)
	@rm -f $@ && $(AR) qcs $@ $^
$(BUILD)/policyd.a: $(POLICYD_O)
	@rm -f $@ && $(AR) qcs $@ $^
$(BUILD)/rollback.a: $(ROLLBACK_O)
	@rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/sekisho-policyd: $(BUILD)/policyd/main.o $(BUILD)/policyd.a $(BUILD)/libsekisho.a
	$(call say,LD)
	$(Q)$(CC) $(PIE) -o $@ $^ $(ALL_LD) $(POLICYD_LIBS)
$(BUILD)/sekisho-warden: $(WARDEN_O) $(BUILD)/policyd.a $(BUILD)/libsekisho.a
	$(call say,LD)
	$(Q)$(CC) $(PIE) -o $@ $^ $(ALL_LD) $(WARDEN_LIBS)
# cracklib's getpwuid_r is worker/nobody.c
$(BUILD)/sekisho-worker: $(WORKER_O) $(BUILD)/policyd.a $(BUILD)/libsekisho.a
	$(call say,LD)
	$(Q)$(CC) $(PIE) -o $@ $^ $(ALL_LD) -Wl,--export-dynamic-symbol=getpwuid_r $(POLICYD_LIBS) -lcrypt
$(BUILD)/sekisho: $(CLI_O) $(BUILD)/rollback.a $(BUILD)/policyd.a $(BUILD)/libsekisho.a
	$(call say,LD)
	$(Q)$(CC) $(PIE) -o $@ $^ $(ALL_LD) $(CLI_LIBS)
# Static: it must run whatever happened to the host's libraries. (Sanitizers cannot be static.)
$(BUILD)/sekisho-rollback: $(BUILD)/rollback/main.o $(BUILD)/rollback.a $(BUILD)/libsekisho.a
	$(call say,LD)
	$(Q)$(CC) $(if $(SAN),$(PIE),-static-pie) -o $@ $^ $(ALL_LD)
$(BUILD)/sekisho-run: $(RUN_O) $(BUILD)/libsekisho.a
	$(call say,LD)
	$(Q)$(CC) $(PIE) -o $@ $^ $(ALL_LD)
# nodelete: pam_end() then unmaps nothing, which takes as long as loading it does.
$(BUILD)/pam_sekisho.so: $(MODULE_O) $(BUILD)/libsekisho.a pam_module/pam_sekisho.map
	$(call say,LD)
	$(Q)$(CC) -shared -o $@ $(MODULE_O) $(BUILD)/libsekisho.a -Wl,--version-script=pam_module/pam_sekisho.map \
	    -Wl,-z,defs,-z,nodelete $(ALL_LD) $(MODULE_LIBS)

$(BUILD)/libnss_sekisho.so.2: $(NSS_O) nss_module/libnss_sekisho.map
	$(call say,LD)
	$(Q)$(CC) -shared -o $@ $(NSS_O) -Wl,-soname,libnss_sekisho.so.2 \
	    -Wl,--version-script=nss_module/libnss_sekisho.map -Wl,-z,defs $(ALL_LD)

$(BUILD)/sekisho_sudo.so: $(SUDO_O) $(BUILD)/libsekisho.a sudo_plugin/sekisho_sudo.map
	$(call say,LD)
	$(Q)$(CC) -shared -o $@ $(SUDO_O) $(BUILD)/libsekisho.a -Wl,--version-script=sudo_plugin/sekisho_sudo.map \
	    -Wl,-z,defs $(ALL_LD)

$(BUILD)/locale/%/LC_MESSAGES/sekisho.mo: po/%.po
	@mkdir -p $(@D)
	$(call say,MO)
	$(Q)msgfmt -c -o $@ $<

$(BUILD)/tests/libfakeclock.so: tests/lib/fakeclock.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -O2 -Wall -Wextra -shared -fPIC -o $@ $<
$(BUILD)/tests/libtold.so: tests/lib/libtold.c tests/lib/told.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -O2 -Wall -Wextra -shared -fPIC -o $@ $<
$(BUILD)/tests/libstore.so: tests/lib/libstore.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -O2 -Wall -Wextra -shared -fPIC -o $@ $< -lpam
$(BUILD)/tests/test_stack_libpam: $(BUILD)/tests/libtold.so
$(BUILD)/tests/redecide $(BUILD)/tests/tlogdata $(BUILD)/tests/makelog $(BUILD)/tests/makeyear: $(BUILD)/policyd.a $(BUILD)/libsekisho.a
# The rollback program as it is, but seeing the clock of the sandbox.
$(BUILD)/tests/sekisho-rollback: $(BUILD)/rollback/main.o $(BUILD)/rollback.a $(BUILD)/libsekisho.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -o $@ $^ $(ALL_LD)
$(BUILD)/tests/gocheck: tests/go/main.go
	@mkdir -p $(@D)
	$(call say,GO)
	$(Q)GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=$(abspath $(BUILD))/go-cache go build -o $@ $<
$(BUILD)/tests/%: tests/lib/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -O2 -g $(WARN) -o $@ $< $(filter %.a,$^) -Wl,--as-needed $(POLICYD_LIBS) -lpam

$(BUILD)/bench/libnss_bench.so.2: bench/accounts.c bench/bench.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 $(WARN) -shared -fPIC -fvisibility=hidden -o $@ $<
$(BUILD)/bench/enrol $(BUILD)/bench/records $(BUILD)/bench/lookup $(BUILD)/bench/decide $(BUILD)/bench/groups $(BUILD)/bench/connections: $(BUILD)/policyd.a $(BUILD)/libsekisho.a
$(BUILD)/bench/%: bench/%.c bench/bench.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -O2 -g $(WARN) -o $@ $< $(filter %.a,$^) -Wl,--as-needed $(POLICYD_LIBS) -lpam

$(BUILD)/tests/test_%: tests/unit/test_%.c $(BUILD)/rollback.a $(BUILD)/policyd.a $(BUILD)/libsekisho.a
	@mkdir -p $(@D)
	$(call say,TEST)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_C) -MMD -MP -o $@ $< $(BUILD)/rollback.a $(BUILD)/policyd.a $(BUILD)/libsekisho.a \
	    $(ALL_LD) -lcmocka $(POLICYD_LIBS) -lpam -lcrypt -laudit

$(BUILD)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h lib/*.[ch] policyd/*.[ch] policyd/*/*.[ch] include/*.h cli/*.[ch] cli/*/*.[ch] warden/*.[ch] rollback/*.[ch])
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(CPPFLAGS) -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $< \
	    $$(tests/fuzz/sources $<) -lcrypto -linih -ljansson -loath

$(BUILD)/tests/test_report $(BUILD)/fuzz/fuzz_paper: CPPFLAGS += -Icli

unit: $(MODULES) $(UNIT) ## build and run the unit tests of this build
	@$(if $(COVERAGE),BUILD='$(BUILD:%/coverage=%)' tests/coverage,tests/run-unit) $(UNIT)

asan: ## the unit tests under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' unit

# gcov's own execve would write its counters, and its complaints, between a child's fork and its program.
coverage: ## how much of each directory the unit tests run
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage CFLAGS='-O0 -g' SAN='--coverage -fno-builtin-execve' \
	    COVERAGE=yes unit

check: deps ## install, build, test (under 10 minutes)
	@$(MAKE) --no-print-directory -j$$(nproc) build tools
	@tests/check

evidence: ## tests, coverage, fuzzing, reviews of this version, signed (EVIDENCE_KEY=PEM), for make deb
	@tests/evidence

demo: deps ## the story on real logins, in a private namespace
	@$(MAKE) --no-print-directory -s -j$$(nproc) build tools
	@tests/demo

sandbox: deps ## a shell in the same namespace; CMD='…' runs that there instead
	@$(MAKE) --no-print-directory -s -j$$(nproc) build tools
	@tests/sandbox $(if $(CMD),bash -c "$$CMD")

torture: deps ## rounds, kills, power cuts, full disks (long)
	@$(MAKE) --no-print-directory -j$$(nproc) build tools $(BUILD)/tests/test_keep_crash $(BUILD)/tests/test_stack_libpam
	@tests/torture/run

bench: deps ## side by side with pam_oath and google-authenticator; BENCH=login runs one group
	@$(MAKE) --no-print-directory -j$$(nproc) build tools $(BENCH_TOOLS)
	@BUILD='$(BUILD)' bench/run $(BENCH)

sample-reports: deps ## report, control report and registers of a simulated year, in both languages, into build/reports (1 to 3 minutes)
	@$(MAKE) --no-print-directory -s -j$$(nproc) build tools
	@BUILD='$(BUILD)' tests/sample-reports

fuzz: deps ## every fuzzer for FUZZ_SECONDS (default 60) each
	@$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ)
	@tests/fuzz/run $(FUZZ)

install: build ## install below DESTDIR
	@DESTDIR='$(DESTDIR)' BUILD='$(BUILD)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' PAMDIR='$(PAMDIR)' NSSDIR='$(NSSDIR)' SUDODIR='$(SUDODIR)' \
	    LIBEXECDIR='$(LIBEXECDIR)' MANDIR='$(MANDIR)' DATADIR='$(DATADIR)' UNITDIR='$(UNITDIR)' conf/install install

uninstall: ## remove what install put there; state and policy stay
	@DESTDIR='$(DESTDIR)' BUILD='$(BUILD)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' PAMDIR='$(PAMDIR)' NSSDIR='$(NSSDIR)' SUDODIR='$(SUDODIR)' \
	    LIBEXECDIR='$(LIBEXECDIR)' MANDIR='$(MANDIR)' DATADIR='$(DATADIR)' UNITDIR='$(UNITDIR)' conf/install uninstall

deb: deps ## the Debian packages, into build/deb
	@conf/package '$(BUILD)/deb'

boot: deps deb ## install, log in, upgrade, remove them on a systemd booted for it
	@tests/boot/run '$(BUILD)/deb' || [ $$? -eq 77 ]

clean:
	rm -rf $(BUILD)

export CMD
-include $(shell find $(BUILD) \( -name 'sandbox.*' -o -path '$(BUILD)/boot' -o -path '$(BUILD)/deb' \) -prune -o -name '*.d' -type f -print 2>/dev/null)
