// The parts of OpenSSL 3 that we use. All of it is callable from Swift as it is, but for the one macro below.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

// BIO_get_mem_data is a macro around a cast.
static inline long shim_bio_bytes(BIO *bio, char **bytes) {
    return BIO_get_mem_data(bio, bytes);
}
