#!/usr/bin/python3
# test_shell_page.py -- what docs/shell.md shows at the prompt is what the prompt says.
import os
import re
import unittest

from terminal import ROOT, Home, remove_template


def tearDownModule():
    remove_template()


def examples():
    """(input, output) pairs of the page, in order; an input may have several lines."""
    with open(os.path.join(ROOT, "docs", "shell.md"), encoding="utf-8") as f:
        text = f.read()
    pairs = []
    for block in re.findall(r"^```pycon\n(.*?)^```$", text, re.M | re.S):
        for line in block.split("\n")[:-1]:
            if line.startswith(">>> "):
                pairs.append([line[4:], ""])
            elif line.startswith("..."):
                pairs[-1][0] += "\n" + line[4:]
            else:
                pairs[-1][1] += line + "\n"
    return pairs


class Page(unittest.TestCase):
    def test_every_example(self):
        home = Home()
        self.addCleanup(home.end)
        pairs = examples()
        self.assertGreater(len(pairs), 25)
        code, out, err = home.run("shell", text="".join("%s\nprint('@@')\n" % i for i, _ in pairs))
        self.assertEqual((code, err), (0, ""), out)
        for (typed, want), got in zip(pairs, out.split("@@\n")):
            with self.subTest(typed=typed):
                self.assertEqual(got, want)

    def test_the_mistake_it_shows(self):
        home = Home()
        self.addCleanup(home.end)
        _, _, err = home.run("shell", "-c", "User.query.filter_by(active=true).frist()")
        with open(os.path.join(ROOT, "docs", "shell.md"), encoding="utf-8") as f:
            self.assertIn(err.split("error: ", 1)[1].split("\n")[0], f.read())


if __name__ == "__main__":
    unittest.main()
