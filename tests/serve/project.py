"""A small project, as a user of the command line would have it: run in its own folder, never imported here."""

PROJECT = '''
from typing import Annotated
import anyio
from annotated_types import Gt
from pydantic import BaseModel
from lift_sys import MUST, graph, hole, node, todo


class Plan(BaseModel):
    title: str


@node
async def outline(topic: str, most: int) -> Plan:
    return Plan(title=topic[:most])


@hole(constraints=[MUST("result")])
async def review(plan: Plan) -> str:
    """Judge the plan."""
    todo()


@node
async def publish(plan: Plan, note: str) -> str:
    return f"{plan.title}: {note}"


@graph
async def article(topic: str, most: int = 10) -> str:
    plan = await outline(topic, most)
    return await publish(plan, await review(plan))


@graph
async def planned(topic: str) -> Plan:
    return await outline(topic, 3)


@graph
async def unsound(topic: str) -> str:
    plan = await outline(topic, 3)
    if plan is None:
        return topic
    return await publish(plan, topic)


@node
async def breaks(topic: str) -> str:
    raise ValueError(f"no {topic}")


@graph
async def failing(topic: str) -> str:
    return await publish(await outline(topic, 3), await breaks(topic))


@node
async def waits(topic: str) -> str:
    print("waiting", flush=True)
    await anyio.sleep(60)
    return topic


@graph
async def patient(topic: str) -> str:
    return await waits(topic)


async def praise(plan: Plan) -> str:
    return "good"


def plain(plan: Plan) -> str:
    return "good"


not_a_graph = 3
'''
