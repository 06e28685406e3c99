/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID blocks and what must become of them, from vectors that were made with python3-cryptography:
 * the ones to make are compared byte for byte, the ones to verify are signed there. Numbers stand
 * as the ID authentication has them, little-endian.
 */
#ifndef LAUNCHSEC_TESTS_ID_VECTORS_H
#define LAUNCHSEC_TESTS_ID_VECTORS_H

#include "base/bytes.h"
#include "id_keys.h"

struct made_vector {
	const char *digest, *id_key, *author_key; /* author_key NULL: none */
	const char *family_id, *image_id;
	uint32_t guest_svn;
	uint64_t policy;
	const char *block; /* base64 */
	const char *id_key_digest, *author_key_digest;
};

static const struct made_vector made_vectors[] = {
	{"ad2fc7dceb935769d360de357b0a2504251c5f499f85604bc07167d81af61d06ef9fe7001e9014380579c61e255c4cc8",
         KEY_SEC1, KEY_AUTHOR, "00000000000000000000000000000000",
         "00000000000000000000000000000000", 0, 0x30000,
         "rS/H3OuTV2nTYN41ewolBCUcX0mfhWBLwHFn2Br2HQbvn+cAHpAUOAV5xh4lXEzIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAwAAAAAA",
         "6534264e8d07c70c75716ed7f25f8f8260a2b3025f0d4b0a074b6df44fe11c3844b742a9c7096ea14ce302803f7c2c03",
         "6cffb33e5f1879e2028795cfa526b404e8dda05bb13a0a08b6348dea3d9eca4cb454298348aae8f94596b82bcd90086b"},
	{"d82d46784d45bc9462c95340737a23132b4dbca26dc29761a67a327d1aadb4996b5c53cb30025e0a656271780aa3e0ba",
         KEY_PKCS8, KEY_AUTHOR, "00000000000000000000000000000000",
         "00000000000000000000000000000000", 0, 0x330000,
         "2C1GeE1FvJRiyVNAc3ojEytNvKJtwpdhpnoyfRqttJlrXFPLMAJeCmVicXgKo+C6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAMwAAAAAA",
         "31e9358098eae7afe47a34f4a547e1d45edebc14c8619772e085e356d08af7b9f06eadede8be7cfa34f72c27e0df5833",
         "6cffb33e5f1879e2028795cfa526b404e8dda05bb13a0a08b6348dea3d9eca4cb454298348aae8f94596b82bcd90086b"},
	{"ea0fcfa7aa38428c7df02ce8ba74b39defd271a8680dc4bf505fc4bfc0054021e5e2a5c8e95c1685a9962877b3281c09",
         KEY_SHORT_X, KEY_AUTHOR, "00000000000000000000000000000000",
         "00000000000000000000000000000000", 7, 0x30000,
         "6g/Pp6o4Qox98CzounSzne/ScahoDcS/UF/Ev8AFQCHl4qXI6VwWhamWKHezKBwJAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAABwAAAAAAAwAAAAAA",
         "81024322f414a56499d6593e2ae66c07e955cdc0f0cb9f6dac1a008ea6e27f69ccf65b3ef7ce367e7cd84c0de8096d86",
         "6cffb33e5f1879e2028795cfa526b404e8dda05bb13a0a08b6348dea3d9eca4cb454298348aae8f94596b82bcd90086b"},
	{"61b455b040d6b29971f9992268ff1790663b1d69ab8838b76f00de08340d7b2e85e0d681df38285e9174ad09dc67927b",
         KEY_NO_PUBLIC, KEY_PKCS8, "00112233445566778899aabbccddeeff",
         "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", 4294967294, 0x130000,
         "YbRVsEDWsplx+ZkiaP8XkGY7HWmriDi3bwDeCDQNey6F4NaB3zgoXpF0rQncZ5J7ABEiM0RVZneImaq7zN3u/w8PDw8PDw8PDw8PDw8PDw8BAAAA/v///wAAEwAAAAAA",
         "a026730b96c571281ed65ca781de809c95143635ed1eacb20b9208fcf7bfc123b8325aba3e7efe7dcf19d287af384a05",
         "31e9358098eae7afe47a34f4a547e1d45edebc14c8619772e085e356d08af7b9f06eadede8be7cfa34f72c27e0df5833"},
	{"c86d4b236fc3ec2b7e6028f16702f3e42eb13ea4b50110fadaa053523ac88df1a5acadad24c3a0e1e6563d934f853520",
         KEY_PARAMETERS, KEY_SEC1, "00000000000000000000000000000000",
         "00000000000000000000000000000000", 0, 0x170137,
         "yG1LI2/D7Ct+YCjxZwLz5C6xPqS1ARD62qBTUjrIjfGlrK2tJMOg4eZWPZNPhTUgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAADcBFwAAAAAA",
         "04f0c21104f0406f95739dafbc09c3c6905596f23eca52d763048f0eac24005e248d1add905d38a298c07ebe5353aa39",
         "6534264e8d07c70c75716ed7f25f8f8260a2b3025f0d4b0a074b6df44fe11c3844b742a9c7096ea14ce302803f7c2c03"},
	{"593f2ab63d06ab22a016abda13f4e5c1023b297726d3488e5f2a7c827afe3e53d3f6d62e8c7edcbab044a1a8e54330e6",
         KEY_SEC1, NULL, "00000000000000000000000000000000", "00000000000000000000000000000000", 0,
         0x30000,
         "WT8qtj0GqyKgFqvaE/TlwQI7KXcm00iOXyp8gnr+PlPT9tYujH7curBEoajlQzDmAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAwAAAAAA",
         "6534264e8d07c70c75716ed7f25f8f8260a2b3025f0d4b0a074b6df44fe11c3844b742a9c7096ea14ce302803f7c2c03",
         NULL},
};

/* A pair that verifies: the ID block for the first launch digest above, and a guest SVN of 3. */
struct signed_vector {
	const char *r, *s, *x, *y;                             /* of the ID key */
	const char *author_r, *author_s, *author_x, *author_y; /* NULL: none */
};

enum { SIGNED_BOTH, SIGNED_NO_AUTHOR, SIGNED_SHORT_R, SIGNED_SHORT_X };
static const struct signed_vector signed_vectors[] = {
	[SIGNED_BOTH] =
		{"d333bf06a028a15deb6a24fa2ea860dd7bdb02211690ec623daa49a4d067f570f48a31e3022a2b4a7691cfdcae087e1b",
                 "25fd40ab1ed7df6b9cb6e1f08ac37a3bbcce6bb63de9c1b4f4488b4822163dd0126d20f375e6a965235aaaa50345918c",
                 "9f814e957ba2c504606880b579a722329a6af5138fc8bc9ec1ec5f98b220a7a2ced27782778b0c1744edd1ee8f611d8b",
                 "81aa5d799b4aa3b1acd2af503e0a8f4e01e46c80802dff7ce209d78615d21278157f14ae1b113b8cb42f5182679e1a2d",
                 "f6e554f467d67ff37aa601d3b2ab5383a523d15a8795eed6455836bf89a89b65e763345fa3591893ff2061d5859bd121",
                 "e04afe20e09fc441f02bb11c8a589ad180d30dbb0580aadfa7e16d0a1fa6cf93d06b6321d3edd6be95f9c4363338de1d",
                 "c5457bcd44076c12873980cec7af71562eaa0e5b2f399e989540d87c63941648d0c44f65389d1f8bb51f1b91eaea09d8",
                 "1cdbf13e7276304b0569ca0472867acb0ab1d7f299d405390f6003b46729d2e47064ef6390b49c450a60750570caa937"},
	[SIGNED_NO_AUTHOR] =
		{"8c46f93a81ac2a8bbff307a9a5479d525662a524143c61e4e8904df2c4193693a702cd94b1533d0f9e19145226963b25",
                 "ba51bc489f287a4cda7c06ae2a669d3e720587f24a8b48ddba9ffdad669765b14fb56ade2a8feeb21826f5f6628df654",
                 "9f814e957ba2c504606880b579a722329a6af5138fc8bc9ec1ec5f98b220a7a2ced27782778b0c1744edd1ee8f611d8b",
                 "81aa5d799b4aa3b1acd2af503e0a8f4e01e46c80802dff7ce209d78615d21278157f14ae1b113b8cb42f5182679e1a2d",
                 NULL, NULL, NULL, NULL},
	[SIGNED_SHORT_R] =
		{"b5aa4413ac0fe4248261910be065ccefc20fab6095e024174bc58c40ea71ee8ffc43e1ffb6af08d035770ebaf30b0000",
                 "172f05bba6cd59bf22db34567f69a27049f75bc1f4d57ac1e08609fbfe9d7993802c0f952e9ded549109bd3892248585",
                 "9f814e957ba2c504606880b579a722329a6af5138fc8bc9ec1ec5f98b220a7a2ced27782778b0c1744edd1ee8f611d8b",
                 "81aa5d799b4aa3b1acd2af503e0a8f4e01e46c80802dff7ce209d78615d21278157f14ae1b113b8cb42f5182679e1a2d",
                 "f2bdabba2adcc9ecd494e38dbc82baddc8e40d650facada6c36cbc908ceb21dceb8821d3617ff959ae494751642d4984",
                 "a2fec2496b057617a2343847a23f4760ddabc808c5614c4f754173f11f484e1162db5991bf782cf153259500d87b7e6b",
                 "c5457bcd44076c12873980cec7af71562eaa0e5b2f399e989540d87c63941648d0c44f65389d1f8bb51f1b91eaea09d8",
                 "1cdbf13e7276304b0569ca0472867acb0ab1d7f299d405390f6003b46729d2e47064ef6390b49c450a60750570caa937"},
	[SIGNED_SHORT_X] =
		{"03fa43b8760472f0ce405da3883735d1b466ea45441b0bfaf30abebb831f80e06c414879c508606efac1eabde6c8fc58",
                 "03a6e65862615b7c3e38e89ac2f3b665e0e11a29beb5e9860a34d033de6739eea0a89b1248eb11b73a9b46e11f3bdcd8",
                 "4132186e60e0996636e8457fe5eaf9c43080ae2d862b4bce860b8f6b66143c46387399d4dc0cef27374e8b5ad0ff1b00",
                 "79b00cc11c5ce87d28697e42e08cab56157db64b7224072d460d098d087319346617cbc36c8f8c624a11bad6a77ead3a",
                 "b09418d8eee1941fc5fa1eede546b7eca8059e3d0e3fdc16d7c82e1128ed8014b50d4569226f4a7be86e9562e73975e7",
                 "7e78ee143e6803c5e707150fb85ea290e49fad807dd5f8b237c3703db123014e94fc56eb26e63859cf555f67ced8ba7a",
                 "c5457bcd44076c12873980cec7af71562eaa0e5b2f399e989540d87c63941648d0c44f65389d1f8bb51f1b91eaea09d8",
                 "1cdbf13e7276304b0569ca0472867acb0ab1d7f299d405390f6003b46729d2e47064ef6390b49c450a60750570caa937"},
};

/* A pair and what is expected of it. */
struct pair_scene {
	uint8_t block[LSEC_ID_BLOCK_SIZE], auth[LSEC_ID_AUTH_SIZE];
	struct lsec_id_verification verification;
	struct lsec_problems problems;
};

static inline void pair_clear(struct pair_scene *scene)
{
	lsec_problems_clear(&scene->problems);
}

static inline void pair_start(struct pair_scene *scene)
{
	scene->verification = (struct lsec_id_verification){
		.block = {scene->block, sizeof(scene->block), "BLOCK"},
		.auth = {scene->auth, sizeof(scene->auth), "AUTH"},
	};
	scene->problems = (struct lsec_problems){0};
}

static inline void put_hex(const char *hex, uint8_t *ret)
{
	if (hex != NULL)
		assert_true(lsec_hex_decode(hex, ret, strlen(hex) / 2));
}

/* A pair that was signed elsewhere. */
static inline void pair_load(struct pair_scene *scene, const struct signed_vector *vector)
{
	memset(scene, 0, sizeof(*scene));
	pair_start(scene);
	put_hex(made_vectors[0].digest, scene->block);
	lsec_put_little_endian(1, scene->block + 0x50, 4);
	lsec_put_little_endian(3, scene->block + 0x54, 4);
	lsec_put_little_endian(0x30000, scene->block + 0x58, 8);
	scene->auth[0] = 1;
	scene->auth[0x240] = 2;
	scene->auth[4] = vector->author_r != NULL;
	scene->auth[0x880] = vector->author_r != NULL ? 2 : 0;
	put_hex(vector->r, scene->auth + 0x40);
	put_hex(vector->s, scene->auth + 0x88);
	put_hex(vector->x, scene->auth + 0x244);
	put_hex(vector->y, scene->auth + 0x28c);
	put_hex(vector->author_r, scene->auth + 0x680);
	put_hex(vector->author_s, scene->auth + 0x6c8);
	put_hex(vector->author_x, scene->auth + 0x884);
	put_hex(vector->author_y, scene->auth + 0x8cc);
}

static inline void expect_verified(struct pair_scene *scene, struct lsec_id_facts *ret)
{
	int status = lsec_id_block_verify(&scene->verification, ret, &scene->problems);
	expect_none(&scene->problems);
	assert_int_equal(status, 0);
}

static inline void expect_refused(struct pair_scene *scene, const char *place, const char *what)
{
	struct lsec_id_facts facts = {.has_author = true};
	assert_int_equal(lsec_id_block_verify(&scene->verification, &facts, &scene->problems), -1);
	expect_problem(&scene->problems, place, what);
	assert_true(facts.has_author); /* left alone */
}

static inline void expect_digest(const uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE], const char *hex)
{
	char *found = lsec_hex_encode(digest, LSEC_LAUNCH_DIGEST_SIZE);
	assert_string_equal(found, hex);
	free(found);
}

#endif
