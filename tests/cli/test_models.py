#!/usr/bin/python3
# test_models.py -- the command `models`: every column and relationship, those a backref made included.
import json
import re
import unittest

from terminal import DATABASE, Home, Terminal, remove_template


def tearDownModule():
    remove_template()


class Models(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = Home()
        cls.addClassCleanup(cls.home.end)

    def models(self, *arguments):
        code, out, err = self.home.run("models", *arguments)
        self.assertEqual((code, err), (0, ""))
        return out

    def test_every_model_is_listed(self):
        out = self.models()
        for name, table in (("User", "user"), ("Post", "post"), ("Tag", "tag"), ("Role", "role"), ("OutboxMail", "outbox_mail")):
            with self.subTest(name=name):
                self.assertRegex(out, r"(?m)^%s  table %s, \S+\.c:\d+$" % (name, table))

    def test_columns_show_type_and_rules(self):
        out = self.models("Post")
        self.assertEqual(out.count("  table "), 1)
        number = "BIGINT"
        for pattern in (r"id +%s +primary key" % number, r"user_id +%s +required, \u2192 user\.id, on delete cascade" % number,
                        r"title +VARCHAR\(80\) +required$", r"slug +VARCHAR\(125\) +required, unique$", r"subtitle +VARCHAR\(80\)$",
                        r"status +\S+ +required, default published, one of: draft published archived",
                        r"publish_date +TIMESTAMP.* +default now\(\)"):
            with self.subTest(pattern=pattern):
                self.assertRegex(out, "(?m)^  " + pattern)

    def test_relationships_show_both_sides(self):
        self.assertRegex(self.models("Post"), r"(?m)^  user +belongs-to +User +select +User\.posts +post\.user_id$")
        self.assertRegex(self.models("Post"), r"(?m)^  tags +many-to-many +Tag +\w+ +Tag\.posts +tags_posts \(post_id, tag_id\)$")
        out = self.models("user")
        self.assertRegex(out, r"(?m)^  posts \* +has-many +Post +dynamic +Post\.user +post\.user_id$")
        self.assertIn("* made by the opposite side's backref", out)
        self.assertIn("computed: ", out)

    def test_json_says_the_same(self):
        all_models = json.loads(self.models("--json"))
        self.assertGreater(len(all_models), 5)
        (user,) = json.loads(self.models("User", "--json"))
        self.assertEqual((user["name"], user["table"]), ("User", "user"))
        email = next(c for c in user["columns"] if c["name"] == "email")
        self.assertEqual((email["unique"], email["nullable"], email["primary_key"]), (True, False, False))
        posts = next(r for r in user["relationships"] if r["name"] == "posts")
        self.assertEqual((posts["implied"], posts["kind"], posts["target"], posts["lazy"], posts["opposite"], posts["column"]),
                         (True, "has-many", "Post", "dynamic", "Post.user", "user_id"))

    def test_a_mistyped_name_gets_a_suggestion(self):
        for typed, near in (("Psot", "Post"), ("users", "User"), ("USER", "User")):
            with self.subTest(typed=typed):
                code, out, err = self.home.run("models", typed)
                self.assertEqual((code, out, err), (1, "", 'error: there is no model "%s"; did you mean "%s"?\n' % (typed, near)))
        self.assertEqual(self.home.run("models", "--jsn")[0], 2)

    def test_it_fits_the_terminal(self):
        with Terminal(self.home, "models", "Post", columns=70) as t:
            self.assertEqual(t.wait(), 0)
            for line in t.text().split("\n"):
                self.assertLessEqual(len(line), 70, line)


if __name__ == "__main__":
    unittest.main()
