"""Log lines for operators: JSON in production, readable in development; ids only, no personal data."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from loyalty.lib.later import without

# Which it would print tracebacks with; ours are formatted before that.
with without("rich"):
    import structlog

# What third-party code may put into a message or a traceback in spite of us: e-mails, phones, card numbers.
# A timestamp, a UUID or a points amount is none of these: digits glued to letters, hyphens or dots stay.
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+\d[\d\s()-]{6,17}\d|(?<![\w.:-])\d{16}(?![\w.:-])|(?<=[(\"'])\d{11,16}(?=[)\"'])")
_DROPPED = ("ip", "user_agent", "correlation_id")


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop addresses and query strings, and hide what looks like a contact or a card number."""
    for key in _DROPPED:
        event.pop(key, None)
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].split("?", 1)[0]
    for key, value in event.items():
        if isinstance(value, str) and key not in ("timestamp", "request_id"):
            event[key] = _PERSONAL.sub("…", value)
    return event


def logging_config(*, debug: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING: every logger through one handler to standard output.

    `debug` prints lines for people instead of JSON; `level` is the least that is printed (DEBUG … ERROR).
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=not debug,
    )
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False) if debug else structlog.processors.JSONRenderer(ensure_ascii=False)
    quiet: Mapping[str, str] = {"django.request": "ERROR", "django.server": "WARNING", "celery.beat": "WARNING", "pyBarcode": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "zheton": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.UnicodeDecoder(),
                    without_personal_data,
                    renderer,
                ],
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder(allow=["status_code", "task_id", "task_name"])],
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "zheton"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            **{name: {"level": at_least} for name, at_least in quiet.items()},
            # Django gives these handlers of its own; ours is enough.
            "django": {"handlers": [], "propagate": True, "level": level},
        },
    }
