/* test_script.c -- statements over the expression language: what they do, and how they fail. */
#include "helpers.h"

#include <carafe/script.h>

typedef struct world {
    cf_arena     *arena;
    cf_templates *env;
    cf_map       *names;
    cf_buf        out; /* Every value of a statement that is an expression. */
} world;

static bool note(void *data, cf_eval *eval, cf_value value)
{
    world *w = data;

    cf_buf_puts(&w->out, w->out.len ? " " : "");
    return cf_to_repr(eval, value, &w->out);
}

/* Runs a script; its values, or "CODE line:column message". */
static const char *play(world *w, const char *source)
{
    cf_error   err = { 0 };
    cf_eval    eval = { .arena = w->arena, .err = &err };
    cf_script *script;

    cf_buf_clear(&w->out);
    script = cf_script_compile(w->env, w->arena, "file", 10, cf_str_of(source), &err);
    if (script && cf_script_run(script, &eval, w->names, note, w))
        return cf_buf_cstr(&w->out);
    return cf_printf(w->arena, "%s %d:%d %s", cf_code_name(err.code), err.input_line,
                     err.input_column, err.message);
}

static world begin(void)
{
    world    w = { .arena = cf_arena_new() };
    cf_map  *user = cf_map_new(w.arena);
    cf_list *list = cf_list_new(w.arena);

    w.env = cf_script_env(w.arena, cf_templates_new(w.arena, NULL), NULL);
    w.names = cf_map_new(w.arena);
    w.out = cf_buf_in(w.arena, 0);
    cf_map_set(user, "email", cf_string("ada@example.org"));
    cf_list_add(list, cf_int(3));
    cf_list_add(list, cf_int(4));
    cf_map_set(w.names, "user", cf_from_map(user));
    cf_map_set(w.names, "numbers", cf_from_list(list));
    return w;
}

static void check_all(const render_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        world       w = begin();
        const char *got = play(&w, cases[i].source);

        cr_expect_str_eq(got, cases[i].want, "%s\n gave %s\n want %s", cases[i].source, got,
                         cases[i].want);
        cf_arena_free(w.arena);
    }
}
#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof((cases)[0]))

Test(script, statements_do_what_python_would)
{
    static const render_case cases[] = {
        { "1 + 2; 'a' ~ 'b'", "3 'ab'" },
        { "x = y = 5\nx + y", "10" },
        { "a, b = numbers; b; a", "4 3" },
        { "a, (b, c) = 1, (2, 3)\n[a, b, c]", "[1, 2, 3]" },
        { "a = 1, 2\na", "(1, 2)" },
        { "user.email = 'x@y.z'; user['age'] = 36; user", "{'email': 'x@y.z', 'age': 36}" },
        { "numbers[-1] = 9; numbers[0] += 1; numbers", "[4, 9]" },
        { "x = 7; x -= 2; x *= 3; x //= 2; x **= 2; x %= 10; x", "9" },
        { "s = 'a'; s ~= 1; s += 'b'; s", "'a1b'" },
        { "n = numbers; n += [5]; numbers", "[3, 4, 5]" },
        { "x = 1\ndel x, numbers[0], user['email']\n[numbers, user]", "[[4], {}]" },
        { "pass; True; None is None; user is not none", "True True True" },
        { "nothing is defined; nothing|default(4); user.age is defined; user.age|d('?')",
          "False 4 False '?'" },
        { "(1 +\n  2)  # a comment, 'open\n# another\n{'a':\n1}['a']", "3 1" },
        { "x = 1 + \\\n  2\nx; '#'", "3 '#'" },
        { "\"\"\"two\nlines\"\"\"", "'two\\nlines'" },
    };

    CHECK_ALL(cases);
}

Test(script, blocks_loop_and_branch)
{
    static const render_case cases[] = {
        { "for n in numbers: n * 2; 'x'", "6 'x' 8 'x'" },
        { "for n in range(9):\n    if n == 1:\n        continue\n    elif n > 3:\n        break\n"
          "    n\nelse:\n    'never'",
          "0 2 3" },
        { "for k, v in {'a': 1}.items():\n\tk\n\tv\nelse:\n\t'done'", "'a' 1 'done'" },
        { "i = 0\nwhile i < 3:\n  i += 1\n\n  # between\n\ni", "3" },
        { "if not numbers: 1\nelif user.email: 2\nelse: 3", "2" },
        { "if 0:\n  1\nelse:\n  for a in numbers:\n    if a > 3:\n      a", "4" },
        { "for a in []: a\nelse: 'none'", "'none'" },
    };

    CHECK_ALL(cases);
}

Test(script, errors_say_where_and_what)
{
    static const render_case cases[] = {
        { "\nusr.email", "EUNDEFINED 11:1 'usr' is undefined. Did you mean 'user'?" },
        { "user.emial", "EUNDEFINED 10:6 'dict object' has no attribute 'emial'" },
        { "range(user.count)", "EUNDEFINED 10:12 'dict object' has no attribute 'count'" },
        { "numbers[7]", "EUNDEFINED 10:8 list object has no element 7" },
        { "x = (1 +\n  nothing)", "EUNDEFINED 11:3 'nothing' is undefined" },
        { "1 +", "ESYNTAX 10:4 unexpected 'end of the line'" },
        { "f(1", "ESYNTAX 10:2 this '(' is never closed" },
        { "x = 'abc\n1", "ESYNTAX 10:5 this string is not closed" },
        { "1 = x", "ESYNTAX 10:1 a constant cannot be assigned to or deleted" },
        { "f(x) = 1",
          "ESYNTAX 10:1 only a name, an attribute or an item can be assigned to or deleted" },
        { "x == 1 = 2",
          "ESYNTAX 10:1 a comparison cannot be assigned to; one '=' too many or too few?" },
        { "= 2", "ESYNTAX 10:1 something to assign to is missing here" },
        { "  1", "ESYNTAX 10:3 this line is indented, but no block was begun" },
        { "for x in 1", "ESYNTAX 10:11 a ':' is missing here" },
        { "if 1:\n1", "ESYNTAX 10:5 an indented block is missing after this ':'" },
        { "break", "ESYNTAX 10:1 this stands in no loop" },
        { "import os",
          "ESYNTAX 10:1 nothing is imported here: the models, db and app are there already" },
        { "1; ; 2", "ESYNTAX 10:4 a statement is missing here" },
        { "del nothing", "EUNDEFINED 10:5 'nothing' is undefined" },
        { "del numbers[2]", "ERUNTIME 10:12 the list has no place 2" },
        { "a, b = 1, 2, 3", "ERUNTIME 10:1 2 names for 3 values" },
        { "x = 5; x.y = 1", "ETYPE 10:10 attributes of 'int' objects cannot be set" },
        { "numbers|lenght", "ESYNTAX 10:9 No filter named 'lenght'. Did you mean 'length'?" },
        { "x = 1 ?", "ESYNTAX 10:7 unexpected char '?' at 6" },
    };

    CHECK_ALL(cases);
}

Test(script, hints_for_those_who_write_python)
{
    world w = begin();

    cr_expect(strstr(play(&w, "[x for x in numbers]"), "|map(attribute="));
    cr_expect(strstr(play(&w, "f'{x}'"), "Strings have no prefixes"));
    cr_expect(strstr(play(&w, "def f(x): 1"), "functions cannot be defined here"));
    cf_arena_free(w.arena);
}

Test(script, names_outlive_a_script_and_a_failed_one)
{
    world w = begin();

    cr_expect_str_eq(play(&w, "kept = 'here'"), "");
    cr_expect(strstr(play(&w, "kept = 'changed'; 1 / 0"), "ERUNTIME"));
    cr_expect_str_eq(play(&w, "kept"), "'changed'");
    cf_arena_free(w.arena);
}

Test(script, generators_go_on_in_a_later_script)
{
    static const render_case cases[] = {
        { "[{'n': 1}, {'n': 2}, {'n': 3}]|map(attribute='n')", "1 [2, 3]" },
        { "['a', 'b', 'c']|map('upper')", "'A' ['B', 'C']" },
        { "[{'n': 1}, {'n': 0}, {'n': 2}]|selectattr('n')", "{'n': 1} [{'n': 2}]" },
        { "[1, 2, 3]|reject('even')", "1 [3]" },
        { "['a', 'A', 'b', 'B']|unique", "'a' ['b']" },
        { "[1, 2, 3]|batch(2, 0)", "[1, 2] [[3, 0]]" },
        { "[1, 2, 3]|slice(2)", "[1, 2] [[3]]" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world       w = begin();
        const char *first;

        cr_expect_str_eq(play(&w, cf_printf(w.arena, "g = %s", cases[i].source)), "");
        first = cf_strdup(w.arena, play(&w, "g|first"));
        cr_expect_str_eq(cf_printf(w.arena, "%s %s", first, play(&w, "g|list")), cases[i].want,
                         "%s", cases[i].source);
        cf_arena_free(w.arena);
    }
}

Test(script, a_loop_without_end_can_be_stopped)
{
    static volatile int stop;
    world               w = begin();

    w.env = cf_script_env(w.arena, w.env, &stop);
    stop = 1;
    cr_expect_str_eq(play(&w, "while true: pass"), "ECANCELED 10:7 interrupted");
    cf_arena_free(w.arena);
}

Test(script, limits_of_the_language_hold)
{
    world               w = begin();
    cf_template_options options = { .max_steps = 1000 };

    w.env = cf_script_env(w.arena, cf_templates_new(w.arena, &options), NULL);
    cr_expect(strstr(play(&w, "while true: pass"), "ELIMIT 10:7"));
    cr_expect(strstr(play(&w, "for i in range(2000): pass"), "ELIMIT 10:"));
    cr_expect_str_eq(play(&w, "for i in range(900): pass"), "");
    cf_arena_free(w.arena);
}

Test(script, lines_that_go_on_are_known)
{
    static const struct {
        const char *text;
        bool        more;
    } cases[] = {
        { "1 + 2", false },
        { "f(1,", true },
        { "f(1,\n2)", false },
        { "x = \\", true },
        { "x = \\\n1", false },
        { "'abc", false },
        { "\"\"\"abc", true },
        { "\"\"\"a\nb\"\"\"", false },
        { "{'a': [", true },
        { "for x in y:", true },
        { "for x in y:\n  x\n", true },
        { "for x in y:\n  x\n\n", false },
        { "for x in y: x", false },
        { "if x:  # why", true },
        { "format", false },
        { "x = ')'", false },
        { "# (", false },
        { ")", false },
        { "", false },
        { "x = 'a\\", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(cf_script_wants_more(cf_str_of(cases[i].text)), cases[i].more, "%s",
                     cases[i].text);
}

Test(script, a_file_is_cut_into_statements)
{
    cf_str rest = CF_STR("# first\n\na = (1,\n2)\nfor x in a:\n  x\n\n  x\nelse: 2\n\nb; c");
    static const struct {
        const char *text;
        int         lines;
    } want[] = { { "a = (1,\n2)\n", 2 },
                 { "for x in a:\n  x\n\n  x\nelse: 2\n", 0 },
                 { "b; c", 1 },
                 { "", 0 } };

    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        int    lines;
        cf_str piece = cf_script_cut(rest, &rest, &lines);

        cr_expect(cf_str_is(piece, want[i].text), "%.*s", CF_STR_ARG(piece));
        cr_expect_eq(lines, want[i].lines, "%d before %s", lines, want[i].text);
    }
}
