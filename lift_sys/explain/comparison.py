"""Two runs of one graph, explained by the least that changed.

Steps are compared by path. What differs is a cause only if nothing upstream of it explains it: an input, a fill, a
node's code, a model's answer, an effect or chance, another body of the graph. Everything else that differs follows
from a cause, and stands under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

from lift_sys.errors import DefinitionError
from lift_sys.explain.provenance import short, status_of
from lift_sys.record import KeptRun, KeptStep

__all__ = ["Cause", "CauseKind", "RunComparison", "compare"]

CauseKind = Literal["input", "fill", "code", "graph", "answer", "effect", "value"]
_WORDS: Mapping[str, str] = {
    "input": "the input is another",
    "fill": "something else stands in the hole",
    "code": "the node's code is another",
    "graph": "the graph is drawn otherwise",
    "answer": "the model answered otherwise, asked the same",
    "effect": "an effect gave something else, given the same",
    "value": "it gave something else, given the same: by chance, the time, or what it calls",
}
_Source = tuple[Literal["input", "step", "own"], str]
"""What explains a difference: an input by its name, the result of a step by its path, or what changed at the step."""
_ABSENT = "was no step of this run"
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that changed and that nothing else explains.

    `left` and `right` are what each run has there, `places` the other steps of the same node that changed with it,
    `follows` the paths that differ because of it.
    """

    kind: CauseKind
    path: str
    left: str
    right: str
    places: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    def __str__(self) -> str:
        also = f" (and at {_count(len(self.places), 'other step')})" if self.places else ""
        return f"{self.path}: {_WORDS[self.kind]}{also}"


@dataclass(frozen=True)
class _Pair:
    """A path in both runs; None where a run has no such step."""

    path: str
    left: KeptStep | None
    right: KeptStep | None

    @cached_property
    def sides(self) -> tuple[KeptStep, ...]:
        return tuple(step for step in (self.left, self.right) if step is not None)

    @cached_property
    def differs(self) -> bool:
        """Whether the results differ: value, error, what it waits for, or whether it is there."""
        if self.left is None or self.right is None:
            return True
        return _result(self.left) != _result(self.right)

    @cached_property
    def given_same(self) -> bool:
        """Whether both were given the same; not known of shapes, which are given nothing by name."""
        if self.left is None or self.right is None or not self.left.is_shown:
            return False
        left, right = ({n: v.identity for n, v in side.inputs.items()} for side in (self.left, self.right))
        return left == right

    @cached_property
    def own_change(self) -> Literal["fill", "code"] | None:
        """What changed at the step itself, whatever it was given."""
        if self.left is None or self.right is None:
            return None
        models = [step.usage.models for step in self.sides if step.usage is not None]
        not_reached = any(step.fill is None and step.status == "waiting" for step in self.sides)
        if (self.left.fill != self.right.fill and not not_reached) or len({*models}) > 1:
            return "fill"
        return "code" if self.left.code != self.right.code else None


def compare(left: KeptRun, right: KeptRun) -> RunComparison:
    """Return what differs between two runs of one graph, and why; DefinitionError for runs of two graphs."""
    if left.graph != right.graph:
        raise DefinitionError(
            f"{left.run_id} is a run of {left.graph}, {right.run_id} one of {right.graph}\n"
            "  help: compare two runs of one graph"
        )
    return RunComparison(left, right)


class RunComparison:
    """Two runs of one graph side by side; `causes` are the fewest changes that everything else follows from."""

    def __init__(self, left: KeptRun, right: KeptRun) -> None:
        if left.python != right.python:
            # code is compared as it was compiled, and each version compiles it otherwise
            left, right = _without_code(left), _without_code(right)
        self.left = left
        self.right = right
        sides = [{step.path: step for step in reversed(run.steps)} for run in (left, right)]
        paths = dict.fromkeys([*(s.path for s in left.steps), *(s.path for s in right.steps)])
        self._pairs = {path: _Pair(path, sides[0].get(path), sides[1].get(path)) for path in paths}

    @property
    def same(self) -> bool:
        """Whether nothing differs: inputs, fills, code and results."""
        return not self.causes

    @cached_property
    def _inputs(self) -> dict[str, tuple[str, str]]:
        """The graph's inputs that differ, with both values."""
        left, right = self.left.inputs, self.right.inputs
        found = {}
        for name in dict.fromkeys([*left, *right]):
            one, other = left.get(name), right.get(name)
            if one is None or other is None or one.identity != other.identity:
                found[name] = (_shown(one), _shown(other))
        return found

    @cached_property
    def differing(self) -> Sequence[str]:
        """The paths whose results differ."""
        return [pair.path for pair in self._pairs.values() if pair.differs]

    # --- what explains what ---------------------------------------------------------------------------------------

    def _upstream(self, pair: _Pair) -> set[_Source]:
        """Return what could explain a difference at a step."""
        found: set[_Source] = set()
        for run, step in ((self.left, pair.left), (self.right, pair.right)):
            if step is None:
                continue
            if len(pair.sides) == 1 and step.within is not None:
                # why it is there at all, whatever it was given
                found |= self._deciding(run, run.steps[step.within])
                continue
            if pair.given_same:
                # what it was given is the same, so only what its own body called can explain it
                found |= {("step", run.steps[n].path) for n in step.used if run.steps[n].caller == step.id}
                continue
            found |= _behind(run, step)
            if step.within is not None:
                # who called it may give it something else for a reason of its own
                found.add(("own", run.steps[step.within].path))
        return found - {("step", pair.path)}

    def _deciding(self, run: KeptRun, owner: KeptStep) -> set[_Source]:
        """Return what says whether a step inside a shape, or a call of a body, is there.

        That is what the shape waits for, or the shape itself where only one run has it.
        """
        found: set[_Source] = {("step", run.steps[n].path) for n in owner.decided_by}
        found |= {("input", name) for name in owner.takes}
        if owner.kind == "loop":
            # turns that only one run took are explained by those that both did
            turns = [run.steps[n].path for n in owner.used]
            found |= {("step", path) for path in turns if len(self._pairs[path].sides) == 2}
        elif owner.is_shown:
            found |= {("step", run.steps[n].path) for n in owner.used if run.steps[n].caller != owner.id}
        return found | {("step" if len(self._pairs[owner.path].sides) == 1 else "own", owner.path)}

    @cached_property
    def _explains(self) -> dict[str, list[_Source]]:
        """For each path that differs, what upstream of it differs too."""
        found = {}
        for pair in self._differ():
            found[pair.path] = [up for up in sorted(self._upstream(pair)) if self._changed(up)] or self._cut(pair)
        return found

    def _cut(self, pair: _Pair) -> list[_Source]:
        """Return the failures that ended a run before a step was done which nothing else kept from it."""
        runs = ((self.left, pair.left), (self.right, pair.right))
        cut = [run for run, step in runs if step is not None and step.status == "waiting"]
        failed = [step.path for run in cut for step in run.steps if step.status == "failed"]
        return [("step", path) for path in failed if self._pairs[path].differs]

    def _changed(self, source: _Source) -> bool:
        what, name = source
        if what == "input":
            return name in self._inputs
        return self._pairs[name].differs if what == "step" else self._pairs[name].own_change is not None

    def _differ(self) -> Iterator[_Pair]:
        return (pair for pair in self._pairs.values() if pair.differs)

    @cached_property
    def causes(self) -> Sequence[Cause]:
        """The fewest changes that explain every difference, inputs first."""
        followers = self._followers()
        found = [
            Cause("input", f"{self.left.graph}({name})", *sides, follows=self._following([("input", name)], followers))
            for name, sides in self._inputs.items()
        ]
        return (*found, *(self._cause(kind, pairs, followers) for kind, pairs in self._changes()))

    def _changes(self) -> Iterator[tuple[CauseKind, list[_Pair]]]:
        """Yield the steps that changed of themselves; those of one node with other code or another fill as one."""
        together: dict[tuple[str, ...], tuple[CauseKind, list[_Pair]]] = {}
        for pair in self._pairs.values():
            kind = self._kind(pair)
            if kind is not None:
                one = (kind, pair.sides[0].node) if kind in ("fill", "code") else (kind, "", pair.path)
                together.setdefault(one, (kind, []))[1].append(pair)
        yield from together.values()

    def _cause(self, kind: CauseKind, pairs: list[_Pair], followers: Mapping[_Source, Sequence[str]]) -> Cause:
        paths = [pair.path for pair in pairs]
        sides = (_side(kind, pairs[0].left), _side(kind, pairs[0].right))
        follows = self._following([("step", path) for path in paths], followers)
        return Cause(kind, paths[0], *sides, places=tuple(paths[1:]), follows=follows)

    def _kind(self, pair: _Pair) -> CauseKind | None:
        """Return what kind of cause a step is; None where it is none."""
        if pair.own_change is not None:
            return pair.own_change
        if not pair.differs or self._explains[pair.path] or not self._is_step(pair):
            return None
        if not pair.given_same:
            return "graph" if all(step.caller is None for step in pair.sides) else "value"
        if any(step.usage is not None or (step.fill and step.fill.kind == "model") for step in pair.sides):
            return "answer"
        return "effect" if pair.sides[0].effect == "effect" else "value"

    def _is_step(self, pair: _Pair) -> bool:
        """Whether a difference is told as one: that of a map, branch or loop is told by its steps, if it has any."""
        if any(step.is_shown for step in pair.sides):
            return True
        inside = [other for other in self._differ() if other is not pair]
        return not any(
            step.within is not None and run.steps[step.within].path == pair.path
            for other in inside
            for run, step in ((self.left, other.left), (self.right, other.right))
            if step is not None
        )

    def _followers(self) -> dict[_Source, list[str]]:
        found: dict[_Source, list[str]] = {}
        for path, sources in self._explains.items():
            for what, name in sources:
                found.setdefault(("step" if what == "own" else what, name), []).append(path)
        return found

    def _following(self, sources: Sequence[_Source], followers: Mapping[_Source, Sequence[str]]) -> tuple[str, ...]:
        """Return the steps that differ because of a cause, in the order of the run."""
        seen: set[str] = set()
        todo = list(sources)
        while todo:
            for path in followers.get(todo.pop(), ()):
                if path not in seen:
                    seen.add(path)
                    todo.append(("step", path))
        seen.difference_update(name for what, name in sources if what == "step")
        return tuple([path for path, pair in self._pairs.items() if path in seen and _told(pair)])

    # --- telling --------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        heads = f"{self.left.run_id} and {self.right.run_id}, runs of {self.left.graph}"
        if self.same:
            return f"no difference: {heads}, have the same inputs, fills, code and values"
        lines = [f"{heads}, differ by {_count(len(self.causes), 'cause')}"]
        for cause in self.causes:
            lines += [str(cause), f"  - {cause.left}", f"  + {cause.right}"]
            lines += [f"  then {line}" for line in self._then(cause)] or ["  and nothing follows from it"]
        return "\n".join(lines)

    def _then(self, cause: Cause) -> Iterator[str]:
        own = [path for path in (cause.path, *cause.places) if path in self._pairs and self._pairs[path].differs]
        paths = [*(own if cause.kind in ("fill", "code") else ()), *cause.follows]
        for path in paths[:_MOST_SHOWN]:
            pair = self._pairs[path]
            if pair.left is None or pair.right is None:
                yield f"{path} is a step of {'the second' if pair.left is None else 'the first'} run only"
            else:
                yield f"{path}: {status_of(pair.left)} became {status_of(pair.right)}"
        if len(paths) > _MOST_SHOWN:
            yield f"{len(paths) - _MOST_SHOWN} more"

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as data: both runs, whether they are the same, the causes, and what differs."""
        return {
            "graph": self.left.graph,
            "left": {"run_id": self.left.run_id, "outcome": self.left.outcome},
            "right": {"run_id": self.right.run_id, "outcome": self.right.outcome},
            "same": self.same,
            "causes": [{**asdict(cause), "said": _WORDS[cause.kind]} for cause in self.causes],
            "differing": [path for path in self.differing if _told(self._pairs[path])],
            "only_left": [path for path, pair in self._pairs.items() if pair.right is None and _told(pair)],
            "only_right": [path for path, pair in self._pairs.items() if pair.left is None and _told(pair)],
        }


def _behind(run: KeptRun, step: KeptStep) -> set[_Source]:
    used: set[_Source] = {("step", run.steps[n].path) for n in step.used}
    return used | {("input", name) for name in step.takes}


def _result(step: KeptStep) -> tuple[str, str]:
    said = str(step.error) if step.error is not None else step.value.identity if step.value is not None else ""
    return step.status, said


def _told(pair: _Pair) -> bool:
    return any(step.is_shown for step in pair.sides)


def _shown(value: object) -> str:
    return "nothing was given" if value is None else short(value)


def _side(kind: CauseKind, step: KeptStep | None) -> str:
    if step is None:
        return _ABSENT
    if kind == "fill":
        models = f", answered by {', '.join(step.usage.models)}" if step.usage is not None else ""
        return "nothing" if step.fill is None else f"{step.fill} ({step.fill.code[:12]}){models}"
    if kind == "code":
        return f"{step.node} ({step.code[:12] or 'no code'})"
    return status_of(step)


def _without_code(kept: KeptRun) -> KeptRun:
    steps = [
        replace(step, code="", fill=None if step.fill is None else replace(step.fill, code="")) for step in kept.steps
    ]
    return replace(kept, steps=tuple(steps))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
