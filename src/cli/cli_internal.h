/* cli_internal.h -- what the files of the command line share. */
#ifndef CF_CLI_INTERNAL_H
#define CF_CLI_INTERNAL_H

#include <carafe/cli.h>
#include <carafe/migrate.h>

/* The commands every app has; ended by a NULL name. */
extern const cf_command cf__commands[];

int cf__command_run(cf_request *req, int argc, char **argv);
int cf__command_routes(cf_request *req, int argc, char **argv);
int cf__command_config(cf_request *req, int argc, char **argv);
int cf__command_models(cf_request *req, int argc, char **argv);
int cf__command_shell(cf_request *req, int argc, char **argv);
int cf__command_db_upgrade(cf_request *req, int argc, char **argv);
int cf__command_db_downgrade(cf_request *req, int argc, char **argv);
int cf__command_db_current(cf_request *req, int argc, char **argv);
int cf__command_db_history(cf_request *req, int argc, char **argv);
int cf__command_db_heads(cf_request *req, int argc, char **argv);
int cf__command_db_stamp(cf_request *req, int argc, char **argv);
int cf__command_db_check(cf_request *req, int argc, char **argv);
int cf__command_db_migrate(cf_request *req, int argc, char **argv);
int cf__command_db_merge(cf_request *req, int argc, char **argv);
int cf__command_db_promote(cf_request *req, int argc, char **argv);
int cf__command_dbshell(cf_request *req, int argc, char **argv);
int cf__command_db_inspect(cf_request *req, int argc, char **argv);
int cf__command_template_check(cf_request *req, int argc, char **argv);

/* A command of the app or a built-in one, by its exact name; NULL when there is none. */
const cf_command *cf__command_find(cf_app *app, const char *name);

/* Says an error on standard error. Returns 1. */
int cf__complain(const cf_error *err, const char *doing);

/* Says an error in a template on standard error, with the line of its source. */
void cf__complain_template(cf_templates *env, cf_arena *arena, const cf_error *err);

/* Checks all templates, saying what is wrong and how many there are. Returns the last error's code.
 */
cf_code cf__check_templates(cf_templates *env, cf_arena *arena);

/* The value after an option, or NULL; *bad set when the option is last. */
const char *cf__option(int argc, char **argv, const char *name);

/* Applies missing migrations, saying so. */
bool cf__upgrade(cf_app *app, const char *target, size_t *done, cf_error *err);

#endif
