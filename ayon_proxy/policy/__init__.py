"""Decides, from values alone: no I/O, no clock, no asyncio, no logging, no framework."""
