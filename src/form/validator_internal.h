/* validator_internal.h -- what the files of validators share. */
#ifndef CF_FORM_VALIDATOR_INTERNAL_H
#define CF_FORM_VALIDATOR_INTERNAL_H

#include "form/form_internal.h"

/* Adds the validator's message, or the stock one, with its placeholders filled. CF_REFUSE. */
cf_verdict cf__refuse(const cf_validator *self, cf_input *input, const char *stock);

#endif
