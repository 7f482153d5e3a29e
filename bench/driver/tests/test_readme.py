"""README.md shows what docs/benchmarks.md says."""

import re
import unittest

from driver.paths import ROOT


def numbers(text: str) -> list[str]:
    return [number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


class Readme(unittest.TestCase):
    def test_every_number_of_the_comparison_is_in_the_report(self):
        section = (ROOT / "README.md").read_text().partition("## Compared with ")[2].partition("\n## ")[0]
        rows = [line.split("|")[2:] for line in section.splitlines() if line.startswith("| ")][1:]
        shown = [number for row in rows for number in numbers(" ".join(row))]
        self.assertGreater(len(shown), 10)
        reported = numbers((ROOT / "docs" / "benchmarks.md").read_text())
        self.assertEqual([number for number in shown if number not in reported], [])


if __name__ == "__main__":
    unittest.main()
