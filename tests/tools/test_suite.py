#!/usr/bin/python3
# test_suite.py -- the suite's counting: nothing that failed, crashed or did not run passes for a success.
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import suite  # noqa: E402


def tally_of(function, *args):
    tally = suite.Tally(io.StringIO())
    function(tally, *args)
    return tally


def counts(function, *args):
    tally = tally_of(function, *args)
    return tally.passed, tally.failed()


def synthesis(tested, passing, failing, crashing):
    return "\x1b[0;34m====\x1b[0m] \x1b[1mSynthesis: Tested: \x1b[34m%d\x1b[0m | Passing: \x1b[32m%d\x1b[0m | " \
           "Failing: \x1b[31m%d\x1b[0m | Crashing: \x1b[31m%d\x1b[0m" % (tested, passing, failing, crashing)


class Counting(unittest.TestCase):
    def test_criterion_programs(self):
        for code, out, want in [
            (0, synthesis(5, 5, 0, 0), (5, 0)),
            (1, synthesis(5, 3, 1, 1), (3, 2)),
            (0, synthesis(0, 0, 0, 0), (0, 1)),
            (1, synthesis(5, 5, 0, 0), (5, 1)),
            (0, "no summary", (1, 0)),
            (-11, "no summary", (0, 1)),
        ]:
            with self.subTest(code=code, out=out):
                self.assertEqual(counts(suite.count_program, "x", code, out), want)

    def test_unittest_programs(self):
        for code, out, want in [
            (0, "Ran 3 tests in 0.1s\n\nOK\n", (3, 0)),
            (1, "Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n", (1, 3)),
            (0, "Ran 4 tests in 0.1s\n\nOK (skipped=1)\n", (3, 0)),
            (0, "Ran 0 tests in 0.1s\n\nOK\n", (0, 1)),
            (1, "Traceback", (0, 1)),
            (1, "Ran 3 tests in 0.1s\n\nOK\n", (3, 1)),
        ]:
            with self.subTest(out=out):
                self.assertEqual(counts(suite.count_unittest, "x", code, out), want)

    def test_node_programs(self):
        for code, out, want in [
            (0, "# pass 3\n# fail 0\n", (3, 0)),
            (1, "# pass 3\n# fail 2\n", (3, 2)),
            (1, "# pass 3\n# fail 0\n", (3, 1)),
            (0, "# pass 0\n# fail 0\n", (0, 1)),
            (1, "cannot find module", (0, 1)),
        ]:
            with self.subTest(out=out):
                self.assertEqual(counts(suite.count_tap, "x", code, out), want)

    def test_corpus_cases(self):
        def difference(case, why="verdict"):
            return {"id": case, "why": why, "got": {}}
        silent = [difference("a", "unsupported"), difference("b", "unsupported")]
        for failures, expected, want in [
            ([], {}, (2, 0)),
            ([difference("a")], {}, (1, 1)),
            ([difference("a")], {"a": "Python alone has it"}, (1, 0)),
            ([], {"a": "Python alone has it"}, (2, 1)),
            (silent, {"*": "no such room yet"}, (0, 0)),
            (silent[:1], {"*": "no such room yet"}, (0, 1)),
            (silent, {}, (0, 1)),
        ]:
            with self.subTest(failures=failures, expected=expected):
                self.assertEqual(counts(suite.judge_corpus, "x", 2, failures, expected), want)

    def test_a_listed_case_without_a_reason_is_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".expected") as f:
            f.write("# comment\na because it is so\n\nb\n")
            f.flush()
            with self.assertRaisesRegex(ValueError, r"\.expected:4: "):
                suite.read_expected(f.name)

    def test_every_sanitizer_report_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(counts(suite.count_reports, "x", folder), (0, 0))
            for name in ("report.1", "report.22"):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write("leak")
            self.assertEqual(counts(suite.count_reports, "x", folder), (0, 2))

    def test_a_program_past_its_time_limit_fails(self):
        self.assertEqual(counts(suite.run_program, "x", ["sleep", "5"], None, 0.2), (0, 1))

    def test_the_last_line_and_the_exit_code(self):
        for passed, failed, code in [(3, 0, 0), (3, 2, 1), (0, 0, 1)]:
            with self.subTest(passed=passed, failed=failed):
                tally = suite.Tally(io.StringIO())
                tally.ok(passed)
                tally.skip("the corpus", "absent")
                if failed:
                    tally.fail("x", count=failed)
                self.assertEqual(tally.finish(), code)
                lines = tally.out.getvalue().split("\n")
                self.assertEqual(lines[-2:], ["%d passed, %d failed" % (passed, failed), ""])
                self.assertEqual(sum("SKIPPED the corpus: absent" in line for line in lines), 2)


class Signals(unittest.TestCase):
    def test_what_ends_the_suite_lets_it_clean_up(self):
        text = ("import sys, time; sys.path.insert(0, %r); import suite\n"
                "suite.stop_servers_when_told()\n"
                "try:\n    print('ready', flush=True); time.sleep(30)\n"
                "finally:\n    print('cleaned')\n") % os.path.join(ROOT, "tools")
        for number in (signal.SIGTERM, signal.SIGHUP):
            child = subprocess.Popen([sys.executable, "-B", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     preexec_fn=lambda n=number: signal.signal(n, signal.SIG_DFL))
            self.assertEqual(child.stdout.readline(), b"ready\n")
            child.send_signal(number)
            out, _ = child.communicate(timeout=20)
            self.assertEqual((child.returncode, out), (128 + number, b"cleaned\n"))

    def test_a_server_that_stays_keeps_the_processes_it_starts_meanwhile(self):
        # As PostgreSQL starts a worker while a test runs: the run that ends then ends only what it started.
        server = ("import os, sys, time\nprint('up', flush=True); sys.stdin.readline()\n"
                  "if os.fork() == 0:\n    time.sleep(20); os._exit(0)\n"
                  "time.sleep(0.5)\nprint(os.waitpid(-1, os.WNOHANG)[0], flush=True)\n")
        text = ("import subprocess, sys; sys.path.insert(0, %r); import suite\n"
                "suite.stop_servers_when_told()\n"
                "server = subprocess.Popen([sys.executable, '-c', %r], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
                "server.stdout.readline()\n"
                "popen = subprocess.Popen.communicate\n"
                "def communicate(child, *args, **named):\n"
                "    server.stdin.write('go\\n'); server.stdin.flush()\n"
                "    return popen(child, *args, **named)\n"
                "subprocess.Popen.communicate = communicate\n"
                "suite.run(['sleep', '0.2'])\n"
                "print('ended', server.stdout.readline().strip())\n"
                "suite.offspring.end_all()\n") % (os.path.join(ROOT, "tools"), server)
        out = subprocess.run([sys.executable, "-B", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
                             check=False).stdout
        self.assertEqual(out, b"ended 0\n")

    def test_nothing_that_was_started_outlives_a_suite_that_is_told_to_end(self):
        # A daemon below a test program that does not clean up: it has another session and lost its parent.
        program = ("import os, time\n"
                   "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        print(os.getpid(), flush=True)\n"
                   "        time.sleep(60)\n    os._exit(0)\nos.wait(); time.sleep(60)\n")
        with tempfile.TemporaryDirectory() as folder:
            noted = os.path.join(folder, "pid")
            text = ("import sys; sys.path.insert(0, %r); import suite\n"
                    "suite.PARTS = {'x': lambda tally: suite.run(['sh', '-c', '%s -c \"$0\" > %s', %r])}\n"
                    "sys.argv = ['suite', 'x']\nsys.exit(suite.main())\n"
                    % (os.path.join(ROOT, "tools"), sys.executable, noted, program))
            child = subprocess.Popen([sys.executable, "-B", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            end = time.monotonic() + 20
            while not (os.path.exists(noted) and os.path.getsize(noted)) and time.monotonic() < end:
                time.sleep(0.02)
            with open(noted, encoding="utf-8") as f:
                daemon = int(f.read())
            os.kill(daemon, 0)
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=30)
            self.assertEqual(child.returncode, 128 + signal.SIGTERM)
            with self.assertRaises(ProcessLookupError):
                os.kill(daemon, 0)


if __name__ == "__main__":
    unittest.main()
