/* posts.c -- storing posts: an address of their own, tags by name. */
#include "blog.h"

/* How often a new post's address may turn out to have been taken a moment ago. */
#define SLUG_ATTEMPTS 20

/* An address by the title that no other post has. */
static const char *free_slug(cf_db *db, const Post *post)
{
    const char *wanted = slugify(cf_db_arena(db), post->title), *slug = wanted;

    for (int n = 2; cf_query_exists(cf_query_filter_by(cf_db_query(db, Post), "slug", slug)); n++)
        slug = cf_printf(cf_db_arena(db), "%s-%d", wanted, n);
    return slug;
}

bool post_before_insert(cf_db *db, void *row, cf_error *err)
{
    Post *post = row;

    if (post->slug || !post->title)
        return true;
    cf_db_clear_error(db);
    post->slug = free_slug(db, post);
    if (!cf_db_error(db)->code)
        return true;
    *err = *cf_db_error(db);
    return false;
}

bool post_give_slug(cf_request *req, Post *post)
{
    post->slug = free_slug(cf_request_db(req), post);
    return !cf_db_error(cf_request_db(req))->code;
}

/* Whether a commit failed because the address was taken between the question and the answer. */
static bool lost_slug(const cf_error *err)
{
    return err->code == CF_ECONFLICT && strcmp(err->input, "slug") == 0;
}

bool post_save(cf_request *req, Post *post)
{
    bool fresh = !cf_row_is_stored(post);

    cf_add(req, post);
    for (int attempt = 1; !cf_commit(req); attempt++) {
        if (!fresh || !lost_slug(cf_request_error(req)) || attempt == SLUG_ATTEMPTS)
            return false;
        cf_error_clear(cf_request_error(req));
        cf_db_clear_error(cf_request_db(req));
        if (!post_give_slug(req, post))
            return false;
        cf_add(req, post);
    }
    return true;
}

cf_list *tags_named(cf_request *req, const char *names, cf_error *err)
{
    cf_list *tags = cf_list_new(cf_request_arena(req));
    cf_str   rest = cf_str_of(names);

    while (rest.len) {
        cf_str name;
        Tag   *tag;

        cf_str_cut(rest, ',', &name, &rest);
        name = cf_str_lower(cf_request_arena(req), cf_str_trim(name));
        if (!name.len)
            continue;
        if (cf_utf8_count(name) > TAG_NAME_MAX) {
            cf_fail(err, CF_ELIMIT, "The tag “%.*s…” is longer than %d characters.", 20, name.ptr,
                    TAG_NAME_MAX);
            return NULL;
        }
        tag = cf_get_or_create(req, Tag, "name", name);
        if (!tag) {
            cf_fail(err, CF_EDB, "The tags could not be stored.");
            return NULL;
        }
        cf_list_add(tags, cf_from_object(tag));
    }
    return tags;
}

bool post_add_tags(Post *post, const cf_list *tags)
{
    Tag *tag;

    CF_EACH(tags, tag)
    if (!cf_relate_add(post, "tags", tag))
        return false;
    return true;
}
