/* views.c -- reading, writing and deleting articles. */
#include "blog.h"

#include "../base/base.h"
#include "../base/pictures.h"
#include "forms.h"

#define POSTS_ON_TAG 12

static cf_response *read_post(cf_request *req)
{
    cf_query *q = cf_query_filter_by(cf_select(req, Post), "slug", cf_arg_text(req, "slug"));
    Post     *post = cf_query_first(cf_query_load(q, "user", CF_JOINED));
    bool      can_edit;

    if (!post)
        return cf_abort(req, 404);
    can_edit = cf_has_role(req, "admin");
    if (!post_is_published(post) && !can_edit)
        return cf_abort(req, 404);
    return cf_render(req, "blog/read.html", CF_VAR(post), CF_VAR(can_edit));
}

static cf_response *tagged(cf_request *req)
{
    cf_query *by_name = cf_query_filter_by(cf_select(req, Tag), "name", cf_arg_text(req, "name"));
    Tag      *tag = cf_query_first(by_name);
    cf_page  *posts;

    if (!tag)
        return cf_abort(req, 404);
    posts = cf_query_paginate(cf_query_filter_by(published_posts(cf_request_db(req)), "tags", tag),
                              cf_query_arg_int(req, "page", 1), POSTS_ON_TAG);
    if (!posts)
        return cf_abort(req, 404);
    return cf_render(req, "blog/tag.html", CF_VAR(tag), CF_VAR(posts));
}

static cf_response *show_editor(cf_request *req, cf_form *form, Post *post)
{
    bool tags = cf_query_exists(cf_select(req, Tag));
    return cf_render(req, "blog/edit.html", CF_VAR(form), CF_VAR(tags),
                     CF_NAMED("post", cf_row_is_stored(post) ? cf_from_object(post) : cf_none()));
}

/* Takes the form's data over into the post; false when a field could not be, and says why. */
static bool fill_post(cf_request *req, cf_form *form, Post *post, const char **picture)
{
    cf_error    err = { 0 };
    const char *status = post->status;
    cf_list    *tags;

    if (!picture_take(req, form, "image", PICTURE_POST, picture))
        return false;
    tags = tags_named(req, cf_form_text(form, "new_tags"), &err);
    if (!tags) {
        cf_form_error(form, "new_tags", "%s", err.message);
        return false;
    }
    if (!cf_form_populate(form, CF_OBJECT(post)) || !post_add_tags(post, tags))
        return false;
    if (*picture)
        post->image = *picture;
    post->live = strcmp(post->status, "published") == 0;
    if (post->live && strcmp(status, "published") != 0)
        post->publish_date = cf_now();
    return true;
}

/* What "new" and "edit" share: shows the form, or stores the post. */
static cf_response *edit(cf_request *req, Post *post)
{
    bool        fresh = !cf_row_is_stored(post);
    cf_form    *form = cf_form_new(req, &PostForm, CF_OBJECT(post));
    const char *old = post->image, *picture = NULL;

    if (!cf_form_validate_on_submit(form))
        return show_editor(req, form, post);
    if (fresh) {
        post->title = cf_form_text(form, "title");
        if (!post_give_slug(req, post))
            return NULL;
    }
    if (!fill_post(req, form, post, &picture) || !post_save(req, post)) {
        picture_remove(req, picture);
        if (cf_request_error(req)->code)
            return NULL;
        cf_rollback(req);
        return show_editor(req, form, post);
    }
    if (picture)
        picture_remove(req, old);
    buzz(req, "post", post->id, fresh ? "Wrote “%s”" : "Edited “%s”", post->title);
    if (!cf_commit(req))
        return NULL;
    cf_flash(req, "success", fresh ? "Your post is saved." : "Your changes are saved.");
    return cf_redirect_to(req, "blog.read", "slug", post->slug);
}

static cf_response *new_post(cf_request *req)
{
    Post *post = cf_create(req, Post);
    post->user_id = cf_user(req, User)->id;
    post->status = "draft";
    return edit(req, post);
}

static cf_response *edit_post(cf_request *req)
{
    Post *post = cf_get(req, Post, cf_arg_int(req, "post_id"));
    return post ? edit(req, post) : cf_abort(req, 404);
}

static cf_response *delete_post(cf_request *req)
{
    Post       *post = cf_get(req, Post, cf_arg_int(req, "post_id"));
    const char *title, *picture;

    if (!post)
        return cf_abort(req, 404);
    if (cf_request_method(req) != CF_POST)
        return cf_render(
            req, "confirm.html",
            CF_NAMED("question",
                     cf_string_printf(cf_request_arena(req), "Delete “%s”?", post->title)),
            CF_NAMED("detail", "The post, its picture and its address go. This cannot be undone."),
            CF_NAMED("action", cf_url_for(req, "blog.delete", "post_id", post->id)),
            CF_NAMED("back", cf_url_for(req, "blog.read", "slug", post->slug)));
    title = post->title;
    picture = post->image;
    cf_delete(req, post);
    buzz(req, "post", 0, "Deleted “%s”", title);
    if (!cf_commit(req))
        return NULL;
    picture_remove(req, picture);
    cf_flash(req, "success", "“%s” is deleted.", title);
    return cf_redirect_to(req, "base.home");
}

/* Publishes a post, or takes it back to a draft. */
static cf_response *publish_post(cf_request *req)
{
    Post *post = cf_get(req, Post, cf_arg_int(req, "post_id"));

    if (!post)
        return cf_abort(req, 404);
    if (post_is_published(post)) {
        post->status = "draft";
        post->live = false;
    } else {
        post->status = "published";
        post->live = true;
        post->publish_date = cf_now();
    }
    buzz(req, "post", post->id, post->live ? "Published “%s”" : "Unpublished “%s”", post->title);
    if (!cf_commit(req))
        return NULL;
    cf_flash(req, "success", post->live ? "“%s” is published." : "“%s” is a draft again.",
             post->title);
    return cf_redirect_to(req, "blog.read", "slug", post->slug);
}

/* How a text will look: the piece for a script, a whole page for a form. */
static cf_response *preview(cf_request *req)
{
    const char *body = cf_form_arg(req, "body", "");
    const char *title = cf_form_arg(req, "title", ""), *subtitle = cf_form_arg(req, "subtitle", "");

    if (cf_request_header(req, "X-Requested-With"))
        return cf_render(req, "blog/_preview.html", CF_VAR(body));
    return cf_render(req, "blog/preview.html", CF_VAR(body), CF_VAR(title), CF_VAR(subtitle));
}

/* clang-format off */
static const cf_route routes[] = {
    { "/article/<slug>",              read_post,    "read",    CF_GET,           CF_ANYONE },
    { "/tag/<path:name>",             tagged,       "tag",     CF_GET,           CF_ANYONE },
    { "/blog/new",                    new_post,     "new",     CF_GET | CF_POST, CF_ROLES("admin") },
    { "/blog/edit/<int:post_id>",     edit_post,    "edit",    CF_GET | CF_POST, CF_ROLES("admin") },
    { "/blog/delete/<int:post_id>",   delete_post,  "delete",  CF_GET | CF_POST, CF_ROLES("admin") },
    { "/blog/publish/<int:post_id>",  publish_post, "publish", CF_POST,          CF_ROLES("admin") },
    { "/blog/preview",                preview,      "preview", CF_POST,          CF_ROLES("admin") },
    { 0 },
};
/* clang-format on */

const cf_blueprint blog = { .name = "blog",
                            .routes = routes,
                            .templates = "blog/templates",
                            .before_request = note_last_seen };
