// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "fuzz/targets.hpp"
#include "http/range.hpp"
#include "http/target.hpp"
#include "redis/protocol.hpp"
#include "socks/protocol.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

// What the examples' parsers make of what peers send.

namespace weft::fuzz
{
namespace
{

using example::redis::value;

std::size_t depth_of(const value& which)
{
    std::size_t deepest = 0;
    for (const auto& each : which.items)
    {
        deepest = std::max(deepest, depth_of(each));
    }
    return which.what == value::kind::array ? deepest + 1 : 0;
}

struct replies
{
    std::vector<value> all;
    std::string problem;
};

/// Feeds it in pieces of at most this size, until something is wrong with it.
replies parse_replies(std::string_view bytes, std::size_t piece, const example::redis::limits& most)
{
    example::redis::parser parser(most);
    replies result;
    while (!bytes.empty() && parser.status() != example::redis::parser::state::invalid)
    {
        const auto taken = parser.feed(bytes.substr(0, piece));
        require(taken != 0 || parser.status() == example::redis::parser::state::invalid, "it goes on");
        bytes.remove_prefix(taken);
        if (parser.status() == example::redis::parser::state::complete)
        {
            result.all.push_back(parser.take());
        }
    }
    if (parser.status() == example::redis::parser::state::invalid)
    {
        result.problem = parser.problem();
        require(!result.problem.empty(), "it says why");
    }
    return result;
}

/// What holds for each way to parse the beginnings of a message: it is the same however much of it has come.
template <class Parse>
void check_beginnings(std::string_view input, std::size_t longest, Parse parse)
{
    using example::socks::progress;
    const auto whole = parse(input);
    require(whole.what != progress::incomplete || input.size() < longest, "the longest is never incomplete");
    require(whole.size <= input.size(), "no more than came");
    for (std::size_t size = 0; size < std::min(input.size(), longest); ++size)
    {
        const auto early = parse(input.substr(0, size));
        if (whole.what == progress::complete)
        {
            require(early.what == (size < whole.size ? progress::incomplete : progress::complete),
                    "complete with its last byte, not sooner and not later");
        }
        require(early.what != progress::invalid || whole.what == progress::invalid, "what is invalid stays so");
        require(early.what != progress::complete || early.size <= size, "no more than came yet");
    }
}

} // namespace

void redis_replies(std::string_view input)
{
    const example::redis::limits small{.line = 20, .text = 50, .items = 10, .depth = 3};
    const auto whole = parse_replies(input, input.size(), small);
    for (const std::size_t piece : {1U, 2U, 7U})
    {
        const auto again = parse_replies(input, piece, small);
        require(again.all == whole.all, "the same in pieces");
        require(again.problem.empty() == whole.problem.empty(), "invalid in pieces too");
    }
    for (const auto& each : whole.all)
    {
        require(depth_of(each) <= small.depth, "no deeper than allowed");
        require(each.items.size() <= 10 && each.text.size() <= 50, "no longer than allowed");
    }
    // A command is an array of texts, which comes back as it went.
    std::string command;
    example::redis::append_command(command, std::vector<std::string_view>{input, "x"});
    const auto echoed = parse_replies(command, 13, {});
    require(echoed.all.size() == 1 && echoed.all[0].items.size() == 2 && echoed.all[0].items[0].text == input,
            "a command is what was put into it");
}

void range_headers(std::string_view input)
{
    std::uint64_t size = 0; // of the file
    const auto text = input.substr(std::min(input.size(), sizeof size));
    if (text.data() != input.data())
    {
        std::memcpy(&size, input.data(), input.size() - text.size());
    }
    for (const auto length : {size, std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}})
    {
        const auto range = example::parse_range(text, length);
        switch (range.what)
        {
        case example::byte_range::kind::whole:
            require(range.first == 0 && range.count == length, "all of it");
            break;
        case example::byte_range::kind::part:
            require(range.count != 0 && range.first < length && range.count <= length - range.first, "a part of it");
            break;
        case example::byte_range::kind::unsatisfiable:
            require(range.count == 0, "nothing");
        }
    }
}

void request_targets(std::string_view input)
{
    if (const auto path = example::path_of_target(input))
    {
        require(path->find('\0') == path->npos, "no end in the middle");
        require(!path->starts_with('/'), "below the root");
        int depth = 0;
        for (std::string_view rest = *path; !rest.empty();)
        {
            const auto part = rest.substr(0, rest.find('/'));
            depth += part == ".." ? -1 : 1;
            require(depth >= 0, "never above the root");
            rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        }
        require(example::path_of_target("/" + example::encode_path(*path)) == path, "there and back");
    }
    const std::string named(input);
    const auto back = example::path_of_target("/" + example::encode_path(named));
    require(!back || *back == named, "a name is itself, or refused");
}

void socks_messages(std::string_view input)
{
    using namespace example::socks;
    check_beginnings(input, longest_greeting, [](std::string_view bytes) { return parse_greeting(bytes); });
    check_beginnings(input, longest_request, [](std::string_view bytes) { return parse_request(bytes); });
    const auto asked = parse_request(input);
    if (asked.what == progress::complete)
    {
        require(!asked.host.empty() && asked.host.find('\0') == asked.host.npos, "a host");
        boost::system::error_code error;
        const auto address = boost::asio::ip::make_address(asked.host, error);
        require(!error || input[3] == 3, "an address, where it is one");
        if (!error && input[3] != 3)
        {
            const auto reply = make_reply(example::socks::reply::succeeded, {address, asked.port});
            require(reply.substr(3) == input.substr(3, asked.size - 3), "the same address in a reply");
        }
    }
    require(asked.what != progress::invalid || asked.refusal != example::socks::reply::succeeded, "it says why");
}

} // namespace weft::fuzz
