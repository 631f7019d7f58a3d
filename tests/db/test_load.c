/* test_load.c -- what each kind of loading costs, counted; cascades; models between models.
 *
 * The counts are those of the guide's promise: dynamic runs nothing until it is iterated, then one
 * statement with its filter; select one at access; joined none; selectin one for all owners; raise
 * none, and an error. */
#include "fixture.h"

#define OWNERS 4
#define EACH   3

/* One to-many relationship in every kind of loading. */
typedef struct Keeper {
    CF_ROW;
    int64_t     id;
    const char *name;
} Keeper;
extern const cf_model Keeper_model;

typedef struct Contact {
    CF_ROW;
    int64_t     id, owner_id, joined_id, selectin_id, subquery_id, raise_id, dynamic_id, blind_id;
    const char *name;
} Contact;
extern const cf_model Contact_model;

typedef struct Mail {
    CF_ROW;
    int64_t     id, contact_id;
    const char *subject;
} Mail;
extern const cf_model Mail_model;

/* A link with columns of its own, between owners and clubs. */
typedef struct Club {
    CF_ROW;
    int64_t     id;
    const char *name;
} Club;
extern const cf_model Club_model;

typedef struct Membership {
    CF_ROW;
    int64_t     id, owner_id, club_id, level;
    const char *role;
} Membership;
extern const cf_model Membership_model;

CF_MODEL(Keeper, "owner", CF_COLUMN(Keeper, id, .primary_key = true), CF_COLUMN(Keeper, name),
         CF_HAS_MANY(Keeper, contacts, Contact, .column = "owner_id", .back_populates = "owner",
                     .order_by = "name", .cascade_delete = true),
         CF_HAS_MANY(Keeper, joined, Contact, .column = "joined_id", .lazy = CF_JOINED,
                     .order_by = "-name"),
         CF_HAS_MANY(Keeper, selectin, Contact, .column = "selectin_id", .lazy = CF_SELECTIN),
         CF_HAS_MANY(Keeper, subquery, Contact, .column = "subquery_id", .lazy = CF_SUBQUERY),
         CF_HAS_MANY(Keeper, raising, Contact, .column = "raise_id", .lazy = CF_RAISE),
         CF_HAS_MANY(Keeper, dynamic, Contact, .column = "dynamic_id", .lazy = CF_DYNAMIC),
         CF_HAS_MANY(Keeper, blind, Contact, .column = "blind_id", .lazy = CF_WRITE_ONLY),
         CF_HAS_MANY(Keeper, memberships, Membership, .backref = "owner", .cascade_delete = true),
         CF_MANY_TO_MANY(Keeper, clubs, Club, .through = "membership", .backref = "owners",
                         .backref_lazy = CF_WRITE_ONLY));

CF_MODEL(Contact, "contact", CF_COLUMN(Contact, id, .primary_key = true),
         CF_COLUMN(Contact, owner_id, .references = "owner.id"),
         CF_COLUMN(Contact, joined_id, .references = "owner.id"),
         CF_COLUMN(Contact, selectin_id, .references = "owner.id"),
         CF_COLUMN(Contact, subquery_id, .references = "owner.id"),
         CF_COLUMN(Contact, raise_id, .references = "owner.id"),
         CF_COLUMN(Contact, dynamic_id, .references = "owner.id"),
         CF_COLUMN(Contact, blind_id, .references = "owner.id"), CF_COLUMN(Contact, name),
         CF_BELONGS_TO(Contact, owner, Keeper, .column = "owner_id", .back_populates = "contacts"),
         CF_HAS_MANY(Contact, mails, Mail, .backref = "contact", .cascade_delete = true));

CF_MODEL(Mail, "mail", CF_COLUMN(Mail, id, .primary_key = true),
         CF_COLUMN(Mail, contact_id, .references = "contact.id", .required = true),
         CF_COLUMN(Mail, subject));

CF_MODEL(Club, "club", CF_COLUMN(Club, id, .primary_key = true), CF_COLUMN(Club, name),
         CF_HAS_MANY(Club, memberships, Membership, .backref = "club"));

CF_MODEL(Membership, "membership", CF_COLUMN(Membership, id, .primary_key = true),
         CF_COLUMN(Membership, owner_id, .references = "owner.id", .required = true),
         CF_COLUMN(Membership, club_id, .references = "club.id", .required = true),
         CF_COLUMN(Membership, level, .default_value = "1"),
         CF_COLUMN(Membership, role, .max = 20, .default_value = "guest", .required = true),
         CF_INDEX(Membership, "owner_id, club_id", .unique = true));

static const cf_model *const load_models[] = { &Keeper_model, &Contact_model,    &Mail_model,
                                               &Club_model,   &Membership_model, NULL };

static void setup(void)
{
    static const char *const lists[] = { "contacts", "joined",  "selectin", "subquery",
                                         "raising",  "dynamic", "blind" };

    fixture_models(load_models);
    for (int i = 0; i < OWNERS; i++) {
        Keeper *owner = cf_db_new_row(db, Keeper);

        owner->name = cf_printf(arena, "o%d", i);
        cf_db_add(db, owner);
        for (size_t l = 0; l < 7; l++)
            for (int j = 0; j < EACH; j++) {
                Contact *contact = cf_db_new_row(db, Contact);
                Mail    *mail = cf_db_new_row(db, Mail);

                contact->name = cf_printf(arena, "c%d", j);
                cr_assert(cf_relate_add(owner, lists[l], contact));
                mail->subject = "Hello";
                cr_assert(cf_relate_add(contact, "mails", mail));
            }
    }
    commit();
    db = cf_db_new(arena, database);
}

TestSuite(load, .init = setup, .fini = fixture_end);

static cf_query *owners(void)
{
    return cf_query_order_by(cf_db_query(db, Keeper), "id");
}

/* The query without what the model declares, and what is counted then is that of one relationship.
 */
static cf_query *bare_owners(void)
{
    cf_query *q = owners();

    cf_query_load(q, "joined", CF_LAZY_SELECT);
    cf_query_load(q, "selectin", CF_LAZY_SELECT);
    return cf_query_load(q, "subquery", CF_LAZY_SELECT);
}

/* Statements to read the owners and a relationship of each. */
static int64_t cost(cf_query *q, const char *relationship)
{
    int64_t  before = cf_db_query_count(db);
    cf_list *rows = cf_query_all(q);
    Keeper  *owner;

    cr_assert(rows, "%s", cf_db_error(db)->message);
    cr_assert_eq(rows->len, OWNERS);
    CF_EACH(rows, owner)
    {
        cf_list *list = cf_related_list(owner, relationship);

        cr_assert(list, "%s", cf_db_error(db)->message);
        cr_assert_eq(list->len, EACH, "%s of %s: %zu", relationship, owner->name, list->len);
    }
    return cf_db_query_count(db) - before;
}

static void renew(void)
{
    db = cf_db_new(arena, database);
}

Test(load, each_kind_costs_what_it_says)
{
    static const struct {
        const char *name;
        cf_lazy     lazy;
        int64_t     statements;
    } cases[] = {
        { "contacts", CF_LAZY_SELECT, 1 + OWNERS },
        { "contacts", CF_JOINED, 1 },
        { "contacts", CF_SELECTIN, 2 },
        { "contacts", CF_SUBQUERY, 2 },
        { "joined", CF_JOINED, 1 },
        { "raising", CF_SELECTIN, 2 },
        { "raising", CF_LAZY_SELECT, 1 + OWNERS },
        { "dynamic", CF_RAISE, 1 + OWNERS },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        renew();
        cr_expect_eq(
            cost(cf_query_load(bare_owners(), cases[i].name, cases[i].lazy), cases[i].name),
            cases[i].statements, "%s by %d", cases[i].name, (int)cases[i].lazy);
    }
}

Test(load, declared_kinds_come_with_the_rows)
{
    int64_t before;
    Keeper *owner;

    /* joined in the same statement; selectin and subquery one more each. */
    cr_assert_eq(cost(owners(), "joined"), 3);
    before = cf_db_query_count(db);
    cr_assert_eq(cost(owners(), "selectin"), 1); /* They are there: only the rows are read again. */
    renew();
    owner = cf_db_get(db, Keeper, 2);
    before = cf_db_query_count(db);
    cr_assert_eq(cf_related_list(owner, "joined")->len, EACH);
    cr_assert_eq(cf_related_list(owner, "selectin")->len, EACH);
    cr_assert_eq(cf_related_list(owner, "subquery")->len, EACH);
    cr_assert_eq(cf_db_query_count(db), before); /* By key as well. */
}

Test(load, select_runs_once_at_access)
{
    Keeper *owner = cf_query_first(bare_owners());
    int64_t before = cf_db_query_count(db);

    cf_related_list(owner, "contacts");
    cf_related_list(owner, "contacts");
    cr_assert_eq(cf_db_query_count(db), before + 1);
}

Test(load, dynamic_runs_nothing_until_it_is_iterated)
{
    Keeper   *owner = cf_query_first(bare_owners());
    int64_t   before = cf_db_query_count(db);
    cf_query *q = cf_related_query(owner, "dynamic");
    Contact  *contact;

    cf_query_limit(cf_query_order_by(cf_query_where(q, "name", CF_GT, "c0"), "-name"), 1);
    cr_assert_eq(cf_db_query_count(db), before);
    contact = cf_row_at(cf_query_all(q), 0);
    cr_assert_eq(cf_db_query_count(db), before + 1);
    cr_assert_str_eq(contact->name, "c2");
}

Test(load, raise_is_an_error_and_no_statement)
{
    Keeper *owner = cf_query_first(bare_owners());
    int64_t before = cf_db_query_count(db);

    cr_assert_null(cf_related_list(owner, "raising"));
    cr_assert(strstr(cf_db_error(db)->message, "declared CF_RAISE"), "%s",
              cf_db_error(db)->message);
    cr_assert_eq(cf_db_query_count(db), before);
    renew();
    owner = cf_query_first(cf_query_load(bare_owners(), "contacts", CF_RAISE));
    cr_assert_null(cf_related_list(owner, "contacts"));
    cr_assert(strstr(cf_db_error(db)->message, "asked for with CF_RAISE"), "%s",
              cf_db_error(db)->message);
}

Test(load, joined_lists_keep_order_limit_and_distinct_rows)
{
    cf_query *q = cf_query_load(owners(), "contacts", CF_JOINED);
    cf_list  *rows;
    Keeper   *owner;
    Contact  *first;

    cf_query_order_by(cf_query_order_by(q, NULL), "-name");
    rows = cf_query_all(cf_query_offset(cf_query_limit(q, 2), 1));
    cr_assert(rows, "%s", cf_db_error(db)->message);
    cr_assert_eq(rows->len, 2);
    owner = cf_row_at(rows, 0);
    cr_assert_str_eq(owner->name, "o2");
    /* Two lists are joined: one in the statement, whose own order holds. */
    first = cf_row_at(cf_related_list(owner, "contacts"), 0);
    cr_assert_str_eq(first->name, "c0");
    first = cf_row_at(cf_related_list(owner, "joined"), 0);
    cr_assert_str_eq(first->name, "c2");
    cr_assert_eq(cf_related_list(owner, "joined")->len, EACH);
    cr_assert_not(cf_db_is_dirty(db));
    cr_assert_eq(cf_query_count(q), 2);
}

Test(load, paths_load_what_lies_behind)
{
    static const cf_lazy kinds[] = { CF_SELECTIN, CF_SUBQUERY, CF_JOINED };
    static const int64_t costs[] = { 3, 3, 2 };

    for (size_t i = 0; i < 3; i++) {
        int64_t  before;
        cf_list *rows;
        Keeper  *owner;
        Contact *contact;

        renew();
        before = cf_db_query_count(db);
        rows = cf_query_all(cf_query_load(bare_owners(), "contacts.mails", kinds[i]));
        cr_assert(rows, "%s", cf_db_error(db)->message);
        CF_EACH(rows, owner)
        CF_EACH(cf_related_list(owner, "contacts"), contact)
        cr_assert_eq(cf_related_list(contact, "mails")->len, 1);
        cr_expect_eq(cf_db_query_count(db) - before, costs[i], "%d: %d", (int)kinds[i],
                     (int)(cf_db_query_count(db) - before));
    }
}

Test(load, to_one_paths_join_in_one_statement)
{
    cf_query *q = cf_query_load(cf_db_query(db, Mail), "contact.owner", CF_JOINED);
    int64_t   before = cf_db_query_count(db);
    cf_list  *mails = cf_query_all(cf_query_where(q, "contact.owner", CF_NE, cf_none()));
    Mail     *mail;

    cr_assert(mails, "%s", cf_db_error(db)->message);
    cr_assert_eq(mails->len, OWNERS * EACH);
    CF_EACH(mails, mail)
    {
        Contact *contact = cf_related(mail, "contact");

        cr_assert(cf_related(contact, "owner"));
    }
    /* What owners declare leads back to contacts and is not followed in circles. */
    cr_assert_eq(cf_db_query_count(db) - before, 1);
}

Test(load, a_write_only_list_is_never_read)
{
    Keeper  *owner = cf_query_first(bare_owners());
    int64_t  before = cf_db_query_count(db);
    Contact *more = cf_db_new_row(db, Contact), *gone;

    cr_assert_null(cf_related_list(owner, "blind"));
    cr_assert(strstr(cf_db_error(db)->message, "CF_WRITE_ONLY"), "%s", cf_db_error(db)->message);
    cf_db_clear_error(db);
    more->name = "c9";
    cr_assert(cf_relate_add(owner, "blind", more));
    cr_assert_eq(cf_db_query_count(db), before);
    commit();
    cr_assert_eq(more->blind_id, owner->id);
    cr_assert_eq(cf_query_count(cf_related_query(owner, "blind")), EACH + 1);
    gone = cf_query_first(cf_related_query(owner, "blind"));
    before = cf_db_query_count(db);
    cr_assert(cf_relate_remove(owner, "blind", gone));
    cr_assert_eq(cf_db_query_count(db), before);
    commit();
    cr_assert_eq(cf_query_count(cf_related_query(owner, "blind")), EACH);
    cr_assert_eq(gone->blind_id, 0);
}

/* ---- more, other or repeated rows than expected ---- */

Test(load, a_repeated_query_that_finds_other_rows_fills_none_of_them)
{
    cf_query *q;
    Keeper   *known, *owner;
    cf_list  *rows;

    /* The keys alone are read from this index, whose order is another: a limit takes others. */
    run(db, "ALTER TABLE owner ADD COLUMN x INTEGER");
    run(db, "UPDATE owner SET x = -id");
    run(db, "CREATE INDEX owner_x ON owner (x)");
    commit();
    renew();
    known = cf_query_one(cf_query_filter_by(bare_owners(), "id", OWNERS));
    owner = cf_query_one(cf_query_filter_by(bare_owners(), "id", OWNERS - 1));
    cr_assert_eq(cf_related_list(known, "contacts")->len, EACH);
    q = cf_query_load(cf_query_order_by(bare_owners(), NULL), "contacts", CF_SUBQUERY);
    rows = cf_query_all(cf_query_limit(q, 2));
    cr_assert(rows, "%s", cf_db_error(db)->message);
    cr_assert_eq(rows->len, 2);
    cr_assert_eq(cf_related_list(known, "contacts")->len, EACH);
    cr_assert_eq(cf_related_list(owner, "contacts")->len, EACH);
}

Test(load, more_rows_than_a_query_gives_are_refused_and_not_cut_off)
{
    static const cf_lazy kinds[] = { CF_SELECTIN, CF_SUBQUERY, CF_JOINED };
    Keeper              *owner;

    run(db, "INSERT INTO contact (owner_id, name) WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT 1, 'c' FROM n");
    commit();
    for (size_t i = 0; i < 3; i++) {
        cf_arena *own = cf_arena_new();

        db = cf_db_new(own, database);
        owner = cf_query_first(cf_query_filter_by(bare_owners(), "id", 1));
        cr_assert_null(cf_query_all(cf_query_load(bare_owners(), "contacts", kinds[i])));
        cr_assert_eq(cf_db_error(db)->code, CF_ELIMIT, "%s", cf_db_error(db)->message);
        cf_db_clear_error(db);
        cr_assert_null(cf_related_list(owner, "contacts")); /* Nor is half of it there now. */
        cr_assert_eq(cf_db_error(db)->code, CF_ELIMIT);
        cf_arena_free(own);
    }
}

Test(load, rows_that_joins_repeat_have_each_child_once)
{
    static const cf_lazy kinds[] = { CF_SELECTIN, CF_SUBQUERY, CF_JOINED };

    for (size_t i = 0; i < 6; i++) {
        cf_query *q;
        cf_list  *rows;
        Keeper   *owner;

        renew();
        q = cf_query_load(cf_query_join(bare_owners(), "dynamic"), "contacts", kinds[i % 3]);
        if (i >= 3)
            cf_query_limit(cf_query_distinct(q), OWNERS);
        rows = cf_query_all(q);
        cr_assert(rows, "%s", cf_db_error(db)->message);
        cr_assert_eq(rows->len, i < 3 ? OWNERS * EACH : OWNERS, "%zu: %zu", i, rows->len);
        CF_EACH(rows, owner)
        cr_assert_eq(cf_related_list(owner, "contacts")->len, EACH);
        cr_assert_not(cf_db_is_dirty(db));
    }
}

/* ---- a model between two others ---- */

static Club *new_club(const char *name)
{
    Club *club = cf_db_new_row(db, Club);

    club->name = name;
    cf_db_add(db, club);
    commit();
    return club;
}

Test(load, a_link_that_is_a_model_has_columns_of_its_own)
{
    Keeper     *owner = cf_query_first(bare_owners());
    Club       *chess = new_club("Chess"), *choir = new_club("Choir");
    Membership *membership = cf_db_new_row(db, Membership);

    cr_assert(cf_relate_add(owner, "clubs", chess)); /* The link has its defaults, */
    membership->role = "chair";                      /* or is made as a row. */
    cf_relate(membership, "owner", owner);
    cf_relate(membership, "club", choir);
    cf_db_add(db, membership);
    commit();
    renew();
    owner = cf_db_get(db, Keeper, 1);
    cr_assert_eq(cf_related_list(owner, "clubs")->len, 2);
    membership = cf_query_one(
        cf_query_filter_by(cf_related_query(owner, "memberships"), "club.name", "Chess"));
    cr_assert(membership, "%s", cf_db_error(db)->message);
    cr_assert_str_eq(membership->role, "guest");
    cr_assert_eq(membership->level, 1);
    cr_assert_eq(
        cf_query_count(cf_query_filter_by(cf_db_query(db, Keeper), "memberships.role", "chair")),
        1);
}

Test(load, links_are_added_and_removed_without_reading_them)
{
    Club   *club = new_club("Chess");
    Keeper *owner = cf_db_get(db, Keeper, 3);
    int64_t before = cf_db_query_count(db);

    cr_assert(cf_relate_add(club, "owners", owner)); /* A backref that is write-only. */
    cr_assert_eq(cf_db_query_count(db), before);
    commit();
    cr_assert_eq(cf_query_count(cf_related_query(club, "owners")), 1);
    cr_assert(cf_relate_add(club, "owners", owner)); /* Twice is once. */
    commit();
    cr_assert_eq(cf_query_count(cf_related_query(club, "owners")), 1);
    cr_assert(cf_relate_remove(club, "owners", owner));
    commit();
    cr_assert_eq(cf_query_count(cf_related_query(club, "owners")), 0);
    cr_assert_eq(cf_related_list(owner, "clubs")->len, 0);
}

/* ---- cascades that the database does not do ---- */

Test(load, deleting_deletes_what_cascades_first)
{
    Keeper   *owner = cf_query_one(cf_query_filter_by(bare_owners(), "name", "o1"));
    cf_query *rest = cf_query_where(cf_db_query(db, Contact), "owner_id", CF_EQ, owner->id);
    cf_named  none[] = { CF_NAMED("joined_id", cf_none()),   CF_NAMED("selectin_id", cf_none()),
                         CF_NAMED("subquery_id", cf_none()), CF_NAMED("raise_id", cf_none()),
                         CF_NAMED("dynamic_id", cf_none()),  CF_NAMED("blind_id", cf_none()) };
    int64_t   mails = cf_query_count(cf_db_query(db, Mail)), id = owner->id;

    cr_assert(cf_relate_add(owner, "clubs", new_club("Chess")));
    commit();
    cf_db_delete(db, owner);
    cr_assert_not(cf_db_commit(db, &err)); /* Other contacts still reference it. */
    cr_assert_eq(err.code, CF_ECONFLICT);
    cr_assert(strstr(err.message, "still references it"), "%s", err.message);
    cr_assert_eq(cf_query_count(rest), EACH);
    cr_assert_geq(cf_query_update(cf_db_query(db, Contact), none, 6), 0);
    cf_db_delete(db, owner);
    commit();
    cr_assert_eq(cf_query_count(cf_query_where(cf_db_query(db, Contact), "owner_id", CF_EQ, id)),
                 0);
    cr_assert_eq(cf_query_count(cf_db_query(db, Mail)), mails - EACH);
    cr_assert_eq(cf_query_count(cf_db_query(db, Membership)), 0);
}

/* ---- rows that came together and are loaded one by one ---- */

Test(load, loads_of_rows_that_came_together_are_told_apart)
{
    cf_lazy_load load;
    cf_list     *rows = cf_query_all(bare_owners());
    Keeper      *owner;

    CF_EACH(rows, owner)
    cf_related_list(owner, "contacts");
    cr_assert(cf_db_lazy_load(db, 0, &load));
    cr_assert_eq(load.count, OWNERS);
    cr_assert_eq(load.together, OWNERS);
    renew();
    for (int i = 1; i <= OWNERS; i++) {
        owner = cf_query_one(cf_query_filter_by(bare_owners(), "id", i));
        cf_related_list(owner, "contacts");
    }
    cr_assert(cf_db_lazy_load(db, 0, &load));
    cr_assert_eq(load.count, OWNERS);
    cr_assert_eq(load.together, 0); /* Each came alone: nothing could have loaded them at once. */
}
