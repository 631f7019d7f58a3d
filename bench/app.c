/* app.c -- what script/bench measures: text, JSON, a row by its key, and a page of twelve rows. */
#include <carafe.h>

extern const cf_bundle bench_bundle;

typedef struct World {
    CF_ROW;
    int64_t id, random_number;
} World;

typedef struct Fortune {
    CF_ROW;
    int64_t     id;
    const char *message;
} Fortune;

CF_MODEL(World, "world", CF_COLUMN(World, id, .primary_key = true),
         CF_COLUMN(World, random_number, .required = true));

CF_MODEL(Fortune, "fortune", CF_COLUMN(Fortune, id, .primary_key = true),
         CF_COLUMN(Fortune, message, .max = 2048, .required = true));

static cf_response *plaintext(cf_request *req)
{
    return cf_respond_bytes(req, "text/plain; charset=utf-8", CF_STR("Hello, World!"));
}

static cf_response *json(cf_request *req)
{
    return cf_respond_json_of(req, "message", "Hello, World!");
}

static cf_response *row(cf_request *req)
{
    World *world = cf_get(req, World, cf_arg_int(req, "id"));

    if (!world)
        return cf_abort(req, 404);
    return cf_respond_json_of(req, "id", world->id, "randomNumber", world->random_number);
}

/* Several rows by their keys in one view, whose reads share a transaction. */
static cf_response *rows(cf_request *req)
{
    int64_t count = cf_arg_int(req, "count"), id = cf_arg_int(req, "id"), sum = 0;

    for (int64_t i = 0; i < count; i++) {
        World *world = cf_get(req, World, (id + i * 7919) % 10000 + 1);

        if (!world)
            return cf_abort(req, 404);
        sum += world->random_number;
    }
    return cf_respond_json_of(req, "id", id, "rows", count, "sum", sum);
}

/* Twelve rows from the database and one more that this request makes up, in the order of texts. */
static cf_response *fortunes(cf_request *req)
{
    cf_list *fortunes = cf_query_all(cf_select(req, Fortune));
    Fortune *added = cf_create(req, Fortune);

    if (!fortunes)
        return cf_abort(req, 500);
    added->message = "Additional fortune added at request time.";
    cf_list_add(fortunes, cf_from_object(added));
    return cf_render(req, "fortunes.html", CF_VAR(fortunes));
}

static const cf_route routes[] = {
    { "/plaintext", plaintext, "plaintext", CF_GET, CF_ANYONE },
    { "/json", json, "json", CF_GET, CF_ANYONE },
    { "/row/<int:id>", row, "row", CF_GET, CF_ANYONE },
    { "/rows/<int(max=20):count>/<int:id>", rows, "rows", CF_GET, CF_ANYONE },
    { "/fortunes", fortunes, "fortunes", CF_GET, CF_ANYONE },
    { 0 },
};

static const cf_model *const models[] = { &World_model, &Fortune_model, NULL };

static bool create_app(cf_app *app)
{
    cf_app_bundle(app, &bench_bundle);
    cf_app_models(app, models);
    return cf_app_routes(app, routes);
}

int main(int argc, char **argv)
{
    return cf_main(argc, argv, create_app);
}
