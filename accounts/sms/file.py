"""A rehearsal: texts are lines of a file."""

import json
from pathlib import Path

from django.conf import settings

from accounts.domain.notifications.sms_backend import Accepted, SmsBackend


class FileSms(SmsBackend):
    """A rehearsal: every text is a line of JSON in `sms.jsonl` below ZHETON_VAR."""

    slug = "file"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Append the text."""
        line = json.dumps({"key": key, "to": to, "text": text}, ensure_ascii=False)
        with (Path(settings.VAR_DIR) / "sms.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return Accepted(provider_id=key, is_final=True)
