/* notify_internal.h -- what the files of the notify room share. */
#ifndef CF_NOTIFY_INTERNAL_H
#define CF_NOTIFY_INTERNAL_H

#include <carafe/mail.h>

extern const cf_bundle    cf__notify_bundle;
extern const cf_blueprint cf__inbox;

#endif
