"""Settings of the test runs: the product's own, fast and without anything installed.

DATABASE_URL and REDIS_URL choose PostgreSQL and Redis; the same tests pass on both homes.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

if "ZHETON_TEST_DIR" not in os.environ:
    if "pytest" in sys.modules:
        # pytest-xdist's workers inherit the variable and share the folder of the process that made it.
        os.environ["ZHETON_TEST_DIR"] = tempfile.mkdtemp(prefix="zheton-tests-")
        atexit.register(shutil.rmtree, os.environ["ZHETON_TEST_DIR"], ignore_errors=True)
    else:
        # mypy reads these settings too; it ends without cleaning up.
        os.environ["ZHETON_TEST_DIR"] = str(Path(__file__).resolve().parent.parent / "var" / "tests")

TEST_DIR = Path(os.environ["ZHETON_TEST_DIR"])
os.environ.update(DEBUG="1", ZHETON_TESTING="1", ZHETON_VAR=str(TEST_DIR), CELERY_BROKER_URL="memory://", EMAIL_URL="consolemail://")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{TEST_DIR / 'zheton.sqlite3'}")
os.environ.setdefault("REDIS_URL", "")

from loyalty.settings import *  # noqa: E402, F403
from loyalty.settings import CACHES, DATABASES, INSTALLED_APPS, LOCALE_PATHS, MIDDLEWARE, REDIS_URL  # noqa: E402

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_db = DATABASES["default"]
if _db["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of the live server then have connections (and transactions) of their own.
    _db["TEST"] = {"NAME": str(TEST_DIR / "test.sqlite3")}
    _db["OPTIONS"]["init_command"] = _db["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
else:
    _db["CONN_MAX_AGE"] = 0

if REDIS_URL:
    # One Redis database per worker, so that clearing one cache doesn't touch another's.
    _worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)
    CACHES["default"]["LOCATION"] = f"{REDIS_URL.rstrip('/').rsplit('/', 1)[0] if REDIS_URL.count('/') > 2 else REDIS_URL.rstrip('/')}/{_worker + 1}"

# N+1 queries in a request are errors.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = [*MIDDLEWARE, "zeal.middleware.zeal_middleware"]
# allauth looks up the one address of the one user more than once in a request, and a user's few sessions one by one.
ZEAL_ALLOWLIST = [{"model": model, "field": "get()"} for model in ("account.EmailAddress", "usersessions.UserSession", "sessions.Session")]

WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# Django reads compiled catalogues only, once: they must be there before the first translation.
from loyalty.lib.messages import compile_catalogues  # noqa: E402

compile_catalogues(LOCALE_PATHS)
