"""Bodies of graphs, never drawn: a line that ends in a code holds that fault, every other line is right.

`outline`, `draft`, ... are nodes; what is asked of them does not matter here.
"""
# mypy: ignore-errors

import contextlib
import functools

import anyio
import lift_sys.define as forms
from lift_sys.define import branch, each, loop, node

LIMITS = [1, 2, 3]
total = 0


class Plan:
    title: str
    claims: list[str]


@node
async def outline(topic: str) -> Plan: ...


@node
async def draft(plan: Plan, tone: str = "plain") -> str: ...


@node
async def check_fact(claim: str) -> bool: ...


@node
async def enough(text: str) -> bool: ...


async def ordinary(x: object) -> None:
    """No node: runs while the graph is drawn."""


# --- identity -------------------------------------------------------------------------------------------------------------


async def asks_whether_none(topic: str) -> str:
    plan = await outline(topic)
    if plan is None:  # LS301
        return await draft(plan)
    if topic is not None and (await outline(topic)).title is None:  # LS301 LS301
        return "x"
    return await draft(plan, tone="a" if plan.title is plan else "b")  # LS301


async def asks_constants(topic: str, tone: str = "plain") -> str:
    mode = None
    if mode is None and LIMITS is not total:
        mode = "x"
    plan = await outline(topic)
    plan = mode
    if plan is None:
        return "never"
    waits = await ordinary(plan)
    return await draft(topic, tone=mode if waits is None else tone)


# --- types ----------------------------------------------------------------------------------------------------------------


async def asks_for_types(topic: str) -> str:
    plan = await outline(topic)
    if isinstance(plan, Plan):  # LS302
        kind = type(plan.title)  # LS302
        if issubclass(type(topic), str) and hasattr(plan, "title"):  # LS302 LS302
            return await draft(plan)
    return await draft(plan)


async def asks_types_of_constants(topic: str) -> str:
    isinstance(LIMITS, list)
    return await draft(await outline(topic), tone=str(type(LIMITS)))


# --- values ---------------------------------------------------------------------------------------------------------------


async def uses_values(topic: str) -> str:
    plan = await outline(topic)
    if plan.ok:  # LS101
        return "x"
    n = len(plan.claims) + 1  # LS101
    m = -plan.count + LIMITS[0]  # LS101
    text = f"on {plan.title!r}" + "x"  # LS101
    both = plan and topic  # LS101
    none = not topic  # LS101
    same = plan.title == "x" or 1 < plan.count < 3  # LS101 LS101
    tone = "a" if plan.ok else "b"  # LS101
    plan.claims.append(topic)  # LS101
    assert plan.ok, "why"  # LS101
    inside = topic in plan.claims  # LS101
    return await draft(str(plan), tone=topic.upper())  # LS101 LS101


async def uses_values_of_its_own(topic: str, tone: str = "plain") -> str:
    n = len(LIMITS) + 1
    parts = [await outline(topic)]
    if parts and n > 3 and not isinstance(LIMITS, tuple):
        tone = f"{n}" if n else str(n)
    waiting = outline(topic)
    plan = await waiting
    if waiting:
        parts.append(plan)
    return await draft(parts[0], tone=tone + "x" if isinstance(tone, int) else "y")  # LS302 LS101


async def uses_more_values(topic: str, **more: str) -> str:
    plan = await outline(topic)
    topic += "!"  # LS101
    count = 0
    count += await check_fact(topic)  # LS101
    await draft({plan, topic})  # LS101
    await draft({topic: 1})  # LS101
    await draft(sorted(plan.claims), len(sorted(set(plan.claims))))  # LS101 LS101
    await draft(list(map(check_fact, plan.claims)))  # LS101
    await draft(*plan.claims)  # LS101
    await draft(**plan)  # LS101
    return await draft(", ".join(plan.claims), "{} ".format(topic) + ", ".join(["a", topic]))  # LS101 LS101 LS101


async def uses_items_of_a_pair(pair: tuple[str, str]) -> str:
    kept = list(pair)
    kept += [*reversed(["a", "b"])]
    for one, other in zip(pair, kept):
        await draft({"a": one}, other)
    names = [await outline(name) for name in pair]
    total = 1
    total += 1
    return await draft(*pair, **{"a": names})


# --- match ----------------------------------------------------------------------------------------------------------------


async def matches(topic: str) -> str:
    plan = await outline(topic)
    match plan:  # LS303
        case Plan():
            return await draft(plan)
    match (LIMITS, plan.title):  # LS303
        case ([], "x"):
            pass
    match len(LIMITS):
        case 3:
            return await draft(plan)
    return await draft(plan)


# --- try ------------------------------------------------------------------------------------------------------------------


async def tries(topic: str) -> str:
    try:  # LS304
        plan = await outline(topic)
    except ValueError:
        return "nothing"
    finally:
        if plan is None:  # LS301
            pass
    return await draft(plan)


async def tries_without_nodes(topic: str) -> str:
    try:
        import tomllib as parser
    except ImportError:
        parser = None
    return await draft(await outline(topic), tone=str(parser is None))


# --- with -----------------------------------------------------------------------------------------------------------------


async def holds(topic: str) -> str:
    with anyio.fail_after(3):  # LS305
        plan = await outline(topic)
    async with contextlib.nullcontext(1) as held:  # LS305
        return await draft(plan, tone=str(held is None))


async def holds_without_nodes(topic: str) -> str:
    with contextlib.suppress(KeyError):
        tone = {}["tone"]
    return await draft(await outline(topic))


# --- for ------------------------------------------------------------------------------------------------------------------


async def iterates(topic: str) -> list[bool]:
    plan = await outline(topic)
    facts = [await check_fact(claim) for claim in plan.claims]  # LS306
    for claim in plan.claims:  # LS306
        facts.append(await check_fact(claim))
    for number, claim in enumerate(plan.claims):  # LS306
        facts.append(await check_fact(claim))
    return {number: c for number, c in zip(LIMITS, plan.claims)}  # LS306


async def iterates_over_constants(topic: str) -> list[str]:
    plans = [await outline(f"part {n}") for n in LIMITS]
    texts = [await draft(plan, tone=tone) for plan in plans for tone in ("a", "b")]
    for first, second in zip(plans, texts):
        texts.append(await draft(first, tone=second))
    left, right = await outline(topic)
    for part in (left, right):
        if part is None:  # LS301
            break
    for n, plan in enumerate(plans):
        texts[n] = await draft(plan)
    return texts


# --- while ----------------------------------------------------------------------------------------------------------------


async def repeats(topic: str) -> str:
    text = await draft(await outline(topic))
    while not text.good:  # LS307
        text = await draft(text)
    while True:  # LS307
        text = await draft(text)
        if enough(text):  # LS104
            break
    return text


async def repeats_by_count(topic: str) -> str:
    text, turn = await draft(await outline(topic)), 0
    while turn < 3:
        text = await draft(text)
        turn += 1
    return text


# --- arms -----------------------------------------------------------------------------------------------------------------


async def misuses_arms(topic: str, plan: Plan) -> str:
    a = await branch(await enough(topic), draft(plan), lambda: draft(plan, "b"))  # LS308
    b = await branch(await enough(topic), await draft(plan), otherwise=lambda: draft(plan))  # LS308
    c = await branch(await enough(topic), lambda: draft(plan), lambda: plan)  # LS308
    d = await each(lambda claim: claim.title, plan.claims)  # LS308
    e = await loop(draft, topic, until=lambda text: text.good, most=3)  # LS308
    f = await forms.each(draft(plan), plan.claims)  # LS308
    return await draft([a, b, c, d, e, f])


async def uses_arms(topic: str, plan: Plan) -> str:
    def later() -> object:
        return draft(plan, "c")

    a = await branch(await enough(topic), lambda: draft(plan), later)
    b = await each(check_fact, plan.claims)
    c = await each(lambda claim: draft(claim, "b"), plan.claims)
    d = await loop(lambda text: draft(text), a, until=enough, most=3)
    e = await each(functools.partial(draft, tone="x"), b)
    f = await each(lambda claim: each(lambda fact: check_fact(fact), claim.facts), plan.claims)
    return await draft([a, b, c, d, e, f])


# --- changes --------------------------------------------------------------------------------------------------------------


async def changes(topic: str) -> str:
    plan = await outline(topic)
    plan.title = "new"  # LS309
    plan.claims[0] = topic  # LS309
    plan.count += 1  # LS309
    del plan.claims[0]  # LS309
    (plan.title, other) = "a", "b"  # LS309
    return await draft(plan)


async def changes_own_containers(topic: str) -> str:
    parts = {}
    parts["plan"] = await outline(topic)
    parts["text"] = await draft(parts["plan"])
    return await draft(parts)


async def keeps(topic: str) -> str:
    global total  # LS310
    total = await outline(topic)
    return await draft(total)


# --- await ----------------------------------------------------------------------------------------------------------------


async def forgets(topic: str) -> str:
    outline(topic)  # LS104
    plan = outline(topic)  # LS104
    text = await draft(outline(topic), tone="x")  # LS104
    title = outline(topic).title  # LS104
    texts = await draft([draft(text), text])  # LS104
    facts = each(check_fact, [topic])  # LS104
    return draft(plan)  # LS104


async def awaits_later(topic: str) -> str:
    first = outline(topic)
    second = outline(topic)
    plan, other = await first, await second
    waiting = [draft(plan), draft(other)]
    texts = [await text for text in waiting]
    chosen = draft(plan) if LIMITS else draft(other)
    return await (draft(await chosen) if LIMITS else draft(texts))


# --- what a name means ----------------------------------------------------------------------------------------------------


async def gives_names_another_meaning(topic: str) -> str:
    def isinstance(a: object, b: object) -> bool:
        return True

    isinstance(topic, str)
    plan = [claim for claim in LIMITS if claim is not None]
    ask = lambda topic: topic is None
    return await draft(plan)
