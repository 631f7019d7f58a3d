/* folder.c -- folders: which files lie in one, and making one. */
#include <carafe/folder.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 32

typedef struct walk {
    cf_arena   *arena;
    const char *top, *ending;
    size_t      limit;
    cf_list    *found;
    cf_error   *err;
} walk;

static bool walk_folder(walk *w, const char *below, int depth);

static bool fail_errno(walk *w, const char *path)
{
    cf_code code = errno == ENOENT || errno == ENOTDIR ? CF_ENOTFOUND
                   : errno == EACCES                   ? CF_EDENIED
                                                       : CF_EIO;
    return cf_fail(w->err, code, "cannot read the folder %s: %s", path, strerror(errno));
}

static bool walk_entry(walk *w, const char *path, int depth)
{
    struct stat info;

    /* Gone since the folder was read: as if it had never been there. */
    if (lstat(cf_printf(w->arena, "%s/%s", w->top, path), &info) < 0)
        return true;
    if (S_ISDIR(info.st_mode))
        return walk_folder(w, cf_printf(w->arena, "%s/", path), depth + 1);
    if (!S_ISREG(info.st_mode))
        return true;
    if (w->ending) {
        size_t size = strlen(path), tail = strlen(w->ending);
        if (size < tail || !cf_str_iis(cf_str_n(path + size - tail, tail), w->ending))
            return true;
    }
    if (w->found->len == w->limit)
        return cf_fail(w->err, CF_ELIMIT, "%s holds more than %zu files", w->top, w->limit);
    cf_list_add(w->found, cf_string(path));
    return true;
}

/* `below` is empty or ends in '/'. */
static bool walk_folder(walk *w, const char *below, int depth)
{
    const char    *path = cf_printf(w->arena, "%s/%s", w->top, below);
    struct dirent *entry;
    bool           ok = true;
    DIR           *dir;

    if (depth > MAX_DEPTH)
        return cf_fail(w->err, CF_ELIMIT, "%s has more than %d levels of folders", w->top,
                       MAX_DEPTH);
    dir = opendir(path);
    if (!dir)
        return fail_errno(w, path);
    while (ok && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            ok = walk_entry(w, cf_printf(w->arena, "%s%s", below, entry->d_name), depth);
    closedir(dir);
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return cf_str_cmp(cf_text(*(const cf_value *)a), cf_text(*(const cf_value *)b));
}

bool cf_folder_list(cf_arena *arena, const char *folder, const char *ending, size_t limit,
                    cf_list **out, cf_error *err)
{
    walk w = { arena, folder, ending, limit, cf_list_new(arena), err };

    if (!walk_folder(&w, "", 0))
        return false;
    if (w.found->len)
        qsort(w.found->items, w.found->len, sizeof(cf_value), by_path);
    *out = w.found;
    return true;
}

bool cf_folder_make(const char *folder, cf_error *err)
{
    char   path[4001];
    size_t size = strlen(folder);

    if (size >= sizeof path)
        return cf_fail(err, CF_ELIMIT, "the folder's name is longer than %zu bytes",
                       sizeof path - 1);
    memcpy(path, folder, size + 1);
    for (size_t i = 1; i <= size; i++) {
        char here = path[i];
        if (here != '/' && here != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return cf_fail(err, errno == EACCES ? CF_EDENIED : CF_EIO,
                           "cannot make the folder %s: %s", path, strerror(errno));
        path[i] = here;
    }
    return true;
}
