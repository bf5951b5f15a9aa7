// SPDX-License-Identifier: MIT
/*
 * The arguments of a shader's creation.  Its text is the renderer's to understand,
 * but what stands around it counts and indexes there unchecked.
 */
#include <errno.h>

#include "virgl.h"
#include "virgl_shader.h"

/* what the renderer has arrays for */
#define MAX_SO_OUTPUTS		64
#define MAX_SO_BUFFERS		4
#define MAX_SHADER_OUTPUTS	64
#define MAX_SO_VARYINGS		160

#define MAX_SHADER_TEXT		(64u << 20)	/* bytes; Mesa's have half as many at most */
#define MAX_SHADER_TOKENS	(4u << 20)

static uint32_t skipped(uint32_t from, uint32_t to)
{
	uint32_t components = to > from ? to - from : 0;

	return components / 4 + !!(components % 4);
}

/*
 * The renderer has a fixed array for what GL is told of the outputs: one entry
 * each, one for every four components left out, one where the buffer changes.
 */
static int check_stream_out(struct virgl *virgl, uint32_t nr)
{
	uint32_t word, buffer, last = 0, at = 0, varyings = nr, i;

	for (i = 0; i < nr; i++) {
		word = virgl_arg(virgl, VIRGL_SHADER_SO_FIRST + 2 * i);
		buffer = word >> 13 & 7;
		if ((word & 0xff) >= MAX_SHADER_OUTPUTS)
			return virgl_refuse(virgl, "stream-out of output %u, of %u at most",
					    word & 0xff, MAX_SHADER_OUTPUTS);
		if (buffer >= MAX_SO_BUFFERS)
			return virgl_refuse(virgl, "stream-out to buffer %u, of %u", buffer,
					    MAX_SO_BUFFERS);
		if (buffer != last) {
			varyings += skipped(at, virgl_arg(virgl, VIRGL_SHADER_SO_STRIDES + last));
			varyings += buffer > last ? buffer - last : 0;
			last = buffer;
			at = 0;
		}
		varyings += skipped(at, word >> 16);
		at = (word >> 16) + (word >> 10 & 7);
		if (varyings > MAX_SO_VARYINGS)
			break;
	}
	varyings += skipped(at, virgl_arg(virgl, VIRGL_SHADER_SO_STRIDES + last));
	if (varyings > MAX_SO_VARYINGS)
		return virgl_refuse(virgl, "stream-out of %u varyings, of %u at most", varyings,
				    MAX_SO_VARYINGS);
	return 0;
}

static uint32_t so_outputs(const struct virgl *virgl)
{
	return virgl_arg(virgl, VIRGL_SHADER_TYPE) == VIRGL_SHADER_COMPUTE ?
		       0 : virgl_arg(virgl, VIRGL_SHADER_SO_OUTPUTS);
}

uint32_t virgl_shader_text(const struct virgl *virgl)
{
	uint32_t outputs = so_outputs(virgl);

	return virgl->nr_args - (outputs ? VIRGL_SHADER_SO_FIRST + 2 * outputs :
					    VIRGL_SHADER_SO_STRIDES);
}

int virgl_shader_check(struct virgl *virgl)
{
	uint32_t size = virgl_arg(virgl, VIRGL_SHADER_SIZE), outputs;

	if (!(size & VIRGL_SHADER_CONTINUED) && size > MAX_SHADER_TEXT)
		return virgl_refuse(virgl, "a shader of %u bytes, of %u at most", size,
				    MAX_SHADER_TEXT);
	if (virgl_arg(virgl, VIRGL_SHADER_TOKENS) > MAX_SHADER_TOKENS)
		return virgl_refuse(virgl, "a shader of %u tokens, of %u at most",
				    virgl_arg(virgl, VIRGL_SHADER_TOKENS), MAX_SHADER_TOKENS);
	outputs = so_outputs(virgl);
	if (!outputs)
		return 0;
	if (outputs > MAX_SO_OUTPUTS)
		return virgl_refuse(virgl, "a shader of %u stream-outs, of %u at most", outputs,
				    MAX_SO_OUTPUTS);
	if (virgl->nr_args < VIRGL_SHADER_SO_FIRST + 2 * outputs)
		return virgl_refuse(virgl, "a shader of %u words with %u stream-outs, which take %u",
				    virgl->nr_args, outputs, VIRGL_SHADER_SO_FIRST + 2 * outputs);
	return check_stream_out(virgl, outputs);
}
