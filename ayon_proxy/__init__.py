"""A caching, offline-tolerant proxy that stands beside the clients of an AYON server."""

__version__ = "0.1.0"
