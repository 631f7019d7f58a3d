/* carafe.h -- the whole public API, for apps. */
#ifndef CARAFE_H
#define CARAFE_H

#include <carafe/accept.h>
#include <carafe/app.h>
#include <carafe/arena.h>
#include <carafe/asset.h>
#include <carafe/buf.h>
#include <carafe/client.h>
#include <carafe/conditional.h>
#include <carafe/config.h>
#include <carafe/cookie.h>
#include <carafe/crypto.h>
#include <carafe/data.h>
#include <carafe/db.h>
#include <carafe/error.h>
#include <carafe/fiber.h>
#include <carafe/field.h>
#include <carafe/formdata.h>
#include <carafe/guard.h>
#include <carafe/http.h>
#include <carafe/http_parser.h>
#include <carafe/http_writer.h>
#include <carafe/image.h>
#include <carafe/json.h>
#include <carafe/log.h>
#include <carafe/markdown.h>
#include <carafe/migrate.h>
#include <carafe/model.h>
#include <carafe/pairs.h>
#include <carafe/params.h>
#include <carafe/query.h>
#include <carafe/record.h>
#include <carafe/request.h>
#include <carafe/response.h>
#include <carafe/route.h>
#include <carafe/server.h>
#include <carafe/session.h>
#include <carafe/str.h>
#include <carafe/template.h>
#include <carafe/time.h>
#include <carafe/url.h>
#include <carafe/url_map.h>
#include <carafe/value.h>

#endif
