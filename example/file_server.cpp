// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A directory to browse, fetch from and put into: listings by `weft::filesystem`, downloads by `sendfile`, uploads by
// `weft::file`, so that no disk, however slow, keeps the other fibers from their turn. An upload is written beside its
// place, brought to the disk, and put there whole: whoever fetches meanwhile gets the old file or the new one. Without
// arguments it serves a client of its own.
//
//     file_server [directory [port]]

#include <weft/weft.hpp>

#include "http/client.hpp"
#include "http/session.hpp"
#include "http/target.hpp"
#include "serving.hpp"
#include "temporary_directory.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace filesystem = weft::filesystem;
using boost::system::error_code;

namespace
{

constexpr std::size_t largest_upload = 16 * 1024 * 1024; // bytes
constexpr auto unfinished = ".weft-upload-";

std::string as_html(std::string_view text)
{
    std::string result;
    for (const char c : text)
    {
        switch (c)
        {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string listing(const filesystem::path& directory)
{
    std::vector<std::string> lines;
    for (const auto& entry : filesystem::directory_iterator(directory))
    {
        auto name = entry.path().filename().string();
        if (!name.starts_with(unfinished))
        {
            name += entry.is_directory() ? "/" : "";
            lines.push_back("<li><a href=\"./" + example::encode_path(name) + "\">" + as_html(name) + "</a>\n");
        }
    }
    std::sort(lines.begin(), lines.end());
    std::string page = "<!doctype html><meta charset=utf-8><ul>\n";
    for (const auto& line : lines)
    {
        page += line;
    }
    return page + "</ul>\n";
}

void put(example::http_exchange& exchange, const filesystem::path& where)
{
    static std::uint64_t uploads = 0; // all sessions share one thread
    const auto beside = where.parent_path() / (unfinished + std::to_string(++uploads));
    const bool is_new = !filesystem::exists(where);
    error_code error;
    weft::file file;
    file.open(beside, weft::file::write_only | weft::file::create | weft::file::truncate, error);
    if (!error)
    {
        file.write(asio::buffer(exchange.asked().body()), error);
        if (!error)
        {
            file.sync(error);
        }
        if (!error)
        {
            filesystem::rename(beside, where, error);
        }
        if (error)
        {
            error_code ignored;
            filesystem::remove(beside, ignored);
        }
    }
    exchange.send(!error ? (is_new ? http::status::created : http::status::ok)
                  : error == boost::system::errc::no_such_file_or_directory ? http::status::not_found
                  : error == boost::system::errc::no_space_on_device        ? http::status::insufficient_storage
                                                                            : http::status::conflict);
}

void answer(example::http_exchange& exchange, const filesystem::path& root)
{
    const auto& asked = exchange.asked();
    const auto path = example::path_of_target(asked.target());
    const bool is_upload = asked.method() == http::verb::put;
    if (!path || (is_upload && (path->empty() || path->ends_with('/'))))
    {
        exchange.send(http::status::bad_request);
        return;
    }
    if (!is_upload && asked.method() != http::verb::get && asked.method() != http::verb::head)
    {
        exchange.send(http::status::method_not_allowed);
        return;
    }
    const auto where = root / *path;
    error_code error;
    if (is_upload)
    {
        put(exchange, where);
    }
    else if (filesystem::status(where, error).type() != filesystem::file_type::directory)
    {
        exchange.send_file(where);
    }
    else if (path->empty() || path->ends_with('/'))
    {
        exchange.send(http::status::ok, "text/html", listing(where));
    }
    else
    {
        exchange.redirect("/" + example::encode_path(*path) + "/"); // links in the listing are relative
    }
}

void serve(weft::server& server, weft::tcp::acceptor& acceptor, const filesystem::path& root)
{
    const example::http_limits limits{.body = largest_upload, .request_time = 60s};
    server.serve(acceptor, [&](weft::tcp::socket peer, const std::stop_token& stopping) {
        example::converse(peer, limits, [&](example::http_exchange& exchange) { answer(exchange, root); }, stopping);
    });
}

void demonstrate(const weft::tcp::endpoint& where)
{
    weft::tcp::socket peer;
    peer.connect(where);
    example::http_client client(weft::any_stream(std::move(peer)), "here");
    using http::verb;
    client.show(verb::get, "/");
    client.show(verb::put, "/a%20%3Cfile%3E.txt", {}, std::string(100'000, 'a'));
    client.show(verb::put, "/a%20%3Cfile%3E.txt", {}, std::string(200'000, 'b'));
    client.show(verb::get, "/a%20%3Cfile%3E.txt");
    client.show(verb::get, "/folder");
    client.show(verb::put, "/missing/file", {}, "text");
    client.show(verb::put, "/folder", {}, "text");
    std::cout << client.get("/").body();
}

void run(const filesystem::path& root, unsigned short port, bool is_demonstration)
{
    weft::server server({.grace = 10s});
    example::serve_while(
        server, port, [&](auto& acceptor) { serve(server, acceptor, root); },
        [&](const auto& where) { is_demonstration ? demonstrate(where) : example::wait_for_signal("http", where); });
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] {
            if (argc > 1)
            {
                run(argv[1], static_cast<unsigned short>(argc > 2 ? std::stoi(argv[2]) : 0), false);
                return;
            }
            const example::temporary_directory root;
            filesystem::create_directory(root.path() / "folder");
            run(root.path(), 0, true);
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "file_server: " << error.what() << '\n';
        return 1;
    }
}
