"""What is said: nodes, holes, fills, constraints, graphs."""
