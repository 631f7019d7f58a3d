/* app.h -- the app: what create_app() builds, and how it answers.
 *
 *     static bool create_app(cf_app *app)
 *     {
 *         cf_app_bundle(app, &starter_bundle);
 *         return cf_use(app, &cf_auth) && cf_register(app, &blog, NULL);
 *     }
 *
 * Everything is set up in create_app(); changing an app that has begun to serve fails loudly. */
#ifndef CARAFE_APP_H
#define CARAFE_APP_H

#include <carafe/asset.h>
#include <carafe/config.h>
#include <carafe/crypto.h>
#include <carafe/db.h>
#include <carafe/guard.h>
#include <carafe/route.h>
#include <carafe/server.h>
#include <carafe/template.h>

typedef bool cf_create_app(cf_app *app);

/* How an app is made. Zero means the default everywhere. */
typedef struct cf_app_options {
    const char        *name;     /* Of the program; "app". */
    const char        *env_file; /* ".env"; "" for none. Missing is fine. */
    const char *const *settings; /* "NAME=value", NULL-ended: over environment and file. */
    bool               testing;  /* CARAFE_ENV=testing: no files, a random key, no log. */
} cf_app_options;

/* Makes an app: reads the settings, runs create_app, checks every setting, compiles the rules.
 *
 * Errors: whatever create_app recorded; a list of missing or malformed settings; a route without
 * guard; clashing endpoints.
 *
 * Returns: the app, ended by cf_app_free(), or NULL.
 */
cf_app *cf_app_new(cf_create_app *create, const cf_app_options *options, cf_error *err);
void    cf_app_free(cf_app *app);

/* ---- inside create_app() ---- */

/* A part that an app opts into: settings, models, routes of its own. */
typedef struct cf_extension {
    const char       *name;
    const cf_setting *settings;    /* NULL-name-ended; declared before init. */
    bool (*init)(cf_app *app);     /* Registers blueprints, hooks, commands. */
    const cf_model *const *models; /* NULL-ended. */
    const char *const     *needs;  /* Names of extensions used before; NULL-ended. */
    /* In each worker process before it serves, and when it ends; may be NULL. */
    bool (*worker_start)(cf_app *app, cf_error *err);
    void (*worker_stop)(cf_app *app);
} cf_extension;

/* Adds an extension once; false with the app's error recorded. */
bool cf_use(cf_app *app, const cf_extension *extension);
/* Whether an extension is in use. */
bool cf_app_uses(const cf_app *app, const char *name);

/* Registers a blueprint. options may be NULL. */
bool cf_register(cf_app *app, const cf_blueprint *blueprint, const cf_register_options *options);

/* Registers routes without a blueprint; the table ends by a line without rule. */
bool cf_app_routes(cf_app *app, const cf_route *routes);

/* The app's own templates ("templates/…"), static files ("static/…") and migrations. In
 * development files on disk win over it. */
void             cf_app_bundle(cf_app *app, const cf_bundle *bundle);
const cf_bundle *cf_app_assets(const cf_app *app);
/* Finds an asset by its path in the app's bundle; reads the file in development. */
bool cf_app_asset(cf_app *app, cf_arena *arena, cf_str path, cf_asset *out);

/* Declares further settings; a NULL-named entry ends the table. */
void cf_app_settings(cf_app *app, const cf_setting *settings);

/* The app's models; NULL-ended. May be called several times. */
void cf_app_models(cf_app *app, const cf_model *const *models);
/* All of them, those of extensions included; NULL-ended. */
const cf_model *const *cf_app_all_models(const cf_app *app);

/* A command of the app's binary. It runs in a request that nobody sent, so that views' functions
 * (database, templates, cf_url_for with _external) work in it. */
typedef struct cf_command {
    const char *name;                                   /* "import", "user create" */
    const char *usage;                                  /* "FOLDER [--draft]" */
    const char *help;                                   /* One line. */
    int (*run)(cf_request *req, int argc, char **argv); /* argv[0] is the command's name. */
    const char *const *options; /* The options it knows ("--draft"), NULL-ended, for suggestions. */
    const char        *details; /* Further help, several lines. */
} cf_command;
bool              cf_app_command(cf_app *app, const cf_command *command);
const cf_command *cf_app_command_at(const cf_app *app, size_t i);

/* Hooks for every request of the app; as those of a blueprint. */
void cf_app_before(cf_app *app, cf_response *(*fn)(cf_request *req));
void cf_app_after(cf_app *app, cf_response *(*fn)(cf_request *req, cf_response *response));
void cf_app_teardown(cf_app *app, void (*fn)(cf_request *req));
void cf_app_context(cf_app *app, bool (*fn)(cf_request *req, cf_map *variables));
void cf_app_error(cf_app *app, int status, cf_view *view);

/* Names for templates and rules. */
void cf_app_filter(cf_app *app, const char *name, cf_callback *filter, void *data);
void cf_app_test(cf_app *app, const char *name, cf_callback *test, void *data);
void cf_app_global(cf_app *app, const char *name, cf_value value);
void cf_app_converter(cf_app *app, const cf_converter *converter);

/* How the app's templates are read and run: delimiters, white space, undefined names, limits. Zero
 * fields mean the defaults. The loader, `reload`, `translate` and `newstyle_gettext` are the app's
 * own, and `extensions` are added to those that apps have: do, loopcontrols and i18n. Copied; its
 * strings must live as long as the app. */
void cf_app_template_options(cf_app *app, const cf_template_options *options);

/* Where templates' messages are looked up: {% trans %}, _(), gettext() and ngettext(). In
 * `translate` eval->context is the request, whose visitor decides the language. Without one the
 * messages stay as they are written. */
void cf_app_translate(cf_app *app, cf_translate *translate, void *data);

/* Tells the app of users; the auth room does. */
void                 cf_app_users(cf_app *app, const cf_user_hooks *hooks);
const cf_user_hooks *cf_app_user_hooks(const cf_app *app);

/* A header of every answer, replacing a default one; NULL drops it. "{nonce}" is not supported:
 * scripts are files. */
void cf_app_header(cf_app *app, const char *name, const char *value);

/* An object of an extension, by name: the mailer, the outbox. */
void  cf_app_set_service(cf_app *app, const char *name, void *service);
void *cf_app_service(const cf_app *app, const char *name);

/* Records why create_app() cannot go on. Returns false. */
#define cf_app_fail(app, code, ...)                                                                \
    cf_fail_at(cf_app_failure(app), (code), __FILE__, __LINE__, __VA_ARGS__)
cf_error *cf_app_failure(cf_app *app);

/* ---- any time ---- */
cf_arena         *cf_app_arena(cf_app *app);
const char       *cf_app_name(const cf_app *app);
cf_config        *cf_app_config(const cf_app *app);
const cf_keyring *cf_app_keyring(const cf_app *app);
cf_templates     *cf_app_templates(cf_app *app);
const cf_url_map *cf_app_url_map(const cf_app *app);
/* The engine and pool, there once create_app() is over; each process connects when first needed.
 * NULL with err when DATABASE_URL names none. */
cf_database *cf_app_database(cf_app *app, cf_error *err);
bool         cf_app_is_development(const cf_app *app);
bool         cf_app_is_testing(const cf_app *app);
/* Whether error pages show what happened: development, or CARAFE_DEBUG. */
bool cf_app_debug(const cf_app *app);
/* Below INSTANCE_PATH ("var"): made when missing. */
const char *cf_app_instance_path(cf_app *app, cf_arena *arena, const char *name);

/* Route `i` as it was registered, in order; false past the end. */
typedef struct cf_route_info {
    const char     *rule;
    const char     *endpoint;
    unsigned        methods;
    const cf_guard *guard;
    cf_csrf_mode    csrf;
    const char     *blueprint; /* NULL: the app's own. */
    const char     *domain;
} cf_route_info;
bool cf_app_route_at(const cf_app *app, size_t i, cf_route_info *out);

/* Answers one message; what cf_app_serve() gives to the server. `data` is the app. */
void cf_app_handle(void *data, cf_arena *arena, cf_http_request *request,
                   cf_http_response *response) CF_SUSPENDS;

/* Serves until told to stop. Options left zero come from HOST, PORT, WORKERS and the like. */
bool cf_app_serve(cf_app *app, const cf_server_options *options, cf_error *err);

/* A request that nobody sent, for commands and jobs; the arena owns it. Its URLs are external ones
 * of SERVER_NAME. End it with cf_request_finish(), which commits nothing. */
cf_request *cf_request_detached(cf_app *app, cf_arena *arena);
void        cf_request_finish(cf_request *req);

#endif
