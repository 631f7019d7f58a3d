/* app.h -- the app, for main() and for tests. */
#ifndef STARTER_APP_H
#define STARTER_APP_H

#include <carafe.h>

extern const cf_bundle starter_bundle;

cf_create_app create_app;

#endif
