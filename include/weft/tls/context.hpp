// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TLS_CONTEXT_HPP
#define WEFT_TLS_CONTEXT_HPP

#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace weft::tls
{

namespace detail
{

/// An SSL_CTX and what it refers to. Connections keep theirs alive.
class context_state;
using context_pointer = std::shared_ptr<context_state>;

} // namespace detail

/// A certificate with those that lead to its authority, and its private key, as PEM text.
struct identity
{
    std::string certificate_chain; ///< the certificate first
    std::string private_key;       ///< without a passphrase
};

/// Reads both from files. Blocks: the thread, for two small files. Errors: those of the system.
identity read_identity(const std::string& certificate_chain_file, const std::string& private_key_file);

/// How clients connect.
struct client_options
{
    /// PEM text of the authorities to trust. Empty: those of the system.
    std::string trusted;
    /// Protocols to offer by ALPN, the preferred one first.
    std::vector<std::string> alpn;
    /// For servers that ask for a certificate; empty: none.
    identity own;
};

/// What the connections of clients have in common: TLS 1.2 or later, no renegotiation, and the server's certificate must
/// be valid and lead to a trusted authority. Copies are the same context.
///
/// Errors: the constructors throw `system_error` of OpenSSL for what is no PEM, a key that does not belong to the
/// certificate, and the like; `invalid_argument` for a name in `alpn` that is empty or longer than 255 bytes.
/// Thread safety: any thread, once it is set up.
class client_context
{
public:
    client_context() : client_context(client_options{}) {}
    explicit client_context(const client_options& options);

    /// For settings that have no name here. Not while connections are made.
    ssl_ctx_st* native_handle() const noexcept;

    /// For weft's own layers.
    const detail::context_pointer& state() const noexcept
    {
        return state_;
    }

private:
    detail::context_pointer state_;
};

/// How a server presents itself, and whom it takes.
struct server_options
{
    identity own; ///< its certificate and key
    /// Protocols to accept by ALPN, the preferred one first. Empty: ALPN is ignored. A client that offers only others is
    /// refused; one that offers none is not.
    std::vector<std::string> alpn;
    /// PEM text of the authorities of clients. If there is one, a client without a certificate of theirs is refused.
    std::string client_authorities;
};

/// What the connections of a server have in common: TLS 1.2 or later, no renegotiation.
///
/// Errors: as `client_context`.
/// Thread safety: any thread.
class server_context
{
public:
    /// Errors: those of OpenSSL, for the certificate and the key.
    explicit server_context(server_options options);

    /// From now on new connections get this certificate; those that exist go on with theirs. With an error nothing has
    /// changed. Blocks: never.
    void reload(const identity& own);

    /// For settings that have no name here. Replaced by `reload`.
    ssl_ctx_st* native_handle() const;

    /// For weft's own layers.
    detail::context_pointer state() const;

private:
    server_options options_; ///< all but the identity
    mutable std::mutex mutex_;
    detail::context_pointer state_; // under the mutex
};

} // namespace weft::tls

#endif
