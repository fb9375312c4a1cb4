/* SPDX-License-Identifier: MIT
 * ovsdb_tls.c: lists bridges over TLS, here OpenSSL's: vif_ovsdb.h takes two functions for it.
 *   cc -I. examples/ovsdb_tls.c -lssl -lcrypto && ./a.out 192.0.2.1:6640 key.pem cert.pem ca.pem */
/* flags: -lssl -lcrypto */
#define VIF_IMPLEMENTATION
#include "vif_ovsdb.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>

/* What became of it, as read(2) and write(2) say it, but the error negative. */
static ptrdiff_t result(SSL *ssl, int done)
{
    const int why = SSL_get_error(ssl, done);
    ERR_clear_error();                  /* what is left there would be taken for the next call's */
    return done > 0 ? done : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -EAGAIN
         : why == SSL_ERROR_ZERO_RETURN ? 0 : -EPROTO;
}

static ptrdiff_t tls_read(void *ssl, void *to, size_t len)
{
    return result(ssl, SSL_read(ssl, to, (int)len));
}

static ptrdiff_t tls_write(void *ssl, const void *from, size_t len)
{
    return result(ssl, SSL_write(ssl, from, (int)len));
}

/* As OVS does, both sides show a certificate, and trust whatever their CA has signed. */
static BIO *dial(SSL_CTX *ctx, char **argv)
{
    BIO *bio = NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_PrivateKey_file(ctx, argv[2], SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_use_certificate_file(ctx, argv[3], SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_load_verify_locations(ctx, argv[4], NULL) == 1 &&
        (bio = BIO_new_ssl_connect(ctx)) != NULL && BIO_set_conn_hostname(bio, argv[1]) == 1 &&
        BIO_do_handshake(bio) == 1 && BIO_socket_nbio((int)BIO_get_fd(bio, NULL), 1) == 1) {
        return bio;
    }
    ERR_print_errors_fp(stderr);
    BIO_free_all(bio);
    return NULL;
}

int main(int argc, char **argv)
{
    static char in[32768], out[16384];
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    BIO *bio = argc == 5 && signal(SIGPIPE, SIG_IGN) != SIG_ERR ? dial(ctx, argv) : NULL;
    vif_ovsdb_desc desc = vif_ovsdb_desc_default();
    char text[512], name[64];
    vif_error err = { 0 };
    vif_ovsdb_event reply = { 0 };
    vif_ovsdb_value row;
    vif_ovsdb_txn txn;
    vif_ovsdb db;
    SSL *ssl;

    vif_ovsdb_begin(&txn, text, sizeof text, "Open_vSwitch");
    const int bridges = vif_ovsdb_select(&txn, "Bridge");
    desc.in = in, desc.in_cap = sizeof in, desc.out = out, desc.out_cap = sizeof out;
    desc.read = tls_read, desc.write = tls_write, desc.fd = vif_fd_of((int)BIO_get_fd(bio, NULL));
    const bool done = bio != NULL && BIO_get_ssl(bio, &ssl) == 1 && (desc.user = ssl) != NULL &&
        vif_ovsdb_open(&db, &desc, &err) == VIF_OK &&
        vif_ovsdb_call(&db, &txn, vif_ovsdb_now(&db) + 5000, &reply, &err) == VIF_OK;
    fputs(err.text, stderr);
    vif_ovsdb_iter rows = vif_ovsdb_rows(&reply, bridges);
    while (done && vif_ovsdb_next(&rows, NULL, &row)) {
        (void)vif_ovsdb_text(vif_ovsdb_member(row, "name"), name, sizeof name);
        puts(name);
    }
    BIO_free_all(bio);
    SSL_CTX_free(ctx);
    return !done;
}
