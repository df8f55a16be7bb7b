# The short way in. Meson and Ninja build wasmrun, cargo builds Wasmtime under them.
#
#	make		build into build/ (the first time per machine Wasmtime takes minutes)
#	make demo	install what is missing, build, run the example server twice, show the isolation
#	make test	install what is missing, build, run all tests
#	make asan	the supervisor's unit tests and saved fuzz inputs under ASan and UBSan
#	make fuzz	each fuzz target for FUZZ_SECONDS (30)
#	make soak	mixed load for SOAK_SECONDS (3600); nothing may have grown
#	make bench	measure against unisolated and native; prints ratios
#	make lint	layers, style, format, compilers' and other tools' warnings
#	make docs	write the reference pages from the tables in the source
#	make install	into PREFIX (/usr/local), below DESTDIR
#	make clean	remove the build folders; Wasmtime stays in the build cache

BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
SOAK_SECONDS ?= 3600

# Shared by all build folders: cargo's target folder, and toolchains that tools/setup had to install.
BUILD_CACHE := $(or $(WASMRUN_BUILD_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/wasmrun-build)
export WASMRUN_BUILD_CACHE := $(BUILD_CACHE)
export PATH := $(BUILD_CACHE)/bin:$(PATH)

MAKEFLAGS += --no-print-directory
.PHONY: all demo test asan fuzz soak bench lint docs install clean setup-demo setup-test setup-lint
.NOTPARALLEL:

all:
	@command -v meson >/dev/null || { echo "make: meson is missing; 'tools/setup' installs what the build needs" >&2; exit 1; }
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) . --prefix=$(PREFIX)
	@ninja -C $(BUILD)

setup-demo setup-test setup-lint: setup-%:
	@tools/setup $*

demo: setup-demo all
	@tools/demo $(BUILD)

test: setup-test all
	@tools/run-tests $(BUILD) tests/e2e tests/attack tests/soak

# Without the engine, so that nothing in the process is uninstrumented.
SANITIZE := -Dengine=false -Db_sanitize=address,undefined -Db_lundef=false
export UBSAN_OPTIONS ?= halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS ?= detect_stack_use_after_return=1

asan: setup-test
	@test -f $(BUILD)-asan/build.ninja || meson setup $(BUILD)-asan . $(SANITIZE)
	@ninja -C $(BUILD)-asan
	@tools/run-tests $(BUILD)-asan

fuzz: setup-test
	@test -f $(BUILD)-fuzz/build.ninja || CC=clang CXX=clang++ meson setup $(BUILD)-fuzz . $(SANITIZE) -Dfuzz=true
	@ninja -C $(BUILD)-fuzz
	@tools/fuzz $(BUILD)-fuzz $(FUZZ_SECONDS)

soak: setup-test all
	@SOAK_SECONDS=$(SOAK_SECONDS) WASMRUN_BIN=$(abspath $(BUILD))/src/wasmrun /usr/bin/python3 -m pytest -q -s tests/soak

bench: setup-test all
	@bench/run $(BUILD)

lint: setup-lint
	@tools/lint $(BUILD)-lint

docs: all
	@docs/generate $(BUILD)/docs

install:
	@test ! -f $(BUILD)/build.ninja || meson configure $(BUILD) --prefix=$(PREFIX)
	@$(MAKE) all
	@meson install --no-rebuild -C $(BUILD) $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz $(BUILD)-lint $(BUILD)-lint-clang $(BUILD)-lint-analyzer
