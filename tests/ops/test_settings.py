"""Settings read from the environment: production refuses to start without its secrets and passes the deployment check."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PRODUCTION = {
    "SECRET_KEY": "k3f!9zq7u2x8v5w1y4t6r0p-long-and-random-enough-for-the-check",
    "ALLOWED_HOSTS": "points.example.org",
    "SITE_URL": "https://points.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


def _manage(repository: Path, tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path / 'zheton.sqlite3'}", "ZHETON_VAR": str(tmp_path), **kept, **environment}
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=repository, env=environment, capture_output=True, text=True, check=False)


def test_production_without_a_secret_stops_with_a_sentence(repository: Path, tmp_path: Path) -> None:
    result = _manage(repository, tmp_path, "check", DEBUG="0")
    assert result.returncode == 1
    assert result.stderr.startswith("SECRET_KEY is not set.")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("missing", ["ALLOWED_HOSTS", "EMAIL_URL"])
def test_the_deployment_check_names_what_is_not_set(repository: Path, tmp_path: Path, missing: str) -> None:
    environment = {**PRODUCTION, "DEBUG": "0"}
    del environment[missing]
    result = _manage(repository, tmp_path, "check", "--deploy", "--fail-level", "WARNING", **environment)
    assert result.returncode == 1
    assert missing in result.stderr


def test_links_begin_with_the_first_host_unless_told_otherwise(repository: Path, tmp_path: Path) -> None:
    environment = {**PRODUCTION, "DEBUG": "0"}
    show = ("shell", "--verbosity", "0", "--command", "from django.conf import settings; print(settings.SITE_URL)")
    assert _manage(repository, tmp_path, *show, **{**environment, "SITE_URL": "https://members.example.org/"}).stdout.strip() == "https://members.example.org"
    del environment["SITE_URL"]
    assert _manage(repository, tmp_path, *show, **environment).stdout.strip() == "https://points.example.org"


def test_production_settings_pass_the_deployment_check(repository: Path, tmp_path: Path) -> None:
    result = _manage(repository, tmp_path, "check", "--deploy", "--fail-level", "WARNING", DEBUG="0", **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_development_needs_debug_alone(repository: Path, tmp_path: Path) -> None:
    result = _manage(repository, tmp_path, "check", DEBUG="1")
    assert result.returncode == 0, result.stderr


def test_env_example_names_every_variable_that_settings_read(repository: Path) -> None:
    settings = (repository / "loyalty" / "settings.py").read_text()
    example = (repository / ".env.example").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings))
    assert len(read) > 10
    assert {name for name in read if f"{name}=" not in example} == {"ZHETON_TESTING"}


def test_no_requirement_names_a_registry(repository: Path) -> None:
    for path in (repository / "requirements").iterdir():
        text = path.read_text()
        assert "://" not in text, path
        assert "--index-url" not in text, path
        assert "--find-links" not in text, path
