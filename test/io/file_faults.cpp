// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_files.hpp"
#include "io/support_io.hpp"
#include "support/child_process.hpp"
#include "support/errors.hpp"
#include "support/sanitized.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

// What disks and their owners refuse. In child processes, which may spoil their own surroundings.

namespace asio = boost::asio;
using weft::file;
using namespace weft::test;

namespace
{

#if defined(WEFT_TSAN)
constexpr bool children_have_threads = false;
#else
constexpr bool children_have_threads = true;
#endif

constexpr int not_permitted = 77;

using weft::detail::file_road;
constexpr std::array roads{file_road::automatic, file_road::page_cache, file_road::io_uring, file_road::pool};

/// For the child: a file system of its own on a directory; ends with `not_permitted` where it may not have one.
void mount_tmpfs(const std::filesystem::path& where, unsigned long flags, const char* options)
{
    const auto user = ::getuid();
    if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("weft-test", where.c_str(), "tmpfs", flags, options) != 0)
    {
        ::_exit(not_permitted);
    }
}

template <class Body>
void in_child(Body body)
{
    if (!children_have_threads)
    {
        std::puts("skipped: ThreadSanitizer has no threads after a fork");
        return;
    }
    const auto result = run_in_child([&body] { weft::run(body); });
    if (result.exited_with(not_permitted))
    {
        std::puts("skipped: this process may not mount");
        return;
    }
    BOOST_TEST(result.exited_with(0), result.errors);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_faults, weft::test::fresh_directory)

BOOST_AUTO_TEST_CASE(a_full_disk)
{
    in_child([this] {
        mount_tmpfs(path(), 0, "size=64k");
        const std::string block(100'000, 'x');
        file out(*this / "file", file::write_only | file::create);
        for (const auto road : roads)
        {
            weft::detail::force_file_road(road);
            for (const bool at_position : {true, false})
            {
                out.resize(0);
                out.seek(0);
                error_code error;
                const auto written =
                    at_position ? out.write(asio::buffer(block), error) : out.write_at(0, asio::buffer(block), error);
                require_in_child(error == errc::no_space_on_device, "no space");
                require_in_child(written > 0 && written <= 65536, "part of it was written");
                require_in_child(out.size() == written, "as much as it said");
            }
        }
        require_in_child(error_of([&] { out.write(asio::buffer(block)); }) == errc::no_space_on_device, "still");
        require_in_child(error_of([&] { out.allocate(0, 100'000); }) == errc::no_space_on_device, "no reservation");
        out.resize(0);
        require_in_child(out.write_at(0, asio::buffer(block, 1000)) == 1000, "and goes on when there is room");
    });
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_length)
{
    in_child([this] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit low{4096, 4096};
        ::setrlimit(RLIMIT_FSIZE, &low);
        const std::string block(10'000, 'x');
        for (const auto road : roads)
        {
            weft::detail::force_file_road(road);
            file out(*this / "file", file::write_only | file::create | file::truncate);
            error_code error;
            require_in_child(out.write(asio::buffer(block), error) == 4096, "up to the limit");
            require_in_child(error == errc::file_too_large, "too large");
            require_in_child(out.write_at(0, asio::buffer(block), error) == 4096, "up to the limit, at an offset");
            require_in_child(error == errc::file_too_large, "too large, at an offset");
        }
    });
}

BOOST_AUTO_TEST_CASE(a_file_system_that_is_read_only)
{
    in_child([this] {
        mount_tmpfs(path(), MS_RDONLY, "size=64k");
        const auto name = *this / "file";
        const auto refused = error_of([&] { file(name, file::write_only | file::create); });
        require_in_child(refused == errc::read_only_file_system, "open");
        require_in_child(error_of([&] { weft::filesystem::create_directory(name); }) == errc::read_only_file_system,
                         "create_directory");
    });
}

BOOST_AUTO_TEST_CASE(a_file_of_somebody_else)
{
    const auto name = *this / "file";
    put(name, "secret");
    std::filesystem::permissions(name, std::filesystem::perms::none);
    in_child([&name] {
        if (::getuid() == 0 && ::seteuid(65534) != 0)
        {
            ::_exit(not_permitted);
        }
        require_in_child(error_of([&] { file from(name); }) == errc::permission_denied, "read");
        require_in_child(error_of([&] { file to(name, file::write_only); }) == errc::permission_denied, "write");
    });
}

BOOST_AUTO_TEST_CASE(no_descriptors)
{
    const auto name = *this / "file";
    put(name, "text");
    in_child([&name] {
        weft::blocking_call([] {});
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_NOFILE, &none);
        require_in_child(error_of([&] { file from(name); }) == errc::too_many_files_open, "open");
        require_in_child(error_of([&] { weft::filesystem::directory_iterator from(name.parent_path()); }) ==
                             errc::too_many_files_open,
                         "directory_iterator");
    });
}

BOOST_AUTO_TEST_SUITE_END()
