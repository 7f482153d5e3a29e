"""Replicas run behind nginx with the deployed configuration."""

import tempfile
import unittest
from pathlib import Path

from driver.paths import ROOT
from driver.replicas import write_configuration


class Configuration(unittest.TestCase):
    def test_it_is_the_deployed_one_without_the_limits_of_an_address(self):
        with tempfile.TemporaryDirectory() as directory:
            write_configuration(Path(directory), 8001, [9001, 9002])
            written = (Path(directory) / "nginx.conf").read_text().splitlines()
            servers = (Path(directory) / "nginx" / "servers.conf").read_text()
        deployed = (ROOT / "deploy" / "nginx.conf").read_text().splitlines()
        left_out = [line.strip() for line in deployed if line not in written]
        self.assertEqual(left_out, ["limit_req zone=addresses burst=200 nodelay;", "limit_conn in_progress 100;"])
        self.assertEqual(servers, "".join(f"server 127.0.0.1:{port} max_fails=3 fail_timeout=1s;\n" for port in (9001, 9002)))


if __name__ == "__main__":
    unittest.main()
