"""Whom we may ask: model providers behind one adapter; knows nothing of graphs."""
