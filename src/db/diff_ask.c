/* diff_ask.c -- what a comparison cannot know: whether a column moved, what old rows get. */
#include "db/diff.h"

/* Questions about renames stop being helpful somewhere. */
#define MAX_QUESTIONS 40

static cf_question *ask(cf__diff *d, cf_question_kind kind, const char *table, const char *from,
                        const char *to)
{
    cf_question *question;

    if (d->nquestions == MAX_QUESTIONS)
        return NULL;
    question = CF__PUSH(d->arena, d->questions, d->nquestions);
    *question = (cf_question){ .kind = kind, .table = table, .from = from, .to = to };
    return question;
}

/* Whether two tables are likely the same one: half of their columns are. */
static bool tables_alike(const cf__schema_table *a, const cf__schema_table *b)
{
    size_t same = 0, most = a->ncolumns > b->ncolumns ? a->ncolumns : b->ncolumns;

    for (size_t i = 0; i < a->ncolumns; i++) {
        const cf__schema_column *other = cf__table_column(b, a->columns[i].name);

        same += other && cf__type_fits(&a->columns[i].type, &other->type, true);
    }
    return same * 2 >= most && same > 1;
}

static void ask_tables(cf__diff *d)
{
    for (size_t i = 0; i < d->before.ntables; i++) {
        const cf__schema_table *gone = &d->before.tables[i];

        /* A table that is kept for being a stranger may still be what a new model means. */
        if (cf__schema_find(d->models, gone->name))
            continue;
        for (size_t j = 0; j < d->models->ntables; j++) {
            const cf__schema_table *come = &d->models->tables[j];
            cf_question            *question;

            if (cf__schema_find(&d->before, come->name) || !tables_alike(gone, come))
                continue;
            question = ask(d, CF_ASK_RENAME, NULL, gone->name, come->name);
            if (question)
                question->option = cf_printf(d->arena, "%s=%s", gone->name, come->name);
        }
    }
}

static void ask_columns(cf__diff *d, const cf__schema_table *before, const cf__schema_table *after)
{
    for (size_t i = 0; i < before->ncolumns; i++) {
        const cf__schema_column *gone = &before->columns[i];

        if (cf__table_column(after, gone->name))
            continue;
        for (size_t j = 0; j < after->ncolumns; j++) {
            const cf__schema_column *come = &after->columns[j];
            cf_question             *question;
            bool                     alike = gone->type.kind == come->type.kind ||
                         cf__type_fits(&gone->type, &come->type, true);

            if (cf__table_column(before, come->name) || !alike)
                continue;
            question = ask(d, CF_ASK_RENAME, before->name, gone->name, come->name);
            if (question)
                question->option = cf_printf(d->arena, "%s.%s=%s", before->name, gone->name,
                                             come->name);
        }
    }
}

static bool is_number(const cf__type *type)
{
    return type->kind == CF__TYPE_BOOL || type->kind == CF__TYPE_INT32 ||
           type->kind == CF__TYPE_INT64 || type->kind == CF__TYPE_DOUBLE ||
           type->kind == CF__TYPE_DECIMAL;
}

/* New columns that take no NULL: what do the rows get that are there already? A number is 0 in C
 * too; for others somebody has to say. */
static void ask_values(cf__diff *d, const cf__schema_table *before, const cf__schema_table *after)
{
    for (size_t i = 0; i < after->ncolumns; i++) {
        const cf__schema_column *column = &after->columns[i];
        cf_question             *question;
        bool                     foreign = cf__table_is_foreign(after, column->name);

        if (cf__table_column(before, column->name) || !column->not_null || column->standard.kind ||
            column->generated || column->computed ||
            (is_number(&column->type) && !foreign && !column->words) ||
            cf__diff_fill(d, after->name, column->name))
            continue;
        question = ask(d, CF_ASK_VALUE, after->name, NULL, column->name);
        if (question)
            question->option = cf_printf(d->arena, "%s.%s=", after->name, column->name);
    }
}

void cf__diff_ask(cf__diff *d)
{
    if (!d->options->no_renames)
        ask_tables(d);
    for (size_t i = 0; i < d->after.ntables; i++) {
        const cf__schema_table *before = cf__schema_find(&d->before, d->after.tables[i].name);

        if (before && !d->options->no_renames)
            ask_columns(d, before, &d->after.tables[i]);
        if (before)
            ask_values(d, before, &d->after.tables[i]);
    }
}
