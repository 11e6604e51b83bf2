"""`manage.py simulate_till`: tills through real HTTP, against a live server and against one that misbehaves."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loyalty.enums import EntryKind
from loyalty.management.tills.client import ApiClient
from loyalty.management.tills.figures import Figures
from loyalty.models import Entry, Order, Return
from partners.domain import api_key
from partners.models import ApiKey
from partners.models.api_key import Scope
from tests.factories.loyalty import make_partner, make_programme


@pytest.fixture
def _programme(transactional_db: None, settings: Any) -> None:
    settings.DEBUG = True
    settings.API_LOOKUPS_A_MINUTE = 100_000
    make_programme()
    for slug in ("bakery", "chemist"):
        make_partner(slug, base="10")


def run(url: str, **options: Any) -> str:
    out = StringIO()
    call_command("simulate_till", url=url, stdout=out, stderr=StringIO(), **{"rate": 25.0, "seconds": 2.0, "seed": 7, **options})
    return out.getvalue()


@pytest.mark.usefixtures("_programme")
def test_tills_trade_and_the_books_agree(live_server: Any) -> None:
    said = run(live_server.url, partners=2, rate=30.0)
    assert "2 partners, 80 customers" in said
    assert "Wrong answers: none" in said
    assert "Never answered: none" in said
    assert "0 differ" in said
    for name in ("order", "quote", "hold", "return", "look-up", "enrol", "batch", "release"):
        assert f"\n{name} " in said, name
    # The muddled till got an answer that said so.
    assert "409 conflict" in said
    assert set(Order.objects.values_list("partner__slug", flat=True)) == {"bakery", "chemist"}
    assert Return.objects.exists()
    assert Entry.objects.filter(kind=EntryKind.REDEMPTION).exists()
    call_command("verify_ledger", stdout=StringIO())
    assert set(ApiKey.objects.values_list("name", "revoked")) == {("simulation", True)}


@pytest.mark.usefixtures("_programme")
def test_ctrl_c_closes_the_doors_and_prints_the_summary(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    came = Figures.visit

    def interrupted(figures: Figures) -> None:
        came(figures)
        if figures.visits == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Figures, "visit", interrupted)
    out, before = StringIO(), signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as ended:
        call_command("simulate_till", url=live_server.url, rate=20.0, seconds=3600.0, stdout=out, stderr=StringIO())
    assert ended.value.code == 130
    assert "customers came" in out.getvalue()
    assert "0 differ" in out.getvalue()
    assert signal.getsignal(signal.SIGINT) is before
    assert not ApiKey.objects.filter(revoked=False).exists()


@pytest.mark.usefixtures("_programme")
def test_with_keys_of_a_file_nothing_is_made_in_this_database(live_server: Any, tmp_path: Path, settings: Any) -> None:
    settings.DEBUG = False
    _row, text = api_key.create(partner=make_partner("grocer"), name="till", scopes=Scope.values)
    keys = tmp_path / "keys"
    keys.write_text(f"# of the grocer\nApi-Key {text}\n")
    said = run(live_server.url, key=str(keys), seconds=1.0)
    assert "1 partners, 40 customers" in said
    # Only a member's phone could make the code that a spend needs.
    assert "\nhold" not in said
    assert ApiKey.objects.count() == 1
    assert set(Order.objects.values_list("partner__slug", flat=True)) == {"grocer"}


@pytest.mark.usefixtures("_programme")
def test_an_account_that_doesnt_add_up_is_a_failure(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty.management.tills.shop._earned", lambda _order: 1)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("simulate_till", url=live_server.url, rate=10.0, seconds=0.5, stdout=out, stderr=StringIO())
    assert ended.value.code == 1
    assert "40 differ" in out.getvalue()
    assert "points where the answers add up to" in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rate": float("nan")}, "--rate is a number of customers a second"),
        ({"rate": 0.0}, "--rate is a number of customers a second"),
        ({"seconds": -1.0}, "--seconds is above 0"),
        ({"partners": 0}, "--partners is 1 to"),
        ({"timeout": 0.0}, "--timeout is 0.05 to 120 seconds"),
        ({"url": "till"}, "is no address of a server"),
        ({"key": "/nowhere"}, "can't be read: No such file"),
        ({"partners": 3}, "There are 0 active partners with terms"),
        ({"debug": False}, "DEBUG is off"),
    ],
)
def test_bad_input_gets_a_sentence(options: dict[str, Any], sentence: str, settings: Any) -> None:
    settings.DEBUG = options.pop("debug", True)
    with pytest.raises(CommandError, match=sentence):
        run(options.pop("url", "http://127.0.0.1:9"), **options)


@pytest.mark.usefixtures("_programme")
def test_a_server_that_isnt_there_or_isnt_ours_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing answers at"):
        run("http://127.0.0.1:9")
    with _Server(lambda _call: (200, {}, "<html>")) as (url, _calls), pytest.raises(CommandError, match="not this programme's API"):
        run(url)
    with (
        _Server(lambda _call: (401, {}, {"code": "key_unknown"})) as (url, _calls),
        pytest.raises(CommandError, match="refuses the key of bakery: key_unknown"),
    ):
        run(url)
    assert not ApiKey.objects.filter(revoked=False).exists()


def test_a_call_is_repeated_with_its_key_until_it_is_answered() -> None:
    answers = iter([(503, {"Retry-After": "0"}, {"code": "unavailable"}), (409, {"Retry-After": "0"}, {"code": "call_in_flight"}), (201, {}, {"ok": True})])
    with _Server(lambda _call: next(answers)) as (url, calls):
        line = _line(url)
        answer = line.post("order", "orders/", {"a": 1})
    assert (answer.status, answer.body) == (201, {"ok": True})
    assert len({json.dumps(call) for call in calls}) == 1
    assert calls[0]["key"]
    assert line.figures.retries == {"503": 1, "409": 1}
    assert not line.figures.failed
    assert len(line.figures.calls["order"].seconds) == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((500, {}, {"code": "error"}), "order: 500 error"),
        ((200, {}, "<html>"), "order: 200"),
        ((422, {}, {"code": "invalid", "detail": "lines: bad"}), "order: 422 invalid: lines: bad"),
        ((401, {}, {"code": "key_revoked"}), "order: 401 key_revoked"),
    ],
)
def test_what_no_till_should_get_is_a_failure(answer: Any, sentence: str) -> None:
    with _Server(lambda _call: answer) as (url, _calls):
        line = _line(url)
        line.post("order", "orders/", {})
    assert [wrong for wrong in line.figures.wrong if wrong.startswith(sentence)]


def test_a_busy_server_that_doesnt_say_when_is_wrong() -> None:
    answers = iter([(503, {}, {}), (200, {}, {})])
    with _Server(lambda _call: next(answers)) as (url, _calls):
        line = _line(url)
        line.get("look-up", "members/1/")
    assert list(line.figures.wrong) == ["GET members/1/: 503 without Retry-After"]


def test_trade_refuses_without_being_wrong() -> None:
    with _Server(lambda _call: (422, {}, {"code": "insufficient_points"})) as (url, _calls):
        line = _line(url)
        line.post("hold", "holds/", {})
    assert line.figures.refusals == {(422, "insufficient_points"): 1}
    assert not line.figures.failed


def test_latency_counts_from_the_customers_arrival() -> None:
    """A server that stalls makes a queue; a till that is free late may not hide it (coordinated omission)."""
    with _Server(lambda _call: (200, {}, {})) as (url, _calls):
        line = _line(url)
        line.get("look-up", "members/1/", due=time.monotonic() - 5)
    assert 5 <= line.figures.calls["look-up"].percentile(0.5) < 15


def test_percentiles_are_of_the_nearest_rank() -> None:
    figures = Figures()
    for milliseconds in range(1, 101):
        figures.call("order", milliseconds / 1000)
    assert [round(figures.calls["order"].percentile(share) * 1000) for share in (0.5, 0.95, 0.99, 1)] == [51, 96, 100, 100]
    assert f"{'order':<10}{100:>8}{50.0:>9}{51.0:>9}{96.0:>9}{100.0:>9}{100.0:>9}{0:>9}{0:>9}" in figures.lines(seconds=2)


def _line(url: str) -> ApiClient:
    return ApiClient(url, "k.k", Figures(), timeout=5, stop=threading.Event())


class _Server:
    """A server of one's own: `answer` gives (status, headers, body) for each call; the calls are kept."""

    def __init__(self, answer: Callable[[dict[str, Any]], tuple[int, dict[str, str], Any]]) -> None:
        calls: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                calls.append({"path": self.path, "key": self.headers.get("Idempotency-Key"), "body": self.rfile.read(length).decode()})
                status, headers, body = answer(calls[-1])
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._calls, self._http = calls, ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True

    def __enter__(self) -> tuple[str, list[dict[str, Any]]]:
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return f"http://127.0.0.1:{self._http.server_port}", self._calls

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
