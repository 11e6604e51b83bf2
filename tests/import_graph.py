"""`make graph`: draws the imports of rooms and apps into docs/architecture.md, from the code itself. With --check it only says whether the drawing is true.

Layers are read from the contracts of pyproject.toml, arrows from the imports; an arrow that points up or back would be drawn in red, and is an error.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
APPS = ("quests", "loyalty", "partners", "accounts")
ROOMS = "loyalty.domain"
_MARKS = ("<!-- drawn by make graph: {name} -->", "<!-- end of {name} -->")


def main(arguments: Sequence[str]) -> int:
    """Write the drawings, or compare them; returns the exit code."""
    graph = grimp.build_graph(*APPS, cache_dir=None)
    text = old = PAGE.read_text(encoding="utf-8")
    wrong: list[str] = []
    for name, layers, prefix in (("apps", _app_layers(), ""), ("rooms", _room_layers(), f"{ROOMS}.")):
        present = [[box for box in layer if f"{prefix}{box}" in graph.modules] for layer in layers]
        drawing, up = _draw(graph, [layer for layer in present if layer], prefix)
        wrong += up
        begin, end = (mark.format(name=name) for mark in _MARKS)
        text = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _old, new=f"{begin}\n{drawing}\n{end}": new, text, flags=re.DOTALL)
    for arrow in wrong:
        print(f"An arrow points up: {arrow}", file=sys.stderr)
    if "--check" in arguments:
        if text != old:
            print("docs/architecture.md: the drawing of imports is out of date: make graph", file=sys.stderr)
        return int(bool(wrong) or text != old)
    PAGE.write_text(text, encoding="utf-8")
    return int(bool(wrong))


def _contract(start: str) -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(contract for contract in contracts if contract["name"].startswith(start))["layers"]
    return layers


def _app_layers() -> list[list[str]]:
    """The layers of the contract, and the edges of all apps on top as one."""
    return [["edges"], *([layer] for layer in _contract("Apps and layers"))]


def _room_layers() -> list[list[str]]:
    return [[room.strip(" ()") for room in layer.split("|")] for layer in _contract("Rooms of the domain")]


def _draw(graph: grimp.ImportGraph, layers: Sequence[Sequence[str]], prefix: str) -> tuple[str, list[str]]:
    """(Mermaid, arrows that point up or to the side)."""
    rank = {box: place for place, layer in enumerate(layers) for box in layer}
    lines = ["```mermaid", "flowchart TD"]
    for layer in layers:
        lines += [f'    {_name(box)}["{box}"]' for box in layer]
    # What stands over what, also where nothing is imported: the picture keeps the layers' order.
    lines += [f"    {_name(above[0])} ~~~ {_name(below[0])}" for above, below in pairwise(layers)]
    up = []
    for importer, imported in sorted(_arrows(graph, rank, prefix), key=lambda arrow: (rank[arrow[0]], arrow[0], rank[arrow[1]], arrow[1])):
        lines.append(f"    {_name(importer)} --> {_name(imported)}")
        if rank[importer] >= rank[imported]:
            up.append(f"{importer} → {imported}")
    return "\n".join([*lines, "```"]), up


def _arrows(graph: grimp.ImportGraph, boxes: dict[str, int], prefix: str) -> set[tuple[str, str]]:
    found = set()
    for importer in graph.modules:
        source = _box(importer, boxes, prefix)
        for imported in graph.find_modules_directly_imported_by(importer) if source else ():
            target = _box(imported, boxes, prefix)
            if target and source and target != source:
                found.add((source, target))
    return found


def _box(module: str, boxes: dict[str, int], prefix: str) -> str | None:
    for parent in _upwards(module):
        if parent.startswith(prefix) and parent.removeprefix(prefix) in boxes:
            return parent.removeprefix(prefix)
    # Of the apps' picture: all that is neither domain, model nor library is an edge.
    return "edges" if "edges" in boxes and "." in module else None


def _upwards(module: str) -> Iterator[str]:
    while module:
        yield module
        module = module.rpartition(".")[0]


def _name(box: str) -> str:
    return box.replace(".", "_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
