/* script.h -- statements over the template language's expressions: what the shell runs.
 *
 * A statement is an expression, an assignment (name, attribute, item, several at once, += and its
 * like), `del`, `pass`, or one of `for`, `while`, `if` with a block: after the colon, or indented
 * on the lines that follow. Open brackets, open strings in three quotes and a backslash at the end
 * of a line continue it on the next; `;` separates statements, `#` begins a comment. Names and
 * attributes that do not exist are errors, where templates would see nothing. */
#ifndef CARAFE_SCRIPT_H
#define CARAFE_SCRIPT_H

#include <carafe/template.h>

typedef struct cf_script cf_script;

/* Whether a text that a person types needs another line: a bracket or a string in three quotes is
 * open, the last line ends in a backslash, or a block has not been ended by an empty line. */
bool cf_script_wants_more(cf_str text);

/* The first statement of a text with all its lines, so that a file can be run piece by piece; empty
 * at the end. `rest` receives what follows, `lines` how many line ends lie before the statement. */
cf_str cf_script_cut(cf_str text, cf_str *rest, int *lines);

/* The language with what scripts change: missing names fail, nothing is escaped; globals added to
 * it are its own.
 *
 * Args:
 *   env: its globals, filters, tests and limits are shared; it must live as long.
 *   stop: ends a run with CF_ECANCELED once it is not zero; may be NULL.
 */
cf_templates *cf_script_env(cf_arena *arena, const cf_templates *env, const volatile int *stop);

/* A global of the language, undefined when there is none; and the names of all. */
cf_value cf_script_global(const cf_templates *env, cf_str name);
void     cf_script_globals(const cf_templates *env, cf_list *out);

/* Compiles statements.
 *
 * Args:
 *   env: of cf_script_env().
 *   name: of the file, for errors.
 *   line: the number of the source's first line.
 *   source: copied.
 *
 * Errors: CF_ESYNTAX with name, line and column.
 */
cf_script *cf_script_compile(cf_templates *env, cf_arena *arena, const char *name, int line,
                             cf_str source, cf_error *err);

/* Receives the value of each statement that is an expression; false ends the run. */
typedef bool cf_script_result(void *data, cf_eval *eval, cf_value value) CF_SUSPENDS;

/* Runs it.
 *
 * Args:
 *   eval: its arena owns every value that is made.
 *   names: the variables; read before the globals, and assigned to. Keys are copied to its arena.
 *   result: may be NULL.
 *
 * Errors: those of cf_template_render(), with name, line and column.
 */
bool cf_script_run(cf_script *script, cf_eval *eval, cf_map *names, cf_script_result *result,
                   void *data) CF_SUSPENDS;

/* The names of a value's attributes and methods, and a dict's keys, as strings; reads none of them.
 */
void cf_value_names(cf_eval *eval, cf_value v, cf_list *out);

#endif
