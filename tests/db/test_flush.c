/* test_flush.c -- many changes of one flush, which PostgreSQL is sent together. */
#include "fixture.h"

#define ROWS 400

typedef struct Leaf {
    CF_ROW;
    int64_t     id, version, parent_id, weight;
    const char *name;
} Leaf;
extern const cf_model Leaf_model;

typedef struct Mark {
    CF_ROW;
    int64_t     id;
    const char *name;
} Mark;
extern const cf_model Mark_model;

/* References a leaf, and keeps it. */
typedef struct Pin {
    CF_ROW;
    int64_t id, leaf_id;
} Pin;
extern const cf_model Pin_model;

CF_MODEL(Leaf, "leaf", CF_COLUMN(Leaf, id, .primary_key = true),
         CF_COLUMN(Leaf, version, .version = true),
         CF_COLUMN(Leaf, parent_id, .references = "leaf.id"), CF_COLUMN(Leaf, weight),
         CF_COLUMN(Leaf, name, .unique = true, .max = 20),
         CF_MANY_TO_MANY(Leaf, marks, Mark, .through = "leaf_mark", .backref = "leaves"));

CF_MODEL(Mark, "mark", CF_COLUMN(Mark, id, .primary_key = true), CF_COLUMN(Mark, name));

CF_MODEL(Pin, "pin", CF_COLUMN(Pin, id, .primary_key = true),
         CF_COLUMN(Pin, leaf_id, .references = "leaf.id"));

static const cf_model *const all_models[] = { &Leaf_model, &Mark_model, &Pin_model, NULL };

static Leaf *leaves[ROWS];

static void change(const char *sql)
{
    run(cf_db_new(arena, database), sql);
}

static void setup(void)
{
    fixture_models(all_models);
    for (int i = 0; i < ROWS; i++) {
        leaves[i] = cf_db_new_row(db, Leaf);
        leaves[i]->name = cf_printf(arena, "leaf %d", i);
        cf_db_add(db, leaves[i]);
    }
    commit();
}

TestSuite(flush, .init = setup, .fini = fixture_end);

Test(flush, many_changed_rows_are_written_each_as_it_is)
{
    for (int i = 0; i < ROWS; i++) {
        if (i % 100 < 50)
            leaves[i]->weight = i;
        if (i % 3 == 0)
            leaves[i]->name = cf_printf(arena, "new %d", i);
    }
    commit();
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE name = 'new ' || (id - 1)"),
                 134);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE name = 'leaf ' || (id - 1)"),
                 ROWS - 134);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE weight = id - 1"), ROWS / 2);
    /* And a second time, by the versions that the first one left. */
    for (int i = 0; i < ROWS; i++)
        leaves[i]->weight = 7;
    commit();
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE weight = 7"), ROWS);
    cr_assert_eq(number(database, "SELECT max(version) FROM leaf"), 3);
}

Test(flush, of_many_changed_rows_the_first_that_is_refused_is_told)
{
    static const struct {
        int         stale, taken, late; /* Of rows 0 to 399. */
        const char *input, *says;
    } cases[] = {
        { 150, -1, -1, "version", "changed by somebody else" },
        { 150, 100, -1, "name", "another row has this value already" },
        { 100, 150, -1, "version", "by somebody else" },
        { 10, 300, -1, "version", "by somebody else" },
        { -1, 300, 310, "name", "another row has this value already" },
        { -1, 310, 300, "name", "longer than 20 characters" },
        { 299, -1, 300, "version", "changed by somebody else" },
    };

    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        cf_db   *writer = cf_db_new(arena, database);
        cf_list *rows = cf_query_all(cf_query_order_by(cf_db_query(writer, Leaf), "id"));

        if (cases[k].stale >= 0)
            change(cf_printf(arena, "UPDATE leaf SET version = version + 1 WHERE id = %d",
                             cases[k].stale + 1));
        for (int i = 0; i < ROWS; i++) {
            Leaf *leaf = cf_row_at(rows, (size_t)i);

            leaf->name = i == cases[k].taken  ? "leaf 399"
                         : i == cases[k].late ? "longer than twenty bytes"
                                              : cf_printf(arena, "new %d", i);
        }
        cr_assert_not(cf_db_commit(writer, &err));
        cr_assert_eq(err.code, CF_ECONFLICT, "case %zu: %s", k, err.message);
        cr_assert(strstr(err.message, cases[k].says), "case %zu: %s", k, err.message);
        cr_assert_str_eq(err.input, cases[k].input, "case %zu: %s", k, err.message);
        cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE name LIKE 'new%'"), 0);
    }
}

Test(flush, a_row_that_somebody_deleted_is_told_among_many)
{
    change("DELETE FROM leaf WHERE id = 201");
    for (int i = 0; i < ROWS; i++)
        leaves[i]->weight = i;
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert(strstr(err.message, "deleted by somebody else"), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE weight > 0"), 0);
}

/* PostgreSQL cannot be asked any more whether it is there. */
Test(flush, a_deleted_row_before_a_refused_one_is_not_told_as_changed)
{
    const char *says = test_on_postgres() ? "changed or deleted by somebody" : "was deleted by";

    change("DELETE FROM leaf WHERE id = 101");
    for (int i = 0; i < ROWS; i++)
        leaves[i]->name = i == 150 ? "leaf 399" : cf_printf(arena, "new %d", i);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strstr(err.message, says), "%s", err.message);
}

Test(flush, keys_that_change_among_others_do_not_hide_rows)
{
    for (int i = 0; i < ROWS; i++) {
        leaves[i]->weight = i + 1;
        if (i % 7 == 0)
            leaves[i]->id += 10000;
    }
    commit();
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf WHERE name = 'leaf ' || (weight - 1)"),
                 ROWS);
    cr_assert_eq(
        number(database, "SELECT count(*) FROM leaf WHERE id > 10000 AND id = weight + 10000"), 58);
}

static void mark_all(Mark *marks[3])
{
    for (int i = 0; i < 3; i++) {
        marks[i] = cf_db_new_row(db, Mark);
        marks[i]->name = cf_printf(arena, "%c", 'a' + i);
        cf_db_add(db, marks[i]);
    }
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < 1 + i % 3; j++)
            cf_relate_add(leaves[i], "marks", marks[j]);
    commit();
}

Test(flush, links_are_written_and_taken_back_by_the_hundred)
{
    Mark *marks[3];

    mark_all(marks);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf_mark"), 799);
    for (int i = 0; i < ROWS; i++) {
        cf_relate_remove(leaves[i], "marks", marks[0]);
        cf_relate_add(leaves[i], "marks", marks[2]);
    }
    commit();
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf_mark WHERE mark_id = 1"), 0);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf_mark WHERE mark_id = 3"), ROWS);
    /* To a mark that is gone. */
    change("DELETE FROM leaf_mark WHERE mark_id = 2");
    change("DELETE FROM mark WHERE id = 2");
    for (int i = 0; i < ROWS; i++)
        cf_relate_add(leaves[i], "marks", i == 201 ? marks[1] : marks[0]);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strstr(err.message, "mark"), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf_mark WHERE mark_id = 1"), 0);
}

Test(flush, rows_are_deleted_with_their_links_and_after_those_that_reference_them)
{
    Mark *marks[3];

    mark_all(marks);
    /* Chains: each leaf hangs on one that comes later, that one on one that came earlier. */
    for (int i = 0; i < ROWS; i += 2)
        leaves[i]->parent_id = leaves[i + 1]->id;
    for (int i = 0; i < ROWS; i += 10)
        for (int j = 3; j < 8; j += 2)
            leaves[i + j]->parent_id = leaves[i + j - 2]->id;
    commit();
    for (int i = 0; i < ROWS; i++)
        if (i % 10 < 8)
            cf_db_delete(db, leaves[i]);
    commit();
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf"), 80);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf_mark"), 160);
    cr_assert_eq(number(database, "SELECT count(*) FROM mark"), 3);
}

Test(flush, of_many_deleted_rows_one_that_is_kept_keeps_all)
{
    change("INSERT INTO pin (id, leaf_id) VALUES (1, 150)");
    for (int i = 0; i < ROWS; i++)
        cf_db_delete(db, leaves[i]);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strstr(err.message, "pin"), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf"), ROWS);
    change("DELETE FROM pin");
    /* A version that somebody else moved on. */
    change("UPDATE leaf SET version = 9 WHERE id = 300");
    for (int i = 0; i < ROWS; i++)
        cf_db_delete(db, leaves[i]);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert(strstr(err.message, "changed by somebody else"), "%s", err.message);
    cr_assert_eq(number(database, "SELECT count(*) FROM leaf"), ROWS);
}
