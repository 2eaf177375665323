"""Do it: a Plan becomes events."""
