"""`python -m bench [name …]`: run the benchmarks, all or the named ones, each in a process of its own.

They print ratios between methods that took turns on the same machine, and judge nothing by the clock.
"""

import argparse
import importlib.util
import subprocess
import sys

#: Name of the module in this folder, and what it compares.
BENCHES = {
    "sky": "cone and footprint search against q3c, pgSphere and the bare SQL, 1 M rows",
    "crossmatch": "10,000 targets against 1 M observations in one statement, and one by one",
    "search": "pages, counts and facets over 1 M rows against single queries and OFFSET",
    "coverage": "what the sky is told of 50,000 results, and their MOC",
    "astroview": "the sky in a browser that draws by software: pan, hover, coverage of 50,000 results",
    "basket": "the Download Manager over a basket of 100,000 files",
    "faults": "200 staging requests while workers, broker and database are killed and the disk is full",
    "zip": "streamed bundles against nginx serving one ready file",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="name", help="; ".join(f"{n}: {text}" for n, text in BENCHES.items())
    )
    names = parser.parse_args(arguments).names or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES or importlib.util.find_spec(f"bench.{name}") is None]
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    failed = []
    for name in names:
        print(f"== {name}: {BENCHES[name]}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"could not run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
