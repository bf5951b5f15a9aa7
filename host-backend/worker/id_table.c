// SPDX-License-Identifier: MIT
/*
 * A chained hash table.  A guest or a client chooses the ids, and what it slows
 * down may serve others as well: so the hash is SipHash-1-3 with a key of the
 * table's own.  A multiplier, however random, leaves ids in an even distance of
 * each other together too often.
 *
 * That hash is dear beside a command's own cost.  Commands name the same few objects
 * over and over, with ids that follow one another: the entry found last of each id
 * modulo a small number is looked at first.  Ids chosen to miss it cost the hash.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "id_table.h"

#define ID_TABLE_MIN	64

static uint64_t rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* the id is four bytes, and so the only block */
static uint64_t id_hash(const struct id_table *table, uint32_t id)
{
	const uint64_t block = 4ull << 56 | id;
	uint64_t v[4] = {
		table->key[0] ^ 0x736f6d6570736575,
		table->key[1] ^ 0x646f72616e646f6d,
		table->key[0] ^ 0x6c7967656e657261,
		table->key[1] ^ 0x7465646279746573,
	};

	v[3] ^= block;
	sip_round(v);
	v[0] ^= block;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct id_entry **id_bucket(const struct id_table *table, uint32_t id)
{
	return &table->buckets[id_hash(table, id) & (table->nr_buckets - 1)];
}

static struct id_entry **id_recent(const struct id_table *table, uint32_t id)
{
	return &table->recent[id & (ID_TABLE_RECENT - 1)];
}

void *id_table_find(const struct id_table *table, uint32_t id)
{
	struct id_entry *entry;

	if (!table->nr_buckets)
		return NULL;
	entry = *id_recent(table, id);
	if (entry && entry->id == id)
		return entry->value;
	for (entry = *id_bucket(table, id); entry; entry = entry->next) {
		if (entry->id != id)
			continue;
		*id_recent(table, id) = entry;
		return entry->value;
	}
	return NULL;
}

static int id_table_grow(struct id_table *table)
{
	struct id_table to = *table;
	struct id_entry *entry, *next, **bucket;
	uint32_t i;

	if (!table->nr_buckets && getrandom(to.key, sizeof(to.key), 0) != sizeof(to.key))
		return -ENOMEM;
	to.nr_buckets = table->nr_buckets ? table->nr_buckets * 2 : ID_TABLE_MIN;
	to.buckets = calloc(to.nr_buckets, sizeof(*to.buckets));
	if (!table->recent)
		to.recent = calloc(ID_TABLE_RECENT, sizeof(*to.recent));
	if (!to.buckets || !to.recent) {
		free(to.buckets);
		if (!table->recent)
			free(to.recent);
		return -ENOMEM;
	}
	for (i = 0; i < table->nr_buckets; i++) {
		for (entry = table->buckets[i]; entry; entry = next) {
			next = entry->next;
			bucket = id_bucket(&to, entry->id);
			entry->next = *bucket;
			*bucket = entry;
		}
	}
	free(table->buckets);
	*table = to;
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
	bucket = id_bucket(table, id);
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
	for (p = id_bucket(table, id); *p; p = &(*p)->next) {
		entry = *p;
		if (entry->id != id)
			continue;
		*p = entry->next;
		if (*id_recent(table, id) == entry)
			*id_recent(table, id) = NULL;
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
	free(table->recent);
	*table = (struct id_table){ 0 };
}
