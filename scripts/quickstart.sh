#!/usr/bin/env bash
# From a fresh Debian 12 to a first result: installs what is needed, builds into ./build, runs the main job on the
# archives in fixtures/native into ./out, and shows the beginning of what came out.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

packages_install $build_packages
[ -e build/build.ninja ] || meson setup build --buildtype=release
ninja -C build src/cli/bouncemill

build/src/cli/bouncemill run --output out fixtures/native

for file in suppression status domains reasons; do
    [ -e "out/$file.csv" ] || continue
    printf '\nout/%s.csv (%d rows)\n' "$file" "$(($(wc -l <"out/$file.csv") - 1))"
    head -n 6 "out/$file.csv"
done
printf '\nAll of it:\n'
ls -l out
