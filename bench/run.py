#!/usr/bin/python3
# run.py -- measures Carafe beside the floor, in interleaved rounds; script/bench runs it.
"""Each round loads every target once for a short while: the server on core 0, wrk on core 1.
The figure that counts is CPU time per request, read from the kernel's account of the server's
processes, since it does not depend on how fast the load generator is. Medians of the rounds."""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CONNECTIONS = 32
PIPELINE = 16


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def process_tree(pid):
    """The process and all its living descendants."""
    pids = [pid]
    for p in pids:
        for task in os.listdir("/proc/%d/task" % p):
            with open("/proc/%d/task/%s/children" % (p, task)) as f:
                pids += [int(c) for c in f.read().split()]
    return pids


def cpu_seconds(pid):
    """User and system time the tree has used, its ended children included."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for p in process_tree(pid):
        with open("/proc/%d/stat" % p) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        precise = 0
        for task in os.listdir("/proc/%d/task" % p):
            with open("/proc/%d/task/%s/schedstat" % (p, task)) as f:
                precise += int(f.read().split()[0])
        total += precise / 1e9 if precise else (int(fields[11]) + int(fields[12])) / tick
        total += (int(fields[13]) + int(fields[14])) / tick
    return total


def memory_kib(pid):
    """Resident and proportional memory of the tree."""
    rss = pss = 0
    for p in process_tree(pid):
        with open("/proc/%d/smaps_rollup" % p) as f:
            for line in f:
                if line.startswith("Rss:"):
                    rss += int(line.split()[1])
                elif line.startswith("Pss:"):
                    pss += int(line.split()[1])
    return rss, pss


class Server:
    """A program under load: started once on core 0, in a folder of its own."""

    def __init__(self, name, command, env):
        self.name, self.port = name, free_port()
        self.folder = tempfile.mkdtemp(prefix="carafe-bench-")
        self.log = open(os.path.join(self.folder, "server.log"), "wb")
        words = [w.replace("{port}", str(self.port)) for w in command]
        self.process = subprocess.Popen(
            ["taskset", "-c", "0"] + words, cwd=self.folder, stdout=self.log, stderr=self.log,
            env={**os.environ, **env, "HOST": "127.0.0.1", "PORT": str(self.port)})
        self.wait()

    def wait(self):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(self.log.name, "rb") as f:
            sys.exit("bench: %s did not start:\n%s" % (self.name, f.read().decode("utf-8", "replace")))

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=10) as answer:
            return answer.read().decode()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Target:
    """One thing to measure: a path of a server, what its answer must hold, and the rounds so far."""

    def __init__(self, name, server, path, holds, depth=1):
        self.name, self.server, self.path, self.holds, self.depth = name, server, path, holds, depth
        self.rounds, self.memory = [], (0, 0)

    def check(self, server):
        """An error page must never be what is measured."""
        body = server.get(self.path.replace("%d", "42"))
        for text in self.holds:
            if text not in body:
                sys.exit("bench: %s answers without %r:\n%s" % (self.name, text, body[:500]))

    def load(self, server, seconds):
        before = cpu_seconds(server.process.pid)
        out = subprocess.run(
            ["taskset", "-c", "1", "wrk", "-t1", "-c%d" % CONNECTIONS, "-d%ds" % seconds, "--latency",
             "-s", os.path.join(HERE, "load.lua"), "http://127.0.0.1:%d" % server.port,
             "--", str(self.depth), self.path], stdout=subprocess.PIPE, check=True).stdout.decode()
        used = cpu_seconds(server.process.pid) - before
        result = json.loads(out.strip().split("\n")[-1])
        if result["errors"] or not result["requests"]:
            sys.exit("bench: %s answered with errors under load: %s" % (self.name, result))
        self.rounds.append({"cpu_us": used * 1e6 / result["requests"],
                            "rps": result["requests"] / result["seconds"],
                            "p50_us": result["p50_us"], "p99_us": result["p99_us"]})
        self.memory = memory_kib(server.process.pid)

    def result(self):
        figures = {k: round(statistics.median(r[k] for r in self.rounds), 2) for k in self.rounds[0]}
        figures["cpu_us_min"] = round(min(r["cpu_us"] for r in self.rounds), 2)
        figures["cpu_us_max"] = round(max(r["cpu_us"] for r in self.rounds), 2)
        figures["rss_kib"], figures["pss_kib"] = self.memory
        return figures


def targets():
    hello = ["Hello, World!"]
    return [
        Target("floor", "floor", "/", hello),
        Target("plaintext", "app", "/plaintext", hello),
        Target("json", "app", "/json", ['"message"', "Hello, World!"]),
        Target("row", "app", "/row/%d", ['"id"', "42"]),
        Target("rows5", "app", "/rows/5/%d", ['"rows"', "42"]),
        Target("rows20", "app", "/rows/20/%d", ['"rows"', "42"]),
        Target("fortunes", "app", "/fortunes", ["&lt;script&gt;", "フレームワークのベンチマーク"]),
        Target("home", "starter", "/", ["<html", "</html>"]),
        Target("floor_pipelined", "floor", "/", hello, PIPELINE),
        Target("plaintext_pipelined", "app", "/plaintext", hello, PIPELINE),
    ]


def commands(build):
    """How each server is started; settings come by environment."""
    settings = {"WORKERS": "1", "ACCESS_LOG": "false", "CARAFE_ENV": "production", "SECRET_KEY": "bench-only-" + "0" * 53}
    return {
        "floor": (["%s/bench/floor" % build, "{port}"], {}),
        "app": (["%s/bench/carafe-bench" % build, "run"], settings),
        "starter": (["%s/starter/flaskinni" % build, "run"],
                    {**settings, "STARTING_ADMINS": "", "MAIL_SUPPRESS_SEND": "true"}),
    }


def chosen_targets(names):
    known = targets()
    unknown = set(names) - {t.name for t in known}
    if unknown:
        sys.exit("bench: no target %s; targets: %s" % (", ".join(sorted(unknown)), " ".join(t.name for t in known)))
    if not names:
        return known
    rulers = {"floor"} | ({"floor_pipelined"} if "plaintext_pipelined" in names else set())
    return [t for t in known if t.name in names or t.name in rulers]


def print_table(results, out):
    row = "%-20s %10s %7s %10s %9s %9s %9s %9s"
    print(row % ("", "CPU µs/req", "×floor", "requests/s", "p50 µs", "p99 µs", "RSS MiB", "PSS MiB"), file=out)
    for name, r in results.items():
        floor = results["floor_pipelined" if name.endswith("_pipelined") else "floor"]
        print(row % (name, "%.2f" % r["cpu_us"], "%.2f" % (r["cpu_us"] / floor["cpu_us"]), "%.0f" % r["rps"],
                     "%.0f" % r["p50_us"], "%.0f" % r["p99_us"], "%.1f" % (r["rss_kib"] / 1024),
                     "%.1f" % (r["pss_kib"] / 1024)), file=out)


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object of all figures")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (5)")
    parser.add_argument("--seconds", type=int, default=2, help="seconds of load a target and round (2)")
    parser.add_argument("--build", default="build-release", help="the build folder to measure (build-release)")
    parser.add_argument("names", nargs="*", metavar="name", help="targets (all): " + " ".join(t.name for t in targets()))
    args = parser.parse_args()

    chosen = chosen_targets(args.names)
    known = commands(os.path.join(ROOT, args.build))
    servers = {}
    try:
        for target in chosen:
            if target.server not in servers:
                servers[target.server] = Server(target.server, *known[target.server])
            target.check(servers[target.server])
            target.load(servers[target.server], 1)
            target.rounds.clear()
        for number in range(args.rounds):
            for target in chosen:
                target.load(servers[target.server], args.seconds)
            print("round %d of %d" % (number + 1, args.rounds), file=sys.stderr)
    finally:
        for server in servers.values():
            server.stop()
    results = {t.name: t.result() for t in chosen}
    print_table(results, sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(results, separators=(",", ":")))


if __name__ == "__main__":
    main()
