/* carafe.h -- the whole public API, for apps. */
#ifndef CARAFE_H
#define CARAFE_H

#include <carafe/app.h>
#include <carafe/arena.h>
#include <carafe/asset.h>
#include <carafe/buf.h>
#include <carafe/client.h>
#include <carafe/config.h>
#include <carafe/crypto.h>
#include <carafe/error.h>
#include <carafe/fiber.h>
#include <carafe/guard.h>
#include <carafe/http.h>
#include <carafe/image.h>
#include <carafe/json.h>
#include <carafe/log.h>
#include <carafe/markdown.h>
#include <carafe/pairs.h>
#include <carafe/record.h>
#include <carafe/request.h>
#include <carafe/response.h>
#include <carafe/route.h>
#include <carafe/server.h>
#include <carafe/session.h>
#include <carafe/str.h>
#include <carafe/time.h>
#include <carafe/url_map.h>
#include <carafe/value.h>

#endif
