"""Edges between nodes: what fits is content, what does not is an error on its own line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType, TypedDict

from lift_sys import graph, node

UserId = NewType("UserId", int)


@dataclass
class Plan:
    title: str
    claims: list[str]


class LongPlan(Plan): ...


class Options(TypedDict):
    tone: str


class MoreOptions(Options):
    length: int


@node
async def outline(topic: str) -> Plan:
    return Plan(topic, [])


@node
async def long_outline(topic: str) -> LongPlan:
    return LongPlan(topic, [])


@node
async def draft(plan: Plan, tone: str = "plain", *, length: int = 100) -> str:
    return plan.title


@node
async def count(text: str) -> int:
    return len(text)


@node
async def maybe(text: str) -> Plan | None:
    return None


@node
async def either(text: str) -> int | str:
    return text


@node
async def numbers(text: str) -> list[int]:
    return []


@node
async def pair(text: str) -> tuple[int, str]:
    return 1, text


@node
async def who(name: str) -> UserId:
    return UserId(1)


@node
async def options(text: str) -> Options:
    return {"tone": text}


@node
async def more_options(text: str) -> MoreOptions:
    return {"tone": text, "length": 1}


@node
async def takes_float(x: float) -> None: ...


@node
async def takes_user(x: UserId) -> None: ...


@node
async def takes_tone(x: Literal["plain", "dry"]) -> None: ...


@node
async def takes_optional(x: Plan | None) -> None: ...


@node
async def takes_either(x: int | str | None) -> None: ...


@node
async def takes_floats(x: Sequence[float]) -> None: ...


@node
async def takes_float_list(x: list[float]) -> None: ...


@node
async def takes_options(x: Options) -> None: ...


@node
async def takes_text(x: str) -> None: ...


@graph
async def right(topic: str) -> str:
    plan = await outline(topic)
    await draft(plan, "dry", length=3)
    await draft(await long_outline(topic), tone="dry")
    await takes_float(await count(topic))
    await takes_user(await who(topic))
    await takes_tone("plain")
    await takes_optional(plan)
    await takes_optional(await maybe(topic))
    await takes_optional(None)
    await takes_either(await either(topic))
    await takes_floats(await numbers(topic))
    await takes_options(await more_options(topic))
    await takes_options({"tone": "dry"})
    left, text = await pair(topic)
    await takes_float(left)
    await takes_text(text)
    await takes_text(plan.claims[0])
    await takes_floats([await count(topic), 2])
    await takes_text((await options(topic))["tone"])
    return await draft(plan)


@graph
async def wrong(topic: str) -> str:
    plan = await outline(topic)
    await draft(topic)  # E: arg-type
    await draft(plan, 3)  # E: arg-type
    await draft(plan, "dry", 3)  # E: call-arg
    await draft()  # E: call-arg
    await draft(plan, size=3)  # E: call-arg
    await draft(plan, length="3")  # E: arg-type
    await count(plan)  # E: arg-type
    await count(await count(topic))  # E: arg-type
    await takes_user(await count(topic))  # E: arg-type
    await takes_tone("loud")  # E: arg-type
    await takes_tone(topic)  # E: arg-type
    await draft(await maybe(topic))  # E: arg-type
    await takes_text(await either(topic))  # E: arg-type
    await takes_float_list(await numbers(topic))  # E: arg-type
    await takes_options({"tune": "dry"})  # E: typeddict-item, typeddict-unknown-key
    await takes_text(await options(topic))  # E: arg-type
    left, text = await pair(topic)
    await takes_text(left)  # E: arg-type
    await takes_float(text)  # E: arg-type
    await takes_text(plan.titel)  # E: attr-defined
    await count(outline(topic))  # E: arg-type
    return plan  # E: return-value


@graph
async def right_inside(topic: str) -> int:
    return await count(await right(topic))


@graph
async def wrong_inside(topic: str) -> str:
    await right(await count(topic))  # E: arg-type
    return await right_inside(topic)  # E: return-value


@node
async def parent(topic: str) -> int:
    text = await draft(await outline(topic))
    await draft(text)  # E: arg-type
    return await count(text)
