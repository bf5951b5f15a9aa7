/* SPDX-License-Identifier: MIT */
#ifndef WORKER_ID_TABLE_H
#define WORKER_ID_TABLE_H

#include <stdint.h>

#define ID_TABLE_RECENT	256	/* a power of two */

struct id_entry {
	struct id_entry *next;
	uint32_t id;
	void *value;
};

/* From a guest's or a client's ids to our objects.  All zero is an empty table. */
struct id_table {
	struct id_entry **buckets;
	uint32_t nr_buckets;	/* a power of two, or 0 */
	uint32_t count;
	uint64_t key[2];	/* of the hash; drawn with the first entry */
	struct id_entry **recent;	/* ID_TABLE_RECENT of them, or none */
};

void *id_table_find(const struct id_table *table, uint32_t id);

/* 0, -EEXIST or -ENOMEM, for want of random numbers as well; value is not NULL */
int id_table_add(struct id_table *table, uint32_t id, void *value);

/* what was there, or NULL */
void *id_table_remove(struct id_table *table, uint32_t id);

/* calls each() for every value; each() may not change the table */
void id_table_each(const struct id_table *table, void (*each)(void *value, void *arg), void *arg);

void id_table_clear(struct id_table *table);

#endif /* WORKER_ID_TABLE_H */
