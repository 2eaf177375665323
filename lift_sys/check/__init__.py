"""Is it sound? A drawn graph becomes a CheckedGraph, or every Diagnostic at once."""
