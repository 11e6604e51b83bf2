"""Planted faults: small wrong changes, each of which a named test must find. `make mutants` plants them one by one.

A fault is a file, a text that stands in it once, a wrong text to put in its place, and the test that kills it. The text is
matched to the letter, so a fault whose line was changed fails loudly (tests/ops/test_mutants.py) instead of planting nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """`name` says what the fault does; `killed_by` is the test that must fail, as pytest names it."""

    name: str
    file: str
    old: str
    new: str
    killed_by: str
