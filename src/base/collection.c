/* collection.c -- lists and insertion-ordered maps of values.
 *
 * A map is an array of entries in insertion order. Up to SMALL entries it is searched in line;
 * beyond, an open-addressing table of entry numbers, twice as large as the array, finds them. */
#include <carafe/value.h>

#include <string.h>

#include "base/bytes.h"

#define SMALL 8

cf_list *cf_list_new(cf_arena *arena)
{
    cf_list *list = cf_new(arena, cf_list);

    list->arena = arena;
    return list;
}

cf_list *cf_tuple_new(cf_arena *arena)
{
    cf_list *list = cf_list_new(arena);

    list->tuple = true;
    return list;
}

void cf_list_add(cf_list *list, cf_value value)
{
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4;
        list->items = cf_grow(list->arena, list->items, list->cap * sizeof *list->items,
                              cap * sizeof *list->items);
        list->cap = cap;
    }
    list->items[list->len++] = value;
}

cf_map *cf_map_new(cf_arena *arena)
{
    cf_map *map = cf_new(arena, cf_map);

    map->arena = arena;
    return map;
}

static void index_put(cf_map *map, size_t entry)
{
    size_t mask = map->index_cap - 1;
    size_t slot = (size_t)(map->entries[entry].hash * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;

    while (map->index[slot])
        slot = (slot + 1) & mask;
    map->index[slot] = (uint32_t)entry + 1;
}

static void rebuild_index(cf_map *map)
{
    size_t cap = 32;

    if (map->cap <= SMALL) {
        map->index = NULL;
        map->index_cap = 0;
        return;
    }
    while (cap < map->cap * 2)
        cap *= 2;
    if (cap != map->index_cap)
        map->index = cf_new_array(map->arena, uint32_t, cap);
    else
        memset(map->index, 0, cap * sizeof *map->index);
    map->index_cap = cap;
    for (size_t i = 0; i < map->len; i++)
        index_put(map, i);
}

/* cf_equal(), quick for what keys nearly always are. */
static inline bool key_is(cf_value have, cf_value key)
{
    if (have.type == CF_TYPE_STRING && key.type == CF_TYPE_STRING)
        return have.len == key.len && have.bytes == key.bytes &&
               cf__bytes_equal(have.as.text, key.as.text, key.len);
    return cf_equal(have, key);
}

static cf_entry *find_hashed(const cf_map *map, cf_value key, uint64_t hash)
{
    size_t mask = map->index_cap - 1;
    size_t slot = (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;

    for (; map->index[slot]; slot = (slot + 1) & mask) {
        cf_entry *entry = &map->entries[map->index[slot] - 1];
        if (entry->hash == hash && key_is(entry->key, key))
            return entry;
    }
    return NULL;
}

static cf_entry *find_entry(const cf_map *map, cf_value key)
{
    if (map->index)
        return find_hashed(map, key, cf_hash(key));
    for (size_t i = 0; i < map->len; i++)
        if (key_is(map->entries[i].key, key))
            return &map->entries[i];
    return NULL;
}

cf_value *cf_map_find(const cf_map *map, cf_value key)
{
    cf_entry *entry = find_entry(map, key);

    return entry ? &entry->value : NULL;
}

static void grow_map(cf_map *map)
{
    size_t cap = map->cap ? map->cap * 2 : 4;

    map->entries = cf_grow(map->arena, map->entries, map->cap * sizeof *map->entries,
                           cap * sizeof *map->entries);
    map->cap = cap;
    if (cap > SMALL) {
        /* Small maps do not hash their keys; one that outgrows that hashes them all once. */
        if (!map->index)
            for (size_t i = 0; i < map->len; i++)
                map->entries[i].hash = cf_hash(map->entries[i].key);
        rebuild_index(map);
    }
}

void cf_map_put(cf_map *map, cf_value key, cf_value value)
{
    cf_entry *entry = find_entry(map, key);

    if (entry) {
        entry->value = value;
        return;
    }
    if (map->len == map->cap)
        grow_map(map);
    map->entries[map->len] = (cf_entry){ key, value, map->index ? cf_hash(key) : 0 };
    map->len++;
    if (map->index)
        index_put(map, map->len - 1);
}

void cf_map_set(cf_map *map, const char *key, cf_value value)
{
    cf_map_put(map, cf_string(key), value);
}

cf_value cf_map_get_str(const cf_map *map, cf_str key)
{
    cf_value *found = map ? cf_map_find(map, cf_string_of(key)) : NULL;

    return found ? *found : cf_undefined(NULL);
}

cf_value cf_map_get(const cf_map *map, const char *key)
{
    cf_value v = cf_map_get_str(map, cf_str_of(key));

    if (v.type == CF_TYPE_UNDEFINED && !v.as.name)
        v.as.name = key;
    return v;
}

bool cf_map_remove(cf_map *map, cf_value key)
{
    cf_entry *entry = find_entry(map, key);
    size_t    at;

    if (!entry)
        return false;
    at = (size_t)(entry - map->entries);
    memmove(entry, entry + 1, (map->len - at - 1) * sizeof *entry);
    map->len--;
    if (map->index)
        rebuild_index(map);
    return true;
}

cf_map *cf_map_copy(cf_arena *arena, const cf_map *map)
{
    cf_map *copy = cf_map_new(arena);

    for (size_t i = 0; i < map->len; i++)
        cf_map_put(copy, map->entries[i].key, map->entries[i].value);
    return copy;
}
