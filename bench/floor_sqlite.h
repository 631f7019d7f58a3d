/* floor_sqlite.h -- SQLite without us: the ruler that bench/db.c measures against. */
#ifndef CARAFE_BENCH_FLOOR_SQLITE_H
#define CARAFE_BENCH_FLOOR_SQLITE_H

#include <stdint.h>

/* Opens the file and prepares the statements. Exits with a message when that fails. */
void floor_open(const char *path);
void floor_close(void);

/* Reads `count` rows by key, each column once: in a read transaction of its own, or each statement
 * by itself. Returns the bytes and numbers summed, so that nothing is optimised away. */
int64_t floor_read_keys(int64_t first, int count, int transaction);

/* Reads the first `count` rows in one statement. */
int64_t floor_read_list(int count, int transaction);

/* Inserts rows in one transaction. */
void floor_insert(int count);

/* Reads the children of each of `count` parents, one statement a parent. */
int64_t floor_read_children(int count);

#endif
