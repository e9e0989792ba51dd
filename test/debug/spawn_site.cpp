// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/spawn_site.hpp>
#include <weft/weft.hpp>

#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

using namespace weft::test;
namespace asio = boost::asio;
namespace debug = weft::debug;

namespace
{

// A function and all that is inlined into it is much shorter than this.
constexpr std::uintptr_t longest_function = 8 * 1024;

template <class Function>
bool is_in(Function* function, const void* address)
{
    const auto begin = reinterpret_cast<std::uintptr_t>(function);
    const auto where = reinterpret_cast<std::uintptr_t>(address);
    return where > begin && where - begin < longest_function;
}

[[gnu::noinline]] debug::spawn_site in_a_fiber()
{
    debug::spawn_site site;
    weft::fiber made([&] { site = debug::this_fiber_spawn_site(); });
    BOOST_TEST((debug::spawn_site_of(made).address != nullptr));
    made.join();
    return site;
}

[[gnu::noinline]] debug::spawn_site in_a_jfiber()
{
    weft::jfiber made([](std::stop_token) {});
    return debug::spawn_site_of(made);
}

[[gnu::noinline]] debug::spawn_site in_spawn(asio::io_context& io)
{
    debug::spawn_site site;
    weft::spawn(io, [&] { site = debug::this_fiber_spawn_site(); });
    io.run();
    return site;
}

[[gnu::noinline]] debug::spawn_site in_spawn_with_a_token(asio::io_context& io)
{
    debug::spawn_site site;
    auto done = weft::spawn(io, [&] { site = debug::this_fiber_spawn_site(); }, asio::use_future);
    io.run();
    done.get();
    return site;
}

[[gnu::noinline]] debug::spawn_site in_run()
{
    debug::spawn_site site;
    weft::run([&] { site = debug::this_fiber_spawn_site(); });
    return site;
}

} // namespace

BOOST_AUTO_TEST_SUITE(spawn_site)

BOOST_AUTO_TEST_CASE(is_in_the_function_that_makes_the_fiber)
{
    weft::run([] {
        BOOST_TEST(is_in(&in_a_fiber, in_a_fiber().address));
        BOOST_TEST(is_in(&in_a_jfiber, in_a_jfiber().address));
    });
    asio::io_context io;
    BOOST_TEST(is_in(&in_spawn, in_spawn(io).address));
    io.restart();
    BOOST_TEST(is_in(&in_spawn_with_a_token, in_spawn_with_a_token(io).address));
    BOOST_TEST(is_in(&in_run, in_run().address));
}

BOOST_AUTO_TEST_CASE(each_call_has_its_own_and_a_repeated_one_the_same)
{
    weft::run([] {
        std::vector<const void*> seen;
        const auto nothing = [] {};
        for (int i = 0; i < 2; ++i)
        {
            weft::fiber first(nothing);
            weft::fiber second(weft::launch::deferred, nothing);
            weft::fiber third(weft::attributes{.name = "third"}, nothing);
            weft::fiber fourth(weft::launch::dispatch, weft::attributes{.name = "fourth"}, nothing);
            for (auto* const one : {&first, &second, &third, &fourth})
            {
                seen.push_back(debug::spawn_site_of(*one).address);
                one->join();
            }
        }
        BOOST_TEST((std::set(seen.begin(), seen.end()).size()) == 4U);
        BOOST_TEST((std::equal(seen.begin(), seen.begin() + 4, seen.begin() + 4)));
    });
}

BOOST_AUTO_TEST_CASE(a_place_of_the_attributes_wins)
{
    const boost::source_location here = BOOST_CURRENT_LOCATION;
    weft::run([&] {
        weft::fiber made(weft::attributes{.site = here}, [] {});
        const auto site = debug::spawn_site_of(made);
        BOOST_TEST(site.named.line() == here.line());
        BOOST_TEST(to_string(site) == std::string(here.file_name()) + ':' + std::to_string(here.line()) + " (" +
                                          here.function_name() + ')');
        made.join();
    });
    asio::io_context io;
    auto line = weft::spawn(
        io, weft::attributes{.site = here}, [] { return debug::this_fiber_spawn_site().named.line(); },
        asio::use_future);
    io.run();
    BOOST_TEST(line.get() == here.line());
}

BOOST_AUTO_TEST_CASE(as_text)
{
    const auto text = to_string(in_run());
    BOOST_TEST(text.find("test_debug+0x") != text.npos);
    BOOST_TEST(to_string(debug::spawn_site{}) == "0");
}

BOOST_AUTO_TEST_CASE(of_nobody)
{
    BOOST_TEST((error_of([] { debug::spawn_site_of(weft::fiber()); }) == errc::invalid_argument));
    BOOST_TEST((error_of([] { debug::spawn_site_of(weft::jfiber()); }) == errc::invalid_argument));
    BOOST_TEST((error_of([] { debug::this_fiber_spawn_site(); }) == errc::operation_not_permitted));
}

BOOST_AUTO_TEST_SUITE_END()
