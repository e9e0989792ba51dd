// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/run.hpp>
#include <weft/io/blocking_call.hpp>
#include <weft/io/file.hpp>

#include "cases.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

// What leaves the thread of the fibers, and what need not. Asio's own files need its io_uring back end.

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

constexpr std::size_t page = 4096;
constexpr std::size_t block = 65'536;
constexpr std::size_t file_size = std::size_t{16} << 20;

/// A file in the page cache.
class cached_file
{
public:
    cached_file() : name_((std::filesystem::temp_directory_path() / "weft-bench-XXXXXX").string())
    {
        const int descriptor = ::mkstemp(name_.data());
        if (descriptor < 0)
        {
            throw std::system_error(errno, std::generic_category(), "mkstemp");
        }
        file(descriptor).write(asio::buffer(std::vector<char>(file_size, 'x')));
    }
    cached_file(const cached_file&) = delete;
    cached_file& operator=(const cached_file&) = delete;
    ~cached_file()
    {
        ::unlink(name_.c_str());
    }

    const std::string& name() const noexcept
    {
        return name_;
    }

private:
    std::string name_;
};

void require(bool condition)
{
    if (!condition)
    {
        throw std::runtime_error("the file does not hold what was written");
    }
}

/// Offsets of all pages in an order that is no stream.
class page_walk
{
public:
    std::uint64_t next() noexcept
    {
        at_ = (at_ + 1009) % (file_size / page);
        return at_ * page;
    }

private:
    std::uint64_t at_ = 0;
};

// ── blocking_call/roundtrip ─────────────────────────────────────────────────────────────────────────────────────────

sample round_trips_weft(std::uint64_t operations)
{
    blocking_pool pool;
    sample result{};
    run([&] {
        std::uint64_t count = 0;
        pool.call([] {});
        result = time_loop(operations, [&] { count += pool.call([] { return 1U; }); });
    });
    return result;
}

/// To a thread of a pool and back by two posts, as often as asked; `work(done)` runs there.
class asio_round_trips
{
public:
    template <class Work>
    sample run(std::uint64_t operations, Work work)
    {
        repeat(1, work);
        const stopwatch watch;
        repeat(operations, work);
        return {watch.elapsed(), operations};
    }

private:
    template <class Work>
    void repeat(std::uint64_t count, Work& work)
    {
        left_ = count;
        here_.restart();
        const auto guard = asio::make_work_guard(here_);
        start(work);
        here_.run();
    }

    template <class Work>
    void start(Work& work)
    {
        asio::post(threads_, [this, &work] {
            work();
            asio::post(here_, [this, &work] {
                if (--left_ != 0)
                {
                    start(work);
                }
                else
                {
                    here_.stop();
                }
            });
        });
    }

    asio::io_context here_{1};
    asio::steady_timer reactor_{here_}; // without one, as no server is, waking its thread is cheaper
    asio::thread_pool threads_{1};
    std::uint64_t left_ = 0; // of here_'s thread
};

// ── file/read4k ─────────────────────────────────────────────────────────────────────────────────────────────────────

sample read_pages_weft(std::uint64_t operations)
{
    const cached_file made;
    sample result{};
    run([&] {
        file from(made.name());
        std::vector<char> data(page);
        page_walk walk;
        result =
            time_loop(operations, [&] { require(from.read_some_at(walk.next(), asio::buffer(data)) == data.size()); });
    });
    return result;
}

sample read_pages_raw(std::uint64_t operations)
{
    const cached_file made;
    const file from(made.name());
    std::vector<char> data(page);
    page_walk walk;
    return time_loop(operations, [&] {
        require(::pread(from.native_handle(), data.data(), data.size(), static_cast<off_t>(walk.next())) ==
                static_cast<ssize_t>(data.size()));
    });
}

sample read_pages_asio(std::uint64_t operations)
{
    const cached_file made;
    const file from(made.name());
    std::vector<char> data(page);
    page_walk walk;
    return asio_round_trips().run(operations, [&] {
        require(::pread(from.native_handle(), data.data(), data.size(), static_cast<off_t>(walk.next())) ==
                static_cast<ssize_t>(data.size()));
    });
}

// ── file/stream ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// Reads from the beginning to the end, and again; `read(data)` and `rewind()` are the system's.
template <class Read, class Rewind>
sample stream(std::uint64_t operations, Read read, Rewind rewind)
{
    std::vector<char> data(block);
    return time_loop(operations, [&] {
        auto count = read(data);
        if (count == 0)
        {
            rewind();
            count = read(data);
        }
        require(count == block);
    });
}

sample stream_weft(std::uint64_t operations)
{
    const cached_file made;
    sample result{};
    run([&] {
        file from(made.name());
        result = stream(
            operations, [&](std::vector<char>& data) { return from.read(asio::buffer(data)); }, [&] { from.seek(0); });
    });
    return result;
}

sample stream_raw(std::uint64_t operations)
{
    const cached_file made;
    const file from(made.name());
    return stream(
        operations,
        [&](std::vector<char>& data) {
            return static_cast<std::size_t>(::read(from.native_handle(), data.data(), data.size()));
        },
        [&] { ::lseek(from.native_handle(), 0, SEEK_SET); });
}

sample stream_asio(std::uint64_t operations)
{
    const cached_file made;
    const file from(made.name());
    std::vector<char> data(block);
    return asio_round_trips().run(operations, [&] {
        if (::read(from.native_handle(), data.data(), data.size()) == 0)
        {
            ::lseek(from.native_handle(), 0, SEEK_SET);
            require(::read(from.native_handle(), data.data(), data.size()) == static_cast<ssize_t>(block));
        }
    });
}

} // namespace

void add_file_cases(registry& all)
{
    all.add("blocking_call/roundtrip", "ns")
        .timed("weft", round_trips_weft)
        .timed("asio.callback", [](std::uint64_t operations) { return asio_round_trips().run(operations, [] {}); });
    all.add("file/read4k", "ns")
        .timed("weft", read_pages_weft)
        .timed("raw", read_pages_raw)
        .timed("asio.callback", read_pages_asio, "pread in an asio::thread_pool")
        .at_most(1.25, "raw");
    all.add("file/stream", "ns")
        .timed("weft", stream_weft)
        .timed("raw", stream_raw)
        .timed("asio.callback", stream_asio);
}

} // namespace weft::bench
