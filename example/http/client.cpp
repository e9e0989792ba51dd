// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "client.hpp"

#include <boost/beast/http.hpp>

#include <iostream>
#include <utility>

namespace example
{

namespace http = boost::beast::http;

http_client::http_client(weft::any_stream peer, std::string host) : peer_(std::move(peer)), host_(std::move(host)) {}

http_response http_client::ask(verb how, const std::string& target, const fields& more, const std::string& body)
{
    http::request<http::string_body> request(how, target, 11, body);
    for (const auto& field : more)
    {
        request.set(field.name_string(), field.value());
    }
    request.set(http::field::host, host_);
    request.prepare_payload();
    http::write(peer_, request);
    http::response_parser<http::string_body> parser;
    parser.body_limit(longest_answer);
    parser.skip(how == verb::head);
    http::read(peer_, buffer_, parser);
    return parser.release();
}

void http_client::show(verb how, const std::string& target, const fields& more, const std::string& body)
{
    const auto got = ask(how, target, more, body);
    std::cout << http::to_string(how) << ' ' << target << ": " << got.result_int() << ", "
              << got[http::field::content_type] << ", " << got[http::field::content_length] << " bytes, "
              << got.body().size() << " here, " << (got.keep_alive() ? "kept" : "closed") << '\n';
}

} // namespace example
