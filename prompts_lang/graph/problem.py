"""What can be wrong with a file: one table of checks, and the problem as a value.

Codes are stable for ever: people put them into CI filters and search for them. The documentation of every check is made from this table.
A problem's span is relative to the declaration it stands in, as in the syntax tree, so that it survives edits elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from prompts_lang.graph.synonyms import HERE
from prompts_lang.text.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompts_lang.syntax.nodes import Fix


class Severity(StrEnum):
    """How bad it is. Only errors keep a graph from running."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


class Check(StrEnum):
    """Every check, by its stable code. `CHECKS` says what each one means."""

    SYNTAX = "P101"
    TAB_IN_MARGIN = "P102"
    BAD_INDENTATION = "P103"
    UNKNOWN_DECLARATION = "P104"
    UNKNOWN_LANGUAGE = "P105"
    FOREIGN_FILE = "P106"
    UNKNOWN_NAME = "P201"
    DUPLICATE_NAME = "P202"
    WRONG_KIND = "P203"
    UNKNOWN_OUTPUT = "P204"
    AMBIGUOUS_OUTPUT = "P205"
    UNUSED_NODE = "P206"
    UNUSED_INPUT = "P207"
    IMPORT_MISSING = "P208"
    IMPORT_CYCLE = "P209"
    CYCLE = "P301"
    TYPE_MISMATCH = "P302"
    UNKNOWN_TYPE = "P303"
    MISSING_ARGUMENT = "P304"
    EXTRA_ARGUMENT = "P305"
    OUTPUT_MISSING = "P306"
    NODE_OUTSIDE_GRAPH = "P307"
    ABSENT_OUTPUT = "P308"
    DEAD_ELSE = "P309"
    REPEAT_MISMATCH = "P310"
    CALL_CYCLE = "P311"
    UNKNOWN_PROPERTY = "P401"
    BAD_VALUE = "P402"
    MISSING_PROPERTY = "P403"
    DUPLICATE_PROPERTY = "P404"
    EMPTY_NODE = "P405"
    UNKNOWN_PLACEHOLDER = "P501"
    UNKNOWN_FORMATTER = "P502"
    INPUT_NOT_IN_TEXT = "P503"
    NOT_LEARNABLE = "P504"
    SLOT_WITHOUT_GRADIENT = "P505"
    LEAKED_KEY = "P506"
    LITERAL_BRACES = "P507"
    PROMPT_TOO_LONG = "P508"
    BAD_PYTHON = "P509"
    FILE_MISSING = "P601"
    FUNCTION_MISSING = "P602"
    COLUMN_MISSING = "P603"
    SPLIT_EMPTY = "P604"
    CORPUS_EMPTY = "P605"
    KEY_MISSING = "P606"
    UNKNOWN_PRICE = "P607"
    BAD_DATA = "P608"
    UNKNOWN_MODEL = "P609"
    ROW_MISSING = "P610"
    FUNCTION_MISMATCH = "P611"
    METRIC_ARITY = "P701"
    UNKNOWN_METRIC = "P702"
    NOTHING_TO_LEARN = "P703"
    NO_BUDGET = "P704"
    METRIC_CONSTANT = "P705"


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """One row of the table: the check's severity, a title of a few words, what it finds, and what to do about it."""

    severity: Severity
    title: str
    doc: str
    way_out: str


_E, _W, _I, _H = Severity.ERROR, Severity.WARNING, Severity.INFORMATION, Severity.HINT

CHECKS: dict[Check, CheckInfo] = {
    Check.SYNTAX: CheckInfo(
        _E,
        "cannot be read",
        "The line does not follow the form of its declaration or property. The message names what is missing.",
        "Write what the message names; for several slips there is a quick fix.",
    ),
    Check.TAB_IN_MARGIN: CheckInfo(
        _E,
        "tab in the margin",
        "Columns carry the structure, and a tab has no fixed width. Use 2 spaces before a property and 4 before text.",
        "Replace the tab by spaces; the quick fix does it for the whole declaration.",
    ),
    Check.BAD_INDENTATION: CheckInfo(
        _E,
        "wrong indentation",
        "Declarations stand at column 0, properties at column 2, text at column 4 or deeper.",
        "Move the line to the column that it belongs to; the quick fix takes the nearest one.",
    ),
    Check.UNKNOWN_DECLARATION: CheckInfo(
        _E,
        "unknown declaration",
        "A line at column 0 starts with a word that is no declaration. Text belongs at column 4 under a section.",
        "Correct the word, or indent the line by 4 columns below the section that it is text of.",
    ),
    Check.UNKNOWN_LANGUAGE: CheckInfo(
        _E,
        "unknown language version",
        "The file is written in a version of the language that this program does not know. Update the program, or change the number.",
        "Update the program, or write the number that it reads; the quick fix does the latter.",
    ),
    Check.FOREIGN_FILE: CheckInfo(
        _I,
        "not a prompt graph",
        "Other tools use `.prompt` too. This file has none of our declarations, so it is left alone; `prompts import` converts several formats.",
        "Nothing, if the file is not ours. To make a prompt graph of it, run `prompts import`.",
    ),
    Check.UNKNOWN_NAME: CheckInfo(
        _E,
        "unknown name",
        "The name is declared neither here nor in a file that this one uses.",
        "Correct the name (the quick fix takes the one that is closest), declare it, or take it from another file with `use`.",
    ),
    Check.DUPLICATE_NAME: CheckInfo(
        _E,
        "duplicate name",
        "Two declarations have the same name. References would not know which one is meant.",
        "Give one of the two another name; renaming in the editor follows all references.",
    ),
    Check.WRONG_KIND: CheckInfo(
        _E,
        "wrong kind of name",
        "The name exists, but is something else than what is needed here, for example a model where a dataset is expected.",
        "Name a declaration of the kind that the message asks for.",
    ),
    Check.UNKNOWN_OUTPUT: CheckInfo(
        _E,
        "unknown output",
        "The node or graph has no output, or the value no field, of that name.",
        "Correct the name; the message lists what there is.",
    ),
    Check.AMBIGUOUS_OUTPUT: CheckInfo(
        _E,
        "which output?",
        "A node with several outputs must be named with one of them, as in `bridge.query`.",
        "Write the output behind a dot.",
    ),
    Check.UNUSED_NODE: CheckInfo(
        _W,
        "unused node",
        "No output of the graph depends on this node, so it would be paid for in vain.",
        "Take one of its outputs in another node or in the graph's outputs, or remove it.",
    ),
    Check.UNUSED_INPUT: CheckInfo(
        _W,
        "unused graph input",
        "No node and no output takes this input of the graph.",
        "Take it in a node, or remove it from the graph's signature.",
    ),
    Check.IMPORT_MISSING: CheckInfo(
        _E,
        "cannot use file",
        "The file named by `use` does not exist or cannot be read.",
        "Correct the path; it is relative to the file that it stands in.",
    ),
    Check.IMPORT_CYCLE: CheckInfo(
        _E,
        "files use each other",
        "Files that use each other in a circle cannot be put in an order. Move what both need into a third file.",
        "Move what both files need into a third one, and use that in both.",
    ),
    Check.CYCLE: CheckInfo(
        _E,
        "cycle",
        "Nodes feed each other in a circle. Wiring has no cycles; a bounded loop is `call … ` with `repeat until …, at most N`.",
        "Break the circle at the edge that is not needed; put what is repeated into a graph of its own, and call that with `repeat`.",
    ),
    Check.TYPE_MISMATCH: CheckInfo(
        _E,
        "type mismatch",
        "The value that arrives is not of the type that is declared here.",
        "Declare the type that arrives, or take another value.",
    ),
    Check.UNKNOWN_TYPE: CheckInfo(
        _E,
        "unknown type",
        "Types are text, integer, number, boolean, json, chat, list[T], literal texts, records and T?.",
        "Correct the name of the type.",
    ),
    Check.MISSING_ARGUMENT: CheckInfo(
        _E,
        "missing argument",
        "The called graph has an input that this call does not fill.",
        "Add the argument, or make the input of the called graph optional (`T?`).",
    ),
    Check.EXTRA_ARGUMENT: CheckInfo(
        _E,
        "no such input",
        "The called graph has no input of that name.",
        "Correct the name, or add the input to the called graph.",
    ),
    Check.OUTPUT_MISSING: CheckInfo(
        _E,
        "no output",
        "The declaration needs at least one output after `->`.",
        "Add `->` and what the declaration gives.",
    ),
    Check.NODE_OUTSIDE_GRAPH: CheckInfo(
        _E,
        "node outside of a graph",
        "A node belongs to the `graph` above it, and there is none.",
        "Put a `graph` line above the node.",
    ),
    Check.ABSENT_OUTPUT: CheckInfo(
        _W,
        "may be absent",
        "The node is skipped when its `when` does not hold, and then this value is absent. Offer an alternative with `else`, or make the type optional.",
        "Write `else` and another value, make the type optional, or say `is not empty` in the condition.",
    ),
    Check.DEAD_ELSE: CheckInfo(
        _W,
        "alternative is never taken",
        "The first value is always present, so what stands after `else` is never used.",
        "Remove what stands behind `else`, or add a `when` to the node before it.",
    ),
    Check.REPEAT_MISMATCH: CheckInfo(
        _E,
        "loop carries nothing",
        "A repeated graph needs at least one output that is named like one of its inputs; otherwise every round is the same.",
        "Name one of the outputs of the called graph like the input that it feeds.",
    ),
    Check.CALL_CYCLE: CheckInfo(
        _E,
        "graph calls itself",
        "Recursion is not allowed. A bounded loop is `repeat until …, at most N`.",
        "Use `repeat until …, at most N` on a call for a loop.",
    ),
    Check.UNKNOWN_PROPERTY: CheckInfo(
        _E,
        "unknown property",
        "The declaration has no property or section of that name.",
        "Correct the word (the message says which declaration it belongs to, if any), or remove the line.",
    ),
    Check.BAD_VALUE: CheckInfo(
        _E,
        "wrong value",
        "The property takes another kind of value.",
        "Write a value as in the example of the message.",
    ),
    Check.MISSING_PROPERTY: CheckInfo(
        _E,
        "missing property",
        "The declaration cannot work without this property.",
        "Add the line that the message shows; where only one name is possible, the quick fix does.",
    ),
    Check.DUPLICATE_PROPERTY: CheckInfo(
        _E,
        "property given twice",
        "The property may stand only once in a declaration.",
        "Keep one of the two lines.",
    ),
    Check.EMPTY_NODE: CheckInfo(
        _E,
        "nothing to send",
        "An llm node needs at least one section or a history; a code node needs `run` or `python:`; a retrieve node needs a `query`.",
        "Add the section or the property that the message shows.",
    ),
    Check.UNKNOWN_PLACEHOLDER: CheckInfo(
        _E,
        "nothing fills the placeholder",
        "The placeholder's name is not an input of the node. Text uses only the node's own names.",
        "Correct the name, or add the input to the node's signature.",
    ),
    Check.UNKNOWN_FORMATTER: CheckInfo(
        _E,
        "unknown formatter",
        "Formatters are json, bullets, numbered, lines and first N.",
        "Take one of the formatters, and only for values that it suits.",
    ),
    Check.INPUT_NOT_IN_TEXT: CheckInfo(
        _W,
        "input is never used",
        "No text, condition or code of the node uses this input.",
        "Write the placeholder where the value belongs, or remove the input.",
    ),
    Check.NOT_LEARNABLE: CheckInfo(
        _E,
        "cannot be learned",
        "Only message sections, a retrieval query and examples can be marked `learn`.",
        "Remove the word `learn`.",
    ),
    Check.SLOT_WITHOUT_GRADIENT: CheckInfo(
        _W,
        "cannot be improved",
        "No path leads from this slot to what the metric scores, so it would never get a gradient.",
        "Let the metric see an output that depends on the node, or remove `learn`.",
    ),
    Check.LEAKED_KEY: CheckInfo(
        _W,
        "looks like a secret",
        "The text or an address contains something like a key. It may be sent to a provider, and stands in the history of the file.",
        "Remove it, and revoke the key if it was real. Keys come from the environment.",
    ),
    Check.LITERAL_BRACES: CheckInfo(
        _H,
        "braces are literal here",
        "`{{` that starts no placeholder is plain text. Write `\\{{` to say that it is meant.",
        "Write a name between the braces, or a backslash before them.",
    ),
    Check.PROMPT_TOO_LONG: CheckInfo(
        _W,
        "longer than the model's window",
        "The fixed text alone does not fit into the model's context window.",
        "Shorten the text, or take a model with a larger window.",
    ),
    Check.BAD_PYTHON: CheckInfo(
        _E,
        "code cannot work",
        "The code in place is not Python, or never gives one of the node's outputs a value. It was parsed, never run.",
        "Correct the code, assign every output, or remove the output from the signature.",
    ),
    Check.FILE_MISSING: CheckInfo(
        _E,
        "file not found",
        "The file does not exist. Paths are relative to the file that names them.",
        "Correct the path, or put the file there.",
    ),
    Check.FUNCTION_MISSING: CheckInfo(
        _E,
        "function not found",
        "The Python file has no function of that name. It was read, never imported.",
        "Correct the name, or write the function.",
    ),
    Check.COLUMN_MISSING: CheckInfo(
        _E,
        "no such column",
        "The first rows of the data have no column of that name, or the dataset lacks an input of the graph.",
        "Correct the name on either side: in the declaration, or in the data.",
    ),
    Check.SPLIT_EMPTY: CheckInfo(
        _W,
        "a split is empty",
        "No row falls into one of train, validation and test. Without test rows nothing can be claimed.",
        "Add rows, change the shares, or name a column that says the split.",
    ),
    Check.CORPUS_EMPTY: CheckInfo(
        _E,
        "corpus is empty",
        "There is no document to retrieve.",
        "Put documents there, or correct the path.",
    ),
    Check.KEY_MISSING: CheckInfo(
        _I,
        "key is not set",
        "The environment variable that holds the model's key or base is not set here, so a run would fail.",
        "Set the variable where runs are started.",
    ),
    Check.UNKNOWN_PRICE: CheckInfo(
        _E,
        "price is not known",
        "A budget in money needs the price of every model. Give the budget in calls, or declare the price below the model, as in `price $0.15 in, $0.60 out`.",
        "Add `price $0.15 in, $0.60 out` with the right amounts, or write `budget 300 calls`.",
    ),
    Check.BAD_DATA: CheckInfo(
        _E,
        "data cannot be read",
        "A row of the file is not what it should be. The message names the line.",
        "Correct the line of the file that the message names.",
    ),
    Check.UNKNOWN_MODEL: CheckInfo(
        _W,
        "model is not known",
        "LiteLLM knows no such provider, or its table no such model. Ids are written `provider/model`; an endpoint of your own has a `base`.",
        "Correct the id, or give the model a `base`. A model that is newer than LiteLLM's table can stay as it is.",
    ),
    Check.ROW_MISSING: CheckInfo(
        _E,
        "no such row",
        "The dataset has no row with that id, so it cannot be shown as an example.",
        "Take the id out of the section, or put the row back.",
    ),
    Check.FUNCTION_MISMATCH: CheckInfo(
        _E,
        "function takes something else",
        "A code node hands its inputs to the function by name, a metric by place. The function was read, never imported.",
        "Give the function the parameters that the node has inputs (by name), or that the metric has (by place).",
    ),
    Check.METRIC_ARITY: CheckInfo(
        _E,
        "metric does not fit",
        "A metric's inputs are outputs of the graph, columns of the dataset, or `expected`.",
        "Name outputs of the graph, columns of the dataset, or `expected`, as many as the metric takes.",
    ),
    Check.UNKNOWN_METRIC: CheckInfo(
        _E,
        "unknown metric",
        "There is no built-in metric of that name.",
        'Correct the name, or write `from "file.py:function"`.',
    ),
    Check.NOTHING_TO_LEARN: CheckInfo(
        _W,
        "nothing to learn",
        "The graph has no section marked `learn`, so there is nothing to optimise.",
        "Write `learn` before a section that may be rewritten.",
    ),
    Check.NO_BUDGET: CheckInfo(
        _W,
        "no budget",
        "Without a budget an optimisation is not started. Add `budget $2.00` or `budget 300 calls`.",
        "Add a `budget` line.",
    ),
    Check.METRIC_CONSTANT: CheckInfo(
        _W,
        "metric cannot tell rows apart",
        "The reference answers score the same as anything else, or not at all, so there is nothing to optimise towards.",
        "Take another metric, or correct the reference column.",
    ),
}


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains a problem: `anchor` is the qualified name of a declaration of the same file."""

    anchor: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check, in one declaration. `span` is relative to that declaration; `severity` overrides the table's where it is given."""

    check: Check
    span: Span
    message: str
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity_override: Severity | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.severity_override or CHECKS[self.check].severity


_COMPARED_NAMES = 100


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None: by its spelling, or as the word for it elsewhere.

    Among very many, only those are compared that start with the same letter.
    """
    names = sorted(set(known))
    if found := next((name for name in names if name.lower() == word.lower()), None):
        return found
    if found := next((name for name in HERE.get(word.lower(), ()) if name in names), None):
        return found
    if len(names) > _COMPARED_NAMES:
        names = [name for name in names if name[:1].lower() == word[:1].lower()]
    matches = get_close_matches(word, names, n=1, cutoff=0.65)
    return matches[0] if matches else None


def similar_file(name: str, known: Iterable[str]) -> str | None:
    """The file that was probably meant, or None. Stems are compared, since an ending that many share says nothing; its own ending comes first."""
    stem, _, ending = name.rpartition(".") if "." in name else (name, "", "")
    by_stem: dict[str, list[str]] = {}
    for file in known:
        by_stem.setdefault(file.rpartition(".")[0] or file, []).append(file)
    meant = did_you_mean(stem, by_stem)
    if meant is None:
        return None
    return min(by_stem[meant], key=lambda file: (not file.endswith(f".{ending}"), file))


def suggestion(word: str, known: Iterable[str], most: int = 8) -> str:
    """The end of a message about an unknown name: ` Did you mean 'x'?`, the list of what is known if that are at most `most`, or nothing."""
    names = sorted(set(known))
    if match := did_you_mean(word, names):
        return f" Did you mean '{match}'?"
    if 0 < len(names) <= most:
        return f" Known here: {', '.join(names)}."
    return ""
