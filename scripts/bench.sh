#!/usr/bin/env bash
# Measures bouncemill on this machine and beside its peers: installs what is needed, builds a release, makes archives,
# and writes bench.md and bench.json into a folder: whole runs over several sets of archives beside the limit
# (`zstd -dc` to nowhere) and DuckDB, Polars, chDB, Miller and mawk; a run stage by stage; instructions a row; the
# targets and whether they are met; the classifier beside ZoneMTA's rules. Figures are the best of several rounds in
# which the programs take turns; on a machine with other work, trust the ratios. Exits with 1 when programs that must
# give the same answer do not.
#
#   scripts/bench.sh [options] [FOLDER]    FOLDER: default ./bench-out
#       --rows N              rows of the archives (default: 2000000; some minutes on two cores)
#       --addresses N         addresses in them (default: a fifth of the rows)
#       --files N             archives (default: 8)
#       --seed N              of the archives (default: 1)
#       --rounds N            rounds (default: 5)
#       --against PROGRAM     another build of bouncemill, measured too: columns "before"
#       --archives DIR        compare with the peers on the archives (*.csv.zst) of DIR instead
#       --without-peers       without DuckDB, Polars, chDB and ZoneMTA, which are downloaded, Miller and mawk
#       --without-callgrind   without counting instructions
#   BUILD=DIR builds in DIR (default: build-bench), WORK=DIR holds archives meanwhile (default: a folder below TMPDIR or
#   /tmp). Peers stay installed in FOLDER/peers.
set -eu
arguments=() out=bench-out peers=yes callgrind=yes
while [ $# -gt 0 ]; do
    case $1 in
    --rows | --addresses | --files | --seed | --rounds | --against | --archives)
        [ $# -gt 1 ] || { echo "$1 needs a value" >&2; exit 2; }
        value=$2
        case $1 in --against | --archives) value=$(realpath "$2") ;; esac
        arguments+=("$1" "$value")
        shift
        ;;
    --without-peers) peers= arguments+=("$1") ;;
    --without-callgrind) callgrind= arguments+=("$1") ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) out=$1 ;;
    esac
    shift
done
mkdir -p "$out"
out=$(realpath "$out")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

BUILD=${BUILD:-build-bench}
packages_install $build_packages ${peers:+mawk miller} ${callgrind:+valgrind}
# Debug information does not change the code; callgrind tells by it where instructions come from.
[ -e "$BUILD/build.ninja" ] || meson setup "$BUILD" --buildtype=release -Ddebug=true >&2
ninja -C "$BUILD" src/cli/bouncemill bench/bench-scan >&2

if [ -n "$peers" ]; then
    bench/peers/install.sh "$out/peers" >&2 || echo "without databases: they could not be installed" >&2
    [ ! -x "$out/peers/bin/python" ] || arguments+=(--python "$out/peers/bin/python")
    arguments+=(--node "$out/peers")
fi
threads=1
[ "$(nproc)" -lt 2 ] || threads="1 2"
status=0
python3 bench/suite.py --bouncemill "$BUILD/src/cli/bouncemill" --kernels "$BUILD/bench/bench-scan" \
    --threads $threads ${WORK:+--work "$WORK"} \
    ${arguments[@]+"${arguments[@]}"} "$out" || status=$?
cat "$out/bench.md"
exit $status
