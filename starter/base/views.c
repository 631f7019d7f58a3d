/* views.c -- home, settings, profiles, contact and the small pages. */
#include "base.h"

#include "../blog/models.h"
#include "forms.h"
#include "pictures.h"

#define POSTS_ON_HOME    13 /* One wide card above rows of three. */
#define POSTS_ON_PROFILE 9
#define TAGS_ON_HOME     12
#define CONTACTS_AN_HOUR 10

static cf_response *home(cf_request *req)
{
    static const char popular[] =
        "SELECT tag.name AS name, count(*) AS posts FROM tag"
        " JOIN tags_posts ON tags_posts.tag_id = tag.id"
        " JOIN post ON post.id = tags_posts.post_id"
        " WHERE post.status = 'published' AND post.live = ?"
        " GROUP BY tag.id, tag.name ORDER BY posts DESC, tag.name LIMIT ?";
    cf_db    *db = cf_request_db(req);
    cf_page  *posts = cf_query_paginate(published_posts(db), cf_query_arg_int(req, "page", 1),
                                        POSTS_ON_HOME);
    cf_value  params[] = { cf_bool(true), cf_int(TAGS_ON_HOME) };
    cf_result tags;

    if (!posts)
        return cf_abort(req, 404);
    if (!cf_db_execute(db, popular, params, 2, &tags, cf_request_error(req)))
        return NULL;
    return cf_render(req, "base/home.html", CF_VAR(posts), CF_NAMED("tags", tags.rows));
}

static cf_response *user(cf_request *req)
{
    User    *person = cf_get(req, User, cf_arg_int(req, "user_id"));
    User    *me = cf_user(req, User);
    cf_page *posts;

    if (!person)
        return cf_abort(req, 404);
    if (person != me && !cf_has_role(req, "admin") && !(person->active && person->public_profile))
        return cf_abort(req, 404);
    posts = cf_query_paginate(
        cf_query_filter_by(published_posts(cf_request_db(req)), "user_id", person->id),
        cf_query_arg_int(req, "page", 1), POSTS_ON_PROFILE);
    if (!posts)
        return cf_abort(req, 404);
    return cf_render(req, "base/user.html", CF_NAMED("user", person), CF_VAR(posts));
}

static cf_response *settings(cf_request *req)
{
    User       *me = cf_user(req, User);
    cf_form    *form = cf_form_new(req, &SettingsForm, CF_OBJECT(me));
    const char *old = me->image, *picture;

    if (!cf_form_validate_on_submit(form) ||
        !picture_take(req, form, "image", PICTURE_AVATAR, &picture))
        return cf_render(req, "base/settings.html", CF_VAR(form));

    cf_form_populate(form, CF_OBJECT(me));
    if (picture || cf_form_bool(form, "remove_image"))
        me->image = picture;
    buzz(req, "settings", 0, "%s changed the profile", me->email);
    if (!cf_commit(req)) {
        picture_remove(req, picture);
        return NULL;
    }
    if (old != me->image)
        picture_remove(req, old);
    cf_flash(req, "success", "Your settings are saved.");
    return cf_redirect_to(req, "base.settings");
}

/* Who reads what is written on the contact page: ADMIN_EMAIL, or the first administrator. */
static const char *contact_address(cf_request *req)
{
    const char *address = cf_config_text(cf_app_config(cf_request_app(req)), "ADMIN_EMAIL");
    User       *admin;

    if (address && *address)
        return address;
    admin = first_admin(req);
    return admin ? admin->email : NULL;
}

static bool send_contact_mail(cf_request *req, cf_form *form)
{
    const char *to = contact_address(req);
    const char *name = cf_form_text(form, "name"), *email = cf_form_text(form, "email");
    const char *subject = cf_form_text(form, "subject"), *message = cf_form_text(form, "message");
    cf_mail     mail = {
            .to = CF_TO(to),
            .reply_to = email,
            .subject = cf_printf(cf_request_arena(req), "Contact: %s", subject),
    };

    if (!to)
        return cf_fail(cf_request_error(req), CF_EUNAVAILABLE,
                       "nobody reads the contact page: set ADMIN_EMAIL, or make an administrator");
    return cf_mail_render(req, &mail, "mail/contact", CF_VAR(name), CF_VAR(email), CF_VAR(subject),
                          CF_VAR(message)) &&
           cf_mail_send(req, &mail);
}

/* Counts a message against what one address may send; notes a refusal on the form. */
static bool contact_allowed(cf_request *req, cf_form *form)
{
    char *key = cf_printf(cf_request_arena(req), "contact:%s", cf_request_remote_addr(req));
    bool  allowed;

    if (!cf_rate_limit(req, key, CONTACTS_AN_HOUR, 3600, &allowed, cf_request_error(req)))
        return false;
    if (!allowed)
        cf_form_error(form, NULL, "You have sent several messages already. Try again in an hour.");
    return allowed;
}

static cf_response *contact(cf_request *req)
{
    User    *me = cf_user(req, User);
    cf_map  *known = cf_map_new(cf_request_arena(req));
    cf_form *form;

    if (me) {
        cf_map_set(known, "name", cf_string(user_full_name(cf_request_arena(req), me)));
        cf_map_set(known, "email", cf_string(me->email));
    }
    form = cf_form_new(req, &ContactForm, cf_from_map(known));
    if (!cf_form_validate_on_submit(form))
        return cf_render(req, "base/contact.html", CF_VAR(form));
    if (!contact_allowed(req, form))
        return cf_request_error(req)->code
                   ? NULL
                   : cf_response_set_status(cf_render(req, "base/contact.html", CF_VAR(form)), 429);

    if (!send_contact_mail(req, form))
        return NULL;
    buzz(req, "contact", 0, "%s wrote: %s", cf_form_text(form, "email"),
         cf_form_text(form, "subject"));
    if (!cf_commit(req))
        return NULL;
    cf_flash(req, "success", "Thank you. Your message is on its way.");
    return cf_redirect_to(req, "base.contact");
}

static cf_response *legal(cf_request *req)
{
    return cf_render(req, "base/legal.html");
}

static cf_response *components(cf_request *req)
{
    return cf_render(req, "base/components.html");
}

static cf_response *blank(cf_request *req)
{
    return cf_render(req, "base/blank.html");
}

static cf_response *server_time(cf_request *req)
{
    cf_time now = cf_now();
    if (cf_request_wants_json(req))
        return cf_respond_json_of(req, "time",
                                  (const char *)cf_time_iso(cf_request_arena(req), now));
    return cf_render(req, "base/time.html",
                     CF_NAMED("now", cf_time_value(cf_request_arena(req), now)));
}

/* Where browsers look for an icon when a page names none. */
static cf_response *favicon(cf_request *req)
{
    return cf_redirect_code(req, cf_static_url(req, "img/favicon.svg"), 302);
}

/* Collapses or expands the sidebar: as `collapsed` says, or the other way around. */
static cf_response *toggle_sidebar(cf_request *req)
{
    bool        collapsed = !cf_truth(cf_session_get(req, "sidebar_collapsed"));
    const char *wanted, *next;

    if (cf_request_method(req) != CF_POST)
        return cf_render(req, "confirm.html", CF_NAMED("question", "Collapse or expand the menu?"),
                         CF_NAMED("action", cf_url_for(req, "base.toggle_sidebar")),
                         CF_NAMED("back", cf_url_for(req, "base.home")));
    wanted = cf_form_arg(req, "collapsed", NULL);
    if (wanted)
        collapsed = strcmp(wanted, "1") == 0;
    cf_session_set(req, "sidebar_collapsed", collapsed);
    if (cf_request_wants_json(req))
        return cf_respond_json_of(req, "collapsed", collapsed);
    next = cf_form_arg(req, "next", "");
    return *next && cf_url_is_ours(req, next) ? cf_redirect(req, next)
                                              : cf_redirect_to(req, "base.home");
}

/* Whether an uploaded file belongs to something that the visitor may see. */
static bool may_see_upload(cf_request *req, const char *filename)
{
    Post *post;
    if (cf_query_exists(cf_query_filter_by(cf_select(req, User), "image", filename)))
        return true;
    post = cf_query_first(cf_query_filter_by(cf_select(req, Post), "image", filename));
    return post && (post_is_published(post) || cf_has_role(req, "admin"));
}

static cf_response *uploads(cf_request *req)
{
    const char *filename = cf_arg_text(req, "filename");
    if (!may_see_upload(req, filename))
        return cf_abort(req, 404);
    return cf_respond_file(req, upload_folder(req), filename,
                           &(cf_file_options){ .max_age = 3600 });
}

/* clang-format off */
static const cf_route routes[] = {
    { "/",                         home,           "home",           CF_GET,           CF_ANYONE },
    { "/user/<int:user_id>",       user,           "user",           CF_GET,           CF_ANYONE },
    { "/settings",                 settings,       "settings",       CF_GET | CF_POST, CF_LOGIN },
    { "/contact",                  contact,        "contact",        CF_GET | CF_POST, CF_ANYONE },
    { "/superadmin",               superadmin,     "superadmin",     CF_GET,           CF_ROLES("admin") },
    { "/legal",                    legal,          "legal",          CF_GET,           CF_ANYONE },
    { "/components",               components,     "components",     CF_GET,           CF_ANYONE },
    { "/blank",                    blank,          "blank",          CF_GET,           CF_ANYONE },
    { "/time",                     server_time,    "time",           CF_GET,           CF_ANYONE },
    { "/favicon.ico",              favicon,        "favicon",        CF_GET,           CF_ANYONE },
    { "/toggle-sidebar",           toggle_sidebar, "toggle_sidebar", CF_GET | CF_POST, CF_ANYONE },
    { "/uploads/<path:filename>",  uploads,        "uploads",        CF_GET,           CF_ANYONE },
    { 0 },
};
/* clang-format on */

const cf_blueprint base = { .name = "base",
                            .routes = routes,
                            .templates = "base/templates",
                            .before_request = note_last_seen };
