/* import.c -- Markdown files as posts: those of a folder, and those that the app ships with. */
#include "blog.h"

#include "../base/base.h"
#include "front_matter.h"

#include <stdio.h>

#define IMPORT_MAX_SIZE  ((size_t)1024 * 1024)
#define IMPORT_MAX_FILES 10000

typedef enum import_result { IMPORT_ADDED, IMPORT_THERE, IMPORT_BAD } import_result;

typedef struct import_options {
    int64_t author_id;
    bool    draft;
} import_options;

/* Whether a post of this title and text exists: importing a folder again adds nothing. */
static bool is_there(cf_request *req, const char *title, const char *body)
{
    cf_list *same = cf_query_all(cf_query_filter_by(cf_select(req, Post), "title", title));
    Post    *post;

    CF_EACH(same, post)
    if (post->body && strcmp(post->body, body) == 0)
        return true;
    return false;
}

/* A file without a title is called as its path, without the ending. */
static const char *title_of(cf_arena *arena, const front_matter *file, const char *path)
{
    cf_str stem, ending;
    if (file->title && *file->title)
        return file->title;
    cf_str_rcut(cf_str_of(path), '.', &stem, &ending);
    return clip(arena, cf_str_dup(arena, stem), POST_TITLE_MAX);
}

static import_result import_text(cf_request *req, const char *path, cf_str text,
                                 const import_options *options, cf_error *err)
{
    cf_arena    *arena = cf_request_arena(req);
    front_matter file;
    const char  *title, *body;
    Post        *post;
    cf_list     *tags;

    if (!front_matter_read(arena, path, text, &file, err))
        return IMPORT_BAD;
    title = title_of(arena, &file, path);
    body = cf_str_dup(arena, file.body);
    if (is_there(req, title, body))
        return IMPORT_THERE;

    post = cf_create(req, Post);
    post->user_id = options->author_id;
    post->title = title;
    post->subtitle = *file.subtitle ? file.subtitle : NULL;
    post->body = body;
    post->status = options->draft ? "draft" : "published";
    post->live = !options->draft;
    if (file.date.us)
        post->publish_date = file.date;
    tags = tags_named(req, file.tags, err);
    if (!tags || !post_give_slug(req, post) || !post_add_tags(post, tags) ||
        !post_save(req, post)) {
        if (cf_request_error(req)->code)
            *err = *cf_request_error(req);
        cf_fail_prefix(err, "%s:1", path);
        cf_error_clear(cf_request_error(req));
        cf_rollback(req);
        return IMPORT_BAD;
    }
    return IMPORT_ADDED;
}

size_t import_shipped_posts(cf_request *req, int64_t author_id)
{
    const cf_bundle *bundle = cf_app_assets(cf_request_app(req));
    import_options   options = { .author_id = author_id };
    size_t           added = 0;

    for (size_t i = 0; bundle && i < bundle->count; i++) {
        const cf_asset *asset = &bundle->assets[i];
        cf_error        err = { 0 };

        if (!cf_str_starts(cf_str_of(asset->path), CF_STR("posts/")))
            continue;
        switch (import_text(req, asset->path, asset->data, &options, &err)) {
        case IMPORT_ADDED:
            added++;
            break;
        case IMPORT_BAD:
            cf_log_error(&err, "cannot import %s", asset->path);
            break;
        case IMPORT_THERE:
            break;
        }
    }
    return added;
}

static int import_folder(cf_request *req, const char *folder, const import_options *options)
{
    cf_arena *arena = cf_request_arena(req);
    size_t    counts[3] = { 0 };
    cf_list  *paths;
    cf_error  err = { 0 };

    if (!cf_folder_list(arena, folder, ".md", IMPORT_MAX_FILES, &paths, &err)) {
        fprintf(stderr, "import: %s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < paths->len; i++) {
        const char   *path = cf_cstr(arena, paths->items[i], "");
        import_result result = IMPORT_BAD;
        cf_str        text;

        cf_error_clear(&err);
        if (cf_file_read(arena, cf_printf(arena, "%s/%s", folder, path), IMPORT_MAX_SIZE, &text,
                         &err))
            result = import_text(req, path, text, options, &err);
        else
            cf_fail_prefix(&err, "%s:1", path);
        if (result == IMPORT_BAD)
            fprintf(stderr, "import: skipped %s\n", err.message);
        counts[result]++;
    }
    printf("%zu imported, %zu already there, %zu skipped\n", counts[IMPORT_ADDED],
           counts[IMPORT_THERE], counts[IMPORT_BAD]);
    if (counts[IMPORT_ADDED]) {
        buzz(req, "import", 0, "Imported %zu posts from %s", counts[IMPORT_ADDED], folder);
        cf_commit(req);
    }
    return 0;
}

static int run_import(cf_request *req, int argc, char **argv)
{
    const char    *folder = NULL, *email = NULL;
    import_options options = { 0 };
    User          *author;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--draft") == 0)
            options.draft = true;
        else if (strcmp(argv[i], "--author") == 0 && i + 1 < argc)
            email = argv[++i];
        else if (!folder && argv[i][0] != '-')
            folder = argv[i];
        else {
            fprintf(stderr, "import: unexpected argument '%s'\n", argv[i]);
            return 2;
        }
    }
    if (!folder) {
        fprintf(stderr, "import: which folder? For example: import posts/\n");
        return 2;
    }
    author = email ? cf_auth_find(req, email) : first_admin(req);
    if (!author) {
        fprintf(stderr, "import: %s\n",
                email ? "no user has this e-mail address"
                      : "there is no administrator yet; name an author by --author");
        return 1;
    }
    options.author_id = author->id;
    return import_folder(req, folder, &options);
}

const cf_command import_command = {
    .name = "import",
    .usage = "FOLDER [--author EMAIL] [--draft]",
    .help = "Import the Markdown files of a folder and those below it as posts.",
    .run = run_import,
    .options = (const char *const[]){ "--author", "--draft", NULL },
    .details =
        "A file may begin with a block of title, subtitle, tags and date between two lines\n"
        "\"---\". Without one, its first heading is the title. A file that cannot be read is\n"
        "named with the line that is wrong, and skipped; one that was imported before is left\n"
        "alone.\n",
};
