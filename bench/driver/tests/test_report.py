"""The page names slower scenarios as plainly as faster ones, and leaves out failed runs."""

import unittest

from driver import plots, report
from driver.results import Results

RUN = {
    "kind": "run", "began": "2026-01-02T03:04:05+00:00", "commit": "abc", "command": "bench/run", "is_quick": False,
    "machine": {"cores": 2, "cpu": "a CPU", "memory": 2**30, "kernel": "6", "load": 0.1},
    "versions": {"Python": "3"}, "title": {"api": "this API", "fastapi": "FastAPI", "flask": "Flask"},
}  # fmt: skip


def load(server: str, rate: float, **more) -> dict:
    return {
        "kind": "load", "loop": "closed", "database": "sqlite", "scenario": "get", "connections": 32, "users": 10_000,
        "round": 0, "server": server, "rate": None, "per_second": rate, "errors": 0, "p50": 1, "p99": 2, "p999": 3,
        "cpu_per_thousand": {"server": 0.1}, "memory": {"pss": 1, "peak": 2**20}, "generator_load": 0.1,
    } | more  # fmt: skip


def page(*records: dict) -> str:
    return "\n".join(report.sections(Results([RUN, *records]), []))


class Page(unittest.TestCase):
    def test_faster_and_slower_are_both_said(self):
        text = page(load("api", 300), load("fastapi", 100), load("flask", 600))
        self.assertIn("- Than FastAPI: faster for `GET /tocos/{user}` (3.00×).", text)
        self.assertIn("- Than Flask: slower for `GET /tocos/{user}` (0.50×).", text)

    def test_every_run_of_the_page_is_named(self):
        text = page(RUN | {"command": "bench/run --rounds 0 --output elsewhere"}, load("api", 300))
        self.assertIn("by `bench/run` at commit `abc` and `bench/run --rounds 0` at commit `abc`, on 2 cores", text)

    def test_a_run_with_an_error_does_not_count(self):
        text = page(load("api", 300), load("api", 900, errors=1), load("fastapi", 100, errors=5))
        self.assertIn("| `GET /tocos/{user}` | 300 | failed |", text)
        self.assertIn("- 1 of 2 runs failed and don't count: this API", text)
        self.assertNotIn("Than FastAPI", text)

    def test_a_quick_run_is_said_to_be_one(self):
        warning = "these numbers mean nothing"
        self.assertNotIn(warning, page())
        self.assertIn(warning, page(RUN | {"is_quick": True}))

    def test_a_busy_generator_is_a_doubt(self):
        self.assertIn("The generator was busy for 95%", page(load("api", 300, generator_load=0.95)))

    def test_medians_of_rounds(self):
        rounds = [load("api", rate, round=number) for number, rate in enumerate((100, 900, 200))]
        text = page(*rounds, load("fastapi", 100))
        self.assertIn("(2.00×)", text)
        self.assertIn("The rounds are up to 9.00× apart", text)

    def test_plots_are_of_what_there_is(self):
        results = Results([RUN, load("api", 300), load("fastapi", 100)])
        [(name, _, drawing)] = plots.draw(results, 32)
        self.assertEqual(name, "bench-throughput.svg")
        self.assertIn("prefers-color-scheme: dark", drawing)
        self.assertEqual(drawing.count("<rect"), 2)
