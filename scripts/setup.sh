#!/bin/sh
# Makes .venv with everything archode needs; run again it returns at once. Called by every make target.
#
#   sh scripts/setup.sh                   the newest Python 3.12-3.14 found
#   PYTHON=/path/to/python3 sh scripts/setup.sh
#
# A DOLFINx 0.11 (real scalars) that the active environment already has is used, with the versions around it;
# otherwise DOLFINx comes as a wheel, with the exact versions in constraints.txt.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd -P)
venv=$root/.venv
stamp=$venv/.archode-setup
log=$root/build/setup.log

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Executed, not only looked up: a pyenv shim is on PATH even when its version is not selected.
runs() {
    "$1" -c 'import sys; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
}

# A DOLFINx of conda, Debian or a container. The wheel is not meant: it runs in its own environment only.
has_dolfinx() {
    runs "$1" && "$1" - >/dev/null 2>&1 <<'END'
import importlib.util, sys
if importlib.util.find_spec("dolfinx_solver"):
    sys.exit(1)
import dolfinx, numpy
from petsc4py import PETSc
sys.exit(not dolfinx.__version__.startswith("0.11.") or PETSc.ScalarType is not numpy.float64)
END
}

real_path() { "$1" -c 'import sys; print(sys.executable)'; }

# Sets $python and $present (yes: it brings DOLFINx along).
find_python() {
    present=no
    if [ -n "${PYTHON:-}" ]; then
        runs "$PYTHON" || die "PYTHON=$PYTHON does not run, or is not Python 3.12 to 3.14."
        python=$(real_path "$PYTHON")
        if has_dolfinx "$python"; then present=yes; fi
        return 0
    fi
    for candidate in "${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/python}" "${CONDA_PREFIX:+$CONDA_PREFIX/bin/python}" python3; do
        case $candidate in "" | "$venv"/*) continue ;; esac
        if has_dolfinx "$candidate"; then
            python=$(real_path "$candidate")
            case $python in "$venv"/*) continue ;; esac
            present=yes
            return 0
        fi
    done
    for candidate in python3.14 python3.13 python3.12 python3; do
        if runs "$candidate"; then
            python=$(real_path "$candidate")
            # The checkout's own .venv may be active and in need of repair: never build it from itself.
            case $python in "$venv"/*) continue ;; esac
            return 0
        fi
    done
    for home in "${PYENV_ROOT:-}" "${HOME:+$HOME/.pyenv}"; do
        for minor in 14 13 12; do
            for candidate in $(ls -d "${home:-/nonexistent}"/versions/3."$minor".*/bin/python3 2>/dev/null | sort -rV); do
                if runs "$candidate"; then
                    python=$candidate
                    return 0
                fi
            done
        done
    done
    for minor in 14 13 12; do
        for candidate in "${HOME:-/nonexistent}"/.local/share/uv/python/cpython-3."$minor".*/bin/python3; do
            if runs "$candidate"; then
                python=$candidate
                return 0
            fi
        done
    done
    return 1
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_install() {
    say "installing with apt-get: $*"
    mkdir -p "$root/build"
    if ! { DEBIAN_FRONTEND=noninteractive apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        tail -n 5 "$log" >&2
        die "apt-get could not install them (log: build/setup.log). Once it can, run: apt-get install $*"
    fi
}

# Debian 13, Ubuntu 24.04 and newer carry a Python that will do; Debian 12 does not.
python_from_apt() {
    can_install || return 1
    apt-get update -q >/dev/null 2>&1 </dev/null || return 1
    for minor in 14 13 12; do
        if apt-cache show "python3.$minor-venv" >/dev/null 2>&1; then
            apt_install "python3.$minor" "python3.$minor-venv" "python3.$minor-dev"
            return 0
        fi
    done
    return 1
}

# dolfinx-solver-real has one wheel: manylinux_2_34 on x86_64.
check_wheel_platform() {
    if [ "$(uname -sm)" != "Linux x86_64" ] || ! "$python" -c 'import platform, sys
name, version = platform.libc_ver()
sys.exit(name != "glibc" or tuple(map(int, version.split("."))) < (2, 34))'; then
        die "the DOLFINx wheel needs Linux on x86_64 with glibc 2.34 (Debian 12, Ubuntu 22.04, RHEL 9 or newer)." \
            "Elsewhere: conda env create -f environment.yml && conda activate archode, then run this again."
    fi
}

check_system() {
    if [ $present = yes ]; then scope=--compiler-only; else scope=; fi
    missing=$("$python" -I scripts/system_check.py $scope) || die "scripts/system_check.py failed under $python."
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of package names
    set -- $missing
    if can_install; then
        apt_install "$@"
        missing=$("$python" -I scripts/system_check.py $scope)
        [ -z "$missing" ] || die "still missing after apt-get: $missing. See: $python scripts/system_check.py --explain"
    elif command -v apt-get >/dev/null 2>&1; then
        die "system packages are missing. Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    else
        "$python" -I scripts/system_check.py $scope --explain >&2
        die "install what provides the above (Debian's names: $*), then run this again."
    fi
}

identity() { "$1" -I -S -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null; }

# True when .venv may stay: it works, and is not of the other kind or of another interpreter than PYTHON.
venv_fits() {
    runs "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    [ ! -f "$venv/.archode-shares" ] || [ "$(cat "$venv/.archode-shares")" = $present ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(identity "$PYTHON")" = "$(identity "$venv/bin/python")" ]
}

make_venv() {
    if venv_fits; then return 0; fi
    if [ -e "$venv" ] && [ ! -f "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv")" ]; then
        die ".venv is there but is not a virtual environment: move it away, then run this again."
    fi
    if [ $present = yes ]; then sharing=--system-site-packages; else sharing=; fi
    "$python" -m venv --clear $sharing "$venv"
    echo $present >"$venv/.archode-shares"
    # A virtual environment made from another one does not see that one's packages by itself.
    if [ $present = yes ]; then
        "$venv/bin/python" - "$python" <<'END'
import pathlib, subprocess, sys, sysconfig
ask = "import site, sys; print(sys.prefix != sys.base_prefix, *site.getsitepackages(), sep='\\n')"
nested, *folders = subprocess.run([sys.argv[1], "-c", ask], capture_output=True, text=True, check=True).stdout.split("\n")
if nested == "True":
    pathlib.Path(sysconfig.get_path("purelib"), "outer-environment.pth").write_text("\n".join(folders))
END
    fi
}

install() {
    pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
    if [ $present = yes ]; then
        extras=dev pins=
        say "using the DOLFINx 0.11 of $python"
    else
        extras=dev,fenics pins="-c constraints.txt"
        say "installing packages into .venv with $python (the first time: a few minutes)"
    fi
    # shellcheck disable=SC2086 # $pins is an option with its value, or nothing
    { pip install -qq $pins "setuptools>=77" && pip install -qq $pins --no-build-isolation -e ".[$extras]"; } ||
        die "pip could not install the packages (its message is above)."
}

self_check() {
    "$venv/bin/python" scripts/system_check.py --stack ||
        die "the packages are installed but do not work (message above)."
}

fingerprint() {
    "$venv/bin/python" -I -S - "$root" pyproject.toml constraints.txt scripts/setup.sh scripts/system_check.py <<'END'
import hashlib, pathlib, sys
digest = hashlib.sha256(f"{sys.version} {sys.base_prefix} {sys.argv[1]}".encode())
for name in sys.argv[2:]:
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest())
END
}

if [ -f "$stamp" ] && [ "$(fingerprint 2>/dev/null)" = "$(cat "$stamp")" ]; then
    if [ -z "${PYTHON:-}" ] || [ "$(identity "$PYTHON")" = "$(identity "$venv/bin/python")" ]; then exit 0; fi
fi
if ! find_python; then
    python_from_apt && find_python ||
        die "no Python 3.12, 3.13 or 3.14 that runs was found. Install one ('uv python install 3.13', 'pyenv install 3.13'," \
            "or 'conda env create -f environment.yml' and activate it), or name one: make setup PYTHON=/path/to/python3"
fi
[ $present = yes ] || check_wheel_platform
check_system
make_venv
install
self_check
fingerprint >"$stamp"
say "ready: .venv/bin/archode"
