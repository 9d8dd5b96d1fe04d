"""The one table of what may stand in a file: declarations, their properties and their sections.

The grammar knows only the skeleton (`word value, value…` with an optional text part); what a word means, which values it takes and how
it is explained stands here. Checks, hover, completion, snippets and the language reference are made from this table, so that a new
property needs one new row and the code that obeys it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Takes(StrEnum):
    """What kind of value a property takes."""

    NOTHING = "nothing"
    INTEGER = "a whole number, 0 or more"
    NUMBER = "a number"
    DURATION = "a duration such as `10s`, `500ms` or `2m`"
    SIZE = "a size such as `256mb`"
    BUDGET = "an amount such as `$2.00`, or a number of calls such as `300 calls`"
    PRICE = "two amounts such as `$0.15 in, $0.60 out`"
    TEXT = "a text in quotes"
    TEXTS = "texts in quotes, separated by commas"
    FILE_FUNCTION = 'a file and a function in it, such as `"checks.py:run_tests"`'
    ADDRESS = "an address in quotes, a path in quotes that starts with `./`, or `env NAME`"
    ENVIRONMENT = "`env NAME`: the name of an environment variable"
    WORD = "one of a few words"
    NAME = "the name of a declaration"
    INPUT = "the name of an input"
    COLUMNS = "names of columns, separated by commas"
    COLUMN = "the name of a column"
    SPLIT = "three whole numbers such as `40/30/30`, or `by COLUMN`"
    INDEX = '`bm25`, `embedding NAME` of a declared model, or `embedding "MODEL"`'
    CASE = 'values by column, such as `question = "…", answer = "…"`'
    CONDITION = "a condition such as `not check.ok`"
    EACH = "`NAME in LIST`"
    REPEAT = "`until CONDITION, at most N`"
    SECTION = "text: on the same line, or indented by 4 columns below"
    EXAMPLES = "`from DATASET, at most N:` and row ids, one a line"


NODES = ("llm", "code", "retrieve", "call")


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a property takes, both ends included; None is no end."""

    least: float
    most: float | None = None

    def contains(self, value: float) -> bool:
        """Whether a number lies in it."""
        return self.least <= value and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f"at least {self.least:g}" if self.most is None else f"from {self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True)
class Property:
    """One row of the table. `names` is the declaration kind that a NAME must refer to; `words` the choices of a WORD."""

    word: str
    on: tuple[str, ...]
    takes: Takes
    doc: str
    example: str
    default: str | None = None
    names: str | None = None
    words: tuple[str, ...] = ()
    range: Range | None = None
    required: bool = False
    repeatable: bool = False
    learnable: bool = False


@dataclass(frozen=True, slots=True)
class DeclarationForm:
    """How a declaration is written. `snippet` uses LSP snippet syntax."""

    keyword: str
    form: str
    doc: str
    snippet: str


DECLARATIONS: tuple[DeclarationForm, ...] = (
    DeclarationForm(
        "language", "language 1", "The version of the language that the file is written in. Optional.", "language 1"
    ),
    DeclarationForm(
        "use",
        'use NAME, NAME from "./other.prompt"',
        "Makes graphs, models, corpora, datasets and metrics of another file known here. Files may not use each other in a circle.",
        'use ${1:name} from "${2:./other.prompt}"',
    ),
    DeclarationForm(
        "model",
        'model NAME = "provider/model"',
        "A model, by its LiteLLM id. No secret ever stands in a file: keys come from the environment.",
        'model ${1:student} = "${2:openai/gpt-4o-mini}"\n  temperature ${3:0}',
    ),
    DeclarationForm(
        "corpus",
        'corpus NAME from "path"',
        "Documents to retrieve from: a JSONL file, a folder of text or Markdown files, or a vector store's URL.",
        'corpus ${1:wiki} from "${2:data/wiki.jsonl}"\n  text ${3:body}\n  index bm25',
    ),
    DeclarationForm(
        "dataset",
        'dataset NAME from "path"',
        "Rows to measure on: JSONL, CSV or Parquet, with columns named like the graph's inputs.",
        'dataset ${1:questions} from "${2:data/questions.jsonl}"\n  expect ${3:answer}\n  split ${4:40/30/30}',
    ),
    DeclarationForm(
        "graph",
        "graph NAME(input: type, …) -> output",
        "A computation graph. The nodes below belong to it, up to the next `graph`.",
        "graph ${1:name}(${2:question: text}) -> ${3:reply}",
    ),
    DeclarationForm(
        "llm",
        "llm NAME(input, local = other.output) -> output: type",
        "One model call. Its sections are the messages, in order; a section marked `learn` is trainable.",
        "llm ${1:name}(${2:question}) -> ${3:answer}: text\n  model ${4:student}\n  learn system:\n    ${5:Answer the question.}\n"
        "  user: {{${6:question}}}",
    ),
    DeclarationForm(
        "code",
        "code NAME(input, …) -> output: type",
        "Deterministic Python in a sandbox: a function of a file (`run`), or a few lines in place (`python:`).",
        'code ${1:check}(${2:program}) -> ${3:ok: boolean}\n  run "${4:checks.py:check}"',
    ),
    DeclarationForm(
        "retrieve",
        "retrieve NAME(input, …) -> passages: list[text]",
        "Finds the best documents of a corpus for a query text, which may be learned.",
        "retrieve ${1:first}(${2:question}) -> passages: list[text]\n  from ${3:wiki}\n  top ${4:3}\n  query: {{${2:question}}}",
    ),
    DeclarationForm(
        "call",
        "call NAME = GRAPH(input = value, …)",
        "Another graph as a node; with `repeat`, a bounded loop.",
        "call ${1:name} = ${2:graph}(${3:input = other.output})",
    ),
    DeclarationForm(
        "metric",
        "metric NAME(output, expected) = f1",
        "How an output is scored: built in, a function of a file, or a model with a rubric.",
        "metric ${1:score}(${2:answer}, expected) = ${3:f1}",
    ),
    DeclarationForm(
        "optimize",
        "optimize GRAPH on DATASET",
        "What to improve, on which rows, how it is judged, and what it may cost.",
        "optimize ${1:graph} on ${2:dataset}\n  maximize ${3:score}\n  critic ${4:teacher}\n  rewriter ${4:teacher}\n  budget ${5:$$2.00}",
    ),
)


SIGNATURES: tuple[tuple[str, str], ...] = (
    ("llm plan(question)", "An input that is filled by the graph's input of the same name."),
    (
        "llm plan(question, hint = other.query)",
        "An edge: the input `hint` is filled by the output `query` of the node `other`.",
    ),
    ("llm plan(hint = other)", "A node with one output may be named without it."),
    ("llm plan(age = other.person.age)", "A field of a value."),
    ("llm plan(hint = a.query else b.query)", "The first value that is there: nodes with `when` may be skipped."),
    (
        "llm plan(count: integer = other.count)",
        "An input with a type, which the value must fit. Without one, the value's type counts.",
    ),
    (
        "llm plan(…) -> query: text, known: text",
        "Outputs with their types. Without one, a model gives a text, code JSON, and a retrieval a list of texts.",
    ),
    ("graph g(question: text, tags: list[text]?)", "The inputs of a graph. One of optional type may be left out."),
    ("graph g(…) -> reply", "The only output of the node `reply`, under its own name."),
    ("graph g(…) -> answer = reply.answer, log = check.log", "Outputs under names of the graph's own."),
    (
        "call second = search(query = bridge.query)",
        "A call gives every input of the graph a value; its outputs are those of the graph.",
    ),
)
"""How inputs, outputs and the edges between them are written, by example."""

CONDITIONS: tuple[tuple[str, str], ...] = (
    ("check.ok", "True where the value is there and not false, 0 or empty."),
    (
        "score >= 3",
        "Compares a number or a text with a literal: `==` `!=` `<` `<=` `>` `>=`. Of an absent value every comparison is false.",
    ),
    ('verdict == "yes"', "Compares one of a few texts with one of them; a misspelled one is an error."),
    (
        "passages is empty",
        "True of what is absent, blank, or a list or object without content; `is not empty` is the opposite.",
    ),
    ("not a and (b or c)", "`not` binds closer than `and`, `and` closer than `or`; brackets group."),
)
"""What a condition may consist of, by example. There is nothing else: no arithmetic, no calls."""


def _sampling(
    word: str, takes: Takes, doc: str, example: str, range_: Range | None = None, words: tuple[str, ...] = ()
) -> Property:
    return Property(word, ("model",), takes, doc, example, words=words, range=range_)


PROPERTIES: tuple[Property, ...] = (
    _sampling(
        "temperature",
        Takes.NUMBER,
        "Sampling temperature. At 0 a result is remembered as the model's answer.",
        "temperature 0",
        Range(0, 2),
    ),
    _sampling("top_p", Takes.NUMBER, "Nucleus sampling.", "top_p 0.9", Range(0, 1)),
    _sampling(
        "max_tokens",
        Takes.INTEGER,
        "The longest reply, in tokens. A reply that reaches it counts as truncated.",
        "max_tokens 800",
        Range(1),
    ),
    _sampling(
        "frequency_penalty",
        Takes.NUMBER,
        "Discourages repeating the same words.",
        "frequency_penalty 0.2",
        Range(-2, 2),
    ),
    _sampling(
        "presence_penalty",
        Takes.NUMBER,
        "Discourages staying on the same subject.",
        "presence_penalty 0.2",
        Range(-2, 2),
    ),
    _sampling("stop", Takes.TEXTS, "Texts that end the reply.", 'stop "###"'),
    _sampling(
        "reasoning_effort",
        Takes.WORD,
        "How long a reasoning model may think.",
        "reasoning_effort low",
        words=("minimal", "low", "medium", "high"),
    ),
    Property("retry", ("model",), Takes.INTEGER, "How often a failed call is tried again.", "retry 3", default="2"),
    Property("timeout", ("model",), Takes.DURATION, "How long one attempt may take.", "timeout 30s", default="60s"),
    Property(
        "concurrency",
        ("model",),
        Takes.INTEGER,
        "How many calls may run at once.",
        "concurrency 8",
        default="16",
        range=Range(1),
    ),
    Property(
        "base",
        ("model",),
        Takes.ADDRESS,
        "Where the model is served, if not at its provider.",
        'base "http://127.0.0.1:8000/v1"',
    ),
    Property(
        "key",
        ("model",),
        Takes.ENVIRONMENT,
        "The variable that holds the key, if not LiteLLM's own.",
        "key env TEAM_KEY",
    ),
    Property(
        "price",
        ("model",),
        Takes.PRICE,
        "US dollars for a million tokens in and out, where LiteLLM does not know them or they differ. A budget in money needs them.",
        "price $0.15 in, $0.60 out",
    ),
    Property(
        "else", ("model",), Takes.NAME, "The model to use when this one fails for good.", "else student", names="model"
    ),
    Property("text", ("corpus",), Takes.COLUMN, "The field that holds a document's text.", "text body", default="text"),
    Property("id", ("corpus",), Takes.COLUMN, "The field that holds a document's id.", "id title", default="id"),
    Property("index", ("corpus",), Takes.INDEX, "How documents are found.", "index bm25", default="bm25"),
    Property("expect", ("dataset",), Takes.COLUMNS, "The columns with the reference answers.", "expect answer"),
    Property(
        "split",
        ("dataset",),
        Takes.SPLIT,
        "Train, validation and test rows in proportion by a stable hash of the row, or by a column with those words.",
        "split 40/30/30",
        default="40/30/30",
    ),
    Property(
        "case",
        ("dataset",),
        Takes.CASE,
        "A row in place, for two or three of them.",
        'case question = "1 + 1", answer = "2"',
        repeatable=True,
    ),
    Property("model", ("llm",), Takes.NAME, "The model that is called.", "model student", names="model", required=True),
    Property(
        "system",
        ("llm",),
        Takes.SECTION,
        "The system message.",
        "system: Answer briefly.",
        repeatable=True,
        learnable=True,
    ),
    Property("user", ("llm",), Takes.SECTION, "A user message.", "user: {{question}}", repeatable=True, learnable=True),
    Property(
        "assistant",
        ("llm",),
        Takes.SECTION,
        "An assistant message.",
        "assistant: Understood.",
        repeatable=True,
        learnable=True,
    ),
    Property(
        "history",
        ("llm",),
        Takes.INPUT,
        "Inserts a conversation (an input of type chat) at this place.",
        "history chat",
    ),
    Property(
        "examples",
        ("llm",),
        Takes.EXAMPLES,
        "Few-shot examples by row id, shown as user and assistant messages. When learned, the rows are chosen by their effect.",
        "learn examples from questions, at most 3:",
        learnable=True,
    ),
    Property(
        "run",
        ("code",),
        Takes.FILE_FUNCTION,
        "The function to run. It gets the inputs by name and returns the output, or a dict of several. Either this or `python` is needed.",
        'run "checks.py:run_tests"',
    ),
    Property(
        "python",
        ("code",),
        Takes.SECTION,
        "Python in place: inputs are variables, and so are the outputs.",
        "python: ok = len(text) < 80",
    ),
    Property("timeout", ("code",), Takes.DURATION, "How long it may run.", "timeout 10s", default="10s"),
    Property("memory", ("code",), Takes.SIZE, "How much memory it may use.", "memory 256mb", default="512mb"),
    Property(
        "network",
        ("code",),
        Takes.WORD,
        "Code never has a network; the word says so to the reader.",
        "network off",
        words=("off",),
        default="off",
    ),
    Property("from", ("retrieve",), Takes.NAME, "The corpus to search.", "from wiki", names="corpus", required=True),
    Property(
        "top", ("retrieve",), Takes.INTEGER, "How many documents to return.", "top 3", default="3", range=Range(1)
    ),
    Property(
        "query",
        ("retrieve",),
        Takes.SECTION,
        "The query text. It is needed.",
        "learn query: {{hint}} {{question}}",
        learnable=True,
    ),
    Property(
        "repeat",
        ("call",),
        Takes.REPEAT,
        "Calls the graph again with its outputs as the inputs of the same names, until the condition holds.",
        "repeat until ok, at most 3",
    ),
    Property(
        "when",
        NODES,
        Takes.CONDITION,
        "Runs the node only where the condition holds; otherwise its outputs are absent.",
        "when not check.ok",
    ),
    Property(
        "each",
        NODES,
        Takes.EACH,
        "Runs the node for every item of a list, which is an input of that name; its outputs become lists in the same order.",
        "each item in plan.steps",
    ),
    Property(
        "ensure",
        NODES,
        Takes.CONDITION,
        "A contract on the outputs. Where it fails, the blame is certain and costs no call.",
        "ensure not query is empty",
        repeatable=True,
    ),
    Property("frozen", NODES, Takes.NOTHING, "Nothing in this node is ever rewritten.", "frozen"),
    Property(
        "rubric",
        ("metric",),
        Takes.SECTION,
        "What the judge looks for. It gives a score from 0 to 1.",
        "rubric: Is the customer helped?",
    ),
    Property(
        "maximize",
        ("optimize",),
        Takes.NAME,
        "The metric to raise. Either this or `minimize` is needed.",
        "maximize score",
        names="metric",
    ),
    Property(
        "minimize",
        ("optimize",),
        Takes.NAME,
        "The metric to lower, in the place of `maximize`.",
        "minimize cost",
        names="metric",
    ),
    Property(
        "critic",
        ("optimize",),
        Takes.NAME,
        "The model that writes gradients.",
        "critic teacher",
        names="model",
        required=True,
    ),
    Property(
        "rewriter",
        ("optimize",),
        Takes.NAME,
        "The model that proposes new text.",
        "rewriter teacher",
        names="model",
        required=True,
    ),
    Property(
        "budget",
        ("optimize",),
        Takes.BUDGET,
        "What the whole run may cost, validation included.",
        "budget $2.00",
        repeatable=True,
    ),
    Property("rounds", ("optimize",), Takes.INTEGER, "How many rounds of proposals at most.", "rounds 8", default="8"),
    Property(
        "seed",
        ("optimize",),
        Takes.INTEGER,
        "The number that all random choices are derived from.",
        "seed 7",
        default="0",
    ),
)


def form_of(keyword: str) -> DeclarationForm | None:
    """The form of the declaration that starts with this word."""
    return next((form for form in DECLARATIONS if form.keyword == keyword), None)


def properties_of(keyword: str) -> tuple[Property, ...]:
    """The properties that a declaration may have."""
    return tuple(rule for rule in PROPERTIES if keyword in rule.on)


def property_of(keyword: str, word: str) -> Property | None:
    """The row for one property of one declaration."""
    return next((rule for rule in PROPERTIES if rule.word == word and keyword in rule.on), None)
