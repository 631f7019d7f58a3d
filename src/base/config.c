/* config.c -- settings: the environment over a .env file over the defaults.
 *
 * Values stay text until they are read; the declared type says how. */
#include <carafe/config.h>

#include <carafe/asset.h>
#include <carafe/log.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/env_file.h"

#define FILE_LIMIT CF_MIB(1)

/* A list once split, so that reading it again costs no memory. */
typedef struct split_list {
    const char        *text;
    const char *const *items;
    size_t             count;
    struct split_list *next;
} split_list;

struct cf_config {
    cf_arena          *arena;
    cf_map            *values;    /* Names to strings, NUL-terminated. */
    cf_map            *from_file; /* What the .env file set. */
    const cf_setting **settings;
    size_t             count, cap;
    split_list       **lists;
};

static void put(cf_config *config, cf_str name, const char *value)
{
    cf_map_put(config->values, cf_string_copy(config->arena, name),
               cf_string(cf_strdup(config->arena, value)));
}

static void put_environment(cf_config *config)
{
    for (char **entry = environ; entry && *entry; entry++) {
        cf_str name, value;

        if (cf_str_cut(cf_str_of(*entry), '=', &name, &value) && name.len)
            put(config, name, value.ptr);
    }
}

cf_config *cf_config_load(cf_arena *arena, const char *env_file, cf_error *err)
{
    cf_config *config = cf_new(arena, cf_config);
    cf_error   reading = { 0 };
    cf_str     text;

    config->arena = arena;
    config->values = cf_map_new(arena);
    config->from_file = cf_map_new(arena);
    config->lists = cf_new(arena, split_list *);
    if (env_file && cf_file_read(arena, env_file, FILE_LIMIT, &text, &reading)) {
        if (!cf__env_parse(arena, text, env_file, config->from_file, err))
            return NULL;
    } else if (env_file && reading.code != CF_ENOTFOUND) {
        cf_fail(err, reading.code, "%s", reading.message);
        return NULL;
    }
    for (size_t i = 0; i < config->from_file->len; i++)
        cf_map_put(config->values, config->from_file->entries[i].key,
                   config->from_file->entries[i].value);
    put_environment(config);
    return config;
}

void cf_config_set(cf_config *config, const char *name, const char *value)
{
    put(config, cf_str_of(name), value ? value : "");
}

/* ---- declared settings ---- */

static size_t index_of(const cf_config *config, const char *name)
{
    size_t i = 0;

    while (i < config->count && strcmp(config->settings[i]->name, name) != 0)
        i++;
    return i;
}

void cf_config_declare(cf_config *config, const cf_setting *settings)
{
    for (; settings->name; settings++) {
        size_t i = index_of(config, settings->name);

        if (i == config->cap) {
            size_t cap = config->cap ? config->cap * 2 : 32;

            config->settings = cf_grow(config->arena, config->settings,
                                       config->cap * sizeof *config->settings,
                                       cap * sizeof *config->settings);
            config->cap = cap;
        }
        config->settings[i] = settings;
        if (i == config->count)
            config->count++;
    }
}

const cf_setting *cf_config_setting(const cf_config *config, size_t i)
{
    return i < config->count ? config->settings[i] : NULL;
}

static const cf_setting *find(const cf_config *config, const char *name)
{
    return cf_config_setting(config, index_of(config, name));
}

/* ---- text to types ---- */

typedef struct unit {
    const char *name;
    int64_t     factor;
} unit;

static const unit size_units[] = {
    { "", 1 },
    { "B", 1 },
    { "K", INT64_C(1) << 10 },
    { "M", INT64_C(1) << 20 },
    { "G", INT64_C(1) << 30 },
    { "T", INT64_C(1) << 40 },
    { "KB", INT64_C(1) << 10 },
    { "MB", INT64_C(1) << 20 },
    { "GB", INT64_C(1) << 30 },
    { "KiB", INT64_C(1) << 10 },
    { "MiB", INT64_C(1) << 20 },
    { "GiB", INT64_C(1) << 30 },
    { NULL, 0 },
};

static const unit second_units[] = {
    { "", 1 },     { "s", 1 },     { "m", 60 },     { "min", 60 },
    { "h", 3600 }, { "d", 86400 }, { "w", 604800 }, { NULL, 0 },
};

/* Reads digits and a unit: "16M", "30 d". */
static bool read_amount(cf_str text, const unit *units, int64_t *out)
{
    size_t  digits = 0;
    cf_str  name;
    int64_t number;

    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    if (!cf_str_to_i64(cf_str_slice(text, 0, digits), &number))
        return false;
    name = cf_str_trim(cf_str_slice(text, digits, text.len));
    for (; units->name; units++)
        if (cf_str_iis(name, units->name))
            return !__builtin_mul_overflow(number, units->factor, out);
    return false;
}

static bool read_bool(cf_str text, bool *out)
{
    static const char *const yes[] = { "1", "true", "yes", "on", "t", "y" };
    static const char *const no[] = { "0", "false", "no", "off", "f", "n" };

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        *out = cf_str_iis(text, yes[i]);
        if (*out || cf_str_iis(text, no[i]))
            return true;
    }
    return false;
}

static bool read_number(const cf_setting *setting, cf_str text, int64_t *out)
{
    bool ok = setting->type == CF_SETTING_SIZE      ? read_amount(text, size_units, out)
              : setting->type == CF_SETTING_SECONDS ? read_amount(text, second_units, out)
                                                    : cf_str_to_i64(text, out);

    return ok && (!setting->max || (*out >= setting->min && *out <= setting->max));
}

/* The text of a setting: its value, or its default where it is unset or empty (an empty text is a
 * text); NULL when there is neither. */
static const char *text_of(const cf_config *config, const cf_setting *setting, const char *name)
{
    cf_value value = cf_map_get(config->values, name);
    bool     given = value.type == CF_TYPE_STRING &&
                 (value.len || !setting || setting->type == CF_SETTING_TEXT);

    return given ? value.as.text : setting ? setting->fallback : NULL;
}

const char *cf_config_text(const cf_config *config, const char *name)
{
    return text_of(config, find(config, name), name);
}

bool cf_config_bool(const cf_config *config, const char *name)
{
    const cf_setting *setting = find(config, name);
    bool              result = false;

    if (read_bool(cf_str_trim(cf_str_of(text_of(config, setting, name))), &result))
        return result;
    return setting && read_bool(cf_str_of(setting->fallback), &result) && result;
}

int64_t cf_config_int(const cf_config *config, const char *name)
{
    static const cf_setting plain = { .type = CF_SETTING_INT };
    const cf_setting       *setting = find(config, name);
    int64_t                 result = 0;

    if (read_number(setting ? setting : &plain,
                    cf_str_trim(cf_str_of(text_of(config, setting, name))), &result))
        return result;
    if (setting && read_number(setting, cf_str_of(setting->fallback), &result))
        return result;
    return 0;
}

/* Splits at commas, drops white space and empty items. */
static split_list *split(cf_arena *arena, const char *text)
{
    split_list  *list = cf_new(arena, split_list);
    cf_str       rest = cf_str_of(text), item;
    size_t       most = 1;
    const char **items;

    for (size_t i = 0; i < rest.len; i++)
        most += rest.ptr[i] == ',';
    items = cf_new_array(arena, const char *, most + 1);
    while (rest.len) {
        cf_str_cut(rest, ',', &item, &rest);
        item = cf_str_trim(item);
        if (item.len)
            items[list->count++] = cf_str_dup(arena, item);
    }
    list->text = text;
    list->items = items;
    return list;
}

size_t cf_config_list(const cf_config *config, const char *name, const char *const **items)
{
    const char *text = text_of(config, find(config, name), name);
    split_list *list = *config->lists;

    while (list && list->text != text)
        list = list->next;
    if (!list) {
        list = split(config->arena, text);
        list->next = *config->lists;
        *config->lists = list;
    }
    *items = list->items;
    return list->count;
}

/* ---- checking all at once ---- */

/* What a setting's value must be, for people. */
static void put_expected(cf_buf *out, const cf_setting *setting)
{
    static const char *const expected[] = {
        [CF_SETTING_TEXT] = "text",
        [CF_SETTING_BOOL] = "true or false (also 1, 0, yes, no, on, off)",
        [CF_SETTING_INT] = "a whole number",
        [CF_SETTING_SIZE] = "a size such as 512, 64K, 16M or 1G",
        [CF_SETTING_SECONDS] = "a time such as 30, 90s, 15m, 12h or 30d",
        [CF_SETTING_LIST] = "a comma-separated list",
    };

    cf_buf_puts(out, expected[setting->type]);
    if (setting->max)
        cf_buf_printf(out, " from %lld to %lld", (long long)setting->min, (long long)setting->max);
}

/* Appends a line when the setting is missing or malformed. */
static bool check_setting(const cf_config *config, const cf_setting *setting, bool production,
                          cf_buf *out)
{
    const char *text = text_of(config, setting, setting->name);
    cf_str      value = cf_str_trim(cf_str_of(text));
    int64_t     number;
    bool        yes, ok;

    if (!value.len) {
        if (!setting->required || !production)
            return true;
        cf_buf_printf(out, "\n  %s is not set%s%s", setting->name, setting->help ? ": " : "",
                      setting->help ? setting->help : "");
        return false;
    }
    ok = setting->type == CF_SETTING_TEXT || setting->type == CF_SETTING_LIST ||
         (setting->type == CF_SETTING_BOOL ? read_bool(value, &yes)
                                           : read_number(setting, value, &number));
    if (ok)
        return true;
    cf_buf_printf(out, "\n  %s ", setting->name);
    if (!setting->secret)
        cf_buf_printf(out, "is '%.*s', but ", (int)(value.len < 40 ? value.len : 40), value.ptr);
    cf_buf_puts(out, "must be ");
    put_expected(out, setting);
    return false;
}

/* A name in the .env file that is nearly a setting's is probably a slip of the pen. */
static void warn_of_slips(const cf_config *config)
{
    const char **names = cf_xcalloc(config->count + 1, sizeof *names);

    for (size_t i = 0; i < config->count; i++)
        names[i] = config->settings[i]->name;
    for (size_t i = 0; i < config->from_file->len; i++) {
        cf_str      name = cf_text(config->from_file->entries[i].key);
        const char *near = cf_nearest(name, names, config->count);

        if (near && !cf_str_is(name, near))
            cf_log(CF_WARNING, "the setting %.*s in the .env file is unknown; did you mean %s?",
                   CF_STR_ARG(name), near);
    }
    free(names);
}

bool cf_config_check(const cf_config *config, bool production, cf_error *err)
{
    enum { ROOM = sizeof err->message - 80 };
    cf_buf lines = { 0 };
    size_t wrong = 0, shown = 0, fits = 0;

    warn_of_slips(config);
    for (size_t i = 0; i < config->count; i++) {
        if (check_setting(config, config->settings[i], production, &lines))
            continue;
        wrong++;
        if (lines.len <= ROOM) {
            fits = lines.len;
            shown++;
        }
    }
    if (wrong && shown == wrong)
        cf_fail(err, CF_EINVAL, "%zu setting%s must be corrected (environment or .env file):%.*s",
                wrong, wrong == 1 ? "" : "s", (int)fits, lines.ptr);
    else if (wrong)
        cf_fail(err, CF_EINVAL, "%zu settings must be corrected:%.*s\n  and %zu more", wrong,
                (int)fits, lines.ptr, wrong - shown);
    cf_buf_free(&lines);
    return wrong == 0;
}

/* ---- as a value ---- */

static cf_value list_value(cf_arena *arena, const cf_config *config, const char *name)
{
    const char *const *items;
    size_t             count = cf_config_list(config, name, &items);
    cf_list           *list = cf_list_new(arena);

    for (size_t i = 0; i < count; i++)
        cf_list_add(list, cf_string(items[i]));
    return cf_from_list(list);
}

static cf_value setting_value(cf_arena *arena, const cf_config *config, const cf_setting *setting)
{
    const char *text = text_of(config, setting, setting->name);

    if (setting->secret)
        return text && *text ? cf_string("********") : cf_none();
    switch (setting->type) {
    case CF_SETTING_BOOL:
        return cf_bool(cf_config_bool(config, setting->name));
    case CF_SETTING_LIST:
        return list_value(arena, config, setting->name);
    case CF_SETTING_TEXT:
        return cf_string(text);
    default:
        return text ? cf_int(cf_config_int(config, setting->name)) : cf_none();
    }
}

cf_value cf_config_value(cf_arena *arena, const cf_config *config)
{
    cf_map *map = cf_map_new(arena);

    for (size_t i = 0; i < config->count; i++)
        cf_map_set(map, config->settings[i]->name,
                   setting_value(arena, config, config->settings[i]));
    return cf_from_map(map);
}
