"""Measurements; nothing in the service depends on them."""
