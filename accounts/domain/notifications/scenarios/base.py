"""What every kind of message is made of."""

from collections.abc import Mapping
from typing import Any, ClassVar

from accounts.models.notification import Category


class ScenarioKind:
    """What members are told, and in which first words: the texts are msgids. The channels are those of the category (matrix.py).

    `placeholders` maps a name to its kind (formats.KINDS); `name` (the member's first name), `programme` and `link` are always there.
    `sample` gives values for previews. `days_before`: of those that come before something ends, how long before; staff may choose
    otherwise.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    position: ClassVar[int]
    category: ClassVar[Category]
    title: ClassVar[str]
    body: ClassVar[str]
    sms: ClassVar[str]
    button: ClassVar[str]
    url: ClassVar[str]
    placeholders: ClassVar[Mapping[str, str]] = {}
    sample: ClassVar[Mapping[str, Any]] = {}
    days_before: ClassVar[int | None] = None
