/* shell_hints.c -- what to write instead of what Python and SQLAlchemy have and the shell has not.
 */
#include "cli/shell.h"

typedef struct hint {
    const char *words; /* Names, with spaces between. */
    const char *text;
} hint;

/* Of names that are undefined. */
static const hint names[] = {
    { "select", "a query begins with its model, User.query.filter_by(active=true).all()" },
    { "text", "SQL is a string, db.session.execute('SELECT 1')" },
    { "func", "aggregates are text, User.query.with_entities('count(*)').scalar()" },
    { "joinedload selectinload subqueryload",
      "name the relationship, Post.query.load('tags').all()" },
    { "desc asc", "the order is text, Post.query.order_by('-title')" },
    { "and_", "conditions follow each other, .where('id', '>', 1).where('id', '<', 9)" },
    { "or_", "write .filter_any(['id', '<', 2], ['id', '>', 8])" },
    { "not_", "write .exclude('id', '>', 1)" },
    { "datetime date timedelta", "now() is the time, and times are set by text, "
                                 "post.publish_date = '2026-01-31 12:00'" },
    { "current_app", "it is app" },
    { "os sys json re math random time pprint logging pathlib", "there are no modules here" },
    { "open input eval exec compile", "the shell has no such function" },
    { "map", "write users|map(attribute='email')|list" },
    { "filter", "write users|selectattr('active')|list" },
    { "set frozenset", "values|unique|list has each value once" },
    { "divmod pow", "the operators // % ** do it" },
};

/* Of attributes that are not there. */
static const hint attributes[] = {
    { "select scalars", "a query begins with its model, User.query.filter_by(active=true).all()" },
    { "create_all drop_all", "tables follow the models by `db upgrade`" },
    { "get_or_404 first_or_404 one_or_404", "get(7), first() and one_or_none() give None" },
    { "fetchall fetchone fetchmany mappings", "all(), first() and scalar() read a result" },
    { "__dict__ __class__ __doc__", "dir(x) lists what it has, type(x) and help(x) tell more" },
    { "__table__ metadata c", "User.table is its name, User.columns are its columns" },
};

static const char *find(const hint *hints, size_t count, cf_str name)
{
    for (size_t i = 0; i < count; i++) {
        cf_str rest = cf_str_of(hints[i].words), word;

        while (rest.len) {
            cf_str_cut(rest, ' ', &word, &rest);
            if (cf_str_eq(word, name))
                return hints[i].text;
        }
    }
    return NULL;
}

/* The text between the last quotes before `end`. */
static cf_str quoted(cf_str text, size_t end)
{
    cf_str before, name;

    text = cf_str_slice(text, 0, end);
    if (!cf_str_rcut(text, '\'', &text, &name) || !cf_str_rcut(text, '\'', &before, &name))
        return (cf_str){ 0 };
    return name;
}

static const char *hint_for(cf_str message, cf_str said, cf_arena *arena)
{
    size_t end = cf_str_find(message, CF_STR("' is undefined"));
    cf_str name;

    if (end != CF_NPOS)
        return find(names, sizeof names / sizeof names[0], quoted(message, end + 1));
    end = cf_str_find(said, CF_STR(" has no attribute '"));
    if (end == CF_NPOS)
        return NULL;
    name = quoted(said, said.len);
    if (said.len < message.len && cf_str_eq(quoted(message, message.len), name))
        return cf_printf(arena, "it is called, %.*s()", CF_STR_ARG(name));
    return find(attributes, sizeof attributes / sizeof attributes[0], name);
}

cf_str cf__shell_hint(cf_arena *arena, cf_str message, cf_str source)
{
    size_t      near = cf_str_find(message, CF_STR(". Did you mean"));
    cf_str      said = near == CF_NPOS ? message : cf_str_slice(message, 0, near);
    const char *text = hint_for(message, said, arena);

    if (cf_str_starts(message, CF_STR("expected token")) &&
        cf_str_find(source, CF_STR("lambda")) != CF_NPOS)
        return CF_STR("there are no functions here: sorted(users, key='email') takes an "
                      "attribute's name, users|map(attribute='email') too");
    if (!text)
        return message;
    return cf_str_of(cf_printf(arena, "%.*s: %s", CF_STR_ARG(said), text));
}
