// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H4: unwinding by a special exception is swallowed by `catch (...)` and terminates in noexcept frames. weft ends
// fibers by ordinary errors at their waits, again at each of them; only who ignores a hundred of these is unwound by
// force, with a report that names the fiber.

#include "io/support_io.hpp"
#include "io/support_log.hpp"
#include "support/child_process.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <string>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;

namespace
{

struct note_at_end
{
    sequence& steps;
    std::string name;

    ~note_at_end()
    {
        steps.push_back("~" + name);
    }
};

/// Destroys an io_context under fibers that wait.
struct abandoned_fibers
{
    captured_log log;
    sequence steps;
    weft::manual_reset_event never;

    template <class Body>
    void destroy_under(Body body)
    {
        asio::io_context io;
        weft::spawn(io, weft::attributes{.name = "stubborn"}, body);
        io.poll();
        BOOST_TEST(weft::scheduler::of(io).counters().suspended > 0U);
    }

    std::size_t forced() const
    {
        return log.count("was unwound by force");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(forced_unwinding, abandoned_fibers)

BOOST_AUTO_TEST_CASE(is_not_needed_for_ordinary_code)
{
    destroy_under([&] {
        const note_at_end local{steps, "local"};
        try
        {
            never.wait();
        }
        catch (const std::exception&)
        {
            steps.emplace_back("std::exception");
        }
        steps.push_back(code_of([&] { never.wait(); }) == asio::error::operation_aborted ? "again" : "no more");
    });
    BOOST_TEST((steps == sequence{"std::exception", "again", "~local"}));
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(ends_a_loop_that_swallows_everything)
{
    int swallowed = 0;
    destroy_under([&] {
        const note_at_end local{steps, "local"};
        for (;;)
        {
            try
            {
                never.wait();
            }
            catch (const std::exception&)
            {
                ++swallowed;
            }
        }
    });
    BOOST_TEST((steps == sequence{"~local"}));
    BOOST_TEST(swallowed > 1);
    BOOST_TEST(swallowed < 1000);
    BOOST_TEST(forced() == 1U);
    BOOST_TEST(log.count("stubborn") == 1U, log.text());
}

BOOST_AUTO_TEST_CASE(survives_some_catch_alls_too)
{
    int swallowed = 0;
    destroy_under([&] {
        const note_at_end local{steps, "local"};
        // Swallows what cannot be told from an error, and the first few of the rest.
        for (int left = 105; left > 0; --left)
        {
            try
            {
                never.wait();
            }
            catch (...)
            {
                ++swallowed;
            }
        }
        never.wait();
    });
    BOOST_TEST((steps == sequence{"~local"}));
    BOOST_TEST(swallowed == 105);
    BOOST_TEST(forced() == 1U);
}

BOOST_AUTO_TEST_CASE(ends_loops_that_only_yield)
{
    destroy_under([&] {
        code_of([&] { never.wait(); });
        const note_at_end local{steps, "local"};
        for (;;)
        {
            try
            {
                this_fiber::yield();
            }
            catch (const std::exception&)
            {
            }
        }
    });
    BOOST_TEST((steps == sequence{"~local"}));
    BOOST_TEST(forced() == 1U);
}

BOOST_AUTO_TEST_CASE(ends_loops_over_error_codes)
{
    destroy_under([&] {
        const note_at_end local{steps, "local"};
        weft::tcp::acceptor listener(weft::test::loopback());
        for (;;)
        {
            weft::test::error_code ignored;
            listener.accept(ignored);
        }
    });
    BOOST_TEST((steps == sequence{"~local"}));
    BOOST_TEST(forced() == 1U);
}

BOOST_AUTO_TEST_CASE(fills_error_codes_where_the_caller_asked_for_them)
{
    const auto body = [&] {
        auto ends = weft::test::make_connection();
        weft::tcp::acceptor listener(weft::test::loopback());
        code_of([&] { never.wait(); });
        const auto left_by = code_of([&] {
            std::array<char, 4> data{};
            weft::test::error_code error;
            const auto note = [&](const char* call) {
                steps.push_back(call + std::string(error == asio::error::operation_aborted ? " aborted" : " went on"));
            };
            ends.client.read_some(asio::buffer(data), error);
            note("read_some");
            ends.client.write_some(asio::buffer(data), error);
            note("write_some");
            ends.client.wait(asio::socket_base::wait_read, error);
            note("wait");
            listener.accept(error);
            note("accept");
            weft::tcp::socket(weft::this_executor()).connect(listener.local_endpoint(), error);
            note("connect");
        });
        steps.push_back(left_by ? "thrown" : "end");
    };
    destroy_under([&] {
        weft::fiber other(body); // so that there is another one to run, whenever one could give way
        other.detach();
        body();
    });
    const sequence expected{"read_some aborted", "write_some aborted", "wait aborted",
                            "accept aborted",    "connect aborted",    "end"};
    BOOST_TEST(steps.size() == 2 * expected.size());
    for (const auto& step : expected)
    {
        BOOST_TEST(std::count(steps.begin(), steps.end(), step) == 2, step);
    }
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(ends_a_critical_section)
{
    destroy_under([&] {
        const note_at_end local{steps, "local"};
        const weft::cancellation_blocker until_done;
        never.wait();
    });
    BOOST_TEST((steps == sequence{"~local"}));
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(lets_destructors_wait)
{
    struct says_goodbye
    {
        abandoned_fibers& test;
        weft::mutex& lock;

        ~says_goodbye() // noexcept, as all are
        {
            lock.lock(); // free: works to the last
            lock.unlock();
            const auto error = code_of([this] { test.never.wait(); });
            test.steps.push_back(error == asio::error::operation_aborted ? "refused" : "waited");
        }
    };
    weft::mutex lock;
    destroy_under([&] {
        const says_goodbye local{*this, lock};
        never.wait();
    });
    destroy_under([&] {
        const says_goodbye local{*this, lock};
        code_of([&] { never.wait(); });
        throw boost::system::system_error(asio::error::operation_aborted); // waits while this unwinds
    });
    BOOST_TEST((steps == sequence{"refused", "refused"}));
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(lets_a_parent_join_its_children)
{
    destroy_under([&] {
        const note_at_end parent{steps, "parent"};
        int shared_with_the_children = 0;
        const auto body = [&](const std::string& name) {
            const note_at_end local{steps, name};
            ++shared_with_the_children;
            never.wait();
        };
        weft::fiber plain(body, "plain");
        const weft::jfiber stopping(body, "jfiber");
        try
        {
            never.wait();
        }
        catch (...)
        {
            plain.join();
            throw;
        }
    });
    BOOST_TEST((steps == sequence{"~plain", "~jfiber", "~parent"}));
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(wakes_who_waits_for_what_cannot_happen)
{
    weft::mutex held; // by nobody who will ever unlock it
    held.lock();
    destroy_under([&] {
        const note_at_end local{steps, "local"};
        held.lock();
    });
    held.unlock();
    BOOST_TEST((steps == sequence{"~local"}));
    BOOST_TEST(log.count("cannot happen any more") == 1U, log.text());
}

BOOST_AUTO_TEST_CASE(refuses_new_fibers)
{
    destroy_under([&] {
        code_of([&] { never.wait(); });
        steps.push_back(code_of([] { const weft::fiber fresh([] {}); }) == asio::error::operation_aborted ? "refused"
                                                                                                          : "started");
    });
    BOOST_TEST((steps == sequence{"refused"}));
}

BOOST_AUTO_TEST_CASE(that_is_swallowed_as_well_leaves_the_stack_behind_with_a_report)
{
    // In a child: a stack is leaked, knowingly.
    const auto result = run_in_child([this] {
        destroy_under([&] {
            for (;;)
            {
                try
                {
                    never.wait();
                }
                catch (...)
                {
                }
            }
        });
        require_in_child(!this_fiber::is_fiber(), "the thread is a plain one again");
        require_in_child(log.count("could not be unwound") == 1, "a report");
        require_in_child(log.count("stubborn") == 1, "with the name");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(in_a_noexcept_frame_is_not_forced_before_a_hundred_chances)
{
    // A noexcept function that handles its errors, as it must, never meets the exception it could not handle.
    const auto careful = [this]() noexcept {
        for (int i = 0; i < 50; ++i)
        {
            if (code_of([this] { never.wait(); }))
            {
                steps.emplace_back("gave up");
                return;
            }
        }
    };
    destroy_under(careful);
    BOOST_TEST((steps == sequence{"gave up"}));
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_SUITE_END()
