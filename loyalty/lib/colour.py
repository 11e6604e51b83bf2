"""Colours of the brand outside CSS (browser chrome, manifest, icons): the same OKLCH roles as static/css/tokens.css."""

import math

# Björn Ottosson's OKLab matrices (https://bottosson.github.io/posts/oklab/).


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _channel(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    value = linear * 12.92 if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(value * 255)


def oklch(colour: str) -> tuple[float, float, float]:
    """Lightness, chroma and hue (radians) of “#rrggbb”."""
    r, g, b = (_linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    l_ = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m_ = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s_ = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_
    a = 1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_
    b_ = 0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_
    return lightness, math.hypot(a, b_), math.atan2(b_, a)


def role(colour: str, lightness: float, most_chroma: float) -> str:
    """“oklch(from colour lightness min(c, most_chroma) h)” as “#rrggbb”."""
    _lightness, chroma, hue = oklch(colour)
    chroma = min(chroma, most_chroma)
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_
    green = -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_
    blue = -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_
    return f"#{_channel(red):02x}{_channel(green):02x}{_channel(blue):02x}"


def canvas(base: str, *, dark: bool = False) -> str:
    """The ground of the pages for a brand colour."""
    return role(base, 0.182, 0.018) if dark else role(base, 0.962, 0.008)
