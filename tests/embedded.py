"""Which tests run on both homes: those that concern SQL, files, the embedded default or the demo. The others run on PostgreSQL alone.

The mark `embedded` is given here, by imports, so nobody has to think of it. A module of the product *speaks SQL* if it asks the
connection itself, puts an expression into a queryset, or uses a module of `loyalty.lib` that does. Its tests are those that import it
(themselves, through the package that offers its names, or through a cast that their folder shares) or are named after it. Tests of pages,
API and admin import the domain only to set the scene: they count by their names, and where `ALONE` says so.
Models don't count: their constraints are the database's, and every embedded test lives under them.
"""

import ast
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import grimp
from django.db import models
from django.db.models.expressions import BaseExpression, Combinable

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "loyalty", "partners", "quests")
EDGES = {"views", "web", "desk", "api", "admin", "security", "e2e"}
# Files, the embedded default, the demo and the commands, whatever they import.
ALWAYS = (
    "tests.ops.",
    "tests.loyalty.lib.",
    "tests.loyalty.commands.",
    "tests.partners.desk.test_pictures",
)
# Tests of an edge that are the only ones of what speaks SQL below it, and those of kinds, which no import leads to.
ALONE: dict[str, tuple[str, ...]] = {
    "tests.accounts.notifications.test_push": ("accounts.domain.notifications.channels.push",),
    "tests.accounts.api.test_enrol": ("partners.domain.customer_number",),
    "tests.loyalty.admin.test_adjust": ("loyalty.domain.ledger.adjustments",),
    "tests.loyalty.api.test_idempotency": ("loyalty.domain.till.idempotency",),
    "tests.loyalty.api.test_record_order": ("loyalty.domain.till.till",),
    "tests.loyalty.commands.test_verify_ledger": ("loyalty.domain.verify.rooms.ledger", "loyalty.domain.verify.rooms.orders"),
    "tests.loyalty.views.test_home_page": ("loyalty.domain.cabinet.latest",),
    "tests.partners.desk.test_webhooks_page": ("partners.views.desk.webhooks", "loyalty.consumers.webhooks"),
    "tests.partners.views.test_partner_page": ("loyalty.domain.cabinet.at_partner",),
    "tests.quests.admin.test_quests": ("quests.admin.quest",),
}


def concerns_both(module: str) -> bool:
    """Whether the tests of a module (`tests.loyalty.…`) run on SQLite too."""
    return module.startswith(ALWAYS) or bool(spoken_of(module))


def spoken_of(test: str) -> set[str]:
    """The modules of the product that speak SQL and that this module of tests is about."""
    about = {one for one in speakers() if _is_named_after(test, one)} | set(ALONE.get(test, ()))
    return about if _is_of_an_edge(test) else about | _imported(test) | ({test} if _speaks(test) else set())


def unreached() -> set[str]:
    """What speaks SQL itself, and no embedded test is about it or gets to it through the imports of what it is about."""
    met = set().union(*map(spoken_of, test_modules())) & speakers()
    return _speaking() - met.union(*(_graph().find_upstream_modules(one) for one in met))


@cache
def speakers() -> frozenset[str]:
    """Every module of the product that speaks SQL, and the packages that offer what such a module has."""
    found = set(_speaking())
    for one in sorted(_product(), key=len, reverse=True):
        if any(inside.startswith(f"{one}.") for inside in _graph().find_modules_directly_imported_by(one) & found):
            found.add(one)
    return frozenset(found)


@cache
def _speaking() -> frozenset[str]:
    found = {one for one in _product() if _speaks(one)}
    library = {one for one in found if one.startswith("loyalty.lib.")}
    # What only speaks through another module of the library speaks as well.
    while more := {one for one in _product() if one.startswith("loyalty.lib.") and _graph().find_modules_directly_imported_by(one) & library} - library:
        library |= more
    return frozenset(found | library | {one for one in _product() if _graph().find_modules_directly_imported_by(one) & library})


@cache
def _product() -> list[str]:
    return [one for one in _graph().modules if one.partition(".")[0] in APPS and not {"models", "migrations"} & set(one.split("."))]


def test_modules() -> list[str]:
    """All modules of tests."""
    return sorted(one for one in _graph().modules if one.rpartition(".")[2].startswith("test_"))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*APPS, "tests", cache_dir=None)


def _imported(test: str) -> set[str]:
    app = ".".join(test.split(".")[:2])
    imports = _graph().find_modules_directly_imported_by(test)
    # What is shared with other tests of the app counts; factories set the scene for everybody.
    for cast in [one for one in imports if one.startswith(f"{app}.")]:
        imports = imports | _graph().find_modules_directly_imported_by(cast)
    return imports & speakers()


def _is_of_an_edge(test: str) -> bool:
    return bool(EDGES & set(test.split(".")))


def _is_named_after(test: str, module: str) -> bool:
    """`tests.partners.views.test_catalogue_page` is about `partners.views.catalogue`."""
    folder, _, name = test.removeprefix("tests.").rpartition(".")
    return module.startswith(f"{folder}.") and f"{name}_".startswith(f"test_{module.rpartition('.')[2]}_")


@cache
def _speaks(module: str) -> bool:
    path = ROOT / module.replace(".", "/")
    tree = ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text())
    return any(asks(node) for node in ast.walk(tree))


def asks(node: ast.AST) -> bool:
    """Whether a piece of code gets hold of the connection or of an expression."""
    match node:
        case ast.ImportFrom(module="django.db", names=names):
            return any(one.name in ("connection", "connections") for one in names)
        case ast.ImportFrom(module=str(source), names=names) if source.startswith("django.db.models"):
            return any(_is_expression(sys.modules.get(source, models), one.name) for one in names)
        case ast.Attribute(value=ast.Name(id="models"), attr=name):
            return _is_expression(models, name)
    return False


def _is_expression(source: ModuleType, name: str) -> bool:
    found = getattr(source, name, None)
    return isinstance(found, type) and issubclass(found, BaseExpression | Combinable)
