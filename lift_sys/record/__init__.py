"""What happened? Events become a RunRecord."""
