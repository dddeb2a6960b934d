#!/usr/bin/env bash
# Makes a Python environment with DuckDB in the folder given and prints DuckDB's version.
#
#   bench/peers/install.sh FOLDER
set -eu
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
# Debian has the module that makes environments in a package of its own.
python3 -c 'import ensurepip, venv' 2>/dev/null || {
    . "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
    packages_install python3-venv
}
[ -x "$1/bin/python" ] || python3 -m venv "$1"
"$1/bin/python" -c 'import duckdb' 2>/dev/null || "$1/bin/python" -m pip install --quiet --disable-pip-version-check duckdb
"$1/bin/python" -c 'import duckdb; print(duckdb.__version__)'
