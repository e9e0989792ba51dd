// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/runtime.hpp>
#include <weft/io/runtime_acceptor.hpp>

#include "io/support_serving.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::distribution;

// `serve` on the workers of a runtime. The clients are on the test's own thread, and so is the fiber that serves.
namespace
{

using tcp_socket = weft::tcp::socket;

constexpr std::size_t count = 2;
constexpr std::array both_ways{distribution::reuse_port, distribution::hand_over};

struct served
{
    explicit served(distribution how, weft::serve_options options = {}, std::function<void(tcp_socket)> handler = echo)
        : acceptor(workers, loopback(), how), server(std::move(options)), fiber([this, handler = std::move(handler)] {
              left_by = code_of([&] {
                  server.serve(acceptor, [&](tcp_socket peer) {
                      ++handled[workers.this_worker()];
                      handler(std::move(peer));
                  });
              });
          })
    {
        workers.start();
    }

    weft::runtime workers{count};
    weft::tcp::runtime_acceptor acceptor;
    const weft::tcp::endpoint where = acceptor.local_endpoint();
    weft::server server;
    std::array<std::atomic<unsigned>, count + 1> handled{};
    error_code left_by;
    weft::fiber fiber;
};

std::vector<tcp_socket> connect(std::size_t number, const weft::tcp::endpoint& where)
{
    std::vector<tcp_socket> clients(number);
    for (auto& client : clients)
    {
        client.connect(where);
    }
    return clients;
}

} // namespace

BOOST_AUTO_TEST_SUITE(serving_on_workers)

BOOST_AUTO_TEST_CASE(each_connection_is_handled_on_a_worker)
{
    for (const auto how : both_ways)
    {
        run_fibers([how] {
            served all(how);
            BOOST_TEST(all.acceptor.size() == (how == distribution::reuse_port ? count : 1U));
            auto clients = connect(20, all.where);
            for (auto& client : clients)
            {
                BOOST_TEST(ask(client, "hello\n") == "hello\n");
            }
            BOOST_TEST(all.handled[0] + all.handled[1] == 20U);
            if (how == distribution::hand_over)
            {
                BOOST_TEST(all.handled[0] == 10U);
            }
            BOOST_TEST(all.server.counters().active == 20U);
            all.server.stop(); // whoever is connected is served on
            this_fiber::sleep_for(1ms);
            BOOST_TEST(ask(clients[7], "late\n") == "late\n");
            clients.clear();
            all.fiber.join();
            BOOST_TEST(!all.left_by, all.left_by.message());
            BOOST_TEST(all.server.counters().finished == 20U);
            check_sum(all.server.counters());
            all.workers.stop();
            all.workers.join();
            BOOST_TEST(all.workers.counters().failed == 0U);
        });
    }
}

BOOST_AUTO_TEST_CASE(the_cap_is_common_to_all_workers)
{
    for (const auto how : both_ways)
    {
        run_fibers([how] {
            std::atomic<int> now{0};
            std::atomic<int> most{0};
            served all(how, {.max_connections = 3}, [&](tcp_socket peer) {
                const auto mine = ++now;
                for (auto before = most.load(); before < mine && !most.compare_exchange_weak(before, mine);)
                {
                }
                echo(std::move(peer));
                --now;
            });
            std::atomic<int> answered{0};
            {
                weft::fiber_group clients;
                for (int i = 0; i < 30; ++i)
                {
                    clients.spawn([&] {
                        tcp_socket client;
                        client.connect(all.where);
                        answered += ask(client, "hello\n") == "hello\n" ? 1 : 0;
                    });
                }
            }
            BOOST_TEST(answered == 30);
            BOOST_TEST(most <= 3);
            all.server.stop();
            all.fiber.join();
            BOOST_TEST(all.server.counters().finished == 30U);
            check_sum(all.server.counters());
        });
    }
}

BOOST_AUTO_TEST_CASE(those_above_the_cap_are_refused)
{
    for (const auto how : both_ways)
    {
        run_fibers([how] {
            served all(how, {.max_connections = 1, .when_full = weft::when_full::refuse});
            tcp_socket first;
            first.connect(all.where);
            BOOST_TEST(ask(first, "hello\n") == "hello\n");
            tcp_socket second;
            second.connect(all.where);
            BOOST_TEST((code_of([&] { ask(second, "hello\n"); }) != error_code()));
            BOOST_TEST(all.server.counters().refused == 1U);
            first.close();
            all.server.stop();
            all.fiber.join();
            check_sum(all.server.counters());
        });
    }
}

BOOST_AUTO_TEST_CASE(when_the_grace_is_over_handlers_on_all_workers_are_cancelled)
{
    for (const auto how : both_ways)
    {
        run_fibers([how] {
            served all(how, {.grace = 0s});
            auto clients = connect(10, all.where);
            for (auto& client : clients)
            {
                BOOST_TEST(ask(client, "hello\n") == "hello\n");
            }
            all.server.stop();
            all.fiber.join();
            BOOST_TEST(!all.left_by, all.left_by.message());
            BOOST_TEST(all.server.counters().canceled == 10U);
            check_sum(all.server.counters());
        });
    }
}

BOOST_AUTO_TEST_CASE(cancelled_itself_it_cancels_them)
{
    for (const auto how : both_ways)
    {
        run_fibers([how] {
            served all(how);
            auto clients = connect(10, all.where);
            for (auto& client : clients)
            {
                BOOST_TEST(ask(client, "hello\n") == "hello\n");
            }
            all.fiber.cancel();
            all.fiber.join();
            BOOST_TEST((all.left_by == asio::error::operation_aborted));
            BOOST_TEST(all.server.counters().canceled == 10U);
            check_sum(all.server.counters());
        });
    }
}

BOOST_AUTO_TEST_CASE(a_runtime_that_has_been_stopped_is_an_error)
{
    for (const auto how : both_ways)
    {
        run_fibers([how] {
            weft::runtime workers{count};
            weft::tcp::runtime_acceptor acceptor(workers, loopback(), how);
            workers.stop();
            BOOST_TEST((code_of([&] { weft::serve(acceptor, echo); }) == asio::error::operation_aborted));
        });
    }
}

BOOST_AUTO_TEST_CASE(in_a_fiber_of_the_runtime)
{
    for (const auto how : both_ways)
    {
        weft::runtime workers{count};
        std::string answer;
        const auto accepted = workers.run([&] {
            weft::tcp::runtime_acceptor acceptor(workers, loopback(), how);
            weft::server server;
            weft::fiber client([&] {
                tcp_socket mine;
                mine.connect(acceptor.local_endpoint());
                answer = ask(mine, "hello\n");
                server.stop();
            });
            server.serve(acceptor, echo);
            client.join();
            return server.counters().accepted;
        });
        BOOST_TEST(answer == "hello\n");
        BOOST_TEST(accepted == 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
