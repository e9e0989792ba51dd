// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "http/range.hpp"
#include "http/target.hpp"
#include "redis/protocol.hpp"
#include "socks/protocol.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;

// The parsers that belong to examples.

BOOST_AUTO_TEST_SUITE(range_headers)

namespace
{

using example::byte_range;

bool is_part(std::string_view header, std::uint64_t size, std::uint64_t first, std::uint64_t count)
{
    return example::parse_range(header, size) == byte_range{byte_range::kind::part, first, count};
}

} // namespace

BOOST_AUTO_TEST_CASE(parts)
{
    BOOST_TEST(is_part("bytes=0-0", 100, 0, 1));
    BOOST_TEST(is_part("bytes=10-19", 100, 10, 10));
    BOOST_TEST(is_part("bytes=10-", 100, 10, 90));
    BOOST_TEST(is_part("bytes=-10", 100, 90, 10));
    BOOST_TEST(is_part("  Bytes= 99-99\t", 100, 99, 1));
}

BOOST_AUTO_TEST_CASE(ends_behind_the_file_are_cut)
{
    BOOST_TEST(is_part("bytes=10-100", 100, 10, 90));
    BOOST_TEST(is_part("bytes=0-18446744073709551615", 100, 0, 100));
    BOOST_TEST(is_part("bytes=0-99999999999999999999999999", 100, 0, 100));
    BOOST_TEST(is_part("bytes=-1000", 100, 0, 100));
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    BOOST_TEST(is_part("bytes=1-", largest, 1, largest - 1));
    BOOST_TEST(is_part("bytes=-18446744073709551615", largest, 0, largest));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_satisfied)
{
    const byte_range none{byte_range::kind::unsatisfiable, 0, 0};
    for (const auto header : {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"})
    {
        BOOST_TEST_CONTEXT(header)
        {
            BOOST_TEST((example::parse_range(header, 100) == none));
        }
    }
    for (const auto header : {"bytes=0-", "bytes=-1", "bytes=0-0"})
    {
        BOOST_TEST((example::parse_range(header, 0) == none));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_range_asks_for_all)
{
    const byte_range all{byte_range::kind::whole, 0, 100};
    for (const auto header : {""sv, " "sv, "bytes"sv, "bytes="sv, "bytes=-"sv, "bytes=5"sv, "bytes=5-4"sv,
                              "bytes=0-1,5-9"sv, "bytes=a-b"sv, "bytes=1-2x"sv, "bytes=+1-2"sv, "bytes=--1"sv,
                              "bytes=1 -2"sv, "lines=1-2"sv, "bytes=1-\0"sv, "BYTES=\xff-1"sv})
    {
        BOOST_TEST_CONTEXT(header)
        {
            BOOST_TEST((example::parse_range(header, 100) == all));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(request_targets)

BOOST_AUTO_TEST_CASE(paths)
{
    using example::path_of_target;
    BOOST_TEST(path_of_target("/").value() == "");
    BOOST_TEST(path_of_target("/a/b.txt?c=/../d").value() == "a/b.txt");
    BOOST_TEST(path_of_target("/a%20b%2fc%C3%a4#there").value() == "a b/c\xc3\xa4");
    BOOST_TEST(path_of_target("/a..b/...").value() == "a..b/...");
}

BOOST_AUTO_TEST_CASE(what_could_lead_out_of_the_directory)
{
    for (const auto target :
         {""sv, "a"sv, "*"sv, "http://a/b"sv, "/.."sv, "/../a"sv, "/a/.."sv, "/a/../../b"sv, "/%2e%2E/a"sv, "/..%2fa"sv,
          "//etc"sv, "/%2fetc"sv, "/a%00b"sv, "/a\0b"sv, "/%"sv, "/%4"sv, "/%4x"sv, "/%-1"sv})
    {
        BOOST_TEST_CONTEXT(target)
        {
            BOOST_TEST(!example::path_of_target(target));
        }
    }
}

BOOST_AUTO_TEST_CASE(names_survive_a_link)
{
    std::string every;
    for (int c = 1; c < 256; ++c)
    {
        every += static_cast<char>(c);
    }
    const auto link = example::encode_path(every);
    BOOST_TEST(link.find_first_of("\"'<>&?# ") == link.npos);
    BOOST_TEST(example::path_of_target("/" + link).value() == every);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(socks_messages)

namespace
{

using namespace example::socks;

/// Every beginning of a message that is shorter than the message is incomplete, and what follows it does not matter.
template <class Parse>
bool is_found_byte_by_byte(std::string_view message, Parse parse)
{
    for (std::size_t size = 0; size < message.size(); ++size)
    {
        if (parse(message.substr(0, size)).what != progress::incomplete)
        {
            return false;
        }
    }
    const auto with_more = parse(std::string(message) + "more");
    return with_more.what == progress::complete && with_more.size == message.size();
}

reply refusal_of(std::string_view bytes)
{
    const auto got = parse_request(bytes);
    BOOST_TEST((got.what == progress::invalid));
    return got.refusal;
}

} // namespace

BOOST_AUTO_TEST_CASE(greetings)
{
    BOOST_TEST(is_found_byte_by_byte("\5\2\2\0"sv, parse_greeting));
    BOOST_TEST(parse_greeting("\5\2\2\0"sv).offers_no_password);
    BOOST_TEST(!parse_greeting("\5\1\2"sv).offers_no_password);
    BOOST_TEST((parse_greeting("\5\0"sv).what == progress::complete));
    BOOST_TEST((parse_greeting("\4"sv).what == progress::invalid));
    BOOST_TEST((parse_greeting("GET / HTTP/1.1\r\n"sv).what == progress::invalid));
    const auto longest = "\5\xff"s + std::string(255, '\1');
    BOOST_TEST(parse_greeting(longest).size == longest_greeting);
    BOOST_TEST(make_choice(no_password) == "\5\0"sv);
}

BOOST_AUTO_TEST_CASE(requests)
{
    constexpr auto v4 = "\5\1\0\1\x7f\0\0\1\x1f\x90"sv;
    BOOST_TEST(is_found_byte_by_byte(v4, parse_request));
    BOOST_TEST(parse_request(v4).host == "127.0.0.1");
    BOOST_TEST(parse_request(v4).port == 8080);

    constexpr auto v6 = "\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xff\xff"sv;
    BOOST_TEST(is_found_byte_by_byte(v6, parse_request));
    BOOST_TEST(parse_request(v6).host == "::1");
    BOOST_TEST(parse_request(v6).port == 65535);

    constexpr auto name = "\5\1\0\3\x9localhost\0\x50"sv;
    BOOST_TEST(is_found_byte_by_byte(name, parse_request));
    BOOST_TEST(parse_request(name).host == "localhost");
    BOOST_TEST(parse_request(name).port == 80);

    const auto longest = "\5\1\0\3\xff"s + std::string(255, 'n') + "\1\2";
    BOOST_TEST(parse_request(longest).size == longest_request);
}

BOOST_AUTO_TEST_CASE(what_is_refused_and_why)
{
    BOOST_TEST((refusal_of("\4") == reply::general_failure));
    BOOST_TEST((refusal_of("\5\2\0\1\0"sv) == reply::command_not_supported));
    BOOST_TEST((refusal_of("\5\1\1\1\0"sv) == reply::general_failure));
    BOOST_TEST((refusal_of("\5\1\0\2\0"sv) == reply::address_type_not_supported));
    BOOST_TEST((refusal_of("\5\1\0\3\0\0\0"sv) == reply::general_failure));
    BOOST_TEST((refusal_of("\5\1\0\3\3a\0b\0\x50"sv) == reply::general_failure));
    BOOST_TEST((refusal_of("\5\1\0\3\3a b\0\x50"sv) == reply::general_failure));
}

BOOST_AUTO_TEST_CASE(replies)
{
    using boost::asio::ip::make_address;
    BOOST_TEST(make_reply(reply::succeeded, {make_address("10.0.0.1"), 258}) == "\5\0\0\1\xa\0\0\1\1\2"sv);
    BOOST_TEST(make_reply(reply::succeeded, {make_address("::1"), 1}) ==
               "\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1"sv);
    BOOST_TEST(make_reply(reply::connection_refused) == "\5\5\0\1\0\0\0\0\0\0"sv);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(redis_replies)

namespace
{

using namespace example::redis;
using kind = value::kind;

/// All at once, and in pieces of each size: the outcome has to be the same.
value parse(std::string_view bytes)
{
    parser at_once;
    BOOST_TEST(at_once.feed(std::string(bytes) + "more") == bytes.size());
    BOOST_TEST((at_once.status() == parser::state::complete));
    const auto result = at_once.take();
    for (std::size_t piece = 1; piece < bytes.size(); ++piece)
    {
        parser one;
        for (std::size_t at = 0; at < bytes.size(); at += piece)
        {
            BOOST_TEST((one.status() == parser::state::incomplete));
            BOOST_TEST(one.feed(bytes.substr(at, piece)) == std::min(piece, bytes.size() - at));
        }
        BOOST_TEST((one.take() == result));
    }
    return result;
}

std::string problem_of(std::string_view bytes, const limits& most = {})
{
    parser one(most);
    one.feed(bytes);
    BOOST_TEST((one.status() == parser::state::invalid));
    BOOST_TEST(one.feed("+OK\r\n") == 0u);
    return one.problem();
}

} // namespace

BOOST_AUTO_TEST_CASE(commands)
{
    std::string sent;
    append_command(sent, std::array{"SET"sv, "a key"sv, "\r\n\0"sv});
    append_command(sent, std::array{"PING"sv});
    BOOST_TEST(sent == "*3\r\n$3\r\nSET\r\n$5\r\na key\r\n$3\r\n\r\n\0\r\n*1\r\n$4\r\nPING\r\n"sv);
    const auto got = parse(std::string_view(sent).substr(0, sent.find("*1")));
    BOOST_TEST(got.items.size() == 3u);
    BOOST_TEST(got.items[2].text == "\r\n\0"sv);
}

BOOST_AUTO_TEST_CASE(each_kind)
{
    BOOST_TEST((parse("+OK\r\n") == value{kind::status, "OK", 0, {}}));
    BOOST_TEST((parse("-ERR no\r\n") == value{kind::error, "ERR no", 0, {}}));
    BOOST_TEST((parse(":-42\r\n") == value{kind::integer, "", -42, {}}));
    BOOST_TEST((parse("$5\r\na\r\nbc\r\n") == value{kind::text, "a\r\nbc", 0, {}}));
    BOOST_TEST((parse("$0\r\n\r\n") == value{kind::text, "", 0, {}}));
    BOOST_TEST((parse("$-1\r\n") == value{}));
    BOOST_TEST((parse("*-1\r\n") == value{}));
    BOOST_TEST((parse("*0\r\n") == value{kind::array, "", 0, {}}));
    const value inner{kind::array, "", 0, {{kind::integer, "", 1, {}}, {}}};
    BOOST_TEST((parse("*3\r\n*2\r\n:1\r\n$-1\r\n+a\r\n*0\r\n") ==
                value{kind::array, "", 0, {inner, {kind::status, "a", 0, {}}, {kind::array, "", 0, {}}}}));
}

BOOST_AUTO_TEST_CASE(several_in_one_piece)
{
    parser one;
    std::string_view bytes = "+a\r\n:2\r\n$1\r\nc\r\n";
    std::vector<std::string> got;
    while (!bytes.empty())
    {
        bytes.remove_prefix(one.feed(bytes));
        const auto reply = one.take();
        got.push_back(reply.text + std::to_string(reply.number));
    }
    BOOST_TEST(got == (std::vector<std::string>{"a0", "2", "c0"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_invalid)
{
    BOOST_TEST(problem_of("?\r\n") == "an unknown type");
    BOOST_TEST(problem_of("+OK\n") == "a line has no proper end");
    BOOST_TEST(problem_of("+O\rK\r\n") == "a line has no proper end");
    BOOST_TEST(problem_of("\r\n") == "a line has no proper end");
    for (const auto bytes : {":\r\n", ":+1\r\n", ":1x\r\n", "$\r\n", "$ 1\r\n", "*1.5\r\n", ":9223372036854775808\r\n"})
    {
        BOOST_TEST(problem_of(bytes) == "no number where one must be");
    }
    BOOST_TEST(problem_of("$-2\r\n") == "a length out of bounds");
    BOOST_TEST(problem_of("$3\r\nabcd\r\n") == "a text has no proper end");
}

BOOST_AUTO_TEST_CASE(bounds)
{
    BOOST_TEST(problem_of("$9223372036854775807\r\n") == "a length out of bounds");
    BOOST_TEST(problem_of("*9223372036854775807\r\n") == "a length out of bounds");
    BOOST_TEST(problem_of("$11\r\n", {.text = 10}) == "a length out of bounds");
    BOOST_TEST(problem_of("*11\r\n", {.items = 10}) == "a length out of bounds");
    BOOST_TEST(problem_of("*1\r\n*1\r\n*1\r\n", {.depth = 2}) == "arrays in arrays too deep");
    BOOST_TEST(problem_of("+" + std::string(20, 'x'), {.line = 10}) == "a line is too long");

    parser one({.line = 10});
    one.feed("+1234567890\r\n");
    BOOST_TEST(one.take().text == "1234567890");
    for (int i = 0; i < 30; ++i)
    {
        one.feed(i == 0 ? "+" : "x");
    }
    BOOST_TEST(one.problem() == "a line is too long");
}

BOOST_AUTO_TEST_SUITE_END()
