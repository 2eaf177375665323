"""What we lend: fakes, conformance suites, a virtual clock, simulation."""
