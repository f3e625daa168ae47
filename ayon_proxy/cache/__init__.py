"""Carries out what policy decides, through the ports in `cache.ports`."""
