/* config.h -- settings from the environment over a .env file, read by type and checked at once. */
#ifndef CARAFE_CONFIG_H
#define CARAFE_CONFIG_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/str.h>
#include <carafe/value.h>

typedef struct cf_config cf_config;

typedef enum cf_setting_type {
    CF_SETTING_TEXT,
    CF_SETTING_BOOL, /* 1 true yes on / 0 false no off, any case; empty is the default */
    CF_SETTING_INT,
    CF_SETTING_SIZE,    /* Bytes: 512, 64K, 16M, 1G */
    CF_SETTING_SECONDS, /* 30, 90s, 15m, 12h, 30d */
    CF_SETTING_LIST,    /* Comma-separated, trimmed, empties dropped. */
} cf_setting_type;

/* One setting that an app or a room understands. */
typedef struct cf_setting {
    const char     *name;
    cf_setting_type type;
    const char     *fallback; /* Default as text; NULL: none. */
    int64_t         min, max; /* For numbers, when max is not 0. */
    bool            required; /* Must be set outside development and tests. */
    bool            secret;   /* Never shown or logged. */
    const char     *help;     /* One line. */
} cf_setting;

/* Reads the process environment and a .env file (missing is fine; NULL: none). The environment
 * wins. .env: KEY=value, `export KEY=…`, # comments, single quotes literal, double quotes with
 * \n \t \" \\ and multi-line, no expansion.
 *
 * Errors: CF_EPARSE with the file's line.
 */
cf_config *cf_config_load(cf_arena *arena, const char *env_file, cf_error *err);

/* Declares settings; a NULL-named entry ends the table. */
void cf_config_declare(cf_config *config, const cf_setting *settings);

/* Checks every declared setting at once. The message lists each that is missing or malformed, one
 * a line, with what is expected. */
bool cf_config_check(const cf_config *config, bool production, cf_error *err);

/* Sets or replaces a value; for tests and command-line options. */
void cf_config_set(cf_config *config, const char *name, const char *value);

/* Typed reads of a declared setting (or any name: then text). The default where unset. */
const char *cf_config_text(const cf_config *config, const char *name);
bool        cf_config_bool(const cf_config *config, const char *name);
int64_t     cf_config_int(const cf_config *config, const char *name); /* INT, SIZE, SECONDS */
size_t      cf_config_list(const cf_config *config, const char *name, const char *const **items);

/* Every declared setting as an object value for templates ({{ config.NAME }}), secrets masked. */
cf_value cf_config_value(cf_arena *arena, const cf_config *config);

/* The declared settings, for `config` listings: entry i or NULL past the end. */
const cf_setting *cf_config_setting(const cf_config *config, size_t i);

#endif
