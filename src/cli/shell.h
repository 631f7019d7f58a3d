/* shell.h -- what the files of the shell share.
 *
 * A shell has a language (the template language's script environment) whose globals are the models,
 * db, app and helpers, and a map of the person's own variables. Values, rows and the database
 * session live in one arena, the generation: when it has grown and nothing is uncommitted,
 * shell_memory.c moves what the variables reach to a new one. */
#ifndef CF_CLI_SHELL_H
#define CF_CLI_SHELL_H

#include <carafe.h>
#include <carafe/script.h>

#include "cli/text.h"

typedef struct shell shell;

/* What lives until memory is tidied up. */
typedef struct shell_generation {
    cf_arena   *arena;
    cf_request *req; /* Owns the session. */
    cf_db      *db;  /* NULL: there is no database; db_error says why. */
} shell_generation;

struct shell {
    cf_app          *app;
    cf_arena        *arena; /* As long as the shell. */
    cf_templates    *env;
    cf_map          *names;  /* The person's variables, and `_`. */
    cf_map          *models; /* Names to model objects. */
    shell_generation now;
    size_t           tidy_at; /* Bytes of the generation worth moving out of. */
    cf_error         db_error;
    bool             interactive; /* A person types at a terminal. */
    bool             sandbox;
    bool             saved;     /* In a sandbox: its latest commit() is a savepoint. */
    size_t           nested;    /* Savepoints of the person's own above that one. */
    bool             show;      /* Values of expressions are printed. */
    bool             reset;     /* reset() was called: done once the statement is over. */
    bool             over;      /* exit() was called. */
    int64_t          exit_code; /* Its argument. */
    term             term;      /* What standard output can do. */
    volatile int     stop;      /* Control-C was pressed while something runs. */
};

/* The shell that is running. */
extern shell *cf__shell;

/* ---- shell_signal.c ---- */

/* Control-C from here on sets sh->stop and makes the descriptor readable. */
bool cf__interrupts_begin(cf_error *err);
void cf__interrupts_end(void);
int  cf__interrupt_fd(void);
/* Forgets one that was pressed. */
void cf__interrupt_clear(void);
/* Whose statements to interrupt; NULL: nobody's. */
void cf__interrupt_database(cf_database *database);

/* ---- shell_run.c ---- */

/* Runs statements and shows the values. False with err, whose input_line and column lie in
 * `source`; what the failure undid in the database has been said. */
bool cf__shell_run(shell *sh, const char *name, int line, cf_str source, cf_error *err);
/* Says an error with the line it is in and a caret; of a script also its name and the line. */
void cf__shell_complain(const shell *sh, const char *name, cf_str source, int first_line,
                        const cf_error *err);

/* ---- shell_names.c ---- */
void cf__shell_names(shell *sh);
/* A function as a global; `usage` and `help` are what help() says. */
typedef struct shell_function {
    const char  *name;
    cf_callback *call;
    const char  *usage;
    const char  *help;
} shell_function;
/* Ended by a NULL name: Python's, and the shell's own. */
extern const shell_function cf__shell_builtins[], cf__shell_tools[];
/* Of Python's, in shell_order.c. */
cf_callback cf__shell_sorted, cf__shell_reversed, cf__shell_min, cf__shell_max;
/* The function a value is, or NULL. */
const shell_function *cf__shell_function_of(cf_value v);
/* The argument of a function that takes one, by place alone. */
bool cf__shell_one(cf_call *call, const char *name, cf_value *out);
/* Every item of what can be walked; NULL with an error. */
cf_list *cf__shell_items(cf_call *call, cf_value v);
/* Whether Control-C was pressed; false with an error then. */
bool cf__shell_goes_on(cf_call *call);

/* ---- shell_model.c ---- */
/* A model as an object: User.query, User.columns, User(email='…'). */
cf_value        cf__shell_model(shell *sh, const cf_model *model);
const cf_model *cf__shell_model_of(cf_value v);

/* ---- shell_db.c, shell_result.c, shell_app.c ---- */
cf_value cf__shell_db(void);
/* A method of db.session: commit() alone is db.session.commit(). */
bool     cf__shell_session_call(cf_call *call, const char *name, cf_value *result);
cf_value cf__shell_app(void);
bool     cf__shell_commit(shell *sh, cf_error *err);
void     cf__shell_rollback(shell *sh);
/* What execute() gave. */
cf_value cf__shell_result(cf_arena *arena, const cf_result *result);
bool     cf__shell_is_result(cf_value v, cf_list **rows, int64_t *affected);
cf_value cf__shell_mail(void);
bool     cf__shell_message(cf_call *call, cf_value *result);

/* ---- shell_show.c ---- */
/* A value as the prompt prints it, with the line's end; nothing for None. */
bool cf__shell_show(shell *sh, cf_eval *eval, cf_value v, cf_buf *out);
/* Prints a text, through the pager where it is longer than the terminal. */
void cf__shell_print(shell *sh, cf_str text);

/* ---- shell_help.c ---- */
bool cf__shell_help(shell *sh, cf_eval *eval, cf_value v, cf_buf *out);
void cf__shell_help_all(shell *sh, cf_buf *out);

/* ---- shell_hints.c ---- */
/* A message with what to write instead of what Python has. */
cf_str cf__shell_hint(cf_arena *arena, cf_str message, cf_str source);

/* ---- shell_memory.c ---- */
bool cf__shell_begin(shell *sh, shell_generation *out, cf_error *err);
void cf__shell_end(shell_generation *generation);
/* Moves to a new generation when the present one has grown and can be left. */
void cf__shell_tidy(shell *sh);
/* Forgets every variable and begins anew. */
void cf__shell_reset(shell *sh);

/* ---- shell_complete.c ---- */
/* What may stand at the end of `line`, as strings; *from is where the word to be replaced begins.
 * Runs nothing: attributes are looked up, but no query is sent. */
cf_list *cf__shell_complete(shell *sh, cf_arena *arena, cf_str line, size_t *from);

/* ---- shell_edit.c, shell_history.c ---- */
int cf__shell_edit(shell *sh);

typedef struct shell_history shell_history;
/* The inputs of earlier sessions, of several lines too; NULL file: none are kept. */
cf_list *cf__history_load(cf_arena *arena, const char *file, size_t most);
/* Adds an input; nothing for one that begins with a space. */
void cf__history_add(const char *file, cf_str entry);
/* Keeps the newest entries only. */
void cf__history_trim(const char *file, size_t most);

#endif
