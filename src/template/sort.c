/* sort.c -- a stable sort of values by keys that compares in the order of Python's list.sort().
 *
 * Runs that lie in order are found, short ones made longer by insertion, and neighbours merged.
 * What cannot be compared is so met at the same pair, up to 64 items; beyond, Python merges in
 * another order. */
#include "template/filters.h"

typedef struct sorting {
    vm       *m;
    cf_value *values, *keys;
    cf_value *spare; /* Room for the left one of two runs: values, then keys. */
    size_t   *starts, nstarts;
} sorting;

static bool less(const sorting *s, cf_value a, cf_value b, bool *out)
{
    return cf__compare(s->m, OP_LT, a, b, out);
}

static void turn_part(cf_value *items, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        cf_value swap = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = swap;
    }
}

static void turn(sorting *s, size_t from, size_t count)
{
    turn_part(s->values + from, count);
    turn_part(s->keys + from, count);
}

/* How many items from `from` on are in order; those that fall are turned round. */
static bool find_run(sorting *s, size_t from, size_t count, size_t *out)
{
    const cf_value *keys = s->keys;
    bool            falling = false, smaller;
    size_t          i = from + 1;

    for (; i < count; i++) {
        if (!less(s, keys[i], keys[i - 1], &smaller))
            return false;
        if (i == from + 1)
            falling = smaller;
        else if (smaller != falling)
            break;
    }
    if (falling)
        turn(s, from, i - from);
    *out = i - from;
    return true;
}

static void move_down(cf_value *items, size_t from, size_t to)
{
    cf_value moved = items[from];

    memmove(items + to + 1, items + to, (from - to) * sizeof *items);
    items[to] = moved;
}

/* Puts the items from `at` to `end` into the run that begins at `from`, one after the other. */
static bool insert(sorting *s, size_t from, size_t at, size_t end)
{
    for (; at < end; at++) {
        size_t low = from, high = at;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            bool   smaller;
            if (!less(s, s->keys[at], s->keys[mid], &smaller))
                return false;
            if (smaller)
                high = mid;
            else
                low = mid + 1;
        }
        move_down(s->values, at, low);
        move_down(s->keys, at, low);
    }
    return true;
}

static size_t shortest_run(size_t count)
{
    size_t odd = 0;

    for (; count >= 64; count >>= 1)
        odd |= count & 1;
    return count + odd;
}

static bool make_runs(sorting *s, size_t count)
{
    size_t shortest = shortest_run(count), len;

    for (size_t at = 0; at < count; at += len) {
        if (!cf__step(s->m) || !find_run(s, at, count, &len))
            return false;
        if (len < shortest) {
            size_t end = count - at < shortest ? count : at + shortest;
            if (!insert(s, at, at + len, end))
                return false;
            len = end - at;
        }
        s->starts[s->nstarts++] = at;
    }
    s->starts[s->nstarts] = count;
    return true;
}

/* Merges two neighbours; of equal items those of the left come first. */
static bool merge(sorting *s, size_t from, size_t mid, size_t end)
{
    size_t    left = mid - from, i = 0, k = mid, to = from;
    cf_value *values = s->spare, *keys = s->spare + left;
    bool      ok = true;

    if (!cf__step(s->m))
        return false;
    memcpy(values, s->values + from, left * sizeof *values);
    memcpy(keys, s->keys + from, left * sizeof *keys);
    for (; ok && i < left && k < end; to++) {
        bool right = false;
        ok = less(s, s->keys[k], keys[i], &right);
        s->values[to] = right ? s->values[k] : values[i];
        s->keys[to] = right ? s->keys[k] : keys[i];
        *(right ? &k : &i) += 1;
    }
    memcpy(s->values + to, values + i, (left - i) * sizeof *values);
    memcpy(s->keys + to, keys + i, (left - i) * sizeof *keys);
    return ok;
}

static bool merge_runs(sorting *s)
{
    while (s->nstarts > 1) {
        size_t left = 0;
        for (size_t i = 0; i < s->nstarts; i += 2) {
            if (i + 1 < s->nstarts && !merge(s, s->starts[i], s->starts[i + 1], s->starts[i + 2]))
                return false;
            s->starts[left++] = s->starts[i];
        }
        s->starts[left] = s->starts[s->nstarts];
        s->nstarts = left;
    }
    return true;
}

bool cf__sort(vm *m, cf_value *values, cf_value *keys, size_t count, bool reverse)
{
    sorting s = { .m = m, .values = values, .keys = keys };
    bool    ok;

    if (count < 2)
        return true;
    s.spare = cf_new_array(m->eval.arena, cf_value, count * 2);
    s.starts = cf_new_array(m->eval.arena, size_t, count / 2 + 2);
    /* Turned before and after, equal items keep their order in a falling sort too. */
    if (reverse)
        turn(&s, 0, count);
    ok = make_runs(&s, count) && merge_runs(&s);
    if (reverse)
        turn(&s, 0, count);
    return ok;
}
