"""Typed async graphs with holes, for programs that use language models."""
