// SPDX-License-Identifier: MIT
/*
 * Scenes of vertices: how they come in, what is made of them, where they end.
 */
#include "scene.h"

static const char color_vertex[] = "layout(location = 0) in vec2 position;\n"
				   "layout(location = 1) in vec4 color;\n"
				   "out vec4 tint;\n"
				   "void main() {\n"
				   "	tint = color;\n"
				   "	gl_Position = vec4(position, 0.0, 1.0);\n"
				   "}\n";
static const char color_fragment[] = "in vec4 tint;\n"
				     "out vec4 pixel;\n"
				     "void main() { pixel = tint; }\n";

struct vertex {
	float x, y;
	uint8_t color[4];
};

static void bind_vertices(const struct vertex *vertices, size_t size)
{
	scene_buffer(GL_ARRAY_BUFFER, vertices, size, GL_STATIC_DRAW);
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(*vertices), (void *)0);
	glVertexAttribPointer(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(*vertices), (void *)8);
	glEnableVertexAttribArray(0);
	glEnableVertexAttribArray(1);
}

void scene_triangles(void)
{
	static const struct vertex vertices[] = {
		{ -1, -1, { 255, 0, 0, 255 } },	  { 1, -1, { 0, 255, 0, 255 } },
		{ 0, 0, { 0, 0, 255, 255 } },	  { -1, 0, { 255, 255, 0, 255 } },
		{ -0.5, 0, { 255, 255, 0, 255 } }, { -0.5, 1, { 255, 255, 0, 255 } },
		{ 0.25, 0.25, { 0, 0, 0, 255 } }, { 1, 0.25, { 255, 255, 255, 255 } },
		{ 0.25, 1, { 255, 0, 255, 255 } },
	};

	scene_program(color_vertex, color_fragment);
	bind_vertices(vertices, sizeof(vertices));
	glDrawArrays(GL_TRIANGLES, 0, ARRAY_SIZE(vertices));
}

void scene_culling(void)
{
	/* Two triangles that turn differently, in four settings of face and cull. */
	static const struct vertex vertices[] = {
		{ -1, -1, { 255, 0, 0, 255 } }, { 1, -1, { 255, 0, 0, 255 } },
		{ -1, 1, { 255, 0, 0, 255 } },	{ 1, 1, { 0, 255, 0, 255 } },
		{ 1, -1, { 0, 255, 0, 255 } },	{ -1, 1, { 0, 255, 0, 255 } },
	};
	static const GLenum settings[][2] = {
		{ GL_CCW, GL_BACK }, { GL_CCW, GL_FRONT }, { GL_CW, GL_BACK }, { GL_CW, GL_FRONT },
	};
	size_t i;

	scene_program(color_vertex, "in vec4 tint;\n"
				    "out vec4 pixel;\n"
				    "void main() { pixel = gl_FrontFacing ? tint : tint.yzxw; }\n");
	bind_vertices(vertices, sizeof(vertices));
	for (i = 0; i < 2 * ARRAY_SIZE(settings); i++) {
		glFrontFace(settings[i % 4][0]);
		glCullFace(settings[i % 4][1]);
		if (i < 4)
			glEnable(GL_CULL_FACE);
		else
			glDisable(GL_CULL_FACE);
		scene_cell(i);
		glDrawArrays(GL_TRIANGLES, 0, ARRAY_SIZE(vertices));
	}
}

void scene_scissor(void)
{
	GLuint program = scene_fill_program("uniform vec4 color;\n"
					    "in vec2 uv;\n"
					    "out vec4 pixel;\n"
					    "void main() { pixel = color; }\n");
	int i;

	glEnable(GL_SCISSOR_TEST);
	for (i = 0; i < 8; i++) {
		glScissor(i * 16 + 3, i * 13 + 1, 129 - i * 16, 127 - i * 9);
		if (i & 1) {
			glClearColor((float)i / 8, 1, 0, 1);
			glClear(GL_COLOR_BUFFER_BIT);
		} else {
			glColorMask(i & 2, 1, !(i & 4), 1);
			glUniform4f(scene_uniform(program, "color"), 1, (float)i / 8, 0.5, 1);
			scene_fill();
			glColorMask(1, 1, 1, 1);
		}
	}
}

void scene_uniform_buffers(void)
{
	/* std140: an array of vec4, and a struct with padding behind a vec3. */
	struct block {
		float colors[4][4];
		float scale[3], unused;
		int32_t which[4];
	} blocks[4] = { 0 };
	GLuint program = scene_fill_program("struct Item { vec3 scale; ivec4 which; };\n"
					    "layout(std140) uniform First { vec4 colors[4]; Item item; } first;\n"
					    "layout(std140) uniform Second { vec4 colors[4]; Item item; } second;\n"
					    "in vec2 uv;\n"
					    "out vec4 pixel;\n"
					    "void main() {\n"
					    "	int i = int(uv.x * 4.0);\n"
					    "	vec4 color = first.colors[i] + second.colors[first.item.which[i]];\n"
					    "	pixel = vec4(color.rgb * second.item.scale, 1.0);\n"
					    "}\n");
	GLint align = 256;
	size_t stride, i, k;
	uint8_t *data;

	glGetIntegerv(GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT, &align);
	stride = (sizeof(*blocks) + align - 1) / align * align;
	data = calloc(ARRAY_SIZE(blocks), stride);
	if (!data)
		scene_fail("no memory");
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		for (k = 0; k < 4; k++) {
			blocks[i].colors[k][0] = (float)(i + k) / 16;
			blocks[i].colors[k][1] = (float)(i * k) / 32;
			blocks[i].colors[k][2] = (float)(4 - k) / 16;
			blocks[i].which[k] = (i + k) % 4;
		}
		blocks[i].scale[0] = 1;
		blocks[i].scale[1] = (float)(i + 1) / 4;
		blocks[i].scale[2] = 0.5f;
		memcpy(data + i * stride, &blocks[i], sizeof(blocks[i]));
	}
	scene_buffer(GL_UNIFORM_BUFFER, data, stride * ARRAY_SIZE(blocks), GL_DYNAMIC_DRAW);
	free(data);
	glUniformBlockBinding(program, glGetUniformBlockIndex(program, "First"), 1);
	glUniformBlockBinding(program, glGetUniformBlockIndex(program, "Second"), 2);
	for (i = 0; i < 16; i++) {
		GLint buffer;

		glGetIntegerv(GL_UNIFORM_BUFFER_BINDING, &buffer);
		glBindBufferRange(GL_UNIFORM_BUFFER, 1, buffer, i % 4 * stride, sizeof(*blocks));
		glBindBufferRange(GL_UNIFORM_BUFFER, 2, buffer, i / 4 * stride, sizeof(*blocks));
		scene_cell(i);
		scene_fill();
		/* The next draw must see the new bytes, this one the old. */
		glBufferSubData(GL_UNIFORM_BUFFER, i % 4 * stride, 4, &(float){ (float)i / 16 });
	}
}

void scene_instancing(void)
{
	struct instance {
		float x, y;
		uint8_t color[4];
	} instances[64];
	int i;

	for (i = 0; i < 64; i++)
		instances[i] = (struct instance){
			(float)(i % 8) / 4 - 1, (float)(i / 8) / 4 - 1,
			{ i * 4, 255 - i * 4, i * 16 & 255, 255 },
		};
	scene_program("layout(location = 0) in vec2 place;\n"
		      "layout(location = 1) in vec4 color;\n"
		      "layout(location = 2) in float pair;\n"
		      "out vec4 tint;\n"
		      "void main() {\n"
		      "	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
		      "	float size = (gl_InstanceID & 1) == 0 ? 0.125 : 0.1875;\n"
		      "	tint = vec4(color.rg, pair, 1.0);\n"
		      "	gl_Position = vec4(place + corner * size, 0.0, 1.0);\n"
		      "}\n",
		      color_fragment);
	scene_buffer(GL_ARRAY_BUFFER, instances, sizeof(instances), GL_STATIC_DRAW);
	glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(*instances), (void *)0);
	glVertexAttribPointer(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(*instances), (void *)8);
	glVertexAttribPointer(2, 1, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(*instances), (void *)10);
	for (i = 0; i < 3; i++) {
		glEnableVertexAttribArray(i);
		glVertexAttribDivisor(i, i == 2 ? 2 : 1);
	}
	glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 64);
}

void scene_vertex_formats(void)
{
	/* The same four corners in each type; what comes out as colour shows the conversion. */
	static const struct {
		GLenum type;
		GLint size;
		GLboolean normalized;
		uint8_t bytes[16];
	} formats[] = {
		{ GL_BYTE, 4, GL_TRUE, { 127, 64, 32, 127 } },
		{ GL_UNSIGNED_BYTE, 4, GL_TRUE, { 255, 128, 64, 255 } },
		{ GL_SHORT, 4, GL_TRUE, { 0xff, 0x7f, 0, 0x40, 0, 0x20, 0xff, 0x7f } },
		{ GL_UNSIGNED_SHORT, 4, GL_TRUE, { 0xff, 0xff, 0, 0x80, 0, 0x40, 0xff, 0xff } },
		{ GL_BYTE, 4, GL_FALSE, { 1, 0, 1, 1 } },
		{ GL_UNSIGNED_SHORT, 3, GL_FALSE, { 0, 0, 1, 0, 1, 0 } },
		{ GL_HALF_FLOAT, 4, GL_FALSE, { 0, 0x38, 0, 0x34, 0, 0x3c, 0, 0x3c } },
		{ GL_FIXED, 2, GL_FALSE, { 0, 0x80, 0, 0, 0, 0x40, 0, 0 } },
		{ GL_INT_2_10_10_10_REV, 4, GL_TRUE, { 0xff, 0x01, 0x04, 0x48 } },
		{ GL_UNSIGNED_INT_2_10_10_10_REV, 4, GL_TRUE, { 0xff, 0x03, 0x08, 0xd0 } },
		{ GL_FLOAT, 1, GL_FALSE, { 0, 0, 0x40, 0x3f } },
	};
	static const int32_t integers[4] = { 3, -2, 100000, 7 };
	GLuint program;
	size_t i;

	scene_program("layout(location = 0) in vec4 color;\n"
		      "out vec4 tint;\n"
		      "void main() {\n"
		      "	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
		      "	tint = vec4(color.rgb, 1.0);\n"
		      "	gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);\n"
		      "}\n",
		      color_fragment);
	glEnableVertexAttribArray(0);
	glVertexAttribDivisor(0, 1);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		scene_buffer(GL_ARRAY_BUFFER, formats[i].bytes, sizeof(formats[i].bytes), GL_STREAM_DRAW);
		glVertexAttribPointer(0, formats[i].size, formats[i].type, formats[i].normalized, 0, NULL);
		scene_cell(i);
		glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 1);
	}

	program = scene_program("layout(location = 0) in ivec4 value;\n"
				"flat out ivec4 tint;\n"
				"void main() {\n"
				"	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
				"	tint = value;\n"
				"	gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);\n"
				"}\n",
				"uniform ivec4 wanted;\n"
				"flat in ivec4 tint;\n"
				"out vec4 pixel;\n"
				"void main() { pixel = tint == wanted ? vec4(0, 1, 0, 1) : vec4(1, 0, 0, 1); }\n");
	glUniform4iv(scene_uniform(program, "wanted"), 1, integers);
	scene_buffer(GL_ARRAY_BUFFER, integers, sizeof(integers), GL_STATIC_DRAW);
	glVertexAttribIPointer(0, 4, GL_INT, 0, NULL);
	scene_cell(i);
	glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 1);
}

void scene_primitive_restart(void)
{
	struct vertex vertices[24];
	uint8_t bytes[29];
	uint16_t shorts[29];
	uint32_t ints[29];
	int i, n = 0;

	for (i = 0; i < 24; i++)
		vertices[i] = (struct vertex){
			(float)(i / 4) / 4 - 0.75f + (i & 2 ? 0.125f : 0),
			i & 1 ? 0.75f : -0.75f, { i * 10, 255 - i * 10, 128, 255 },
		};
	for (i = 0; i < 24; i++) {
		if (i && i % 4 == 0) {
			bytes[n] = 0xff;
			shorts[n] = 0xffff;
			ints[n++] = 0xffffffff;
		}
		bytes[n] = shorts[n] = ints[n] = i;
		n++;
	}
	scene_program(color_vertex, color_fragment);
	bind_vertices(vertices, sizeof(vertices));
	glEnable(GL_PRIMITIVE_RESTART_FIXED_INDEX);
	scene_buffer(GL_ELEMENT_ARRAY_BUFFER, bytes, sizeof(bytes), GL_STATIC_DRAW);
	glViewport(0, 0, 128, 128);
	glDrawElements(GL_TRIANGLE_STRIP, n, GL_UNSIGNED_BYTE, NULL);
	scene_buffer(GL_ELEMENT_ARRAY_BUFFER, shorts, sizeof(shorts), GL_STATIC_DRAW);
	glViewport(128, 0, 128, 128);
	glDrawElements(GL_TRIANGLE_STRIP, n, GL_UNSIGNED_SHORT, NULL);
	scene_buffer(GL_ELEMENT_ARRAY_BUFFER, ints, sizeof(ints), GL_STATIC_DRAW);
	glViewport(0, 128, 128, 128);
	glDrawElements(GL_TRIANGLE_STRIP, n, GL_UNSIGNED_INT, NULL);
	glViewport(128, 128, 128, 128);
	glDrawRangeElements(GL_TRIANGLE_STRIP, 0, 11, 14, GL_UNSIGNED_INT, (void *)(5 * 4));
}

void scene_transform_feedback(void)
{
	static const char *const outputs[] = { "gl_Position", "tint" };
	float captured[64][8];
	const float *map;
	GLuint buffer, query, written = 0;
	int i;

	scene_capture_program("flat out vec4 tint;\n"
			      "void main() {\n"
			      "	int cell = gl_VertexID / 4, corner = gl_VertexID & 3;\n"
			      "	vec2 place = vec2(cell & 3, cell >> 2) * 0.5 - 1.0;\n"
			      "	gl_Position = vec4(place + vec2(corner & 1, corner >> 1) * 0.375, 0.0, 1.0);\n"
			      "	tint = vec4(float(cell) / 16.0, float(corner) / 4.0, 0.5, 1.0);\n"
			      "}\n",
			      "flat in vec4 tint;\n"
			      "out vec4 pixel;\n"
			      "void main() { pixel = tint; }\n",
			      outputs, ARRAY_SIZE(outputs));
	buffer = scene_buffer(GL_TRANSFORM_FEEDBACK_BUFFER, NULL, sizeof(captured), GL_STREAM_READ);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, buffer);
	glGenQueries(1, &query);
	glEnable(GL_RASTERIZER_DISCARD);
	glBeginQuery(GL_TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN, query);
	glBeginTransformFeedback(GL_POINTS);
	glDrawArrays(GL_POINTS, 0, 64);
	glEndTransformFeedback();
	glEndQuery(GL_TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN);
	glDisable(GL_RASTERIZER_DISCARD);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT, &written);
	if (written != 64)
		scene_fail("transform feedback wrote %u primitives, not 64", written);

	map = glMapBufferRange(GL_TRANSFORM_FEEDBACK_BUFFER, 0, sizeof(captured), GL_MAP_READ_BIT);
	if (!map)
		scene_fail("the captured buffer cannot be mapped");
	memcpy(captured, map, sizeof(captured));
	glUnmapBuffer(GL_TRANSFORM_FEEDBACK_BUFFER);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, 0);

	/* Drawn twice: from the buffer that the GPU wrote, and from what was read of it. */
	scene_program("layout(location = 0) in vec4 place;\n"
		      "layout(location = 1) in vec4 color;\n"
		      "out vec4 tint;\n"
		      "void main() { tint = color; gl_Position = place; }\n",
		      color_fragment);
	glEnableVertexAttribArray(0);
	glEnableVertexAttribArray(1);
	for (i = 0; i < 2; i++) {
		int cell;

		if (i)
			scene_buffer(GL_ARRAY_BUFFER, captured, sizeof(captured), GL_STATIC_DRAW);
		else
			glBindBuffer(GL_ARRAY_BUFFER, buffer);
		glVertexAttribPointer(0, 4, GL_FLOAT, GL_FALSE, 32, (void *)0);
		glVertexAttribPointer(1, 4, GL_FLOAT, GL_FALSE, 32, (void *)16);
		glViewport(i * 128, 0, 128, 256);
		for (cell = 0; cell < 16; cell++)
			glDrawArrays(GL_TRIANGLE_STRIP, cell * 4, 4);
	}
}

void scene_points(void)
{
	scene_program("out vec4 tint;\n"
		      "void main() {\n"
		      "	int i = gl_VertexID;\n"
		      "	gl_PointSize = float(2 + 2 * i);\n"
		      "	gl_Position = vec4(vec2(i & 3, i >> 2) * 0.5 - 0.75, 0.0, 1.0);\n"
		      "	tint = vec4(float(i) / 16.0, 1.0 - float(i) / 16.0, 0.0, 1.0);\n"
		      "}\n",
		      "in vec4 tint;\n"
		      "out vec4 pixel;\n"
		      "void main() {\n"
		      "	pixel = vec4(tint.rg, gl_PointCoord.y < 0.5 ? 1.0 : 0.0, 1.0);\n"
		      "}\n");
	glDrawArrays(GL_POINTS, 0, 16);
	scene_program("void main() {\n"
		      "	gl_Position = vec4(float(gl_VertexID & 1) * 2.0 - 1.0,\n"
		      "			    float(gl_VertexID >> 1) / 8.0 - 0.99609375, 0.0, 1.0);\n"
		      "}\n",
		      "out vec4 pixel;\n"
		      "void main() { pixel = vec4(1.0, 1.0, 0.0, 1.0); }\n");
	glDrawArrays(GL_LINES, 0, 32);
}

void scene_cube(void)
{
	/* A cube in a turn whose sines are 3/5 and 4/5, lit from one side a face. */
	static const uint8_t faces[6][4] = {
		{ 0, 1, 2, 3 }, { 5, 4, 7, 6 }, { 1, 5, 3, 7 }, { 4, 0, 6, 2 }, { 2, 3, 6, 7 }, { 4, 5, 0, 1 },
	};
	GLuint program = scene_program("uniform ivec4 face;\n"
				       "void main() {\n"
				       "	int i = face[gl_VertexID];\n"
				       "	vec3 p = vec3(i & 1, i >> 1 & 1, i >> 2) - 0.5;\n"
				       "	vec3 q = vec3(p.x * 0.75 + p.z * 0.5, p.y, p.z * 0.75 - p.x * 0.5);\n"
				       "	vec3 r = vec3(q.x, q.y * 0.75 - q.z * 0.5, q.z * 0.75 + q.y * 0.5);\n"
				       "	gl_Position = vec4(r, r.z * 0.25 + 1.0);\n"
				       "}\n",
				       "uniform vec3 light;\n"
				       "out vec4 pixel;\n"
				       "void main() { pixel = vec4(light, 1.0); }\n");
	int i;

	glEnable(GL_DEPTH_TEST);
	for (i = 0; i < 6; i++) {
		glUniform4i(scene_uniform(program, "face"), faces[i][0], faces[i][1], faces[i][2],
			    faces[i][3]);
		glUniform3f(scene_uniform(program, "light"), (float)(i + 1) / 8, (float)(6 - i) / 8,
			    (float)(i * 3 % 7) / 8);
		glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	}
}
