"""Types of every family, by the text with which they are written: judged by `fits` and, for comparison, by mypy."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NoReturn,
    NotRequired,
    Protocol,
    TypedDict,
    TypeVar,
)

from annotated_types import Gt
from pydantic import BaseModel

__all__ = ["TYPES", "named"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)

UserId = NewType("UserId", int)
AdminId = NewType("AdminId", UserId)
Positive = Annotated[int, Gt(0)]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Plan(BaseModel):
    title: str


class LongPlan(Plan):
    claims: list[str]


@dataclass
class Claim:
    title: str
    weight: float


class Point(NamedTuple):
    x: int
    y: str


class Options(TypedDict):
    tone: str


class MoreOptions(Options):
    length: int


class LooseOptions(TypedDict):
    tone: NotRequired[str]


class Titled(Protocol):
    title: str


class Weighted(Protocol):
    @property
    def weight(self) -> float: ...


class Speaks(Protocol):
    def speak(self, loud: bool) -> str: ...


class Dog:
    def speak(self, loud: bool) -> str:
        return "w"


class Cat:
    def speak(self, loud: str) -> str:
        return "m"


class Puppy(Dog): ...


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


class Source(Generic[T_co]): ...


class Sink(Generic[T_contra]): ...


class IntBox(Box[int]): ...


class Names(list[str]): ...


class Page(Sequence[Plan]): ...


class Wrapped(BaseModel, Generic[T]):
    item: T


TYPES = """
int float complex bool str bytes None object Any NoReturn
UserId AdminId Positive Annotated[str,"doc"] Colour Literal[Colour.RED]
Plan LongPlan Claim Point Options MoreOptions LooseOptions Dog Cat Puppy Titled Weighted Speaks
Literal["a"] Literal["a","b"] Literal[1] Literal[True] Literal[True,False]
int|None str|None int|str bool|Literal["a"] Plan|None LongPlan|Claim Literal["a"]|None
list[int] list[float] list[Any] list[Plan] list[LongPlan] list[int]|None Names Page
set[int] frozenset[bool] AbstractSet[int] dict[str,int] dict[str,Any] Mapping[str,float] Mapping[str,object]
Mapping[int,int] tuple[int,str] tuple[bool,str] tuple[int,...] tuple[int,int] tuple[()]
tuple[Plan,...] tuple[LongPlan,LongPlan]
Sequence[int] Sequence[float] Sequence[object] Sequence[str] Sequence[Plan] Iterable[int] Iterable[str]
Iterator[int] Collection[Plan] Awaitable[int] Awaitable[float] Coroutine[Any,Any,int] type[Plan] type[LongPlan]
Callable[[int],str] Callable[[float],str] Callable[[int],object] Callable[...,str] Callable[[],str]
Box[int] Box[float] IntBox Source[int] Source[float] Sink[int] Sink[float] Wrapped[int] Wrapped[str]
""".split()


def named(text: str) -> Any:
    """Return the type that a text of TYPES stands for."""
    return eval(text)
