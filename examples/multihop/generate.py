"""Writes this example's data and its simulated world: an invented encyclopedia, questions of two hops, and what makes them hard.

Run `python generate.py` in this folder. The output depends on nothing but this file, `words.json` and `rules.json`. Every difficulty is a
visible property of a question or of a document, and the world's table of needs is derived from it:

- a question that comes with a story (`plan` must search for the title alone),
- a title that readers write letters about (`first` must ask for the catalogue, or the letters crowd the entry out),
- a title that looks like a person's name (`bridge` must follow the maker, not the title),
- a maker that readers write letters about (`hits`, in the sub-graph, must ask for the gazetteer),
- a polite question (`reply` must not answer politely), and
- a maker who moved away (`reply` must tell a birthplace from a home).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
HERE = Path(__file__).parent
SEED = 20
WORDS: Mapping[str, list[str]] = {
    name: words.split() for name, words in json.loads((HERE / "words.json").read_text(encoding="utf-8")).items()
}
KINDS = {
    "symphony": ("composer", "performed"),
    "novel": ("author", "printed"),
    "play": ("playwright", "staged"),
    "painting": ("painter", "shown"),
    "opera": ("composer", "performed"),
}
"""Kinds of works: what their makers are called, and what is done with them first."""

STORIES = (
    "We are preparing a radio programme about the arts on the isles, and the presenter keeps asking me one thing. {}",
    "My grandmother had a postcard on her kitchen wall that started a long argument in the family. {}",
    "I am writing the captions of a small exhibition in the town hall, and one of them is still empty. {}",
    "During the last quiz night nobody at our table knew this one, which still annoys me. {}",
)
POLITE = "Could you please tell me: {}"
LETTERS = (
    (
        "{subject} is all that anyone speaks of this season. I went to find out what the noise around {subject} was about, and came "
        "home content, if rather wet."
    ),
    (
        "Must every column praise {subject}? My neighbours and I have had enough of {subject}. What about the price of coal, the road, "
        "and the new timetable?"
    ),
    (
        "A word about {subject} from someone who is old enough to remember a time before {subject}, when the evenings were longer and "
        "the tea was better."
    ),
    (
        "Your correspondent was unfair to {subject}. I shall defend {subject} against anyone who cares to call on a Sunday, between "
        "lunch and the ferry."
    ),
)

STORY, CROWDED, NAMESAKE, FAMOUS, COURTEOUS, MOVED = "story", "crowded", "namesake", "famous", "courteous", "moved"
NEEDS = {
    STORY: ("multihop/plan", "title-only"),
    CROWDED: ("multihop/first", "catalogue"),
    NAMESAKE: ("multihop/bridge", "follow-maker"),
    FAMOUS: ("search/hits", "gazetteer"),
    COURTEOUS: ("multihop/reply", "bare"),
    MOVED: ("multihop/reply", "birth"),
}
"""Where each difficulty is dealt with: a node of a graph, and the hidden rule there."""

MIX: tuple[tuple[tuple[str, ...], int], ...] = (
    ((), 26),
    ((STORY,), 10),
    ((CROWDED,), 7),
    ((NAMESAKE,), 10),
    ((FAMOUS,), 7),
    ((COURTEOUS,), 11),
    ((MOVED,), 8),
    ((STORY, NAMESAKE), 4),
    ((STORY, COURTEOUS), 6),
    ((NAMESAKE, MOVED), 5),
    ((NAMESAKE, COURTEOUS), 4),
    ((CROWDED, COURTEOUS), 4),
    ((CROWDED, FAMOUS), 3),
    ((FAMOUS, MOVED), 4),
    ((STORY, FAMOUS), 3),
    ((STORY, NAMESAKE, COURTEOUS), 4),
    ((CROWDED, NAMESAKE, MOVED), 2),
    ((STORY, FAMOUS, COURTEOUS), 2),
)
"""How many of the 120 rows have which difficulties. Most have one or two, some have three, and a fifth has none."""


@dataclass(frozen=True)
class Work:
    """A work, its maker, and what the encyclopedia says about both."""

    title: str
    kind: str
    maker: str
    premiere: str
    birth: str
    home: str
    year: str
    school: str

    @property
    def role(self) -> str:
        """What the maker is called."""
        return KINDS[self.kind][0]

    @property
    def shown(self) -> str:
        """What was done with the work first."""
        return KINDS[self.kind][1]

    @property
    def made(self) -> str:
        """The sentence that links the work to its maker."""
        return f"{self.title} is {'an' if self.kind == 'opera' else 'a'} {self.kind} by {self.maker}"

    @property
    def first_shown(self) -> str:
        """The sentence that links the work to a town."""
        return f"{self.title} was first {self.shown} in {self.premiere}"

    @property
    def schooling(self) -> str:
        """The sentence about the maker's year of birth and school."""
        return f"{self.maker}, {self.role}, born in the year {self.year}, attended {self.school}"


@dataclass(frozen=True)
class Asked:
    """A question of two hops: `link` is the fact of the first one, `next` whom or what it leads to, `proof` the fact that answers."""

    question: str
    answer: str
    link: str
    next: str
    proof: str
    page: str


@dataclass
class Encyclopedia:
    """The documents, with an id each."""

    documents: list[dict[str, str]] = field(default_factory=list)

    def add(self, title: str, body: str) -> str:
        """Adds a document and returns its id."""
        identity = f"{len(self.documents) + 1:03d}-{title.lower().replace(' ', '-')}"
        self.documents.append({"id": identity, "title": title, "body": body})
        return identity

    def add_letters(self, subject: str) -> None:
        """Readers write about a subject."""
        for text in LETTERS:
            self.add(f"Letter about {subject}", f"Letter to the editor. {text.format(subject=subject)}")


def main() -> None:
    """Writes data/wiki.jsonl, data/questions.jsonl and world.json."""
    chance = random.Random(SEED)  # noqa: S311 - nothing secret
    pages = Encyclopedia()
    people = _shuffled((f"{first} {last}" for first in WORDS["first"] for last in WORDS["last"]), chance)
    titles = _shuffled(
        (f"The {adjective} {noun}" for adjective in WORDS["adjectives"] for noun in WORDS["nouns"]), chance
    )
    rivers = {town: WORDS["rivers"][index % len(WORDS["rivers"])] for index, town in enumerate(WORDS["towns"])}
    towns = {town: pages.add(town, _about_town(town, river, chance)) for town, river in rivers.items()}
    mix = _shuffled((needs for needs, count in MIX for _ in range(count)), chance)
    questions: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for index, needs in enumerate(mix):
        work = _work(people.pop() if NAMESAKE in needs else titles.pop(), people.pop(), NAMESAKE in needs, chance)
        work_page = pages.add(work.title, _about_work(work, chance))
        maker_page = pages.add(work.maker, _about_maker(work, moved=MOVED in needs))
        if CROWDED in needs:
            pages.add_letters(work.title)
        if FAMOUS in needs:
            pages.add_letters(work.maker)
        asked = _ask(work, index, needs, rivers, towns, maker_page)
        question = _worded(asked.question, needs, chance)
        questions.append(
            {"id": f"q{index + 1:03d}", "question": question, "answer": asked.answer, "gold": [work_page, asked.page]}
        )
        rows.append(_world_row(work, asked, question, needs))
    _write_lines("wiki.jsonl", _shuffled(pages.documents, chance))
    _write_lines("questions.jsonl", questions)
    world = json.loads((HERE / "rules.json").read_text(encoding="utf-8")) | {"rows": rows}
    (HERE / "world.json").write_text(json.dumps(world, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _work(title: str, maker: str, namesake: bool, chance: random.Random) -> Work:
    kind = chance.choice(("opera", "play", "novel") if namesake else tuple(KINDS))
    birth, home, premiere = chance.sample(WORDS["towns"], 3)
    year, school = str(chance.randint(1801, 1899)), f"{chance.choice(WORDS['schools'])} School"
    return Work(title, kind, maker, premiere, birth, home, year, school)


def _ask(
    work: Work, index: int, needs: tuple[str, ...], rivers: Mapping[str, str], towns: Mapping[str, str], maker_page: str
) -> Asked:
    """One of four questions about a work, in turn; what a row needs may decide."""
    if MOVED not in needs and FAMOUS not in needs and index % 4 == 0:
        question = f"On which river does the town lie where {work.title} was first {work.shown}?"
        river = rivers[work.premiere]
        proof = f"{work.premiere} lies on the river {river}"
        return Asked(question, river, work.first_shown, work.premiere, proof, towns[work.premiere])
    if MOVED in needs or index % 3 == 0:
        question = f"In which town was the {work.role} of {work.title} born?"
        return Asked(question, work.birth, work.made, work.maker, f"was born in {work.birth}", maker_page)
    if index % 3 == 1:
        question = f"Which school did the {work.role} of {work.title} attend?"
        return Asked(question, work.school, work.made, work.maker, work.schooling, maker_page)
    question = f"In which year was the {work.role} of {work.title} born?"
    return Asked(question, work.year, work.made, work.maker, work.schooling, maker_page)


def _worded(question: str, needs: tuple[str, ...], chance: random.Random) -> str:
    if COURTEOUS in needs:
        question = POLITE.format(question[0].lower() + question[1:])
    return chance.choice(STORIES).format(question) if STORY in needs else question


def _world_row(work: Work, asked: Asked, question: str, needs: tuple[str, ...]) -> dict[str, object]:
    table: dict[str, list[str]] = {node: [] for node, _ in NEEDS.values()}
    for need in sorted(needs):
        node, rule = NEEDS[need]
        table[node].append(rule)
    facts = {
        "title": work.title,
        "next": asked.next,
        "link": asked.link,
        "proof": asked.proof,
        "answer": asked.answer,
        "home": work.home,
    }
    return {"keys": [question], "aliases": [work.title, asked.next], "facts": facts, "needs": table}


def _about_work(work: Work, chance: random.Random) -> str:
    patron = f"{chance.choice(WORDS['first'])} {chance.choice(WORDS['last'])}"
    return (
        f"Catalogue of works. {work.made}. {work.first_shown}, in the presence of {patron}, who paid for it. It takes up an old theme "
        "of the isles, and it was well received by most of those who came."
    )


def _about_maker(work: Work, *, moved: bool) -> str:
    life = (
        f"Home for fifty years was {work.home}, where a street still carries the family's name, although {work.maker} was born in "
        f"{work.birth}."
        if moved
        else f"{work.maker} was born in {work.birth} and never lived anywhere else for long."
    )
    return f"Gazetteer record. {work.schooling}. {life} Kept bees in later years."


def _about_town(name: str, river: str, chance: random.Random) -> str:
    trade = chance.choice(("wool", "salt", "timber", "slate", "herring", "glass"))
    income = chance.choice(("visitors", "ferries", "schools", "orchards"))
    charter = chance.randint(1100, 1500)
    return (
        f"Gazetteer record. {name} lies on the river {river}. The town was given its charter in {charter} and lives on {trade} and on "
        f"{income}."
    )


def _shuffled(items: Iterable[Item], chance: random.Random) -> list[Item]:
    order = list(items)
    chance.shuffle(order)
    return order


def _write_lines(name: str, rows: Iterable[Mapping[str, object]]) -> None:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / "data" / name).write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
