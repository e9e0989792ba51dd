// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_operations.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>

namespace asio = boost::asio;
using weft::use_fiber;
using namespace weft::test;

namespace
{

struct from_text // not default-constructible, not copyable
{
    explicit from_text(const char* what) : text(what) {}
    from_text(from_text&&) = default;
    std::string text;
};

const auto failure = std::make_exception_ptr(std::out_of_range("from the operation"));
const error_code refused = asio::error::connection_refused;

} // namespace

BOOST_AUTO_TEST_SUITE(use_fiber_results)

BOOST_AUTO_TEST_CASE(nothing_gives_void)
{
    run_fibers([] {
        static_assert(std::is_void_v<decltype(complete_later<void()>(use_fiber))>);
        static_assert(std::is_void_v<decltype(complete_later<void(error_code)>(use_fiber, error_code()))>);
        complete_later<void()>(use_fiber);
        complete_later<void(error_code)>(use_fiber, error_code());
        complete_later<void(std::exception_ptr)>(use_fiber, std::exception_ptr());
        BOOST_TEST(weft::this_fiber::is_fiber());
    });
}

BOOST_AUTO_TEST_CASE(one_gives_itself)
{
    run_fibers([] {
        BOOST_TEST(complete_later<void(int)>(use_fiber, 42) == 42);
        BOOST_TEST(complete_later<void(error_code, std::string)>(use_fiber, error_code(), std::string("text")) ==
                   "text");
        BOOST_TEST(complete_later<void(std::exception_ptr, int)>(use_fiber, std::exception_ptr(), 7) == 7);
    });
}

BOOST_AUTO_TEST_CASE(more_give_a_tuple)
{
    run_fibers([] {
        const auto two = complete_later<void(int, std::string)>(use_fiber, 1, std::string("b"));
        static_assert(std::is_same_v<decltype(two), const std::tuple<int, std::string>>);
        BOOST_TEST((two == std::tuple(1, std::string("b"))));
        const auto [number, letter] = complete_later<void(error_code, int, char)>(use_fiber, error_code(), 2, 'c');
        BOOST_TEST(number == 2);
        BOOST_TEST(letter == 'c');
    });
}

BOOST_AUTO_TEST_CASE(that_are_references_are_copied)
{
    run_fibers([] {
        using signature = void(error_code, const std::string&);
        const auto text = complete_later<signature>(use_fiber, error_code(), std::string("temporary"));
        static_assert(std::is_same_v<decltype(text), const std::string>);
        BOOST_TEST(text == "temporary");
    });
}

BOOST_AUTO_TEST_CASE(that_can_only_be_moved)
{
    run_fibers([] {
        using pointer = std::unique_ptr<int>;
        BOOST_TEST(*complete_later<void(pointer)>(use_fiber, std::make_unique<int>(1)) == 1);
        BOOST_TEST(*complete_later<void(error_code, pointer)>(use_fiber, error_code(), std::make_unique<int>(2)) == 2);
        auto both = complete_later<void(std::exception_ptr, pointer, pointer)>(
            use_fiber, std::exception_ptr(), std::make_unique<int>(3), std::make_unique<int>(4));
        BOOST_TEST(*std::get<0>(both) + *std::get<1>(both) == 7);
    });
}

BOOST_AUTO_TEST_CASE(that_have_no_default)
{
    run_fibers([] {
        BOOST_TEST(complete_later<void(from_text)>(use_fiber, from_text("a")).text == "a");
        BOOST_TEST(complete_later<void(error_code, from_text)>(use_fiber, error_code(), from_text("b")).text == "b");
        const auto two = complete_later<void(std::exception_ptr, from_text, int)>(use_fiber, std::exception_ptr(),
                                                                                  from_text("c"), 1);
        BOOST_TEST(std::get<0>(two).text == "c");
    });
}

BOOST_AUTO_TEST_CASE(that_start_with_an_error_code_throw_it)
{
    run_fibers([] {
        BOOST_TEST((code_of([] { complete_later<void(error_code)>(use_fiber, refused); }) == refused));
        BOOST_TEST((code_of([] { complete_later<void(error_code, int)>(use_fiber, refused, 3); }) == refused));
        const auto lost = [] { complete_later<void(error_code, from_text)>(use_fiber, refused, from_text("lost")); };
        BOOST_TEST((code_of(lost) == refused));
    });
}

BOOST_AUTO_TEST_CASE(that_start_with_an_exception_throw_it)
{
    run_fibers([] {
        BOOST_CHECK_THROW(complete_later<void(std::exception_ptr)>(use_fiber, failure), std::out_of_range);
        BOOST_CHECK_THROW(complete_later<void(std::exception_ptr, int)>(use_fiber, failure, 0), std::out_of_range);
        BOOST_CHECK_THROW(complete_later<void(std::exception_ptr, from_text)>(use_fiber, failure, from_text("lost")),
                          std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(of_asios_own_operations)
{
    run_fibers([] {
        asio::steady_timer timer(weft::this_executor(), std::chrono::nanoseconds(1));
        static_assert(std::is_void_v<decltype(timer.async_wait(use_fiber))>);
        timer.async_wait(use_fiber);
        asio::post(weft::this_executor(), use_fiber);
        asio::dispatch(weft::this_executor(), use_fiber);
        asio::defer(weft::this_executor(), use_fiber);

        asio::ip::tcp::resolver resolver(weft::this_executor());
        const auto found = resolver.async_resolve("127.0.0.1", "7", use_fiber);
        BOOST_TEST(found.begin()->endpoint() == weft::test::loopback(7));
    });
}

BOOST_AUTO_TEST_CASE(of_composed_operations)
{
    run_fibers([] {
        auto ends = weft::test::make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        const std::string text("one line\nand the rest");
        BOOST_TEST(asio::async_write(client.next_layer(), asio::buffer(text), use_fiber) == text.size());
        std::string got;
        const auto line = asio::async_read_until(server.next_layer(), asio::dynamic_buffer(got), '\n', use_fiber);
        BOOST_TEST(got.substr(0, line) == "one line\n");
        got.erase(0, line);
        std::string rest(12 - got.size(), '\0');
        asio::async_read(server.next_layer(), asio::buffer(rest), use_fiber);
        BOOST_TEST(got + rest == "and the rest");
    });
}

BOOST_AUTO_TEST_CASE(outside_of_a_fiber_are_refused_before_anything_starts)
{
    asio::io_context io;
    asio::steady_timer timer(io, std::chrono::hours(1));
    const auto not_permitted = make_error_code(boost::system::errc::operation_not_permitted);
    BOOST_TEST((code_of([&] { timer.async_wait(use_fiber); }) == not_permitted));
    error_code error;
    BOOST_TEST((code_of([&] { timer.async_wait(asio::redirect_error(use_fiber, error)); }) == not_permitted));
    BOOST_TEST((code_of([] { weft::tcp::socket closed; }) == not_permitted));
    BOOST_TEST((code_of([] { weft::tcp::connect("127.0.0.1", "7"); }) == not_permitted));
    BOOST_TEST(io.poll() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
