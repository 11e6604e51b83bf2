"""What processes do without at their start, which it would make twice as long.

Heavy libraries are loaded where they are used: where one function needs one, the import stands in the function; `numpy`, whose names
stand all over four modules, comes from here. `without` is for libraries that load others merely because they are installed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Imports within it find these packages missing, unless they are loaded already. Only for packages that the importer calls optional."""
    hidden = [name for name in packages if name not in sys.modules]
    # None is what Python itself takes for “can't be imported”.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class _Later:
    """Stands for a module; a name that was asked for once costs no more than the module's own."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._module), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import numpy as numpy
else:
    # Maps, places and the catalogue count with it.
    numpy = _Later("numpy")
