/* migrate_ask.c -- questions about renames and values: at a terminal asked, elsewhere answered by
 * options. */
#include "cli/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct answers {
    const char **renames, **fills, **refused;
    size_t       nrenames, nfills, nrefused;
} answers;

static bool at_terminal(const db_command *c)
{
    return c->term.tty && isatty(STDIN_FILENO) == 1;
}

/* A line from the terminal, without its end; NULL at its end. */
static const char *ask(const db_command *c, const char *question)
{
    char       *line = NULL;
    size_t      size = 0;
    ssize_t     len;
    const char *out = NULL;

    fputs(question, stdout);
    fflush(stdout);
    len = getline(&line, &size, stdin);
    if (len > 0)
        out = cf_str_dup(c->arena, cf_str_trim(cf_str_n(line, (size_t)len)));
    free(line);
    return out;
}

static const char *question_of(const db_command *c, const cf_question *q)
{
    if (q->kind == CF_ASK_VALUE)
        return cf_printf(c->arena,
                         "Column %s.%s is new and must not be NULL.\n"
                         "  What do the rows that are there get in it? ",
                         q->table, q->to);
    if (!q->table)
        return cf_printf(c->arena, "Was the table %s renamed to %s? [y/N] ", q->from, q->to);
    return cf_printf(c->arena, "Was the column %s.%s renamed to %s? [y/N] ", q->table, q->from,
                     q->to);
}

static const char **append(cf_arena *arena, const char **list, size_t *count, const char *text)
{
    size_t size = sizeof(*list);

    list = cf_grow(arena, list, *count ? (*count + 1) * size : 0, (*count + 2) * size);
    list[(*count)++] = text;
    list[*count] = NULL;
    return list;
}

static bool was_refused(const answers *a, const char *option)
{
    for (size_t i = 0; i < a->nrefused; i++)
        if (strcmp(a->refused[i], option) == 0)
            return true;
    return false;
}

/* Asks the first question that is open. *asked: there was one. */
static bool ask_one(const db_command *c, const cf_difference *difference, answers *a, bool *asked,
                    cf_error *err)
{
    *asked = false;
    for (size_t i = 0; i < difference->nquestions; i++) {
        const cf_question *q = &difference->questions[i];
        const char        *answer;

        if (q->kind == CF_ASK_RENAME && was_refused(a, q->option))
            continue;
        *asked = true;
        answer = ask(c, question_of(c, q));
        if (!answer)
            return cf_fail(err, CF_ECANCELED, "given up; nothing was written");
        if (q->kind == CF_ASK_VALUE)
            a->fills = append(c->arena, a->fills, &a->nfills,
                              cf_printf(c->arena, "%s%s", q->option, answer));
        else if (cf_str_iis(cf_str_of(answer), "y") || cf_str_iis(cf_str_of(answer), "yes"))
            a->renames = append(c->arena, a->renames, &a->nrenames, q->option);
        else
            a->refused = append(c->arena, a->refused, &a->nrefused, q->option);
        return true;
    }
    return true;
}

/* Without a terminal: what the options would be. */
static bool say_options(const db_command *c, const cf_difference *difference, cf_error *err)
{
    bool renames = false;

    fputs("Some of it only you can know:\n\n", stderr);
    for (size_t i = 0; i < difference->nquestions; i++) {
        const cf_question *q = &difference->questions[i];

        if (q->kind == CF_ASK_VALUE) {
            fprintf(stderr, "  column %s.%s is new and must not be NULL; what do old rows get?\n",
                    q->table, q->to);
            fprintf(stderr, "    --fill %sVALUE\n", q->option);
            continue;
        }
        renames = true;
        fprintf(stderr, "  %s %s%s%s is gone and %s is new; was it renamed?\n",
                q->table ? "column" : "table", q->table ? q->table : "", q->table ? "." : "",
                q->from, q->to);
        fprintf(stderr, "    --rename %s\n", q->option);
    }
    if (renames)
        fputs("  --no-renames when none of them was: the old is dropped, the new is added\n",
              stderr);
    fputc('\n', stderr);
    (void)c;
    return cf_fail(err, CF_EINVAL,
                   "run it at a terminal to be asked, or with these options; or give the new "
                   "columns a default in the model");
}

static void copy_list(cf_arena *arena, const char *const *from, const char ***to, size_t *count)
{
    for (size_t i = 0; from && from[i]; i++)
        *to = append(arena, *to, count, from[i]);
}

bool cf__db_compare(const db_command *c, cf_compare_options *options, cf_difference *out,
                    cf_error *err)
{
    answers a = { 0 };
    bool    asked = true;

    copy_list(c->arena, options->renames, &a.renames, &a.nrenames);
    copy_list(c->arena, options->fills, &a.fills, &a.nfills);
    while (asked) {
        if (!cf_migrate_compare(c->arena, c->database, options, out, err))
            return false;
        if (out->nquestions && !at_terminal(c))
            return say_options(c, out, err);
        if (!ask_one(c, out, &a, &asked, err))
            return false;
        options->renames = a.renames;
        options->fills = a.fills;
    }
    return true;
}
