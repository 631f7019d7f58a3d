/* test_model.c -- declarations: what is resolved at start-up, and what is refused with both places.
 */
#include <criterion/criterion.h>

#include "models.h"

static cf_arena *arena;
static cf_error  err;

static void setup(void)
{
    arena = cf_arena_new();
}

static void teardown(void)
{
    cf_arena_free(arena);
}

TestSuite(model, .init = setup, .fini = teardown);

/* Registers two models and expects this in the error. */
static void refused(const cf_model *a, const cf_model *b, const char *says)
{
    const cf_model *const list[] = { a, b, NULL };

    cr_assert_null(cf_models_new(arena, list, &err), "accepted; expected: %s", says);
    cr_assert_eq(err.code, CF_EINVAL);
    cr_assert(strstr(err.message, says), "%s", err.message);
    cr_assert(strstr(err.message, "test_model.c:"), "%s", err.message);
}

typedef struct Owner {
    CF_ROW;
    int64_t id;
} Owner;
extern const cf_model Owner_model;
CF_MODEL(Owner, "owner", CF_COLUMN(Owner, id, .primary_key = true));

typedef struct Pet {
    CF_ROW;
    int64_t     id, owner_id, other_id;
    const char *name;
} Pet;

#define PET(name_, ...)                                                                            \
    extern const cf_model name_##_model;                                                           \
    typedef Pet           name_;                                                                   \
    CF_MODEL(name_, "pet", CF_COLUMN(Pet, id, .primary_key = true),                                \
             CF_COLUMN(Pet, owner_id, .references = "owner.id"), __VA_ARGS__)

PET(PetNoLink, CF_BELONGS_TO(Pet, owner, Owner, .column = "name"), CF_COLUMN(Pet, name));
PET(PetBadColumn, CF_BELONGS_TO(Pet, owner, Owner, .column = "nothing"));
PET(PetTwoKeys, CF_COLUMN(Pet, other_id, .references = "owner.id"),
    CF_BELONGS_TO(Pet, owner, Owner));
PET(PetHalf, CF_BELONGS_TO(Pet, owner, Owner, .back_populates = "pets"));
PET(PetTaken, CF_BELONGS_TO(Pet, owner, Owner, .backref = "id"));
PET(PetTwice, CF_BELONGS_TO(Pet, owner, Owner, .column = "owner_id", .backref = "pets"),
    CF_BELONGS_TO(Pet, keeper, Owner, .column = "owner_id", .backref = "pets"));
PET(PetDynamic, CF_BELONGS_TO(Pet, owner, Owner, .lazy = CF_DYNAMIC));
PET(PetNoThrough, CF_MANY_TO_MANY(Pet, owners, Owner));
PET(PetSelfLink, CF_MANY_TO_MANY(Pet, friends, PetSelfLink, .through = "friends"));
PET(PetDefault, CF_COLUMN(Pet, other_id, .default_value = "many"));
PET(PetNow, CF_COLUMN(Pet, name, .default_now = true));
PET(PetMax, CF_COLUMN(Pet, other_id, .max = 3));
PET(PetReference, CF_COLUMN(Pet, other_id, .references = "owner"));
PET(PetUnknown, CF_COLUMN(Pet, other_id, .references = "house.id"));
PET(PetNoColumn, CF_COLUMN(Pet, other_id, .references = "owner.name"));
PET(PetType, CF_COLUMN(Pet, name, .references = "owner.id"));
PET(PetSecondKey, CF_COLUMN(Pet, other_id, .primary_key = true));
PET(PetKeyLink, CF_COLUMN(Pet, other_id, .primary_key = true),
    CF_MANY_TO_MANY(Pet, owners, Owner, .through = "pets_owners"));

typedef struct Toy {
    CF_ROW;
    int64_t id, pet_id, a, b, c;
} Toy;
extern const cf_model Toy_model;
CF_MODEL(Toy, "toy", CF_COLUMN(Toy, id, .primary_key = true),
         CF_COLUMN(Toy, pet_id, .references = "pet.id"));
typedef Toy           ToyManyKeys;
extern const cf_model ToyManyKeys_model;
CF_MODEL(ToyManyKeys, "keys", CF_COLUMN(Toy, id, .primary_key = true),
         CF_COLUMN(Toy, pet_id, .primary_key = true), CF_COLUMN(Toy, a, .primary_key = true),
         CF_COLUMN(Toy, b, .primary_key = true), CF_COLUMN(Toy, c, .primary_key = true));
PET(PetSetNull,
    CF_COLUMN(Pet, other_id, .references = "owner.id", .required = true, .on_delete = CF_SET_NULL));

Test(model, a_misdeclared_column_is_refused)
{
    refused(&Owner_model, &PetDefault_model, ".default_value does not fit");
    refused(&Owner_model, &PetNow_model, ".default_now is for cf_time");
    refused(&Owner_model, &PetMax_model, "has a .max, which is for text");
    refused(&Owner_model, &PetReference_model, "must be \"table.column\"");
    refused(&Owner_model, &PetUnknown_model, "no model has the table 'house'");
    refused(&Owner_model, &PetNoColumn_model, "has no such column");
    refused(&Owner_model, &PetType_model, "another C type");
    refused(&Owner_model, &ToyManyKeys_model, "a primary key has at most 4 columns");
    refused(&Owner_model, &PetSetNull_model, "on_update cannot be CF_SET_NULL");
}

Test(model, a_misdeclared_relationship_is_refused_naming_both_places)
{
    refused(&Owner_model, &PetNoLink_model, "needs .references = \"owner.id\"");
    refused(&Owner_model, &PetBadColumn_model, "has no such column");
    refused(&Owner_model, &PetTwoKeys_model, "both PetTwoKeys.owner_id and PetTwoKeys.other_id");
    refused(&Owner_model, &PetHalf_model, "(Owner) has no such relationship");
    refused(&Owner_model, &PetTaken_model, "(Owner.id) makes too");
    refused(&Owner_model, &PetTwice_model, "(PetTwice.owner) makes too");
    refused(&Owner_model, &PetDynamic_model, "CF_DYNAMIC is for relationships to many");
    refused(&Owner_model, &PetNoThrough_model, "needs .through");
    refused(&Owner_model, &PetSelfLink_model, "name them by .column and .target_column");
    refused(&PetHalf_model, &PetTwice_model, "listed once");
}

/* Pairs over both models. */
typedef struct Cat {
    CF_ROW;
    int64_t id, house_id;
} Cat;
typedef struct House {
    CF_ROW;
    int64_t id;
} House;

#define PAIR(cat_, house_, cat_options, house_options)                                             \
    typedef Cat           cat_;                                                                    \
    typedef House         house_;                                                                  \
    extern const cf_model cat_##_model, house_##_model;                                            \
    CF_MODEL(cat_, "cat", CF_COLUMN(Cat, id, .primary_key = true),                                 \
             CF_COLUMN(Cat, house_id, .references = "house.id"),                                   \
             CF_BELONGS_TO(Cat, house, house_, .column = "house_id" cat_options));                 \
    CF_MODEL(house_, "house", CF_COLUMN(House, id, .primary_key = true),                           \
             CF_HAS_MANY(House, cats, cat_, .column = "house_id" house_options))
#define AND ,
PAIR(Cat1, House1, , );
PAIR(Cat2, House2, AND.back_populates = "cats", );
PAIR(Cat3, House3, AND.back_populates = "cats", AND.back_populates = "owner");
PAIR(Cat4, House4, AND.back_populates = "cats", AND.back_populates = "house");
PAIR(Cat5, House5, AND.backref = "cats", );

Test(model, half_a_pair_is_refused_naming_both_places)
{
    refused(&Cat1_model, &House1_model, "are two ends of one relationship");
    cr_assert(strstr(err.message, "(Cat1.house)") && strstr(err.message, "(House1.cats)"));
    refused(&Cat2_model, &House2_model, "does not say .back_populates = \"house\"");
    refused(&Cat3_model, &House3_model, "does not say .back_populates = \"house\"");
    refused(&Cat5_model, &House5_model, "makes too");
}

Test(model, one_backref_equals_two_back_populates)
{
    const cf_model *const pair[] = { &Cat4_model, &House4_model, NULL };
    cf_models            *models = cf_models_new(arena, pair, &err), *all;
    cf_relation_info      info;

    cr_assert(models, "%s", err.message);
    cr_assert(cf_models_relation(models, &House4_model, 0, &info));
    cr_assert_str_eq(info.opposite, "house");
    cr_assert_not(info.implied);
    all = cf_models_new(arena, test_models, &err);
    cr_assert(cf_models_relation(all, &User_model, 1, &info));
    cr_assert_str_eq(info.name, "posts");
    cr_assert_str_eq(info.opposite, "user");
    cr_assert_eq(info.kind, CF_MEMBER_HAS_MANY);
    cr_assert_eq(info.lazy, CF_DYNAMIC);
    cr_assert(info.implied);
    cr_assert(cf_models_relation(all, &User_model, 2, &info));
    cr_assert_str_eq(info.name, "profile");
    cr_assert_eq(info.kind, CF_MEMBER_HAS_ONE);
    cr_assert_not(cf_models_relation(all, &User_model, 3, &info));
}

Test(model, a_target_that_is_not_listed_is_refused)
{
    const cf_model *const list[] = { &Cat4_model, NULL };

    cr_assert_null(cf_models_new(arena, list, &err));
    cr_assert(strstr(err.message, "no model has the table 'house'"), "%s", err.message);
}

Test(model, models_are_found_by_name_and_table)
{
    cf_models *models = cf_models_new(arena, test_models, &err);

    cr_assert_eq(cf_models_find(models, CF_STR("Post")), &Post_model);
    cr_assert_eq(cf_models_find_table(models, CF_STR("user")), &User_model);
    cr_assert_null(cf_models_find(models, CF_STR("post")));
    cr_assert_eq(cf_models_at(models, 0), &Note_model);
    cr_assert_null(cf_models_at(models, 8));
    cr_assert(cf_model_column(&Post_model, CF_STR("title")));
    cr_assert_null(cf_model_column(&Post_model, CF_STR("tags")));
    cr_assert(cf_model_member(&Post_model, CF_STR("tags")));
}

Test(model, nothing_references_a_key_of_several_columns)
{
    const cf_model *const list[] = { &Owner_model, &PetSecondKey_model, &Toy_model, NULL };

    refused(&Owner_model, &PetKeyLink_model, "has several columns, which no link table leads to");
    cf_error_clear(&err);
    cr_assert_null(cf_models_new(arena, list, &err));
    cr_assert(strstr(err.message, "whose primary key has 2 columns"), "%s", err.message);
    cr_assert(strstr(err.message, "(Toy.pet_id)"), "%s", err.message);
}
