// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "tls/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace weft::test
{

namespace
{

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* what) const
    {
        Free(what);
    }
};

using key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using memory = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using extension = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

template <class T>
T require(T result)
{
    if (!result)
    {
        throw std::runtime_error("OpenSSL cannot make a certificate");
    }
    return result;
}

key make_key()
{
    const std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>> maker(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
    require(EVP_PKEY_keygen_init(require(maker.get())) == 1);
    require(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker.get(), NID_X9_62_prime256v1) == 1);
    EVP_PKEY* made = nullptr;
    require(EVP_PKEY_keygen(maker.get(), &made) == 1);
    return key(made);
}

void add_extension(X509& to, int kind, const std::string& value)
{
    const extension made(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    require(X509_add_ext(&to, require(made.get()), -1) == 1);
}

certificate_pointer make_certificate(const std::string& name, EVP_PKEY& of, validity when)
{
    static long last_serial = 0;
    certificate_pointer made(require(X509_new()));
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++last_serial);
    constexpr long day = 24 * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -2 * day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), when == validity::now ? day : -day);
    require(X509_set_pubkey(made.get(), &of) == 1);
    const std::string label = name.substr(0, 60);
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                                       static_cast<const unsigned char*>(static_cast<const void*>(label.c_str())), -1,
                                       -1, 0) == 1);
    return made;
}

void sign(X509& what, X509& by, EVP_PKEY& with)
{
    require(X509_set_issuer_name(&what, X509_get_subject_name(&by)) == 1);
    require(X509_sign(&what, &with, EVP_sha256()) != 0);
}

template <class Write>
std::string pem(Write write)
{
    const memory text(require(BIO_new(BIO_s_mem())));
    require(write(text.get()) == 1);
    char* bytes = nullptr;
    const auto size = BIO_ctrl(text.get(), BIO_CTRL_INFO, 0, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509& which)
{
    return pem([&which](BIO* to) { return PEM_write_bio_X509(to, &which); });
}

} // namespace

struct authority::parts
{
    key own_key = make_key();
    certificate_pointer own;
};

authority::authority(const std::string& name) : parts_(std::make_unique<parts>())
{
    parts_->own = make_certificate(name, *parts_->own_key, validity::now);
    add_extension(*parts_->own, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(*parts_->own, NID_key_usage, "critical,keyCertSign");
    sign(*parts_->own, *parts_->own, *parts_->own_key);
}

authority::~authority() = default;

std::string authority::certificate() const
{
    return pem_of(*parts_->own);
}

tls::identity authority::issue(const std::string& host, validity when) const
{
    const auto fresh = make_key();
    const auto made = make_certificate(host, *fresh, when);
    add_extension(*made, NID_subject_alt_name, host.starts_with("IP:") ? host : "DNS:" + host);
    sign(*made, *parts_->own, *parts_->own_key);
    return {pem_of(*made), pem([&fresh](BIO* to) {
                return PEM_write_bio_PrivateKey(to, fresh.get(), nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

} // namespace weft::test
