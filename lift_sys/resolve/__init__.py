"""What next, and why? A CheckedGraph becomes a Plan."""
