#!/bin/sh
# Compiles requirements/*.in. Versions stay unless UPGRADE=1 asks for newer ones. No registry address gets into the files.
set -eu
cd "$(dirname "$0")"
uv=uv
"$uv" --version >/dev/null 2>&1 || uv=../var/uv/bin/uv
if ! "$uv" --version >/dev/null 2>&1; then
    ../.venv/bin/python -m venv ../var/uv
    ../var/uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r uv.txt
fi
for name in base dev uv; do
    "$uv" pip compile -q ${UPGRADE:+--upgrade} --generate-hashes --universal --python-version 3.12 \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$name.in" -o "$name.txt"
    echo "requirements/$name.txt: $(grep -c == "$name.txt") packages"
done
