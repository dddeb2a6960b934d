#!/usr/bin/env bash
# Makes a Python environment in the folder given, with those of DuckDB, Polars and chDB that can be had for this
# machine, and prints a line "PACKAGE VERSION" for each. Where there is npm, ZoneMTA joins them, for its bounce rules.
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
for package in duckdb polars chdb; do
    "$1/bin/python" -c "import $package" 2>/dev/null ||
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check "$package" >&2 ||
        { echo "without $package: it could not be installed" >&2; continue; }
    "$1/bin/python" -c "import $package; print('$package', $package.__version__)"
done
command -v npm >/dev/null || { echo "without ZoneMTA: there is no npm" >&2; exit 0; }
[ -d "$1/node_modules/zone-mta" ] ||
    npm install --silent --no-audit --no-fund --ignore-scripts --omit=dev --prefix "$1" zone-mta >&2 ||
    { echo "without ZoneMTA: it could not be installed" >&2; exit 0; }
echo "zone-mta $(sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$1/node_modules/zone-mta/package.json")"
