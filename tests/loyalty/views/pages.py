"""Reading pages as people do."""

import html
import re

from django.http import HttpResponse


def text(response: HttpResponse) -> str:
    """The words of a page: tags gone, entities resolved, blanks and NBSP as one blank."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def raw(response: HttpResponse) -> str:
    """The markup of a page with NBSP as blanks."""
    return html.unescape(response.content.decode()).replace("\u00a0", " ")
