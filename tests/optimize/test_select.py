"""Which slots are edited next: those that are blamed, in proportion to what is known about their responsibility."""

from __future__ import annotations

from collections import Counter

from prompts_lang.autodiff.chance import Chance
from prompts_lang.autodiff.message import Proof, Verdict
from prompts_lang.graph.model import SlotId
from prompts_lang.optimize.notebook import Note
from prompts_lang.optimize.select import Responsibility, choose

A, B, C = (SlotId("g", name, "system") for name in "abc")


def note(slot: SlotId, *, rows: int = 1, proof: Proof = Proof.CLAIMED, verdict: Verdict = Verdict.CAUSES) -> Note:
    return Note(slot, verdict, f"about {slot}", "", tuple(f"r{number}" for number in range(rows)), proof)


def shares(notes: list[Note], tried: dict[SlotId, Responsibility], at_most: int = 1) -> Counter[SlotId]:
    return Counter(slot for step in range(400) for slot in choose(notes, tried, Chance.of(7, "select", step), at_most))


def test_only_blamed_slots_are_chosen_and_no_more_than_asked_for():
    found = choose([note(A), note(B)], {C: Responsibility(helped=9)}, Chance.of(1), 1)
    assert len(found) == 1
    assert set(choose([note(B), note(A)], {}, Chance.of(1), 5)) == {A, B}
    assert choose([note(A, verdict=Verdict.NONE)], {}, Chance.of(1), 5) == ()


def test_the_choice_is_a_draw_and_not_a_turn():
    drawn = shares([note(A), note(B)], {})
    assert min(drawn[A], drawn[B]) > 120


def test_proven_blame_outweighs_claimed_blame_of_as_many_rows():
    drawn = shares([note(A, rows=4, proof=Proof.REPLAYED), note(B, rows=4)], {})
    assert drawn[A] > 1.4 * drawn[B]


def test_edits_that_did_not_help_count_against_a_slot_but_never_rule_it_out():
    drawn = shares([note(A), note(B)], {A: Responsibility().after(failed=6)})
    assert 0 < drawn[A] < 0.2 * drawn[B]


def test_the_mean_follows_the_trials():
    prior = Responsibility()
    assert prior.mean == 0.5
    assert prior.after(failed=1).mean < prior.mean < prior.after(helped=1).mean


def test_neither_the_order_of_the_notes_nor_other_draws_change_a_choice():
    notes = [note(A, rows=2), note(B), note(C, rows=3)]
    assert choose(notes, {}, Chance.of(3), 2) == choose(notes[::-1], {}, Chance.of(3), 2)
