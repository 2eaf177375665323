"""What is left open is found, asked about once, and shown with its fits."""

from collections.abc import Sequence
from typing import Any

from lift_sys.pipeline.agreement import Tried
from lift_sys.pipeline.claim import claim_of, is_strong
from lift_sys.pipeline.ir import IR, Fit, OpenPoint
from lift_sys.pipeline.open_points import find_points
from lift_sys.pipeline.pool import Pool
from lift_sys.pipeline.reading import Reading
from tests.pipeline.programs import gave, ir_of

NUMBERS = ir_of("f(n: int) -> int", "f(1) == 1", "f(2) == 2")
INPUTS = tuple((n,) for n in range(3, 15))
PLAIN = [n for (n,) in INPUTS]
SHAPES = ["return n", "return n + 0", "return n * 1", "return 0 + n", "return n - 0"]


def body(text: str) -> str:
    """Return a program with this body."""
    return f"def f(n):\n    {text}"


def pool_of(*tried: Tried, ir: IR = NUMBERS, inputs: Sequence[tuple[Any, ...]] = INPUTS) -> Pool:
    """Return a pool with these programs."""
    sampled = sum(one.samples for one in tried)
    reading = Reading(intent=ir.intent, examples=ir.examples)
    return Pool(ir=ir, reading=reading, seed=0, n=32, inputs=tuple(inputs), tried=tried, sampled=sampled)


def alike(count: int) -> list[Tried]:
    """Return programs in different shapes that give the same."""
    return [gave(body(text), PLAIN) for text in SHAPES[:count]]


def test_agreement_leaves_nothing_open() -> None:
    """Three shapes, one behaviour, twelve inputs."""
    pool = pool_of(*alike(3))

    assert find_points(pool) == ()
    assert claim_of(pool, ()).verified


def test_what_is_deferred_forbids_the_claim() -> None:
    """However well the programs agree on the rest."""
    point = OpenPoint(about="f(0)", kind="behaviour", question="What?", fits=(Fit(value="0"),))
    pool = pool_of(*alike(3))

    states = ("open", "deferred", "accepted", "answered")
    claims = [claim_of(pool, (point.model_copy(update={"state": state}),)) for state in states]

    assert [claim.verified for claim in claims] == [False, False, True, True]
    assert [claim.tainted for claim in claims] == [False, True, False, False]


def test_two_shapes_are_too_few() -> None:
    """Then evidence is what is open, with what the program would give."""
    [point] = find_points(pool_of(*alike(2)))

    assert (point.kind, point.about, point.fits[0].value) == ("evidence", "f(3)", "3")


def test_half_of_everything_written_is_enough() -> None:
    """One shape that the model writes nearly always stands for many."""
    often = gave(body("return n"), PLAIN, samples=6)
    rare = gave(body("return n"), PLAIN, samples=2)
    wrong = gave(body("return -n"), PLAIN, kept=False, samples=6)

    assert find_points(pool_of(often, wrong)) == ()
    assert [point.kind for point in find_points(pool_of(rare, wrong))] == ["evidence"]


def test_programs_that_divide_are_asked_about_once() -> None:
    """The same division on many inputs is one question, about the simplest of them."""
    negative = [-n for n in PLAIN]
    others = [gave(body(text), negative) for text in ("return -n", "return 0 - n")]

    [point] = find_points(pool_of(*alike(3), *others))

    assert (point.kind, point.about) == ("behaviour", "f(3)")
    assert [(fit.value, fit.support) for fit in point.fits] == [("3", 3), ("-3", 2)]


def test_a_constant_proves_nothing() -> None:
    """Where every program gives one value everywhere, the inputs tell nothing apart."""
    pool = pool_of(*(gave(body(text), [7] * len(PLAIN)) for text in SHAPES))
    agreement = pool.agreement

    assert agreement is not None
    assert not is_strong(agreement, pool)


def test_repaired_programs_do_not_count() -> None:
    """The examples steered them, so that they keep the examples is no evidence."""
    from dataclasses import replace

    repaired = [replace(one, candidate=replace(one.candidate, made_by="repair")) for one in alike(5)]
    pool = pool_of(*repaired)
    agreement = pool.agreement

    assert agreement is not None
    assert agreement.voices == 0
    assert not claim_of(pool, ()).verified


def test_without_examples_one_is_asked_for() -> None:
    """What the chosen program gives for a plain input is the first fit."""
    pool = pool_of(*alike(3), ir=ir_of("f(n: int) -> int"))

    assert [point.kind for point in find_points(pool)] == ["example"]


def test_without_examples_agreement_alone_is_no_claim() -> None:
    """Something must be said that the program keeps, be it an accepted assumption."""
    pool = pool_of(*alike(5), ir=ir_of("f(n: int) -> int"))

    assert not claim_of(pool, ()).verified


def test_no_program_leaves_no_question() -> None:
    """Then the result is that there is none."""
    pool = pool_of(gave(body("return 0"), PLAIN, kept=False))
    result = claim_of(pool, find_points(pool))

    assert (result.outcome, result.exit_code, result.holes) == ("failed", 4, ())


def test_a_function_without_parameters_is_its_example() -> None:
    """There is nothing to derive, and nothing more to know."""
    pool = pool_of(gave("def f():\n    return 5", []), ir=ir_of("f() -> int", "f() == 5"), inputs=())

    assert find_points(pool) == ()
    assert claim_of(pool, ()).verified


def test_values_that_nobody_can_compare_leave_the_evidence_open() -> None:
    """A program that fails on every derived input has kept the examples, and nothing else."""
    [point] = find_points(pool_of(*(gave(body(text), [None] * len(PLAIN)) for text in SHAPES)))

    assert (point.kind, point.fits) == ("evidence", ())
