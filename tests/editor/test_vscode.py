"""What a person does in Visual Studio Code, with the packaged extension and the real server. The steps are in `vscode/`."""

from collections.abc import Callable

import pytest

from tests.editor.conftest import Played

pytestmark = [pytest.mark.editor, pytest.mark.timeout(30 * 60)]


@pytest.mark.parametrize(
    "step",
    [
        "opens-the-example",
        "colours-the-language",
        "underlines-a-mistake",
        "mends-it-by-keyboard",
        "evaluates",
        "optimises-with-progress",
        "underlines-the-words-at-fault",
        "previews-the-rewrite",
        "accepts-the-rewrite",
        "scores-higher",
    ],
)
def test_a_person_improves_the_example(step: str, play: Callable[[str], Played]) -> None:
    play("improve").check(step)
