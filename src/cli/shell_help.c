/* shell_help.c -- help() and help(x): what a value is, what it can do, and how to say it. */
#include "cli/shell.h"

#include "cli/models.h"

typedef struct help_line {
    const char *code, *means;
} help_line;

/* Code and what it means side by side; below each other where the terminal is too narrow for that.
 */
static void write_lines(const shell *sh, const help_line *lines, size_t count, cf_buf *out)
{
    int width = 0, room = sh->term.width > 0 ? sh->term.width : 120;

    for (size_t i = 0; i < count; i++) {
        int code = cf__text_width(cf_str_of(lines[i].code));
        int whole = code + cf__text_width(cf_str_of(lines[i].means)) + 4;

        if (code > width && code < 42 && whole <= room)
            width = code;
    }
    for (size_t i = 0; i < count; i++) {
        int code = cf__text_width(cf_str_of(lines[i].code));

        cf_buf_puts(out, "  ");
        cf__tinted(out, &sh->term, TINT_CYAN, "%s", lines[i].code);
        if (code > width || width + 4 + cf__text_width(cf_str_of(lines[i].means)) > room) {
            cf_buf_puts(out, "\n    ");
            code = width + 2;
        }
        for (; code < width + 2; code++)
            cf_buf_putc(out, ' ');
        cf_buf_printf(out, "%s\n", lines[i].means);
    }
}
#define WRITE(sh, lines, out) write_lines(sh, lines, sizeof(lines) / sizeof((lines)[0]), out)

static void title(const shell *sh, const char *text, cf_buf *out)
{
    if (out->len)
        cf_buf_putc(out, '\n');
    cf__tinted(out, &sh->term, TINT_BOLD, "%s\n", text);
}

static const help_line query_lines[] = {
    { ".filter_by(name='Ada', live=true)", "rows whose columns have these values" },
    { ".where('year', '>=', 2020)", "== != < <= > >= like ilike contains startswith in 'not in' "
                                    "between" },
    { ".where('user.email', 'like', '%@x.org')", "along a relationship" },
    { ".exclude('year', '<', 2000)", "all but these" },
    { ".order_by('-id')", "'-' is descending; several names are several keys" },
    { ".limit(3), .offset(6), [6], [3:9]", "part of the rows" },
    { ".load('tags', 'selectin')", "reads a relationship along with the rows" },
    { ".all(), .first(), .one(), .get(7)", "runs it: a list, a row or None, the only row, by key" },
    { ".count(), .exists(), .paginate(page=2)", "runs it otherwise" },
    { ".update(live=false), .delete()", "changes or deletes all of them; commit() makes it last" },
    { "for u in User.query: print(u.email)", "runs it, row by row" },
};

static const help_line session_lines[] = {
    { "db.session.add(p), .add_all([p, q])", "inserts new rows at the next flush" },
    { "db.session.delete(p)", "deletes a row at the next flush" },
    { "db.session.commit(), commit()", "writes everything and makes it last" },
    { "db.session.rollback(), rollback()", "drops what was not committed" },
    { "db.session.flush()", "writes, but does not make it last" },
    { "db.session.refresh(p)", "reads a row again" },
    { "db.session.execute('SELECT … WHERE id = ?', [7])",
      "SQL; parameters also as :name and a dict" },
    { "db.session.new, .dirty, .deleted", "what the next flush would write" },
    { "db.session.begin_nested(), .release(), .rollback_nested()", "savepoints" },
};

void cf__shell_help_all(shell *sh, cf_buf *out)
{
    static const help_line data[] = {
        { "User.query.all()", "every row of a model; _ is the latest value" },
        { "User.query.filter_by(active=true).order_by('-id').limit(3).all()", "some of them" },
        { "User.get(7), User.query.first()", "one row" },
        { "u.email = 'x@y.z'", "changes a row; commit() saves, rollback() does not" },
        { "p = Post(title='Hi', user=u); db.session.add(p); commit()", "a new row" },
        { "db.session.execute('SELECT count(*) FROM post')", "plain SQL" },
    };
    static const help_line language[] = {
        { "x = 1; a, b = b, a; del x", "Python's assignments; true and True are one" },
        { "for u in User.query: print(u.email)", "loops and if, also over indented lines" },
        { "users|map(attribute='email')|join(', ')", "every filter of the templates" },
        { "'%s: %d' % (name, n), name ~ n", "texts" },
    };
    static const help_line asking[] = {
        { "help(User), help(User.query), help(len), User?", "more about one thing" },
        { "dir(u), type(u)", "its attributes, its type" },
        { "url_for('base.home'), app.url_map, app.config", "the app" },
        { "mail.send(Message(subject='Hi', recipients=['a@b.c'], body='…'))", "e-mail" },
    };

    title(sh, "Rows", out);
    WRITE(sh, data, out);
    title(sh, "The language", out);
    WRITE(sh, language, out);
    title(sh, "Asking", out);
    WRITE(sh, asking, out);
    title(sh, "Keys", out);
    cf_buf_puts(out, "  Tab completes names, columns and files; Ctrl-R searches the history.\n"
                     "  Ctrl-C drops the line or stops what runs; Ctrl-D leaves.\n"
                     "  Open brackets and a backslash continue a line.\n");
    title(sh, "Models", out);
    for (size_t i = 0; i < sh->models->len; i++)
        cf_buf_printf(out, "%s%.*s", i ? ", " : "  ",
                      CF_STR_ARG(cf_text(sh->models->entries[i].key)));
    cf_buf_puts(out, sh->models->len ? "\n" : "  none\n");
}

static void help_model(shell *sh, cf_eval *eval, const cf_model *model, cf_buf *out)
{
    if (sh->now.db)
        cf__model_write(eval->arena, cf_db_database(sh->now.db), model, &sh->term, out);
    title(sh, cf_printf(eval->arena, "%s.query, and what follows it", model->name), out);
    WRITE(sh, query_lines, out);
    cf_buf_printf(out, "\n  %s.get(7) is the row of a key; %s(", model->name, model->name);
    for (size_t i = 0, shown = 0; i < model->count && shown < 2; i++)
        if (model->members[i].kind == CF_MEMBER_COLUMN && !model->members[i].column.primary_key)
            cf_buf_printf(out, "%s%s=…", shown++ ? ", " : "", model->members[i].field.name);
    cf_buf_puts(out, ") makes a new one for db.session.add().\n");
}

static bool help_names(shell *sh, cf_eval *eval, cf_value v, cf_buf *out)
{
    cf_list *names = cf_list_new(eval->arena);
    int      width = sh->term.width > 0 ? sh->term.width : 80, at = 2;

    cf_value_names(eval, v, names);
    if (!names->len)
        return true;
    title(sh, "It has", out);
    cf_buf_puts(out, "  ");
    for (size_t i = 0; i < names->len; i++) {
        cf_str name = cf__text_line(eval->arena, cf_text(names->items[i]));
        int    need = cf__text_width(name) + 2;

        if (at + need > width && at > 2) {
            cf_buf_puts(out, "\n  ");
            at = 2;
        }
        cf_buf_printf(out, "%.*s%s", CF_STR_ARG(name), i + 1 < names->len ? ", " : "");
        at += need;
    }
    cf_buf_putc(out, '\n');
    return true;
}

static bool help_object(shell *sh, cf_eval *eval, cf_value v, cf_buf *out)
{
    const cf_model *model = cf__shell_model_of(v);
    cf_query       *q;

    if (model) {
        help_model(sh, eval, model, out);
        return true;
    }
    if (cf_value_query(v, &q)) {
        title(sh,
              cf_printf(eval->arena, "A query for %s; each call gives a new one",
                        cf_query_model(q)->name),
              out);
        WRITE(sh, query_lines, out);
        return help_names(sh, eval, v, out);
    }
    if (cf_row_model(v.as.object)) {
        title(sh, cf_printf(eval->arena, "A row of %s", cf_row_model(v.as.object)->name), out);
        cf_buf_puts(out, "  Assigning to a column changes it, commit() saves it, "
                         "db.session.delete(row) deletes it.\n");
        if (sh->now.db) {
            cf_buf_putc(out, '\n');
            cf__model_write(eval->arena, cf_db_database(sh->now.db), cf_row_model(v.as.object),
                            &sh->term, out);
        }
        return true;
    }
    if (v.as.object == cf__shell_db().as.object ||
        strcmp(v.as.object->class->name, "Session") == 0) {
        title(sh, "The database", out);
        WRITE(sh, session_lines, out);
        cf_buf_puts(out, "  A failed flush or commit rolls everything back to the last commit.\n");
        return true;
    }
    title(sh, cf_printf(eval->arena, "An object of type %s", cf_type_name(v)), out);
    return help_names(sh, eval, v, out);
}

bool cf__shell_help(shell *sh, cf_eval *eval, cf_value v, cf_buf *out)
{
    const shell_function *f = cf__shell_function_of(v);

    if (f) {
        cf__tinted(out, &sh->term, TINT_CYAN, "%s\n", f->usage);
        cf_buf_printf(out, "  %s\n", f->help);
        return true;
    }
    if (v.type == CF_TYPE_FUNCTION) {
        cf__tinted(out, &sh->term, TINT_CYAN, "%s(…)\n", v.as.function->name);
        cf_buf_puts(out,
                    "  A function of the templates; the manual's page on templates tells of it.\n");
        return true;
    }
    if (v.type == CF_TYPE_OBJECT)
        return help_object(sh, eval, v, out);
    title(sh, cf_printf(eval->arena, "A value of type %s", cf_type_name(v)), out);
    return help_names(sh, eval, v, out);
}
