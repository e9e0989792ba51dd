// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "tls/support_tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <openssl/x509.h>
#include <string>
#include <unistd.h>

namespace asio = boost::asio;
using namespace weft::test;

namespace
{

/// A fresh directory that goes with its end.
class scratch_directory
{
public:
    scratch_directory()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "weft-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        where_ = pattern;
    }
    ~scratch_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(where_, ignored);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;

    std::string write(const std::string& name, const std::string& text) const
    {
        const auto file = where_ / name;
        std::ofstream(file) << text;
        return file.string();
    }

private:
    std::filesystem::path where_;
};

/// Whom the server says it is.
std::string name_of_server(weft::test::tls_end& client)
{
    const auto shown = SSL_get1_peer_certificate(client.native_handle());
    char name[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof(name));
    X509_free(shown);
    return name;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_contexts, tls_world)

BOOST_AUTO_TEST_CASE(reload_changes_new_connections_only)
{
    run_fibers([this] {
        auto before = connect();
        BOOST_TEST(name_of_server(before.client) == "server.test");
        server_side.reload(trusted.issue("new.test"));
        auto after = make_ends();
        BOOST_TEST(!shake_hands(after, "new.test").client);
        BOOST_TEST(name_of_server(after.client) == "new.test");

        before.client.write(asio::buffer("goes on", 7));
        std::string got(7, '\0');
        asio::read(before.server, asio::buffer(got));
        BOOST_TEST(got == "goes on");
    });
}

BOOST_AUTO_TEST_CASE(reload_that_fails_changes_nothing)
{
    run_fibers([this] {
        const auto other = trusted.issue("new.test");
        BOOST_TEST((code_of([&] { server_side.reload({own.certificate_chain, other.private_key}); }).category() ==
                    asio::error::get_ssl_category()));
        BOOST_TEST(code_of([&] { server_side.reload({"no PEM", own.private_key}); }).failed());
        auto both = connect();
        BOOST_TEST(name_of_server(both.client) == "server.test");
    });
}

BOOST_AUTO_TEST_CASE(a_connection_outlives_its_context)
{
    run_fibers([this] {
        auto both = [this] {
            const weft::tls::server_context server({.own = own, .alpn = {"h2"}, .client_authorities = {}});
            const weft::tls::client_context client(
                weft::tls::client_options{.trusted = trusted.certificate(), .alpn = {"h2"}, .own = {}});
            return make_ends(client, server);
        }();
        const auto result = shake_hands(both);
        BOOST_TEST(!result.client, result.client.message());
        BOOST_TEST(both.server.alpn() == "h2");
    });
}

BOOST_AUTO_TEST_CASE(identities_from_files)
{
    const scratch_directory files;
    const auto chain = files.write("chain.pem", own.certificate_chain);
    const auto key = files.write("key.pem", own.private_key);
    const auto read = weft::tls::read_identity(chain, key);
    BOOST_TEST(read.certificate_chain == own.certificate_chain);
    BOOST_TEST(read.private_key == own.private_key);
    BOOST_TEST((code_of([&] { weft::tls::read_identity(chain + ".not", key); }) ==
                boost::system::errc::no_such_file_or_directory));
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_errors)
{
    const auto with_alpn = [this](const std::string& name) {
        weft::tls::client_context(
            weft::tls::client_options{.trusted = trusted.certificate(), .alpn = {name}, .own = {}});
    };
    BOOST_TEST((code_of([&] { with_alpn(""); }) == asio::error::invalid_argument));
    BOOST_TEST((code_of([&] { with_alpn(std::string(256, 'x')); }) == asio::error::invalid_argument));
    with_alpn(std::string(255, 'x'));
    BOOST_TEST(code_of([] {
                   weft::tls::client_context(weft::tls::client_options{.trusted = "no PEM", .alpn = {}, .own = {}});
               }).failed());
}

BOOST_AUTO_TEST_CASE(the_default_trusts_the_system_and_so_not_this_server)
{
    run_fibers([this] {
        const weft::tls::client_context usual;
        auto both = make_ends(usual, server_side);
        BOOST_TEST(shake_hands(both).client.failed());
        BOOST_TEST(!both.client.why_not_trusted().empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
