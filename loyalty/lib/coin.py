"""The token as a PNG, drawn by scan lines: two colours, smooth edges, no imaging library."""

import math
import struct
import zlib
from functools import lru_cache
from itertools import accumulate

# Rows are sampled this many times; within a row coverage is exact.
_SAMPLES = 4


def _spans(dy: float, radius: float, size: int) -> list[tuple[float, float]]:
    """Where a horizontal line `dy` below the centre crosses the face: the disc without its notch and its ring."""
    middle = size / 2

    def chord(distance: float, r: float) -> tuple[float, float] | None:
        if abs(distance) >= r:
            return None
        half = math.sqrt(r * r - distance * distance)
        return middle - half, middle + half

    disc = chord(dy, radius)
    if disc is None:
        return []
    holes = []
    notch = chord(dy + radius, radius * 0.21)
    if notch:
        holes.append(notch)
    # The groove lies a little below the centre, as in icons.svg.
    outer, inner = chord(dy - radius * 0.07, radius * 0.58), chord(dy - radius * 0.07, radius * 0.455)
    if outer:
        holes += [(outer[0], inner[0]), (inner[1], outer[1])] if inner else [outer]
    spans, left = [], disc[0]
    for start, end in sorted(holes):
        if start > left:
            spans.append((left, min(start, disc[1])))
        left = max(left, end)
    if left < disc[1]:
        spans.append((left, disc[1]))
    return spans


def _row(y: int, radius: float, size: int) -> bytes:
    """Coverage of each pixel of a row, 0…255, after the filter byte."""
    step = [0.0] * (size + 2)
    edge = [0.0] * (size + 1)
    for sample in range(_SAMPLES):
        dy = y + (sample + 0.5) / _SAMPLES - size / 2
        for start, end in _spans(dy, radius, size):
            first, last = int(start), int(end)
            if first == last:
                edge[first] += end - start
                continue
            edge[first] += first + 1 - start
            edge[last] += end - last
            step[first + 1] += 1
            step[last] -= 1
    whole = list(accumulate(step))
    return b"\0" + bytes(min(255, round((whole[x] + edge[x]) * 255 / _SAMPLES)) for x in range(size))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@lru_cache(maxsize=16)
def png(size: int, *, ground: str, face: str, radius: float) -> bytes:
    """A square image of `size` pixels: a coin of `radius` (a share of the side) in colour `face` on `ground` (“#rrggbb”)."""
    low, high = (bytes.fromhex(colour[1:]) for colour in (ground, face))
    palette = bytes(round(low[c] + (high[c] - low[c]) * level / 255) for level in range(256) for c in range(3))
    rows = b"".join(_row(y, radius * size, size) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"PLTE", palette) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
