"""The ways of asking a model for a program. Pure: requests are made here, sent elsewhere.

One way repeats one kind of mistake, so several are used in turn; a small model's right programs are the union of what
they find. Chat is the common path. A model that continues text (`supports_prefix`) is asked in three more ways, which
suit small models better. The shown programs are for other tasks than anyone will ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lift_sys.pipeline.ir import Example, Signature
from lift_sys.pipeline.reading import Reading
from lift_sys.providers import Capabilities, Message, ModelRequest

__all__ = [
    "DEFAULT_PROGRAMS",
    "WAYS",
    "Want",
    "Way",
    "asked",
    "example_chat",
    "example_request",
    "header_request",
    "repair_answers",
    "repair_request",
    "schedule",
    "want_of",
]

_SHOWN_EXAMPLES = 3
_STOP = ("```", "\ndef ", "\n\n\n", "\nprint", "\nassert", "\nif __name__", "\n# ", "\nclass ")


@dataclass(frozen=True)
class Want:
    """What a request says of the wanted function, as far as it is known."""

    intent: str
    name: str | None = None
    signature: Signature | None = None
    examples: tuple[Example, ...] = ()

    @property
    def shown(self) -> tuple[Example, ...]:
        """The examples that fit into a prompt."""
        return self.examples[:_SHOWN_EXAMPLES]


def want_of(reading: Reading, signature: Signature | None = None) -> Want:
    """Return what a request may say after this reading."""
    return Want(reading.intent, signature.name if signature else reading.name, signature, reading.examples)


@dataclass(frozen=True)
class Way:
    """One way of asking; `head` stands before each answer, where the answer continues a text."""

    name: str
    ask: Callable[[Want], tuple[ModelRequest, str]]
    needs_prefix: bool = False


# --- chat ---------------------------------------------------------------------------------------------------------


def _what(want: Want) -> str:
    wanted = f"`{want.signature}`" if want.signature else f"named {want.name}" if want.name else "with type annotations"
    lines = [f"Write a Python function {wanted}.", want.intent]
    lines += [f"Example: {example}" for example in want.shown]
    return "\n".join(lines)


def _chat(want: Want) -> tuple[ModelRequest, str]:
    text = f"{_what(want)}\nAnswer with the code only."
    return ModelRequest((Message("user", text),), temperature=0.7, max_tokens=1024, stop=("\n```\n",)), ""


def _careful_chat(want: Want) -> tuple[ModelRequest, str]:
    system = "You are a careful Python programmer. You answer with one code block and nothing else."
    text = f"{_what(want)}\nMind empty, smallest, negative and repeated input where it is allowed."
    return ModelRequest((Message("system", system), Message("user", text)), temperature=0.8, max_tokens=1024), ""


def _short_chat(want: Want) -> tuple[ModelRequest, str]:
    request, head = _chat(want)
    return ModelRequest(request.messages, temperature=0.7, max_tokens=160, stop=request.stop), head


# --- continued text -----------------------------------------------------------------------------------------------

_SHOTS = (
    (
        "Multiply every number of a list by two.",
        "double_all([1, 2]) == [2, 4]",
        "def double_all(numbers):\n    return [number * 2 for number in numbers]",
    ),
    (
        "Count the capital letters in a text.",
        "count_upper('Hi You') == 2",
        "def count_upper(text):\n    count = 0\n    for char in text:\n        if char.isupper():\n"
        "            count += 1\n    return count",
    ),
    (
        "Say whether a number is negative, zero or positive.",
        "sign(-5) == 'negative'",
        "def sign(number):\n    if number < 0:\n        return 'negative'\n    if number == 0:\n"
        "        return 'zero'\n    return 'positive'",
    ),
    (
        "Map each word to its length.",
        "lengths(['a', 'bcd']) == {'a': 1, 'bcd': 3}",
        "def lengths(words):\n    result = {}\n    for word in words:\n        result[word] = len(word)\n"
        "    return result",
    ),
    (
        "Multiply two numbers and add a third one.",
        "multiply_add(2, 3, 4) == 10",
        "def multiply_add(first, second, third):\n    return first * second + third",
    ),
)


def _shots(want: Want) -> tuple[ModelRequest, str]:
    with_examples = bool(want.examples)
    told = [
        f"# {intent}\n" + (f"# {example}\n" if with_examples else "") + f"{code}\n\n\n"
        for intent, example, code in _SHOTS
    ]
    shown = "".join(f"# {example}\n" for example in want.shown)
    head = f"def {want.name}(" if want.name else "def"
    prefix = f"{''.join(told)}# {want.intent}\n{shown}{head}"
    return ModelRequest(prefix=prefix, temperature=0.6, max_tokens=110, stop=(*_STOP, "\n\n")), head


def _prefilled(want: Want) -> tuple[ModelRequest, str]:
    named = f" named {want.name}" if want.name else ""
    text = f"Write a Python function{named}. {want.intent}"
    if want.shown:
        text += f"\nFor example, {' and '.join(map(str, want.shown))}."
    head = f"def {want.name}(" if want.name else "def"
    begun = Message("assistant", f"```python\n{head}")
    return ModelRequest((Message("user", text), begun), temperature=0.6, max_tokens=120, stop=_STOP), head


def _documented(want: Want) -> str:
    doctests = "".join(f"\n    >>> {example.call}\n    {example.expected}" for example in want.shown)
    end = f"\n{doctests}\n    " if doctests else ""
    header = str(want.signature) if want.signature else f"def {want.name or 'solve'}(value):"
    return f'{header}\n    """{want.intent}{end}"""'


def _stub(want: Want) -> tuple[ModelRequest, str]:
    head = _documented(want)
    return ModelRequest(prefix=head, temperature=0.5, max_tokens=120, stop=_STOP), head


def _begun(want: Want) -> tuple[ModelRequest, str]:
    """A stub whose body begins with a variable: other programs than a single expression."""
    head = f"{_documented(want)}\n    result ="
    return ModelRequest(prefix=head, temperature=0.6, max_tokens=120, stop=_STOP), head


WAYS: tuple[Way, ...] = (
    Way("shown programs", _shots, needs_prefix=True),
    Way("begun answer", _prefilled, needs_prefix=True),
    Way("stub", _stub, needs_prefix=True),
    Way("short chat", _short_chat, needs_prefix=True),
    Way("begun body", _begun, needs_prefix=True),
    Way("chat", _chat),
    Way("careful chat", _careful_chat),
)
DEFAULT_PROGRAMS = {True: 32, False: 6}
"""By `supports_prefix`: such models are small, near and cheap; others are asked for less."""
_REPAIR_SHARE = 4
_SMALL = ("shown programs", "begun answer", "stub", "short chat")
_LARGE = ("chat", "careful chat", "chat", "careful chat")


def repair_answers(capabilities: Capabilities, n: int) -> int:
    """Return how many of n programs are kept for after a failure, when the model is shown what failed.

    Small models repeat themselves then; for them all n are asked for at once.
    """
    return 0 if capabilities.supports_prefix or n < 2 else max(1, n // _REPAIR_SHARE)


def schedule(capabilities: Capabilities, n: int) -> Sequence[tuple[Way, int]]:
    """Return which way is asked how often, in rounds: n programs in all with those kept for repair."""
    names = _SMALL if capabilities.supports_prefix else _LARGE
    n -= repair_answers(capabilities, n)
    ways = {way.name: way for way in WAYS}
    size, rest = divmod(n, len(names))
    shares = [size + (i < rest) for i in range(len(names))]
    return [(ways[name], share) for name, share in zip(names, shares, strict=True) if share]


# --- headers, examples, repairs -----------------------------------------------------------------------------------

_HEADERS = (
    ("Multiply every number of a list by two.", "def double_all(numbers: list[int]) -> list[int]:"),
    ("Count the capital letters in a text.", "def count_upper(text: str) -> int:"),
    ("Say whether a number is negative, zero or positive.", "def sign(number: int) -> str:"),
    ("Map each word to its length.", "def lengths(words: list[str]) -> dict[str, int]:"),
    (
        "Say whether a list has more than a given number of items.",
        "def is_longer(items: list[int], limit: int) -> bool:",
    ),
)


def header_request(want: Want, n: int, seed: int) -> tuple[ModelRequest, str]:
    """Return a request for n header lines of the function, for models that continue text."""
    head = f"def {want.name}(" if want.name else "def"
    shown = "".join(f"# {intent}\n{header}\n\n" for intent, header in _HEADERS)
    request = ModelRequest(
        prefix=f"{shown}# {want.intent}\n{head}", n=n, seed=seed, temperature=0.7, max_tokens=40, stop=(":\n", "\n")
    )
    return request, head


_OPENING = {"str": "'", "list": "[", "dict": "{", "tuple": "(", "set": "{"}


def example_request(want: Want, n: int, seed: int) -> tuple[ModelRequest, str]:
    """Return a request for n calls with their values, as the model would guess them, for models that continue text."""
    assert want.signature is not None
    first = want.signature.parameters[0].type.split("[")[0] if want.signature.parameters else ""
    head = f"{want.signature.name}({_OPENING.get(first, '')}"
    more = (
        ("Put a star before and after a text.", "starred('go') == '*go*'"),
        ("Say whether a list has more than a given number of items.", "is_longer([7, 8, 9], 2) == True"),
    )
    told = [(intent, example) for intent, example, _ in _SHOTS[:4]]
    shown = "".join(f"# {intent}\nassert {example}\n\n" for intent, example in (*told, *more))
    request = ModelRequest(
        prefix=f"{shown}# {want.intent}\nassert {head}", n=n, seed=seed, temperature=0.7, max_tokens=50, stop=("\n",)
    )
    return request, head


def example_chat(want: Want, n: int, seed: int) -> tuple[ModelRequest, str]:
    """Return a request for lines of calls with their values, for models that chat."""
    name = want.signature.name if want.signature else "f"
    text = (
        f"{_what(want)}\nDo not write the function. Write five short assertions about it, one per line, "
        f"each of the form\nassert {name}(...) == ..."
    )
    return ModelRequest((Message("user", text),), n=n, seed=seed, temperature=0.7, max_tokens=400), ""


def repair_request(want: Want, code: str, complaint: str, n: int, seed: int) -> ModelRequest:
    """Return a request that shows a program with what is wrong with it."""
    messages = (
        Message("user", f"{_what(want)}\nAnswer with the code only."),
        Message("assistant", f"```python\n{code}```"),
        Message(
            "user", f"That is not right yet: {complaint}\nWrite the corrected function. Answer with the code only."
        ),
    )
    return ModelRequest(messages, n=n, seed=seed, temperature=0.7, max_tokens=1024, stop=("\n```\n",))


def asked(way: Way, want: Want, n: int, seed: int) -> tuple[ModelRequest, str]:
    """Return the request for n programs in this way, and what stands before each answer."""
    request, head = way.ask(want)
    return replace(request, n=n, seed=seed), head
