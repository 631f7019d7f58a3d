/* settings.c -- the settings that the web room reads, and what it makes of them. */
#include "web/web.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <carafe/asset.h>
#include <carafe/url.h>

const cf_setting cf__web_settings[] = {
    { .name = "CARAFE_ENV",
      .fallback = "production",
      .help = "development, production or testing" },
    { .name = "CARAFE_DEBUG", .type = CF_SETTING_BOOL, .help = "error pages show what happened" },
    { .name = "FLASK_DEBUG", .type = CF_SETTING_BOOL, .help = "the same, by Flask's name" },
    { .name = "SECRET_KEY",
      .required = true,
      .secret = true,
      .help =
          "encrypts sessions and tokens; at least 16 characters, better 32 random ones; made by "
          "itself where CARAFE_ENV=development" },
    { .name = "SECRET_KEY_FALLBACKS",
      .type = CF_SETTING_LIST,
      .secret = true,
      .help = "earlier keys that still open sessions" },
    { .name = "DATABASE_URL",
      .fallback = "sqlite:///var/app.db",
      .secret = true,
      .help = "where the data is: sqlite:///var/app.db" },
    { .name = "INSTANCE_PATH", .fallback = "var", .help = "folder for what the app writes" },
    { .name = "UPLOAD_FOLDER", .fallback = "var/uploads", .help = "folder for uploaded files" },
    { .name = "HOST", .fallback = "127.0.0.1", .help = "address to listen at" },
    { .name = "PORT",
      .type = CF_SETTING_INT,
      .fallback = "5000",
      .min = -1,
      .max = 65535,
      .help = "port to listen at" },
    { .name = "WORKERS",
      .type = CF_SETTING_INT,
      .fallback = "0",
      .max = 1024,
      .help = "worker processes; 0: one a core" },
    { .name = "MAX_CONTENT_LENGTH",
      .type = CF_SETTING_SIZE,
      .fallback = "16M",
      .min = 1024,
      .max = INT64_C(1) << 40,
      .help = "largest request body" },
    { .name = "MAX_FORM_MEMORY_SIZE",
      .type = CF_SETTING_SIZE,
      .fallback = "500000",
      .max = INT64_C(1) << 32,
      .help = "largest sum of a form's texts" },
    { .name = "MAX_FORM_PARTS",
      .type = CF_SETTING_INT,
      .fallback = "1000",
      .max = 1000000,
      .help = "most fields and files of a form" },
    { .name = "REQUEST_TIMEOUT",
      .type = CF_SETTING_SECONDS,
      .fallback = "30",
      .max = 86400,
      .help = "time a view may take" },
    { .name = "SERVER_NAME",
      .help = "name and port of the site, for links in mails and subdomains" },
    { .name = "PREFERRED_URL_SCHEME", .fallback = "http", .help = "scheme of links in mails" },
    { .name = "APPLICATION_ROOT", .fallback = "/", .help = "where the app is mounted" },
    { .name = "TRUSTED_HOSTS",
      .type = CF_SETTING_LIST,
      .help = "hosts that are answered; \".example.org\" includes subdomains; all when empty" },
    { .name = "TRUSTED_PROXIES",
      .type = CF_SETTING_LIST,
      .help = "addresses whose X-Forwarded headers are believed; \"*\" for any" },
    { .name = "SESSION_COOKIE_NAME",
      .fallback = "session",
      .help = "name of the session's cookie" },
    { .name = "SESSION_COOKIE_DOMAIN", .help = "domain of the session's cookie" },
    { .name = "SESSION_COOKIE_PATH", .help = "path of the session's cookie" },
    { .name = "SESSION_COOKIE_SAMESITE", .fallback = "Lax", .help = "Lax, Strict or None" },
    { .name = "SESSION_COOKIE_SECURE", .help = "true, false, or empty: when the request is HTTPS" },
    { .name = "SESSION_COOKIE_HTTPONLY",
      .type = CF_SETTING_BOOL,
      .fallback = "true",
      .help = "the session's cookie is hidden from scripts" },
    { .name = "PERMANENT_SESSION_LIFETIME",
      .type = CF_SETTING_SECONDS,
      .fallback = "31d",
      .max = INT64_C(31536000),
      .help = "how long a remembered session lasts" },
    { .name = "WTF_CSRF_ENABLED",
      .type = CF_SETTING_BOOL,
      .fallback = "true",
      .help = "unsafe requests need a token; turned off in some tests only" },
    { .name = "WTF_CSRF_TIME_LIMIT",
      .type = CF_SETTING_SECONDS,
      .fallback = "12h",
      .max = INT64_C(31536000),
      .help = "how long a form's token is good" },
    { .name = "WTF_CSRF_TRUSTED_HOSTS",
      .type = CF_SETTING_LIST,
      .help = "further hosts that may send forms here" },
    { .name = "HSTS_SECONDS",
      .type = CF_SETTING_SECONDS,
      .fallback = "365d",
      .max = INT64_C(315360000),
      .help = "how long browsers insist on HTTPS, once used; 0: not" },
    { .name = "ACCESS_LOG", .fallback = "", .help = "true, false, or N for one request in N" },
    { .name = "SHELL_HISTORY",
      .type = CF_SETTING_BOOL,
      .fallback = "true",
      .help = "the shell keeps its lines in INSTANCE_PATH/shell_history" },
    { .name = "SHELL_HISTORY_SIZE",
      .type = CF_SETTING_INT,
      .fallback = "1000",
      .min = 1,
      .max = 100000,
      .help = "most lines it keeps" },
    { .name = "LOG_FORMAT",
      .fallback = "text",
      .help = "text for people, or json: one object a line" },
    { .name = "LOG_LEVEL", .fallback = "info", .help = "debug, info, warning or error" },
    { 0 },
};

/* "", true, false or a number. */
static int64_t access_log_of(const cf_app *app)
{
    const char *text = cf_config_text(app->config, "ACCESS_LOG");
    cf_str      s = cf_str_of(text);
    int64_t     n;

    if (!s.len)
        return app->settings.testing ? 0 : 1;
    if (cf_str_to_i64(s, &n) && n >= 0)
        return n;
    return cf_str_iis(s, "true") || cf_str_iis(s, "yes") || cf_str_iis(s, "on");
}

static int secure_of(const cf_app *app)
{
    cf_str s = cf_str_of(cf_config_text(app->config, "SESSION_COOKIE_SECURE"));

    if (cf_str_iis(s, "true") || cf_str_iis(s, "yes") || cf_str_iis(s, "on") || cf_str_is(s, "1"))
        return 1;
    return s.len ? 0 : -1;
}

static bool set_up_log(cf_app *app, cf_error *err)
{
    static const char *const  names[] = { "debug", "info", "warning", "error" };
    static const cf_log_level levels[] = { CF_DEBUG, CF_INFO, CF_WARNING, CF_ERROR };
    cf_str                    format = cf_str_of(cf_config_text(app->config, "LOG_FORMAT"));
    cf_str                    level = cf_str_of(cf_config_text(app->config, "LOG_LEVEL"));

    app->settings.log_json = cf_str_iis(format, "json");
    if (!app->settings.log_json && !cf_str_iis(format, "text"))
        return cf_fail(err, CF_EINVAL, "LOG_FORMAT is \"%.*s\"; it must be text or json",
                       CF_STR_ARG(format));
    for (size_t i = 0; i < 4; i++)
        if (cf_str_iis(level, names[i])) {
            if (!app->settings.testing)
                cf_log_setup(
                    &(cf_log_options){ .level = levels[i], .json = app->settings.log_json });
            return true;
        }
    return cf_fail(err, CF_EINVAL,
                   "LOG_LEVEL is \"%.*s\"; it must be debug, info, warning or error",
                   CF_STR_ARG(level));
}

/* What create_app() may already ask for: the environment's kind. */
bool cf__app_load_settings(cf_app *app, cf_error *err)
{
    web_settings *s = &app->settings;
    cf_str        env = cf_str_of(cf_config_text(app->config, "CARAFE_ENV"));

    s->development = cf_str_is(env, "development");
    s->testing = cf_str_is(env, "testing");
    s->production = cf_str_is(env, "production");
    if (!s->development && !s->testing && !s->production)
        return cf_fail(err, CF_EINVAL,
                       "CARAFE_ENV is \"%.*s\"; it must be development, production or testing",
                       CF_STR_ARG(env));
    s->debug = s->development || cf_config_bool(app->config, "CARAFE_DEBUG") ||
               cf_config_bool(app->config, "FLASK_DEBUG");
    return true;
}

/* In development a key is made once and kept, so that sessions survive a restart. */
static const char *development_key(cf_app *app, cf_error *err)
{
    const char *path = cf_app_instance_path(app, app->arena, "secret_key");
    cf_str      kept;

    if (cf_file_read(app->arena, path, 4096, &kept, NULL) && cf_str_trim(kept).len >= 16)
        return cf_str_dup(app->arena, cf_str_trim(kept));
    const char *key = cf_random_token(app->arena, 32);
    mode_t      mask = umask(0077);
    bool        ok = cf_file_write(path, cf_str_of(key), err);
    umask(mask);
    return ok ? key : NULL;
}

static bool make_keyring(cf_app *app, cf_error *err)
{
    const char        *key = cf_config_text(app->config, "SECRET_KEY");
    const char *const *old;
    size_t             nold = cf_config_list(app->config, "SECRET_KEY_FALLBACKS", &old);

    if ((!key || !*key) && app->settings.testing)
        key = cf_random_token(app->arena, 32);
    if ((!key || !*key) && app->settings.development)
        key = development_key(app, err);
    if (!key)
        return false;
    if (strlen(key) < 16 && app->settings.production)
        return cf_fail(err, CF_EINVAL, "SECRET_KEY has %zu characters; it needs at least 16",
                       strlen(key));
    const char **keys = cf_new_array(app->arena, const char *, nold + 1);
    keys[0] = key;
    for (size_t i = 0; i < nold; i++)
        keys[i + 1] = old[i];
    app->keyring = cf_keyring_new(app->arena, keys, nold + 1);
    return true;
}

static const char *text_or(const cf_app *app, const char *name, const char *fallback)
{
    const char *text = cf_config_text(app->config, name);
    return text && *text ? text : fallback;
}

bool cf__app_read_settings(cf_app *app, cf_error *err)
{
    web_settings *s = &app->settings;
    cf_config    *config = app->config;
    cf_same_site  same_site;

    if (!cf_config_check(config, s->production, err) || !set_up_log(app, err) ||
        !make_keyring(app, err))
        return false;
    s->max_body = (size_t)cf_config_int(config, "MAX_CONTENT_LENGTH");
    s->max_form_memory = cf_config_int(config, "MAX_FORM_MEMORY_SIZE");
    s->max_form_parts = (size_t)cf_config_int(config, "MAX_FORM_PARTS");
    s->cookie_name = cf_config_text(config, "SESSION_COOKIE_NAME");
    s->cookie_domain = text_or(app, "SESSION_COOKIE_DOMAIN", NULL);
    s->cookie_same_site = cf_config_text(config, "SESSION_COOKIE_SAMESITE");
    s->cookie_secure = secure_of(app);
    s->cookie_http_only = cf_config_bool(config, "SESSION_COOKIE_HTTPONLY");
    s->session_lifetime = cf_config_int(config, "PERMANENT_SESSION_LIFETIME");
    s->csrf_lifetime = cf_config_int(config, "WTF_CSRF_TIME_LIMIT");
    s->csrf = cf_config_bool(config, "WTF_CSRF_ENABLED");
    s->server_name = text_or(app, "SERVER_NAME", NULL);
    s->scheme = cf_config_text(config, "PREFERRED_URL_SCHEME");
    s->script_name = cf_config_text(config, "APPLICATION_ROOT");
    s->cookie_path = text_or(app, "SESSION_COOKIE_PATH", s->script_name);
    s->ntrusted_hosts = cf_config_list(config, "TRUSTED_HOSTS", &s->trusted_hosts);
    s->ntrusted_proxies = cf_config_list(config, "TRUSTED_PROXIES", &s->trusted_proxies);
    s->ncsrf_origins = cf_config_list(config, "WTF_CSRF_TRUSTED_HOSTS", &s->csrf_origins);
    s->hsts = cf_config_int(config, "HSTS_SECONDS");
    s->access_log = access_log_of(app);
    if (s->server_name && !cf_host_is_valid(cf_str_of(s->server_name)))
        return cf_fail(err, CF_EINVAL,
                       "SERVER_NAME is \"%s\"; it must be a host such as example.org or "
                       "example.org:8080",
                       s->server_name);
    if (!cf_same_site_parse(cf_str_of(s->cookie_same_site), &same_site))
        return cf_fail(err, CF_EINVAL,
                       "SESSION_COOKIE_SAMESITE is \"%s\"; it must be Lax, Strict "
                       "or None",
                       s->cookie_same_site);
    return true;
}
