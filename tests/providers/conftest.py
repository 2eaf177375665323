"""No test of this room asks a model over the network."""

from collections.abc import Iterator

import pytest

from lift_sys.testing.providers import no_model_requests


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    with no_model_requests():
        yield
