"""django-hordak's transfer, for comparison: run by `benchmarks.ledger --hordak PYTHON` with an interpreter that has django-hordak.

Nothing of the product is imported. An environment for it: Python ≥ 3.10, `pip install django-hordak "psycopg[binary]"`.
"""

import argparse
import json
import os
import random
import time
from urllib.parse import urlsplit

from benchmarks import harness

ACCOUNTS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["prepare", "transfer"], required=True)
    parser.add_argument("--place", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    _set_up()
    if options.part == "prepare":
        _prepare()
    else:
        _transfer(options)


def _set_up() -> None:
    import django
    from django.conf import settings

    url = urlsplit(os.environ["DATABASE_URL"])
    settings.configure(
        SECRET_KEY="of-the-bench",  # noqa: S106  (protects nothing)
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mptt", "djmoney", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.lstrip("/"),
                "USER": url.username,
                "PASSWORD": url.password or "",
                "HOST": url.hostname,
                "PORT": url.port,
                "OPTIONS": {"options": "-c jit=off"},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        CURRENCIES=("EUR",),
        DEFAULT_CURRENCY="EUR",
    )
    django.setup()


def _prepare() -> None:
    from django.core.management import call_command
    from hordak.models import Account  # type: ignore[import-not-found]

    call_command("migrate", verbosity=0)
    for number in range(ACCOUNTS):
        Account.objects.create(name=f"Member {number}", type="LI", code=str(number), currencies=["EUR"])
    print(ACCOUNTS)


def _transfer(options: argparse.Namespace) -> None:
    from django.db import transaction
    from hordak.models import Account
    from moneyed import Money  # type: ignore[import-not-found]

    accounts, own = list(Account.objects.order_by("pk")), random.Random(options.place)

    def transfer() -> None:
        giver, taker = own.sample(accounts, 2)
        with transaction.atomic():
            giver.transfer_to(taker, Money(1, "EUR"))

    for _warm_up in range(20):
        transfer()
    harness.start_line()
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < options.seconds:
        transfer()
        count += 1
    print(json.dumps([count, took]))


if __name__ == "__main__":
    main()
