"""The look of a mail: the brand's template with its CSS put inline, made once for many mails and then filled in."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from accounts.domain.notifications.sender import Sender
from accounts.models import Message
from loyalty.lib import colour

_CSS = Path(settings.BASE_DIR) / "templates" / "notifications" / "email.css"
_PARTS = ("shell", "paragraph", "row", "button")


@dataclass(frozen=True, slots=True)
class Look:
    """The parts of a mail in one language, with %%NAME%% where something comes in."""

    shell: str
    paragraph: str
    row: str
    button: str
    text_footer: str

    def html(self, message: Message, *, link: str, unsubscribe: str) -> str:
        """The mail's HTML. Everything that comes in is escaped."""
        paragraphs = "".join(self.paragraph.replace("%%TEXT%%", escape(part).replace("\n", "<br>")) for part in message.body.split("\n\n") if part.strip())
        rows = "".join(self.row.replace("%%LABEL%%", escape(label)).replace("%%VALUE%%", escape(value)) for label, value in message.rows)
        button = self.button.replace("%%LINK%%", escape(link)).replace("%%BUTTON%%", escape(message.button)) if message.button else ""
        filled = self.shell.replace("%%TITLE%%", escape(message.title)).replace("%%UNSUBSCRIBE%%", escape(unsubscribe))
        return filled.replace("%%BODY%%", paragraphs).replace("%%ROWS%%", rows).replace("%%ACTION%%", button)

    def text(self, message: Message, *, link: str, unsubscribe: str) -> str:
        """The mail as plain text."""
        parts = [message.title, message.body, "\n".join(f"{label}: {value}" for label, value in message.rows)]
        if message.button:
            parts.append(f"{message.button}: {link}")
        parts.append(self.text_footer.replace("%%UNSUBSCRIBE%%", unsubscribe))
        return "\n\n".join(part for part in parts if part) + "\n"


def look(sender: Sender, *, language: str, can_leave: bool) -> Look:
    """The look in a language; `can_leave`: with a link that ends the category."""
    colours = {
        "canvas": colour.canvas(sender.base_colour),
        "deep": sender.base_colour,
        "accent": sender.accent_colour,
    }
    css = _CSS.read_text(encoding="utf-8")
    for name, value in colours.items():
        css = css.replace(f"var(--{name})", value)
    with translation.override(language):
        context = {"sender": sender, "language": language, "can_leave": can_leave, "preferences": f"{sender.site_url}/profile/notifications/"}
        parts = {name: render_to_string(f"notifications/email_{name}.html", context) for name in _PARTS}
        footer = render_to_string("notifications/email_footer.txt", context).strip()
    # A compiled library: only who sends mail needs it.
    import css_inline

    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
    shell = inliner.inline(parts["shell"].replace("%%CSS%%", css))
    pieces = {name: css_inline.inline_fragment(parts[name], css, load_remote_stylesheets=False) for name in _PARTS[1:]}
    return Look(shell=shell, text_footer=footer, **pieces)
