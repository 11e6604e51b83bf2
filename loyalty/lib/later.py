"""Libraries that take long to load and that most processes never use: each is loaded when the first of its names is asked for.

For libraries whose names stand all over a module. Where one function needs one, the import stands in the function.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


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
    # Maps, places and the catalogue count with it. 90 modules.
    numpy = _Later("numpy")
