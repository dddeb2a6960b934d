#!/usr/bin/env bash
# The promise of the same bytes, kept at scale: makes 8 archives, runs them with one scalar thread, with two threads at
# each level of vector instructions, in another order of the archives and through two tally files, and compares every
# output file but the manifest (which tells times and options). Prints a hash for each run; the last line is PASS or FAIL.
#
#   scripts/scale.sh ROWS
#   ARCHIVES=DIR scripts/scale.sh    with the archives of DIR instead
#   BUILD=DIR builds in DIR (default: build-bench), WORK=DIR holds archives and outputs meanwhile (default: a folder
#   below TMPDIR or /tmp).
set -eu
rows=${1:-}
archives=${ARCHIVES:-}
[ -n "$rows$archives" ] || { echo "usage: $0 ROWS" >&2; exit 2; }
[ -z "$archives" ] || archives=$(realpath "$archives")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

BUILD=${BUILD:-build-bench}
work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/scale.XXXXXX")
trap 'rm -rf "$work"' EXIT
packages_install $build_packages >&2
[ -e "$BUILD/build.ninja" ] || meson setup "$BUILD" --buildtype=release >&2
ninja -C "$BUILD" src/cli/bouncemill >&2
program=$BUILD/src/cli/bouncemill

if [ -z "$archives" ]; then
    archives=$work/archives
    "$program" generate --quiet --output "$archives" --events "$rows" --addresses "$((rows / 5 + 1))" --files 8 --seed 1
fi
# Every policy but the one that has no rules of its own.
policies=$("$program" list policies | tail -n +2 | cut -d, -f1 | grep -vx custom | paste -sd,)

outputs=all,history,segments,details,moments

hash_outputs() { # FOLDER
    (cd "$1" && find . -type f ! -name manifest.json | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c 1-16)
}

good=yes
first=
# run NAME ARCHIVE_LIST OPTION...
run() {
    local name=$1 list=$2
    shift 2
    "$program" run --quiet --outputs "$outputs" --policy "$policies" --files-from "$list" --output "$work/out" "$@"
    compare "$name"
}

# compare NAME: the output folder with the first one's.
compare() {
    local name=$1 hash
    hash=$(hash_outputs "$work/out")
    [ -n "$first" ] || first=$hash
    [ "$hash" = "$first" ] || good=
    printf '%s  %s\n' "$hash" "$name"
}

find "$archives" -name '*.csv*' | LC_ALL=C sort >"$work/in_order"
shuf --random-source="$work/in_order" "$work/in_order" >"$work/shuffled"
cmp -s "$work/in_order" "$work/shuffled" && tac "$work/in_order" >"$work/shuffled"

run "1 thread, scalar" "$work/in_order" --threads 1 --simd scalar
printf '%s rows, %s archives, policies %s, files:\n' "$(grep -o '"rows": [0-9]*' "$work/out/manifest.json" |
    head -n "$(wc -l <"$work/in_order")" | awk '{ n += $2 } END { print n }')" "$(wc -l <"$work/in_order")" "$policies"
(cd "$work/out" && ls -x)
for level in avx2 avx512; do
    run "2 threads, $level" "$work/in_order" --threads 2 --simd "$level"
    # What the processor cannot do is done one level below, and proves less.
    grep -q "\"simd\": \"$level\"" "$work/out/manifest.json" || echo "$level is not in this processor"
done
run "2 threads, other order of archives" "$work/shuffled" --threads 2
run "1 thread, other order of archives" "$work/shuffled" --threads 1
split --number=r/2 "$work/in_order" "$work/half."
for half in aa ab; do
    "$program" scan --quiet --policy "$policies" --files-from "$work/half.$half" --output "$work/$half.tally"
done
"$program" merge --quiet --outputs "$outputs" --policy "$policies" --output "$work/out" "$work/ab.tally" "$work/aa.tally"
compare "two tally files, merged"
[ -n "$good" ] && echo PASS || { echo FAIL; exit 1; }
