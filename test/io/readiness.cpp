// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Waiting for what others own: foreign descriptors, and signals.

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <future>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::descriptor;

namespace
{

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;

/// Somebody else's sockets, connected with each other.
struct foreign_pair
{
    std::array<int, 2> ends{};

    foreign_pair()
    {
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    }
    foreign_pair(const foreign_pair&) = delete;
    foreign_pair& operator=(const foreign_pair&) = delete;
    ~foreign_pair()
    {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void say(const std::string& text) const
    {
        BOOST_REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    std::string take() const
    {
        std::string text(64, '\0');
        const auto count = ::read(ends[0], text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }
};

error_code wait_error(descriptor& which, asio::posix::descriptor_base::wait_type what = descriptor::wait_read)
{
    error_code error;
    which.wait(what, error);
    return error;
}

bool is_blocking(int number)
{
    return (::fcntl(number, F_GETFL) & O_NONBLOCK) == 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(readiness, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(W8_a_foreign_descriptor_is_ready_now_and_later)
{
    run_fibers([] {
        const foreign_pair pair;
        descriptor ready(pair.ends[0]);
        pair.say("now");
        ready.wait(descriptor::wait_read);
        BOOST_TEST(pair.take() == "now");
        ready.wait(descriptor::wait_write);
        watched_fiber waiting([&] {
            ready.wait(descriptor::wait_read);
            BOOST_TEST(pair.take() == "later");
        });
        this_fiber::yield();
        BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
        pair.say("later");
        waiting.join();
        // Read in part by the owner: still ready.
        pair.say("rest");
        ready.wait(descriptor::wait_read);
        char first = 0;
        BOOST_TEST(::read(pair.ends[0], &first, 1) == 1);
        ready.wait(descriptor::wait_read);
        BOOST_TEST(pair.take() == "est");
        ::shutdown(pair.ends[1], SHUT_RDWR);
        ready.wait(descriptor::wait_error); // and to read, for the end
        ready.wait(descriptor::wait_read);
        BOOST_TEST(pair.take().empty());
    });
}

BOOST_AUTO_TEST_CASE(W8_waits_for_a_foreign_descriptor_end)
{
    const std::vector<std::function<void(descriptor&, weft::fiber&)>> interrupts{
        [](descriptor& which, weft::fiber&) { which.cancel(); },
        [](descriptor& which, weft::fiber&) { which.release(); },
        [](descriptor&, weft::fiber& who) { who.cancel(); },
    };
    for (const auto& interrupt : interrupts)
    {
        run_fibers([&] {
            const foreign_pair pair;
            descriptor idle(pair.ends[0]);
            watched_fiber waiting([&] { BOOST_TEST((wait_error(idle) == aborted)); });
            this_fiber::yield();
            interrupt(idle, waiting);
            waiting.join();
        });
    }
    run_fibers(
        [] {
            const foreign_pair pair;
            descriptor idle(pair.ends[0]);
            const weft::deadline limit(4s);
            BOOST_TEST((wait_error(idle) == timed_out));
            BOOST_TEST((wait_error(idle, descriptor::wait_error) == timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(W8_select_takes_either_direction)
{
    run_fibers([] {
        const foreign_pair pair;
        descriptor both(pair.ends[0]);
        std::string which;
        weft::select(weft::on_readable(both, [&](error_code) { which += "read"; }),
                     weft::on_writable(both, [&](error_code) { which += "write"; }));
        BOOST_TEST(which == "write");
    });
}

BOOST_AUTO_TEST_CASE(a_borrowed_descriptor_is_given_back_as_it_came)
{
    run_fibers([] {
        const foreign_pair pair;
        {
            descriptor borrowed(pair.ends[0]);
            pair.say("x");
            borrowed.wait(descriptor::wait_read);
            BOOST_TEST(!is_blocking(pair.ends[0]));
            descriptor moved(std::move(borrowed));
            BOOST_TEST(!borrowed.is_open());
            BOOST_TEST(borrowed.release() == -1);
            BOOST_TEST((code_of([&] { const descriptor twice(pair.ends[0]); }) == boost::system::errc::file_exists));
        }
        BOOST_TEST(is_blocking(pair.ends[0]));
        BOOST_TEST(pair.take() == "x");
        descriptor again(pair.ends[0]); // a released one can be had again
        BOOST_TEST(again.release() == pair.ends[0]);

        const int owned = ::dup(pair.ends[0]);
        {
            descriptor taken(owned, weft::ownership::taken);
            BOOST_TEST(taken.native_handle() == owned);
            descriptor other(::dup(owned), weft::ownership::taken);
            taken = std::move(other);
        }
        BOOST_TEST(::fcntl(owned, F_GETFD) == -1);
        BOOST_TEST(errno == EBADF);
    });
}

BOOST_AUTO_TEST_CASE(a_file_is_always_ready_and_says_so)
{
    run_fibers([] {
        std::FILE* const file = std::tmpfile();
        {
            descriptor always(::fileno(file));
            BOOST_TEST((wait_error(always) == asio::error::operation_not_supported));
        }
        std::fclose(file);
        BOOST_TEST((code_of([] { const descriptor none(-1); }) == asio::error::bad_descriptor));
    });
}

BOOST_AUTO_TEST_CASE(threads_wait_for_descriptors_too)
{
    asio::io_context nobody_runs(1);
    const foreign_pair pair;
    descriptor ready(nobody_runs.get_executor(), pair.ends[0]);
    auto writing = std::async(std::launch::async, [&] { return ::write(pair.ends[1], "x", 1); });
    ready.wait(descriptor::wait_read);
    BOOST_TEST(writing.get() == 1);
    BOOST_TEST(pair.take() == "x");
}

// ── signals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(a_signal_is_waited_for)
{
    run_fibers([] {
        weft::signal_set signals{SIGUSR1, SIGUSR2};
        ::raise(SIGUSR2); // nobody waits: it is kept
        BOOST_TEST(signals.wait() == SIGUSR2);
        watched_fiber waiting([&] {
            error_code error = asio::error::fault;
            BOOST_TEST(signals.wait(error) == SIGUSR1);
            BOOST_TEST(!error);
        });
        this_fiber::yield();
        ::raise(SIGUSR1);
        waiting.join();

        signals.remove(SIGUSR2);
        int number = 0;
        ::raise(SIGUSR1);
        weft::select(weft::on_signal(signals, [&](error_code, int which) { number = which; }), weft::after(30s));
        BOOST_TEST(number == SIGUSR1);
        BOOST_TEST((code_of([&] { signals.add(SIGKILL); }) == asio::error::invalid_argument));
        signals.clear();
    });
}

BOOST_AUTO_TEST_CASE(waits_for_signals_end)
{
    const std::vector<std::function<void(weft::signal_set&, weft::fiber&)>> interrupts{
        [](weft::signal_set& which, weft::fiber&) { which.cancel(); },
        [](weft::signal_set&, weft::fiber& who) { who.cancel(); },
    };
    for (const auto& interrupt : interrupts)
    {
        run_fibers([&] {
            weft::signal_set signals{SIGUSR1};
            watched_fiber waiting([&] {
                error_code error;
                BOOST_TEST(signals.wait(error) == 0);
                BOOST_TEST((error == aborted));
            });
            this_fiber::yield();
            interrupt(signals, waiting);
            waiting.join();
            ::raise(SIGUSR1);
            BOOST_TEST(signals.wait() == SIGUSR1); // none is lost
        });
    }
    run_fibers(
        [] {
            weft::signal_set signals{SIGUSR1};
            const weft::deadline limit(1s);
            BOOST_TEST((code_of([&] { signals.wait(); }) == timed_out));
        },
        &clock);
    asio::io_context io(1);
    weft::signal_set signals(io.get_executor(), {SIGUSR1});
    BOOST_TEST((code_of([&] { signals.wait(); }) == make_error_code(boost::system::errc::operation_not_permitted)));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_io_context_ends_all_waits)
{
    const foreign_pair pair;
    std::vector<error_code> ends;
    {
        asio::io_context io(1);
        weft::spawn(io, [&] { ends.push_back(code_of([&] { weft::signal_set{SIGUSR1}.wait(); })); });
        weft::spawn(io,
                    [&] { ends.push_back(code_of([&] { descriptor(pair.ends[0]).wait(descriptor::wait_read); })); });
        weft::spawn(io, [&] {
            weft::udp::socket idle(weft::udp::endpoint(asio::ip::address_v4::loopback(), 0));
            std::array<char, 4> data{};
            ends.push_back(code_of([&] { idle.receive(asio::buffer(data)); }));
        });
        io.poll();
        BOOST_TEST(ends.empty());
    }
    BOOST_TEST((ends == std::vector<error_code>{aborted, aborted, aborted}));
}

BOOST_AUTO_TEST_SUITE_END()
