"""Failing rows are sorted by how they fail."""

from __future__ import annotations

from hand_built import event, graph, llm, run_of

from prompts_lang.autodiff.chance import Chance
from prompts_lang.autodiff.cluster import EXEMPLARS, cluster, exemplars
from prompts_lang.autodiff.tape import Case
from prompts_lang.engine.values import Problem, ProblemKind, Status

PLAN = llm("plan", question="question")
TOP = graph("g", [PLAN], answer="plan.out")


def case(row: str, problem: str | None = None) -> Case:
    kept = {"problem": Problem(ProblemKind.SCHEMA, problem)} if problem else {}
    happened = event(PLAN, row=row, status=Status.FAILED if problem else Status.DONE, **kept)
    return Case(run_of(TOP, [happened], row=row), 0.0, "", ("answer",))


def test_rows_that_fail_the_same_check_are_one_cluster_whatever_numbers_and_names_it_says():
    found = cluster([case("a", "line 3: 'x' is missing"), case("b", "line 7: 'y' is missing"), case("c")], {})
    assert [[each.run.row for each in group.cases] for group in found] == [["a", "b"], ["c"]]


def test_without_a_failed_check_the_feedback_of_the_metric_decides():
    found = cluster(
        [case("a"), case("b"), case("c")], {"a": "It is too long.", "b": "It is rude.", "c": "It is too long!"}
    )
    assert [[each.run.row for each in group.cases] for group in found] == [["a", "c"], ["b"]]


def test_every_cluster_is_seen_before_any_is_seen_twice():
    many = [case(f"r{index}", "the one fault") for index in range(20)] + [case("rare", "another fault")]
    chosen = exemplars(cluster(many, {}), 1, Chance.of(0))
    assert "rare" in {each.run.row for group in chosen for each in group}


def test_groups_are_few_and_small():
    many = [case(f"r{index}", f"fault {chr(97 + index)}") for index in range(20)]
    chosen = exemplars(cluster(many, {}), 3, Chance.of(0))
    assert len(chosen) == 3
    assert all(len(group) <= EXEMPLARS for group in chosen)


def test_the_choice_does_not_depend_on_the_order_of_the_rows():
    many = [case(f"r{index}") for index in range(12)]
    forward = exemplars(cluster(many, {}), 2, Chance.of(7))
    backward = exemplars(cluster(many[::-1], {}), 2, Chance.of(7))
    assert [[each.run.row for each in group] for group in forward] == [
        [each.run.row for each in group] for group in backward
    ]


def test_no_rows_are_no_groups():
    assert exemplars(cluster([], {}), 3, Chance.of(0)) == ()
