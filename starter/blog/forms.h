/* forms.h -- the form that writes a post. */
#ifndef STARTER_BLOG_FORMS_H
#define STARTER_BLOG_FORMS_H

#include <carafe.h>

extern const cf_form_decl PostForm;

#endif
