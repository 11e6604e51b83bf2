"""Audits the main pages with Lighthouse (mobile preset, median of 5) on a production-like server with demo data.

Prints the scores and what home transfers on a cold cache; exits 1 below 95 or above 60 KB. RUNS=1 is quicker.
"""

import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser import CHROMIUM_FLAGS, chromium

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LEAST, HOME_BYTES = 95, 60_000
RUNS = int(os.environ.get("RUNS", "5"))
# Where SEO counts: search engines are asked not to index a member's own pages.
PRIVATE = ["performance", "accessibility", "best-practices"]
PUBLIC = [*PRIVATE, "seo"]


@dataclass(frozen=True)
class Page:
    """A page to audit, as a member or as a visitor."""

    name: str
    path: str
    signed_in: bool
    categories: list[str]


PAGES = [
    Page("front page", "/", False, PUBLIC),
    Page("home", "/", True, PRIVATE),
    Page("history", "/history/", True, PRIVATE),
    Page("card", "/card/", True, PRIVATE),
    Page("catalogue", "/partners/", False, PUBLIC),
    Page("partner", "/partners/zerno-i-par/", True, PRIVATE),
    Page("quests", "/quests/", True, PRIVATE),
    Page("quest", "/quests/new-line/", True, PRIVATE),
    Page("level", "/level/", True, PRIVATE),
]


def main() -> int:
    """Run the audit; returns the exit code."""
    browser = chromium()
    if not browser or not shutil.which("npm"):
        print("The audit needs Node with npm, and Chromium: apt install nodejs npm chromium.")
        return 1
    lighthouse = _install_lighthouse()
    failures = []
    with tempfile.TemporaryDirectory(prefix="zheton-audit-") as folder, _server(Path(folder)) as (address, cookie):
        print(f"{'page':12} {'perf':>5} {'a11y':>5} {'best':>5} {'seo':>5} {'LCP, s':>7} {'bytes':>9}")
        for page in PAGES:
            reports = [_audit(lighthouse, browser, f"{address}{page.path}", cookie if page.signed_in else "", page.categories) for _ in range(RUNS)]
            scores = {name: statistics.median(report["categories"][name]["score"] * 100 for report in reports) for name in page.categories}
            size = round(statistics.median(report["audits"]["total-byte-weight"]["numericValue"] for report in reports))
            paint = statistics.median(report["audits"]["largest-contentful-paint"]["numericValue"] for report in reports) / 1000
            cells = " ".join(f"{scores[name]:5.0f}" if name in scores else "    –" for name in PUBLIC)
            print(f"{page.name:12} {cells} {paint:7.2f} {size:9}", flush=True)
            for name, score in scores.items():
                if score < LEAST:
                    failures.append(f"{page.name}: {name} is {score:.0f}, below {LEAST}. " + "; ".join(_failed_audits(reports[0], name)))
            if page.name == "home" and size > HOME_BYTES:
                failures.append(f"home transfers {size} bytes on a cold cache, more than {HOME_BYTES}")
    print("\n".join(failures) or f"All at least {LEAST}.")
    return 1 if failures else 0


def _install_lighthouse() -> Path:
    """Lighthouse from npm, outside the tracked tree."""
    folder = ROOT / "var" / "lighthouse"
    program = folder / "node_modules" / ".bin" / "lighthouse"
    manifest = (HERE / "package.json").read_text()
    if not program.exists() or (folder / "package.json").read_text() != manifest:
        print("Installing Lighthouse…", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(manifest)
        environment = {**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}
        subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, env=environment, check=True)
    return program


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, str]]:
    """A server with production settings (but http) on demo data; gives its address and the cookie of a demo member."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DEBUG": "0",
        "SECRET_KEY": "of-the-audit-and-thrown-away-with-its-database",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": address,
        "ZHETON_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'zheton.sqlite3'}",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "ERROR",
        **dict.fromkeys(["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"], "0"),
    }
    for name in ("REDIS_URL", "CELERY_BROKER_URL", "STATIC_ROOT"):
        environment.pop(name, None)
    print("Preparing demo data…", flush=True)
    for arguments in (["prepare"], ["demo", "--password", secrets.token_urlsafe(16)]):
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    cookie = subprocess.run([sys.executable, HERE / "session.py"], cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.strip()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        next(line for line in server.stdout if "Zheton is at" in line)
        yield address, cookie
    finally:
        server.terminate()
        server.wait(10)


def _audit(lighthouse: Path, browser: str, url: str, cookie: str, categories: list[str]) -> dict[str, Any]:
    command = [lighthouse, url, "--quiet", "--output=json", "--output-path=stdout", f"--only-categories={','.join(categories)}"]
    command.append(f"--chrome-flags=--headless=new {' '.join(CHROMIUM_FLAGS)}")
    if cookie:
        command.append("--extra-headers=" + json.dumps({"Cookie": cookie}))
    result = subprocess.run(command, env={**os.environ, "CHROME_PATH": browser}, check=False, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"Lighthouse failed on {url}:\n{result.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(result.stdout)
    if report["finalDisplayedUrl"] != url:
        raise SystemExit(f"{url} led to {report['finalDisplayedUrl']}: the audited page was another one.")
    return report


def _failed_audits(report: dict[str, Any], category: str) -> list[str]:
    references = report["categories"][category]["auditRefs"]
    failed = [(reference["weight"], report["audits"][reference["id"]]) for reference in references if reference["weight"]]
    return [f"{audit['title']} ({audit.get('displayValue', '')})" for _weight, audit in failed if audit["score"] is not None and audit["score"] < 0.9]


if __name__ == "__main__":
    sys.exit(main())
