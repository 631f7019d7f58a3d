/* models.h -- posts and their tags. */
#ifndef STARTER_BLOG_MODELS_H
#define STARTER_BLOG_MODELS_H

#include <carafe.h>

#define POST_TITLE_MAX    80
#define POST_SUBTITLE_MAX 80
#define POST_SLUG_MAX     125
#define TAG_NAME_MAX      50

typedef struct Post {
    CF_ROW;
    int64_t     id, user_id;
    const char *title, *subtitle, *body, *slug;
    const char *image; /* File name below UPLOAD_FOLDER. */
    const char *status;
    cf_time     publish_date;
    bool        live;
} Post;
extern const cf_model Post_model;

typedef struct Tag {
    CF_ROW;
    int64_t     id;
    const char *name;
} Tag;
extern const cf_model Tag_model;

/* Gives a new post that has none an address, by its title. */
cf_before_insert post_before_insert;

/* Whether everybody may read it. */
bool post_is_published(const Post *post);

/* The posts that everybody may read, newest first, with author and tags. */
cf_query *published_posts(cf_db *db);

#endif
