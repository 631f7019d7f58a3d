/* blog.h -- articles: reading, writing, importing. */
#ifndef STARTER_BLOG_BLOG_H
#define STARTER_BLOG_BLOG_H

#include <carafe.h>

#include "models.h"

extern const cf_blueprint blog;
extern const cf_command   import_command;

/* The words of a title as a part of an address: "Über uns!" gives "uber-uns". Never empty. */
const char *slugify(cf_arena *arena, const char *title);

/* Gives a post, by its title, an address that no other post has. False: the database failed. */
bool post_give_slug(cf_request *req, Post *post) CF_SUSPENDS;

/* Stores a post and what else changed. When somebody took a new post's address a moment ago, it
 * gets another one. False: recorded on the request. */
bool post_save(cf_request *req, Post *post) CF_SUSPENDS;

/* The tags named in a comma-separated list, made if they do not exist. Ask before a post has its
 * other tags: what a question makes the database store must not be half a post.
 *
 * Returns: NULL when a name is too long or the database failed; `err` says which.
 */
cf_list *tags_named(cf_request *req, const char *names, cf_error *err) CF_SUSPENDS;
bool     post_add_tags(Post *post, const cf_list *tags) CF_SUSPENDS;

/* Imports the posts that the app ships with. Returns how many went in. */
size_t import_shipped_posts(cf_request *req, int64_t author_id) CF_SUSPENDS;

#endif
