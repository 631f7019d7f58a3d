#!/usr/bin/python3
# test_shell_terminal.py -- the shell at a terminal: keys, history, completion, Ctrl-C, pages, tables.
import os
import re
import stat
import time
import unittest

from terminal import (BACKSPACE, CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_K, CTRL_R, CTRL_U, CTRL_W, DATABASE, DELETE, END_KEY,
                      ENTER, HOME_KEY, LEFT, RIGHT, TAB, UP, Home, Terminal, remove_template)


def tearDownModule():
    remove_template()


class AtATerminal(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.end)

    def shell(self, *arguments, **settings):
        terminal = Terminal(self.home, "shell", *arguments, **settings)
        self.addCleanup(terminal.__exit__)
        terminal.banner = terminal.prompt()
        return terminal

    def leave(self, t, code=0):
        t.send(CTRL_D)
        self.assertEqual(t.wait(), code)


class Talking(AtATerminal):
    def test_the_banner_names_the_database_and_the_models(self):
        t = self.shell()
        self.assertIn("flaskinni shell", t.banner)
        self.assertRegex(t.banner, r"database +(sqlite:///var/app.db|postgresql://)")
        for name in ("User", "Post", "db", "url_for", "help()", "Ctrl-D"):
            self.assertIn(name, t.banner)
        self.assertNotIn("sandbox", t.banner)
        self.leave(t)

    def test_the_guides_session_works_as_it_is_written(self):
        t = self.shell(columns=200)
        t.line("User.query.filter_by(active=true).order_by('-id').limit(3).all()")
        self.assertEqual(t.line("my_users = User.query.all()").strip(), "")
        self.assertIn("'admin@example.com'", t.line("my_users[0].email"))
        t.line("my_users[0].email = 'x@y.z'")
        t.line("p = Post(title='Hi', user=my_users[0])")
        t.line("db.session.add(p)")
        t.line("db.session.commit()")
        self.assertIn("True", t.line("p.id > 0"))
        self.assertIn("'x@y.z'", t.line("Post.query.filter_by(title='Hi').first().user.email"))
        self.assertIn("'x@y.z'", t.line("_"))
        self.leave(t)
        code, out, _ = self.home.run("shell", "-c", "User.query.first().email; Post.query.filter_by(slug='hi').count()")
        self.assertEqual((code, out), (0, "'x@y.z'\n1\n"))

    def test_a_mistake_is_shown_with_its_place_and_the_session_goes_on(self):
        t = self.shell()
        t.line("users = User.query.all()")
        shown = t.line("[1, usres[0].email]")
        self.assertIn("    [1, usres[0].email]\n        ^\nerror: 'usres' is undefined. Did you mean 'users'?", shown)
        self.assertIn("Did you mean 'filter_by'?", t.line("User.query.filterby(id=1)"))
        self.assertIn("Did you mean 'email'?", t.line("users[0].emial"))
        self.assertIn("error: unexpected 'end of the line'", t.line("1 +"))
        self.assertIn("2", t.line("1 + 1"))
        self.leave(t)

    def test_a_failed_flush_rolls_back_says_so_and_leaves_the_session_usable(self):
        t = self.shell(columns=160)
        t.line("u = User.query.first()")
        t.line("u.first_name = 'Changed'")
        t.line("db.session.add(Post(title='One', slug='same', user=u))")
        t.line("db.session.add(Post(title='Two', slug='same', user=u))")
        shown = t.line("commit()")
        self.assertIn("slug", shown)
        self.assertIn("Rolled back", shown)
        self.assertIn("'Admin'", t.line("u.first_name"))
        t.line("db.session.add(Post(title='Three', slug='other', user=u)); commit()")
        self.assertIn("1", t.line("Post.query.filter_by(user=u).where('slug', 'in', ['same', 'other']).count()"))
        self.leave(t)

    if DATABASE:  # SQLite has no connection to lose.
        def test_a_connection_that_is_cut_costs_the_transaction_and_not_the_session(self):
            t = self.shell()
            self.assertIn("1", t.line("User.query.count()"))
            self.home.cut()
            t.line("u = User.query.first()")
            t.line("u.first_name = 'Eve'; db.session.flush()")
            self.home.cut()
            shown = t.line("User.query.count()")
            self.assertIn("error: ", shown)
            self.assertIn("Rolled back", shown)
            self.assertIn("'Admin'", t.line("User.query.first().first_name"))
            t.line("u.first_name = 'Eve'; commit()")
            self.assertIn("'Eve'", t.line("db.session.execute('SELECT first_name FROM \"user\"').scalar()"))
            self.leave(t)

    def test_ctrl_d_says_when_changes_are_dropped(self):
        t = self.shell()
        t.line("User.query.first().first_name = 'Nobody'")
        t.send(CTRL_D)
        t.expect("Changes that were not committed are dropped")
        self.assertEqual(t.wait(), 0)
        self.assertEqual(self.home.run("shell", "-c", "User.query.first().first_name")[1], "'Admin'\n")

    def test_exit_leaves_with_its_code(self):
        for typed, code in (("exit", 0), ("quit()", 0), ("exit(3)", 3)):
            with self.subTest(typed=typed):
                t = self.shell()
                t.send(typed + ENTER)
                self.assertEqual(t.wait(), code)

    def test_help_has_something_to_say(self):
        t = self.shell(columns=120, lines=300)
        self.assertIn("Tab completes", t.line("help"))
        self.assertIn("User.query.all()", t.line("help()"))
        shown = t.line("help(Post)")
        for part in ("table post", "title", "belongs-to", "tags_posts", ".filter_by(", "Post.get(7)"):
            self.assertIn(part, shown)
        self.assertIn(".order_by('-id')", t.line("User.query?"))
        self.assertIn("sorted(values, key=none", t.line("help(sorted)"))
        self.assertIn("begin_nested", t.line("help(db.session)"))
        self.assertIn("upper", t.line("help('text')"))
        self.leave(t)


class Keys(AtATerminal):
    def test_lines_are_edited_as_in_every_shell(self):
        t = self.shell()
        for keys, want in [
            ("1+3" + LEFT + BACKSPACE + "-", "-2"),
            ("2" + CTRL_A + "4" + CTRL_E + "+1", "43"),
            ("5" + HOME_KEY + "7" + END_KEY + "8", "758"),
            ("12" + HOME_KEY + DELETE, "2"),
            ("9 junk" + CTRL_W, "9"),
            ("junk" + CTRL_U + "6", "6"),
            ("3 junk" + LEFT * 5 + CTRL_K, "3"),
            ("'h" + "\u00e9" + "x'" + LEFT + BACKSPACE + RIGHT + "|length", "2"),
        ]:
            with self.subTest(keys=keys):
                t.send(keys + ENTER)
                self.assertRegex(t.prompt(), r"(?m)^%s$" % re.escape(want))
        self.leave(t)

    def test_history_outlives_the_session_and_is_private(self):
        t = self.shell()
        t.line("1111 + 1")
        t.line("2222 + 2")
        t.send(UP + UP + ENTER)
        self.assertIn("1112", t.prompt())
        t.send(" 'a secret'" + ENTER)
        t.prompt()
        self.leave(t)
        file = self.home.path("var/shell_history")
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        with open(file, encoding="utf-8") as f:
            self.assertEqual(f.read(), "1111 + 1\n2222 + 2\n1111 + 1\n")
        t = self.shell()
        t.send(UP + UP + ENTER)
        self.assertIn("2224", t.prompt())
        t.send(CTRL_R + "1111" + ENTER)
        t.expect(r"(?m)^1112\n>>> ")
        self.leave(t)

    def test_several_lines_come_back_as_one(self):
        t = self.shell()
        t.send("for i in range(2):" + ENTER + "    print(i + 40)" + ENTER + ENTER)
        self.assertIn("40\n41\n", t.prompt())
        t.line("'between'")
        t.send(UP + UP + ENTER)
        self.assertIn("40\n41\n", t.prompt())
        t.send("x = [1," + ENTER + "     7]" + ENTER)
        t.prompt()
        t.send(UP + ENTER)
        t.prompt()
        self.assertIn("8", t.line("x|sum"))
        self.leave(t)
        with open(self.home.path("var/shell_history"), encoding="utf-8") as f:
            self.assertEqual(f.read().split("\n")[:2], ["for i in range(2):\x1e    print(i + 40)", "'between'"])
        t = self.shell()
        t.send(UP + UP + ENTER)  # The list, after x|sum.
        t.prompt()
        self.assertIn("[1, 7]", t.line("x"))
        self.leave(t)

    def test_pasted_lines_run_one_by_one_and_tabs_in_them_indent(self):
        t = self.shell()
        t.send("a = 4\rfor i in range(2):\r\tif i:\r\t\tprint(a + i)\r\r'done'\r")
        t.expect(r"(?m)^5\n")
        t.expect(r"(?m)^'done'\n")
        t.prompt()
        self.leave(t)

    def test_control_d_leaves_an_open_input_first(self):
        t = self.shell()
        t.send("a = [1," + ENTER)
        t.expect(r"\.\.\. ")
        t.send(CTRL_D)
        t.prompt()
        self.assertIn("'a' is undefined", t.line("a"))
        t.send(CTRL_D)
        self.assertEqual(t.wait(), 0)

    def test_a_question_mark_before_or_behind_asks_for_help(self):
        t = self.shell()
        self.assertIn("primary key", t.line("User?"))
        self.assertIn("primary key", t.line("?User"))
        self.leave(t)

    def test_history_is_bounded_and_can_be_turned_off(self):
        self.home.write("var/shell_history", "".join("%d\n" % i for i in range(50)))
        t = self.shell(SHELL_HISTORY_SIZE="10")
        t.line("'the last'")
        self.leave(t)
        with open(self.home.path("var/shell_history"), encoding="utf-8") as f:
            lines = f.read().split("\n")
        self.assertEqual((len(lines), lines[0], lines[-2]), (11, "41", "'the last'"))
        os.unlink(self.home.path("var/shell_history"))
        t = self.shell(SHELL_HISTORY="off")
        t.line("'not kept'")
        t.send(UP + ENTER)
        self.assertIn("'not kept'", t.prompt())
        self.leave(t)
        self.assertFalse(os.path.exists(self.home.path("var/shell_history")))

    def test_input_of_several_lines(self):
        t = self.shell()
        t.send("total = sum([1," + ENTER)
        t.expect(r"(?m)^\.\.\. ")
        t.send("  2," + ENTER)
        t.expect(r"(?m)^\.\.\. ")
        t.send("3])" + ENTER)
        t.prompt()
        self.assertIn("6", t.line("total"))
        t.send("7 + \\" + ENTER)
        t.expect(r"(?m)^\.\.\. ")
        t.send("1" + ENTER)
        self.assertRegex(t.prompt(), r"(?m)^8$")
        t.send("for n in range(3):" + ENTER)
        t.expect(r"(?m)^\.\.\. ")
        t.send("    if n: print('n is', n)" + ENTER)
        t.expect(r"(?m)^\.\.\. ")
        t.send(ENTER)
        self.assertIn("n is 1\nn is 2\n", t.prompt())
        self.leave(t)

    def test_ctrl_c_drops_the_line_and_not_the_session(self):
        t = self.shell()
        t.line("x = 5")
        t.send("y = (1," + ENTER)
        t.expect(r"(?m)^\.\.\. ")
        t.send("2" + CTRL_C)
        t.prompt()
        t.send("junk" + CTRL_C)
        t.prompt()
        self.assertIn("5", t.line("x"))
        self.assertIn("undefined", t.line("y"))
        self.leave(t)

    def test_ctrl_c_stops_what_runs(self):
        t = self.shell()
        slow = "SELECT count(*) FROM generate_series(1, 9000000000)" if DATABASE else \
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2000000000) SELECT count(*) FROM c"
        for typed in ("while true: pass", "db.session.execute('%s')" % slow, "sum(range(10000000000))"):
            with self.subTest(typed=typed):
                t.send(typed + ENTER)
                t.expect(re.escape(typed[-15:]))
                time.sleep(0.5)
                t.send(CTRL_C)
                self.assertIn("interrupted", t.prompt(10))
                self.assertIn("1", t.line("User.query.count()"))
        self.leave(t)


class Completion(AtATerminal):
    def completed(self, t, typed, tabs=1):
        """The line as Tab leaves it, and what was listed."""
        t.send(typed + TAB * tabs)
        time.sleep(0.15)
        while t.read(0.15):
            pass
        shown = t.text()[t.seen:]
        t.seen = len(t.text())
        t.send(CTRL_C)
        t.prompt()
        return shown

    def test_names_attributes_columns_and_files(self):
        t = self.shell(columns=200)
        t.line("first = User.query.first()")
        for typed, want in [
            ("Use", "User"), ("roll", "rollback"), ("User.que", "User.query"), ("User.query.filt", "User.query.filter"),
            ("first.uniq", "first.uniquifier"), ("User.query.filter_by(uniq", "User.query.filter_by(uniquifier="),
            ("Post(subt", "Post(subtitle="), ("Post.query.order_by('-publ", "Post.query.order_by('-publish_date"),
            ("Post.query.all()[0].user.uniq", "Post.query.all()[0].user.uniquifier"),
            ("db.session.add(Post(subt", "db.session.add(Post(subtitle="), ("db.session.expi", "db.session.expire_all"),
            ("open = '.en", "open = '.en"), ("x = 'var/app", "x = 'var/app.db" if not DATABASE else "x = 'var/app"),
            ("url_for('base.superad", "url_for('base.superadmin"), ("mail.se", "mail.send"), ("'x'.isal", "'x'.isal"),
            ("Message(recip", "Message(recipients="),
        ]:
            with self.subTest(typed=typed):
                self.assertIn(want, self.completed(t, typed))
        self.leave(t)

    def test_several_are_listed(self):
        t = self.shell(columns=100)
        shown = self.completed(t, "Post.query.filter_by(s", 2)
        for name in ("slug=", "status=", "subtitle="):
            self.assertIn(name, shown)
        for name in ("sorted", "title=\n"):
            self.assertNotIn(name, shown.replace("subtitle=", ""))
        self.leave(t)

    def test_a_name_that_would_steer_the_terminal_is_neither_shown_nor_typed(self):
        t = self.shell(columns=100)
        self.assertNotIn("error", t.line("d = {'plain': 1, 'pl\\x1b[31;7mred': 2, 'pl\\u202etfel': 3}"))
        open(self.home.path("pl\x1b[31;7mfile"), "w").close()
        for typed in ("d.pl", "x = 'pl"):
            self.completed(t, typed, 2)
        self.assertIn("d.plain", self.completed(t, "d.pl"))
        self.assertNotIn(b"\x1b[31;7m", t.raw)
        self.assertNotIn("\u202e".encode(), t.raw)
        self.leave(t)

    def test_no_query_is_sent(self):
        t = self.shell(columns=200)
        t.line("u = User.query.first()")
        t.line("db.session.execute('DROP TABLE tags_posts'); db.session.execute('ALTER TABLE post RENAME TO posts_gone')"
               if DATABASE else "db.session.execute('DROP TABLE tags_posts'); db.session.execute('DROP TABLE post')")
        self.assertIn("first().title", self.completed(t, "u.posts.first().titl"))
        self.assertNotIn("error", self.completed(t, "Post.query.first().tags.", 2))
        t.line("rollback()")
        self.leave(t)


class Output(AtATerminal):
    def fill(self, t, count=60):
        t.line("u = User.query.first()")
        t.line("for i in range(%d): db.session.add(Post(title='T\u00eftle \u65e5\u672c ' ~ i, slug='s' ~ i, user=u, body='x' * 300))"
               % count)
        t.line("commit()")

    def test_rows_are_a_table_that_fits(self):
        t = self.shell(columns=60)
        t.line("db.session.add(Post(title='T\u00eftle \u65e5\u672c\u8a9e', slug='wide', user=User.query.first(), body='y' * 500))")
        shown = t.line("Post.query.filter_by(slug='wide').all()")
        table = [line for line in shown.split("\n") if line]
        self.assertIn("1 row", table)
        self.assertTrue(any(line.startswith("all empty: subtitle") for line in table), shown)
        self.assertIn("\u2026", shown)

        def columns(text):
            return sum(2 if "\u2e80" <= c <= "\u9fff" else 1 for c in text)

        for line in table:
            if not re.match(r"all empty|not shown|\(a transaction", line):
                self.assertLessEqual(columns(line), 60, line)
        t.resize(250, 40)
        wider = t.line("Post.query.filter_by(slug='wide').all()")
        self.assertGreater(max(columns(line) for line in wider.split("\n")), 100)
        self.assertIn("publish_date", wider)
        self.leave(t)

    def test_one_row_is_shown_line_by_line(self):
        t = self.shell()
        shown = t.line("User.query.first()")
        self.assertRegex(shown, r"(?m)^  email +admin@example.com$")
        self.assertRegex(shown, r"(?m)^  phone +None$")
        self.leave(t)

    def test_long_results_go_through_the_pager(self):
        pager = "sed 's/^/paged: /'"
        t = self.shell(lines=20, PAGER=pager)
        self.fill(t)
        shown = t.line("Post.query.all()")
        self.assertGreater(shown.count("paged: "), 60)
        self.assertNotIn("paged: ", t.line("Post.query.limit(3).all()"))
        t.resize(100, 200)
        self.assertNotIn("paged: ", t.line("Post.query.all()"))
        self.leave(t)

    def test_a_pager_that_is_left_early_or_missing_does_no_harm(self):
        t = self.shell(lines=20, PAGER="head -2")
        self.fill(t)
        self.assertLess(t.line("Post.query.all()").count("\n"), 6)
        self.assertIn("2", t.line("1 + 1"))
        self.leave(t)
        t = self.shell(lines=20, PAGER="/no/such/pager")
        self.assertIn("not found", t.line("Post.query.all()"))
        self.assertIn("2", t.line("1 + 1"))
        self.leave(t)

    def test_colours_only_where_they_are_wanted(self):
        t = self.shell()
        t.line("nothing")
        self.assertIn(b"\x1b[31m", t.raw)
        self.leave(t)
        for settings in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            with self.subTest(settings=settings):
                t = self.shell(**settings)
                t.line("nothing")
                self.assertNotRegex(t.raw, rb"\x1b\[[0-9;]*m")
                self.leave(t)


class Sandbox(AtATerminal):
    def test_nothing_lasts_and_commits_are_savepoints(self):
        t = self.shell("--sandbox")
        self.assertIn("nothing lasts", t.banner)
        t.line("u = User.query.first()")
        t.line("u.first_name = 'One'")
        self.assertIn("sandbox", t.line("commit()"))
        t.line("u.first_name = 'Two'")
        t.line("rollback()")
        self.assertIn("'One'", t.line("User.query.first().first_name"))
        t.line("db.session.add(Post(title='x', slug='x', user=u)); db.session.add(Post(title='y', slug='x', user=u))")
        self.assertIn("Rolled back to the last commit", t.line("commit()"))
        self.assertIn("'One'", t.line("User.query.first().first_name"))
        t.send(CTRL_D)
        t.expect("everything was rolled back")
        self.assertEqual(t.wait(), 0)
        self.assertEqual(self.home.run("shell", "-c", "User.query.first().first_name")[1], "'Admin'\n")


if __name__ == "__main__":
    unittest.main()
