# test_probe.py -- the probe answers every line, whatever it is, in order, and ends well.
"""Usage: test_probe.py CARAFE_PROBE"""
import base64
import json
import subprocess
import sys
import unittest

PROBE = sys.argv.pop()


def ask(data):
    """The answers to the bytes of some lines, and the exit status."""
    done = subprocess.run([PROBE], input=data, stdout=subprocess.PIPE, timeout=60, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


class ProbeTest(unittest.TestCase):
    def test_every_line_is_answered_in_order(self):
        lines = [
            b'{"id": "a", "kind": "json", "raw_b64": "W10="}',
            b'not json',
            b'[1]',
            b'{}',
            b'{"id": 7, "kind": "no-such-kind"}',
            b'{"id": {"x": [1.0, 2]}, "kind": "json"}',
            b'{"id": "b", "kind": "json", "raw_b64": "!"}',
            b'{"id": "c", "kind": "\xff"}',
            b'{"id": "d", "kind": "json", "raw_b64": "Ww=="}',
            b'[' * 5000,
        ]
        answers, status = ask(b"\n".join(lines))
        self.assertEqual(status, 0)
        self.assertEqual(len(answers), len(lines))
        self.assertEqual(answers[0], {"id": "a", "verdict": "accept"})
        for i in (1, 2, 7, 9):
            self.assertIsNone(answers[i]["id"])
            self.assertIn("error", answers[i])
        self.assertEqual(answers[3], {"id": None, "unsupported": True})
        self.assertEqual(answers[4], {"id": 7, "unsupported": True})
        self.assertEqual(answers[5]["id"], {"x": [1.0, 2]})
        self.assertIn("error", answers[5])
        self.assertIn("error", answers[6])
        self.assertEqual(answers[8], {"id": "d", "verdict": "reject"})

    def test_lines_may_be_long(self):
        raw = b"[" + b"1," * 2000000 + b"1]"
        case = {"id": 1, "kind": "json", "raw_b64": base64.b64encode(raw).decode()}
        answers, status = ask(json.dumps(case).encode() + b"\n")
        self.assertEqual((answers, status), ([{"id": 1, "verdict": "accept"}], 0))

    def test_the_end_of_input_ends_it(self):
        self.assertEqual(ask(b""), ([], 0))
        self.assertEqual(ask(b"\n\n"), ([], 0))


if __name__ == "__main__":
    unittest.main()
