/* models.h -- what an app's models are made of, as values; for `models` and the shell. */
#ifndef CF_CLI_MODELS_H
#define CF_CLI_MODELS_H

#include <carafe.h>

#include "cli/text.h"

/* A model as a map: name, table, file, line, columns, relationships, properties, indexes, checks;
 * each of the lists holds maps. Texts are views of the declarations. */
cf_map *cf__model_facts(cf_arena *arena, const cf_database *database, const cf_model *model);

/* The same as text with headings and tables. */
void cf__model_write(cf_arena *arena, const cf_database *database, const cf_model *model,
                     const term *t, cf_buf *out);

/* The model of a name ("Post") or a table ("post"), or NULL; *near receives the nearest name. */
const cf_model *cf__model_named(cf_arena *arena, const cf_models *models, const char *name,
                                const char **near);

#endif
