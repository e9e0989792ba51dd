// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H13: at the limit of descriptors accept fails at once, and again, and the connection stays in the queue: a loop that
// only retries burns a processor. weft's accept waits between attempts, says so in the log now and then, and goes on
// when descriptors are free again.
//
// In virtual time a loop without pauses never lets the clock go on: the child would be ended by its alarm.

#include "io/support_io.hpp"
#include "io/support_log.hpp"
#include "support/child_process.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

/// Takes every descriptor that the process may have.
class all_descriptors
{
public:
    all_descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit low = before_;
        low.rlim_cur = 64;
        ::setrlimit(RLIMIT_NOFILE, &low);
        for (int one = 0; (one = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
        {
            taken_.push_back(one);
        }
    }
    all_descriptors(const all_descriptors&) = delete;
    all_descriptors& operator=(const all_descriptors&) = delete;
    ~all_descriptors()
    {
        free_all();
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }

    void free_all()
    {
        for (const int one : taken_)
        {
            ::close(one);
        }
        taken_.clear();
    }

private:
    rlimit before_{};
    std::vector<int> taken_;
};

struct waiting_client
{
    weft::tcp::acceptor listener{weft::test::loopback()};
    weft::tcp::socket client;

    waiting_client()
    {
        client.connect(listener.local_endpoint());
        client.write(asio::buffer("still here", 10));
    }
};

std::string greeting(weft::tcp::socket& from)
{
    std::string text(10, '\0');
    asio::read(from, asio::buffer(text));
    return text;
}

void run_child(void (*body)(weft::manual_clock&))
{
    const auto result = run_in_child([body] {
        weft::manual_clock clock;
        weft::run([&] { body(clock); }, {.clock = &clock});
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

} // namespace

BOOST_AUTO_TEST_SUITE(descriptor_limit)

BOOST_AUTO_TEST_CASE(accept_makes_few_attempts_and_recovers)
{
    run_child([](weft::manual_clock&) {
        const captured_log log;
        waiting_client scene;
        all_descriptors limit;
        std::string text;
        weft::fiber server([&] {
            auto peer = scene.listener.accept();
            text = greeting(peer);
        });
        const auto before = weft::scheduler::current().counters().switches;
        this_fiber::sleep_for(500ms);
        const auto switches = weft::scheduler::current().counters().switches - before;
        require_in_child(server.state() == weft::fiber_state::suspended, "it still waits");
        // 5 + 10 + 20 + 40 + 80 + 100 + 100 + 100 ms: eight attempts of a few switches each.
        require_in_child(switches >= 8, "it tries again");
        require_in_child(switches <= 80, "it does not spin");
        require_in_child(log.count("Too many open files") == 1, "one line in the log, not one per attempt");

        limit.free_all();
        server.join();
        require_in_child(text == "still here", "the connection was not lost");
    });
}

BOOST_AUTO_TEST_CASE(other_fibers_go_on_meanwhile)
{
    run_child([](weft::manual_clock&) {
        const captured_log log;
        waiting_client scene;
        auto other = weft::test::make_connection();
        all_descriptors limit;
        weft::fiber server([&] { scene.listener.accept(); });
        for (int i = 0; i < 10; ++i)
        {
            this_fiber::sleep_for(10ms);
            other.client.write(asio::buffer("0123456789", 10));
            require_in_child(greeting(other.server) == "0123456789", "the connections there are work");
        }
        other.client.close(); // one descriptor is enough
        server.join();
    });
}

BOOST_AUTO_TEST_CASE(accept_can_be_cancelled_while_it_backs_off)
{
    run_child([](weft::manual_clock& clock) {
        const captured_log log;
        waiting_client scene;
        all_descriptors limit;
        weft::test::error_code error;
        weft::fiber server([&] { scene.listener.accept(error); });
        this_fiber::sleep_for(50ms);
        server.cancel();
        server.join();
        require_in_child(error == asio::error::operation_aborted, "cancelled");

        const auto start = clock.now();
        const weft::deadline bound(1s);
        scene.listener.accept(error);
        require_in_child(error == asio::error::timed_out, "timed out");
        require_in_child(clock.now() - start == 1s, "at the deadline");
    });
}

BOOST_AUTO_TEST_CASE(accept_ends_when_the_acceptor_is_closed_meanwhile)
{
    run_child([](weft::manual_clock&) {
        const captured_log log;
        waiting_client scene;
        all_descriptors limit;
        weft::test::error_code error;
        weft::fiber server([&] { scene.listener.accept(error); });
        this_fiber::sleep_for(50ms);
        scene.listener.close();
        server.join();
        require_in_child(error.failed(), "an error");
    });
}

BOOST_AUTO_TEST_CASE(sockets_report_it_to_their_caller)
{
    run_child([](weft::manual_clock&) {
        weft::tcp::acceptor listener(weft::test::loopback());
        const all_descriptors limit;
        weft::tcp::socket client;
        const auto error = weft::test::code_of([&] { client.connect(listener.local_endpoint()); });
        require_in_child(error == boost::system::errc::too_many_files_open, "connect fails");
    });
}

BOOST_AUTO_TEST_SUITE_END()
