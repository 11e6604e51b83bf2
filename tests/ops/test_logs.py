"""Log lines are JSON in production and carry no personal data."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator

import pytest
import structlog
from django.conf import settings

from loyalty.lib.logs import logging_config


@pytest.fixture
def printed() -> Iterator[Callable[[], str]]:
    """Logs as in production, and what they printed."""
    config, output = logging_config(debug=False, level="INFO"), io.StringIO()
    assert config["handlers"]["stdout"]["stream"] == "ext://sys.stdout"
    config["handlers"]["stdout"]["stream"] = output
    logging.config.dictConfig(config)
    yield output.getvalue
    structlog.reset_defaults()
    logging.config.dictConfig(settings.LOGGING)


def test_lines_are_json_with_ids(printed: Callable[[], str]) -> None:
    structlog.get_logger("zheton.test").info("order_recorded", order_id=42, partner_id=7)
    line = json.loads(printed().splitlines()[-1])
    assert (line["event"], line["order_id"], line["partner_id"], line["level"], line["logger"]) == ("order_recorded", 42, 7, "info", "zheton.test")
    assert line["timestamp"].endswith("Z")


def test_request_lines_lose_address_agent_and_query(printed: Callable[[], str]) -> None:
    structlog.get_logger("zheton.test").warning("request_finished", request="GET /history/?q=anna", ip="203.0.113.9", user_agent="Mozilla", user_id=3)
    line = json.loads(printed().splitlines()[-1])
    assert (line["request"], line["user_id"]) == ("GET /history/", 3)
    assert not {"ip", "user_agent"} & line.keys()


@pytest.mark.parametrize(
    "personal",
    ["anna@example.com", "+79161234567", "+7 916 123-45-67", "9643101234567890", "(79161234567)"],
)
def test_contacts_and_card_numbers_are_hidden_even_in_tracebacks(printed: Callable[[], str], personal: str) -> None:
    try:
        raise ValueError(f"Key (contact)=({personal.strip('()')}) already exists")
    except ValueError:
        logging.getLogger("zheton.test").exception("refused %s", personal)
    out = printed()
    assert "ValueError" in out
    assert personal.strip("()") not in out


def test_ids_times_and_points_stay_readable(printed: Callable[[], str]) -> None:
    logging.getLogger("zheton.test").info("hold 0b9a3a52-6b5e-4a37-9f0e-1234567890ab of 1500000 points at 2026-11-22T05:26:22.123456+00:00")
    assert "hold 0b9a3a52-6b5e-4a37-9f0e-1234567890ab of 1500000 points at 2026-11-22T05:26:22.123456+00:00" in printed()
