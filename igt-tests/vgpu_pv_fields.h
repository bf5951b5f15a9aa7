/* SPDX-License-Identifier: MIT */
/*
 * The tables of vgpu_pv_fields: a form is a call with arguments that are right, its
 * rows bend one field each.  A part is a file full of forms, named after their calls.
 */
#ifndef VGPU_PV_FIELDS_H
#define VGPU_PV_FIELDS_H

#include "vgpu_pv_lib.h"

#define FIELDS_PAGE	  4096
#define FIELDS_ARGS	  256 /* bytes; no call has more */
#define FIELDS_NO_EFFECT  1000 /* accepted, then refused by the device: no byte moves */

/* Memory at fixed places, so that the tables can name it; a hole after each page. */
#define PLACES		0x70000000ull
#define PLACE(n)	(PLACES + 2 * (n) * FIELDS_PAGE)
#define END(n, type)	(PLACE(n) + FIELDS_PAGE - sizeof(type))
#define AT_COMMANDS	PLACE(0) /* zeroes: NOPs */
#define AT_BO		END(1, uint32_t)
#define AT_IN		END(2, struct drm_virtgpu_execbuffer_syncobj)
#define AT_OUT		END(3, struct drm_virtgpu_execbuffer_syncobj)
#define AT_READ_ONLY	PLACE(4)
#define AT_RESULT	PLACE(5)
#define AT_PARAM	END(6, struct drm_virtgpu_context_set_param)
#define AT_NAME		PLACE(7)
#define AT_UNENDED	(PLACE(7) + FIELDS_PAGE - 4) /* text up to the hole */
#define AT_SECRET	PLACE(8) /* mapped, but neither to be read nor written */
#define PLACE_COUNT	9
#define AT_NOWHERE	8ull
#define AT_HOLE		(PLACES + FIELDS_PAGE)
#define AT_KERNEL	0xffffffff81000000ull
#define AT_GAP		(1ull << 63) /* neither user space's nor the kernel's */
#define ALL32		UINT32_MAX
#define ALL64		UINT64_MAX

/*
 * Values of 32 bits that are known at run time only.  Handles that are stale or
 * foreign are so on both files, fields.fd and fields.card.
 */
enum {
	FIELDS_STALE = 1,
	FIELDS_FOREIGN,
	FIELDS_STALE_SYNCOBJ,
	FIELDS_FOREIGN_SYNCOBJ,
	FIELDS_BLOB,
	FIELDS_STALE_NAME,
	FIELDS_FOREIGN_FB,
	FIELDS_FILE_FD,
	FIELDS_SYNC_FD,
	FIELDS_DMABUF_FD,
	FIELDS_TOKENS,
};

#define TOKEN(name)	((uint64_t)(name) << 40)
#define STALE		TOKEN(FIELDS_STALE)
#define FOREIGN		TOKEN(FIELDS_FOREIGN)
#define STALE_SYNCOBJ	TOKEN(FIELDS_STALE_SYNCOBJ)
#define FOREIGN_SYNCOBJ TOKEN(FIELDS_FOREIGN_SYNCOBJ)
#define BLOB_BO		TOKEN(FIELDS_BLOB)
#define STALE_NAME	TOKEN(FIELDS_STALE_NAME)
#define FOREIGN_FB	TOKEN(FIELDS_FOREIGN_FB)
#define FILE_FD		TOKEN(FIELDS_FILE_FD) /* the device's own file */
#define SYNC_FD		TOKEN(FIELDS_SYNC_FD)
#define DMABUF_FD	TOKEN(FIELDS_DMABUF_FD)

/* The object that the call made for this row alone. */
#define OWN 0xfffffff0u

struct row {
	const char *field;
	size_t offset, size;
	uint64_t value;
	int err; /* 0: the value is as good as another */
};

#define FIELD_SIZE(type, member) sizeof(((struct type *)0)->member)
#define ROW(type, member, wrong, errno_value) \
	{ #member, offsetof(struct type, member), FIELD_SIZE(type, member), wrong, errno_value }

/* The four wrong handles, where the call looks one up. */
#define HANDLE_ROWS(type, member, errno_value) \
	ROW(type, member, 0, errno_value), \
	ROW(type, member, STALE, errno_value), \
	ROW(type, member, FOREIGN, errno_value), \
	ROW(type, member, ALL32, errno_value)

/*
 * fill makes arguments that are right, of zeroes.  call makes the call, undoes what it
 * did and returns 0 or the negative errno.  Both run in threads: nothing in them may
 * leave the subtest.
 */
struct form {
	const char *name;
	unsigned long request;
	size_t size;
	void (*fill)(void *data);
	int (*call)(unsigned long request, void *data);
	const struct row *rows;
	size_t count;
	bool inner;  /* the structure is one that the call's own points at */
	bool more;   /* only what another form couldn't say of the same structure */
	bool card;   /* no render node takes the call */
	bool master; /* one at a time, and only the display's master */
};

#define FORM_ROWS(table) .rows = (table), .count = ARRAY_SIZE(table)

struct part {
	const struct form *forms;
	size_t count;
};

extern const struct part fields_submit, fields_resource, fields_transfer, fields_context,
	fields_gem, fields_fb, fields_kms, fields_vblank;

struct fields {
	int fd, card, stranger, other_card;
	bool master;
	uint32_t crtc; /* is on, where that is so */
	uint32_t in_syncobj, out_syncobj;
	uint32_t dumb; /* on the card */
	uint32_t name; /* of a texture of the card's */
	struct vgpu_pv_bo bo;
	uint32_t tokens[FIELDS_TOKENS];
};

extern struct fields fields;

/* What a field of 32 bits has for this value. */
uint32_t fields_value(uint64_t value);

/* The number of rows, and of right arguments, that were answered otherwise. */
int fields_run(const struct form *form);

/* Calls that need nothing around them. */
int fields_call(unsigned long request, void *data);
int fields_call_card(unsigned long request, void *data);

/* The node again, as another file, or -1. */
int fields_again(int file);

/* A call on it, which then is closed with all that it made. */
int fields_call_again(int of, unsigned long request, void *data);
void fields_close(int file, uint32_t handle);

/* Subtests that need more than a table. */
void fields_check_syncobjs(void);
void fields_check_lost(void);
void fields_check_twice(void);
void fields_check_lost_in_use(void);
void fields_check_closed_in_use(void);

void fields_set_up(void);
void fields_tear_down(void);

/* Shows a picture on the first output that is connected. */
void fields_set_mode(void);

/* A process that draws and looks at what it drew, all the time. */
void fields_start_neighbour(void);
void fields_check_neighbour(void);
void fields_stop_neighbour(void);

#endif /* VGPU_PV_FIELDS_H */
