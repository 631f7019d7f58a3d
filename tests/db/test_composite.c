/* test_composite.c -- models whose primary key has several columns: links with data of their own.
 */
#include "fixture.h"

#include "db/diff.h"
#include "db/session.h"

typedef struct Person {
    CF_ROW;
    int64_t     id;
    const char *name;
} Person;
extern const cf_model Person_model;

typedef struct Team {
    CF_ROW;
    int64_t     id;
    const char *title;
} Team;
extern const cf_model Team_model;

typedef struct Member {
    CF_ROW;
    int64_t     person_id, team_id;
    const char *role;
    int64_t     points, version;
} Member;
extern const cf_model Member_model;

/* No foreign keys; as many columns as there may be, of every type, and not the table's first. */
typedef struct Rate {
    CF_ROW;
    double      price;
    const char *currency;
    cf_date     day;
    cf_uuid     source;
    int64_t     series;
} Rate;
extern const cf_model Rate_model;

CF_MODEL(Person, "person", CF_COLUMN(Person, id, .primary_key = true),
         CF_COLUMN(Person, name, .required = true, .max = 40),
         CF_HAS_MANY(Person, memberships, Member, .back_populates = "person", .order_by = "team_id",
                     .cascade_delete = true));

CF_MODEL(Team, "team", CF_COLUMN(Team, id, .primary_key = true),
         CF_COLUMN(Team, title, .required = true),
         CF_MANY_TO_MANY(Team, people, Person, .through = "member", .backref = "teams"));

CF_MODEL(Member, "member",
         CF_COLUMN(Member, person_id, .primary_key = true, .references = "person.id"),
         CF_COLUMN(Member, team_id, .primary_key = true, .references = "team.id",
                   .on_delete = CF_CASCADE),
         CF_COLUMN(Member, role, .max = 10, .default_value = "guest"), CF_COLUMN(Member, points),
         CF_COLUMN(Member, version, .version = true),
         CF_BELONGS_TO(Member, person, Person, .back_populates = "memberships", .lazy = CF_JOINED),
         CF_BELONGS_TO(Member, team, Team, .backref = "members"));

CF_MODEL(Rate, "rate", CF_COLUMN(Rate, price),
         CF_COLUMN(Rate, currency, .primary_key = true, .max = 3),
         CF_COLUMN(Rate, day, .primary_key = true), CF_COLUMN(Rate, source, .primary_key = true),
         CF_COLUMN(Rate, series, .primary_key = true));

static const cf_model *const models[] = { &Person_model, &Team_model, &Member_model, &Rate_model,
                                          NULL };

static void setup(void)
{
    fixture_models(models);
}

TestSuite(composite, .init = setup, .fini = fixture_end);

static Person *person(const char *name)
{
    Person *row = cf_db_new_row(db, Person);

    row->name = name;
    cf_db_add(db, row);
    return row;
}

static Team *team(const char *title)
{
    Team *row = cf_db_new_row(db, Team);

    row->title = title;
    cf_db_add(db, row);
    return row;
}

static Member *join(Person *who, Team *what, int64_t points)
{
    Member *row = cf_db_new_row(db, Member);

    row->points = points;
    cf_relate(row, "person", who);
    cf_relate(row, "team", what);
    cf_db_add(db, row);
    return row;
}

/* Two people, three teams, everybody in every team. */
static void fill(void)
{
    Person *people[] = { person("ann"), person("bob") };
    Team   *teams[] = { team("red"), team("green"), team("blue") };

    for (int64_t i = 0; i < 6; i++)
        join(people[i / 3], teams[i % 3], i % 2);
    commit();
}

static int64_t count(const char *sql)
{
    cf_result result;

    cr_assert(cf_db_execute(db, sql, NULL, 0, &result, &err), "%s", err.message);
    return cf_map_get(result.rows->items[0].as.map, "n").as.integer;
}

Test(composite, rows_are_known_once_by_all_of_their_key)
{
    Person *ann = person("ann"), *bob = person("bob");
    Team   *red = team("red");
    Member *a = join(ann, red, 1), *b = join(bob, red, 2);

    cr_assert_eq(cf_row_key(a).type, CF_TYPE_NONE);
    commit();
    cr_assert_eq(cf_db_get(db, Member, ann->id, red->id), a);
    cr_assert_eq(cf_db_get(db, Member, bob->id, red->id), b);
    cr_assert_null(cf_db_get(db, Member, red->id, 77));
    cr_assert_eq(cf_row_key(b).as.list->len, 2);
    cr_assert_eq(cf_db_get_value(db, &Member_model, cf_row_key(b)), b);

    cf_db  *other = cf_db_new(arena, database);
    Member *again = cf_db_get(other, Member, bob->id, red->id);

    cr_assert_eq(again->points, 2);
    cr_assert_str_eq(again->role, "guest");
    cr_assert_str_eq(((Person *)cf_related(again, "person"))->name, "bob");
    cr_assert_eq(cf_query_one(cf_query_filter_by(cf_db_query(other, Member), "points", 2)), again);
    cr_assert_eq(cf_related_list(cf_db_get(other, Team, red->id), "members")->len, 2);
}

Test(composite, a_key_needs_as_many_values_as_columns)
{
    cf_map *map = cf_map_new(arena);

    fill();
    cr_assert_null(cf_db_get(db, Member, 1));
    cr_assert(strstr(cf_db_error(db)->message, "a key of 2 columns (person_id, team_id)"), "%s",
              cf_db_error(db)->message);
    cf_db_clear_error(db);
    cr_assert_null(cf_db_get(db, Member, 1, 1, 1));
    cr_assert_eq(cf_db_error(db)->code, CF_EINVAL);
    cf_db_clear_error(db);
    cr_assert_null(cf_db_get(db, Person, 1, 1));
    cr_assert(strstr(cf_db_error(db)->message, "give one value"), "%s", cf_db_error(db)->message);
    cf_db_clear_error(db);
    cr_assert_null(cf_db_get(db, Member, 1, "no number"));
    cr_assert_null(cf_db_get(db, Member, 1, (const char *)NULL));
    cf_map_set(map, "team_id", cf_int(2));
    cf_map_set(map, "person_id", cf_int(1));
    cr_assert_not_null(cf_db_get(db, Member, map));
    cr_assert_eq(cf_db_error(db)->code, CF_OK);
}

Test(composite, changes_write_one_row)
{
    Member *m;

    fill();
    m = cf_db_get(db, Member, 1, 2);
    m->role = "chief";
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member WHERE role = 'chief'"), 1);
    cr_assert_eq(m->version, 2);

    /* A part of the key moves the row. */
    m->team_id = 3;
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT, "%s", err.message);
    cf_error_clear(&err);
    cf_db_delete(db, cf_db_get(db, Member, 1, 3));
    commit();
    m = cf_db_get(db, Member, 1, 2);
    m->team_id = 3;
    commit();
    cr_assert_null(cf_db_get(db, Member, 1, 2));
    cr_assert_eq(cf_db_get(db, Member, 1, 3), m);
    cr_assert_str_eq(m->role, "chief");
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 5);
    cf_db_delete(db, m);
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member WHERE person_id = 1"), 1);
}

Test(composite, a_row_that_moves_hides_no_change_of_another)
{
    cf_db  *fresh;
    Member *m;

    fill();
    cf_db_delete(db, cf_db_get(db, Member, 1, 3));
    commit();
    /* Whatever the session knows is changed, and the first moves. */
    fresh = cf_db_new(arena, cf_db_database(db));
    for (int64_t i = 0; i < 4; i++) {
        m = cf_db_get(fresh, Member, 1 + i / 2, 1 + i % 2);
        m->points = 78;
        ((Person *)cf_related(m, "person"))->name = "moved";
        if (i == 1)
            m->team_id = 3;
    }
    cr_assert(cf_db_commit(fresh, &err), "%s", err.message);
    cr_assert_eq(count("SELECT count(*) AS n FROM member WHERE points = 78"), 4);
    cr_assert_eq(count("SELECT count(*) AS n FROM person WHERE name = 'moved'"), 2);
}

Test(composite, a_row_to_be_deleted_is_not_read_again)
{
    Member *m;

    fill();
    m = cf_db_get(db, Member, 1, 2);
    cf_db_delete(db, m);
    cr_assert_not(cf_db_refresh(db, m));
    cr_assert_eq(cf_db_error(db)->code, CF_EINVAL);
    cf_db_clear_error(db);
    commit();
    cr_assert_null(cf_db_get(db, Member, 1, 2));
}

Test(composite, a_rollback_takes_back_inserts_keys_and_deletes)
{
    Member *moved, *gone, *made;

    fill();
    moved = cf_db_get(db, Member, 1, 1);
    gone = cf_db_get(db, Member, 1, 2);
    cr_assert(cf_db_begin_nested(db, &err));
    cf_db_delete(db, gone);
    cr_assert(cf_db_flush(db, &err), "%s", err.message);
    made = join(cf_db_get(db, Person, 1), cf_db_get(db, Team, 2), 9);
    cr_assert(cf_db_flush(db, &err), "%s", err.message);
    cr_assert_eq(cf_db_get(db, Member, 1, 2), made);
    cf_db_delete(db, cf_db_get(db, Member, 2, 1));
    cr_assert(cf_db_flush(db, &err), "%s", err.message);
    moved->person_id = 2;
    cr_assert(cf_db_flush(db, &err), "%s", err.message);
    cr_assert_eq(cf_db_get(db, Member, 2, 1), moved);
    cf_db_rollback_nested(db);
    cr_assert_eq(cf_db_get(db, Member, 1, 1), moved);
    cr_assert_eq(moved->person_id, 1);
    cr_assert_eq(cf_db_get(db, Member, 1, 2), gone);
    cr_assert_not(cf_row_is_stored(made));
    cr_assert_neq(cf_db_get(db, Member, 2, 1), moved);
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 6);
}

Test(composite, two_who_change_a_row_are_told)
{
    cf_db  *other = cf_db_new(arena, database);
    Member *mine, *theirs;

    fill();
    mine = cf_db_get(db, Member, 1, 1);
    theirs = cf_db_get(other, Member, 1, 1);
    theirs->points = 50;
    cr_assert(cf_db_commit(other, &err), "%s", err.message);
    mine->points = 60;
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "version");
    cf_error_clear(&err);
    cf_db_delete(db, mine); /* As it was read. */
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "version");
    cf_error_clear(&err);
    cr_assert(cf_db_refresh(db, mine));
    cr_assert_eq(mine->points, 50);
    theirs = cf_db_get(other, Member, 1, 1);
    cf_db_delete(other, theirs);
    cr_assert(cf_db_commit(other, &err), "%s", err.message);
    mine->points = 70;
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert(strstr(err.message, "deleted by somebody else"), "%s", err.message);
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 5);
}

Test(composite, deletes_cascade_through_it)
{
    Person *ann;

    fill();
    ann = cf_db_get(db, Person, 1);
    cf_related_list(ann, "memberships");
    cf_db_delete(db, ann); /* .cascade_delete: row by row */
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 3);
    cf_db_delete(db, cf_db_get(db, Team, 2)); /* .on_delete: by the database */
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 2);
    cr_assert_null(cf_db_get(db, Member, 2, 2));
    cr_assert_not_null(cf_db_get(db, Member, 2, 1));
}

Test(composite, a_many_to_many_leads_through_it)
{
    Team *red;

    fill();
    red = cf_db_get(db, Team, 1);
    cr_assert_eq(cf_related_list(red, "people")->len, 2);
    cf_relate_remove(red, "people", cf_db_get(db, Person, 1));
    cf_relate_add(red, "people", person("eve"));
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member WHERE team_id = 1"), 2);
    cr_assert_eq(count("SELECT count(*) AS n FROM member WHERE team_id = 1 AND role = 'guest' AND "
                       "person_id = 3"),
                 1);
    cr_assert_eq(cf_related_list(cf_db_get(db, Person, 1), "teams")->len, 2);
}

Test(composite, every_way_of_loading_finds_the_rows)
{
    static const cf_lazy ways[] = { CF_LAZY_SELECT, CF_JOINED, CF_SELECTIN, CF_SUBQUERY };

    fill();
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        cf_db   *own = cf_db_new(arena, database);
        cf_list *people = cf_query_all(
            cf_query_load(cf_query_order_by(cf_query_distinct(cf_db_query(own, Person)), "id"),
                          "memberships", ways[i]));
        cf_list *members = cf_query_all(cf_query_load(cf_db_query(own, Member), "team", ways[i]));

        cr_assert_eq(people->len, 2);
        cr_assert_eq(cf_related_list(cf_row_at(people, 1), "memberships")->len, 3);
        cr_assert_eq(members->len, 6);
        cr_assert_str_eq(((Team *)cf_related(cf_db_get(own, Member, 2, 3), "team"))->title, "blue");
        cr_assert_eq(cf_row_at(cf_related_list(cf_row_at(people, 1), "memberships"), 2),
                     cf_db_get(own, Member, 2, 3));
    }
}

Test(composite, queries_compare_change_and_delete_rows)
{
    Member  *m;
    cf_named changes[] = { CF_NAMED("points", 7) };

    fill();
    m = cf_db_get(db, Member, 2, 3);
    cr_assert_eq(
        ((Person *)cf_query_one(cf_query_filter_by(cf_db_query(db, Person), "memberships", m)))->id,
        2);
    cr_assert_eq(cf_query_count(cf_query_where(cf_db_query(db, Person), "memberships", CF_NE, m)),
                 1);
    cr_assert_eq(cf_query_count(cf_query_filter_by(cf_db_query(db, Member), "person.name", "ann")),
                 3);
    cr_assert_null(cf_query_all(cf_query_filter_by(cf_db_query(db, Person), "memberships", 3)));
    cr_assert(strstr(cf_db_error(db)->message, "compare it with a row"), "%s",
              cf_db_error(db)->message);
    cf_db_clear_error(db);
    cr_assert_eq(cf_query_update(cf_query_filter_by(cf_db_query(db, Member), "team.title", "blue"),
                                 changes, 1),
                 2);
    cr_assert_eq(((Member *)cf_db_get(db, Member, 2, 3))->points, 7);
    cr_assert_eq(cf_query_delete(cf_query_filter_by(cf_db_query(db, Member), "person.name", "ann")),
                 3);
    cr_assert_null(cf_db_get(db, Member, 1, 1));
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 3);
}

Test(composite, distinct_pages_with_lists_hold_each_row_once)
{
    cf_list *found;

    fill();
    found = cf_query_all(cf_query_limit(
        cf_query_load(cf_query_order_by(cf_query_distinct(cf_db_query(db, Member)), "points"),
                      "person", CF_JOINED),
        4));
    cr_assert_eq(found->len, 4);
    for (size_t i = 0; i < found->len; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_neq(cf_row_at(found, i), cf_row_at(found, j));
}

Test(composite, keyset_pages_hold_every_row_once)
{
    static const char *const orders[] = { "",        "points",          "-points",
                                          "team_id", "-team_id,points", "person_id,team_id" };

    fill();
    for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
        const char *cursor = NULL;
        size_t      seen = 0, pages = 0;
        bool        there[2][3] = { { false } };

        do {
            cf_keyset *page = cf_query_keyset(cf_query_order_by(cf_db_query(db, Member), orders[o]),
                                              cursor, 2);

            cr_assert(page, "%s: %s", orders[o], cf_db_error(db)->message);
            for (size_t i = 0; i < page->items->len; i++) {
                Member *m = cf_row_at(page->items, i);

                cr_assert_not(there[m->person_id - 1][m->team_id - 1], "%s", orders[o]);
                there[m->person_id - 1][m->team_id - 1] = true;
                seen++;
            }
            cursor = page->next;
        } while (cursor && ++pages < 9);
        cr_assert_eq(seen, 6, "%s: %zu", orders[o], seen);
    }
}

Test(composite, what_the_database_refuses_names_a_column)
{
    Member *m;

    fill();
    m = cf_db_new_row(db, Member);
    m->person_id = 1;
    m->team_id = 2;
    cf_db_add(db, m);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strcmp(err.input, "person_id") == 0 || strcmp(err.input, "team_id") == 0, "%s",
              err.input);
    cr_assert(strstr(err.message, "person_id, team_id: another row has these values"), "%s",
              err.message);
    cf_error_clear(&err);
    m->team_id = 99;
    cf_db_add(db, m);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "team_id");
    cf_error_clear(&err);
    cf_set_null(m, team_id);
    cf_db_add(db, m);
    cr_assert_not(cf_db_commit(db, &err));
    cr_assert_str_eq(err.input, "team_id");
}

Test(composite, a_row_is_there_once_whoever_asks_first)
{
    Person *eve;
    Member *m;

    fill();
    m = cf_db_get_or_create_by(db, Member, CF_NAMED("person_id", 1), CF_NAMED("team_id", 2));
    cr_assert_eq(m, cf_db_get(db, Member, 1, 2));
    eve = person("eve");
    commit();
    m = cf_db_get_or_create_by(db, Member, CF_NAMED("person_id", eve->id), CF_NAMED("team_id", 2));
    cr_assert(m, "%s", cf_db_error(db)->message);
    cr_assert_eq(m->team_id, 2);
    cr_assert_null(
        cf_db_get_or_create_by(db, Member, CF_NAMED("person_id", 99), CF_NAMED("team_id", 2)));
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
    cf_db_clear_error(db);
    commit();
    cr_assert_eq(count("SELECT count(*) AS n FROM member"), 7);
}

Test(composite, many_are_inserted_at_once)
{
    cf_list *rows = cf_list_new(arena);

    person("ann");
    for (int i = 0; i < 30; i++)
        team(cf_printf(arena, "t%d", i));
    commit();
    for (int i = 1; i <= 30; i++) {
        cf_map *map = cf_map_new(arena);

        cf_map_set(map, "person_id", cf_int(1));
        cf_map_set(map, "team_id", cf_int(i));
        cf_list_add(rows, cf_from_map(map));
    }
    cr_assert_eq(cf_db_insert_many(db, Member, rows), 30, "%s", cf_db_error(db)->message);
    cr_assert_eq(cf_db_insert_many(db, Member, rows), -1);
    cr_assert_eq(cf_db_error(db)->code, CF_ECONFLICT);
}

Test(composite, keys_are_of_any_types_in_any_place)
{
    cf_uuid one = cf_uuid_random(), two = cf_uuid_random();
    Rate   *a = cf_db_new_row(db, Rate), *b = cf_db_new_row(db, Rate);
    cf_db  *other = cf_db_new(arena, database);

    a->price = 1.5;
    b->price = 2.5;
    a->currency = b->currency = "EUR";
    a->day = b->day = (cf_date){ 2026, 2, 3 };
    a->source = one;
    b->source = two;
    cf_db_add(db, a);
    cf_db_add(db, b);
    commit(); /* A number is not generated when it is a part of a key. */
    cr_assert_eq(a->series, 0);
    cr_assert_eq(cf_db_get(db, Rate, "EUR", "2026-02-03", cf_uuid_value(arena, two), 0), b);
    b = cf_db_get(other, Rate, "EUR", "2026-02-03", cf_uuid_value(arena, two), 0);
    cr_assert_float_eq(b->price, 2.5, 1e-9);
    b->currency = "USD";
    cr_assert(cf_db_commit(other, &err), "%s", err.message);
    cr_assert_eq(
        cf_db_get(other, Rate, "USD", cf_date_value(arena, b->day), cf_uuid_value(arena, two), 0),
        b);
    cr_assert_eq(cf_query_count(cf_db_query(other, Rate)), 2);
}

Test(composite, tables_are_made_and_compared)
{
    cf_difference difference;

    cr_assert(cf_schema_check(database, &err), "%s", err.message);
    cr_assert(cf_migrate_compare(arena, database, NULL, &difference, &err), "%s", err.message);
    for (size_t i = 0; i < difference.count; i++)
        cr_expect(false, "%s", difference.changes[i].text);
    /* The first column of the key needs no index of its own, the second does. */
    cr_assert_eq(
        count(
            test_on_postgres()
                ? "SELECT count(*) AS n FROM pg_indexes WHERE tablename = 'member' AND schemaname = current_schema()"
                : "SELECT count(*) AS n FROM sqlite_master WHERE type = 'index' AND tbl_name = 'member'"),
        2);
}
