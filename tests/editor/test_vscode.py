"""What a person does in Visual Studio Code, with the packaged extension and the real server. The steps are in `vscode/`."""

from collections.abc import Callable

import pytest

from tests.editor.conftest import Played

pytestmark = [pytest.mark.editor, pytest.mark.timeout(30 * 60)]

Play = Callable[[str], Played]


@pytest.mark.parametrize(
    "step",
    [
        "opens-the-example",
        "colours-the-language",
        "underlines-a-mistake",
        "mends-it-by-keyboard",
        "evaluates",
        "stops-a-job",
        "optimises-with-progress",
        "underlines-the-words-at-fault",
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
        "expands-a-snippet-to-a-whole-graph",
        "leaves-foreign-files-alone",
        "heeds-a-language-chosen-by-hand",
        "runs-by-keyboard",
    ],
)
def test_a_person_writes_with_the_server_of_the_project(step: str, play: Play) -> None:
    play("write").check(step)


@pytest.mark.parametrize(
    "step", ["checks-without-trust", "runs-nothing-without-trust", "runs-once-trusted", "comes-back-after-a-crash"]
)
def test_a_workspace_is_not_trusted(step: str, play: Play) -> None:
    play("restricted").check(step)


@pytest.mark.parametrize("step", ["offers-to-install-the-server", "colours-without-the-server"])
def test_the_server_is_not_installed(step: str, play: Play) -> None:
    play("bare").check(step)
