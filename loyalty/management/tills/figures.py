"""What a simulation saw: how long calls took, how often they were repeated, what was refused, and what was wrong."""

import threading
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

_MOST_WRONG = 20


@dataclass
class CallFigures:
    """Of one kind of call: seconds of each, from when it was due to its final answer."""

    seconds: array[float] = field(default_factory=lambda: array("d"))
    retries: int = 0
    refused: int = 0

    def percentile(self, share: float) -> float:
        """The latency (seconds) that this share of the calls kept below; nearest rank."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Figures:
    """Counts from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls: dict[str, CallFigures] = defaultdict(CallFigures)
        self.refusals: Counter[tuple[int, str]] = Counter()
        self.retries: Counter[str] = Counter()
        self.unanswered: Counter[tuple[str, str]] = Counter()
        self.visits = 0
        self.wrong: Counter[str] = Counter()

    @property
    def failed(self) -> bool:
        """Whether any answer was wrong or never came."""
        return bool(self.wrong or self.unanswered)

    def visit(self) -> None:
        """A customer has left."""
        with self._lock:
            self.visits += 1

    def call(self, name: str, seconds: float, *, refusal: tuple[int, str] | None = None) -> None:
        """A call got its final answer."""
        with self._lock:
            figures = self.calls[name]
            figures.seconds.append(seconds)
            if refusal:
                figures.refused += 1
                self.refusals[refusal] += 1

    def retry(self, name: str, why: str) -> None:
        """A call goes out once more."""
        with self._lock:
            self.calls[name].retries += 1
            self.retries[why] += 1

    def give_up(self, name: str, why: str) -> None:
        """A call had no answer, however often it went out."""
        with self._lock:
            self.unanswered[name, why] += 1

    def fault(self, sentence: str) -> None:
        """An answer that no till should get."""
        with self._lock:
            self.wrong[sentence] += 1

    def lines(self, *, seconds: float) -> list[str]:
        """The summary, ready to print."""
        total = sum(len(one.seconds) for one in self.calls.values())
        lines = [f"{self.visits} customers came, {total} calls were answered in {seconds:.1f} s ({total / max(seconds, 0.001):.1f} calls/s)"]
        if total:
            lines += ["", f"{'call':<10}{'number':>8}{'per s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'longest':>9}{'retries':>9}{'refused':>9}"]
        for name, one in sorted(self.calls.items(), key=lambda pair: -len(pair[1].seconds)):
            times = "".join(f"{1000 * value:>9.1f}" for value in (one.percentile(0.5), one.percentile(0.95), one.percentile(0.99), one.percentile(1)))
            lines.append(f"{name:<10}{len(one.seconds):>8}{len(one.seconds) / max(seconds, 0.001):>9.1f}{times}{one.retries:>9}{one.refused:>9}")
        lines += [
            "",
            f"Refused: {_counted((f'{status} {code}', count) for (status, code), count in self.refusals.most_common())}",
            f"Repeated with the same Idempotency-Key: {_counted(self.retries.most_common())}",
            f"Never answered: {_counted((f'{name} ({why})', count) for (name, why), count in self.unanswered.most_common())}",
            f"Wrong answers: {self.wrong.total() or 'none'}",
            *(f"  {count} × {sentence}" for sentence, count in self.wrong.most_common(_MOST_WRONG)),
        ]
        if len(self.wrong) > _MOST_WRONG:
            lines.append(f"  … and {len(self.wrong) - _MOST_WRONG} others")
        return lines


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in counts) or "none"
