/* app.c -- the app object: how it is made, set up and asked. */
#include "web/web.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void cf__web_push(cf_app *app, web_list *list, const void *item)
{
    *WEB_PUSH(app->arena, list->items, list->len, list->cap) = (void *)(uintptr_t)item;
}

bool cf__web_open(cf_app *app, const char *what)
{
    if (!app->sealed)
        return true;
    cf_log(CF_ERROR,
           "%s was called after set-up was over, so it has no effect; do it in create_app()", what);
    return cf_app_fail(app, CF_EINVAL, "%s was called after set-up was over; do it in create_app()",
                       what);
}

static void apply_overrides(cf_app *app, const char *const *settings)
{
    for (size_t i = 0; settings && settings[i]; i++) {
        cf_str name, value;
        cf_str_cut(cf_str_of(settings[i]), '=', &name, &value);
        cf_config_set(app->config, cf_str_dup(app->arena, name), cf_str_dup(app->arena, value));
    }
}

/* The files of an app that is tested stay out of it, and so does the machine's .env. */
static const char *env_file_of(const cf_app_options *options)
{
    const char *file = options->env_file ? options->env_file : ".env";
    return options->testing || !*file ? NULL : file;
}

static cf_app *make(cf_create_app *create, const cf_app_options *options, cf_arena *arena,
                    cf_error *err)
{
    cf_app *app = cf_new(arena, cf_app);

    app->arena = arena;
    app->name = options->name ? cf_strdup(arena, options->name) : "app";
    app->config = cf_config_load(arena, env_file_of(options), err);
    if (!app->config)
        return NULL;
    if (options->testing)
        cf_config_set(app->config, "CARAFE_ENV", "testing");
    apply_overrides(app, options->settings);
    cf_config_declare(app->config, cf__web_settings);
    cf__app_default_headers(app);
    if (!cf__app_load_settings(app, err))
        return NULL;
    if (!create(app) || app->failure.code) {
        if (!app->failure.code)
            cf_app_fail(app, CF_EINVAL, "create_app() returned false without saying why");
        if (err)
            *err = app->failure;
        return NULL;
    }
    return cf__app_start(app, err) ? app : NULL;
}

cf_app *cf_app_new(cf_create_app *create, const cf_app_options *options, cf_error *err)
{
    static const cf_app_options none;
    cf_arena                   *arena = cf_arena_new();
    cf_app                     *app = make(create, options ? options : &none, arena, err);

    if (!app)
        cf_arena_free(arena);
    return app;
}

void cf_app_free(cf_app *app)
{
    if (app)
        cf_arena_free(app->arena);
}

/* ---- set-up ---- */
bool cf_use(cf_app *app, const cf_extension *extension)
{
    if (!cf__web_open(app, "cf_use()"))
        return false;
    if (cf_app_uses(app, extension->name))
        return cf_app_fail(app, CF_EINVAL, "extension '%s' is used twice", extension->name);
    for (size_t i = 0; extension->needs && extension->needs[i]; i++)
        if (!cf_app_uses(app, extension->needs[i]))
            return cf_app_fail(app, CF_EINVAL, "extension '%s' needs '%s': use that first",
                               extension->name, extension->needs[i]);
    cf__web_push(app, &app->extensions, extension);
    if (extension->settings)
        cf_config_declare(app->config, extension->settings);
    if (extension->models)
        cf_app_models(app, extension->models);
    if (!extension->init || extension->init(app))
        return !app->failure.code;
    if (!app->failure.code)
        cf_app_fail(app, CF_EINVAL, "could not be set up");
    return cf_fail_prefix(&app->failure, "extension '%s'", extension->name);
}

bool cf_app_uses(const cf_app *app, const char *name)
{
    for (size_t i = 0; i < app->extensions.len; i++)
        if (!strcmp(((const cf_extension *)app->extensions.items[i])->name, name))
            return true;
    return false;
}

void cf_app_bundle(cf_app *app, const cf_bundle *bundle)
{
    if (cf__web_open(app, "cf_app_bundle()"))
        app->bundle = bundle;
}

const cf_bundle *cf_app_assets(const cf_app *app)
{
    return app->bundle;
}

void cf_app_settings(cf_app *app, const cf_setting *settings)
{
    if (cf__web_open(app, "cf_app_settings()"))
        cf_config_declare(app->config, settings);
}

void cf_app_models(cf_app *app, const cf_model *const *models)
{
    if (!cf__web_open(app, "cf_app_models()"))
        return;
    for (size_t i = 0; models[i]; i++) {
        size_t k = 0;
        while (k < app->models.len && app->models.items[k] != models[i])
            k++;
        if (k == app->models.len)
            cf__web_push(app, &app->models, models[i]);
    }
}

bool cf_app_command(cf_app *app, const cf_command *command)
{
    cf_command *copy;

    if (!cf__web_open(app, "cf_app_command()"))
        return false;
    for (size_t i = 0; i < app->commands.len; i++)
        if (!strcmp(((const cf_command *)app->commands.items[i])->name, command->name))
            return cf_app_fail(app, CF_EINVAL, "command '%s' is there twice", command->name);
    copy = cf_new(app->arena, cf_command);
    *copy = *command;
    cf__web_push(app, &app->commands, copy);
    return true;
}

const cf_command *cf_app_command_at(const cf_app *app, size_t i)
{
    return i < app->commands.len ? app->commands.items[i] : NULL;
}

/* Functions are kept through one indirection: C does not let them be void pointers. */
#define KEEP_FUNCTION(app, list, fn, what)                                                         \
    do {                                                                                           \
        if (cf__web_open((app), (what))) {                                                         \
            __typeof__(fn) *kept = cf_alloc((app)->arena, sizeof *kept);                           \
            *kept = (fn);                                                                          \
            cf__web_push((app), &(app)->list, kept);                                               \
        }                                                                                          \
    } while (0)

void cf_app_before(cf_app *app, cf_response *(*fn)(cf_request *req))
{
    KEEP_FUNCTION(app, before, fn, "cf_app_before()");
}

void cf_app_after(cf_app *app, cf_response *(*fn)(cf_request *req, cf_response *response))
{
    KEEP_FUNCTION(app, after, fn, "cf_app_after()");
}

void cf_app_teardown(cf_app *app, void (*fn)(cf_request *req))
{
    KEEP_FUNCTION(app, teardown, fn, "cf_app_teardown()");
}

void cf_app_context(cf_app *app, bool (*fn)(cf_request *req, cf_map *variables))
{
    KEEP_FUNCTION(app, context, fn, "cf_app_context()");
}

void cf_app_error(cf_app *app, int status, cf_view *view)
{
    if (cf__web_open(app, "cf_app_error()"))
        *WEB_PUSH(app->arena, app->errors, app->nerrors,
                  app->cap_errors) = (cf_error_handler){ status, view };
}

static void keep_callback(cf_app *app, web_list *list, const char *name, cf_callback *function,
                          void *data)
{
    web_callback *callback = cf_new(app->arena, web_callback);

    *callback = (web_callback){ name, function, data };
    cf__web_push(app, list, callback);
}

void cf_app_filter(cf_app *app, const char *name, cf_callback *filter, void *data)
{
    if (cf__web_open(app, "cf_app_filter()"))
        keep_callback(app, &app->filters, name, filter, data);
}

void cf_app_test(cf_app *app, const char *name, cf_callback *test, void *data)
{
    if (cf__web_open(app, "cf_app_test()"))
        keep_callback(app, &app->tests, name, test, data);
}

void cf_app_template_options(cf_app *app, const cf_template_options *options)
{
    if (cf__web_open(app, "cf_app_template_options()"))
        app->template_options = *options;
}

void cf_app_translate(cf_app *app, cf_translate *translate, void *data)
{
    if (!cf__web_open(app, "cf_app_translate()"))
        return;
    app->translate = translate;
    app->translate_data = data;
}

void cf_app_global(cf_app *app, const char *name, cf_value value)
{
    if (cf__web_open(app, "cf_app_global()"))
        *WEB_PUSH(app->arena, app->globals, app->nglobals, app->cap_globals) = (cf_named){ name,
                                                                                           value };
}

void cf_app_converter(cf_app *app, const cf_converter *converter)
{
    if (cf__web_open(app, "cf_app_converter()"))
        cf__web_push(app, &app->converters, converter);
}

void cf_app_users(cf_app *app, const cf_user_hooks *hooks)
{
    if (cf__web_open(app, "cf_app_users()"))
        app->users = hooks;
}

const cf_user_hooks *cf_app_user_hooks(const cf_app *app)
{
    static const cf_user_hooks none;
    return app->users ? app->users : &none;
}

/* Replaces, adds or drops a header of a table. Returns whether it was there. */
static bool change_header(cf_header *headers, size_t *count, const char *name, const char *value)
{
    for (size_t i = 0; i < *count; i++) {
        if (!cf_str_iis(headers[i].name, name))
            continue;
        if (value)
            headers[i].value = cf_str_of(value);
        else
            headers[i] = headers[--*count];
        return true;
    }
    return false;
}

void cf_app_header(cf_app *app, const char *name, const char *value)
{
    if (!cf__web_open(app, "cf_app_header()"))
        return;
    value = cf_strdup(app->arena, value);
    if (change_header(app->headers, &app->nheaders, name, value) ||
        change_header(app->page_headers, &app->npage_headers, name, value) || !value)
        return;
    *WEB_PUSH(app->arena, app->headers, app->nheaders,
              app->cap_headers) = (cf_header){ cf_str_of(cf_strdup(app->arena, name)),
                                               cf_str_of(value) };
}

void cf_app_set_service(cf_app *app, const char *name, void *service)
{
    for (size_t i = 0; i < app->nservices; i++)
        if (!strcmp(app->services[i].name, name)) {
            app->services[i].service = service;
            return;
        }
    *WEB_PUSH(app->arena, app->services, app->nservices,
              app->cap_services) = (web_service){ name, service };
}

void *cf_app_service(const cf_app *app, const char *name)
{
    for (size_t i = 0; i < app->nservices; i++)
        if (!strcmp(app->services[i].name, name))
            return app->services[i].service;
    return NULL;
}

cf_error *cf_app_failure(cf_app *app)
{
    return &app->failure;
}

/* ---- asking ---- */
cf_arena *cf_app_arena(cf_app *app)
{
    return app->arena;
}

const char *cf_app_name(const cf_app *app)
{
    return app->name;
}

cf_config *cf_app_config(const cf_app *app)
{
    return app->config;
}

const cf_keyring *cf_app_keyring(const cf_app *app)
{
    return app->keyring;
}

cf_templates *cf_app_templates(cf_app *app)
{
    return app->templates;
}

const cf_url_map *cf_app_url_map(const cf_app *app)
{
    return app->url_map;
}

const cf_model *const *cf_app_all_models(const cf_app *app)
{
    static const cf_model *const none[] = { NULL };
    return app->sealed ? (const cf_model *const *)(void *)app->models.items : none;
}

cf_database *cf_app_database(cf_app *app, cf_error *err)
{
    const char *url = cf_config_text(app->config, "DATABASE_URL");

    if (app->database)
        return app->database;
    if (!app->settings.testing)
        cf_app_instance_path(app, app->arena, ""); /* Where the default one lies. */
    app->database = cf_database_open(
        app->arena, url,
        &(cf_database_options){ .models = app->model_registry, .record = app->settings.debug },
        err);
    return app->database;
}

bool cf_app_is_development(const cf_app *app)
{
    return app->settings.development;
}

bool cf_app_is_testing(const cf_app *app)
{
    return app->settings.testing;
}

bool cf_app_debug(const cf_app *app)
{
    return app->settings.debug;
}

const char *cf_app_instance_path(cf_app *app, cf_arena *arena, const char *name)
{
    const char *folder = cf_config_text(app->config, "INSTANCE_PATH");

    if (mkdir(folder, 0700) && errno != EEXIST)
        cf_log(CF_ERROR, "cannot make the folder \"%s\" (INSTANCE_PATH): %s", folder,
               strerror(errno));
    return cf_printf(arena, "%s/%s", folder, name);
}

/* Reads a file of the bundle's source folder, when it is there. */
static bool read_source(const cf_bundle *bundle, cf_arena *arena, cf_str path, cf_asset *out)
{
    const char *file;

    if (!bundle->source || !cf_path_is_safe(path))
        return false;
    file = cf_printf(arena, "%s/%.*s", bundle->source, CF_STR_ARG(path));
    *out = (cf_asset){ .path = cf_str_dup(arena, path), .mime = cf_mime_type(path) };
    return cf_file_read(arena, file, CF_MIB(64), &out->data, NULL);
}

bool cf_app_asset(cf_app *app, cf_arena *arena, cf_str path, cf_asset *out)
{
    const cf_asset *asset;

    if (!app->bundle)
        return false;
    if (app->settings.development && read_source(app->bundle, arena, path, out))
        return true;
    asset = cf_bundle_find(app->bundle, path);
    if (asset)
        *out = *asset;
    return asset != NULL;
}
