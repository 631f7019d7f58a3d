/* client.h -- the test client's insides: its cookies, and one exchange. */
#ifndef CARAFE_WEB_CLIENT_H
#define CARAFE_WEB_CLIENT_H

#include <carafe/client.h>

#include "web/web.h"

typedef struct client_cookie {
    const char *name, *value, *path;
    bool        secure;
} client_cookie;

struct cf_client {
    cf_arena      *arena;
    cf_app        *app;
    client_cookie *cookies;
    size_t         ncookies, cap_cookies;
    bool           strict_loading;
};

client_cookie *cf__client_find_cookie(const cf_client *client, const char *name);
/* The Cookie field for a path, or an empty text. */
cf_str cf__client_cookie_header(const cf_client *client, cf_str path, bool secure);
/* Takes in the Set-Cookie fields of an answer. */
void cf__client_take_cookies(cf_client *client, const cf_headers *headers);
/* The body of a form, and its content type. */
cf_str cf__client_form_body(cf_client *client, const cf_client_request *request, const char *token,
                            const char **content_type);

#endif
