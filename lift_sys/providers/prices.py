"""What a token costs, where anybody on this machine knows it; nobody is asked."""

from __future__ import annotations

__all__ = ["token_price"]

_FREE = ("scripted", "replay")
_MILLION = 1_000_000


def token_price(model: str) -> tuple[float, float] | None:
    """Return the least and the most that one token of a model costs, in US dollars; None where no price is known.

    The embedded model, recordings and scripts cost nothing. Other prices are those that pydantic-ai knows.
    """
    family, colon, name = model.partition(":")
    if model == "local" or (colon and family in _FREE):
        return 0.0, 0.0
    if not colon or not name:
        return None
    try:
        from genai_prices.data_snapshot import get_snapshot
        from genai_prices.types import ModelPrice, TieredPrices
    except ImportError:
        return None
    try:
        _, known = get_snapshot().find_provider_model(name, None, family, None)
    except LookupError:
        return None
    found: list[float] = []
    for price in [known.prices] if isinstance(known.prices, ModelPrice) else [p.prices for p in known.prices]:
        for part in (price.input_mtok, price.cache_read_mtok, price.output_mtok):
            if isinstance(part, TieredPrices):
                found += [float(part.base), *(float(tier.price) for tier in part.tiers)]
            elif part is not None:
                found.append(float(part))
    return (min(found) / _MILLION, max(found) / _MILLION) if found else None
