"""Writes this example's data and its simulated world: an invented encyclopedia, questions of two hops, and what makes them hard.

Run `python generate.py` in this folder. The output depends on nothing but this file. Every difficulty is a visible property of a row or
of a document, and the world's table of needs is derived from it:

- a question that comes with a story (`plan` must search for the title alone),
- a title that readers write letters about (`first` must ask for the catalogue, or the letters crowd the entry out),
- a title that looks like a person's name (`bridge` must follow the maker, not the title),
- a maker or a town that readers write letters about (`hits`, in the sub-graph, must ask for the gazetteer),
- a polite question (`reply` must not answer politely), and
- a maker who moved away (`reply` must tell a birthplace from a home).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20

FIRST = """Ada Bruno Celia Dario Edda Falk Greta Hanno Ines Jarek Kaja Lorenz Mira Nils Orla Piet Quirin Rosa Selma Tomas Una Viktor
Wanda Xaver Ylva Zeno Alma Benno Clara Doran""".split()
LAST = """Brenn Castell Dorne Evander Fjord Gallo Harrow Imber Jessen Kolt Lindqvist Marrow Nettle Oslin Perrin Quill Rusk Sorrel Tamm
Ulver Vire Westling Yarrow Zander Aldous Birk Corrin Dunmore Eske Farrow""".split()
TOWNS = """Kellmouth Varnby Ostrow Thistlewick Marlow-on-Sea Pellgrave Quenby Sandrock Tolvik Umberfield Vessel Wintergate Yarmford
Zellin Ashcombe Brackwater Cinderford Dovehaven Elmsworth Fennick Gildersleeve Hollowmere Innsbeck Jarrowdale Kingsmoor Lathen""".split()
RIVERS = "Aune Brell Corve Dask Ellin Fosse Garra Hesper Ister Jule Kolm Lorn Maren Neth".split()
SCHOOLS = """Alder Birchwood Corran Dunstan Easter Fairholm Grantley Hartwell Ivel Juniper Kestrel Larkhill""".split()
ADJECTIVES = """Amber Broken Crimson Distant Eastern Fallow Golden Hidden Idle Jagged Kindled Lowly Mellow Northern Olive Pale Quiet
Restless Silver Tangled Upper Velvet Wandering Yellow""".split()
NOUNS = """Anchor Beacon Cradle Dial Ember Ferry Garden Harbour Island Journey Kettle Lantern Meadow Needle Orchard Pilgrim Quarry
Raven Staircase Tower Umbrella Valley Window Yard""".split()
KINDS = {  # kind: (maker, first shown)
    "symphony": ("composer", "performed"),
    "novel": ("author", "printed"),
    "play": ("playwright", "staged"),
    "painting": ("painter", "shown"),
    "opera": ("composer", "performed"),
}
STORIES = (
    "We are preparing a radio programme about the arts on the isles, and the presenter keeps asking me one thing. {}",
    "My grandmother had a postcard on her kitchen wall that started a long argument in the family. {}",
    "I am writing the captions of a small exhibition in the town hall, and one of them is still empty. {}",
    "During the last quiz night nobody at our table knew this one, which still annoys me. {}",
)
POLITE = "Could you please tell me: {}"
LETTERS = (
    "Letter to the editor. {subject} is all that anyone speaks of this season. I went to find out what the noise around {subject} was "
    "about, and came home content, if rather wet.",
    "Letter to the editor. Must every column praise {subject}? My neighbours and I have had enough of {subject}. What about the price of "
    "coal, the road, and the new timetable?",
    "Letter to the editor. A word about {subject} from someone who is old enough to remember a time before {subject}, when the evenings "
    "were longer and the tea was better.",
    "Letter to the editor. Your correspondent was unfair to {subject}. I shall defend {subject} against anyone who cares to call on a "
    "Sunday, between lunch and the ferry.",
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
"""How many rows have which difficulties: 120 in all. Most have one or two, some have three, and a fifth has none."""


@dataclass
class Builder:
    """Collects documents, questions and the world's rows."""

    random: random.Random
    documents: list[dict[str, str]] = field(default_factory=list)
    questions: list[dict[str, object]] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)

    def document(self, name: str, text: str) -> str:
        """Adds a document and returns its id."""
        identity = f"{len(self.documents) + 1:03d}-{name.lower().replace(' ', '-')}"
        self.documents.append({"id": identity, "title": name, "body": text})
        return identity

    def letters(self, subject: str) -> None:
        """Readers write about a subject."""
        for text in LETTERS:
            self.document(f"Letter about {subject}", text.format(subject=subject))


def main() -> None:
    """Writes data/wiki.jsonl, data/questions.jsonl and world.json."""
    builder = Builder(random.Random(SEED))
    people = [f"{first} {last}" for first in FIRST for last in LAST]
    titles = [f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS]
    builder.random.shuffle(people)
    builder.random.shuffle(titles)
    towns = dict(zip(TOWNS, (RIVERS[index % len(RIVERS)] for index in range(len(TOWNS))), strict=True))
    town_ids = {town: builder.document(town, _town(town, river, builder.random)) for town, river in towns.items()}
    mix = [needs for needs, count in MIX for _ in range(count)]
    builder.random.shuffle(mix)
    for index, needs in enumerate(mix):
        title = f"{people.pop()}" if NAMESAKE in needs else f"The {titles.pop()}"
        _row(builder, index, frozenset(needs), title, people.pop(), list(towns), town_ids, towns)
    order = list(range(len(builder.documents)))
    builder.random.shuffle(order)
    _write_lines(HERE / "data" / "wiki.jsonl", [builder.documents[index] for index in order])
    _write_lines(HERE / "data" / "questions.jsonl", builder.questions)
    world = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
    (HERE / "world.json").write_text(json.dumps({**world, "rows": builder.rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _row(  # noqa: PLR0913 - one row needs all of it
    builder: Builder,
    index: int,
    needs: frozenset[str],
    title: str,
    maker: str,
    towns: list[str],
    town_ids: dict[str, str],
    rivers: dict[str, str],
) -> None:
    chance = builder.random
    kind = chance.choice(("opera", "play", "novel") if NAMESAKE in needs else tuple(KINDS))
    role, shown = KINDS[kind]
    article = "an" if kind == "opera" else "a"
    birth, home, premiere = chance.sample(towns, 3)
    year, school = str(chance.randint(1801, 1899)), f"{chance.choice(SCHOOLS)} School"
    work_id = builder.document(title, _work(title, kind, maker, shown, premiere, chance))
    maker_id = builder.document(maker, _person(maker, role, birth, home, year, school, moved=MOVED in needs))
    about_town = MOVED not in needs and FAMOUS not in needs and index % 4 == 0
    if CROWDED in needs:
        builder.letters(title)
    if FAMOUS in needs:
        builder.letters(maker)
    if about_town:
        asked, answer = f"On which river does the town lie where {title} was first {shown}?", rivers[premiere]
        link, proof, next_, gold = f"{title} was first {shown} in {premiere}", f"{premiere} lies on the river {answer}", premiere, town_ids[premiere]
    elif MOVED in needs or index % 3 == 0:
        asked, answer = f"In which town was the {role} of {title} born?", birth
        link, proof, next_, gold = f"{title} is {article} {kind} by {maker}", f"was born in {birth}", maker, maker_id
    elif index % 3 == 1:
        asked, answer = f"Which school did the {role} of {title} attend?", school
        link, proof, next_, gold = f"{title} is {article} {kind} by {maker}", f"{maker}, {role}, born in the year {year}, attended {school}", maker, maker_id
    else:
        asked, answer = f"In which year was the {role} of {title} born?", year
        link, proof, next_, gold = f"{title} is {article} {kind} by {maker}", f"{maker}, {role}, born in the year {year}", maker, maker_id
    question = POLITE.format(asked[0].lower() + asked[1:]) if COURTEOUS in needs else asked
    if STORY in needs:
        question = chance.choice(STORIES).format(question)
    builder.questions.append({"id": f"q{index + 1:03d}", "question": question, "answer": answer, "gold": [work_id, gold]})
    facts = {"title": title, "next": next_, "link": link, "proof": proof, "answer": answer, "home": home}
    table: dict[str, list[str]] = {node: [] for node, _ in NEEDS.values()}
    for need in sorted(needs):
        node, rule = NEEDS[need]
        table[node].append(rule)
    builder.rows.append({"keys": [question], "aliases": [title, next_], "facts": facts, "needs": table})


def _work(title: str, kind: str, maker: str, shown: str, premiere: str, chance: random.Random) -> str:
    article = "an" if kind == "opera" else "a"
    helper = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return (
        f"Catalogue of works. {title} is {article} {kind} by {maker}. {title} was first {shown} in {premiere}, in the presence of {helper}, who "
        f"paid for it. It takes up an old theme of the isles, and it was well received by most of those who came."
    )


def _person(name: str, role: str, birth: str, home: str, year: str, school: str, *, moved: bool) -> str:
    life = (
        f"Home for fifty years was {home}, where a street still carries the family's name, although {name} was born in {birth}."
        if moved
        else f"{name} was born in {birth} and never lived anywhere else for long."
    )
    return f"Gazetteer record. {name}, {role}, born in the year {year}, attended {school}. {life} Kept bees in later years."


def _town(name: str, river: str, chance: random.Random) -> str:
    return (
        f"Gazetteer record. {name} lies on the river {river}. The town was given its charter in {chance.randint(1100, 1500)} and lives on "
        f"{chance.choice(('wool', 'salt', 'timber', 'slate', 'herring', 'glass'))} and on {chance.choice(('visitors', 'ferries', 'schools', 'orchards'))}."
    )


def _write_lines(path: Path, rows: list[dict[str, object]] | list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
