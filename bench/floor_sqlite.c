/* floor_sqlite.c -- SQLite without us: the ruler that bench/db.c measures against. */
#include "floor_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

static sqlite3      *db;
static sqlite3_stmt *by_key, *list, *insert, *children, *begin, *commit;

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
        fprintf(stderr, "floor: %s: %s\n", sql, sqlite3_errmsg(db));
        exit(1);
    }
    return stmt;
}

static void run(sqlite3_stmt *stmt)
{
    sqlite3_step(stmt);
    sqlite3_reset(stmt);
}

void floor_open(const char *path)
{
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        fprintf(stderr, "floor: cannot open %s\n", path);
        exit(1);
    }
    sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
#define COLUMNS "SELECT id, title, body, created, live, score, parent_id FROM item"
    by_key = prepare(COLUMNS " WHERE id = ?");
    list = prepare(COLUMNS " ORDER BY id LIMIT ?");
    children = prepare(COLUMNS " WHERE parent_id = ?");
    insert = prepare("INSERT INTO item (title, body, created, live, score, parent_id)"
                     " VALUES (?, ?, ?, ?, ?, ?)");
    begin = prepare("BEGIN");
    commit = prepare("COMMIT");
}

void floor_close(void)
{
    sqlite3_stmt *all[] = { by_key, list, children, insert, begin, commit };

    for (int i = 0; i < 6; i++)
        sqlite3_finalize(all[i]);
    sqlite3_close(db);
}

static int64_t read_row(sqlite3_stmt *stmt)
{
    return sqlite3_column_int64(stmt, 0) + sqlite3_column_text(stmt, 1)[0] +
           sqlite3_column_bytes(stmt, 1) + sqlite3_column_text(stmt, 2)[0] +
           sqlite3_column_bytes(stmt, 2) + sqlite3_column_text(stmt, 3)[0] +
           sqlite3_column_int64(stmt, 4) + (int64_t)sqlite3_column_double(stmt, 5) +
           sqlite3_column_int64(stmt, 6);
}

static int64_t read_all(sqlite3_stmt *stmt, int64_t param)
{
    int64_t sum = 0;

    sqlite3_bind_int64(stmt, 1, param);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        sum += read_row(stmt);
    sqlite3_reset(stmt);
    return sum;
}

int64_t floor_read_keys(int64_t first, int count, int transaction)
{
    int64_t sum = 0;

    if (transaction)
        run(begin);
    for (int i = 0; i < count; i++)
        sum += read_all(by_key, first + i);
    if (transaction)
        run(commit);
    return sum;
}

int64_t floor_read_list(int count, int transaction)
{
    int64_t sum;

    if (transaction)
        run(begin);
    sum = read_all(list, count);
    if (transaction)
        run(commit);
    return sum;
}

void floor_insert(int count)
{
    run(begin);
    for (int i = 0; i < count; i++) {
        sqlite3_bind_text(insert, 1, "A title of thirty characters..", 30, SQLITE_STATIC);
        sqlite3_bind_text(insert, 2, "body", 4, SQLITE_STATIC);
        sqlite3_bind_text(insert, 3, "2026-11-23 16:25:33.123456", 26, SQLITE_STATIC);
        sqlite3_bind_int(insert, 4, 1);
        sqlite3_bind_double(insert, 5, 1.5);
        sqlite3_bind_null(insert, 6);
        run(insert);
    }
    run(commit);
}

int64_t floor_read_children(int count)
{
    int64_t sum = 0;

    run(begin);
    for (int i = 0; i < count; i++)
        sum += read_all(children, 1 + i);
    run(commit);
    return sum;
}
