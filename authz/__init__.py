"""authz: the service that decides who may do what in a medical practice."""

__version__ = "0.1.0"
