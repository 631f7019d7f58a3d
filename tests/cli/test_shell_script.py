#!/usr/bin/python3
# test_shell_script.py -- the shell as scripts use it: -c, standard input, files, exit codes, output.
import os
import re
import signal
import subprocess
import sys
import time
import unittest

from terminal import DATABASE, FLASKINNI, ROOT, Home, remove_template

sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
from dbapp import Project  # noqa: E402


def tearDownModule():
    remove_template()


class Scripts(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.end)

    def code(self, text, *options, **settings):
        return self.home.run("shell", *options, "-c", text, **settings)

    def good(self, text, *options, **settings):
        code, out, err = self.code(text, *options, **settings)
        self.assertEqual((code, err), (0, ""), out + err)
        return out

    def bad(self, text, *options):
        code, out, err = self.code(text, *options)
        self.assertEqual(code, 1, out + err)
        return err


class Decimals(unittest.TestCase):
    def test_become_integers_exactly(self):
        project = Project()
        self.addCleanup(project.remove)
        project.build("""
#include <carafe.h>
typedef struct Bill { CF_ROW; int64_t id; cf_decimal amount; } Bill;
extern const cf_model Bill_model;
extern const cf_model *const models[];
""", """
#include "models.h"
CF_MODEL(Bill, "bill", CF_COLUMN(Bill, id, .primary_key = true), CF_COLUMN(Bill, amount, .precision = 15, .scale = 2));
const cf_model *const models[] = { &Bill_model, NULL };
""")
        self.assertEqual(project.run("db", "migrate", "-m", "first")[0], 0)
        self.assertEqual(project.run("db", "upgrade")[0], 0)
        text = "\n".join("b = Bill(amount='%s'); db.session.add(b); commit(); [int(b.amount), b.amount|string]" % amount
                         for amount in ("12.75", "-12.75", "0.99", "-0.01", "9999999999999.99"))
        text += "\nc = Bill(amount='1.45'); db.session.add(c); commit()"
        text += "\nint(sum([b.amount] * 950 + [c.amount]))"  # 9499999999999991.95, which no double holds.
        self.assertEqual(project.run("shell", "-c", text + "\nint('12.75')")[1].split("\n")[:7],
                         ["[12, '12.75']", "[-12, '-12.75']", "[0, '0.99']", "[0, '-0.01']", "[9999999999999, '9999999999999.99']",
                          "9499999999999991", "-c:8: error: '12.75' is no integer"])


class Values(Scripts):
    def test_what_python_would_print(self):
        for text, want in [
            ("1 + 2", "3"), ("'a' ~ 'b'", "'ab'"), ("None", ""), ("x = 5", ""), ("x = 5; x", "5"), ("[1, 'b', none]", "[1, 'b', None]"),
            ("True; true; False", "True\nTrue\nFalse"), ("{'a': 1}", "{'a': 1}"), ("(1,)", "(1,)"), ("1.50", "1.5"),
            ("len([1, 2]); len('h\u00e9'); len({'a': 1})", "2\n2\n1"), ("str(1) ~ str(none)", "'1None'"), ("int('7') + int(2.9)", "9"),
            ("float('1.5'); bool(''); bool([0])", "1.5\nFalse\nTrue"), ("list(range(3)); tuple('ab')", "[0, 1, 2]\n('a', 'b')"),
            ("dict(a=1); repr('x')", "{'a': 1}\n\"'x'\""), ("sorted([3, 1, 2]); sorted('ba', reverse=true)", "[1, 2, 3]\n['b', 'a']"),
            ("sorted([{'n': 2}, {'n': 1}], key='n')|map(attribute='n')|list; sorted(['b', 'A'], key=str)", "[1, 2]\n['A', 'b']"),
            ("min(3, 1); max([1, 5])", "1\n5"), ("sum([1, 2]); sum([0.5], 1)", "3\n1.5"), ("int('9' * 20) + 1; sum([2 ** 63, 1]); abs(-(10 ** 20)); int(1e20)", "100000000000000000000\n9223372036854775809\n100000000000000000000\n100000000000000000000"),
            ("round(10 ** 20 + 50, -2); float(10 ** 20)", "100000000000000000000\n1e+20"), ("abs(-3); round(2.567, 2); round(2.5)", "3\n2.57\n2"),
            ("enumerate('ab')|list; zip([1, 2], 'ab')", "[(0, 'a'), (1, 'b')]\n[(1, 'a'), (2, 'b')]"), ("any([0, 1]); all([0, 1])", "True\nFalse"),
            ("reversed([1, 2])", "[2, 1]"), ("print('a', 1, none, sep='-', end='!')", "a-1-None!"), ("type(1); type('x') == str", "<class 'int'>\nTrue"),
            ("isinstance(1, int); isinstance('x', [int, str])", "True\nTrue"), ("getattr('x', 'nothing', 7); hasattr('x', 'upper')", "7\nTrue"),
            ("3; _ + 1", "3\n4"), ("'%s has %d' % ('he', 2)", "'he has 2'"), ("[1, 2, 3][::-1]; 'abc'[1]", "[3, 2, 1]\n'b'"),
            ("f = 'x'.upper\nf()", "<function upper>"), ("1 if '' else 2", "2"), ("x is defined", "False"),
        ]:
            with self.subTest(text=text):
                out = self.good(text)
                self.assertEqual(out.rstrip("\n") if "end=" not in text else out, want if text != "f = 'x'.upper\nf()" else "'X'")

    def test_models_and_rows(self):
        out = self.good("u = User.query.first(); type(u) == User; isinstance(u, User); isinstance(u, Post); User.table; u")
        self.assertTrue(out.startswith("True\nTrue\nFalse\n'user'\n<User 1>\n"), out)
        self.assertIn("table user", self.good("User"))
        self.assertIn("'email'", self.good("User.columns|map(attribute='name')|list"))
        self.assertIn("'posts'", self.good("User.relationships|map(attribute='name')|list"))
        self.assertEqual(self.good("User.get(1).email; User.get(99); User.query.get(1).id"), "'admin@example.com'\n1\n")
        self.assertIn('FROM "user"', self.good("User.query.filter_by(active=true)"))
        self.assertEqual(self.good("[dir(User)|length > 3, 'email' in dir(User.query.first())]"), "[True, True]\n")
        self.assertEqual(self.good("User.query.first().active = False; db.session.dirty|length; db.session.new; rollback(); db.session.dirty"),
                         "1\n[]\n[]\n")

    def test_lists_of_rows_and_results_are_tables(self):
        out = self.good("Post.query.order_by('id').limit(2).all()")
        lines = out.rstrip("\n").split("\n")
        self.assertRegex(lines[0], r"^id +user_id +title +subtitle")
        self.assertTrue(set(lines[1]) <= set("\u2500 "))
        self.assertEqual((len(lines), lines[-1]), (5, "2 rows"))
        self.assertIn("one arena", re.sub("One", "one", out))  # Nothing is cut where there is no terminal.
        self.assertEqual(self.good("db.session.execute('SELECT id AS number, title FROM post WHERE id = ?', [1])|list|length"), "1\n")
        out = self.good("db.session.execute('SELECT count(*) AS n FROM post WHERE id > :low AND title <> :low2', {'low': 0, 'low2': ':x'})")
        self.assertRegex(out, r"^n\n\u2500\n5\n1 row\n$")
        self.assertEqual(self.good("r = db.session.execute('UPDATE post SET live = live WHERE id < 3'); r.rowcount; r.all()\nrollback()"), "2\n[]\n")
        self.assertEqual(self.good("db.session.execute('SELECT 7 AS x').scalar()"), "7\n")

    def test_what_is_stored_does_not_steer_the_terminal(self):
        for text in ("[{'a\\x1b[2Jb': 1}]", "help({'a\\x1b[2Jb': 1})", "[{'a\\x1b[2Jb': none}, {'a\\x1b[2Jb': none}]"):
            with self.subTest(text=text):
                out = self.good(text)
                self.assertNotIn("\x1b", out)
        err = self.bad("url_for('a\\x1b[2Jb')")
        self.assertNotIn("\x1b", err)
        self.assertIn("a\ufffd[2Jb", err)

    def test_tables_do_not_show_passwords(self):
        for text in ("User.query.all()", "User.query.first()", "db.session.execute('SELECT id, password FROM \"user\"')"):
            with self.subTest(text=text):
                out = self.good(text)
                self.assertIn("\u2022\u2022\u2022", out)
                self.assertNotIn("$", out)
        self.assertGreater(int(self.good("User.query.first().password|length")), 20)

    def dbshell(self, program, script, *arguments, **settings):
        """What dbshell starts, which is a script of ours by the name of the database's own shell."""
        os.makedirs(self.home.path("bin"), exist_ok=True)
        with open(self.home.path("bin/" + program), "w") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(self.home.path("bin/" + program), 0o755)
        code, out, err = self.home.run("dbshell", *arguments, PATH=self.home.path("bin") + ":/usr/bin:/bin", **settings)
        self.assertEqual((code, err), (0, ""), out + err)
        return out

    def test_what_python_has_and_the_shell_has_not_says_what_to_write(self):
        for text, want in [
            ("User.query.filter(User.email.like('%x%'))", "a column of User is named by text: .filter_by(email='x'), .where('email', 'like', '%x%')"),
            ("Post.query.order_by(Post.title.desc())", ".order_by('-title')"),
            ("db.session.execute(text('SELECT 1'))", "'text' is undefined: SQL is a string, db.session.execute('SELECT 1')"),
            ("db.session.scalars(select(User))", "'select' is undefined: a query begins with its model"),
            ("db.create_all()", "tables follow the models by `db upgrade`"),
            ("User.query.get_or_404(1)", "get(7), first() and one_or_none() give None"),
            ("User.query.all", "'Query object' has no attribute 'all': it is called, all()"),
            ("User.query.frist()", "'Query object' has no attribute 'frist'. Did you mean 'first'?"),
            ("User.query.first().__dict__", "dir(x) lists what it has"),
            ("sorted([1], key=lambda x: x)", "there are no functions here: sorted(users, key='email') takes an attribute's name"),
            ("datetime.now()", "now() is the time"), ("os.environ", "there are no modules here"), ("set([1])", "values|unique|list"),
            ("f'{1}'", "Strings have no prefixes"), ("import os", "nothing is imported here"), ("[x for x in 'ab']", "There are no comprehensions"),
            ("def f(): pass", "functions cannot be defined here"), ("class A: pass", "classes cannot be defined here"),
            ("try: 1", "errors cannot be caught here"), ("emial", "'emial' is undefined"),
        ]:
            with self.subTest(text=text):
                self.assertIn(want, self.bad(text))
        self.assertEqual(self.good("max(Post.query.all(), key='id').id == len(Post.query.all()); min(['bb', 'a'], key=len); max('a', 'b')"),
                         "True\n'a'\n'b'\n")

    @unittest.skipIf(DATABASE, "sqlite3 alone takes the database as an argument")
    def test_dbshell_gives_sqlite3_the_file_first(self):
        out = self.dbshell("sqlite3", "printf '%s|' \"$@\"\n", "--", "-header", "SELECT 1")
        self.assertRegex(out, r"^[^|]*app\.db\|-header\|SELECT 1\|$")

    def test_dbshell_shows_the_password_on_no_command_line(self):
        url = "postgresql://ann:s%20cret@127.0.0.1:1/site?options=-csearch_path%3Da"
        out = self.dbshell("psql", "tr '\\0' '|' </proc/$$/cmdline; echo; printf '%s|' \"$PGPASSWORD\" \"$PGUSER\" \"$PGHOST\" \"$PGPORT\" "
                           "\"$PGDATABASE\" \"$PGOPTIONS\" \"$@\"\n", "--", "-c", "SELECT 1", DATABASE_URL=url)
        line, values = out.rstrip("\n").split("\n")
        self.assertNotIn("cret", line)
        self.assertEqual(values, "s cret|ann|127.0.0.1|1|site|-csearch_path=a|-c|SELECT 1|")

    def test_what_is_undefined_says_so_however_long_the_shell_runs(self):
        name = "a" + "b" * 200
        text = ("x = [{}]|map(attribute='a' ~ 'b' * 200)|list\n"  # A name that is made while it runs.
                "for i in range(80): y = 'z' * 1000000\n"
                "y = none\n"
                "for i in range(80): y = ('q' * 1000)|upper\n"
                "[x|length, y|length]\n"
                "_[0]\n"
                "x[0]")
        code, out, err = self.code(text, MALLOC_PERTURB_="165")  # Freed memory does not look as it did.
        self.assertEqual((code, out), (1, "[1, 1000]\n1\n"))
        self.assertIn("'dict object' has no attribute '%s'" % name, err)

    def test_the_app_and_its_urls(self):
        self.assertEqual(self.good("app.name; app.debug; app.config['MAX_FORM_PARTS']; db.engine.name"),
                         "'flaskinni'\nTrue\n1000\n'%s'\n" % ("postgresql" if DATABASE else "sqlite"))
        self.assertIn("********", self.good("app.config.SECRET_KEY"))
        self.assertRegex(self.good("url_for('blog.read', slug='a b')"), r"^'http://[^/]+/article/a%20b'\n$")
        self.assertRegex(self.good("app.url_map"), r"(?m)^/article/<slug> +blog\.read +GET +anyone$")
        self.assertIn("undefined", self.bad("current_usr"))
        self.assertEqual(self.good("current_user is none; now().year > 2000"), "True\nTrue\n")
        self.assertIn("did you mean", self.bad("url_for('blog.raed', slug='x')"))

    def test_mail_goes_to_the_outbox(self):
        self.good("m = Message('Hi', ['ada@example.org'], body='Text')\nm.html = '<b>Text</b>'\nm.add_recipient('bob@example.org')\nmail.send(m)")
        self.assertEqual(self.good("m = OutboxMail.query.first(); m.subject; m.recipients; m.html; m.status"),
                         "'Hi'\n'[\"ada@example.org\",\"bob@example.org\"]'\n'<b>Text</b>'\n'suppressed'\n")
        self.assertIn("no recipient", self.bad("mail.send(Message(subject='x', body='y'))"))
        self.assertIn("did you mean subject?", self.bad("m = Message(); m.subjekt = 'x'"))
        self.assertIn("takes a Message", self.bad("mail.send('x')"))

    def test_templates_are_rendered(self):
        self.assertIn("<h1", self.good("render_template('base/legal.html')"))
        self.assertIn("nothing.html", self.bad("render_template('nothing.html')"))


class Failures(Scripts):
    def test_the_first_error_ends_a_script_with_its_place(self):
        file = self.home.write("fill.txt", "# A script.\nprint('before')\n\nfor i in range(2):\n    print(i)\n    nothing + 1\nprint('after')\n")
        code, out, err = self.home.run("shell", file)
        self.assertEqual((code, out), (1, "before\n0\n"))
        self.assertEqual(err, "fill.txt:6: error: 'nothing' is undefined\n        nothing + 1\n        ^\n")
        code, out, err = self.home.run("shell", text="x = 1\nx = (\n")
        self.assertEqual((code, out, err), (1, "", "standard input:2: error: this '(' is never closed\n    x = (\n        ^\n"))

    def test_a_refused_row_names_the_statement_and_is_rolled_back(self):
        err = self.bad("u = User.query.first()\ndb.session.add(Post(title='a', slug='same', user=u))\n"
                       "db.session.add(Post(title='b', slug='same', user=u))\n\ncommit()\nprint('never')")
        self.assertIn("-c:5: error: slug", err)
        self.assertIn("Rolled back", err)
        self.assertEqual(self.good("Post.query.filter_by(slug='same').count()"), "0\n")

    def test_mistakes_get_a_suggestion(self):
        for text, want in [
            ("usr", "Did you mean 'User'?"), ("User.qury", "Did you mean 'query'?"), ("User.query.filterby()", "Did you mean 'filter_by'?"),
            ("User.query.filter_by(emial='x').all()", "email"), ("User(emial='x')", "email"), ("User.query.first().emial", "Did you mean 'email'?"),
            ("db.sesion", "Did you mean 'session'?"), ("'x'|uper", "Did you mean 'upper'?"), ("User.query.order_by('-emial').all()", "email"),
            ("User('x')", "by name"), ("db.session.add(User)", "not the model"), ("db.session.add(5)", "a row of a model"),
            ("User.query.filter_by(id=nothing)", "'nothing' is undefined"), ("[x for x in [1]]", "no comprehensions"),
            ("import os", "nothing is imported here"), ("db.session.execute('SELECT :x', {})", ":x"), ("db.session.execute('COMMIT')", "COMMIT"),
            ("db.session.execute('SELEC 1')", "SELEC"), ("len(5)", "has no len()"), ("int('x')", "'x' is no integer"),
            ("sorted([1, 'a'])", "error"), ("exit('x', 1)", "exit() takes at most"),
        ]:
            with self.subTest(text=text):
                self.assertIn(want, self.bad(text))

    def test_a_database_that_is_not_there_is_told_when_it_is_needed(self):
        code, out, err = self.code("1 + 1; User.query.all()", DATABASE_URL="sqlite:////no/such/folder/app.db")
        self.assertEqual((code, out), (1, "2\n"))
        self.assertIn("/no/such/folder", err)

    def test_a_database_without_tables_is_explained(self):
        other = "sqlite:///var/other.db" if not DATABASE else self.home.env["DATABASE_URL"].replace("cli_", "none_")
        code, _, err = self.code("User.query.all()", DATABASE_URL=other)
        self.assertEqual(code, 1)
        self.assertIn("`flaskinni db upgrade` applies migrations that are missing", err)

    def test_wrong_options(self):
        self.assertEqual(self.home.run("shell", "-x")[0], 2)
        self.assertEqual(self.home.run("shell", "-c", "1", "file")[0], 2)
        code, _, err = self.home.run("shell", "--sandbx")
        self.assertEqual((code, "did you mean --sandbox?" in err), (2, True))
        code, _, err = self.home.run("shell", "no-such-file")
        self.assertEqual((code, "no-such-file" in err), (1, True))
        self.assertIn("--sandbox", self.home.run("shell", "--help")[1])


class Sources(Scripts):
    def test_a_file_prints_only_what_it_prints(self):
        file = self.home.write("work.txt", "users = User.query.all()\nusers\nfor u in users:\n    print(u.email)\n'unseen'\n")
        self.assertEqual(self.home.run("shell", file), (0, "admin@example.com\n", ""))

    def test_standard_input_prints_values(self):
        self.assertEqual(self.home.run("shell", text="User.query.count()\nx = 2 \\\n  + 3\nx\n"), (0, "1\n5\n", ""))
        self.assertEqual(self.home.run("shell", "-", text="1"), (0, "1\n", ""))
        self.assertEqual(self.home.run("shell", text=""), (0, "", ""))

    def test_exit_ends_a_script(self):
        self.assertEqual(self.home.run("shell", "-c", "print(1)\nexit(4)\nprint(2)"), (4, "1\n", ""))
        self.assertEqual(self.home.run("shell", "-c", "exit\nprint(2)"), (0, "", ""))

    def test_what_is_not_committed_is_dropped_and_said(self):
        code, _, err = self.code("User.query.first().first_name = 'Nobody'")
        self.assertEqual((code, err), (0, "Changes that were not committed are dropped.\n"))
        self.assertEqual(self.good("User.query.first().first_name"), "'Admin'\n")

    def test_a_sandbox_keeps_nothing(self):
        code, out, err = self.code("User.query.first().first_name = 'Two'; commit(); User.query.first().first_name", "--sandbox")
        self.assertEqual((code, out, err), (0, "'Two'\n", "Sandbox: everything was rolled back.\n"))
        self.assertEqual(self.good("User.query.first().first_name"), "'Admin'\n")

    def test_rollback_in_a_sandbox_goes_back_to_its_commit_or_to_the_beginning(self):
        for text, want in [
            ("n = Tag.query.count(); r = db.session.execute('DELETE FROM tag'); rollback(); Tag.query.count() == n and n > 0", "True\n"),
            ("r = db.session.execute('DELETE FROM tag'); rollback(); rollback(); Tag.query.count() > 0", "True\n"),
            ("add('a'); commit(); add('b'); rollback(); has('a'); has('b'); rollback(); has('a')", "True\nFalse\nTrue\n"),
            ("add('a'); commit(); db.session.begin_nested(); add('b'); db.session.begin_nested(); add('c'); rollback(); has('a'); has('b'); has('c')",
             "True\nFalse\nFalse\n"),
            ("add('a'); commit(); db.session.rollback_nested(); add('b'); rollback(); has('a'); has('b')", "True\nFalse\n"),
            ("add('a'); db.session.begin_nested(); add('b'); db.session.rollback_nested(); has('a'); has('b'); rollback(); has('a')",
             "True\nFalse\nFalse\n"),
        ]:
            with self.subTest(text=text):
                text = re.sub(r"add\('(.)'\)", r"db.session.add(Tag(name='sandbox-\1'))", text)
                text = re.sub(r"has\('(.)'\)", r"Tag.query.filter_by(name='sandbox-\1').exists()", text)
                code, out, err = self.code(text, "--sandbox")
                self.assertEqual((code, out), (0, want), err)
        self.assertIn("no savepoint", self.bad("db.session.add(Tag(name='x')); commit(); db.session.release()", "--sandbox"))

    def test_reset_forgets_everything(self):
        self.assertEqual(self.good("x = 1; User.query.first().first_name = 'No'; reset()\nx is defined; User.query.first().first_name"),
                         "False\n'Admin'\n")

    def test_control_c_ends_a_script(self):
        process = subprocess.Popen([FLASKINNI, "shell", "-c", "print('running'); x = 0\nwhile true: x = x + 1"], cwd=self.home.folder,
                                   env=self.home.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"running\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.assertEqual((process.returncode, b"interrupted" in err), (130, True), err)


class Memory(Scripts):
    def peak(self, text):
        """The most memory, in MiB, that a script took; what it printed."""
        process = subprocess.Popen([FLASKINNI, "shell"], cwd=self.home.folder, env=self.home.env, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.stdin.write(text.encode())
        process.stdin.close()
        out = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        process.stdout.close()
        self.assertEqual(status, 0, out[-2000:])
        return usage.ru_maxrss / 1024, out

    def test_a_long_session_does_not_grow(self):
        most, out = self.peak("u = User.query.first()\nkept = ['text', {'a': u}]\n" +
                              "x = list(range(1000))\nUser.query.first().email|length\n" * 8000 +
                              "kept[0]; kept[1]['a'].email; u == kept[1]['a']; x|length\n")
        self.assertIn("'text'\n'admin@example.com'\nTrue\n1000\n", out)
        if "ASAN_OPTIONS" not in self.home.env:
            self.assertLess(most, 150)

    def test_many_commits_do_not_grow(self):
        most, out = self.peak("u = User.query.first()\n" + "t = Tag(name='first')\ndb.session.add(t); commit()\n" +
                              "".join("t = Tag(name='t%d')\ndb.session.add(t)\ncommit()\n" % i for i in range(3000)) +
                              "t.name; Tag.query.where('name', 'startswith', 't').count() >= 3000; u.email\n")
        self.assertIn("'t2999'\nTrue\n'admin@example.com'\n", out)
        if "ASAN_OPTIONS" not in self.home.env:
            self.assertLess(most, 150)


if __name__ == "__main__":
    unittest.main()
