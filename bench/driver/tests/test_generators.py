"""The choice of the generator, and the conversion of its output."""

import tempfile
import unittest
from pathlib import Path

from driver import generators
from driver.scenarios import SCENARIOS

PRINTED = {
    "summary": {"total": 2.0},
    "statusCodeDistribution": {"200": 90, "503": 2},
    "errorDistribution": {"connection refused": 1},
    "latencyPercentiles": {"p50": 0.001, "p99": 0.002, "p99.9": None},
}


def program(scenario: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        generator = generators.choose(SCENARIOS[scenario].plan(100), 80, 1, {}, Path(directory))
        return Path(generator.command(1.0, None)[0]).name


class Generators(unittest.TestCase):
    def test_only_a_mix_of_methods_needs_ours(self):
        expected = {name: "load" if name == "mix" else "oha" for name in SCENARIOS}
        self.assertEqual({name: program(name) for name in SCENARIOS}, expected)

    def test_another_status_is_an_error(self):
        result = generators.read_oha(PRINTED, "200")
        self.assertEqual(result["error_kinds"], {"status 503": 2, "connection refused": 1})
        self.assertEqual((result["sent"], result["per_second"], result["errors"]), (93, 45, 3))
        self.assertEqual((result["p50"], result["p99"], result["p999"]), (1, 2, 0))
