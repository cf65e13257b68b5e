"""The figures: what each is called, in which unit it is given, and which of two is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    key: str
    title: str
    unit: str
    digits: int = 0

    def show(self, value: float) -> str:
        """A value as the table has it."""
        return f"{value:,.{self.digits}f}"


FIGURES = (
    Figure("rate-1", "1 connection", "requests/s"),
    Figure("rate-8", "8 connections", "requests/s"),
    Figure("rate-64", "64 connections", "requests/s"),
    Figure("cpu-64", "its own CPU time at 64 connections", "µs/request", 1),
    Figure("p50-1", "latency at 1 connection, p50", "µs"),
    Figure("p99-1", "latency at 1 connection, p99", "µs"),
    Figure("p50-64", "latency at 64 connections, p50", "ms", 2),
    Figure("p99-64", "latency at 64 connections, p99", "ms", 2),
    Figure("added", "latency added at 1 connection, all on one core, p50", "µs"),
    Figure("rate-10k", "bodies of 10 KB, 64 connections", "requests/s"),
    Figure("rate-1m", "bodies of 1 MB, 8 connections", "MB/s"),
    Figure("down", "1 GB down", "MB/s"),
    Figure("down-growth", "memory grown by over 1 GB down", "MB", 1),
    Figure("up", "100 MB up", "MB/s"),
    Figure("up-growth", "memory grown by over 100 MB up", "MB", 1),
    Figure("crawl-growth", "memory grown by with a slow reader of 1 GB", "MB", 1),
    Figure("trips", "WebSocket, 32 connections", "round trips/s"),
    Figure("trips-cpu", "its own CPU time with WebSocket", "µs/round trip", 1),
    Figure("event", "server-sent event, delay, p50", "ms", 2),
    Figure("event-99", "server-sent event, delay, p99", "ms", 2),
    Figure("preflights", "preflights that it answers itself, 64 connections", "requests/s"),
    Figure("start", "start to the first answer", "ms"),
    Figure("idle", "memory when idle", "MB"),
)
BY_KEY = {figure.key: figure for figure in FIGURES}
