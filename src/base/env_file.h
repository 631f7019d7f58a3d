/* env_file.h -- reading .env files. */
#ifndef CARAFE_BASE_ENV_FILE_H
#define CARAFE_BASE_ENV_FILE_H

#include <carafe/value.h>

/* Reads the text of a .env file into a map from names to strings; a later line wins.
 *
 * Args:
 *   arena: owns what is put into the map.
 *   name: the file's, for errors.
 *
 * Errors: CF_EPARSE with the line and column.
 */
bool cf__env_parse(cf_arena *arena, cf_str text, const char *name, cf_map *out, cf_error *err);

#endif
