"""The smoke test must be able to fail."""

import unittest

from driver.smoke import EXPECTATIONS, Expectation, judge


def rates(own: list[float], others: list[float]):
    return {("get", "api"): own, ("get", "flask"): others}


class Judge(unittest.TestCase):
    def test_what_is_too_slow_does_not_hold(self):
        expectations = (Expectation("get", "flask", 2.0),)
        for own, expected in (([200.0], True), ([199.0], False), ([1.0], False)):
            [(_, ratio, holds)] = judge(rates(own, [100.0]), expectations)
            self.assertEqual((ratio, holds), (own[0] / 100, expected))

    def test_a_slow_round_of_both_is_none_of_either(self):
        [(_, ratio, holds)] = judge(rates([300.0, 3.0, 30.0], [100.0, 1.0, 10.0]), (Expectation("get", "flask", 2.5),))
        self.assertAlmostEqual(ratio, 3.0)
        self.assertTrue(holds)

    def test_one_bad_round_is_noise(self):
        [(_, ratio, _)] = judge(rates([300.0, 1.0, 300.0], [100.0, 100.0, 100.0]), (Expectation("get", "flask", 2.5),))
        self.assertAlmostEqual(ratio, 3.0)

    def test_nothing_absolute_is_asserted(self):
        names = {(each.scenario, server) for each in EXPECTATIONS for server in ("api", each.peer)}
        for speed in (0.001, 1_000_000.0):
            ratios = [ratio for _, ratio, _ in judge(dict.fromkeys(names, [speed]))]
            self.assertEqual(ratios, [1.0] * len(EXPECTATIONS))
