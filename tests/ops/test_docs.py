"""What the pages for newcomers name is there: links, files, and the words of the glossary in the code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
WHERE = re.compile(r"\| `([^`]+)` `([^`]+)` \|$", re.MULTILINE)
# Whole paths of the checkout, as in `tests/loyalty/cast.py` or `loyalty/domain/ledger/`.
FILE = re.compile(r"`((?:accounts|loyalty|partners|quests|tests|benchmarks|docs|templates|static|requirements)/[\w./-]*)`")
NEWCOMERS = ["CONTRIBUTING.md", "docs/glossary.md", *(page for page in PAGES if page.startswith("docs/adr/"))]


def _anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text()
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _hash, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists() or (anchor and anchor not in _anchors(file.read_text())):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", NEWCOMERS)
def test_files_that_are_named_are_there(name: str) -> None:
    files = FILE.findall((ROOT / name).read_text())
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_words_of_the_glossary_are_in_the_code() -> None:
    where = WHERE.findall((ROOT / "docs/glossary.md").read_text())
    assert len(where) > 90
    missing = [f"{file}: {word}" for file, word in where if not (ROOT / file).exists() or not re.search(rf"\b{re.escape(word)}", (ROOT / file).read_text())]
    assert missing == []


def test_every_page_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    pages = {page for page in PAGES if page.count("/") == 1} | {"docs/adr/README.md", "CONTRIBUTING.md"}
    assert [page for page in sorted(pages) if f"({page})" not in readme] == []
