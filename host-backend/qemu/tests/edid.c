// SPDX-License-Identifier: MIT
/*
 * A mode is detailed in the base block, or, where its numbers do not fit in
 * there, in the first block of a DisplayID extension.
 */
#include "edid.h"
#include "expect.h"

#define EDID_BLOCK	    128
#define EDID_EXTENSIONS	    126 /* their number */
#define EDID_DETAILED	    54
#define EDID_DISPLAYID	    0x70
#define DISPLAYID_BLOCK	    5
#define DISPLAYID_DETAILED  3 /* a block's tag */
#define DISPLAYID_PREFERRED 0x80

static void edid_displayid_mode(const uint8_t *block, unsigned int *width, unsigned int *height)
{
	const uint8_t *mode = block + DISPLAYID_BLOCK + 3;

	expect(block[DISPLAYID_BLOCK] == DISPLAYID_DETAILED && (mode[3] & DISPLAYID_PREFERRED),
	       "the DisplayID's first block is no preferred mode");
	*width = 1u + (unsigned int)(mode[4] | mode[5] << 8);
	*height = 1u + (unsigned int)(mode[12] | mode[13] << 8);
}

void edid_first_mode(const struct vgpu_pv_edid_reply *reply, unsigned int *width,
		     unsigned int *height)
{
	const uint8_t *edid = reply->edid, *mode = edid + EDID_DETAILED;
	unsigned int block, i;
	uint8_t sum;

	assert_int_equal(reply->padding, 0);
	assert_in_range(reply->size, EDID_BLOCK, VGPU_PV_MAX_EDID_SIZE);
	assert_int_equal(reply->size % EDID_BLOCK, 0);
	assert_int_equal(reply->size / EDID_BLOCK, 1 + edid[EDID_EXTENSIONS]);
	assert_memory_equal(edid, "\0\xff\xff\xff\xff\xff\xff", 8);
	for (block = 0; block < reply->size; block += EDID_BLOCK) {
		for (sum = 0, i = 0; i < EDID_BLOCK; i++)
			sum += edid[block + i];
		assert_int_equal(sum, 0);
	}
	if (mode[0] || mode[1]) {
		*width = (unsigned int)(mode[2] | (mode[4] & 0xf0) << 4);
		*height = (unsigned int)(mode[5] | (mode[7] & 0xf0) << 4);
		return;
	}
	for (block = EDID_BLOCK; block < reply->size; block += EDID_BLOCK) {
		if (edid[block] == EDID_DISPLAYID) {
			edid_displayid_mode(edid + block, width, height);
			return;
		}
	}
	fail_msg("the EDID has no detailed mode");
}
