/* fuzz_session_cookie.c -- session cookies from outside, raw and with content sealed by our key. */
#include <carafe/client.h>
#include <carafe/time.h>

#include <stdlib.h>

static cf_response *view(cf_request *req)
{
    cf_session_get(req, "user");
    cf_flashed_messages(req);
    cf_csrf_valid(req, cf_text(cf_session_get(req, "token")), NULL);
    return cf_respond_text(req, "%d", cf_session_get(req, "forged").type == CF_TYPE_STRING);
}

static const cf_route routes[] = { { "/", view, "home", CF_GET, CF_ANYONE }, { 0 } };

static bool create(cf_app *app)
{
    return cf_app_routes(app, routes);
}

static cf_app *make_app(void)
{
    static const char *const settings[] = { "SECRET_KEY=fuzzfuzzfuzzfuzzfuzzfuzz", NULL };
    cf_error                 err = { 0 };
    cf_app *app = cf_app_new(create, &(cf_app_options){ .settings = settings, .testing = true },
                             &err);

    if (!app)
        abort();
    return app;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static cf_app *app;
    cf_arena      *arena = cf_arena_new();
    cf_client     *client;
    cf_answer     *answer;

    if (!app)
        app = make_app();
    client = cf_client_new(arena, app);
    if (size && size < 3000 && data[0] == '!') {
        /* What only our key can seal, however odd its content. */
        cf_str sealed = cf_seal(arena, cf_app_keyring(app), "session",
                                cf_str_n((const char *)data + 1, size - 1),
                                cf_now().us / CF_SECOND);
        cf_client_set_cookie(client, "session", cf_str_dup(arena, sealed));
        answer = cf_client_get(client, "/");
    } else {
        char *cookie = cf_strndup(arena, (const char *)data, size);
        for (char *p = cookie; *p; p++)
            if (*p < ' ' || *p == ';')
                *p = '_';
        cf_client_set_cookie(client, "session", cookie);
        answer = cf_client_get(client, "/");
        if (answer->status == 200 && answer->body[0] == '1')
            abort(); /* Nobody without the key can make a session. */
    }
    if (answer->status != 200)
        abort();
    cf_arena_free(arena);
    return 0;
}
