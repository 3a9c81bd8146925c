// Swift cannot call variadic C functions. libcurl's three setters and its getter are variadic, so each type of argument that we pass has one
// inline function here. Nothing else of libcurl needs help. Needs libcurl 7.85 or later (CURLOPT_PROTOCOLS_STR).
#pragma once
#include <curl/curl.h>
#include <malloc.h>

static inline CURLcode shim_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

static inline CURLcode shim_setopt_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_setopt_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_setopt_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_setopt_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_setopt_headers(CURL *easy, struct curl_slist *list) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
}

// The callbacks for the body in (write), the header lines (header) and the body out (read) share one signature.
typedef size_t (*shim_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode shim_setopt_callback(CURL *easy, CURLoption option, shim_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode shim_setopt_seek(CURL *easy, curl_seek_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline CURLcode shim_setopt_prerequest(CURL *easy, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode shim_getinfo_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode shim_getinfo_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode shim_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// Without this, giving up a transfer whose host name is still being looked up blocks until the resolver's own time-out. New in 7.87.
static inline CURLcode shim_do_not_wait_for_resolver(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
    return CURLE_OK;
#endif
}

// Large answers come for a short while. glibc would keep their memory: in an arena for each thread, and below a limit for large pieces that
// it raises with every one that is freed.
static inline void shim_return_memory(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
}
