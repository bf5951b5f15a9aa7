// SPDX-License-Identifier: MIT
/*
 * Scenes of what happens behind the fragment shader: targets, tests, blending,
 * resolving, copying and reading.
 */
#include "scene.h"

static const char color_fragment[] = "uniform vec4 color;\n"
				     "in vec2 uv;\n"
				     "out vec4 pixel;\n"
				     "void main() { pixel = color; }\n";
static const char texture_fragment[] = "uniform sampler2D image;\n"
				       "in vec2 uv;\n"
				       "out vec4 pixel;\n"
				       "void main() { pixel = vec4(texture(image, uv).rgb, 1.0); }\n";

static GLuint target_framebuffer(GLuint *textures, int count, GLenum format, int size)
{
	GLuint framebuffer;
	int i;

	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	for (i = 0; i < count; i++) {
		textures[i] = scene_texture(GL_TEXTURE_2D);
		glTexStorage2D(GL_TEXTURE_2D, 1, format, size, size);
		glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0 + i, GL_TEXTURE_2D,
				       textures[i], 0);
	}
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		scene_fail("no complete framebuffer of format %#x", format);
	return framebuffer;
}

void scene_targets(void)
{
	static const GLenum buffers[] = {
		GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1, GL_COLOR_ATTACHMENT2, GL_COLOR_ATTACHMENT3,
	};
	static const GLenum some[] = { GL_NONE, GL_COLOR_ATTACHMENT1, GL_NONE, GL_COLOR_ATTACHMENT3 };
	GLuint textures[4];
	int i;

	target_framebuffer(textures, 4, GL_RGBA8, 64);
	glDrawBuffers(4, buffers);
	glViewport(0, 0, 64, 64);
	for (i = 0; i < 4; i++)
		glClearBufferfv(GL_COLOR, i, (const float[]){ 0.25f * i, 0, 1, 1 });
	scene_fill_program("in vec2 uv;\n"
			   "layout(location = 0) out vec4 a;\n"
			   "layout(location = 1) out vec4 b;\n"
			   "layout(location = 2) out vec4 c;\n"
			   "layout(location = 3) out vec4 d;\n"
			   "void main() {\n"
			   "	ivec2 p = ivec2(gl_FragCoord.xy);\n"
			   "	a = vec4(p.x & 1, p.y & 1, 0, 1);\n"
			   "	b = vec4(vec2(p & 31) / 32.0, 0, 1);\n"
			   "	c = vec4((p.x ^ p.y) >> 3 & 1, 0.5, 0, 1);\n"
			   "	d = vec4(p.x > p.y, p.x + p.y > 64, 1, 1);\n"
			   "}\n");
	scene_fill();
	glDrawBuffers(4, some);
	glViewport(16, 16, 16, 16);
	scene_fill();
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	scene_fill_program(texture_fragment);
	for (i = 0; i < 4; i++) {
		glBindTexture(GL_TEXTURE_2D, textures[i]);
		scene_cell(i * 5);
		scene_fill();
	}
}

void scene_depth(void)
{
	static const GLenum functions[] = {
		GL_NEVER, GL_LESS, GL_EQUAL, GL_LEQUAL, GL_GREATER, GL_NOTEQUAL, GL_GEQUAL, GL_ALWAYS,
	};
	GLuint program = scene_program("uniform float depth;\n"
				       "void main() {\n"
				       "	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
				       "	float z = depth < 0.0 ? corner.x * 2.0 - 1.0 : depth;\n"
				       "	gl_Position = vec4(corner * 2.0 - 1.0, z, 1.0);\n"
				       "}\n",
				       "uniform vec4 color;\n"
				       "out vec4 pixel;\n"
				       "void main() { pixel = color; }\n");
	size_t i;

	glEnable(GL_DEPTH_TEST);
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		scene_cell(i);
		glDepthFunc(GL_ALWAYS);
		glUniform1f(scene_uniform(program, "depth"), 0);
		glUniform4f(scene_uniform(program, "color"), 0, 0, 1, 1);
		scene_fill();
		/* A slope from front to back; equal on no pixel's centre. */
		glDepthFunc(functions[i]);
		glUniform1f(scene_uniform(program, "depth"), -1);
		glUniform4f(scene_uniform(program, "color"), 1, 1, 0, 1);
		scene_fill();
		glUniform1f(scene_uniform(program, "depth"), 0.5);
		glUniform4f(scene_uniform(program, "color"), 1, 0, 0, 1);
		glDepthMask(GL_FALSE);
		glViewport(i % 4 * 64 + 16, i / 4 * 64 + 16, 32, 32);
		scene_fill();
		glDepthMask(GL_TRUE);
	}
	glDepthFunc(GL_LESS);
	glDepthRangef(0.5, 1);
	scene_cell(12);
	glUniform4f(scene_uniform(program, "color"), 0, 1, 1, 1);
	scene_fill();
	glEnable(GL_POLYGON_OFFSET_FILL);
	glPolygonOffset(0, -65536);
	glUniform4f(scene_uniform(program, "color"), 1, 0, 1, 1);
	glViewport(16, 3 * 64 + 16, 32, 32);
	scene_fill();
}

void scene_stencil(void)
{
	static const GLenum operations[] = {
		GL_KEEP, GL_ZERO, GL_REPLACE, GL_INCR, GL_DECR, GL_INVERT, GL_INCR_WRAP, GL_DECR_WRAP,
	};
	GLuint program = scene_fill_program(color_fragment);
	GLint color = scene_uniform(program, "color");
	size_t i, k;

	glClearStencil(254);
	glClear(GL_STENCIL_BUFFER_BIT);
	glEnable(GL_STENCIL_TEST);
	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		glStencilFunc(GL_ALWAYS, 5, 255);
		glStencilOp(GL_KEEP, GL_KEEP, operations[i]);
		glColorMask(0, 0, 0, 0);
		for (k = 0; k < 3; k++) {
			glViewport(i % 4 * 64 + k * 16, i / 4 * 64, 32, 48);
			scene_fill();
		}
		glColorMask(1, 1, 1, 1);
		glStencilOp(GL_KEEP, GL_KEEP, GL_KEEP);
		scene_cell(i);
		for (k = 0; k < 8; k++) {
			static const GLint values[] = { 0, 1, 2, 5, 252, 253, 254, 255 };

			glStencilFunc(GL_EQUAL, values[k], 255);
			glUniform4f(color, (float)k / 8, 1 - (float)k / 8, (float)(k & 1), 1);
			scene_fill();
		}
	}
	glStencilMask(0x0f);
	glStencilFunc(GL_NOTEQUAL, 0xf0, 0xf0);
	glStencilOp(GL_REPLACE, GL_KEEP, GL_INVERT);
	glUniform4f(color, 1, 1, 1, 1);
	glViewport(0, 128, 256, 64);
	scene_fill();
	glStencilFunc(GL_EQUAL, 0xfe, 0xff);
	glViewport(0, 192, 256, 64);
	scene_fill();
}

void scene_blending(void)
{
	static const GLenum factors[][2] = {
		{ GL_ONE, GL_ZERO }, { GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA }, { GL_ONE, GL_ONE },
		{ GL_DST_COLOR, GL_ZERO }, { GL_ZERO, GL_SRC_COLOR }, { GL_ONE_MINUS_DST_COLOR, GL_ONE },
		{ GL_DST_ALPHA, GL_ONE_MINUS_DST_ALPHA }, { GL_CONSTANT_COLOR, GL_CONSTANT_ALPHA },
		{ GL_SRC_ALPHA_SATURATE, GL_ONE }, { GL_ONE_MINUS_CONSTANT_COLOR, GL_ONE },
	};
	static const GLenum equations[] = {
		GL_FUNC_ADD, GL_FUNC_SUBTRACT, GL_FUNC_REVERSE_SUBTRACT, GL_MIN, GL_MAX,
	};
	GLuint program = scene_fill_program(color_fragment);
	GLint color = scene_uniform(program, "color");
	size_t i;

	glBlendColor(0.25, 0.5, 0.75, 0.5);
	for (i = 0; i < 16; i++) {
		scene_cell(i);
		glDisable(GL_BLEND);
		glUniform4f(color, 0.25, 0.5, 0.75, 0.5);
		scene_fill();
		glEnable(GL_BLEND);
		if (i < ARRAY_SIZE(factors)) {
			glBlendEquation(GL_FUNC_ADD);
			glBlendFunc(factors[i][0], factors[i][1]);
		} else {
			glBlendEquationSeparate(equations[i % 5], equations[(i + 1) % 5]);
			glBlendFuncSeparate(GL_ONE, GL_ONE, GL_ONE, GL_ZERO);
		}
		glUniform4f(color, 0.75, 0.25, 0.5, 0.25);
		glViewport(i % 4 * 64 + 8, i / 4 * 64 + 8, 40, 40);
		scene_fill();
		glUniform4f(color, 0.125, 0.875, 0.25, 0.75);
		glViewport(i % 4 * 64 + 24, i / 4 * 64 + 24, 32, 32);
		scene_fill();
	}
}

void scene_srgb(void)
{
	uint8_t bytes[16 * 16 * 4];
	GLuint textures[2], framebuffer;
	int i;

	for (i = 0; i < 256; i++) {
		bytes[i * 4] = i;
		bytes[i * 4 + 1] = 255 - i;
		bytes[i * 4 + 2] = i * 3;
		bytes[i * 4 + 3] = 255;
	}
	/* Decoded on reading: every value of a channel. */
	scene_fill_program(texture_fragment);
	scene_texture(GL_TEXTURE_2D);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_SRGB8_ALPHA8, 16, 16, 0, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	glViewport(0, 0, 128, 128);
	scene_fill();

	/* Encoded on writing, then read without decoding by a blit. */
	framebuffer = target_framebuffer(textures, 1, GL_SRGB8_ALPHA8, 128);
	glViewport(0, 0, 128, 128);
	scene_fill_program("in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "void main() {\n"
			   "	ivec2 p = ivec2(gl_FragCoord.xy) >> 3;\n"
			   "	pixel = vec4(float(p.x + p.y * 16) / 255.0, float(p.x) / 16.0, 0.0, 1.0);\n"
			   "}\n");
	scene_fill();
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	scene_fill_program(texture_fragment);
	glBindTexture(GL_TEXTURE_2D, textures[0]);
	glViewport(128, 0, 128, 128);
	scene_fill();
	glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer);
	glReadPixels(0, 0, 16, 16, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	scene_texture(GL_TEXTURE_2D);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 16, 16, 0, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	glViewport(0, 128, 128, 128);
	scene_fill();
}

void scene_multisample(void)
{
	GLuint framebuffer, buffer, program;

	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorageMultisample(GL_RENDERBUFFER, 4, GL_RGBA8, SCENE_SIZE, SCENE_SIZE);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		scene_fail("no complete framebuffer of 4 samples");
	glClearColor(0, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	program = scene_program("uniform int turn;\n"
				"void main() {\n"
				"	int i = gl_VertexID + turn;\n"
				"	gl_Position = vec4(float(i & 1) * 1.75 - 0.875, float(i >> 1 & 1) * 1.5 - 0.75,\n"
				"			   0.0, 1.0);\n"
				"}\n",
				"uniform vec4 color;\n"
				"out vec4 pixel;\n"
				"void main() { pixel = color; }\n");
	glUniform4f(scene_uniform(program, "color"), 1, 1, 1, 1);
	glUniform1i(scene_uniform(program, "turn"), 0);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glUniform4f(scene_uniform(program, "color"), 1, 0, 0, 1);
	glUniform1i(scene_uniform(program, "turn"), 1);
	glEnable(GL_SAMPLE_COVERAGE);
	glSampleCoverage(0.5, GL_FALSE);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, scene_framebuffer);
	glBlitFramebuffer(0, 0, SCENE_SIZE, SCENE_SIZE, 0, 0, SCENE_SIZE, SCENE_SIZE,
			  GL_COLOR_BUFFER_BIT, GL_NEAREST);
}

void scene_blits(void)
{
	GLuint textures[1], framebuffer, buffers[2], texture;
	uint8_t bytes[32 * 4];
	int i;

	framebuffer = target_framebuffer(textures, 1, GL_RGBA8, 64);
	glViewport(0, 0, 64, 64);
	scene_fill_program("in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "void main() {\n"
			   "	ivec2 p = ivec2(gl_FragCoord.xy);\n"
			   "	pixel = vec4(vec2(p) / 64.0, (p.x >> 2 ^ p.y >> 2) & 1, 1.0);\n"
			   "}\n");
	scene_fill();
	glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, scene_framebuffer);
	glBlitFramebuffer(0, 0, 64, 64, 0, 0, 64, 64, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glBlitFramebuffer(0, 0, 64, 64, 192, 64, 64, 192, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glBlitFramebuffer(16, 16, 48, 48, 128, 0, 256, 128, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glBlitFramebuffer(0, 0, 64, 64, 0, 192, 32, 224, GL_COLOR_BUFFER_BIT, GL_NEAREST);

	texture = scene_texture(GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 64, 64);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 8, 8, 4, 4, 48, 48);
	for (i = 0; i < 32; i++)
		memset(bytes + i * 4, i * 8, 4);
	buffers[0] = scene_buffer(GL_COPY_READ_BUFFER, bytes, sizeof(bytes), GL_STATIC_COPY);
	buffers[1] = scene_buffer(GL_COPY_WRITE_BUFFER, NULL, sizeof(bytes), GL_STATIC_COPY);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, 64, 64);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 64, 0, 64);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers[1]);
	for (i = 0; i < 8; i++)
		glTexSubImage2D(GL_TEXTURE_2D, 0, 16, 4 + i, 32, 1, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers[0]);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 4, 8, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	glBindTexture(GL_TEXTURE_2D, texture);
	scene_fill_program(texture_fragment);
	/* Not (8..12 x 64): what was never written has no defined value. */
	glEnable(GL_SCISSOR_TEST);
	glScissor(192 + 8, 192 + 12, 48, 44);
	scene_cell(15);
	scene_fill();
	glScissor(192 + 16, 192 + 4, 32, 8);
	scene_fill();
	glScissor(192, 192, 4, 8);
	scene_fill();
}

void scene_readback(void)
{
	const size_t size = 64 * 64 * 4;
	GLuint textures[1], framebuffer, pack;
	GLsync sync;
	GLenum status;
	uint8_t *map;
	size_t i;

	framebuffer = target_framebuffer(textures, 1, GL_RGBA8, 64);
	glViewport(0, 0, 64, 64);
	scene_fill_program("in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "void main() { pixel = vec4(gl_FragCoord.xy / 64.0, 0.25, 1.0); }\n");
	scene_fill();
	pack = scene_buffer(GL_PIXEL_PACK_BUFFER, NULL, size, GL_STREAM_READ);
	glReadPixels(0, 0, 64, 64, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	sync = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
	status = glClientWaitSync(sync, GL_SYNC_FLUSH_COMMANDS_BIT, 20000000000ull);
	if (status != GL_ALREADY_SIGNALED && status != GL_CONDITION_SATISFIED)
		scene_fail("glClientWaitSync ended with %#x", status);
	glDeleteSync(sync);
	map = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, size, GL_MAP_READ_BIT | GL_MAP_WRITE_BIT);
	if (!map)
		scene_fail("the pixel buffer cannot be mapped");
	for (i = 0; i < size; i += 4)
		map[i + 2] = map[i] ^ map[i + 1];
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);

	scene_fill_program(texture_fragment);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, pack);
	scene_texture(GL_TEXTURE_2D);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 64, 64, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	scene_cell(5);
	scene_fill();

	/* Mapped in part, flushed by hand, without waiting for the draw before. */
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, pack);
	map = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 1024, 1024,
			       GL_MAP_WRITE_BIT | GL_MAP_FLUSH_EXPLICIT_BIT);
	if (!map)
		scene_fail("a part of the pixel buffer cannot be mapped");
	memset(map, 0x80, 1024);
	glFlushMappedBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, 1024);
	glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 64, 64, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	scene_cell(6);
	scene_fill();
	glDeleteFramebuffers(1, &framebuffer);
}

void scene_queries(void)
{
	GLuint program = scene_fill_program(color_fragment), queries[8], result;
	GLint color = scene_uniform(program, "color");
	int i;

	glGenQueries(8, queries);
	glEnable(GL_SCISSOR_TEST);
	for (i = 0; i < 8; i++) {
		glScissor(0, 128 + i * 8, i % 4 * 16, 8);
		glUniform4f(color, 1, 0.5, 0, 1);
		glBeginQuery(GL_ANY_SAMPLES_PASSED, queries[i]);
		scene_fill();
		glEndQuery(GL_ANY_SAMPLES_PASSED);
	}
	glDisable(GL_SCISSOR_TEST);
	for (i = 0; i < 8; i++) {
		glGetQueryObjectuiv(queries[i], GL_QUERY_RESULT, &result);
		glUniform4f(color, result ? 0 : 1, result ? 1 : 0, 0, 1);
		glViewport(i * 32, 0, 24, 64);
		scene_fill();
	}
}

void scene_discard(void)
{
	scene_fill_program("in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "void main() {\n"
			   "	ivec2 p = ivec2(gl_FragCoord.xy);\n"
			   "	if (((p.x >> 3) + (p.y >> 3)) % 3 == 0)\n"
			   "		discard;\n"
			   "	if (((p.x - 128) * (p.x - 128) + (p.y - 128) * (p.y - 128)) > 16384)\n"
			   "		discard;\n"
			   "	pixel = vec4(float(p.x) / 256.0, float(p.y) / 256.0, 0.0, 1.0);\n"
			   "}\n");
	scene_fill();
}

void scene_arithmetic(void)
{
	/* Loops, branches, shifts and conversions, where only integers decide the colour. */
	scene_fill_program("in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "int collatz(int n) {\n"
			   "	int steps = 0;\n"
			   "	for (int i = 0; i < 64 && n > 1; i++, steps++)\n"
			   "		n = (n & 1) == 0 ? n >> 1 : 3 * n + 1;\n"
			   "	return steps;\n"
			   "}\n"
			   "void main() {\n"
			   "	ivec2 p = ivec2(gl_FragCoord.xy);\n"
			   "	uint h = uint(p.x * 256 + p.y);\n"
			   "	h = (h ^ (h >> 7)) * 0x9e3779b1u;\n"
			   "	h ^= h >> 15;\n"
			   "	int s = collatz(p.x + p.y * 16 + 1);\n"
			   "	vec3 c = vec3(float(h & 255u), float(s * 4), float(p.x * p.y & 255)) / 255.0;\n"
			   "	switch (p.y >> 6) {\n"
			   "	case 0: c = c.bgr; break;\n"
			   "	case 1: c = vec3(uintBitsToFloat(0x3f000000u), c.gb); break;\n"
			   "	case 2: c = vec3(unpackHalf2x16(0x38003400u), c.b); break;\n"
			   "	}\n"
			   "	pixel = vec4(c, 1.0);\n"
			   "}\n");
	scene_fill();
}
