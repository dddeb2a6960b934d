#!/usr/bin/env bash
# Runs cases of the program and compares standard output, standard error and exit code with what is on record.
#
#   golden.sh [--bless] PROGRAM CASE_FOLDER...
#
# A case is a folder with `cmd`, a bash script that runs in an empty scratch folder and sees $BM (the program),
# $CASE (its own folder) and $SOURCE (the source tree). Beside it stand stdout.exp and stderr.exp (exact; missing
# means empty) or stdout.rx and stderr.rx (an extended regular expression a line), and exit.exp (missing means 0).
# --bless records what the program does now, except over .rx files; read the difference before you commit it.
set -u

bless=0
if [ "${1-}" = --bless ]; then
    bless=1
    shift
fi
[ $# -ge 2 ] || { echo "usage: golden.sh [--bless] PROGRAM CASE_FOLDER..." >&2; exit 2; }
BM=$(realpath "$1") || exit 2
shift
SOURCE=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
"$BM" --version >/dev/null || { echo "golden.sh: $BM does not run" >&2; exit 2; }
export BM SOURCE CASE
unset NO_COLOR
export LC_ALL=C TERM=dumb TZ=UTC

# Every line of $1 must match the whole of the same line of $2.
lines_match() {
    local line pattern number=0 status=0
    exec 3<"$1" 4<"$2"
    while IFS= read -r pattern <&4; do
        number=$((number + 1))
        if ! IFS= read -r line <&3; then
            echo "line $number is missing: $pattern"
            status=1
        elif ! [[ $line =~ ^($pattern)$ ]]; then
            printf 'line %d does not match\n  pattern: %s\n  output:  %s\n' "$number" "$pattern" "$line"
            status=1
        fi
    done
    while IFS= read -r line <&3; do
        echo "unexpected line: $line"
        status=1
    done
    exec 3<&- 4<&-
    return $status
}

stream_check() { # stdout|stderr
    if [ -e "$CASE/$1.rx" ]; then
        lines_match "$scratch/$1" "$CASE/$1.rx"
    elif [ $bless = 1 ]; then
        rm -f "$CASE/$1.exp"
        [ ! -s "$scratch/$1" ] || cp "$scratch/$1" "$CASE/$1.exp"
    elif [ -e "$CASE/$1.exp" ]; then
        diff -u --label "expected $1" --label "$1" "$CASE/$1.exp" "$scratch/$1"
    else
        diff -u --label "expected $1 (empty)" --label "$1" /dev/null "$scratch/$1"
    fi
}

exit_check() { # code
    local expected=0
    if [ $bless = 1 ]; then
        rm -f "$CASE/exit.exp"
        [ "$1" = 0 ] || echo "$1" >"$CASE/exit.exp"
        return 0
    fi
    [ ! -e "$CASE/exit.exp" ] || expected=$(cat "$CASE/exit.exp")
    [ "$1" = "$expected" ] || { echo "expected exit code $expected, got $1"; return 1; }
}

failed=0
for folder in "$@"; do
    CASE=$(realpath "$folder") || exit 2
    scratch=$(mktemp -d) || exit 2
    mkdir "$scratch/work"
    (cd "$scratch/work" && bash "$CASE/cmd" </dev/null >"$scratch/stdout" 2>"$scratch/stderr")
    code=$?
    status=0
    stream_check stdout || status=1
    stream_check stderr || status=1
    exit_check $code || status=1
    rm -rf "$scratch"
    if [ $status != 0 ]; then
        echo "FAILED: $(basename "$CASE")"
        failed=1
    fi
done
exit $failed
