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
    Matter("a refund", "I sent the {item} back last week.", "I would like my money back for the {item}.",
           "Your refund goes to the card that you paid with.", "You will have it within five working days."),
    Matter("an exchange", "The {item} that I got is too small.", "Can I have the {item} one size larger instead?",
           "We exchange it free of charge and send you a label for the way back.", "The larger one leaves us by Thursday."),
    Matter("a late parcel", "The {item} should have been here on Monday.", "Where is the {item} now?",
           "The carrier has your parcel in its depot and delivers it to your door.", "It will be with you by Wednesday."),
    Matter("a broken part", "The {item} arrived with a crack in it.", "Please send me a sound {item}.",
           "A new part goes out today, and you need not send the broken one back.", "It will arrive within three days."),
    Matter("an invoice", "I bought the {item} for my company.", "I need an invoice for the {item} with our company's name.",
           "We write the invoice to your company and send it by email.", "It will be in your inbox by tomorrow noon."),
    Matter("a cancellation", "I ordered the {item} by mistake.", "Please cancel the order of the {item}.",
           "We cancel the order, and nothing will be charged.", "The cancellation is done by tonight."),
    Matter("a repair", "The {item} makes a grinding noise.", "Can you repair the {item} under warranty?",
           "The warranty covers the repair, and our workshop takes it in without an appointment.", "It will be ready by next Friday."),
    Matter("a new address", "I have moved since I ordered the {item}.", "Can you send the {item} to my new address?",
           "We have noted that the address changes and send everything to the new one.", "The change takes effect by tomorrow."),
)
ITEMS = (
    "city helmet", "rain cape", "rear wheel", "dynamo light", "leather saddle", "folding lock", "child seat", "pannier", "bell", "chain guard",
    "touring frame", "brake set", "gravel tyre", "handlebar bag", "floor pump", "kick stand", "cargo trailer", "frame bag", "mudguard", "crank set",
)
NAMES = "Amara Boris Chiara Denis Elif Farid Gwen Henrik Ilse Jonas Keiko Leila Marek Nadia Otto Priya Quentin Rania Stefan Tove".split()


def main() -> None:
    """Writes data/conversations.jsonl and world.json."""
    chance = random.Random(SEED)
    mix = [needs for needs, count in MIX for _ in range(count)]
    chance.shuffle(mix)
    pairs = [(matter, item) for matter in MATTERS for item in ITEMS]
    chance.shuffle(pairs)
    conversations: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for index, needs in enumerate(mix):
        matter, item = pairs[index]
        # A first request must not be the last one of another conversation, or the two rows could not be told apart.
        other = next(each for each in chance.sample(MATTERS, len(MATTERS)) if each != matter and (each, item) not in pairs[: len(mix)])
        conversations.append({"id": f"s{index + 1:03d}", "conversation": _turns(frozenset(needs), matter, other, item, index, chance)})
        rows.append(_row(frozenset(needs), matter, other, item))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in conversations)
    (HERE / "data" / "conversations.jsonl").write_text(lines, encoding="utf-8")
    world = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
    (HERE / "world.json").write_text(json.dumps({**world, "rows": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _turns(needs: frozenset[str], matter: Matter, other: Matter, item: str, index: int, chance: random.Random) -> list[dict[str, str]]:
    first = other if CHANGED in needs else matter
    name = NAMES[index % len(NAMES)]
    number = "" if ANONYMOUS in needs else f" My order is {chance.randint(10_000, 99_999)}."
    opening = f"Hello, this is {name}. {first.opening.format(item=item)}{number}"
    if CHANGED in needs:
        opening = f"{opening} {first.request.format(item=item)}"
    handled = " I have put it down under SOP-14, queue B2." if CODED in needs else ""
    answered = f"Hello {name}, thank you for writing to Larkspur Bicycles.{handled} What can we do for you?"
    last = ("I thought it over, forget what I said first. " if CHANGED in needs else "") + matter.request.format(item=item)
    last += " This is the third time that I have to write to you, and I am really angry." if UPSET in needs else ""
    last += " By when can I count on it?" if WAITING in needs else ""
    return [
        {"role": "user", "content": opening},
        {"role": "assistant", "content": answered},
        {"role": "user", "content": last},
    ]


def _row(needs: frozenset[str], matter: Matter, other: Matter, item: str) -> dict[str, object]:
    table: dict[str, list[str]] = {node: [] for node, _ in RULES.values()}
    for need in sorted(needs):
        node, rule = RULES[need]
        table[node].append(rule)
    table["satisfaction"] = sorted({"on-topic"} | {CRITERIA[need] for need in needs})
    facts = {
        "matter": matter.name,
        "answer": matter.answer,
        "by_when": matter.by_when,
        "first_matter": other.name,
        "first_answer": other.answer,
        "code": " We filed it as SOP-14 in queue B2." if CODED in needs else "",
    }
    return {"keys": [matter.request.format(item=item)], "facts": facts, "needs": table}


if __name__ == "__main__":
    main()
