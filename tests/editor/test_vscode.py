"""What a person does in Visual Studio Code, with the packaged extension and the real server. The steps are in `vscode/`."""

from collections.abc import Callable

import pytest

from tests.editor.conftest import Played

pytestmark = [pytest.mark.editor, pytest.mark.timeout(60 * 60)]

Play = Callable[[str], Played]


@pytest.mark.parametrize(
    "step",
    [
        "opens-the-example",
        "colours-the-language",
        "underlines-a-mistake",
        "mends-it-by-keyboard",
        "runs-on-one-row",
        "evaluates",
        "stops-a-job",
        "stops-a-job-from-the-status-bar",
        "optimises-with-progress",
        "underlines-the-words-at-fault",
        "keeps-findings-still-while-typing",
        "finds-it-again-after-a-reload",
        "previews-the-rewrite",
        "accepts-the-rewrite",
        "applies-the-other-proven-rewrites",
        "scores-higher",
    ],
)
def test_a_person_improves_the_example(step: str, play: Play) -> None:
    play("improve").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "indents-while-typing",
        "indents-where-the-editor-keeps-columns",
        "expands-a-snippet-to-a-whole-graph",
        "leaves-foreign-files-alone",
        "heeds-a-language-chosen-by-hand",
        "runs-by-keyboard",
        "flickers-not-while-typing",
    ],
)
def test_a_person_writes_with_the_server_of_the_project(step: str, play: Play) -> None:
    play("write").check(step)


@pytest.mark.parametrize(
    "step", ["checks-without-trust", "runs-nothing-without-trust", "runs-once-trusted", "comes-back-after-a-crash"]
)
def test_a_workspace_is_not_trusted(step: str, play: Play) -> None:
    play("restricted").check(step)


@pytest.mark.parametrize(
    "step", ["offers-to-install-the-server", "colours-without-the-server", "says-that-python-is-missing"]
)
def test_neither_the_server_nor_python_is_installed(step: str, play: Play) -> None:
    play("bare").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "says-that-the-server-is-older",
        "works-with-the-older-server",
        "installs-the-matching-server",
        "keeps-to-the-matching-server",
    ],
)
def test_the_server_of_the_project_is_older(step: str, play: Play) -> None:
    play("outdated").check(step)


def test_the_python_extension_knows_the_server(play: Play) -> None:
    play("pythonic").check("finds-the-server-of-the-selected-interpreter")


@pytest.mark.parametrize("step", ["checks-files-of-both-folders", "keeps-results-beside-their-file"])
def test_a_workspace_has_two_folders(step: str, play: Play) -> None:
    play("roots").check(step)


@pytest.mark.parametrize(
    "step",
    ["underlines-a-use-whose-file-is-gone", "notices-that-the-file-is-back", "pays-nothing-again-under-the-new-name"],
)
def test_files_are_renamed_on_disk(step: str, play: Play) -> None:
    play("moved").check(step)


@pytest.mark.parametrize("step", ["reloads-during-a-run", "leaves-nothing-running", "goes-on-with-that-run"])
def test_the_window_is_reloaded_in_the_middle_of_a_run(step: str, play: Play) -> None:
    play("interrupted").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "makes-a-project-in-a-terminal",
        "opens-the-graph",
        "measures-it",
        "lets-it-be-improved",
        "reads-a-finding",
        "accepts-what-is-proven",
        "sees-the-score-rise",
    ],
)
def test_a_beginner_gets_from_an_empty_folder_to_a_measured_rewrite(step: str, play: Play) -> None:
    play("beginner").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "opens-the-walkthrough",
        "makes-a-project",
        "measures-the-project-it-made",
        "improves-the-project-it-made",
        "applies-what-is-proven",
        "ticks-off-what-was-done",
    ],
)
def test_the_walkthrough_leads_there_too(step: str, play: Play) -> None:
    play("guided").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "says-that-a-key-is-missing",
        "asks-for-the-key",
        "sends-it-to-the-provider",
        "still-has-it-after-a-reload",
        "keeps-it-out-of-every-file-and-log",
        "forgets-it",
    ],
)
def test_a_person_gives_the_key_of_a_provider(step: str, play: Play) -> None:
    play("keys").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "says-that-the-worker-crashed",
        "goes-on-with-another-worker",
        "starts-a-server-again-that-crashed",
        "goes-on-with-that-very-run",
        "says-once-why-a-server-cannot-start",
        "starts-it-once-it-can",
    ],
)
def test_processes_die(step: str, play: Play) -> None:
    play("crashed").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "opens-a-long-prompt",
        "marks-a-mistake-far-down",
        "explains-a-placeholder-far-down",
        "folds-to-one-line",
        "finds-the-words-at-fault",
        "previews-and-accepts-a-rewrite",
    ],
)
def test_a_prompt_has_three_hundred_lines(step: str, play: Play) -> None:
    play("lengthy").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "opens-a-file-by-its-name",
        "measures-and-optimises-from-the-palette",
        "goes-to-a-finding-and-reads-it",
        "applies-a-rewrite-from-the-light-bulb",
        "sees-the-score-rise-by-keyboard",
        "walks-through-the-graph",
    ],
)
def test_a_person_has_a_keyboard_alone(step: str, play: Play) -> None:
    play("keyboard").check(step)


_THEMES = (
    "light",
    "dark",
    "contrast-light",
    "contrast",
    "solarized-light",
    "solarized-dark",
    "quiet-light",
    "red",
    "abyss",
)


@pytest.mark.parametrize(
    "step",
    [
        "shows-a-graph-with-gradients",
        *(f"reads-well-in-{theme}" for theme in _THEMES),
        "fits-a-column-of-300-pixels",
        "shows-two-hundred-nodes-in-the-editor",
    ],
)
def test_the_panel_is_readable_for_all(step: str, play: Play) -> None:
    play("looks").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "says-how-to-begin",
        "tests-a-graph-and-shows-its-rows",
        "lists-the-run-with-its-rows",
        "shows-failing-rows-only",
        "opens-a-prompt-and-its-reply",
        "goes-from-an-event-to-its-node",
        "shows-the-nodes-of-a-single-run",
    ],
)
def test_a_person_looks_at_what_was_run(step: str, play: Play) -> None:
    play("results").check(step)


@pytest.mark.parametrize(
    "step",
    [
        "shows-the-graph-beside-its-file",
        "leads-from-a-node-to-its-source",
        "marks-the-node-of-the-cursor",
        "follows-a-run",
        "draws-the-gradients-of-an-optimisation",
        "wears-the-colours-of-the-editor",
        "shows-a-hostile-prompt-as-text",
        "comes-back-with-a-new-server",
    ],
)
def test_a_person_works_with_the_graph_beside_its_file(step: str, play: Play) -> None:
    play("graph").check(step)
