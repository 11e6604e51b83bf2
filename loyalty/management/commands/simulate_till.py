"""`manage.py simulate_till`: tills of several partners that drive the API through real HTTP."""

import contextlib
import secrets
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from accounts.models import Card
from loyalty.domain import till
from loyalty.management.tills.client import ApiClient
from loyalty.management.tills.doors import open_doors
from loyalty.management.tills.figures import Figures
from loyalty.management.tills.shop import Customer, Shop
from partners.domain import api_key
from partners.models import ApiKey, Partner
from partners.models.api_key import Scope

_MOST_RATE, _MOST_SECONDS, _MOST_PARTNERS = 2000.0, 86_400.0, 100
_CUSTOMERS = 40
# As a shell says it of a command that SIGINT ended.
_INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Simulates tills through real HTTP: purchases, quotes with points, returns, look-ups, batches, enrolments. Prints rates, latencies and refusals; "
        "exits 1 after a server error or a wrong answer. The purchases stay in the programme."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rate", type=float, default=10, help="customers a second (default 10); one makes 1 to 3 calls")
        parser.add_argument("--seconds", type=float, default=10, help="how long customers come (default 10)")
        parser.add_argument("--partners", type=int, default=1, help="tills of so many partners (default 1)")
        parser.add_argument("--url", default=settings.SITE_URL, help="the server (default: SITE_URL)")
        parser.add_argument(
            "--key", metavar="FILE", help="API keys, one a line, each of another partner; without it keys are made in this database and revoked afterwards"
        )
        parser.add_argument("--timeout", type=float, default=10, help="seconds after which a till repeats a call (default 10)")
        parser.add_argument("--seed", type=int, help="makes the same customers come again")

    def handle(
        self, *args: Any, rate: float, seconds: float, partners: int, url: str, key: str | None, timeout: float, seed: int | None, **options: Any
    ) -> None:
        _refuse_nonsense(rate=rate, seconds=seconds, partners=partners, url=url, timeout=timeout)
        run, stop = secrets.token_hex(4), threading.Event()
        with contextlib.ExitStack() as cleanup:
            keys = _read_keys(key, partners) if key else cleanup.enter_context(_made_keys(partners))
            before = Figures()
            shops = [Shop(ApiClient(url, text, before, timeout=timeout, stop=stop), name, run, token=None if key else _token) for name, text in keys.items()]
            cleanup.enter_context(_stops_on_ctrl_c(stop))
            _prepare(shops, url=url, same_database=key is None)
            figures = _observe(shops, stop)
            self.stdout.write(f"{len(shops)} partners, {sum(len(shop.customers) for shop in shops)} customers, {rate:g} a second for {seconds:g} s at {url}")
            with tqdm(total=int(seconds), desc="Trade", unit=" s", disable=not self.stderr.isatty(), leave=False) as bar:
                took = open_doors(
                    shops,
                    figures,
                    rate=rate,
                    seconds=seconds,
                    seed=secrets.randbits(32) if seed is None else seed,
                    stop=stop,
                    tell=lambda passed: bar.update(int(passed) - bar.n) and None,
                )
            books = _observe(shops, threading.Event())
            compared = sum(shop.close_the_books() for shop in shops)
        lines = figures.lines(seconds=took)
        known = sum(len(shop.customers) for shop in shops)
        lines += [f"Books: {compared} of {known} customers compared with the API, {len(books.wrong)} differ", *(f"  {sentence}" for sentence in books.wrong)]
        self.stdout.write("\n".join(lines))
        if figures.failed or books.failed:
            raise SystemExit(1)
        if stop.is_set():
            raise SystemExit(_INTERRUPTED)


def _refuse_nonsense(*, rate: float, seconds: float, partners: int, url: str, timeout: float) -> None:
    # Written so that NaN is refused too.
    if not 0 < rate <= _MOST_RATE:
        raise CommandError(f"--rate is a number of customers a second, above 0 and at most {_MOST_RATE:g}.")
    if not 0 < seconds <= _MOST_SECONDS:
        raise CommandError(f"--seconds is above 0 and at most {_MOST_SECONDS:g}.")
    if not 1 <= partners <= _MOST_PARTNERS:
        raise CommandError(f"--partners is 1 to {_MOST_PARTNERS}.")
    if not 0.05 <= timeout <= 120:
        raise CommandError("--timeout is 0.05 to 120 seconds.")
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise CommandError(f"--url “{url}” is no address of a server, as in http://127.0.0.1:8000.")


def _read_keys(file: str, partners: int) -> dict[str, str]:
    """Keys of a file, one a line; lines that begin with # are remarks. They are named by their prefix, which is no secret."""
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise CommandError(f"--key “{file}” can't be read: {reason}.") from None
    keys = [line.strip().removeprefix("Api-Key ") for line in lines if line.strip() and not line.startswith("#")]
    if any(not text.isascii() or not text.isprintable() or " " in text for text in keys):
        raise CommandError(f"--key “{file}” holds a line that is no API key; one key a line.")
    if len(keys) < partners:
        raise CommandError(f"--key “{file}” holds {len(keys)} keys, and --partners asks for {partners}.")
    return {text.partition(".")[0]: text for text in keys[:partners]}


@contextlib.contextmanager
def _made_keys(partners: int) -> Iterator[dict[str, str]]:
    """Keys of the first partners by slug, for as long as the simulation runs."""
    if not settings.DEBUG:
        raise CommandError("What tills report stays in the programme. DEBUG is off, so name the partners that may be simulated: --key FILE with a key of each.")
    now = timezone.now()
    open_now = Partner.objects.filter(is_active=True, terms__valid_from__lte=now).distinct().order_by("slug")[:partners]
    chosen = list(open_now)
    if len(chosen) < partners:
        raise CommandError(f"There are {len(chosen)} active partners with terms, and --partners asks for {partners}. `demo` and `partner SLUG` make some.")
    made: list[ApiKey] = []
    try:
        keys = {}
        for partner in chosen:
            row, text = api_key.create(partner=partner, name="simulation", scopes=Scope.values, expires_at=now + timedelta(days=2))
            made.append(row)
            keys[partner.slug] = text
        yield keys
    finally:
        for row in made:
            api_key.revoke(row)


@contextlib.contextmanager
def _stops_on_ctrl_c(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C closes the doors and lets the summary be printed; the second one ends everything."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def close(_number: int, _frame: Any) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, close)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prepare(shops: list[Shop], *, url: str, same_database: bool) -> None:
    """Customers for every shop, each with an older purchase."""
    _knock(shops, url)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(shop.enrol) for shop in shops for _customer in range(_CUSTOMERS)]:
            done.result()
        for reported in [pool.submit(shop.report_earlier) for shop in shops if shop.customers]:
            reported.result()
    wrong = [*shops[0].line.figures.wrong, *(f"{name}: no answer ({why})" for name, why in shops[0].line.figures.unanswered)]
    if wrong or not all(shop.customers for shop in shops):
        raise CommandError("\n".join(["The customers couldn't be prepared:", *(wrong or ["no enrolment succeeded"])]))
    if same_database:
        customers = {customer.card: customer for shop in shops for customer in shop.customers}
        for number, member_id in Card.objects.filter(number__in=list(customers)).values_list("number", "member_id"):
            customers[number].member_id = member_id


def _knock(shops: list[Shop], url: str) -> None:
    """One call with each key, so that a wrong address or key is one sentence."""
    for shop in shops:
        try:
            answer = requests.get(f"{shop.line.base}partners/", headers=shop.line.headers, timeout=shop.line.timeout, allow_redirects=False)
            code = "" if answer.status_code == 200 and "results" in answer.json() else str(answer.json()["code"])
        except requests.ConnectionError:
            raise CommandError(f"Nothing answers at {url}. `make run` starts the server; --url names another one.") from None
        except (requests.RequestException, ValueError, KeyError, TypeError):
            raise CommandError(f"What answers at {url} is not this programme's API.") from None
        if code and code != "scope_missing":
            raise CommandError(f"The server at {url} refuses the key of {shop.name}: {code}. Does it use another database? Then give --key FILE.")


def _observe(shops: list[Shop], stop: threading.Event) -> Figures:
    """Count afresh from here on."""
    figures = Figures()
    for shop in shops:
        shop.line.figures, shop.line.stop = figures, stop
    return figures


def _token(customer: Customer) -> str:
    """The code on the customer's phone: made here, because this is the same programme."""
    assert customer.member_id is not None
    return till.issue_code(customer.member_id, now=timezone.now()).text
