// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_file_body.hpp"
#include "io/support_files.hpp"
#include "io/support_io.hpp"
#include "support/allocation_counter.hpp"
#include "support/errors.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::file;
using weft::detail::file_road;

namespace weft::detail
{
static std::ostream& operator<<(std::ostream& out, file_road road)
{
    constexpr std::array names{"automatic", "page cache", "io_uring", "pool"};
    return out << names.at(static_cast<std::size_t>(road));
}
} // namespace weft::detail

namespace
{

struct files : weft::test::virtual_time
{
    weft::test::fresh_directory directory;
    const fs::path name = directory / "file";

    ~files()
    {
        weft::detail::force_file_road(file_road::automatic);
    }
};

const std::array roads{file_road::automatic, file_road::page_cache, file_road::io_uring, file_road::pool};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_calls, files)

BOOST_DATA_TEST_CASE(V15_reads_and_writes, boost::unit_test::data::make(roads), road)
{
    weft::detail::force_file_road(road);
    const auto before = weft::detail::file_roads_taken();
    run_fibers([this] { use_reads_and_writes(name); });
    BOOST_TEST(weft::detail::file_roads_taken().pool > before.pool);
    const bool by_ring = weft::detail::file_roads_taken().io_uring > before.io_uring;
    BOOST_TEST((!by_ring || road == file_road::io_uring || road == file_road::automatic));
    if (road == file_road::io_uring && !by_ring)
    {
        BOOST_TEST_MESSAGE("io_uring is not built in, or refused");
    }
}

BOOST_AUTO_TEST_CASE(reads_and_writes_of_a_plain_thread)
{
    const auto before = weft::detail::file_roads_taken().pool;
    use_reads_and_writes(name);
    BOOST_TEST(weft::detail::file_roads_taken().pool == before);
}

BOOST_AUTO_TEST_CASE(what_is_in_the_page_cache_takes_no_thread)
{
    put(name, std::string(8192, 'x'));
    run_fibers([this] {
        std::array<char, 4096> page;
        file from(name);
        from.read_some(asio::buffer(page));
        const auto pool_before = weft::detail::file_roads_taken().pool;
        const auto allocations_before = weft::test::allocation_count();
        from.read_some_at(0, asio::buffer(page));
        const bool possible = weft::detail::file_roads_taken().pool == pool_before;
        if (possible) // a tmpfs may refuse
        {
            for (int i = 0; i < 10; ++i)
            {
                BOOST_TEST(from.read_at(4096, asio::buffer(page)) == 4096U);
            }
            BOOST_TEST(weft::detail::file_roads_taken().pool == pool_before);
        }
        else
        {
            BOOST_TEST_MESSAGE("the file system of " << name << " has no attempts at its page cache");
        }
        BOOST_TEST(weft::test::allocation_count() == allocations_before);
    });
}

BOOST_AUTO_TEST_CASE(V15_how_a_file_is_opened)
{
    run_fibers([this] {
        const auto open = [this](file::flags how) { return error_of([&] { file(name, how); }); };
        BOOST_TEST(open(file::read_only) == errc::no_such_file_or_directory);
        BOOST_TEST(!open(file::write_only | file::create));
        BOOST_TEST(open(file::write_only | file::create | file::exclusive) == errc::file_exists);
        put(name, "old");
        file(name, file::write_only | file::append).write(asio::buffer("er", 2));
        BOOST_TEST(content_of(name) == "older");
        file(name, file::write_only).write(asio::buffer("b", 1));
        BOOST_TEST(content_of(name) == "blder");
        file(name, file::write_only | file::truncate | file::sync_all_on_write).write(asio::buffer("c", 1));
        BOOST_TEST(content_of(name) == "c");
        for (const auto wrong : {file::create, file::read_only | file::write_only, file::read_write | file::exclusive})
        {
            BOOST_TEST(open(wrong) == errc::invalid_argument);
        }
        char letter = 0;
        file readable(name);
        BOOST_TEST(error_of([&] { readable.write(asio::buffer(&letter, 1)); }) == errc::bad_file_descriptor);
        readable.open(name, file::write_only); // closes it before
        BOOST_TEST(error_of([&] { readable.read(asio::buffer(&letter, 1)); }) == errc::bad_file_descriptor);
        const int descriptor = readable.native_handle();
        BOOST_TEST((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
        file moved(std::move(readable));
        BOOST_TEST(!readable.is_open());
        BOOST_TEST(moved.native_handle() == descriptor);
        BOOST_TEST(moved.release() == descriptor);
        BOOST_TEST(!moved.is_open());
        moved = file(descriptor);
        moved = file();
        BOOST_TEST(::fcntl(descriptor, F_GETFD) == -1);
    });
}

BOOST_AUTO_TEST_CASE(errors_are_clear)
{
    run_fibers([this] {
        const auto open = [](const fs::path& where, file::flags how) { return error_of([&] { file(where, how); }); };
        BOOST_TEST(open(directory.path(), file::write_only) == errc::is_a_directory);
        BOOST_TEST(open(directory / "no" / "file", file::write_only | file::create) == errc::no_such_file_or_directory);
        put(name, "text");
        BOOST_TEST(open(name / "below", file::read_only) == errc::not_a_directory);
        std::array<char, 10> data{};
        file of_directory(directory.path());
        BOOST_TEST(error_of([&] { of_directory.read(asio::buffer(data)); }) == errc::is_a_directory);
        BOOST_TEST(error_of([&] { of_directory.resize(0); }).failed());
        file from(name);
        BOOST_TEST(error_of([&] { from.seek(-1); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&] { from.resize(1); }).failed());
        BOOST_TEST(error_of([&] { from.allocate(0, 0); }).failed());
        try
        {
            file("/does/not/exist");
            BOOST_ERROR("opened");
        }
        catch (const boost::system::system_error& error)
        {
            BOOST_TEST(std::string(error.what()).find("\"/does/not/exist\"") != std::string::npos);
        }
    });
}

BOOST_DATA_TEST_CASE(cancelled_and_late, boost::unit_test::data::make(roads), road)
{
    weft::detail::force_file_road(road);
    put(name, "text");
    run_fibers([this] {
        std::array<char, 10> data{};
        file both(name, file::read_write);
        std::vector<error_code> left_by;
        fiber canceled([&] {
            left_by.push_back(error_of([&] { both.read(asio::buffer(data)); }));
            left_by.push_back(error_of([&] { both.write(asio::buffer(data)); }));
            left_by.push_back(error_of([&] { both.sync(); }));
            left_by.push_back(error_of([&] { both.lock(); }));
            left_by.push_back(error_of([&] { file again(name); }));
            both.close();
        });
        canceled.cancel();
        canceled.join();
        BOOST_TEST(left_by.size() == 5U);
        for (const auto& each : left_by)
        {
            BOOST_TEST(each == aborted);
        }
        BOOST_TEST(!both.is_open());
        const weft::deadline over(0s);
        BOOST_TEST(error_of([&] { file again(name); }) == timed_out);
    });
    BOOST_TEST(content_of(name) == "text");
}

BOOST_AUTO_TEST_CASE(interrupted_in_the_io_uring)
{
    weft::detail::force_file_road(file_road::io_uring);
    put(name, std::string(1 << 20, 'x'));
    run_fibers([this] {
        std::vector<char> data(1 << 20);
        const file from(name);
        file again(::dup(from.native_handle()));
        error_code error;
        std::size_t count = 0;
        const auto check = [&](error_code expected) {
            BOOST_TEST((error ? error == expected : count == data.size())); // whichever was first
        };
        fiber canceled([&] { count = again.read_at(0, asio::buffer(data), error); });
        this_fiber::yield();
        canceled.cancel();
        canceled.join();
        check(aborted);
        {
            const weft::deadline over(0s);
            count = again.read_at(0, asio::buffer(data), error);
        }
        check(timed_out);
    });
    std::vector<char> data(1 << 20);
    error_code error;
    std::size_t count = 0;
    {
        file from(name);
        asio::io_context io;
        weft::spawn(io, [&] { count = from.read_at(0, asio::buffer(data), error); });
        io.run_one(); // begins the read
    }
    BOOST_TEST((error ? error == aborted : count == data.size()));
}

BOOST_AUTO_TEST_CASE(locks)
{
    put(name, "");
    run_fibers(
        [this] {
            file one(name);
            file other(name);
            weft::test::sequence events;
            std::unique_lock<file> held(one);
            BOOST_TEST(!other.try_lock());
            BOOST_TEST(!other.try_lock_shared());
            watched_fiber waiting([&] {
                const std::lock_guard<file> guard(other);
                events.push_back("locked");
            });
            this_fiber::sleep_for(1s);
            events.push_back("unlocks");
            held.unlock();
            waiting.join();
            BOOST_TEST(events == (weft::test::sequence{"unlocks", "locked"}), boost::test_tools::per_element());

            one.lock_shared();
            BOOST_TEST(other.try_lock_shared());
            other.unlock_shared();
            {
                const weft::deadline limit(1s);
                BOOST_TEST(error_of([&] { other.lock(); }) == timed_out);
            }
            fiber canceled([&] { events.push_back(error_of([&] { other.lock(); }).message()); });
            this_fiber::yield();
            canceled.cancel();
            canceled.join();
            BOOST_TEST(events.back() == error_code(aborted).message());
            one.unlock();
            other.lock();
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(several_fibers_with_offsets_of_their_own)
{
    run_fibers([this] {
        file both(name, file::read_write | file::create);
        weft::fiber_group all;
        for (std::uint64_t i = 0; i < 20; ++i)
        {
            all.spawn([&both, i] {
                const std::string text(100, static_cast<char>('a' + i));
                both.write_at(i * 100, asio::buffer(text));
            });
        }
        all.join();
        std::string text(2000, '\0');
        BOOST_TEST(both.read(asio::buffer(text)) == 2000U);
        for (std::size_t i = 0; i < text.size(); ++i)
        {
            BOOST_REQUIRE(text[i] == static_cast<char>('a' + i / 100));
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
