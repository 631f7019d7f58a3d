/* cli.h -- the commands inside every app's binary: run, routes, db upgrade, and the app's own. */
#ifndef CARAFE_CLI_H
#define CARAFE_CLI_H

#include <carafe/app.h>

/* Runs the command that the arguments name; the last line of an app's main().
 *
 *     int main(int argc, char **argv) { return cf_main(argc, argv, create_app); }
 *
 * `run` brings the database up to date, runs the app's own command "setup" when there is one (what
 * a first start needs: roles, accounts, content; it must be fine to run again), and serves.
 *
 * Returns: the exit status: 0 done, 1 failed, 2 the command line was wrong.
 */
int cf_main(int argc, char **argv, cf_create_app *create);

/* The library's version. */
#define CF_VERSION "0.1.0"

/* The program `carafe`: `carafe render`, `carafe template check`. Returns the exit status. */
int cf_tool_main(int argc, char **argv);

#endif
