/* data.h -- the database as views use it: the request's unit of work in every call.
 *
 *     Post *post = cf_get(req, Post, cf_arg_int(req, "post_id"));
 *     if (!post)
 *         return cf_abort(req, 404);
 *
 * Errors are recorded on the request, so a forgotten check ends as 500, never as 404. */
#ifndef CARAFE_DATA_H
#define CARAFE_DATA_H

#include <carafe/db.h>
#include <carafe/model.h>
#include <carafe/query.h>
#include <carafe/request.h>
#include <carafe/response.h>

/* The row of a model by its primary key, or NULL. Of a key of several columns, all: cf_get(req,
 * Member, user->id, team->id). */
#define cf_get(req, Model, ...) cf_db_get(cf_request_db(req), Model, __VA_ARGS__)
/* A query over a model. */
#define cf_select(req, Model) cf_db_query(cf_request_db(req), Model)
/* A new row with its defaults; not saved until cf_add() and cf_commit(). */
#define cf_create(req, Model) cf_db_new_row(cf_request_db(req), Model)
/* The row whose unique column has a value, made when there is none; never twice, whoever asks at
 * the same time. */
#define cf_get_or_create(req, Model, column, value)                                                \
    cf_db_get_or_create(cf_request_db(req), Model, (column), (value))
/* The same by several columns that are unique together, each a CF_NAMED("name", value). */
#define cf_get_or_create_by(req, Model, ...)                                                       \
    cf_db_get_or_create_by(cf_request_db(req), Model, __VA_ARGS__)
#define cf_add(req, row)    cf_db_add(cf_request_db(req), (row))
#define cf_delete(req, row) cf_db_delete(cf_request_db(req), (row))

/* The same, and when there is none the request is answered with 404:
 *
 *     Post *post = cf_get_or_404(req, Post, cf_arg_int(req, "post_id"));
 *     if (!post)
 *         return NULL;
 *
 * The first row of a query, the only one, and a page (cf_query_paginate()) likewise. */
#define cf_get_or_404(req, Model, ...)                                                             \
    ((Model *)cf__or_404((req), cf_get((req), Model, __VA_ARGS__)))
#define cf_first_or_404(req, query) cf__or_404((req), cf_query_first(query))
#define cf_one_or_404(req, query)   cf__or_404((req), cf_query_one_or_none(query))
#define cf_page_or_404(req, query, page, per_page)                                                 \
    ((cf_page *)cf__or_404((req), cf_query_paginate((query), (page), (per_page))))
void *cf__or_404(cf_request *req, void *found);

/* Writes what changed. False: recorded on the request; CF_ECONFLICT names the column in
 * cf_request_error(req)->input, and the unit of work is rolled back. */
bool cf_commit(cf_request *req) CF_SUSPENDS;
/* Forgets what changed. */
void cf_rollback(cf_request *req) CF_SUSPENDS;

#endif
