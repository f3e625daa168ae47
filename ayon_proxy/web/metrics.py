"""`/-/metrics`: the status document in Prometheus' text form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

OUTCOMES = ("hits", "misses", "stale", "passed", "writes", "refused")
"""The counts of `traffic` that are outcomes of one request each."""


def exposition(status: dict[str, Any], at_work: Mapping[str, Callable[[], float]]) -> bytes:
    """The text for a status document, what is at work, and the process itself."""
    registry = CollectorRegistry()
    registry.register(_Document(status))
    registry.register(_AtWork(at_work))
    registry.register(ProcessCollector(registry=None))
    return generate_latest(registry)


class _Document(Collector):
    def __init__(self, status: dict[str, Any]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        traffic, storage = self._status["traffic"], self._status["storage"]
        answers = CounterMetricFamily(
            "ayon_proxy_answers", "Answers by what was done for them.", labels=["outcome"]
        )
        for outcome in OUTCOMES:
            answers.add_metric([outcome], traffic[outcome])
        yield answers
        yield CounterMetricFamily(
            "ayon_proxy_requests", "Requests of clients.", value=traffic["requests"]
        )
        yield CounterMetricFamily(
            "ayon_proxy_collapsed_requests",
            "Requests that waited for another's fetch.",
            value=traffic["collapsed"],
        )
        crossed = CounterMetricFamily(
            "ayon_proxy_body_bytes", "Bytes of bodies.", labels=["direction"]
        )
        crossed.add_metric(["to_clients"], traffic["bytes_to_clients"])
        crossed.add_metric(["from_upstream"], traffic["bytes_from_upstream"])
        yield crossed
        for name, meaning in _STORAGE:
            yield GaugeMetricFamily(f"ayon_proxy_stored_{name}", meaning, value=storage[name])
        yield GaugeMetricFamily(
            "ayon_proxy_storage_up",
            "1 while what should be stored can be.",
            value=storage["failing"] is None,
        )
        yield GaugeMetricFamily(
            "ayon_proxy_upstream_up",
            "1 while upstream answers, slowly or not.",
            value=self._status["upstream"]["state"] != "offline",
        )
        state = GaugeMetricFamily(
            "ayon_proxy_upstream_state", "1 for the state that upstream is in.", labels=["state"]
        )
        for name in ("online", "slow", "offline"):
            state.add_metric([name], self._status["upstream"]["state"] == name)
        yield state
        yield GaugeMetricFamily(
            "ayon_proxy_uptime_seconds",
            "Seconds since the start.",
            value=self._status["uptime_seconds"],
        )


class _AtWork(Collector):
    def __init__(self, at_work: Mapping[str, Callable[[], float]]) -> None:
        self._at_work = at_work

    def collect(self) -> Iterator[Metric]:
        for name, count in self._at_work.items():
            yield GaugeMetricFamily(f"ayon_proxy_{name}", _AT_WORK[name], value=count())


_AT_WORK = {
    "connections": "Connections of clients, this one included.",
    "fetches": "Fetches under way.",
    "tasks": "Tasks of the event loop.",
    "upstream_connections": "Connections to upstream that are kept, busy and idle ones.",
}

_STORAGE = (
    ("responses", "Stored responses."),
    ("response_bytes", "Bytes of stored bodies."),
    ("blobs", "Bodies that are files of their own."),
    ("blob_bytes", "Bytes of those files."),
    ("max_bytes", "Bytes that the data directory may hold."),
)
