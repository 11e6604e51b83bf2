"""`make torture`: faults at full size, long random histories, and 20 000 cases of fuzzing. Over an hour; needs PostgreSQL and Redis on this machine.

200 kills of processes and 20 of PostgreSQL during 20 000 postings, Redis away for 60 s, PostgreSQL frozen for 30 s, 200 keys
with 64 calls at once; broadcasts to 100 000 members with 10 kills of the worker, and with a Redis that comes back empty; 10 000
requests for codes against each limit; whatever is tested by random examples with at least 100 of each; then Schemathesis. Each size has
a variable (FAULT_KILLS=…, see tests/load/conftest.py; FLOOD_REQUESTS; ZHETON_EXAMPLES; FUZZ_CASES: of each operation), FAULT_SEED repeats a
run's choices. Arguments go to pytest: `make torture ARGS="-k frozen"`.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests import servers

ROOT = Path(__file__).resolve().parent.parent
FUZZ_CASES = 20_000
EXAMPLES = 100
OPERATIONS = 17
FAULTS = ["tests/load/test_killed_processes.py", "tests/load/test_redis_away.py", "tests/load/test_database_frozen.py", "tests/load/test_one_key.py"]
MESSAGES = ["tests/load/test_messages_killed.py", "tests/load/test_messages_redis.py"]
FLOODS = ["tests/accounts/views/test_code_floods.py", "tests/accounts/notifications/test_sms.py"]
FUZZ = ["tests/loyalty/api/test_schema_fuzz.py"]
NOTHING_COLLECTED = 5


def main(arguments: Sequence[str]) -> int:
    """Run all of it; returns the exit code."""
    if not (servers.postgres_programs() and servers.redis_program()):
        print("This needs PostgreSQL and Redis (apt install postgresql redis-server).")
        return 1
    # Whoever is killed and frozen here has servers of their own; these two only say to the suite that there are some.
    with servers.postgres() as database, servers.redis() as redis:
        faults = {"TORTURE": "1", "FLOOD_REQUESTS": "10000", "DATABASE_URL": database, "REDIS_URL": redis, "ZHETON_REQUIRE_ALL": "1"}
        codes = [_pytest(faults, ["-n", "0", "-s", *FAULTS, *MESSAGES, *FLOODS, *arguments])]
        examples = {"ZHETON_EXAMPLES": os.environ.get("ZHETON_EXAMPLES") or str(EXAMPLES), "DATABASE_URL": database, "REDIS_URL": redis}
        print(f"\nRandom examples: {examples['ZHETON_EXAMPLES']} of each", flush=True)
        codes.append(_pytest(examples, ["-n", "2", *_by_examples(), *arguments]))
    cases = os.environ.get("FUZZ_CASES") or str(-(-FUZZ_CASES // OPERATIONS))
    print(f"\nFuzzing: {cases} cases of each operation", flush=True)
    codes.append(_pytest({"FUZZ_CASES": cases, "DATABASE_URL": "", "REDIS_URL": ""}, ["-n", "2", *FUZZ, *arguments]))
    return 1 if any(code not in (0, NOTHING_COLLECTED) for code in codes) else 0


def _by_examples() -> list[str]:
    """The files whose number of examples can be chosen."""
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py")) if "from tests.examples import" in path.read_text()]


def _pytest(environment: dict[str, str], arguments: Sequence[str]) -> int:
    whole = {name: value for name, value in (os.environ | environment).items() if value}
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=ROOT, env=whole, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
