// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_TLS_CERTIFICATES_HPP
#define WEFT_TEST_TLS_CERTIFICATES_HPP

#include <weft/tls/context.hpp>

#include <memory>
#include <string>

namespace weft::test
{

/// When a certificate is valid.
enum class validity
{
    now,
    expired
};

/// An authority that exists while the test runs, with a fresh key.
class authority
{
public:
    explicit authority(const std::string& name);
    ~authority();

    /// Its certificate, as PEM text.
    std::string certificate() const;

    /// A fresh key with a certificate for `host`: a name, which may begin with "*.", or an address as "IP:127.0.0.1".
    tls::identity issue(const std::string& host, validity when = validity::now) const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace weft::test

#endif
