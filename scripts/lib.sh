# Shared by the scripts; source it. Installs what is needed on Debian 12 (and what descends from it).

# What building takes.
build_packages="meson ninja-build gcc libc6-dev pkg-config libzstd-dev libxxhash-dev libcsv-dev zlib1g-dev
    libisal-dev libidn2-dev libinih-dev nettle-dev libjansson-dev libcmocka-dev zstd python3"
# What checking takes beside that.
check_packages="clang libclang-rt-14-dev clang-format cppcheck"

packages_missing() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

# Installs the named packages that are not there yet, as root or with sudo.
packages_install() {
    local missing as_root=
    command -v dpkg-query >/dev/null || { echo "not a Debian system; needed are: $*" >&2; return 1; }
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "neither root nor sudo; please install:" $missing >&2; return 1; }
        as_root=sudo
    fi
    echo "installing:" $missing >&2
    $as_root apt-get update -qq >&2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}
