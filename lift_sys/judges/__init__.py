"""Who decides: sandbox, mypy, properties; all their input and output is here; knows nothing of graphs."""
