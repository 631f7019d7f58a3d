/* folder.h -- folders: which files lie in one, and making one. */
#ifndef CARAFE_FOLDER_H
#define CARAFE_FOLDER_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/value.h>

/* Lists the regular files in a folder and the folders below it. Hidden ones and symbolic links are
 * passed over.
 *
 * Args:
 *   ending: what names must end in (".md"), ASCII case ignored; NULL for every file.
 *   limit: most files.
 *   out: receives their paths relative to the folder, sorted bytewise.
 *
 * Errors: CF_ENOTFOUND, CF_EDENIED, CF_EIO naming the folder; CF_ELIMIT above the limit or below 32
 *   levels of folders.
 */
bool cf_folder_list(cf_arena *arena, const char *folder, const char *ending, size_t limit,
                    cf_list **out, cf_error *err);

/* Makes a folder and those above it that are missing, open to this user only; fine when it is
 * there. Errors: CF_EDENIED, CF_EIO naming the folder; CF_ELIMIT above 4,000 bytes. */
bool cf_folder_make(const char *folder, cf_error *err);

#endif
