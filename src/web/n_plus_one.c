/* n_plus_one.c -- requests that load a relationship once for each of many rows are noticed: in
 * development by a line in the log, in tests by an answer that fails. */
#include "web/web.h"

static const char *where(const cf_request *req)
{
    return req->route ? req->route->endpoint : cf_request_path(req);
}

/* What to say of the first such relationship from `*i` on; NULL when there is none. */
static const char *next_finding(cf_request *req, size_t *i, cf_lazy_load *load)
{
    const char *model;

    while (req->db && cf_db_lazy_load(req->db, (*i)++, load)) {
        if (load->together < 2)
            continue;
        model = load->model->name;
        return cf_printf(req->arena,
                         "%s loads %s.%s once for each of %lld rows of one query (N+1): add "
                         "cf_query_load(q, \"%s\", CF_SELECTIN) to its query for %s, or "
                         ".load('%s') in a template",
                         where(req), model, load->relationship, (long long)load->together,
                         load->relationship, model, load->relationship);
    }
    return NULL;
}

/* Whether it is said for the first time here; each page would fill the log else. */
static bool is_news(cf_app *app, const cf_request *req, const cf_lazy_load *load)
{
    uint64_t key = cf_str_hash(cf_str_of(where(req))) ^
                   cf_str_hash(cf_str_of(load->relationship)) * 3 ^
                   (uint64_t)(uintptr_t)load->model;

    for (size_t i = 0; i < app->nfindings; i++)
        if (app->findings[i] == key)
            return false;
    if (app->nfindings == sizeof(app->findings) / sizeof(app->findings[0]))
        return false;
    app->findings[app->nfindings++] = key;
    return true;
}

void cf__log_n_plus_one(cf_request *req)
{
    cf_lazy_load load;
    const char  *finding;

    for (size_t i = 0; (finding = next_finding(req, &i, &load));)
        if (is_news(req->app, req, &load))
            cf_log(CF_WARNING, "%s", finding);
}

cf_response *cf__refuse_n_plus_one(cf_request *req, cf_response *response)
{
    size_t       i = 0;
    cf_lazy_load load;
    const char  *finding = next_finding(req, &i, &load);
    cf_response *refusal;

    if (!finding)
        return response;
    cf_log(CF_ERROR, "%s", finding);
    refusal = cf_respond_bytes(req, "text/plain; charset=utf-8", cf_str_of(finding));
    return cf_response_set_status(refusal, 500);
}
