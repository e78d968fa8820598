"""What the server has counted, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

import authz
from authz.counting import BOUNDS, Counted

_REFEREED: Final = "Decisions given to the referee: those decided again, of them those that differed, the rest lost."


class _Collector(Collector):
    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        counted = self._counted
        yield InfoMetricFamily("authz", "The program that answers.", {"version": authz.__version__})
        requests = CounterMetricFamily("authz_requests", "Requests answered.", labels=("door", "status"))
        for (door, status), number in sorted(counted.requests.items()):
            requests.add_metric((door, str(status or "other")), number)
        yield requests
        took = HistogramMetricFamily("authz_answer_seconds", "From a request to its answer.", labels=("door",))
        for door, one in counted.took.items():
            upto = [*accumulate(one.within)]
            names = [*map(str, BOUNDS), "+Inf"]
            took.add_metric((door,), list(zip(names, upto, strict=True)), one.seconds)
        yield took
        decisions = CounterMetricFamily("authz_decisions", "Questions answered.", labels=("decision",))
        decisions.add_metric(("yes",), counted.allowed)
        decisions.add_metric(("no",), counted.denied)
        yield decisions
        refereed = CounterMetricFamily("authz_refereed", _REFEREED, labels=("outcome",))
        for outcome, number in counted.refereed.items():
            refereed.add_metric((outcome,), number)
        yield refereed
        yield CounterMetricFamily("authz_decisions_logged", "Lines in the decision log.", counted.logged)
        lost = "Decisions that the decision log wanted and lost."
        yield CounterMetricFamily("authz_decisions_dropped", lost, counted.dropped)
        unread = "Lines of the service's own log that were left out, since nobody took them."
        yield CounterMetricFamily("authz_log_lines_left_out", unread, counted.left_out)


def exposed(counted: Counted) -> str:
    """The text of `GET /metrics`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(counted))
    return generate_latest(registry).decode()
