"""Lines of templates that nobody can read: longer than 160 characters, the path data of SVG left out."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

MOST = 160
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
_PATH_DATA = re.compile(r'(<path\b[^>]*?\sd=")[^"]*"')


def long_lines(folder: Path = TEMPLATES) -> Iterator[str]:
    """Every line that is too long, as “file:line: length”."""
    for path in sorted(folder.rglob("*.*")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            length = len(_PATH_DATA.sub(r'\1"', line))
            if length > MOST:
                yield f"{path.relative_to(folder.parent)}:{number}: {length} characters"


def main() -> int:
    """Name the lines; the exit code says whether there are any."""
    found = list(long_lines())
    for place in found:
        print(place)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
