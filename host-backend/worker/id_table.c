// SPDX-License-Identifier: MIT
/*
 * A chained hash table.  The guest chooses the ids, so the hash mixes them with
 * a multiplier; a guest that searches for collisions slows down its own worker
 * and nobody else's.
 */
#include <errno.h>
#include <stdlib.h>

#include "id_table.h"

#define ID_TABLE_MIN	64

static uint32_t id_hash(uint32_t id, uint32_t nr_buckets)
{
	return (id * 0x9e3779b1u >> 7) & (nr_buckets - 1);
}

void *id_table_find(const struct id_table *table, uint32_t id)
{
	struct id_entry *entry;

	if (!table->nr_buckets)
		return NULL;
	for (entry = table->buckets[id_hash(id, table->nr_buckets)]; entry; entry = entry->next) {
		if (entry->id == id)
			return entry->value;
	}
	return NULL;
}

static int id_table_grow(struct id_table *table)
{
	uint32_t nr = table->nr_buckets ? table->nr_buckets * 2 : ID_TABLE_MIN, i, to;
	struct id_entry **buckets, *entry, *next;

	buckets = calloc(nr, sizeof(struct id_entry *));
	if (!buckets)
		return -ENOMEM;
	for (i = 0; i < table->nr_buckets; i++) {
		for (entry = table->buckets[i]; entry; entry = next) {
			next = entry->next;
			to = id_hash(entry->id, nr);
			entry->next = buckets[to];
			buckets[to] = entry;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->nr_buckets = nr;
	return 0;
}

int id_table_add(struct id_table *table, uint32_t id, void *value)
{
	struct id_entry *entry, **bucket;

	if (id_table_find(table, id))
		return -EEXIST;
	if (table->count >= table->nr_buckets && id_table_grow(table) < 0)
		return -ENOMEM;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	bucket = &table->buckets[id_hash(id, table->nr_buckets)];
	entry->id = id;
	entry->value = value;
	entry->next = *bucket;
	*bucket = entry;
	table->count++;
	return 0;
}

void *id_table_remove(struct id_table *table, uint32_t id)
{
	struct id_entry **p, *entry;
	void *value;

	if (!table->nr_buckets)
		return NULL;
	for (p = &table->buckets[id_hash(id, table->nr_buckets)]; *p; p = &(*p)->next) {
		entry = *p;
		if (entry->id != id)
			continue;
		*p = entry->next;
		value = entry->value;
		free(entry);
		table->count--;
		return value;
	}
	return NULL;
}

void id_table_each(const struct id_table *table, void (*each)(void *value, void *arg), void *arg)
{
	struct id_entry *entry;
	uint32_t i;

	for (i = 0; i < table->nr_buckets; i++) {
		for (entry = table->buckets[i]; entry; entry = entry->next)
			each(entry->value, arg);
	}
}

void id_table_clear(struct id_table *table)
{
	struct id_entry *entry, *next;
	uint32_t i;

	for (i = 0; i < table->nr_buckets; i++) {
		for (entry = table->buckets[i]; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	free(table->buckets);
	*table = (struct id_table){ 0 };
}
