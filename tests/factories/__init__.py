"""A small cast that reads like the domain."""
