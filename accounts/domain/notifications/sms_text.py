"""How long a text message is: GSM 03.38's 7-bit alphabet where every sign is in it, else UCS-2."""

from dataclasses import dataclass

_BASIC = frozenset("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
# These take two places.
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_ONE, _GSM_PART = 160, 153
_UCS_ONE, _UCS_PART = 70, 67
# Signs that would cost a text its 7-bit alphabet, and what reads the same. Other letters are worth the price.
_PLAIN = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "…": "...", "•": "*", "«": '"', "»": '"'}
)


@dataclass(frozen=True, slots=True)
class Size:
    """The alphabet and the number of parts that a text is billed as."""

    is_gsm: bool
    segments: int


def plain(text: str) -> str:
    """The text with typographic signs written plainly."""
    return text.translate(_PLAIN).strip()


def size(text: str) -> Size:
    """Alphabet and parts. A sign of two units is never torn between parts."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        widths = [2 if char in _EXTENDED else 1 for char in text]
        return Size(True, _parts(widths, _GSM_ONE, _GSM_PART))
    widths = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return Size(False, _parts(widths, _UCS_ONE, _UCS_PART))


def _parts(widths: list[int], one: int, part: int) -> int:
    if sum(widths) <= one:
        return 1
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
