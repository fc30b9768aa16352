"""The benchmark of HTTP versions."""

from tools.develop.bench.http_versions import run


async def test_both_versions_are_measured() -> None:
    """Each version carries its own requests: HTTP/2 over one connection, HTTP/1.1 one at a time on each connection."""
    figures = await run(requests=24, rounds=1, latency=0.01)
    assert list(figures) == ["http/1.1", "h2"]
    assert figures["h2"].connections == 1
    assert figures["http/1.1"].connections >= 12
    for measured in figures.values():
        assert measured.cpu_ms > 0
        assert 10 < measured.p50_ms <= measured.p95_ms
