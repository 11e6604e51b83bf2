"""What differs between two texts, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of both texts ("same"), of the former one ("gone") or of the new one ("new")."""

    kind: str
    text: str


def between(before: str, after: str) -> list[Fragment]:
    """The pieces in reading order; what was replaced stands before its replacement."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[Fragment] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(Fragment("same", "".join(old[i:j])))
            continue
        if i < j:
            parts.append(Fragment("gone", "".join(old[i:j])))
        if k < m:
            parts.append(Fragment("new", "".join(new[k:m])))
    return parts
