#!/usr/bin/python3
# suite.py -- runs the parts of the test suite and counts; script/test starts it.
"""Each part adds to one tally. The last line printed is "N passed, M failed"; the exit code is 1
when anything failed. A part whose build fails counts as a failure, never as nothing."""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import offspring
import postgres

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORPUS = os.path.join(ROOT, "..", "shared", "corpus")
PYTHON = "/usr/bin/python3"

# What a developer may have set for an app must not reach the tests.
APP_SETTINGS = ("HOST", "PORT", "WORKERS", "DATABASE_URL", "SECRET_KEY", "CARAFE_ENV", "CARAFE_DEBUG", "FLASK_DEBUG",
                "INSTANCE_PATH", "SERVER_NAME", "STARTING_ADMINS", "ADMIN_EMAIL")


class Tally:
    """What passed, what failed by name, and what was not run and why."""

    def __init__(self, out=sys.stdout):
        self.passed, self.failures, self.skips, self.out = 0, [], [], out

    def say(self, text):
        print(text, file=self.out, flush=True)

    def ok(self, count=1):
        self.passed += count

    def fail(self, name, detail="", count=1):
        self.failures.append((name, count))
        self.say("FAIL %s" % name)
        if detail:
            self.say("\n".join("     " + line for line in detail.rstrip().split("\n")[-60:]))

    def skip(self, what, why):
        self.skips.append("SKIPPED %s: %s" % (what, why))
        self.say("\n%s\n" % self.skips[-1])

    def failed(self):
        return sum(count for _, count in self.failures)

    def finish(self):
        for line in self.skips:
            self.say(line)
        for name, _ in self.failures[:50]:
            self.say("failed: %s" % name)
        if len(self.failures) > 50:
            self.say("failed: %d more (above)" % (len(self.failures) - 50))
        self.say("%d passed, %d failed" % (self.passed, self.failed()))
        return 1 if self.failures or not self.passed else 0


def end(child, before):
    """Lets a child clean up what it started, and ends it and that if it does not; returns what it said."""
    child.terminate()
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    offspring.end_all(before)
    return child.communicate()[0].decode("utf-8", "replace")


def run(command, env=None, timeout=600, cwd=ROOT):
    """Runs to the end or the time limit; (exit code, stdout and stderr together). Nothing it started is left afterwards."""
    before = offspring.descendants()
    child = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        out, _ = child.communicate(timeout=timeout)
        offspring.end_all(before)
        return child.returncode, out.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return -1, end(child, before) + "\nran into its limit of %d s" % timeout
    except BaseException:
        end(child, before)
        raise


def build(tally, kind):
    """The build folder of the kind, or None with the failure counted."""
    began = time.time()
    code, out = run(["script/build", kind], timeout=1500)
    if code:
        tally.fail("build " + kind, out)
        return None
    tally.ok()
    tally.say("built %s in %.0f s" % (kind, time.time() - began))
    return os.path.join(ROOT, out.strip().split("\n")[-1])


# What a test program says about itself.

CRITERION = re.compile(r"Synthesis: Tested: .*?(\d+).*? \| Passing: .*?(\d+).*? \| Failing: .*?(\d+).*?"
                       r" \| Crashing: .*?(\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count_program(tally, name, code, out):
    """Counts a Criterion program by its summary and any other by its exit code."""
    out = COLOUR.sub("", out)
    summary = CRITERION.search(out)
    if not summary:
        if code:
            tally.fail(name, out)
        else:
            tally.ok()
        return
    tested, passing = int(summary.group(1)), int(summary.group(2))
    tally.ok(passing)
    if tested == 0:
        tally.fail(name + " holds no test", out)
    elif passing < tested:
        tally.fail(name, out, tested - passing)
    elif code:
        tally.fail("%s ended with %d although its tests pass" % (name, code), out)


def sanitizer_env(folder):
    """Reports go to files, for a test runner may swallow what its children print and return."""
    options = "log_path=%s/report:print_stacktrace=1:detect_stack_use_after_return=1" % folder
    return {"ASAN_OPTIONS": options + ":detect_leaks=1", "UBSAN_OPTIONS": options,
            "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + os.path.join(ROOT, "tests", "lsan.supp")}


def count_reports(tally, name, folder):
    """Every report a sanitizer wrote is a failure: a leak as much as a crash."""
    for path in sorted(glob.glob(os.path.join(folder, "report*"))):
        with open(path, encoding="utf-8", errors="replace") as f:
            tally.fail("%s: sanitizer report" % name, "".join(f.readlines()[:60]))


def run_program(tally, name, command, env=None, timeout=300, sanitized=False, cwd=ROOT):
    """One test program; under sanitizers its reports count too."""
    with tempfile.TemporaryDirectory(prefix="carafe-reports-") as folder:
        extra = sanitizer_env(folder) if sanitized else {}
        code, out = run(command, {**(env or {}), **extra}, timeout, cwd)
        count_program(tally, name, code, out)
        count_reports(tally, name, folder)


def run_units(tally, folder, sanitized=False):
    """Every program that the build registers as a test."""
    code, out = run(["meson", "introspect", "--tests", folder])
    if code:
        tally.fail("meson introspect " + folder, out)
        return
    for test in json.loads(out):
        name = "%s/%s" % (os.path.basename(folder), test["name"])
        run_program(tally, name, test["cmd"], test["env"], 4 * test["timeout"] if sanitized else test["timeout"],
                    sanitized, os.path.join(ROOT, folder))


UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.M)
UNITTEST_BAD = re.compile(r"^FAILED \((.*)\)", re.M)
UNITTEST_SKIPPED = re.compile(r"skipped=(\d+)")


def count_unittest(tally, name, code, out):
    """Counts a Python unittest program by its summary."""
    ran, bad, skipped = UNITTEST.search(out), UNITTEST_BAD.search(out), UNITTEST_SKIPPED.search(out)
    if not ran or int(ran.group(1)) == 0:
        tally.fail(name + " ran no test", out)
        return
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", bad.group(1))) if bad else 0
    skips = int(skipped.group(1)) if skipped else 0
    tally.ok(max(0, int(ran.group(1)) - failed - skips))
    if skips:
        tally.skip("%d tests of %s" % (skips, name), "; ".join(sorted(set(re.findall(r"skipped '(.*?)'", out)))))
    if failed or code:
        tally.fail(name, out, max(1, failed))


def run_python_tests(tally, folder, env=None, timeout=600):
    names = sorted(glob.glob(os.path.join(ROOT, "tests", folder, "test_*.py")))
    for path in names:
        began = time.time()
        code, out = run([PYTHON, "-B", path, "-v"], env, timeout)
        count_unittest(tally, os.path.relpath(path, ROOT), code, out)
        tally.say("  %s: %.1f s" % (os.path.basename(path), time.time() - began))
    if not names:
        tally.fail("tests/%s holds no test" % folder)


# The parts.

def part_lint(tally):
    code, out = run(["script/lint"])
    if code:
        tally.fail("lint", out)
    else:
        tally.ok()


def part_tools(tally):
    run_python_tests(tally, "tools")


def part_unit(tally):
    folder = build(tally, "debug")
    if folder:
        run_units(tally, folder)


def part_clang(tally):
    folder = build(tally, "clang")
    if folder:
        run_units(tally, folder)


def check_leak_is_caught(tally, folder):
    """The harness itself: a program that passes for Criterion but leaks must fail here."""
    trial = Tally(open(os.devnull, "w", encoding="utf-8"))
    run_program(trial, "leaky", [os.path.join(folder, "tests", "tools", "leaky")], sanitized=True)
    trial.out.close()
    if trial.passed == 1 and [n for n, _ in trial.failures] == ["leaky: sanitizer report"]:
        tally.ok()
    else:
        tally.fail("a leaking test program does not fail the run", "passed %d, failures %r" % (
            trial.passed, trial.failures))


def part_asan(tally):
    folder = build(tally, "asan")
    if folder:
        check_leak_is_caught(tally, folder)
        run_units(tally, folder, sanitized=True)


def read_expected(path):
    """id → reason; the id "*" stands for a whole file that the probe does not answer yet."""
    expected = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                line = line.strip()
                if line and not line.startswith("#"):
                    case, _, reason = line.partition(" ")
                    if not reason.strip():
                        raise ValueError("%s:%d: a listed case needs its reason" % (path, number))
                    expected[case] = reason.strip()
    return expected


def judge_corpus(tally, name, total, failures, expected):
    """Fails on a difference that is not listed, and on a listed case that has come to pass."""
    got = {f["id"]: f for f in failures}
    if "*" in expected:
        answered = total - sum(1 for f in failures if f["why"] == "unsupported")
        if answered:
            tally.fail("%s: the probe answers %d cases of a file listed as unanswered" % (name, answered))
        else:
            tally.skip("%s, %d cases" % (name, total), expected["*"])
        return
    if total and all(f["why"] == "unsupported" for f in failures) and len(failures) == total:
        tally.fail("%s: the probe answers none of its %d cases (list the file by \"* reason\")" % (name, total))
        return
    for case, failure in got.items():
        if case not in expected:
            tally.fail("%s: %s: %s" % (name, case, failure["why"]), json.dumps(failure["got"])[:400])
    for case in expected:
        if case not in got:
            tally.fail("%s: %s is listed as different but passes" % (name, case))
    tally.ok(total - len(got))
    if expected:
        tally.say("  %s: %d cases differ with a reason (tests/corpus)" % (name, len(expected)))


def run_corpus_file(tally, path, extra=()):
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as f:
        total = sum(1 for _ in f)
    try:
        expected = read_expected(os.path.join(ROOT, "tests", "corpus", name.rsplit(".", 1)[0] + ".expected"))
    except ValueError as wrong:
        tally.fail(name, str(wrong))
        return
    with tempfile.TemporaryDirectory(prefix="carafe-corpus-") as folder:
        out_path = os.path.join(folder, "failures.json")
        reports = os.path.join(folder, "reports")
        os.mkdir(reports)
        code, out = run([PYTHON, "-B", os.path.join(CORPUS, "run_cases.py"), "--probe", os.path.join(ROOT, "script/probe"),
                         "--failures", out_path, *extra, path],
                        {**sanitizer_env(reports), "CARAFE_PROBE_KIND": "asan"}, 900)
        label = " ".join([name, *extra])
        if not os.path.exists(out_path):
            tally.fail("%s: the cases did not run (exit %d)" % (label, code), out)
            return
        with open(out_path, encoding="utf-8") as f:
            judge_corpus(tally, label, total, json.load(f)["failures"], expected)
        count_reports(tally, label, reports)


def part_corpus(tally):
    if not os.path.isdir(CORPUS):
        tally.skip("the corpus", "there is no folder ../shared/corpus beside this one")
        return
    if not build(tally, "asan"):
        return
    for path in sorted(glob.glob(os.path.join(CORPUS, "*.ndjson"))):
        run_corpus_file(tally, path)
        if os.path.basename(path) in ("http1-llhttp.ndjson", "form.ndjson"):
            run_corpus_file(tally, path, ("--chunk", "1"))


def part_fuzz(tally):
    """Inputs that once broke a parser, and what fuzzing found worth keeping, run again."""
    folder = build(tally, "asan")
    if not folder:
        return
    programs = sorted(glob.glob(os.path.join(folder, "tests", "fuzz", "replay-*")))
    programs = [p for p in programs if os.access(p, os.X_OK) and os.path.isfile(p)]
    for program in programs:
        what = os.path.basename(program)[len("replay-"):]
        corpus = os.path.join(ROOT, "tests", "fuzz", "corpus", what)
        if not os.path.isdir(corpus) or not os.listdir(corpus):
            tally.fail("fuzz target %s has no saved corpus in tests/fuzz/corpus" % what)
            continue
        run_program(tally, "fuzz replay " + what, [program, corpus], sanitized=True)
    built = {os.path.basename(p)[len("replay-"):] for p in programs}
    for path in glob.glob(os.path.join(ROOT, "tests", "fuzz", "fuzz_*.c")):
        what = os.path.basename(path)[len("fuzz_"):-2]
        if what not in built:
            tally.fail("tests/fuzz/meson.build does not build fuzz target " + what)
    if not programs:
        tally.fail("there is no fuzz target")


def cluster_in(folder):
    """A server of the suite's own: what script/postgres started is somebody's."""
    return postgres.Cluster(os.path.join(ROOT, folder, "postgres-test"))


def part_postgres(tally):
    """What is proved on SQLite, on a PostgreSQL server of our own: the data room, the starter, and its
    story in a browser."""
    folder = build(tally, "debug")
    if not folder:
        return
    cluster = cluster_in(folder)
    try:
        url = cluster.start()
        env = {"CARAFE_TEST_DATABASE": url, "CARAFE_BUILD": folder}
        for room in ("db", "starter"):
            run_program(tally, "tests/%s on PostgreSQL" % room, [os.path.join(folder, "tests", room, "test-" + room)], env)
        code, out = run([PYTHON, "-B", os.path.join(ROOT, "tests", "live", "test_app.py"), "-v"], env, 400)
        count_unittest(tally, "tests/live/test_app.py on PostgreSQL", code, out)
        if install_browser_tests(tally):
            story = os.path.join(ROOT, "tests", "browser", "story.test.mjs")
            code, out = run(["node", "--test", "--test-reporter=tap", story], env, 600)
            count_tap(tally, "tests/browser/story.test.mjs on PostgreSQL", code, out)
    finally:
        cluster.drop()


def part_cli(tally):
    """The commands of an app's binary, at pseudo-terminals and in scripts; the shell on both engines."""
    folder = build(tally, "debug")
    if not folder:
        return
    env = {"CARAFE_BUILD": os.path.join(ROOT, folder)}
    run_python_tests(tally, "cli", env)
    cluster = cluster_in(folder)
    try:
        url = cluster.start()
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", "cli", "test_shell_*.py"))):
            code, out = run([PYTHON, "-B", path, "-v"], {**env, "CARAFE_TEST_DATABASE": url}, 900)
            count_unittest(tally, "%s on PostgreSQL" % os.path.relpath(path, ROOT), code, out)
    finally:
        cluster.drop()


def part_release(tally):
    folder = build(tally, "release")
    if not folder:
        return
    code, out = run([PYTHON, "-B", "tests/release/check.py", os.path.join(folder, "starter", "flaskinni")])
    count_unittest(tally, "release binary", code, out)


def part_docs(tally):
    if build(tally, "debug"):
        run_python_tests(tally, "docs")


def part_live(tally):
    """Running servers; and once more under sanitizers what clients can send to one."""
    if build(tally, "debug"):
        run_python_tests(tally, "live", {"CARAFE_BUILD": os.path.join(ROOT, "build")}, 900)
    folder = build(tally, "asan")
    if not folder:
        return
    with tempfile.TemporaryDirectory(prefix="carafe-reports-") as reports:
        code, out = run([PYTHON, "-B", os.path.join(ROOT, "tests", "live", "test_wire.py"), "-v"],
                        {**sanitizer_env(reports), "CARAFE_BUILD": folder}, 900)
        count_unittest(tally, "tests/live/test_wire.py under sanitizers", code, out)
        count_reports(tally, "tests/live/test_wire.py", reports)


def install_browser_tests(tally):
    """npm's packages, when they are not those of the lock file."""
    folder = os.path.join(ROOT, "tests", "browser")
    lock, stamp = os.path.join(folder, "package-lock.json"), os.path.join(folder, "node_modules", ".lock")
    if os.path.exists(stamp):
        with open(lock, "rb") as a, open(stamp, "rb") as b:
            if a.read() == b.read():
                return True
    tally.say("installing the browser tests' packages …")
    code, out = run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    if code:
        tally.fail("npm ci in tests/browser", out)
        return False
    shutil.copy(lock, stamp)
    return True


def count_tap(tally, name, code, out):
    """Counts node's test runner by the end of its TAP."""
    passed, failed = re.search(r"^# pass (\d+)", out, re.M), re.search(r"^# fail (\d+)", out, re.M)
    if not passed or not failed or int(passed.group(1)) + int(failed.group(1)) == 0:
        tally.fail(name + " ran no test", out)
        return
    tally.ok(int(passed.group(1)))
    if code or int(failed.group(1)):
        tally.fail(name, out, max(1, int(failed.group(1))))


def part_browser(tally):
    if not install_browser_tests(tally) or not build(tally, "debug"):
        return
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "browser", "*.test.mjs"))):
        code, out = run(["node", "--test", "--test-reporter=tap", path],
                        {"CARAFE_BUILD": os.path.join(ROOT, "build")}, 900)
        count_tap(tally, os.path.relpath(path, ROOT), code, out)


PARTS = {
    "lint": part_lint, "tools": part_tools, "unit": part_unit, "clang": part_clang, "asan": part_asan,
    "postgres": part_postgres, "corpus": part_corpus, "fuzz": part_fuzz, "release": part_release, "docs": part_docs, "live": part_live,
    "cli": part_cli, "browser": part_browser,
}


def stop_servers_when_told():
    """SIGTERM and a closed terminal end the parts by way of what they clean up."""
    signals = [s for s in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(s) != signal.SIG_IGN]

    def leave(number, _frame):
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for each in signals:
        signal.signal(each, leave)
    offspring.adopt()


def main():
    parser = argparse.ArgumentParser(prog="script/test", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help="parts to run (all): " + " ".join(PARTS))
    args = parser.parse_args()
    for part in args.parts:
        if part not in PARTS:
            parser.error("no part '%s'; parts: %s" % (part, " ".join(PARTS)))
    for name in APP_SETTINGS:
        os.environ.pop(name, None)
    stop_servers_when_told()
    try:
        return run_parts(args.parts or PARTS)
    finally:
        offspring.end_all()


def run_parts(parts):
    tally = Tally()
    for part in parts:
        tally.say("== %s" % part)
        began, before = time.time(), tally.passed
        try:
            PARTS[part](tally)
        except Exception as wrong:  # A part that breaks is a failure, and the others still run.
            tally.fail("part %s broke: %s: %s" % (part, type(wrong).__name__, wrong))
        tally.say("   %s: %d passed in %.0f s" % (part, tally.passed - before, time.time() - began))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
