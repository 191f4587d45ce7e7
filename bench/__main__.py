"""`make bench` and `make bench-quick`: what there is to measure, one after the other, into one table of results."""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less data, under two minutes")
    quick = parser.parse_args().quick
    rows = "20000" if quick else "200000"
    return subprocess.call([sys.executable, str(HERE / "import_ratio.py"), "--rows", rows], cwd=HERE.parent)


if __name__ == "__main__":
    sys.exit(main())
