/* models.c -- posts and tags as tables. */
#include "models.h"

#include "../base/models.h"

#define WORDS_PER_MINUTE 200

static bool post_img(cf_eval *eval, cf_object *self, cf_value *out)
{
    *out = upload_url(eval, ((const Post *)self)->image);
    return true;
}

/* Minutes it takes to read, at least one. */
static bool post_reading_time(cf_eval *eval, cf_object *self, cf_value *out)
{
    const char *text = ((const Post *)self)->body;
    int64_t     words = 0;
    bool        inside = false;
    (void)eval;

    for (; text && *text; text++) {
        bool space = *text == ' ' || (*text >= '\t' && *text <= '\r');
        words += !space && !inside;
        inside = !space;
    }
    *out = cf_int(words < WORDS_PER_MINUTE ? 1 : words / WORDS_PER_MINUTE);
    return true;
}

bool post_is_published(const Post *post)
{
    return post->live && post->status && strcmp(post->status, "published") == 0;
}

cf_query *published_posts(cf_db *db)
{
    cf_query *q = cf_db_query(db, Post);
    cf_query_filter_by(q, "status", "published");
    cf_query_filter_by(q, "live", true);
    cf_query_order_by(q, "-publish_date,-id");
    cf_query_load(q, "user", CF_JOINED);
    return cf_query_load(q, "tags", CF_SELECTIN);
}

/* clang-format off */
CF_MODEL(Post, "post",
    CF_COLUMN(Post, id,           .primary_key = true),
    CF_COLUMN(Post, user_id,      .references = "user.id", .on_delete = CF_CASCADE, .required = true),
    CF_COLUMN(Post, title,        .max = POST_TITLE_MAX, .required = true),
    CF_COLUMN(Post, subtitle,     .max = POST_SUBTITLE_MAX),
    CF_COLUMN(Post, body),
    CF_COLUMN(Post, slug,         .max = POST_SLUG_MAX, .required = true, .unique = true),
    CF_COLUMN(Post, image,        .max = 125, .index = true),
    CF_COLUMN(Post, status,       .max = 20, .required = true, .default_value = "published",
              .one_of = "draft published archived"),
    CF_COLUMN(Post, publish_date, .default_now = true),
    CF_COLUMN(Post, live,         .default_value = "true"),
    CF_INDEX(Post, "status, live, publish_date", .name = "ix_post_published"),
    CF_BELONGS_TO(Post, user, User, .backref = "posts", .lazy = CF_DYNAMIC),
    CF_MANY_TO_MANY(Post, tags, Tag, .through = "tags_posts", .backref = "posts", .order_by = "name"),
    CF_PROPERTY(Post, img, post_img),
    CF_PROPERTY(Post, reading_time, post_reading_time),
    CF_BEFORE_INSERT(Post, post_before_insert));

CF_MODEL(Tag, "tag",
    CF_COLUMN(Tag, id,   .primary_key = true),
    CF_COLUMN(Tag, name, .max = TAG_NAME_MAX, .required = true, .unique = true));
/* clang-format on */
