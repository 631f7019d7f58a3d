#!/usr/bin/python3
# postgres.py -- reads from PostgreSQL: the model layer beside a bare libpq loop and pgbench, in one run.
"""Starts a server of its own, runs every case in turns, and prints medians: queries a second, CPU of the
client a query, and ratios. bench/README.md says what is measured."""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import postgres  # noqa: E402

CASES = ("account", "row", "list")


def ours(program, url, case, count):
    out = subprocess.run([program, url, case, str(count)], stdout=subprocess.PIPE, check=True).stdout.decode().split()
    return float(out[0]), float(out[1])


def pgbench(url, count):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([postgres.program("pgbench"), "-n", "-S", "-M", "prepared", "-c", "8", "-t", str(count // 8), url],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(re.search(r"tps = ([\d.]+) \(without", out).group(1)), cpu * 1e6 / count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=os.path.join(ROOT, "build-release", "bench", "bench-postgres"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=40000)
    args = parser.parse_args()
    cluster = postgres.Cluster(os.path.join(ROOT, "build", "postgres-bench"))
    figures = {}
    try:
        cluster.start()
        url = cluster.new_database("bench")
        subprocess.run([postgres.program("pgbench"), "-i", "-q", "-s", "1", url], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        subprocess.run([args.program, url, "setup"], check=True)
        cluster.psql("VACUUM ANALYZE", "bench")
        for _ in range(args.rounds):
            for case in CASES:
                count = args.count if case != "list" else args.count // 4
                for who in ("ours", "bare"):
                    figures.setdefault((who, case), []).append(ours(args.program, url, who + "-" + case, count))
            figures.setdefault(("pgbench", "account"), []).append(pgbench(url, args.count))
    finally:
        cluster.drop()
    middle = {k: [statistics.median(x) for x in zip(*v)] for k, v in figures.items()}
    print("| case | ours q/s | bare q/s | ours CPU us | bare CPU us | CPU ratio | q/s ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for case in CASES:
        a, b = middle[("ours", case)], middle[("bare", case)]
        print("| %s | %.0f | %.0f | %.2f | %.2f | %.2f | %.2f |" % (case, a[0], b[0], a[1], b[1], a[1] / b[1], a[0] / b[0]))
    tps, cpu = middle[("pgbench", "account")]
    print("pgbench -S -M prepared -c 8: %.0f q/s, %.2f us; ours %.2f times its queries a second, bare libpq %.2f times"
          % (tps, cpu, middle[("ours", "account")][0] / tps, middle[("bare", "account")][0] / tps))


if __name__ == "__main__":
    main()
