"""The judge is outside, the candidate inside."""
