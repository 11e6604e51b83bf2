"""import-linter contracts of our own: rooms are entered through their door, edges of different apps meet in shared places only."""

from collections.abc import Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _DirectImports(Contract):
    """A contract that judges each direct import by itself."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Kept if no import is forbidden."""
        broken = sorted(self.broken(graph))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        """(importer, imported) of each forbidden import."""
        raise NotImplementedError

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"- {importer} -> {imported}")


class RoomsContract(_DirectImports):
    """What lies inside a room (a package below one of `containers`) is imported by that room alone; others import from the room itself."""

    containers: Any = fields.ListField(subfield=fields.StringField())

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        for container in self.containers:
            for room in graph.find_children(container):
                for inside in graph.find_descendants(room):
                    for importer in graph.find_modules_that_directly_import(inside):
                        if importer != room and not importer.startswith(f"{room}."):
                            yield importer, inside


class EdgesContract(_DirectImports):
    """An edge (a package of `edges` below an app) imports another app's edge only where it is `shared`, or a part of what is."""

    edges: Any = fields.ListField(subfield=fields.StringField())
    shared: Any = fields.ListField(subfield=fields.StringField())
    # Wiring sees everything: addresses, the start.
    wiring: Any = fields.ListField(subfield=fields.StringField())

    def broken(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        for importer in graph.modules:
            if not self._is_edge(importer) or _within(importer, self.wiring):
                continue
            for imported in graph.find_modules_directly_imported_by(importer):
                other_app = imported.split(".")[0] != importer.split(".")[0]
                if other_app and self._is_edge(imported) and not _within(imported, self.shared):
                    yield importer, imported

    def _is_edge(self, module: str) -> bool:
        _app, _dot, below = module.partition(".")
        return below.split(".")[0] in self.edges


def _within(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
