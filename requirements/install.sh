#!/bin/sh
# Makes .venv with the exact packages of requirements/dev.txt, on a machine with nothing but Python and make.
# Fast when nothing changed. PYTHON=/path/to/python3 chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
tools=var/uv # a private uv, where the machine has none that runs
stamp=$venv/.installed
wanted=$(cat requirements/dev.txt requirements/install.sh | cksum)

# Bytecode is made here, of the packages when they are installed and of our own code each time: where PYTHONDONTWRITEBYTECODE is set,
# as in many containers, every process would else compile at its start all that it loads.
compile_ours() { "$venv/bin/python" -m compileall -q accounts loyalty partners quests >/dev/null 2>&1 || :; }

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    compile_ours
    exit 0
fi

say() { printf '%s\n' "$*" >&2; }

# pyenv's shims fail when .python-version names a version that pyenv lacks, so its versions are looked at directly.
runs() { "$1" -c "import sys; sys.exit(sys.version_info < ($2))" >/dev/null 2>&1; }

candidates() {
    [ -z "${PYTHON:-}" ] || echo "$PYTHON"
    for minor in 13 12 14 15; do
        for path in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor"*/bin/python3."$minor" \
            "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}"/cpython-3."$minor"*/bin/python3."$minor" \
            /usr/bin/python3."$minor" /usr/local/bin/python3."$minor" /opt/python*3."$minor"*/bin/python3 /opt/homebrew/bin/python3."$minor"; do
            [ ! -x "$path" ] || echo "$path"
        done
        command -v "python3.$minor" || true
    done
    command -v python3 || true
}

# Any Python at all that can make environments: it only fetches uv.
bootstrappers() {
    candidates
    for path in /usr/bin/python3 /usr/local/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
        [ ! -x "$path" ] || echo "$path"
    done
}

find_python() {
    for path in $(candidates); do
        if runs "$path" "3, 12"; then echo "$path"; return; fi
    done
}

find_uv() {
    for path in uv "$tools/bin/uv" "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do
        # A pyenv shim of uv is found but doesn't run.
        if "$path" --version >/dev/null 2>&1; then echo "$path"; return; fi
    done
    say "Fetching uv…"
    for path in $(bootstrappers); do
        runs "$path" "3, 8" || continue
        rm -rf "$tools"
        if "$path" -m venv "$tools" >/dev/null 2>&1 && "$tools/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt >&2; then
            echo "$tools/bin/uv"
            return
        fi
    done
}

python=$(find_python)
uv=$(find_uv)

if [ -z "$python" ] && [ -n "$uv" ]; then
    say "No Python 3.12 or newer here; trying to download one…"
    python=$(UV_PYTHON_PREFERENCE=managed UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-15}" UV_HTTP_RETRIES=1 sh -c "
        '$uv' python find --no-project '>=3.12' 2>/dev/null || { '$uv' python install -q 3.13 >/dev/null 2>&1 && '$uv' python find --no-project 3.13; }") || python=
fi
if [ -z "$python" ]; then
    say "Zheton needs Python 3.12 or newer, and none was found or could be downloaded: install one (apt install python3.13, or pyenv install 3.13), or name it with PYTHON=/path/to/python3, and run make install again."
    exit 1
fi

say "Installing into $venv with $("$python" --version)…"
rm -f "$stamp"
if [ -n "$uv" ]; then
    # Taken over as it is when it fits: other shells may be using it.
    runs "$venv/bin/python" "3, 12" || "$uv" venv -q --no-project --clear --python "$python" "$venv"
    # Some networks know the certificates of the machine only; a machine without any has uv's own.
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || export UV_NATIVE_TLS="${UV_NATIVE_TLS:-1}"
    "$uv" pip sync -q --compile-bytecode --python "$venv/bin/python" --require-hashes requirements/dev.txt \
        || UV_NATIVE_TLS=0 "$uv" pip sync -q --compile-bytecode --python "$venv/bin/python" --require-hashes requirements/dev.txt
elif runs "$venv/bin/python" "3, 12" || "$python" -m venv "$venv"; then
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
else
    say "This Python can't make environments: install its venv module (apt install python3-venv) or uv, and run make install again."
    exit 1
fi
printf '%s' "$wanted" >"$stamp"
compile_ours
