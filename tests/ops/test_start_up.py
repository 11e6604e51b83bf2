"""What a process loads at its start, without a clock: libraries that few processes use stay away until they are used."""

import os
import subprocess
import sys
from pathlib import Path

# By whom they would come: push messages, SMS and mail services, Excel and the admin's files, pictures and codes, maps, search,
# holidays, tasks, Redis, catalogues of texts, DRF's own page of the API, tests' tools.
HEAVY = """
    aiohttp pywebpush py_vapid requests urllib3 apprise css_inline anymail.exceptions openpyxl tablib import_export.formats PIL segno barcode
    numpy rapidfuzz snowballstemmer holidays celery kombu redis babel.messages markdown pygments yaml rich tqdm psycopg hypothesis pytest
"""
PROGRAM = """
import sys, django
django.setup()
from django.urls import get_resolver, reverse
reverse("home"), [pattern.pattern for pattern in get_resolver().url_patterns]
print(*[name for name in sys.argv[1:] if name in sys.modules])
"""


def test_heavy_libraries_stay_away_until_they_are_used(repository: Path, tmp_path: Path) -> None:
    environment = {"DEBUG": "1", "ZHETON_TESTING": "0", "ZHETON_VAR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path / 'z.sqlite3'}"}
    environment |= {"REDIS_URL": "", "CELERY_BROKER_URL": "filesystem://localhost", "DJANGO_SETTINGS_MODULE": "loyalty.settings"}
    command = [sys.executable, "-c", PROGRAM, *HEAVY.split()]
    result = subprocess.run(command, cwd=repository, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []
