"""Directories of the repository that the driver uses."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench" / "peers"
TARGET = ROOT / "target" / "bench"
RESULTS = TARGET / "results"
COMPONENTS = ROOT / "target" / "wasm32-wasip2" / "release"
