/* pictures.h -- uploaded pictures: decoded, encoded anew, stored under names of our own. */
#ifndef STARTER_BASE_PICTURES_H
#define STARTER_BASE_PICTURES_H

#include <carafe.h>

typedef enum picture_kind { PICTURE_AVATAR, PICTURE_POST } picture_kind;

/* The folder that uploads lie in. */
const char *upload_folder(cf_request *req);

/* Stores the picture sent in a form's file field, if one was.
 *
 * Args:
 *   name: receives its new file name; NULL when no file was sent.
 *
 * Returns: false when the file is no picture or could not be stored; the field then says why.
 */
bool picture_take(cf_request *req, cf_form *form, const char *field, picture_kind kind,
                  const char **name) CF_SUSPENDS;

/* Deletes a stored picture; NULL is fine. A file that cannot be deleted is logged. */
void picture_remove(cf_request *req, const char *name) CF_SUSPENDS;

#endif
