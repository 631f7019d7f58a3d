/* random_models.h -- models made up at run time, for trying migrations on. */
#ifndef CARAFE_TESTS_DB_RANDOM_MODELS_H
#define CARAFE_TESTS_DB_RANDOM_MODELS_H

#include <carafe/migrate.h>

#include "db/diff.h"

#define MAX_TABLES  8
#define MAX_FIELDS  12
#define MAX_RENAMES 24

/* A column as the generator thinks of it. */
typedef struct field {
    int         id; /* Stays the same through renames. */
    const char *name;
    cf_kind     kind;
    bool        required, unique, index;
    int64_t     max;
    const char *standard; /* DEFAULT, or NULL; "now" for the time. */
    const char *words;    /* one_of, or NULL. */
    int         parent;   /* Id of the table it references; -1: none. */
    int         on_delete, on_update;
    bool        pinned;  /* Stays as it is: rows cannot do without it. */
    bool        changed; /* Its type changed: its values are not compared. */
} field;

typedef struct table {
    int         id;
    const char *name;
    field       fields[MAX_FIELDS];
    size_t      count;
    int         pair[2]; /* Fields of a declared index; -1: none. */
    bool        pair_unique, pair_down;
    int         partial; /* Field of a partial index, or -1. */
    int         check;   /* Field that a check is about, or -1. */
    int         link;    /* Id of the table a many-to-many leads to; -1: none. */
} table;

typedef struct world {
    cf_arena   *arena;
    uint64_t    state;
    int         next;   /* Id and number of the next name. */
    bool        across; /* No change that one engine sees and the other does not. */
    table       tables[MAX_TABLES];
    size_t      count;
    const char *renames[MAX_RENAMES + 1];
    size_t      nrenames;
} world;

/* A world from a seed. */
world random_world(cf_arena *arena, uint64_t seed);
/* Changes it at `times` places, noting renames. */
void random_changes(world *w, int times);
/* Its models. */
const cf_models *random_models(world *w);
/* The field of a table with an id, or NULL. */
const field *random_field(const table *t, int id);
/* SQL that gives every table three rows. */
const char *random_rows(world *w, cf__flavor flavor);
/* SELECTs, ended by NULL, of what must survive the way from `before` to `after` and back. */
const char **random_kept(world *before, const world *after);

#endif
