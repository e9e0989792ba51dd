// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_HTTP_CLIENT_HPP
#define WEFT_EXAMPLE_HTTP_CLIENT_HPP

#include <weft/io/any_stream.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <string>

namespace example
{

using http_response = boost::beast::http::response<boost::beast::http::string_body>;

/// Requests over one connection. Errors: `system_error`.
class http_client
{
public:
    using verb = boost::beast::http::verb;
    using fields = boost::beast::http::fields;

    http_client(weft::any_stream peer, std::string host);

    http_response ask(verb how, const std::string& target, const fields& more = {}, const std::string& body = {});
    http_response get(const std::string& target)
    {
        return ask(verb::get, target);
    }

    /// Asks, and writes to standard output what there is to know about the answer.
    void show(verb how, const std::string& target, const fields& more = {}, const std::string& body = {});

private:
    static constexpr std::size_t longest_answer = 16 * 1024 * 1024; // bytes

    weft::any_stream peer_;
    std::string host_;
    boost::beast::flat_buffer buffer_{65'536};
};

} // namespace example

#endif
