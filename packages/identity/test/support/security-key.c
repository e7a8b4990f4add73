/*
 * A FIDO authenticator in software, for tests: OpenSSH's interface for security keys (its PROTOCOL.u2f) over libcrypto.
 * The key handle is the private key in DER; the counter counts seconds, so that it rises between two runs.
 * KEY_FLAGS stands for what the authenticator claims: 1 touched, 5 touched and PIN, 0 neither.
 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/ecdsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef API_VERSION
#define API_VERSION 0x000a0000
#endif
#ifndef KEY_FLAGS
#define KEY_FLAGS 1
#endif
#define ALG_ECDSA 0
#define FAILED -1

struct sk_option;
struct sk_resident_key;

struct sk_enroll_response {
	uint8_t flags;
	uint8_t *public_key;
	size_t public_key_len;
	uint8_t *key_handle;
	size_t key_handle_len;
	uint8_t *signature;
	size_t signature_len;
	uint8_t *attestation_cert;
	size_t attestation_cert_len;
	uint8_t *authdata;
	size_t authdata_len;
};

struct sk_sign_response {
	uint8_t flags;
	uint32_t counter;
	uint8_t *sig_r;
	size_t sig_r_len;
	uint8_t *sig_s;
	size_t sig_s_len;
};

uint32_t sk_api_version(void)
{
	return API_VERSION;
}

static int export_public(EVP_PKEY *key, uint32_t alg, struct sk_enroll_response *out)
{
	if (alg == ALG_ECDSA) {
		out->public_key_len = EVP_PKEY_get1_encoded_public_key(key, &out->public_key);
		return out->public_key_len == 65;
	}
	out->public_key_len = 32;
	out->public_key = malloc(32);
	return EVP_PKEY_get_raw_public_key(key, out->public_key, &out->public_key_len) == 1;
}

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application, uint8_t flags,
    const char *pin, struct sk_option **options, struct sk_enroll_response **response)
{
	EVP_PKEY *key = alg == ALG_ECDSA ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct sk_enroll_response *out = calloc(1, sizeof(*out));
	int length = i2d_PrivateKey(key, NULL);
	uint8_t *end;

	out->flags = flags;
	out->key_handle = end = malloc(length);
	out->key_handle_len = i2d_PrivateKey(key, &end);
	out->signature = calloc(1, 1);
	if (!export_public(key, alg, out))
		return FAILED;
	EVP_PKEY_free(key);
	*response = out;
	return 0;
}

/* SHA-256(application), flags, counter, SHA-256(data) */
static void signed_data(const char *application, const uint8_t *data, size_t data_len, uint32_t counter, uint8_t out[69])
{
	SHA256((const uint8_t *)application, strlen(application), out);
	out[32] = KEY_FLAGS;
	for (int at = 0; at < 4; at++)
		out[33 + at] = counter >> (24 - 8 * at);
	SHA256(data, data_len, out + 37);
}

static void number(const BIGNUM *from, uint8_t **to, size_t *to_len)
{
	*to_len = BN_num_bytes(from);
	*to = malloc(*to_len);
	BN_bn2bin(from, *to);
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application, const uint8_t *key_handle,
    size_t key_handle_len, uint8_t flags, const char *pin, struct sk_option **options,
    struct sk_sign_response **response)
{
	struct sk_sign_response *out = calloc(1, sizeof(*out));
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &key_handle, key_handle_len);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t message[69], signature[128];
	const uint8_t *at = signature;
	size_t length = sizeof(signature);

	out->flags = KEY_FLAGS;
	out->counter = time(NULL);
	signed_data(application, data, data_len, out->counter, message);
	EVP_DigestSignInit(context, NULL, alg == ALG_ECDSA ? EVP_sha256() : NULL, NULL, key);
	if (EVP_DigestSign(context, signature, &length, message, sizeof(message)) != 1)
		return FAILED;
	if (alg == ALG_ECDSA) {
		ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &at, length);
		number(ECDSA_SIG_get0_r(parts), &out->sig_r, &out->sig_r_len);
		number(ECDSA_SIG_get0_s(parts), &out->sig_s, &out->sig_s_len);
		ECDSA_SIG_free(parts);
	} else {
		out->sig_r = malloc(length);
		memcpy(out->sig_r, signature, length);
		out->sig_r_len = length;
	}
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	*response = out;
	return 0;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options, struct sk_resident_key ***keys, size_t *count)
{
	return -2;
}
