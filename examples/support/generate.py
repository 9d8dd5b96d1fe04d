"""Writes this example's conversations and its simulated world. Run `python generate.py` in this folder.

A conversation is put together from a matter (what the customer wants) and from circumstances. Each circumstance is visible in the
conversation, and each needs one hidden rule of the world:

- changed: the customer asks for something else in the end (`plan` must take the last request),
- anonymous: there is no order number (`plan` must ask for it),
- upset: the customer is angry (`draft` must say sorry first),
- waiting: the customer asks by when (`draft` must name a day), and
- coded: an agent wrote an internal code (`review` must keep such codes out of the reply).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SEED = 4

CHANGED, ANONYMOUS, UPSET, WAITING, CODED = "changed", "anonymous", "upset", "waiting", "coded"
RULES = {
    CHANGED: ("support/plan", "last-request"),
    ANONYMOUS: ("support/plan", "order-number"),
    UPSET: ("support/draft", "sorry"),
    WAITING: ("support/draft", "deadline"),
    CODED: ("support/review", "no-codes"),
}
CRITERIA = {CHANGED: "on-topic", ANONYMOUS: "asks-number", UPSET: "regret", WAITING: "by-when", CODED: "plain"}
MIX: tuple[tuple[tuple[str, ...], int], ...] = (
    ((), 8),
    ((CHANGED,), 8),
    ((ANONYMOUS,), 7),
    ((UPSET,), 7),
    ((WAITING,), 8),
    ((CODED,), 7),
    ((CHANGED, UPSET), 5),
    ((CHANGED, WAITING), 4),
    ((ANONYMOUS, UPSET), 4),
    ((ANONYMOUS, WAITING), 4),
    ((CODED, WAITING), 4),
    ((CODED, UPSET), 4),
    ((CHANGED, UPSET, WAITING), 4),
    ((ANONYMOUS, UPSET, CODED), 3),
    ((CHANGED, WAITING, CODED), 3),
)
"""How many of the 80 conversations have which circumstances."""


@dataclass(frozen=True)
class Matter:
    """Something that a customer may want, and how the shop answers it."""

    name: str
    opening: str
    request: str
    answer: str
    by_when: str


MATTERS = (
    Matter(
        "a refund",
        "I sent the {item} back last week.",
        "I would like my money back for the {item}.",
        "Your refund goes to the card that you paid with.",
        "You will have it within five working days.",
    ),
    Matter(
        "an exchange",
        "The {item} that I got is too small.",
        "Can I have the {item} one size larger instead?",
        "We exchange it free of charge and send you a label for the way back.",
        "The larger one leaves us by Thursday.",
    ),
    Matter(
        "a late parcel",
        "The {item} should have been here on Monday.",
        "Where is the {item} now?",
        "The carrier has your parcel in its depot and delivers it to your door.",
        "It will be with you by Wednesday.",
    ),
    Matter(
        "a broken part",
        "The {item} arrived with a crack in it.",
        "Please send me a sound {item}.",
        "A new part goes out today, and you need not send the broken one back.",
        "It will arrive within three days.",
    ),
    Matter(
        "an invoice",
        "I bought the {item} for my company.",
        "I need an invoice for the {item} with our company's name.",
        "We write the invoice to your company and send it by email.",
        "It will be in your inbox by tomorrow noon.",
    ),
    Matter(
        "a cancellation",
        "I ordered the {item} by mistake.",
        "Please cancel the order of the {item}.",
        "We cancel the order, and nothing will be charged.",
        "The cancellation is done by tonight.",
    ),
    Matter(
        "a repair",
        "The {item} makes a grinding noise.",
        "Can you repair the {item} under warranty?",
        "The warranty covers the repair, and our workshop takes it in without an appointment.",
        "It will be ready by next Friday.",
    ),
    Matter(
        "a new address",
        "I have moved since I ordered the {item}.",
        "Can you send the {item} to my new address?",
        "We have noted that the address changes and send everything to the new one.",
        "The change takes effect by tomorrow.",
    ),
)
ITEMS = (
    "city bike",
    "cargo bike",
    "touring bike",
    "folding bike",
    "road bike",
    "gravel bike",
    "mountain bike",
    "electric bike",
    "tandem",
    "child trailer",
    "balance bike",
    "track bike",
    "trekking bike",
    "delivery bike",
    "recumbent",
    "tricycle",
    "hand bike",
    "school bike",
    "cruiser",
    "unicycle",
)
NAMES = (
    "Amara",
    "Boris",
    "Chiara",
    "Denis",
    "Elif",
    "Farid",
    "Gwen",
    "Henrik",
    "Ilse",
    "Jonas",
    "Keiko",
    "Leila",
    "Marek",
    "Nadia",
    "Otto",
    "Priya",
    "Quentin",
    "Rania",
    "Stefan",
    "Tove",
)


@dataclass(frozen=True)
class Case:
    """One conversation: its circumstances, what the customer wants and (where that changed) wanted first, and who writes."""

    needs: frozenset[str]
    matter: Matter
    other: Matter
    item: str
    name: str


def main() -> None:
    """Writes data/conversations.jsonl and world.json."""
    chance = random.Random(SEED)  # noqa: S311 - nothing secret
    mix = [needs for needs, count in MIX for _ in range(count)]
    chance.shuffle(mix)
    pairs = [(matter, item) for matter in MATTERS for item in ITEMS]
    chance.shuffle(pairs)
    used = pairs[: len(mix)]
    conversations: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for index, needs in enumerate(mix):
        matter, item = pairs[index]
        # A first request must not be the last one of another conversation, or the two rows could not be told apart.
        others = [each for each in MATTERS if each != matter and (each, item) not in used]
        case = Case(frozenset(needs), matter, chance.choice(others), item, NAMES[index % len(NAMES)])
        conversations.append({"id": f"s{index + 1:03d}", "conversation": _turns(case, chance)})
        rows.append(_world_row(case))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in conversations)
    (HERE / "data" / "conversations.jsonl").write_text(lines, encoding="utf-8")
    world = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
    (HERE / "world.json").write_text(
        json.dumps({**world, "rows": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _turns(case: Case, chance: random.Random) -> list[dict[str, str]]:
    first = case.other if CHANGED in case.needs else case.matter
    opening = [f"Hello, this is {case.name}.", first.opening]
    if ANONYMOUS not in case.needs:
        opening.append(f"My order is {chance.randint(10_000, 99_999)}.")
    if CHANGED in case.needs:
        opening.append(first.request)
    greeting = [f"Hello {case.name}, thank you for writing to Larkspur Bicycles."]
    if CODED in case.needs:
        greeting.append("I have put it down under SOP-14, queue B2.")
    last = ["I thought it over, forget what I said first."] if CHANGED in case.needs else []
    last.append(case.matter.request)
    if UPSET in case.needs:
        last.append("This is the third time that I have to write to you, and I am really angry.")
    if WAITING in case.needs:
        last.append("By when can I count on it?")
    return [
        {"role": "user", "content": " ".join(opening).format(item=case.item)},
        {"role": "assistant", "content": " ".join([*greeting, "What can we do for you?"])},
        {"role": "user", "content": " ".join(last).format(item=case.item)},
    ]


def _world_row(case: Case) -> dict[str, object]:
    table: dict[str, list[str]] = {node: [] for node, _ in RULES.values()}
    for need in sorted(case.needs):
        node, rule = RULES[need]
        table[node].append(rule)
    table["satisfaction"] = sorted({"on-topic"} | {CRITERIA[need] for need in case.needs})
    facts = {
        "matter": case.matter.name,
        "answer": case.matter.answer,
        "by_when": case.matter.by_when,
        "first_matter": case.other.name,
        "first_answer": case.other.answer,
        "code": " We filed it as SOP-14 in queue B2." if CODED in case.needs else "",
    }
    return {"keys": [case.matter.request.format(item=case.item)], "facts": facts, "needs": table}


if __name__ == "__main__":
    main()
