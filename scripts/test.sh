#!/usr/bin/env bash
# From nothing to all tests passed: installs what is needed, builds, and runs every test and check. The last line
# is "N passed, N failed": each test of a build and each check counts as one. Exits with 1 when any failed.
#
#   scripts/test.sh             everything
#   BUILD=DIR scripts/test.sh   builds under DIR (default: build-test; emptied first)
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
. scripts/lib.sh

BUILD=${BUILD:-build-test}
passed=0
failed=0

say() { printf '\n== %s\n' "$*"; }

# check NAME COMMAND...: one check; its output is shown when it fails.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n%s\n' "$name" "$output"
    fi
}

configure_and_make() { # NAME MESON_OPTION...
    meson setup "$BUILD/$1" "${@:2}" && ninja -C "$BUILD/$1"
}

# build NAME MESON_OPTION...: sets up and builds $BUILD/NAME.
build() { check "build $1" configure_and_make "$@"; }

# tests NAME MESON_TEST_ARGUMENT...: runs a build's tests and counts each.
tests() {
    local name=$1 log=$BUILD/$1/meson-logs/testlog.json counts status
    shift
    [ -e "$BUILD/$name/build.ninja" ] || return
    rm -f "$log"
    $without_randomisation meson test -C "$BUILD/$name" --no-rebuild --print-errorlogs "$@"
    status=$?
    counts=$(python3 - "$log" <<'PYTHON'
import json, os, sys
results = []
if os.path.exists(sys.argv[1]):
    with open(sys.argv[1]) as log:
        results = [json.loads(line)['result'] for line in log]
good = sum(result in ('OK', 'EXPECTEDFAIL') for result in results)
print(good, len(results) - good - results.count('SKIP'))
PYTHON
    )
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    # Tests that could not even start leave no results, but must not pass for it.
    [ $status = 0 ] || [ "${counts#* }" != 0 ] || failed=$((failed + 1))
    echo "tests of $name: ${counts% *} passed, ${counts#* } failed"
}

# The files under version control, or in a tree without it all that are not built.
sources() { # PATTERN...
    git ls-files -- "$@" 2>/dev/null | grep . ||
        for pattern in "$@"; do find src include tests bench -name "$pattern"; done
}

format_check() { sources '*.c' '*.h' | xargs clang-format --dry-run --Werror; }

cppcheck_check() {
    cppcheck --std=c11 --language=c --enable=warning,performance,portability --inline-suppr --quiet \
        --error-exitcode=1 --suppressions-list="$BUILD/cppcheck.txt" -j "$(nproc)" \
        -D__x86_64__ -D_GNU_SOURCE -I include -I src -I "$BUILD/release/src" src
}

# Only what the public headers declare may leave the library.
symbols_check() {
    local others
    others=$(nm -D --defined-only "$BUILD/release/src/libbouncemill.so" | awk '$3 !~ /^bm_/ { print $3 }') || return 1
    [ -z "$others" ] || { echo "seen outside the library: $others"; return 1; }
}

header_check() { # LANGUAGE STANDARD HEADER
    echo "#include <bouncemill/$3>" | clang -x "$1" -std="$2" -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -
}

start=$SECONDS
say "packages"
check "packages" packages_install $build_packages $check_packages
rm -rf "$BUILD"
mkdir -p "$BUILD"
grep -v '^#' scripts/cppcheck.txt >"$BUILD/cppcheck.txt"
# The thread sanitizer's memory map collides with the kernel's randomised one on some systems.
without_randomisation=
setarch "$(uname -m)" -R true 2>/dev/null && without_randomisation="setarch $(uname -m) -R"

say "release build and tests"
build release --buildtype=release -Dwerror=true
tests release

say "sources"
check "format" format_check
check "cppcheck" cppcheck_check
check "symbols of the shared library" symbols_check
for header in include/bouncemill/*.h; do
    check "${header##*/} alone in C" header_check c c17 "${header##*/}"
    check "${header##*/} alone in C++" header_check c++ c++17 "${header##*/}"
done
for folder in $(python3 scripts/includes_check.py --list); do
    check "includes of src/$folder" python3 scripts/includes_check.py "$folder"
done
for script in scripts/*.sh tests/cli/golden.sh .ci/run; do
    check "syntax of $script" bash -n "$script"
done

say "build with clang"
CC=clang build clang --buildtype=debugoptimized -Dwerror=true -Db_lto=false

# Warnings stay warnings from here on: the instrumented code misleads gcc's flow analysis.
say "address and undefined behaviour sanitizers"
build sanitize --buildtype=debugoptimized -Db_lto=false -Db_sanitize=address,undefined -Db_lundef=false
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 tests sanitize --timeout-multiplier 4

say "thread sanitizer"
build threads --buildtype=debugoptimized -Db_lto=false -Db_sanitize=thread -Db_lundef=false
tests threads --suite threads --timeout-multiplier 8

printf '\n%d seconds\n' $((SECONDS - start))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
