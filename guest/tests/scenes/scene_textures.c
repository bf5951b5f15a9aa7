// SPDX-License-Identifier: MIT
/*
 * Scenes of textures: formats, levels, layers, faces, samplers.
 */
#include "scene.h"

#define SIZE 8 /* of most textures here; cells are 64 pixels, so each texel is 8 by 8 */

static const char texture_fragment[] = "uniform sampler2D image;\n"
				       "in vec2 uv;\n"
				       "out vec4 pixel;\n"
				       "void main() { pixel = vec4(texture(image, uv).rgb, 1.0); }\n";

/* Bytes that are valid whatever the format reads them as, floats included. */
static void pattern(uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (i * 37 + i / 64 * 11) & 0x3f;
}

void scene_texture_formats(void)
{
	static const struct {
		GLenum internal, format, type;
	} formats[] = {
		{ GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE },
		{ GL_RGB8, GL_RGB, GL_UNSIGNED_BYTE },
		{ GL_RG8, GL_RG, GL_UNSIGNED_BYTE },
		{ GL_R8, GL_RED, GL_UNSIGNED_BYTE },
		{ GL_RGBA8_SNORM, GL_RGBA, GL_BYTE },
		{ GL_RGB565, GL_RGB, GL_UNSIGNED_SHORT_5_6_5 },
		{ GL_RGBA4, GL_RGBA, GL_UNSIGNED_SHORT_4_4_4_4 },
		{ GL_RGB5_A1, GL_RGBA, GL_UNSIGNED_SHORT_5_5_5_1 },
		{ GL_RGB10_A2, GL_RGBA, GL_UNSIGNED_INT_2_10_10_10_REV },
		{ GL_RGBA16F, GL_RGBA, GL_HALF_FLOAT },
		{ GL_RG16F, GL_RG, GL_HALF_FLOAT },
		{ GL_RGBA32F, GL_RGBA, GL_FLOAT },
		{ GL_R32F, GL_RED, GL_FLOAT },
		{ GL_R11F_G11F_B10F, GL_RGB, GL_UNSIGNED_INT_10F_11F_11F_REV },
		{ GL_RGB9_E5, GL_RGB, GL_UNSIGNED_INT_5_9_9_9_REV },
		{ GL_LUMINANCE_ALPHA, GL_LUMINANCE_ALPHA, GL_UNSIGNED_BYTE },
	};
	uint8_t bytes[SIZE * SIZE * 16];
	float floats[SIZE * SIZE * 4];
	size_t i;

	pattern(bytes, sizeof(bytes));
	for (i = 0; i < ARRAY_SIZE(floats); i++)
		floats[i] = (float)(i * 5 % 17) / 16;
	scene_fill_program(texture_fragment);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		scene_texture(GL_TEXTURE_2D);
		glTexImage2D(GL_TEXTURE_2D, 0, formats[i].internal, SIZE, SIZE, 0, formats[i].format,
			     formats[i].type, formats[i].type == GL_FLOAT ? (void *)floats : bytes);
		scene_check("glTexImage2D");
		scene_cell(i);
		scene_fill();
	}
}

void scene_integer_textures(void)
{
	static const struct {
		GLenum internal, format, type;
		bool is_signed;
	} formats[] = {
		{ GL_RGBA8UI, GL_RGBA_INTEGER, GL_UNSIGNED_BYTE, false },
		{ GL_RGBA8I, GL_RGBA_INTEGER, GL_BYTE, true },
		{ GL_RGBA16UI, GL_RGBA_INTEGER, GL_UNSIGNED_SHORT, false },
		{ GL_RGBA16I, GL_RGBA_INTEGER, GL_SHORT, true },
		{ GL_RGBA32UI, GL_RGBA_INTEGER, GL_UNSIGNED_INT, false },
		{ GL_RGBA32I, GL_RGBA_INTEGER, GL_INT, true },
		{ GL_RG32UI, GL_RG_INTEGER, GL_UNSIGNED_INT, false },
		{ GL_R16I, GL_RED_INTEGER, GL_SHORT, true },
	};
	uint8_t bytes[SIZE * SIZE * 16];
	GLuint programs[2], targets[2];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 73 + i / 7;
	programs[0] = scene_fill_program("uniform usampler2D image;\n"
					 "in vec2 uv;\n"
					 "out vec4 pixel;\n"
					 "void main() {\n"
					 "	uvec4 v = texelFetch(image, ivec2(uv * 8.0), 0);\n"
					 "	pixel = vec4(v & 255u) / 255.0;\n"
					 "	pixel.a = 1.0;\n"
					 "}\n");
	programs[1] = scene_fill_program("uniform isampler2D image;\n"
					 "in vec2 uv;\n"
					 "out vec4 pixel;\n"
					 "void main() {\n"
					 "	ivec4 v = texelFetch(image, ivec2(uv * 8.0), 0);\n"
					 "	pixel = vec4(v & 127) / 255.0 + vec4(lessThan(v, ivec4(0))) * 0.5;\n"
					 "	pixel.a = 1.0;\n"
					 "}\n");
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		glUseProgram(programs[formats[i].is_signed]);
		scene_texture(GL_TEXTURE_2D);
		glTexImage2D(GL_TEXTURE_2D, 0, formats[i].internal, SIZE, SIZE, 0, formats[i].format,
			     formats[i].type, bytes);
		scene_check("glTexImage2D");
		scene_cell(i);
		scene_fill();
	}

	/* And as a target: what is drawn as integers is read as integers. */
	glGenFramebuffers(1, targets);
	glBindFramebuffer(GL_FRAMEBUFFER, targets[0]);
	targets[1] = scene_texture(GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA32UI, SIZE, SIZE);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, targets[1], 0);
	scene_fill_program("in vec2 uv;\n"
			   "out uvec4 value;\n"
			   "void main() {\n"
			   "	uvec2 p = uvec2(gl_FragCoord.xy);\n"
			   "	value = uvec4(p.x * 37u, p.y * 0x01010129u, (p.x ^ p.y) * 31u, 1u);\n"
			   "}\n");
	glViewport(0, 0, SIZE, SIZE);
	glClearBufferuiv(GL_COLOR, 0, (const GLuint[]){ 1, 2, 3, 4 });
	scene_fill();
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	glUseProgram(programs[0]);
	scene_cell(i);
	scene_fill();
}

void scene_mipmaps(void)
{
	GLuint program = scene_fill_program("uniform sampler2D image;\n"
					    "uniform float level;\n"
					    "in vec2 uv;\n"
					    "out vec4 pixel;\n"
					    "void main() { pixel = vec4(textureLod(image, uv, level).rgb, 1.0); }\n");
	uint8_t bytes[64 * 64 * 4];
	int level, size, i;

	scene_texture(GL_TEXTURE_2D);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	glTexStorage2D(GL_TEXTURE_2D, 7, GL_RGBA8, 64, 64);
	for (level = 0, size = 64; size; level++, size /= 2) {
		for (i = 0; i < size * size; i++) {
			bytes[i * 4] = level * 40;
			bytes[i * 4 + 1] = i * 5;
			bytes[i * 4 + 2] = i / size * 8;
			bytes[i * 4 + 3] = 255;
		}
		glTexSubImage2D(GL_TEXTURE_2D, level, 0, 0, size, size, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	}
	for (level = 0; level < 7; level++) {
		glUniform1f(scene_uniform(program, "level"), level);
		scene_cell(level);
		scene_fill();
	}
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_BASE_LEVEL, 3);
	glUniform1f(scene_uniform(program, "level"), 0);
	scene_cell(7);
	scene_fill();

	/* Made by the driver: averages of four equal or of two and two texels. */
	scene_texture(GL_TEXTURE_2D);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	for (i = 0; i < 64 * 64; i++)
		memset(bytes + i * 4, (i % 64 / 8 + i / 64 / 8) & 1 ? 200 : 40, 4);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 64, 64, 0, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	glGenerateMipmap(GL_TEXTURE_2D);
	for (level = 0; level < 7; level++) {
		glUniform1f(scene_uniform(program, "level"), level);
		scene_cell(8 + level);
		scene_fill();
	}
	/* Chosen by the size on the screen: 64 texels on 64 pixels thrice over, level 2. */
	scene_fill_program("uniform sampler2D image;\n"
			   "in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "void main() { pixel = texture(image, uv * 4.0); }\n");
	scene_cell(15);
	scene_fill();
}

void scene_volumes(void)
{
	static uint8_t bytes[4][16][16][4];
	GLuint program, target;
	int x, y, z;

	for (z = 0; z < 4; z++)
		for (y = 0; y < 16; y++)
			for (x = 0; x < 16; x++) {
				bytes[z][y][x][0] = x * 16;
				bytes[z][y][x][1] = y * 16;
				bytes[z][y][x][2] = z * 64;
				bytes[z][y][x][3] = 255;
			}
	program = scene_fill_program("uniform sampler3D image;\n"
				     "uniform float depth;\n"
				     "in vec2 uv;\n"
				     "out vec4 pixel;\n"
				     "void main() { pixel = texture(image, vec3(uv, depth)); }\n");
	scene_texture(GL_TEXTURE_3D);
	glTexStorage3D(GL_TEXTURE_3D, 1, GL_RGBA8, 16, 16, 4);
	glTexSubImage3D(GL_TEXTURE_3D, 0, 0, 0, 0, 16, 16, 4, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	glTexSubImage3D(GL_TEXTURE_3D, 0, 4, 4, 1, 4, 4, 2, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	for (z = 0; z < 4; z++) {
		glUniform1f(scene_uniform(program, "depth"), ((float)z + 0.5f) / 4);
		scene_cell(z);
		scene_fill();
	}

	program = scene_fill_program("uniform sampler2DArray image;\n"
				     "uniform float layer;\n"
				     "in vec2 uv;\n"
				     "out vec4 pixel;\n"
				     "void main() { pixel = texture(image, vec3(uv, layer)); }\n");
	target = scene_texture(GL_TEXTURE_2D_ARRAY);
	glTexStorage3D(GL_TEXTURE_2D_ARRAY, 2, GL_RGBA8, 16, 16, 4);
	for (z = 0; z < 4; z++)
		glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 3 - z, 16, 16, 1, GL_RGBA,
				GL_UNSIGNED_BYTE, bytes[z]);
	for (z = 0; z < 4; z++) {
		glUniform1f(scene_uniform(program, "layer"), z);
		scene_cell(4 + z);
		scene_fill();
	}

	/* One layer drawn to, its neighbours as they were. */
	glGenFramebuffers(1, &program);
	glBindFramebuffer(GL_FRAMEBUFFER, program);
	glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, target, 0, 2);
	glClearColor(0, 1, 0.5f, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glBindFramebuffer(GL_FRAMEBUFFER, scene_framebuffer);
	glGetIntegerv(GL_CURRENT_PROGRAM, &x);
	for (z = 0; z < 4; z++) {
		glUniform1f(scene_uniform(x, "layer"), z);
		scene_cell(8 + z);
		scene_fill();
	}
}

void scene_cube_map(void)
{
	GLuint program = scene_fill_program("uniform samplerCube image;\n"
					    "uniform ivec2 axis;\n"
					    "in vec2 uv;\n"
					    "out vec4 pixel;\n"
					    "void main() {\n"
					    "	vec2 p = uv * 1.875 - 0.9375;\n"
					    "	float s = float(axis.y);\n"
					    "	vec3 d = axis.x == 0 ? vec3(s, p) :\n"
					    "		 axis.x == 1 ? vec3(p.x, s, p.y) : vec3(p, s);\n"
					    "	pixel = vec4(texture(image, d).rgb, 1.0);\n"
					    "}\n");
	uint8_t bytes[SIZE * SIZE * 4];
	int face, i;

	scene_texture(GL_TEXTURE_CUBE_MAP);
	for (face = 0; face < 6; face++) {
		for (i = 0; i < SIZE * SIZE; i++) {
			bytes[i * 4] = face * 50;
			bytes[i * 4 + 1] = i % SIZE * 32;
			bytes[i * 4 + 2] = i / SIZE * 32;
			bytes[i * 4 + 3] = 255;
		}
		glTexImage2D(GL_TEXTURE_CUBE_MAP_POSITIVE_X + face, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA,
			     GL_UNSIGNED_BYTE, bytes);
	}
	for (face = 0; face < 6; face++) {
		glUniform2i(scene_uniform(program, "axis"), face / 2, face & 1 ? -1 : 1);
		scene_cell(face);
		scene_fill();
	}
}

void scene_samplers(void)
{
	static const GLenum wraps[] = { GL_REPEAT, GL_MIRRORED_REPEAT, GL_CLAMP_TO_EDGE };
	static const GLenum swizzles[][3] = {
		{ GL_BLUE, GL_RED, GL_GREEN }, { GL_ONE, GL_ZERO, GL_RED }, { GL_ALPHA, GL_GREEN, GL_ONE },
	};
	static const GLenum functions[] = { GL_LEQUAL, GL_GEQUAL, GL_LESS, GL_EQUAL, GL_NOTEQUAL };
	uint16_t depths[SIZE * SIZE];
	uint8_t bytes[SIZE * SIZE * 4];
	GLuint samplers[9], program;
	size_t i;

	pattern(bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] *= 4;
	scene_fill_program("uniform sampler2D image;\n"
			   "in vec2 uv;\n"
			   "out vec4 pixel;\n"
			   "void main() { pixel = vec4(texture(image, uv * 4.0 - 1.5).rgb, 1.0); }\n");
	scene_texture(GL_TEXTURE_2D);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
	glGenSamplers(9, samplers);
	for (i = 0; i < 9; i++) {
		glSamplerParameteri(samplers[i], GL_TEXTURE_MIN_FILTER, GL_NEAREST);
		glSamplerParameteri(samplers[i], GL_TEXTURE_MAG_FILTER, GL_NEAREST);
		glSamplerParameteri(samplers[i], GL_TEXTURE_WRAP_S, wraps[i % 3]);
		glSamplerParameteri(samplers[i], GL_TEXTURE_WRAP_T, wraps[i / 3]);
		glBindSampler(0, samplers[i]);
		scene_cell(i);
		scene_fill();
	}
	glBindSampler(0, 0);
	scene_fill_program(texture_fragment);
	for (i = 0; i < 2; i++) {
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_R, swizzles[i][0]);
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_G, swizzles[i][1]);
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_B, swizzles[i][2]);
		scene_cell(9 + i);
		scene_fill();
	}

	for (i = 0; i < ARRAY_SIZE(depths); i++)
		depths[i] = i * 1024;
	program = scene_fill_program("uniform sampler2DShadow image;\n"
				     "in vec2 uv;\n"
				     "out vec4 pixel;\n"
				     "void main() { pixel = vec4(vec3(texture(image, vec3(uv, 0.5))), 1.0); }\n");
	glUseProgram(program);
	scene_texture(GL_TEXTURE_2D);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_DEPTH_COMPONENT16, SIZE, SIZE, 0, GL_DEPTH_COMPONENT,
		     GL_UNSIGNED_SHORT, depths);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_FUNC, functions[i]);
		scene_cell(11 + i);
		scene_fill();
	}
}

void scene_compressed(void)
{
	/* Blocks of one colour, and blocks whose two halves differ, in ETC2 and EAC. */
	static const struct {
		GLenum format;
		size_t block;
	} formats[] = {
		{ GL_COMPRESSED_RGB8_ETC2, 8 },
		{ GL_COMPRESSED_RGBA8_ETC2_EAC, 16 },
		{ GL_COMPRESSED_R11_EAC, 8 },
		{ GL_COMPRESSED_RGB8_PUNCHTHROUGH_ALPHA1_ETC2, 8 },
	};
	uint8_t blocks[4 * 16];
	size_t i, k;

	scene_fill_program(texture_fragment);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		for (k = 0; k < sizeof(blocks); k++)
			blocks[k] = k % 8 < 3 ? (k * 29 + 40) & 0x77 : k % 8 == 3 ? 0x02 : k * 51;
		scene_texture(GL_TEXTURE_2D);
		glCompressedTexImage2D(GL_TEXTURE_2D, 0, formats[i].format, SIZE, SIZE, 0,
				       4 * formats[i].block, blocks);
		scene_check("glCompressedTexImage2D");
		scene_cell(i);
		scene_fill();
	}
}
