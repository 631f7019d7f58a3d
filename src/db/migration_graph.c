/* migration_graph.c -- what follows what: files read, parents found, a line made of them.
 *
 * Most histories are a line by number. Branches arise when two people add the same number; a file
 * that comes after both joins them. The order is topological, by number where it leaves a choice.
 */
#include <stdlib.h>

#include <carafe/crypto.h>
#include <carafe/folder.h>

#include "db/migrations.h"

/* ---- files ---- */

static int by_number(const void *a, const void *b)
{
    const cf_migration *x = a, *y = b;

    if (x->number != y->number)
        return (x->number > y->number) - (x->number < y->number);
    return strcmp(x->revision, y->revision);
}

static const char *checksum(cf_arena *arena, cf_str text)
{
    unsigned char hash[32];

    cf_sha256(text, hash);
    return cf_str_dup(arena, cf_hex_encode(arena, cf_str_n((const char *)hash, sizeof(hash))));
}

static bool read_files(cf__work *w, const cf_bundle *bundle, cf_error *err)
{
    size_t count = bundle ? bundle->count : 0;

    w->items = cf_new_array(w->arena, cf_migration, count + 1);
    w->count = 0;
    for (size_t i = 0; i < count; i++) {
        const cf_asset *asset = &bundle->assets[i];
        cf_str          path = cf_str_of(asset->path);

        if (!cf_str_starts(path, CF_STR("migrations/")) || !cf_str_ends(path, CF_STR(".sql")))
            continue;
        if (w->count == CF__MAX_MIGRATIONS)
            return cf_fail(err, CF_ELIMIT, "more than %d migrations", CF__MAX_MIGRATIONS);
        if (!cf_migration_parse(w->arena, asset->path, asset->data, w->database->engine->name,
                                &w->items[w->count++], err))
            return false;
    }
    qsort(w->items, w->count, sizeof(*w->items), by_number);
    return true;
}

const char *cf_migrations_folder(cf_arena *arena, const cf_bundle *bundle)
{
    cf_list    *files;
    const char *folder;

    if (!bundle || !bundle->source)
        return NULL;
    folder = cf_printf(arena, "%s/migrations", bundle->source);
    return cf_folder_list(arena, folder, ".sql", CF__MAX_MIGRATIONS, &files, NULL) ? folder : NULL;
}

const cf_bundle *cf_migrations_source(cf_arena *arena, const cf_bundle *bundle, cf_error *err)
{
    const char *folder = cf_migrations_folder(arena, bundle);
    cf_bundle  *source = cf_new(arena, cf_bundle);
    cf_asset   *assets;
    cf_list    *files;

    if (!folder)
        return bundle;
    if (!cf_folder_list(arena, folder, ".sql", CF__MAX_MIGRATIONS, &files, err))
        return NULL;
    assets = cf_new_array(arena, cf_asset, files->len + 1);
    for (size_t i = 0; i < files->len; i++) {
        cf_value name = files->items[i];

        assets[i].path = cf_printf(arena, "migrations/%.*s", (int)name.len, name.as.text);
        if (!cf_file_read(arena, cf_printf(arena, "%s/%.*s", folder, (int)name.len, name.as.text),
                          CF_MIGRATION_MAX_SIZE, &assets[i].data, err))
            return NULL;
    }
    *source = (cf_bundle){ assets, files->len, bundle->source };
    return source;
}

/* ---- parents ---- */

/* By full name, or by number; *several when the number is not unique. */
static size_t named(const cf__work *w, const char *revision, size_t *several)
{
    int64_t number;
    bool    by = cf_str_to_i64(cf_str_of(revision), &number);
    size_t  found = CF_NPOS;

    *several = CF_NPOS;
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->items[i].revision, revision) == 0)
            return i;
        if (!by || w->items[i].number != number)
            continue;
        if (found != CF_NPOS)
            *several = i;
        found = i;
    }
    return found;
}

size_t cf__migrations_find(const cf__work *w, const char *revision, cf_error *err)
{
    size_t several, found = named(w, revision, &several);

    if (found == CF_NPOS)
        cf_fail(err, CF_ENOTFOUND, "there is no migration '%.100s'; `db history` lists them",
                revision);
    else if (several != CF_NPOS)
        cf_fail(err, CF_ECONFLICT, "%s and %s have this number; say the whole name",
                w->items[several == found ? found - 1 : several].revision,
                w->items[found].revision);
    else
        return found;
    return CF_NPOS;
}

static bool declared_parents(cf__work *w, size_t i, cf_error *err)
{
    const cf_migration *m = &w->items[i];

    for (size_t k = 0; k < m->nparents; k++) {
        cf_error error = { 0 };
        size_t   parent = cf__migrations_find(w, m->parents[k], &error);

        if (parent == CF_NPOS)
            return cf_fail(err, CF_EPARSE, "%s comes after %s: %s", m->path, m->parents[k],
                           error.message);
        w->nodes[i].parents[w->nodes[i].nparents++] = parent;
    }
    return true;
}

/* The file with the number before. */
static bool usual_parent(cf__work *w, size_t i, cf_error *err)
{
    size_t before = i;

    while (before > 0 && w->items[before - 1].number == w->items[i].number)
        before--;
    if (!before)
        return true;
    before--;
    if (before > 0 && w->items[before - 1].number == w->items[before].number)
        return cf_fail(err, CF_EPARSE,
                       "%s may come after %s or %s: a line \"-- after %s\" at its top says which; "
                       "`db merge` makes a file that joins both",
                       w->items[i].path, w->items[before - 1].revision, w->items[before].revision,
                       w->items[before].revision);
    w->nodes[i].parents[w->nodes[i].nparents++] = before;
    return true;
}

static bool find_parents(cf__work *w, cf_error *err)
{
    w->nodes = cf_new_array(w->arena, cf__migration_node, w->count + 1);
    for (size_t i = 0; i < w->count; i++) {
        w->nodes[i].parents = cf_new_array(w->arena, size_t, w->items[i].nparents + 2);
        if (!(w->items[i].nparents ? declared_parents(w, i, err) : usual_parent(w, i, err)))
            return false;
    }
    return true;
}

/* ---- order ---- */

static bool is_ready(const cf__work *w, size_t i, const size_t *place)
{
    for (size_t k = 0; k < w->nodes[i].nparents; k++)
        if (place[w->nodes[i].parents[k]] == CF_NPOS)
            return false;
    return true;
}

/* Puts items and nodes in the order of `place`. */
static void arrange(cf__work *w, const size_t *place)
{
    cf_migration       *items = cf_new_array(w->arena, cf_migration, w->count + 1);
    cf__migration_node *nodes = cf_new_array(w->arena, cf__migration_node, w->count + 1);

    for (size_t i = 0; i < w->count; i++) {
        items[place[i]] = w->items[i];
        nodes[place[i]] = w->nodes[i];
        for (size_t k = 0; k < w->nodes[i].nparents; k++)
            w->nodes[i].parents[k] = place[w->nodes[i].parents[k]];
    }
    w->items = items;
    w->nodes = nodes;
}

static bool sort(cf__work *w, cf_error *err)
{
    size_t *place = cf_new_array(w->arena, size_t, w->count + 1);

    for (size_t i = 0; i < w->count; i++)
        place[i] = CF_NPOS;
    for (size_t done = 0, from = 0; done < w->count; done++) {
        size_t i = from;

        while (i < w->count && (place[i] != CF_NPOS || !is_ready(w, i, place)))
            i++;
        if (i == w->count) {
            for (i = 0; place[i] != CF_NPOS;)
                i++;
            return cf_fail(err, CF_EPARSE, "%s comes after a migration that comes after it",
                           w->items[i].path);
        }
        place[i] = done;
        /* Everything before the first that is left is placed: a line takes one walk. */
        while (from < w->count && place[from] != CF_NPOS)
            from++;
    }
    arrange(w, place);
    return true;
}

/* Parents by name, and who has no children. */
static void finish(cf__work *w)
{
    for (size_t i = 0; i < w->count; i++)
        w->items[i].head = true;
    for (size_t i = 0; i < w->count; i++) {
        const cf__migration_node *node = &w->nodes[i];
        const char              **names = cf_new_array(w->arena, const char *, node->nparents + 1);

        for (size_t k = 0; k < node->nparents; k++) {
            names[k] = w->items[node->parents[k]].revision;
            w->items[node->parents[k]].head = false;
        }
        w->items[i].parents = names;
        w->items[i].nparents = node->nparents;
    }
}

bool cf__migrations_read(cf__work *w, const cf_bundle *bundle, cf_error *err)
{
    if (!read_files(w, bundle, err) || !find_parents(w, err) || !sort(w, err))
        return false;
    finish(w);
    w->checksums = cf_new_array(w->arena, const char *, w->count + 1);
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < bundle->count; k++)
            if (strcmp(bundle->assets[k].path, w->items[i].path) == 0)
                w->checksums[i] = checksum(w->arena, bundle->assets[k].data);
    return true;
}

/* ---- walks ---- */

void cf__migrations_before(const cf__work *w, size_t i, bool *marks)
{
    marks[i] = true;
    /* Parents stand before their children. */
    for (size_t k = i + 1; k-- > 0;)
        for (size_t p = 0; marks[k] && p < w->nodes[k].nparents; p++)
            marks[w->nodes[k].parents[p]] = true;
}

void cf__migrations_after(const cf__work *w, size_t i, bool *marks)
{
    for (size_t k = i + 1; k < w->count; k++)
        for (size_t p = 0; p < w->nodes[k].nparents; p++)
            if (w->nodes[k].parents[p] == i || marks[w->nodes[k].parents[p]])
                marks[k] = true;
}

static bool one_head(const cf__work *w, cf_error *err)
{
    const cf_migration *first = NULL;
    bool                pending = false;

    for (size_t i = 0; i < w->count; i++)
        pending = pending || !w->items[i].applied;
    for (size_t i = 0; pending && i < w->count; i++) {
        if (!w->items[i].head)
            continue;
        if (first)
            return cf_fail(err, CF_ECONFLICT,
                           "the migrations end in two branches, %s and %s; `db merge -m \"…\"` "
                           "joins them, `db upgrade heads` applies both as they are",
                           first->revision, w->items[i].revision);
        first = &w->items[i];
    }
    return true;
}

static void mark_all(const cf__work *w, bool *marks)
{
    for (size_t i = 0; i < w->count; i++)
        marks[i] = true;
}

bool cf__migrations_want(const cf__work *w, const char *target, bool up, bool *marks, size_t *most,
                         cf_error *err)
{
    int64_t number = 0;
    bool    is_number = target && cf_str_to_i64(cf_str_of(target), &number);
    size_t  i;

    *most = SIZE_MAX;
    if (!target || strcmp(target, "heads") == 0 || strcmp(target, "head") == 0 ||
        (is_number && (target[0] == '-' || target[0] == '+'))) {
        if (up && !(target && strcmp(target, "heads") == 0) && !one_head(w, err))
            return false;
        mark_all(w, marks);
        if (is_number && (number > 0) != up)
            return cf_fail(err, CF_EINVAL, "'%s' leads the other way", target);
        if (is_number)
            *most = (size_t)(number < 0 ? -number : number);
        else if (!up)
            *most = 1;
        return true;
    }
    if (is_number && number == 0) {
        if (!up)
            mark_all(w, marks);
        return true;
    }
    i = cf__migrations_find(w, target, err);
    if (i == CF_NPOS)
        return false;
    if (up)
        cf__migrations_before(w, i, marks);
    else
        cf__migrations_after(w, i, marks);
    return true;
}

size_t cf__migrations_next(const cf__work *w, const bool *marks, bool up)
{
    for (size_t k = 0; k < w->count; k++) {
        size_t i = up ? k : w->count - 1 - k;

        if (marks[i] && w->items[i].applied != up)
            return i;
    }
    return w->count;
}
