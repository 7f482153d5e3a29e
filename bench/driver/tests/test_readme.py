"""README.md shows what docs/benchmarks.md says."""

import re
import unittest

from driver.paths import ROOT


REPORT = (ROOT / "docs" / "benchmarks.md").read_text()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def is_in_a_line(start: str, shown: set[str]) -> bool:
    """Whether a line of the report begins with this cell and has all the numbers in its other cells."""
    lines = [cells(line) for line in REPORT.splitlines() if line.startswith("| ")]
    return any(first == start and shown <= numbers(" ".join(rest)) for first, *rest in lines)


class Readme(unittest.TestCase):
    def test_every_number_of_the_comparison_is_in_its_line_of_the_report(self):
        section = (ROOT / "README.md").read_text().partition("## Compared with ")[2].partition("\n## ")[0]
        (_, *servers), *rows = [cells(line) for line in section.splitlines() if line.startswith("| ")]
        checked = 0
        for label, *values in rows:
            route, is_rate, _ = label.partition(", requests per second")
            lines = [(route, " ".join(values))] if is_rate else zip(servers, values, strict=True)
            for start, value in lines:
                start = start.replace("mini-api on", "this API, on")
                checked += len(numbers(value))
                self.assertTrue(is_in_a_line(start, numbers(value)) or not numbers(value), f"{start}: {value}")
        self.assertGreater(checked, 10)


if __name__ == "__main__":
    unittest.main()
