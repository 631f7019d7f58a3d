/* loader.c -- where templates come from: bundles and folders, searched in order, or a map. */
#include <carafe/template.h>

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#define MOST_BYTES CF_MIB(16)
#define MOST_DEPTH 16

typedef struct places {
    cf_arena          *arena;
    cf_template_place *items;
    size_t             count;
    bool               develop;
} places;

/* The folder of a place, when there is one on disk. */
static const char *folder_of(const places *p, const cf_template_place *place)
{
    const char *folder = place->folder;

    if (!folder && p->develop && place->bundle)
        folder = place->bundle->source;
    return folder;
}

static bool file_name(const places *p, const cf_template_place *place, cf_str name, char *out,
                      size_t size)
{
    const char *folder = folder_of(p, place);

    return folder && snprintf(out, size, "%s/%s%.*s", folder, place->prefix ? place->prefix : "",
                              CF_STR_ARG(name)) < (int)size;
}

/* A version that moves with every write, also within one second. */
static uint64_t file_version(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    return ((uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec) ^
           ((uint64_t)st.st_size << 48) ^ 1u;
}

static const cf_asset *asset_of(const cf_template_place *place, cf_str name)
{
    char path[512];
    int  size = snprintf(path, sizeof path, "%s%.*s", place->prefix ? place->prefix : "",
                         CF_STR_ARG(name));

    if (size < 0 || (size_t)size >= sizeof path)
        return NULL;
    return cf_bundle_find(place->bundle, cf_str_n(path, (size_t)size));
}

static bool load_place(void *data, cf_arena *arena, cf_str name, cf_template_source *out,
                       cf_error *err)
{
    const places *p = data;
    char          path[1024];

    if (!cf_path_is_safe(name))
        return cf_fail(err, CF_ENOTFOUND, "no template named '%.*s'", CF_STR_ARG(name));
    for (size_t i = 0; i < p->count; i++) {
        const cf_asset *asset;
        if (file_name(p, &p->items[i], name, path, sizeof path) &&
            (out->version = file_version(path))) {
            out->path = cf_strdup(arena, path);
            return cf_file_read(arena, path, MOST_BYTES, &out->text, err);
        }
        asset = asset_of(&p->items[i], name);
        if (asset) {
            out->text = asset->data;
            out->path = asset->path;
            return true;
        }
    }
    return cf_fail(err, CF_ENOTFOUND, "no template named '%.*s'", CF_STR_ARG(name));
}

static uint64_t place_version(void *data, cf_str name)
{
    const places *p = data;
    char          path[1024];
    uint64_t      version;

    for (size_t i = 0; i < p->count; i++) {
        if (file_name(p, &p->items[i], name, path, sizeof path) && (version = file_version(path)))
            return version;
        if (asset_of(&p->items[i], name))
            return 0;
    }
    return 0;
}

/* Names below a folder; `base` is the part of the path that is not of the name. */
static void folder_names(cf_list *out, const char *folder, size_t base, int depth)
{
    DIR           *dir = depth < MOST_DEPTH ? opendir(folder) : NULL;
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char        path[1024];
        struct stat st;
        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path ||
            stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            folder_names(out, path, base, depth + 1);
        else if (S_ISREG(st.st_mode))
            cf_list_add(out, cf_string_copy(out->arena, cf_str_of(path + base)));
    }
    if (dir)
        closedir(dir);
}

static void bundle_names(cf_list *out, const cf_template_place *place)
{
    cf_str prefix = cf_str_of(place->prefix);

    for (size_t i = 0; place->bundle && i < place->bundle->count; i++) {
        cf_str path = cf_str_of(place->bundle->assets[i].path);
        if (cf_str_starts(path, prefix))
            cf_list_add(out, cf_string_of(cf_str_slice(path, prefix.len, path.len)));
    }
}

static void place_names(void *data, cf_list *out)
{
    const places *p = data;

    for (size_t i = 0; i < p->count; i++) {
        const char *folder = folder_of(p, &p->items[i]);
        const char *prefix = p->items[i].prefix ? p->items[i].prefix : "";
        if (folder) {
            char  *path = cf_printf(out->arena, "%s/%s", folder, prefix);
            size_t len = strlen(path);
            while (len && path[len - 1] == '/')
                path[--len] = '\0';
            folder_names(out, path, len + 1, 0);
        }
        bundle_names(out, &p->items[i]);
    }
}

cf_template_loader cf_template_places(cf_arena *arena, const cf_template_place *items, size_t count,
                                      bool develop)
{
    places *p = cf_new(arena, places);

    *p = (places){ .arena = arena, .count = count, .develop = develop };
    p->items = cf_memdup(arena, items, count * sizeof *items);
    return (cf_template_loader){
        .load = load_place, .version = place_version, .names = place_names, .data = p
    };
}

/* ---- maps ---- */

static bool load_map(void *data, cf_arena *arena, cf_str name, cf_template_source *out,
                     cf_error *err)
{
    const cf_map *sources = data;
    cf_value      v = cf_map_get_str(sources, name);

    (void)arena;
    if (v.type != CF_TYPE_STRING)
        return cf_fail(err, CF_ENOTFOUND, "no template named '%.*s'", CF_STR_ARG(name));
    out->text = cf_text(v);
    return true;
}

static void map_names(void *data, cf_list *out)
{
    const cf_map *sources = data;

    for (size_t i = 0; i < sources->len; i++)
        if (sources->entries[i].key.type == CF_TYPE_STRING)
            cf_list_add(out, sources->entries[i].key);
}

cf_template_loader cf_template_map(const cf_map *sources)
{
    union {
        const cf_map *from;
        void         *to;
    } cast = { sources };

    return (cf_template_loader){ .load = load_map, .names = map_names, .data = cast.to };
}
