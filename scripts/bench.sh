#!/usr/bin/env bash
# Measures bouncemill on this machine and beside its peers: installs what is needed, builds a release, makes archives,
# and writes bench.md and bench.json into a folder. Figures are the best of several rounds in which the programs take
# turns; on a machine with other work, trust the ratios.
#
#   scripts/bench.sh [options] [FOLDER]    FOLDER: default ./bench-out
#       --rows N         rows of the archives (default: 2000000)
#       --addresses N    addresses in them (default: a fifth of the rows)
#       --files N        archives (default: 8)
#       --rounds N       rounds (default: 5)
#       --archives DIR   measure with the archives (*.csv.zst) of DIR instead
#       --without-peers  without DuckDB, which is downloaded
#   BUILD=DIR builds in DIR (default: build-bench).
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

rows=2000000 addresses= files=8 rounds=5 archives= peers=yes out=bench-out
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2; shift ;;
    --addresses) addresses=$2; shift ;;
    --files) files=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --archives) archives=$2; shift ;;
    --without-peers) peers= ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) out=$1 ;;
    esac
    shift
done
BUILD=${BUILD:-build-bench}
mkdir -p "$out"
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

packages_install $build_packages mawk
[ -e "$BUILD/build.ninja" ] || meson setup "$BUILD" --buildtype=release >&2
ninja -C "$BUILD" src/cli/bouncemill bench/bench-scan bench/bench-classify >&2
program=$BUILD/src/cli/bouncemill

if [ -z "$archives" ]; then
    archives=$work/archives
    "$program" generate --quiet --output "$archives" --events "$rows" --addresses "${addresses:-$((rows / 5))}" \
        --files "$files" --seed 1
fi
duckdb=
if [ -n "$peers" ]; then
    if bench/peers/install.sh "$out/duckdb" >"$work/duckdb_version" 2>"$work/duckdb_error"; then
        duckdb=$(<"$work/duckdb_version")
    else
        echo "without DuckDB, it could not be installed:" >&2
        cat "$work/duckdb_error" >&2
    fi
fi

"$BUILD/bench/bench-scan" >"$work/scan"
"$BUILD/bench/bench-classify" >"$work/classify"
threads=1
[ "$(nproc)" -lt 2 ] || threads="1 2"
status=0
python3 bench/peers/run.py --bouncemill "$program" ${duckdb:+--duckdb-python "$out/duckdb/bin/python"} \
    --threads $threads --rounds "$rounds" --work "$work" --json "$work/run.json" "$archives" >"$work/run.md" || status=$?

{
    printf '# bouncemill: speed\n\n'
    printf '* %s, %d cores, %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -srm)"
    printf '* bouncemill %s, %s, zstd %s, DuckDB %s\n' "$("$program" --version | grep -o '[0-9][0-9.]*' | head -n 1)" \
        "$(cc --version | head -n 1)" "$(zstd --version | grep -o 'v[0-9.]*' | head -n 1)" "${duckdb:-not measured}"
    printf '* archives: %s files, %s bytes\n' "$(ls "$archives"/*.csv.zst | wc -l)" "$(cat "$archives"/*.csv.zst | wc -c)"
    printf '\n## Whole runs\n\n'
    cat "$work/run.md"
    printf '\n## Finding fields (bench-scan)\n\n```\n'
    cat "$work/scan"
    printf '```\n\n## Classifying (bench-classify, one core)\n\n```\n'
    cat "$work/classify"
    printf '```\n'
} >"$out/bench.md"
python3 - "$work" "$out/bench.json" "$duckdb" <<'PYTHON'
import json, os, re, sys
work, target, duckdb = sys.argv[1:]
def lines(name):
    with open(os.path.join(work, name)) as file:
        return file.read().splitlines()
scan = [re.match(r'(\w+)\s+(\w+)\s+([\d.]+) GB/s\s+([\d.]+) ns/row', line) for line in lines('scan')]
classify = [re.match(r'(.+?):\s+([\d.]+) M replies/s', line) for line in lines('classify')]
figures = {
    'processors': os.cpu_count(),
    'duckdb_version': duckdb or None,
    'scan': [{'where': m[1], 'simd': m[2], 'gb_per_s': float(m[3]), 'ns_per_row': float(m[4])} for m in scan if m],
    'classify_million_replies_per_s': {m[1]: float(m[2]) for m in classify if m},
    'run': None,
}
if os.path.exists(os.path.join(work, 'run.json')):
    figures['run'] = json.loads('\n'.join(lines('run.json')))
with open(target, 'w') as file:
    json.dump(figures, file, indent=2)
    file.write('\n')
PYTHON
cat "$out/bench.md"
exit $status
