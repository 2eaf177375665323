"""What we lend: fakes, conformance suites, a virtual clock, simulation."""

from lift_sys.testing.simulation import Diverged, Latency, simulate
from lift_sys.testing.virtual_clock import VirtualLoop, virtual_time

__all__ = ["Diverged", "Latency", "VirtualLoop", "simulate", "virtual_time"]
