"""Compares the answers to tills with what the ledger holds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

Record = dict[str, Any]
# What a till that gave up doesn't know.
UNKNOWN = "unknown"


def compare(calls: Sequence[Record], ledger: Record, *, points: int) -> list[str]:
    """Every difference, in words. `points` is what each member began with."""
    return [*_documents(calls, ledger), *_holds(calls, ledger), *_members(ledger, points), *_consequences(ledger)]


def acknowledged(calls: Sequence[Record]) -> int:
    """How many documents and holds were promised to a till."""
    return sum(1 for _kind, _name, answer in _sent(calls) if isinstance(answer, dict)) + sum(call["kind"] == "hold" and call["status"] == 201 for call in calls)


def _sent(calls: Sequence[Record]) -> Iterator[tuple[str, str, Record | str | None]]:
    """(orders or returns, external id, what the till got): the answer, None for a refusal, or UNKNOWN."""
    for call in calls:
        if call["kind"] == "batch":
            results = call["answer"]["results"] if call["status"] == 200 else None
            for place, order in enumerate(call["body"]["orders"]):
                yield "orders", order["external_id"], UNKNOWN if results is None else results[place].get("order")
        elif call["kind"] in ("order", "return"):
            answer = UNKNOWN if call["status"] is None else call["answer"] if call["status"] < 300 else None
            yield f"{call['kind']}s", call["body"]["external_id"], answer


def _documents(calls: Sequence[Record], ledger: Record) -> Iterator[str]:
    sent: dict[tuple[str, str], Record | str | None] = {(kind, name): answer for kind, name, answer in _sent(calls)}
    for (kind, name), answer in sent.items():
        row = ledger[kind].get(name)
        if answer is None and row:
            yield f"{kind} {name} was refused and is there"
        elif isinstance(answer, dict) and row is None:
            yield f"{kind} {name} was promised and is lost"
        elif isinstance(answer, dict) and answer["status"] != "recorded":
            yield f"{kind} {name} was recorded without its answer"
        elif isinstance(answer, dict) and (recorded := _recorded(kind, row)) != (promised := _promised(kind, answer)):
            yield f"{kind} {name}: promised {promised}, recorded {recorded}"
    for kind in ("orders", "returns"):
        for name, row in ledger[kind].items():
            if (kind, name) not in sent:
                yield f"{kind} {name} was never sent"
            if row["events"] != 1:
                yield f"{kind} {name} has {row['events']} events"
            if not _entries_are_own(kind, row):
                yield f"{kind} {name} has other entries than its own: {row}"


def _promised(kind: str, answer: Record) -> tuple[int, int]:
    return (answer["accrual"]["points"], answer["redemption"]["points"]) if kind == "orders" else (answer["taken"], answer["given_back"])


def _recorded(kind: str, row: Record) -> tuple[int, int]:
    return (row["earned"], row["redeemed"]) if kind == "orders" else (-sum(row["taken"]), row["given_back"])


def _entries_are_own(kind: str, row: Record) -> bool:
    def one(points: int) -> list[int]:
        return [points] if points else []

    if kind == "orders":
        return (row["accruals"], row["redemptions"]) == (one(row["earned"]), one(-row["redeemed"]))
    return len(row["taken"]) <= 1 and row["restored"] == one(row["given_back"])


def _holds(calls: Sequence[Record], ledger: Record) -> Iterator[str]:
    sent, promised = Counter[str](), Counter[str]()
    for call in calls:
        if call["kind"] == "hold" and call["status"] in (None, 201):
            card = call["body"]["member"]["card"]
            sent[card] += 1
            promised[card] += call["status"] == 201
    for name, (state, captured) in _ends(calls).items():
        row = ledger["holds"].get(name)
        if row is None:
            yield f"hold {name} was promised and is lost"
        elif state != UNKNOWN and (row["state"] != state or captured not in (None, row["captured"])):
            yield f"hold {name}: answered {state} {captured}, recorded {row}"
    for name, row in ledger["holds"].items():
        if row["entries"] not in ([], [-row["captured"]]):
            yield f"hold {name} has other entries than its own: {row}"
    there = Counter(row["card"] for row in ledger["holds"].values())
    for card in sent | there:
        if not promised[card] <= there[card] <= sent[card]:
            yield f"card {card}: {promised[card]} holds promised, {sent[card]} sent, {there[card]} there"


def _ends(calls: Sequence[Record]) -> dict[str, tuple[str, int | None]]:
    """How each promised hold ended as its till knows: (state, points captured; None: an order says it)."""
    ends: dict[str, tuple[str, int | None]] = {}
    for call in calls:
        if call["kind"] == "hold" and call["status"] == 201:
            ends[call["answer"]["id"]] = ("active", 0)
        name = call["body"].get("hold") if call["kind"] == "order" else call["path"].split("/")[1]
        if name not in ends:
            continue
        if call["status"] is None:
            ends[name] = (UNKNOWN, None)
        elif call["status"] < 300:
            ends[name] = ("released", 0) if call["kind"] == "release" else ("captured", call["answer"].get("captured_points"))
    return ends


def _members(ledger: Record, points: int) -> Iterator[str]:
    moved = Counter[str]()
    for row in ledger["orders"].values():
        moved[row["card"]] += sum(row["accruals"]) + sum(row["redemptions"])
    for row in ledger["returns"].values():
        moved[row["card"]] += sum(row["taken"]) + sum(row["restored"])
    for row in ledger["holds"].values():
        moved[row["card"]] += sum(row["entries"])
    for card, row in ledger["members"].items():
        if not row["balance"] == row["entries"] == points + moved[card]:
            yield f"card {card}: balance {row['balance']}, entries {row['entries']}, by its documents {points + moved[card]}"


def _consequences(ledger: Record) -> Iterator[str]:
    """verify_ledger, dead letters, and a consumer's effects: one webhook message for each fact."""
    yield from ledger["violations"]
    if ledger["dead_letters"]:
        yield f"{ledger['dead_letters']} dead letters"
    facts = {"order.recorded": len(ledger["orders"]), "return.recorded": len(ledger["returns"]), "points.spent": ledger["redemptions"]}
    if facts != ledger["deliveries"]:
        yield f"facts {facts}, but messages {ledger['deliveries']}"
