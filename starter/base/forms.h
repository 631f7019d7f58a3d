/* forms.h -- the forms of the base pages. */
#ifndef STARTER_BASE_FORMS_H
#define STARTER_BASE_FORMS_H

#include <carafe.h>

#define PICTURE_MAX_SIZE (4 * 1024 * 1024)
#define PICTURE_ENDINGS  "jpg jpeg png gif webp"

extern const cf_form_decl SettingsForm;
extern const cf_form_decl ContactForm;

#endif
