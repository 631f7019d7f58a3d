/* data.c -- the request's unit of work: writing and forgetting what a view changed. */
#include <carafe/data.h>

#include "web/web.h"

void *cf__or_404(cf_request *req, void *found)
{
    const cf_error *held = cf__held_error(req);
    CF_NO_ERROR(err);

    /* A database that failed stays a failure. */
    if (!found && (!held || held->code == CF_ECONFLICT || held->code == CF_ENOTFOUND)) {
        cf_fail(&err, CF_ENOTFOUND, "There is nothing at this address.");
        cf__request_fail(req, 404, &err);
    }
    return found;
}

bool cf_commit(cf_request *req)
{
    cf_db *db = cf_request_db(req);
    CF_NO_ERROR(err);

    if (cf_db_commit(db, &err))
        return true;
    req->error = err;
    req->error_status = 0;
    return false;
}

void cf_rollback(cf_request *req)
{
    if (!req->db)
        return;
    cf_db_rollback(req->db);
    cf_error_clear(&req->error);
}
